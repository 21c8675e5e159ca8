"""Where in a text of TOML or JSON each key stands: asked only when there is a mistake to report."""

from __future__ import annotations

import re
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""A key's way from the top: names of tables and places in lists, counted from nought."""

_SPACE = re.compile(r"(?:[ \t]|#[^\n]*)*")
_SPACE_AND_LINES = re.compile(r"(?:\s|#[^\n]*)*")
_SEPARATORS = re.compile(r"(?:[\s,]|#[^\n]*)*")
_STRING = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n]+")


def lines_of(text: str) -> dict[Path, int]:
    """
    Tell for each key, table and item of *text*, which a parser has taken already, the line where it begins, from 1.

    What cannot be followed is left out: the worst that can come of it is a mistake told without its line.
    """
    scan = _Scan(text)
    try:
        if text.lstrip()[:1] == "{":
            scan.value(())
        else:
            scan.document()
    except (AttributeError, IndexError, RecursionError, ValueError):
        # The text is more than this scan follows; what it found so far holds.
        return scan.lines
    return scan.lines


class _Scan:
    def __init__(self, text: str) -> None:
        self._text = text
        self._end = 0
        self._line = 1
        self._counted = 0
        self._lists: dict[Path, int] = {}
        self.lines: dict[Path, int] = {}

    def document(self) -> None:
        base: Path = ()
        self._skip(_SPACE_AND_LINES)
        while self._end < len(self._text):
            if self._text.startswith("[[", self._end):
                base = self._header(2)
            elif self._text[self._end] == "[":
                base = self._header(1)
            else:
                self._pair(base)
            self._skip(_SPACE_AND_LINES)

    def value(self, path: Path) -> None:
        self._skip(_SPACE_AND_LINES)
        match self._text[self._end]:
            case "{":
                self._end += 1
                while self._ahead() != "}":
                    self._pair(path)
                self._end += 1
            case "[":
                self._end += 1
                place = 0
                while self._ahead() != "]":
                    self._mark((*path, place))
                    self.value((*path, place))
                    place += 1
                self._end += 1
            case _:
                self._skip(_STRING if self._text[self._end] in "\"'" else _SCALAR)

    def _header(self, brackets: int) -> Path:
        self._end += brackets
        names = self._key()
        self._end += brackets
        base: Path = ()
        for name in names[:-1]:
            base = self._last((*base, name))
        base = (*base, names[-1])
        if brackets == 2:  # noqa: PLR2004  the two of [[ and ]]
            self._lists[base] = self._lists.get(base, -1) + 1
            self._mark(base)
            # What stood below the list's former table is another list now.
            for path in [path for path in self._lists if path[: len(base)] == base and path != base]:
                del self._lists[path]
            base = self._last(base)
        self._mark(base)
        return base

    def _last(self, path: Path) -> Path:
        return (*path, self._lists[path]) if path in self._lists else path

    def _pair(self, base: Path) -> None:
        for name in self._key():
            base = (*base, name)
            self._mark(base)
        self._skip(_SPACE_AND_LINES)
        self._end += 1  # the = of TOML, the : of JSON
        self.value(base)

    def _key(self) -> list[str]:
        names: list[str] = []
        while not names or self._text[self._end] == ".":
            self._end += bool(names)
            self._skip(_SPACE)
            quoted = self._text[self._end] in "\"'"
            word = self._skip(_STRING if quoted else _BARE_KEY)
            names.append(_unquoted(word) if quoted else word)
            self._skip(_SPACE)
        return names

    def _ahead(self) -> str:
        self._skip(_SEPARATORS)
        return self._text[self._end]

    def _mark(self, path: Path) -> None:
        self._line += self._text.count("\n", self._counted, self._end)
        self._counted = self._end
        self.lines.setdefault(path, self._line)

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._end)
        if match is None:
            raise ValueError("not what this scan follows")
        self._end = match.end()
        return match[0]


def _unquoted(word: str) -> str:
    if word[0] == "'":
        return word[1:-1]
    import json  # these two as in `cogauth.file.reader`
    import tomllib

    try:
        return str(json.loads(word))
    except ValueError:
        return str(tomllib.loads(f"key = {word}")["key"])

"""Mistakes: all that is wrong with a configuration, each with the path of its key and the line where it is known."""

from __future__ import annotations

from typing import NamedTuple

from cogauth.errors import ConfigurationError
from cogauth.file.places import Path
from cogauth.file.reader import Document


class Place(NamedTuple):
    """Where something stands: in a file, in a table that a program made, or in Python code."""

    path: Path = ()
    document: Document | None = None
    label: str = ""
    """What it is called where it has no path, as what Python code made has none."""
    line: str = ""
    """The line of the route table that is meant, such as `GET /a`."""

    def at(self, *keys: str | int) -> Place:
        """Give the place of what is below this one."""
        return Place((*self.path, *keys), self.document, self.label)

    def of_line(self, line: str) -> Place:
        """Give the place of one line of the route table in this one."""
        return Place(self.path, self.document, self.label, line)

    def __str__(self) -> str:
        text = self.label
        for key in self.path:
            if isinstance(key, int):
                text += f"[{key + 1}]"
            else:
                text += f".{key if key.isprintable() else repr(key)}" if text else key
        return f"{text} {self.line!r}" if self.line else text


class Mistakes:
    """Collects mistakes, so that one look shows all that is to be done."""

    def __init__(self) -> None:
        self._found: list[tuple[Place, str, str | int | None]] = []

    def tell(self, place: Place, text: str, key: str | int | None = None) -> None:
        """Add the mistake *text* in *place*; its line is that of *key* there, if given."""
        self._found.append((place, text, key))

    def tell_all(self, place: Place, error: ConfigurationError, key: str | int | None = None) -> None:
        """Add each problem of *error*, which arose in *place*."""
        for problem in error.problems:
            self.tell(place, problem, key)

    def __len__(self) -> int:
        return len(self._found)

    def check(self) -> None:
        """
        Do nothing if there are none.

        Raises:
            ConfigurationError: there are some; with all of them, each once.
        """
        if self._found:
            raise ConfigurationError.of(dict.fromkeys(_text(*found) for found in self._found))


def _text(place: Place, text: str, key: str | int | None) -> str:
    where = str(place)
    told = f"{where}: {text}" if where else text
    if place.document is None:
        return told
    line = place.document.line_of(place.path if key is None else (*place.path, key))
    return f"{place.document.file}: line {line}: {told}" if line else f"{place.document.file}: {told}"

"""
Check that a built site loads nothing from elsewhere: it is read where there is no network, and tells nobody by whom.

Run by `make docs`:

    .venv/bin/python devtools/check_site.py build/site
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

# Attributes from which a browser loads without being asked. Of `a` it does not, and of `link` not of every kind.
_LOADS = {
    "audio": ("src",),
    "base": ("href",),
    "embed": ("src",),
    "form": ("action",),
    "iframe": ("src", "srcdoc"),
    "image": ("href", "xlink:href"),
    "img": ("src", "srcset"),
    "input": ("src",),
    "link": ("href", "imagesrcset"),
    "object": ("data",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "track": ("src",),
    "use": ("href", "xlink:href"),
    "video": ("src", "poster"),
}
_SAID_ONLY = {"author", "canonical", "help", "license", "next", "prev", "search"}
_REMOTE = re.compile(r"(?:https?:)?//[^\s\"'()<>]+", re.IGNORECASE)
_STYLE = re.compile(r"(?:url\(\s*|@import\s+)[\"']?((?:https?:)?//[^\s\"')]+)", re.IGNORECASE)


class _Page(HTMLParser):
    """Collects what a page loads from another host."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._in_style = tag == "style"
        self.found += _STYLE.findall(values.get("style", ""))
        if tag == "meta" and values.get("http-equiv", "").lower() == "refresh":
            self.found += _REMOTE.findall(values.get("content", ""))
        kinds = set(values.get("rel", "").lower().split())
        if tag == "link" and kinds and kinds <= _SAID_ONLY:
            return
        for name in _LOADS.get(tag, ()):
            self.found += _REMOTE.findall(values.get(name, ""))

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.found += _STYLE.findall(data)

    def handle_endtag(self, tag: str) -> None:
        self._in_style = self._in_style and tag != "style"


def remote(name: str, text: str) -> list[str]:
    """Name the addresses elsewhere that the file *name*, HTML, SVG or CSS, makes a browser load."""
    if name.endswith(".css"):
        return _STYLE.findall(text)
    page = _Page()
    page.feed(text)
    page.close()
    return page.found


def problems(site: Path) -> Iterator[str]:
    """Say of each file in the folder what it loads from elsewhere; or that there is no site."""
    files = sorted(path for path in site.rglob("*") if path.suffix in {".css", ".html", ".svg"})
    if not any(path.suffix == ".html" for path in files):
        yield f"{site}: no pages"
    for path in files:
        yield from (f"{path.relative_to(site)}: loads {address}" for address in remote(path.name, path.read_text()))


def main() -> int:
    """Check the site in the folder named on the command line."""
    site = Path(sys.argv[1])
    found = list(problems(site))
    if found:
        print(*found, sep="\n", file=sys.stderr)
        return 1
    print(f"{site}: loads nothing from elsewhere")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What the README and the pages in docs show is run as it stands there."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
import pytest
from flask import Flask

import cogauth
import cogauth.testing
from cogauth import Authorizer

django.setup()  # as whoever runs the tests of a site has done

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "SECURITY.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
BLOCK = re.compile(r"^```(\w+)( theirs)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
"""Code of another library says so, ```` ```python theirs ````: it is not run here but by `test_migration.py`."""
FENCE = re.compile(r"^ *```(.*)$", re.MULTILINE)
FILES = {"json", "toml", "yaml"}
SHOWN = {"console", "sh", "text", "{toctree}"}
"""What is neither run nor read as a file."""
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


async def asgi_app(scope: Any, receive: Any, send: Any) -> None:
    """Be the application that the examples guard."""


def blocks(document: Path, language: str) -> list[str]:
    return [text for kind, theirs, text in BLOCK.findall(document.read_text()) if kind == language and not theirs]


def file_of(language: str, text: str) -> str:
    """Tell which file an example is: its first line may be a comment that says so."""
    named = re.match(r"# ([\w.-]+\.\w+)\n", text)
    return named[1] if named else f"cogauth.{language}"


@contextmanager
def inside(folder: Path) -> Generator[None]:
    """Run in *folder*, where the examples expect their file."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_examples(document: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each example runs, in the order of the page, with the file shown last before it; a bad token fetches no key."""
    names: dict[str, Any] = {
        "__name__": "example",  # whose folder Flask looks for
        "token": "not.a.token",
        "asgi_app": asgi_app,
        "flask_app": Flask("example"),
    }

    with inside(tmp_path):
        for language, theirs, text in BLOCK.findall(document.read_text()):
            if language in FILES:
                Path(file_of(language, text)).write_text(text)
            if language == "python" and not theirs:
                exec(compile(text, str(document), "exec"), names)

    assert "Traceback" not in capsys.readouterr().out


def test_examples_of_others() -> None:
    """Only where it says how to leave another library is there code that is not run here."""
    unrun = {path.relative_to(ROOT) for path in DOCUMENTS if any(block[1] for block in BLOCK.findall(path.read_text()))}

    assert {Path("docs/migration")} == {path.parent for path in unrun}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_fences(document: Path) -> None:
    """No example escapes: each begins at the margin and says of what kind it is."""
    text = document.read_text()
    openings = FENCE.findall(text)[::2]

    assert set() == set(openings) - FILES - SHOWN - {"python", "python theirs"}
    assert len(BLOCK.findall(text)) == len([kind for kind in openings if kind != "{toctree}"])


def test_reference() -> None:
    """The reference has each public name that Sphinx does not find by itself: constants, and what is imported late."""
    page = (ROOT / "docs" / "reference.rst").read_text()
    others = [name for name in cogauth.__all__ if not isinstance(getattr(cogauth, name), type)]
    functions = [name for name in others if inspect.isfunction(getattr(cogauth, name))]
    named = [f"{'autofunction' if name in functions else 'py:data'}:: cogauth.{name}\n" for name in others]
    named += [f"autoclass:: cogauth.testing.{name}\n" for name in cogauth.testing.__all__]

    assert [] == [name for name in named if name not in page]


def test_readme_file(tmp_path: Path) -> None:
    """The README's file is a policy that decides as it reads."""
    (text,) = blocks(ROOT / "README.md", "toml")
    (tmp_path / "cogauth.toml").write_text(text)
    authorizer = Authorizer.from_file(tmp_path / "cogauth.toml")

    decisions = [
        authorizer.authorize(None, *line.split()) for line in ("GET /healthz", "PUT /orders/17", "GET /orders/17")
    ]

    assert ["public", "missing_token", "missing_token"] == [decision.reason for decision in decisions]


def test_readme_decides(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The README's first example ends in a refusal that says why."""
    names: dict[str, Any] = {"token": "not.a.token"}

    exec(compile(blocks(ROOT / "README.md", "python")[0], "README.md", "exec"), names)

    assert "False 401 malformed_token ()\n" == capsys.readouterr().out


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links(document: Path) -> None:
    """A link within the repository leads somewhere."""
    targets = [link for link in LINK.findall(document.read_text()) if "://" not in link]

    assert [] == [link for link in targets if not (document.parent / link).exists()]

"""What the README and the pages in docs show is run as it stands there."""

from __future__ import annotations

import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from cogauth import Authorizer

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "SECURITY.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


async def asgi_app(scope: Any, receive: Any, send: Any) -> None:
    """Be the application that the examples guard."""


def blocks(document: Path, language: str) -> list[str]:
    return [text for kind, text in BLOCK.findall(document.read_text()) if kind == language]


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
    """Each example runs, in the order of the page, with the file that the page shows; a bad token fetches no key."""
    for text in blocks(document, "toml"):
        (tmp_path / "cogauth.toml").write_text(text)
    names: dict[str, Any] = {"token": "not.a.token", "asgi_app": asgi_app, "flask_app": Flask("example")}

    with inside(tmp_path):
        for text in blocks(document, "python"):
            exec(compile(text, str(document), "exec"), names)

    assert "Traceback" not in capsys.readouterr().out


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

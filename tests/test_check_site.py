"""The check of the built site finds whatever a browser would load from elsewhere, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from devtools.check_site import problems, remote

ELSEWHERE = [
    ("page.html", '<script src="https://cdn.example.com/x.js"></script>'),
    ("page.html", '<SCRIPT SRC="//cdn.example.com/x.js"></SCRIPT>'),
    ("page.html", '<link rel="stylesheet" href="https://fonts.example.com/css">'),
    ("page.html", '<link rel="preconnect" href="https://fonts.example.com">'),
    ("page.html", '<link href="https://fonts.example.com">'),
    ("page.html", '<img src="HTTPS://badges.example.com/ci.svg"/>'),
    ("page.html", '<img srcset="a.png 1x, https://example.com/a.png 2x">'),
    ("page.html", '<iframe src="https://example.com"></iframe>'),
    ("page.html", '<video poster="https://example.com/p.png"></video>'),
    ("page.html", '<base href="https://example.com/">'),
    ("page.html", '<form action="https://example.com/search"></form>'),
    ("page.html", '<p style="background: url(https://example.com/b.png)">'),
    ("page.html", "<style>@import 'https://fonts.example.com/css';</style>"),
    ("page.html", '<meta http-equiv="refresh" content="0; url=https://example.com">'),
    ("picture.svg", '<svg><image href="https://example.com/b.png"/></svg>'),
    ("picture.svg", '<svg><use xlink:href="https://example.com/b.svg#a"/></svg>'),
    ("style.css", "@font-face { src: url('https://fonts.example.com/f.woff2') }"),
    ("style.css", '@import "//fonts.example.com/css";'),
]

AT_HOME = [
    ("page.html", '<a href="https://docs.aws.amazon.com/cognito/">AWS</a> <code>https://api.example.com</code>'),
    ("page.html", '<link rel="stylesheet" href="../_static/furo.css"><script src="x.js"></script><img src="a/b.svg">'),
    ("page.html", '<link rel="canonical" href="https://example.com/page.html">'),
    ("page.html", '<meta http-equiv="refresh" content="0; url=docs/index.html">'),
    ("page.html", "<style>a { color: red }</style><p>url(https://example.com)</p>"),
    ("picture.svg", '<svg xmlns="http://www.w3.org/2000/svg"><use href="#a"/></svg>'),
    ("style.css", "/* https://example.com */ a { background: url(data:image/png;base64,AA//BB) }"),
]


@pytest.mark.parametrize(("name", "text"), ELSEWHERE)
def test_elsewhere(name: str, text: str) -> None:
    """Whatever is loaded from another host is found."""
    assert 1 == len(remote(name, text))


@pytest.mark.parametrize(("name", "text"), AT_HOME)
def test_at_home(name: str, text: str) -> None:
    """Links that a reader follows, addresses in text and files of the site itself are not."""
    assert [] == remote(name, text)


def test_problems(tmp_path: Path) -> None:
    """A site without pages is none; of others each file is named."""
    assert [f"{tmp_path}: no pages"] == list(problems(tmp_path))

    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.html").write_text('<img src="https://example.com/a.png">')
    (tmp_path / "index.html").write_text("<p>")

    assert ["docs/index.html: loads https://example.com/a.png"] == list(problems(tmp_path))

"""
How the site is built: `make docs`, without a network, every warning an error.

The source folder is the checkout and not docs, so that the links between README.md, SECURITY.md and the pages in docs
are the same in the repository and on the site.
"""

from __future__ import annotations

import os
from importlib.metadata import version as version_of
from pathlib import Path

from sphinx.application import Sphinx

project = "cogauth"
copyright = "the cogauth contributors"  # noqa: A001  Sphinx's name for it
version = release = version_of("cogauth")

# REST framework looks at settings when it is imported; Django's own defaults will do.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django.conf.global_settings")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "docs/index"
include_patterns = [
    "docs/**",
    "README.md",
    "SECURITY.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "benchmarks/README.md",
]
exclude_patterns = ["docs/conf.py"]
nitpicky = False  # types of the standard library have no page here

# In a docstring one backtick is code, as in Markdown.
default_role = "code"
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_default_options = {"members": True, "show-inheritance": True}
toc_object_entries_show_parents = "hide"

myst_heading_anchors = 3

html_theme = "furo"
html_title = f"cogauth {version}"
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
# Furo's own letters are those of the reader's system; nothing is fetched from anywhere.
html_theme_options = {"navigation_with_keys": True}

_ATTRIBUTES = frozenset({"attribute", "data", "property"})


def setup(app: Sphinx) -> None:
    """Leave attributes to themselves, and put a page at the top of the site that leads to the first one."""
    kept: dict[str, list[str]] = {}

    def before(_: Sphinx, what: str, name: str, __: object, ___: object, lines: list[str]) -> None:
        if what in _ATTRIBUTES:
            kept[name] = list(lines)

    def after(_: Sphinx, what: str, name: str, __: object, ___: object, lines: list[str]) -> None:
        if what in _ATTRIBUTES:
            lines[:] = kept.pop(name)

    # Napoleon, in between, takes the colon of `cognito:groups` for the one behind a type.
    app.connect("autodoc-process-docstring", before, priority=400)
    app.connect("autodoc-process-docstring", after, priority=600)
    app.connect("build-finished", _lead_in)


def _lead_in(app: Sphinx, failure: Exception | None) -> None:
    if failure is None and app.builder.format == "html":
        page = '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=docs/index.html">'
        Path(app.outdir, "index.html").write_text(f"{page}<a href='docs/index.html'>cogauth</a>\n")

"""`cogauth schema`: the very schema that the documentation publishes."""

from __future__ import annotations

from cogauth.file.schema import json_schema
from tests.cli.stage import Run


def test_the_schema_is_printed(run: Run) -> None:
    """As JSON and nothing else, so that it can be written to a file."""
    ran = run("schema")
    assert (0, "") == (ran.exit, ran.err)
    assert json_schema() == ran.json


def test_it_takes_nothing(run: Run) -> None:
    """A file that is given by mistake is not taken for one to check."""
    ran = run("schema", "cogauth.toml")
    assert 2 == ran.exit
    assert "" == ran.out

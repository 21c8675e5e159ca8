"""Exit codes, and mistakes that get a line each."""

from __future__ import annotations

import io

import pytest

from cogauth import ConfigurationError
from cogauth.cli.exits import Exit, Mistakes, told_as_mistakes


def test_codes() -> None:
    """The numbers are a contract."""
    assert {"YES": 0, "NO": 1, "USAGE": 2, "KEYS": 3, "INTERRUPTED": 130} == {code.name: code.value for code in Exit}


def test_every_mistake_has_a_line() -> None:
    """All mistakes of a configuration are told, one line each, whatever characters they repeat."""
    with pytest.raises(Mistakes) as caught, told_as_mistakes():
        raise ConfigurationError("first\nline", "second \x1b")
    shown = io.StringIO()
    caught.value.show(shown)
    assert "error: first\\nline\nerror: second \\u001b\n" == shown.getvalue()
    assert Exit.USAGE == caught.value.exit_code

"""The token's text: where it is read from, and what comes off."""

from __future__ import annotations

from pathlib import Path

import pytest

from cogauth.testing import Tokens
from tests.cli.stage import Run, still


@pytest.mark.parametrize(
    ("before", "after", "noted"),
    [
        pytest.param("", "", "", id="bare"),
        pytest.param("", "\n", "", id="with a line end"),
        pytest.param("\r\n ", " \r\n", "", id="with blanks around"),
        pytest.param("\ufeff", "\n", "", id="with a byte order mark"),
        pytest.param("Bearer ", "", "note: took off the 'Bearer' before the token\n", id="with its scheme"),
        pytest.param(
            "authorization: bearer ", "\n", "note: took off the 'Bearer' before the token\n", id="a whole header"
        ),
        pytest.param('"', '"', "note: took off the quotes around the token\n", id="with quotes"),
        pytest.param(
            "'Bearer ",
            "'",
            "note: took off the quotes around the token\nnote: took off the 'Bearer' before the token\n",
            id="both",
        ),
    ],
)
def test_what_was_copied_with_it_comes_off(before: str, after: str, noted: str, run: Run, ana: Tokens) -> None:
    """The token is found in what a person copied, and what was taken off is said."""
    ran = run("inspect", "--json", text=before + ana.access + after)
    assert (0, noted) == (ran.exit, ran.err)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Bearer", id="a scheme alone"),
        pytest.param("Basic YTpi", id="another scheme"),
        pytest.param("a b.c.d", id="a blank inside"),
        pytest.param("eyJ\n.e30.AA", id="a line end inside"),
        pytest.param('"a.b.c', id="half a pair of quotes"),
    ],
)
def test_nothing_else_comes_off(text: str, run: Run) -> None:
    """What is inside a token is the verifier's business."""
    ran = run("inspect", "--json", text=text)
    assert (1, "") == (ran.exit, ran.err)
    assert "malformed_token" == ran.json["error"]["code"]


def test_a_file(run: Run, ana: Tokens, tmp_path: Path) -> None:
    """`--file` is read, also as Windows PowerShell writes it, and standard input is not."""
    file = tmp_path / "token.txt"
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        file.write_text(ana.access + "\r\n", encoding)
        assert (0, "") == ((ran := run("inspect", "--file", file, text="x")).exit, ran.err)


def test_an_argument_is_taken_and_warned_about(run: Run, ana: Tokens) -> None:
    """It stays in the shell's history, which is said on standard error."""
    ran = run("inspect", "--json", ana.access)
    assert (0, "access") == (ran.exit, ran.json["looks_like"]["kind"])
    assert ran.err.startswith("warning: a token on the command line stays in the shell's history")
    assert ana.access not in ran.err


def test_a_dash_is_standard_input(run: Run, ana: Tokens) -> None:
    """As everywhere."""
    ran = run("inspect", "-", text=ana.access)
    assert (0, "") == (ran.exit, ran.err)


def test_a_terminal_is_asked_and_shows_nothing(run: Run, ana: Tokens) -> None:
    """Somebody who types is asked on standard error; the token is not echoed."""
    ran = run("inspect", "--json", text=ana.access + "\n", world=still(somebody_types=True))
    assert 0 == ran.exit
    assert ran.err.startswith("Token (not shown): ")
    assert ana.access not in ran.out + ran.err
    assert ran.json["well_formed"] is True


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("a.b.c", "--file", __file__), "two places for one token", id="two places"),
        pytest.param(("--file", "/no/such/file"), "does not exist", id="no file"),
        pytest.param(("--file", "/"), "is a directory", id="a folder"),
    ],
)
def test_usage(arguments: tuple[str, ...], said: str, run: Run) -> None:
    """A token that cannot be read is a wrong command line, not a wrong token."""
    ran = run("inspect", *arguments)
    assert (2, "") == (ran.exit, ran.out)
    assert said in ran.err


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(b"\xff\xfe\x00", id="half a UTF-16 text"),
        pytest.param(b"\xfe\xed\xfa", id="no text"),
        pytest.param(b"\x00" * 70_000, id="a long one"),
        pytest.param(b"." * (1 << 21), id="more than is read"),
    ],
)
def test_anything_may_come(octets: bytes, run: Run) -> None:
    """Octets that are no token are refused as one, without a crash."""
    assert 1 == run("inspect", "--json", text=octets).exit

"""`cogauth inspect`: what a token says of itself, and on every line that it is not verified."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

import pytest

from cogauth.cli.anatomy_view import PREFIX
from cogauth.testing import LocalUserPool, Tokens
from tests.cli.stage import NOW, Run, token


def parts(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give a document and what it is made of, but not what it quotes of the token."""
    yield document
    for name, member in document.items():
        if isinstance(member, dict) and name not in ("members", "times"):
            yield from parts(cast("dict[str, Any]", member))


def test_a_token_is_shown_with_dates(run: Run, ana: Tokens) -> None:
    """Header and claims as they stand, times as dates beside the numbers, and whose token it looks like."""
    ran = run("inspect", text=ana.id)
    lines = [line.removeprefix(PREFIX) for line in ran.out.splitlines()]
    assert (0, "") == (ran.exit, ran.err)
    for line in (
        "  looks like  a Cognito ID token",
        "  issuer      https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123",
        "  user pool   eu-west-1_AbCdEf123",
        '  alg  "RS256"',
        '  cognito:groups    ["editors", "a,b"]',
        f"  exp               {NOW + 3600}  2023-11-14 23:13:20 UTC (in 60 min)",
        "  256 octets, not checked",
    ):
        assert line in lines


@pytest.mark.parametrize("columns", ["20", "60", "100"])
@pytest.mark.parametrize("use", ["access", "id", "refresh", "noise", "nothing"])
def test_every_line_says_so(use: str, columns: str, run: Run, ana: Tokens) -> None:
    """However narrow the terminal and whatever the token: no line can be cut out that looks like the truth."""
    texts = {"access": ana.access, "id": ana.id, "refresh": ana.refresh, "noise": "e30.AA.!", "nothing": ""}
    ran = run("inspect", text=texts[use], env={"COLUMNS": columns})
    assert ran.out
    assert all(line.startswith("NOT VERIFIED |") for line in ran.out.splitlines())


@pytest.mark.parametrize("use", ["access", "id", "refresh", "noise", "nothing"])
def test_every_part_of_the_document_says_so(use: str, run: Run, ana: Tokens) -> None:
    """`verified` is false at the top and in each part, first of all members."""
    texts = {"access": ana.access, "id": ana.id, "refresh": ana.refresh, "noise": "e30.AA.!", "nothing": ""}
    document = run("inspect", "--json", text=texts[use]).json
    assert 5 <= len(list(parts(document)))
    assert all(("verified", False) == next(iter(part.items())) for part in parts(document))


def test_json(run: Run, ana: Tokens) -> None:
    """Machines get what the token says, and the times as dates too."""
    document = run("inspect", "--json", text=ana.access).json
    assert (True, None, "access", 256) == (
        document["well_formed"],
        document["error"],
        document["looks_like"]["kind"],
        document["signature"]["octets"],
    )
    assert (["editors", "a,b"], "2023-11-14 23:13:20 UTC") == (
        document["claims"]["members"]["cognito:groups"],
        document["claims"]["times"]["exp"],
    )


def test_malformed(run: Run, ana: Tokens) -> None:
    """The exit code is no, the reason is told, and what can be read is there."""
    header, _, signature = ana.access.split(".")
    broken = f"{header}.eyJhIjoxLCJhIjoyfQ.{signature}"
    ran = run("inspect", text=broken)
    assert (1, "") == (ran.exit, ran.err)
    assert f"{PREFIX}MalformedToken: the token is malformed (claims.duplicate_member)\n" in ran.out
    assert f'{PREFIX}  (text)   {{"a":1,"a":2}}\n' in ran.out
    document = run("inspect", "--json", text=broken).json
    assert ("claims.duplicate_member", '{"a":1,"a":2}') == (document["error"]["reason"], document["claims"]["text"])


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"\x1b[2Jname": "\x1b]0;title\x07"}, id="escape sequences"),
        pytest.param({"iss": "\x9b31m\u202e\n"}, id="an issuer"),
        pytest.param({"exp": 10**18, "iat": 1e300, "nbf": -(10**18), "auth_time": True, "updated_at": "x"}, id="times"),
        pytest.param({"deep": {"er": ["\x08", {"\x7f": None}]}}, id="deep down"),
    ],
)
def test_nothing_reaches_the_terminal_raw(claims: dict[str, Any], run: Run, pool: LocalUserPool) -> None:
    """Names and values are escaped, and a number that is no date is shown as it is."""
    minted = pool.mint(claims)
    for option in ((), ("--json",)):
        ran = run("inspect", *option, text=minted)
        assert 0 == ran.exit
        assert all(char.isprintable() or char == "\n" for char in ran.out)


def test_a_broken_text_is_escaped_and_cut(run: Run) -> None:
    """What is no JSON object is shown as text, as far as is useful."""
    ran = run("inspect", text=token(claims=b"\x1b[2J" + b"a" * 3_000))
    assert "(text)   \\u001b[2Jaaa" in ran.out
    assert "(and 1004 characters more)" in ran.out
    assert "\x1b" not in ran.out


def test_numbers_keep_their_spelling(run: Run) -> None:
    """A string is not shown as the number that it holds."""
    members = {"a": "5", "b": 5, "c": None, "d": True}
    ran = run("inspect", text=token(claims=members))
    for name, member in members.items():
        assert f"{PREFIX}  {name}  {json.dumps(member)}\n" in ran.out

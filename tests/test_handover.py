"""The handover: what a backend is told of the caller, all of it, in what a header field can carry."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given, strategies as st

from cogauth import Decision, Principal, Reason
from tests.support.principals import principal
from tests.support.tokens import ISSUER

KEYS: Final = ("subject", "username", "client_id", "token_use", "issuer", "groups", "scopes", "roles", "api")
NOTHING: Final = dict.fromkeys(KEYS, "")


def allowed(who: Principal | None, *roles: str, api: str | None = None) -> Decision:
    """A decision that lets *who* pass."""
    return Decision(
        allowed=True,
        status=200,
        reason=Reason.ALLOWED,
        principal=who,
        api=api,
        roles_of=lambda who, now: frozenset(roles),
    )


def test_the_caller_is_told() -> None:
    """Every key; names in order, arrays where a name may hold any separator."""
    who = principal(groups=["b,c", "a", "é"], scopes=["orders/write", "orders/read", *"zyxwv"])
    told = {
        "subject": "5b3c2f0e-7a55-4c4e-9d53-2c1d3f6f7a10",
        "username": "ana",
        "client_id": "c1",
        "token_use": "access",
        "issuer": ISSUER,
        "groups": r'["a","b,c","\u00e9"]',
        "scopes": "orders/read orders/write v w x y z",
        "roles": '["admin","editor"]',
        "api": "billing",
    }
    assert told == allowed(who, "editor", "admin", api="billing").handover()
    assert KEYS == tuple(allowed(who).handover())


def test_what_is_told_again_is_what_is_so_now() -> None:
    """The roles and the api are those of the decision, whatever an earlier one about the same caller had."""
    who = principal(groups=["a"])
    assert ('["admin"]', "billing") == told_of(allowed(who, "admin", api="billing"))
    assert ('["editor"]', "") == told_of(allowed(who, "editor"))
    allowed(who).handover()["subject"] = "changed by a front"
    assert who.subject == allowed(who).handover()["subject"]


def told_of(decision: Decision) -> tuple[str, str]:
    told = decision.handover()
    return told["roles"], told["api"]


def test_an_array_is_printable() -> None:
    """JSON escapes all control characters but one."""
    told = allowed(principal(groups=["a\x7fb", "c\nd"])).handover()
    assert r'["a\u007fb","c\nd"]' == told["groups"]
    assert ["a\x7fb", "c\nd"] == json.loads(told["groups"])


def test_what_a_caller_lacks_is_empty() -> None:
    """A machine has no user; no groups are an array without any, unlike no caller."""
    told = allowed(principal({"username": "Jörg"})).handover()
    assert ("Jörg", "[]", "", "[]", "") == tuple(told[key] for key in ("username", "groups", "scopes", "roles", "api"))
    machine = msgspec.structs.replace(principal(), username=None)
    assert "" == allowed(machine).handover()["username"]


def test_without_a_caller_all_but_the_api_is_empty() -> None:
    """So that a front which sends all keys leaves nothing of what the client sent."""
    assert NOTHING == allowed(None, "admin").handover()
    assert {**NOTHING, "api": "billing"} == allowed(None, "admin", api="billing").handover()


@pytest.mark.parametrize("reason", [Reason.MISSING_GROUP, Reason.DENIED, Reason.NO_ROUTE, Reason.INTERNAL_ERROR])
def test_of_a_refusal_nothing_is_handed_over(reason: Reason) -> None:
    """There is no backend to hand over to; a front that forgets so tells nobody's name."""
    refused = Decision(
        allowed=False,
        status=403,
        reason=reason,
        principal=principal(groups=["admins"]),
        api="billing",
        roles_of=lambda who, now: frozenset({"admin"}),
    )
    assert NOTHING == refused.handover()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("ana\r\nX-Role: admin", id="a line break"),
        pytest.param("ana\n", id="a line break at the end"),
        pytest.param("ana\x00", id="NUL"),
        pytest.param("ana\x7f", id="DEL"),
        pytest.param("ana\x85", id="the next line of Latin-1"),
        pytest.param("ana\u2028bo", id="a line separator"),
        pytest.param("ana\ud800", id="half a character"),
        pytest.param("ana ", id="a space at the end"),
        pytest.param("\u00a0ana", id="a space at the start, beyond ASCII"),
    ],
)
def test_what_a_field_cannot_carry_is_left_out(text: str) -> None:
    """It would arrive as another's name, or as a field of its own."""
    for name in ("subject", "username", "client_id", "issuer"):
        changed: Any = {name: text}
        assert "" == allowed(msgspec.structs.replace(principal(), **changed)).handover()[name]
    who = msgspec.structs.replace(principal(), scopes=frozenset({text, "orders/read"}), groups=frozenset({text}))
    told = allowed(who).handover()
    assert "orders/read" == told["scopes"]
    assert [text] == json.loads(told["groups"])


@given(
    st.text(),
    st.text(),
    st.frozensets(st.text(), max_size=3),
    st.frozensets(st.text(st.characters(exclude_characters=" "), min_size=1), max_size=3),
)
def test_every_value_fits_a_field(subject: str, client: str, groups: frozenset[str], scopes: frozenset[str]) -> None:
    """On one line, the same after trimming; what is there is what was proven, and arrays are exact and ASCII."""
    who = msgspec.structs.replace(principal(), subject=subject, client_id=client, groups=groups, scopes=scopes)
    told = allowed(who, *groups).handover()
    assert all(value == value.strip() and value.isascii() <= value.isprintable() for value in told.values())
    assert all(len(value.splitlines()) <= 1 and value.encode() for value in told.values() if value)
    assert told["subject"] in ("", subject)
    assert set(filter(None, told["scopes"].split(" "))) <= scopes
    assert sorted(groups) == json.loads(told["groups"]) == json.loads(told["roles"])
    assert told["groups"].isascii()

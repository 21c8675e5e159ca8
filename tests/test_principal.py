"""The principal: a value that is never changed and says nothing in a log."""

from __future__ import annotations

import dataclasses
import json

import pytest

from cogauth import Principal
from cogauth._strict import json_object
from cogauth.claims import accept
from tests.support.tokens import ABSENT, CLIENT, ISSUER, NOW, Changes, access_claims, pinned


def principal(changes: Changes | None = None, *, name: str = "staff") -> Principal:
    """What a verifier makes of an access token of these claims."""
    claims = json_object(json.dumps(access_claims(changes)).encode())
    return accept(claims, (pinned(name=name),), ISSUER, NOW, 0)


@pytest.mark.parametrize(
    ("other", "equal"),
    [
        pytest.param(principal(), True, id="the same claims"),
        pytest.param(principal({"jti": "another"}), False, id="another token of the user"),
        pytest.param(principal({"custom:x": 1}), False, id="one more claim"),
        pytest.param(principal(name="partners"), False, id="the same claims of another issuer"),
        pytest.param("2688e2f5-0297-4b74-8f72-013663f61200", False, id="its subject"),
        pytest.param(None, False, id="nobody"),
    ],
)
def test_principals_are_equal_by_issuer_and_claims(other: object, *, equal: bool) -> None:
    """And those that are equal hash alike."""
    assert equal == (principal() == other)
    assert equal == (1 == len({principal(), other}))


def test_a_principal_is_authenticated() -> None:
    """What frameworks ask of a user, who has no other way to be one; nobody can say otherwise."""
    assert principal().is_authenticated is True
    with pytest.raises(AttributeError):
        principal().is_authenticated = False  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def test_what_was_worked_out_does_not_count() -> None:
    """A policy's notes make no other principal."""
    one, other = principal(), principal()
    one.memo["policy"] = True
    assert one == other
    assert {} == other.memo


@pytest.mark.parametrize("name", ["subject", "groups", "claims", "memo", "is_machine", "never_heard_of"])
def test_nothing_is_changed(name: str) -> None:
    """No attribute can be set, and none removed."""
    found = principal()
    with pytest.raises(AttributeError):
        setattr(found, name, frozenset({"admins"}))
    with pytest.raises(AttributeError):
        delattr(found, name)
    assert found == principal()


def test_its_claims_are_not_changed() -> None:
    """Not by assignment, and not through what lies below."""
    found = principal()
    with pytest.raises(TypeError):
        found.claims["sub"] = "admin"  # type: ignore[index]  # pyright: ignore[reportIndexIssue]
    assert ("editors",) == found.claims["cognito:groups"]
    assert isinstance(found.groups, frozenset)


def test_it_is_not_a_dataclass_to_copy_with_changes() -> None:
    """Nobody makes an administrator of a user in passing."""
    assert not dataclasses.is_dataclass(Principal)
    with pytest.raises(TypeError):
        Principal("subject")  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        pytest.param({}, "<Principal of staff, access token, person>", id="a person"),
        pytest.param({"username": ABSENT}, "<Principal of staff, access token, machine>", id="a machine"),
    ],
)
def test_its_text_shows_no_claim(changes: Changes, text: str) -> None:
    """Neither `repr` nor `str`: both end up in logs."""
    found = principal(changes)
    assert (text, text) == (repr(found), str(found))
    assert CLIENT not in text

"""The directory: who is known, who is in which group, and whose profile is whose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jwt
import pytest

from cogauth import ConfigurationError
from cogauth.testing import KeyStock, LocalUserPool, User, UserGroup
from cogauth.testing.directory import Directory

NOW = 1_700_000_000
ROLE = "arn:aws:iam::111122223333:role/Admin"


def claims(token: str) -> dict[str, Any]:
    """What a token says; that it verifies is tested elsewhere."""
    return jwt.decode(token, options={"verify_signature": False})


def directory() -> Directory:
    """A directory with one user, ana, in two groups, and a group that has a role."""
    made = Directory("eu-west-1_AbCdEf123", lambda: NOW + 0.9)
    made.add_user("ana", groups=["editors", "admins"])
    made.add_group("admins", precedence=0, role=ROLE)
    return made


def test_a_pool_is_a_directory() -> None:
    """What is said of the one here holds for the other."""
    assert issubclass(LocalUserPool, Directory)


def test_groups_are_found_whenever_they_were_added(keys: KeyStock) -> None:
    """Before their users or after them, up to the moment of the token; one that nobody added has no role."""
    pool = LocalUserPool("eu-west-1_AbCdEf123", clients={"c1"}, clock=lambda: NOW, keys=keys)
    pool.add_group("admins", precedence=1, role=ROLE)
    pool.add_user("ana", groups=["editors", "admins", "late"])
    assert [ROLE] == claims(pool.sign_in("ana").id)["cognito:roles"]
    assert UserGroup("late", 0, f"{ROLE}2") == pool.add_group("late", precedence=0, role=f"{ROLE}2")
    late = claims(pool.mint(token_use="id", user="ana"))
    assert ([ROLE, f"{ROLE}2"], f"{ROLE}2") == (late["cognito:roles"], late["cognito:preferred_role"])


def test_a_federated_user_has_a_name_a_group_and_an_identity() -> None:
    """All three are those of the provider; further groups come after."""
    user = directory().add_federated_user(
        "Google", "1234", groups=["editors", "eu-west-1_AbCdEf123_Google"], attributes={"email": "g@example.com"}
    )
    assert "Google_1234" == user.username
    assert ("eu-west-1_AbCdEf123_Google", "editors") == user.groups
    assert {"email": "g@example.com"} == user.attributes
    (identity,) = user.identities
    assert ("1234", "Google", True, NOW) == (identity.user_id, identity.provider, identity.primary, identity.created)


def test_a_linked_user_stays_who_it_was() -> None:
    """Name, `sub` and groups are the user's own: the automatic group is not for the linked."""
    made = directory()
    before = made.user("ana")
    made.link_provider("ana", "Google", "1")
    after = made.link_provider("ana", "MySSO", "2", provider_type="OIDC", issuer="https://sso.example.com")
    assert after is made.user("ana")
    assert (before.username, before.sub, before.groups) == (after.username, after.sub, after.groups)
    assert [("Google", False), ("MySSO", False)] == [(one.provider, one.primary) for one in after.identities]


def five_links(made: Directory) -> User:
    """Link ana to five profiles, the most that there can be."""
    return [made.link_provider("ana", "Google", str(number)) for number in range(5)][-1]


def test_five_links_are_the_most() -> None:
    """A sixth is refused and changes nothing."""
    made = directory()
    assert 5 == len(five_links(made).identities)
    with pytest.raises(ConfigurationError, match="5 linked"):
        made.link_provider("ana", "Google", "5")
    assert 5 == len(made.user("ana").identities)


MISUSE: dict[str, tuple[Callable[[Any], object], str]] = {
    "same user twice": (lambda made: made.add_user("ana"), "'ana' already"),
    "same group twice": (lambda made: made.add_group("admins"), "'admins' already"),
    "group of no name": (lambda made: made.add_group(""), "name"),
    "nobody to link to": (lambda made: made.link_provider("eve", "Google", "1"), "'eve'.*'ana'"),
    "federated twice": (lambda made: made.add_federated_user("Google", "7"), "belongs to the user 'Google_7'"),
    "linked though federated": (lambda made: made.link_provider("ana", "Google", "7"), "belongs to the user"),
    "federated though linked": (lambda made: made.add_federated_user("Google", "8"), "belongs to the user 'ana'"),
    "name is taken": (lambda made: made.add_federated_user("Facebook", "taken"), "'Facebook_taken' already"),
    "nobody to tell of": (lambda made: made.user("eve"), "'eve'.*'ana'"),
    "no provider type": (lambda made: made.add_federated_user("MySSO", "1"), "provider_type"),
    "groups of one string": (lambda made: made.add_federated_user("Google", "9", groups="x"), r"\['x'\]"),
}


@pytest.mark.parametrize(("misuse", "message"), MISUSE.values(), ids=MISUSE.keys())
def test_misuse_is_named(misuse: Callable[[Any], object], message: str) -> None:
    """And nothing is added."""
    made = directory()
    made.add_federated_user("Google", "7")
    made.link_provider("ana", "Google", "8")
    made.add_user("Facebook_taken")
    before = [made.user(name) for name in ("ana", "Google_7", "Facebook_taken")]
    with pytest.raises(ConfigurationError, match=message):
        misuse(made)
    assert before == [made.user(name) for name in ("ana", "Google_7", "Facebook_taken")]

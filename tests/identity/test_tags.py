"""Attributes for access control: what they take, and the tags that become of claims."""

from __future__ import annotations

from typing import Any

import pytest

from cogauth import ConfigurationError
from cogauth.identity import PrincipalTags, Unfit
from tests.support.providers import IDENTITY_POOL_ID

USERS = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123"


def test_tags_of_claims() -> None:
    """The claims that are strings, by the keys of the tags."""
    tags = PrincipalTags(USERS, {"dept": "custom:dept", "mail": "email", "who": "sub"})
    found = tags.of({"custom:dept": "risk", "email": "ana+x@example.com", "sub": "Größe 1/2:=_.-", "other": "x"})
    assert {"dept": "risk", "mail": "ana+x@example.com", "who": "Größe 1/2:=_.-"} == found.tags
    assert ({}, True) == (found.unfit, found.documented)
    assert "<SessionTags ['dept', 'mail', 'who']>" == repr(found)


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({}, Unfit.ABSENT),
        ({"d": "x"}, Unfit.ABSENT),
        ({"c": None}, Unfit.NOT_STRING),
        ({"c": ["risk"]}, Unfit.NOT_STRING),
        ({"c": True}, Unfit.NOT_STRING),
        ({"c": 5}, Unfit.NOT_STRING),
        ({"c": "x" * 257}, Unfit.MALFORMED),
        ({"c": "a,b"}, Unfit.MALFORMED),
        ({"c": "a|b"}, Unfit.MALFORMED),
        ({"c": "<x>"}, Unfit.MALFORMED),
    ],
    ids=str,
)
def test_claims_that_make_no_tag(claims: Any, why: Unfit) -> None:
    """Each with the reason."""
    found = PrincipalTags(USERS, {"t": "c"}).of(claims)
    assert ({}, {"t": why}) == (found.tags, found.unfit)


def test_all_tags_together_have_a_limit() -> None:
    """Of 460 bytes, keys and values; one that is over it is left out, and a smaller one behind it may still fit."""
    tags = PrincipalTags(USERS, {"a": "a", "b": "b", "c": "c"})
    found = tags.of({"a": "x" * 256, "b": "x" * 203, "c": "x"})
    assert (["a", "c"], {"b": "too_large"}) == (list(found.tags), found.unfit)
    assert {"b": "too_large"} != tags.of({"a": "x" * 256, "b": "x" * 202}).unfit
    assert ["a", "b"] == list(tags.of({"a": "x" * 256, "b": "x" * 202}).tags)
    assert {"b": "too_large", "c": "absent"} == tags.of({"a": "x" * 256, "b": "ü" * 102}).unfit


def test_an_empty_value_is_one() -> None:
    """As session tags may be empty."""
    assert {"t": ""} == PrincipalTags(USERS, {"t": "c"}).of({"c": ""}).tags


def test_defaults() -> None:
    """The claims are documented, the keys are not; where AWS has told them, they are known."""
    claims = {"aud": "c1", "sub": "s1"}
    found = PrincipalTags(USERS, use_defaults=True).of(claims)
    assert ({"client": "c1", "username": "s1"}, False) == (found.tags, found.documented)
    found = PrincipalTags(USERS, {"app": "aud"}, use_defaults=True).of(claims)
    assert ({"app": "c1"}, True) == (found.tags, found.documented)


@pytest.mark.parametrize(
    ("tags", "needed"),
    [
        (PrincipalTags(USERS), False),
        (PrincipalTags(USERS, {}), False),
        (PrincipalTags(USERS, {"a": "b"}), True),
        (PrincipalTags(USERS, use_defaults=True), True),
    ],
)
def test_trust_policies_need_tag_session(tags: PrincipalTags, needed: bool) -> None:  # noqa: FBT001  a column
    """As soon as one claim is mapped."""
    assert needed is tags.needs_tag_session


def test_the_answer_of_the_api() -> None:
    """And the properties of CloudFormation's resource, which have the same names."""
    answer = {
        "IdentityPoolId": IDENTITY_POOL_ID,
        "IdentityProviderName": USERS,
        "UseDefaults": False,
        "PrincipalTags": {"dept": "custom:dept"},
        "ResponseMetadata": {"HTTPStatusCode": 200},
    }
    tags = PrincipalTags.from_dict(answer)
    assert PrincipalTags(USERS, {"dept": "custom:dept"}) == tags
    assert tags == eval(repr(tags))
    assert hash(tags) == hash(PrincipalTags(USERS, {"dept": "custom:dept"}))
    assert PrincipalTags(USERS) == PrincipalTags.from_dict({"IdentityProviderName": USERS})


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (None, "PrincipalTags: must be a table"),
        ([], "PrincipalTags: must be a table"),
        ({}, "PrincipalTags: provider: "),
        ({"IdentityProviderName": USERS, "Tags": {}}, "PrincipalTags: unknown key 'Tags'"),
        ({"IdentityProviderName": 5}, "PrincipalTags: provider: "),
        ({"IdentityProviderName": "x" * 129}, "PrincipalTags: provider: "),
        ({"IdentityProviderName": USERS, "UseDefaults": "true"}, "PrincipalTags: use_defaults: "),
        ({"IdentityProviderName": USERS, "PrincipalTags": []}, "PrincipalTags: tags: "),
        ({"IdentityProviderName": USERS, "PrincipalTags": {"": "c"}}, "PrincipalTags: tags: "),
        ({"IdentityProviderName": USERS, "PrincipalTags": {"t" * 129: "c"}}, "PrincipalTags: tags: "),
        ({"IdentityProviderName": USERS, "PrincipalTags": {"t": ""}}, "PrincipalTags: tags: "),
        ({"IdentityProviderName": USERS, "PrincipalTags": {"t": "c" * 257}}, "PrincipalTags: tags: "),
        ({"IdentityProviderName": USERS, "PrincipalTags": {"t": 5}}, "PrincipalTags: tags: "),
        ({"IdentityProviderName": USERS, "PrincipalTags": {f"t{n}": "c" for n in range(51)}}, "PrincipalTags: tags: "),
    ],
    ids=str,
)
def test_what_the_api_would_not_take_is_refused(data: Any, problem: str) -> None:
    """The message names the argument."""
    with pytest.raises(ConfigurationError) as caught:
        PrincipalTags.from_dict(data)
    assert [True] == [each.startswith(problem) for each in caught.value.problems]

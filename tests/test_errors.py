"""Errors: one tree, constant texts, and reasons that are safe to log."""

from __future__ import annotations

import inspect
import pickle

import pytest

from cogauth import errors
from cogauth.decision import Decision, Reason
from cogauth.errors import (
    AccessDenied,
    CogAuthError,
    ConfigurationError,
    KeysUnavailable,
    MalformedToken,
    RefreshTokenSent,
    TokenError,
)

CLASSES = [item for item in vars(errors).values() if inspect.isclass(item) and issubclass(item, CogAuthError)]
TOKEN_ERRORS = [item for item in CLASSES if issubclass(item, TokenError)]

CODES = {
    "CogAuthError": "error",
    "ConfigurationError": "configuration",
    "TokenError": "invalid_token",
    "MissingToken": "missing_token",
    "MalformedToken": "malformed_token",
    "RefreshTokenSent": "refresh_token_sent",
    "UnknownIssuer": "unknown_issuer",
    "UnknownKey": "unknown_key",
    "BadSignature": "bad_signature",
    "Expired": "expired",
    "NotYetValid": "not_yet_valid",
    "WrongUse": "wrong_use",
    "WrongClient": "wrong_client",
    "WrongAudience": "wrong_audience",
    "BadClaim": "bad_claim",
    "AccessDenied": "access_denied",
    "KeysUnavailable": "keys_unavailable",
}


def test_every_error_is_exported() -> None:
    """`__all__` is sorted and holds each class of the module, and nothing else."""
    assert sorted(item.__name__ for item in CLASSES) == errors.__all__


def test_codes_are_stable_and_unique() -> None:
    """Logs and metrics rest on the codes, so a change of one is a change of the interface."""
    assert {item.__name__: item.code for item in CLASSES} == CODES
    assert len(CODES) == len(set(CODES.values()))


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    """Each class stands there, once, below its base."""
    drawn: list[tuple[str, str]] = []
    above: list[str] = []
    for line in (errors.__doc__ or "").split("```")[1].strip().splitlines():
        entry = line.lstrip("│├└─ ")
        depth = (len(line) - len(entry)) // 4
        above[depth:] = [entry.split()[0]]
        drawn.append((above[depth], above[depth - 1] if depth else "Exception"))
    assert sorted((item.__name__, item.__bases__[0].__name__) for item in CLASSES) == sorted(drawn)


@pytest.mark.parametrize("kind", TOKEN_ERRORS, ids=lambda item: item.__name__)
def test_the_text_of_a_token_error_is_constant(kind: type[TokenError]) -> None:
    """Whatever the reason, and told apart by class: the text alone says nothing of the token."""
    assert kind.message == str(kind()) == str(kind("claims.exp_type"))
    assert [item for item in CLASSES if item.message == kind.message] == [kind]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        pytest.param(TokenError(), "invalid_token", id="the code, unless told"),
        pytest.param(MalformedToken(), "malformed_token", id="the code of the leaf"),
        pytest.param(MalformedToken("header.crit"), "header.crit", id="as told"),
        pytest.param(KeysUnavailable(), "unavailable.fetch", id="an outage has a default of its own"),
        pytest.param(KeysUnavailable("unavailable.deadline"), "unavailable.deadline", id="an outage, as told"),
        pytest.param(ConfigurationError("name: missing"), "configuration", id="a configuration error has one only"),
    ],
)
def test_the_reason(error: CogAuthError, reason: str) -> None:
    """An error always has a reason, which is finer than its code where somebody knew better."""
    assert reason == error.reason


@pytest.mark.parametrize("kind", [ConfigurationError, AccessDenied, KeysUnavailable], ids=lambda item: item.__name__)
def test_other_people_act(kind: type[CogAuthError]) -> None:
    """An administrator's, an operator's or a builder's error is not caught as the caller's."""
    assert not issubclass(kind, TokenError)


def test_a_refresh_token_is_a_malformed_token() -> None:
    """Who handles malformed tokens handles this one."""
    assert issubclass(RefreshTokenSent, MalformedToken)


@pytest.mark.parametrize(
    ("problems", "text"),
    [
        pytest.param((), "configuration error", id="none"),
        pytest.param(("clients: must not be empty",), "clients: must not be empty", id="one"),
        pytest.param(("first", "second"), "first\nsecond", id="each on a line"),
    ],
)
def test_a_configuration_error_tells_all_mistakes(problems: tuple[str, ...], text: str) -> None:
    """It is a ValueError too, and its problems are there one by one."""
    error = ConfigurationError(*problems)
    assert text == str(error)
    assert problems == error.problems
    assert isinstance(error, ValueError)
    assert problems == ConfigurationError.of(iter(problems)).problems


def test_access_denied_carries_its_decision() -> None:
    """Its reason is the decision's, and its text is constant."""
    decision = Decision(allowed=False, status=403, reason=Reason.MISSING_GROUP, unmet=("group editors",))
    error = AccessDenied(decision)
    assert decision is error.decision
    assert "missing_group" == error.reason
    assert "access denied" == str(error)


@pytest.mark.parametrize(("error", "seconds"), [(KeysUnavailable(), 1), (KeysUnavailable(retry_after=30), 30)])
def test_an_outage_tells_when_to_come_back(error: KeysUnavailable, seconds: int) -> None:
    """A second, unless somebody knows better."""
    assert seconds == error.retry_after


@pytest.mark.parametrize(
    "error",
    [TokenError("revoked"), MalformedToken("header.crit"), KeysUnavailable("unavailable.tls", retry_after=7)],
    ids=repr,
)
def test_an_error_survives_a_process_boundary(error: CogAuthError) -> None:
    """A worker's error says the same where it is read."""
    copy: CogAuthError = pickle.loads(pickle.dumps(error))
    assert (type(error), str(error), vars(error)) == (type(copy), str(copy), vars(copy))

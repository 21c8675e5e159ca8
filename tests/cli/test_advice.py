"""Advice: what the person at the terminal can do about a token that was refused."""

from __future__ import annotations

import pytest

import cogauth
from cogauth import CogAuthError, KeysUnavailable, TokenError, UserPool
from cogauth.cli.advice import advice

POOL = "eu-west-1_AbCdEf123"
STAFF = UserPool(POOL, clients={"web", "app"}, name="staff")
LEAVES = [found for found in vars(cogauth).values() if isinstance(found, type) and issubclass(found, TokenError)]


@pytest.mark.parametrize("leaf", [leaf for leaf in LEAVES if leaf is not TokenError], ids=lambda leaf: leaf.__name__)
def test_there_is_advice_for_every_error(leaf: type[TokenError]) -> None:
    """No class is left without a sentence of its own, and none repeats the message."""
    said = advice(leaf(), [STAFF])
    assert said.endswith(".")
    assert "See the documentation" not in said
    assert leaf.message not in said


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param(cogauth.UnknownIssuer("claims.iss_unknown"), "Trusted here: staff.", id="whom we trust"),
        pytest.param(cogauth.WrongClient("claims.client_mismatch"), "(app, web)", id="which clients"),
        pytest.param(cogauth.BadClaim("claims.act"), "delegation = true", id="delegation"),
        pytest.param(cogauth.MalformedToken("header.alg_not_allowed"), "RS256", id="the algorithm"),
        pytest.param(KeysUnavailable(retry_after=7), "in 7 s.", id="when to try again"),
    ],
)
def test_advice_names_what_is_configured(error: CogAuthError, said: str) -> None:
    """It may say what the configuration expects, and the finer reason may lead to something else."""
    assert said in advice(error, [STAFF])


@pytest.mark.parametrize(
    ("uses", "said"),
    [
        pytest.param(["access"], "This is an ID token; send the access token", id="access"),
        pytest.param(["id", "id"], "This is an access token; send the ID token", id="id"),
        pytest.param(["access", "id"], "Send the other", id="both"),
    ],
)
def test_wrong_use_says_which_token_it_is(uses: list[str], said: str) -> None:
    """Where only one kind is accepted, the token can only be of the other."""
    pools = [
        UserPool(POOL, clients={f"c{place}"}, token_use="access" if use == "access" else "id")
        for place, use in enumerate(uses)
    ]
    assert advice(cogauth.WrongUse("claims.token_use"), pools).startswith(said)

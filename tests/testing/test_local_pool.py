"""The pool as a whole: independent libraries accept its tokens, and misuse is named."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any, cast

import joserfc.jwt
import jwt
import pytest
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from cogauth import BadClaim, ConfigurationError, TokenError, UserPool, Verifier, WrongAudience, WrongUse
from cogauth.testing import AppClient, LocalUserPool

NOW = 1_700_000_000
OTHER = LocalUserPool("eu-west-1_Other1234", clients={"c1"}, clock=lambda: NOW)

TOKENS: dict[str, Callable[[LocalUserPool], str]] = {
    "access": lambda pool: pool.sign_in("ana").access,
    "access with scopes": lambda pool: pool.sign_in("ana", scopes=["orders/read"]).access,
    "id": lambda pool: pool.sign_in("ana").id,
    "id with scopes": lambda pool: pool.sign_in("ben", scopes=["openid"]).id,
    "refreshed access": lambda pool: pool.refresh(pool.sign_in("ana").refresh).access,
    "refreshed id": lambda pool: pool.refresh(pool.sign_in("ana").refresh).id,
    "machine": lambda pool: pool.machine_token(scopes=["jobs/run"]),
    "minted": lambda pool: pool.mint(),
    "minted id": lambda pool: pool.mint(token_use="id", user="ana"),
}


API = "https://api.example.com"


def exchanged(pool: LocalUserPool, actor: str | None = None) -> str:
    """A token that ana's was exchanged for."""
    return pool.exchanged_token("ana", audience=API, scopes=["orders/read"], actor=actor)


# What only a pool that has grown can give, and what a `UserPool` must be told to take it.
GROWN: dict[str, tuple[Callable[[LocalUserPool], str], dict[str, Any]]] = {
    "roles": (lambda pool: pool.sign_in("rosa").id, {"token_use": "id"}),
    "roles in a tie": (lambda pool: pool.sign_in("tess").id, {"token_use": "id"}),
    "federated": (lambda pool: pool.sign_in("Google_gus").access, {}),
    "federated id": (lambda pool: pool.sign_in("Google_gus").id, {"token_use": "id"}),
    "two factors": (lambda pool: pool.sign_in("ana", factors=["pwd", "otp"]).access, {}),
    "bound": (lambda pool: pool.sign_in("ana", scopes=["orders/read"], resource=API).access, {"audience": API}),
    "impersonation": (exchanged, {"audience": API}),
    "delegation": (lambda pool: exchanged(pool, actor="c2"), {"audience": API, "delegation": True}),
}
# The same where a `UserPool` is told less.
REFUSED: dict[str, tuple[Callable[[LocalUserPool], str], dict[str, Any], type[TokenError]]] = {
    "bound": (GROWN["bound"][0], {}, WrongAudience),
    "bound elsewhere": (GROWN["bound"][0], {"audience": "https://other.example.com"}, WrongAudience),
    "unbound": (TOKENS["access"], {"audience": API}, WrongAudience),
    "machine": (TOKENS["machine"], {"audience": API}, WrongAudience),
    "impersonation": (GROWN["impersonation"][0], {}, WrongAudience),
    "delegation": (GROWN["delegation"][0], {"audience": API}, BadClaim),
    "delegation elsewhere": (GROWN["delegation"][0], {"delegation": True}, WrongAudience),
    "roles": (GROWN["roles"][0], {}, WrongUse),
}


def read_by_pyjwt(pool: LocalUserPool, token: str) -> dict[str, Any]:
    """Verify with PyJWT, which knows nothing of the pool but its document."""
    keys = jwt.PyJWKSet.from_dict(pool.jwks)
    options: Any = {"verify_exp": False, "verify_aud": False, "require": ["exp", "iat", "iss", "sub"]}
    key = keys[jwt.get_unverified_header(token)["kid"]]
    return jwt.decode(token, key, algorithms=["RS256"], issuer=pool.issuer_url, options=options)


def read_by_joserfc(pool: LocalUserPool, token: str) -> dict[str, Any]:
    """Verify with joserfc, likewise."""
    keys: Any = pool.jwks
    return joserfc.jwt.decode(token, KeySet.import_key_set(keys), algorithms=["RS256"]).claims


@pytest.mark.parametrize("kind", TOKENS)
def test_others_accept_the_tokens(pool: LocalUserPool, kind: str) -> None:
    """PyJWT and joserfc verify each kind with the published keys, and read the same in it."""
    token = TOKENS[kind](pool)
    assert read_by_pyjwt(pool, token) == read_by_joserfc(pool, token)


@pytest.mark.parametrize("kind", GROWN)
def test_others_accept_what_a_grown_pool_gives(grown: LocalUserPool, kind: str) -> None:
    """PyJWT and joserfc again, with roles, identities, resources and actors."""
    token = GROWN[kind][0](grown)
    assert read_by_pyjwt(grown, token) == read_by_joserfc(grown, token)


@pytest.mark.parametrize(("make", "options"), GROWN.values(), ids=GROWN.keys())
def test_the_verifier_takes_it(
    grown: LocalUserPool, make: Callable[[LocalUserPool], str], options: dict[str, Any]
) -> None:
    """Told so, and every claim comes out as an independent reader sees it."""
    token = make(grown)
    principal = Verifier(grown.issuer(**options), clock=lambda: NOW).verify(token)
    claims = read_by_pyjwt(grown, token)
    assert frozenset(claims.get("cognito:groups", ())) == principal.groups
    assert (claims.get("acr"), frozenset(claims.get("amr", ()))) == (principal.acr, principal.amr)
    assert claims.get("act") == (None if principal.actor is None else dict(principal.actor))
    assert claims.get("identities", []) == [dict(identity) for identity in principal.identities]
    assert claims.get("aud", principal.client_id) in {*principal.audience, principal.client_id}


@pytest.mark.parametrize(("make", "options", "error"), REFUSED.values(), ids=REFUSED.keys())
def test_the_verifier_refuses_it(
    grown: LocalUserPool,
    make: Callable[[LocalUserPool], str],
    options: dict[str, Any],
    error: type[TokenError],
) -> None:
    """Told less, or told otherwise."""
    with pytest.raises(error):
        Verifier(grown.issuer(**options), clock=lambda: NOW).verify(make(grown))


@pytest.mark.parametrize("kind", ["access", "id"])
def test_others_refuse_a_foreign_signature(pool: LocalUserPool, kind: str) -> None:
    """Another pool's token stays a forgery when it borrows our issuer and our key's name."""
    use: Any = kind
    honest = pool.mint(token_use=use)
    kid = jwt.get_unverified_header(honest)["kid"]
    forged = OTHER.mint({"iss": pool.issuer_url}, token_use=use, header={"kid": kid})
    read_by_pyjwt(pool, honest)
    with pytest.raises(jwt.InvalidSignatureError):
        read_by_pyjwt(pool, forged)
    with pytest.raises(JoseError):
        read_by_joserfc(pool, forged)


def test_tokens_outlive_a_rotation_but_not_a_withdrawal() -> None:
    """What others make of the document before and after."""
    pool = LocalUserPool("eu-west-1_AbCdEf123", clients={"c1"})
    pool.add_user("ana")
    first = pool.sign_in("ana")
    pool.rotate()
    second = pool.sign_in("ana")
    for token in (first.access, first.id, second.access, second.id):
        assert read_by_pyjwt(pool, token)
    pool.withdraw_key("access")
    with pytest.raises(KeyError):
        read_by_pyjwt(pool, second.access)
    third = pool.sign_in("ana")
    for token in (first.access, second.id, third.access, third.id):
        assert read_by_pyjwt(pool, token)
    pool.rotate(keep_old=False)
    for token in (first.access, second.id, third.access, third.id):
        with pytest.raises(KeyError):
            read_by_pyjwt(pool, token)
    assert read_by_pyjwt(pool, pool.sign_in("ana").access)


@pytest.mark.parametrize(
    ("pool_id", "options", "issuer_url"),
    [
        ("eu-west-1_AbCdEf123", {}, "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123"),
        (
            "us-gov-west-1_AbCdEf123",
            {"issuer_form": "original"},
            "https://cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_AbCdEf123",
        ),
        (
            "eu-west-1_AbCdEf123",
            {"issuer_form": "updated"},
            "https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123",
        ),
    ],
)
def test_the_issuer_has_two_forms(pool_id: str, options: dict[str, Any], issuer_url: str) -> None:
    """Both with the pool's own region; the one that was chosen is in the tokens."""
    pool = LocalUserPool(pool_id, clients={"c1"}, **options)
    assert issuer_url == pool.issuer_url == read_by_pyjwt(pool, pool.mint())["iss"]


def test_tokens_live_as_long_as_their_client_says() -> None:
    """Access, ID and machine tokens; a fraction of a second on the clock is dropped."""
    clients = {"short": AppClient(access_validity=300, id_validity=600), "usual": AppClient()}
    pool = LocalUserPool("eu-west-1_AbCdEf123", clients=clients, clock=lambda: NOW + 0.9)
    pool.add_user("ana")
    for client, access, identity in (("short", 300, 600), ("usual", 3600, 3600)):
        tokens = pool.sign_in("ana", client=client)
        lives = {
            tokens.access: access,
            tokens.id: identity,
            pool.machine_token(client=client, scopes=["a/b"]): access,
            pool.mint(client=client): access,
            pool.mint(client=client, token_use="id"): identity,
        }
        for token, life in lives.items():
            claims = read_by_pyjwt(pool, token)
            assert (NOW, NOW + life) == (claims["iat"], claims["exp"])
            assert client == claims.get("client_id", claims.get("aud"))


def test_the_first_client_by_name_is_meant_when_none_is() -> None:
    """However the clients were given."""
    pool = LocalUserPool("eu-west-1_AbCdEf123", clients=["c3", "c1", "c2"])
    pool.add_user("ana")
    for token in (pool.sign_in("ana").access, pool.machine_token(scopes=["a/b"]), pool.mint()):
        assert "c1" == read_by_pyjwt(pool, token)["client_id"]
    assert frozenset({"c1", "c2", "c3"}) == pool.clients


def test_add_user_tells_the_sub(pool: LocalUserPool) -> None:
    """It is the one in the tokens."""
    user = OTHER.add_user("cleo")
    assert user.sub == read_by_pyjwt(OTHER, OTHER.sign_in("cleo").access)["sub"]


MISUSE: dict[str, tuple[Callable[[Any], object], str]] = {
    "unknown user": (lambda pool: pool.sign_in("eve"), r"'eve'.*\['ana', 'ben'\]"),
    "unknown client": (lambda pool: pool.sign_in("ana", client="c9"), r"'c9'.*\['c1'\]"),
    "empty client": (lambda pool: pool.sign_in("ana", client=""), r"''.*\['c1'\]"),
    "no scopes": (lambda pool: pool.sign_in("ana", scopes=[]), "scopes"),
    "scopes of one string": (lambda pool: pool.sign_in("ana", scopes="openid"), r"\['openid'\]"),
    "no resource": (lambda pool: pool.sign_in("ana", resource="api"), "one URL"),
    "resource without scopes": (lambda pool: pool.sign_in("ana", resource="myapp://", scopes=[]), "scopes"),
    "no factors": (lambda pool: pool.sign_in("ana", factors=[]), "factors"),
    "exchange for nobody": (lambda pool: pool.exchanged_token("ana", audience="", scopes=["a/b"]), "audience"),
    "exchange for nothing": (lambda pool: pool.exchanged_token("ana", audience="x", scopes=[]), "scopes"),
    "exchange by nobody": (
        lambda pool: pool.exchanged_token("ana", audience="x", scopes=["a/b"], actor=""),
        "impersonation",
    ),
    "exchange of nobody": (lambda pool: pool.exchanged_token("eve", audience="x", scopes=["a/b"]), "'eve'"),
    "machine of unknown client": (lambda pool: pool.machine_token(client="c9", scopes=["a/b"]), r"'c9'.*\['c1'\]"),
    "machine without scopes": (lambda pool: pool.machine_token(scopes=[]), "scopes"),
    "same user twice": (lambda pool: pool.add_user("ana"), "'ana' already"),
    "key of no use": (lambda pool: pool.withdraw_key("refresh"), "refresh"),
    "pool id without region": (lambda _: LocalUserPool("AbCdEf123", clients={"c1"}), "pool id"),
    "pool id and a newline": (lambda _: LocalUserPool("eu-west-1_AbCdEf123\n", clients={"c1"}), "pool id"),
    "no clients": (lambda _: LocalUserPool("eu-west-1_AbCdEf123", clients=[]), "client"),
    "clients of one string": (lambda _: LocalUserPool("eu-west-1_AbCdEf123", clients="c1"), "clients"),
    "no client id": (lambda _: LocalUserPool("eu-west-1_AbCdEf123", clients={"not a client"}), "clients"),
    "no issuer form": (
        lambda _: LocalUserPool("eu-west-1_AbCdEf123", clients={"c1"}, issuer_form=cast("Any", "newest")),
        "newest",
    ),
}


@pytest.mark.parametrize(("misuse", "message"), MISUSE.values(), ids=MISUSE.keys())
def test_misuse_is_named(pool: LocalUserPool, misuse: Callable[[Any], object], message: str) -> None:
    """The message says what there is instead."""
    with pytest.raises(ConfigurationError, match=message):
        misuse(pool)


def test_a_pool_shows_no_token_and_no_key(pool: LocalUserPool) -> None:
    """Its representation is its id and the names in it."""
    tokens = pool.sign_in("ana")
    assert "<LocalUserPool eu-west-1_AbCdEf123 clients=['c1'] users=['ana', 'ben']>" == repr(pool)
    assert tokens.refresh not in repr(pool)


def test_issuer_pins_the_keys(pool: LocalUserPool) -> None:
    """A `UserPool` with this pool's id and clients, in which both keys are to be found."""
    trusted = pool.issuer()
    assert isinstance(trusted, UserPool)
    assert ("eu-west-1_AbCdEf123", frozenset({"c1"}), "access") == (
        trusted.pool_id,
        trusted.clients,
        trusted.token_use,
    )
    assert pool.issuer_url in {source.issuer for source in trusted.sources}
    assert all(source.pinned is not None for source in trusted.sources)


def test_issuer_hands_its_options_on(pool: LocalUserPool) -> None:
    """Other clients too."""
    trusted = pool.issuer(token_use="id", name="staff", clients={"c2"}, delegation=True)
    assert ("id", "staff", frozenset({"c2"}), True) == (
        trusted.token_use,
        trusted.name,
        trusted.clients,
        trusted.delegation,
    )


def test_issuer_pins_nothing_when_keys_come_from_elsewhere(pool: LocalUserPool) -> None:
    """From a URL, or from a seed that is refreshed."""
    with pool.serve() as base_url:
        url = f"{base_url}/.well-known/jwks.json"
        served = pool.issuer(jwks_uri=url)
        assert {(url, None)} == {(source.url, source.pinned) for source in served.sources}
        seeded = pool.issuer(jwks_uri=url, jwks_seed=pool.jwks)
        assert all(source.pinned is None and source.seed is not None for source in seeded.sources)


@pytest.mark.parametrize("issuer_form", ["original", "updated"])
def test_the_verifier_takes_what_it_mints(issuer_form: Any) -> None:
    """Every kind of token, in either form of the issuer, pinned and over HTTP."""
    pool = LocalUserPool("eu-west-1_AbCdEf123", clients={"c1"}, clock=lambda: NOW, issuer_form=issuer_form)
    pool.add_user("ana", groups=["editors"])
    pool.add_user("ben")
    with pool.serve() as base_url:
        served = pool.issuer(token_use="any", jwks_uri=f"{base_url}/.well-known/jwks.json")
        for trusted in (pool.issuer(token_use="any"), served):
            verifier = Verifier(trusted, clock=lambda: NOW)
            for kind, make in TOKENS.items():
                principal = verifier.verify(make(pool))
                assert (kind == "machine") == principal.is_machine


def test_issuer_refuses_what_the_verifier_refuses(pool: LocalUserPool) -> None:
    """In its words."""
    with pytest.raises(ConfigurationError, match="jwks_uri"):
        pool.issuer(jwks_uri="http://keys.example.com/jwks.json")


def test_the_library_does_without_it() -> None:
    """`import cogauth` in a fresh interpreter brings in nothing of this."""
    code = "import sys, cogauth; print('cogauth.testing' in sys.modules)"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert "False" == process.stdout.strip()

"""A second and a third opinion: what the verifier accepts, PyJWT and joserfc accept too, and read the same in it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, Literal, cast

import joserfc.jwt
import jwt
import pytest
from hypothesis import event, given, settings, strategies as st
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from cogauth import OIDCIssuer, TokenError, Verifier
from cogauth.algorithms import ALGORITHMS
from cogauth.testing import LocalUserPool
from tests.support.providers import API, PROVIDER, documented, jwk_of, provider_claims, token_of

START = int(time.time())
POOL = LocalUserPool("eu-west-1_AbCdEf123", clients={"c1", "c2"}, clock=lambda: START)
AHEAD = 300
"""Seconds that `iat` may lie ahead; the others take it for a mistake of the issuer's, so that they are told to."""

Claims = dict[str, Any]
Use = Literal["access", "id"]


def ours(token: str) -> Claims | None:
    """What the verifier reads in a token, or None."""
    verifier = Verifier(POOL.issuer(token_use="any", clients={"c1"}), clock=lambda: START)
    try:
        return dict(verifier.verify(token).claims)
    except TokenError:
        return None


def pyjwts(token: str, audience: str | None = None) -> Claims | None:
    """What PyJWT reads in a token, or None."""
    try:
        kid = jwt.get_unverified_header(token)["kid"]
        key = next(jwt.PyJWK(dict(key)) for key in POOL.jwks["keys"] if key["kid"] == kid)
        options: Any = {
            "verify_aud": audience is not None,
            "verify_iat": False,
            "require": ["exp", "iat", "sub", "iss"],
        }
        return jwt.decode(token, key, algorithms=["RS256"], options=options, issuer=POOL.issuer_url, audience=audience)
    except (jwt.PyJWTError, KeyError, StopIteration, TypeError):
        return None


def joserfcs(token: str) -> Claims | None:
    """What joserfc reads in a token, or None."""
    keys: KeySetSerialization = {"keys": [{**key} for key in POOL.jwks["keys"]]}
    try:
        claims = joserfc.jwt.decode(token, KeySet.import_key_set(keys), algorithms=["RS256"]).claims
        joserfc.jwt.JWTClaimsRegistry(
            now=START + AHEAD,
            iss={"essential": True, "value": POOL.issuer_url},
            exp={"essential": True},
            sub={"essential": True},
        ).validate(claims)
    except (JoseError, ValueError):
        return None
    return claims


def frozen(value: Any) -> Any:
    """A value as the verifier gives it."""
    if isinstance(value, dict):
        return {name: frozen(item) for name, item in cast("Claims", value).items()}
    if isinstance(value, list):
        items: list[Any] = value  # pyright: ignore[reportUnknownVariableType]  # and mypy calls a cast redundant
        return tuple(frozen(item) for item in items)
    return value


VALUES = st.one_of(
    st.sampled_from([None, "", "c1", "c2", "access", "id", "admin", POOL.issuer_url, f"{POOL.issuer_url}/", "a b"]),
    # Nothing within the hour after the start: the clock of PyJWT is the real one.
    st.sampled_from([0, -1, 5, True, 1.5, 10**12, 10**30]),
    st.sampled_from([-90_000, -86_400, -3_600, -1, 0, 3_600, 82_000, 86_400, 90_000]).map(
        lambda offset: START + offset
    ),
    st.sampled_from([float(START + 3_600), [], ["c1"], ["editors", "a,b"], [1], {}, {"sub": "agent"}, [["a"]]]),
)
CLAIMS = st.sampled_from(
    [
        *("sub", "iss", "aud", "client_id", "token_use", "exp", "iat", "nbf", "auth_time", "jti", "origin_jti"),
        *("scope", "username", "cognito:username", "cognito:groups", "acr", "amr", "act", "cnf", "custom:x", "nonce"),
    ]
)
# What a pool could have written, more or less: most of it is accepted.
LIKELY: st.SearchStrategy[Claims] = st.fixed_dictionaries(
    {},
    optional={
        "sub": st.text(min_size=1, max_size=8),
        "exp": st.integers(START + 3_600, START + 86_000),
        "iat": st.integers(START - 400, START + AHEAD),
        "nbf": st.integers(0, START),
        "auth_time": st.integers(1, START),
        "cognito:groups": st.lists(st.text(max_size=4), max_size=3),
        "scope": st.text(alphabet='ab /\\"\u00e4', max_size=8),
        "username": st.text(min_size=1, max_size=8),
        "aud": st.just("c1"),
        "acr": st.just("urn:cognito:loa:2"),
        "amr": st.lists(st.sampled_from(["pwd", "mfa"])),
        "custom:x": st.lists(st.one_of(st.none(), st.booleans(), st.floats(allow_nan=False), st.text()), max_size=3),
        "custom:ü": st.integers(-(10**18), 10**18),
    },
)
HEADERS = st.sampled_from(
    [
        *([{}] * 60),
        *({"typ": typ} for typ in ("JWT", "at+jwt", 5)),
        *({"alg": alg} for alg in (None, "none", "HS256", "RS512", "PS256", "rs256")),
        *({"kid": kid} for kid in (None, "", "k9", 5)),
        {"crit": ["exp"]},
        {"b64": False},
        {"zip": "DEF"},
        {"cty": "JWT"},
        {"x5t": "AAAA"},
    ]
)


@given(
    st.tuples(LIKELY, st.dictionaries(CLAIMS, VALUES, max_size=1)).map(lambda both: {**both[0], **both[1]}),
    HEADERS,
    st.sampled_from(["access", "id"]),
    st.sampled_from([None, "id"]),
)
@settings(max_examples=125, deadline=None)
def test_what_we_accept_others_accept(claims: Claims, header: Mapping[str, object], use: Use, key: Use | None) -> None:
    """Whatever the token says, in whichever header, signed with whichever of the pool's keys."""
    token = POOL.mint(claims, token_use=use, header=header, key=key, client="c1")
    read = ours(token)
    event("accepted" if read is not None else "refused")
    if read is not None:
        audience = "c1" if use == "id" else None
        assert read == frozen(pyjwts(token, audience)) == frozen(joserfcs(token))


@pytest.mark.parametrize("use", ["access", "id"])
def test_all_three_accept_what_a_pool_mints(use: Use) -> None:
    """Without which the property above would say nothing."""
    token = POOL.mint({"custom:x": [{"y": 1}]}, token_use=use, client="c1")
    read = ours(token)
    assert read is not None
    assert read == frozen(pyjwts(token)) == frozen(joserfcs(token))


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"exp": None}, id="no exp"),
        pytest.param({"exp": START - 3_600, "iat": START - 7_200}, id="expired"),
        pytest.param({"nbf": START + 3_600}, id="not yet valid"),
        pytest.param({"iss": "https://evil.example"}, id="another issuer"),
        pytest.param({"sub": 5}, id="no subject"),
    ],
)
def test_all_three_refuse_what_nobody_may_accept(claims: Claims) -> None:
    """The others look at it as closely as they are told to."""
    token = POOL.mint(claims, client="c1")
    assert [None, None, None] == [ours(token), pyjwts(token), joserfcs(token)]


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"token_use": None}, id="no use"),
        pytest.param({"client_id": "c2"}, id="another client"),
        pytest.param({"exp": START + 100_000}, id="too long a life"),
        pytest.param({"cognito:groups": "admin"}, id="groups that are letters"),
        pytest.param({"scope": ["admin"]}, id="scopes that are a list"),
        pytest.param({"cnf": {"jkt": "x"}}, id="bound to a key"),
        pytest.param({"act": {"sub": "agent"}}, id="delegated"),
        pytest.param({"aud": "https://api.example"}, id="bound to a resource"),
    ],
)
def test_we_refuse_what_others_accept(claims: Claims) -> None:
    """What is Cognito's they do not know, and what is odd they let pass."""
    token = POOL.mint(claims, client="c1")
    assert ours(token) is None
    assert pyjwts(token) is not None
    assert joserfcs(token) is not None


# -- Providers, of any algorithm ---------------------------------------------------------------------------------------

PUBLISHED = {alg: jwk_of(alg, alg) for alg in ALGORITHMS}
"""A provider's keys, one for each algorithm, which is also its name."""

JUDGE = Verifier(
    OIDCIssuer(PROVIDER, audience={API}, algorithms=tuple(ALGORITHMS), jwks=documented(*PUBLISHED.values()).decode()),
    clock=lambda: START,
)

# PyJWT knows by RFC 8037's name alone what RFC 9864 gave another; the signature is the same.
JWS = jwt.PyJWS()
JWS.register_algorithm("Ed25519", jwt.get_algorithm_by_name("EdDSA"))


def judged(token: str) -> Claims | None:
    """What a verifier that allows every algorithm reads in a provider's token, or None."""
    try:
        return dict(JUDGE.verify(token).claims)
    except TokenError:
        return None


def pyjwt_judged(token: str) -> Claims | None:
    """What PyJWT reads in it with the key that it names, or None."""
    try:
        alg = jwt.get_unverified_header(token)["kid"]
        key = jwt.PyJWK(PUBLISHED[alg], "EdDSA" if alg == "Ed25519" else alg).key
        claims: Claims = json.loads(JWS.decode(token, key, algorithms=[alg]))
    except (jwt.PyJWTError, KeyError, TypeError, ValueError):
        return None
    return claims


def joserfc_judged(token: str) -> Claims | None:
    """What joserfc reads in it, or None."""
    keys: Any = {"keys": [dict(key) for key in PUBLISHED.values()]}
    try:
        return joserfc.jwt.decode(token, KeySet.import_key_set(keys), algorithms=list(ALGORITHMS)).claims
    except (JoseError, ValueError):
        return None


def provided(claims: Claims, alg: str, header: Mapping[str, object] | None = None, key: str | None = None) -> str:
    """A token of the provider, issued now, signed as *alg* says with the key *key*, or with the one of that name."""
    return token_of(provider_claims({"iat": START, "exp": START + 3_600, **claims}), alg, alg, header, key)


ANY_ALGORITHM = st.sampled_from(sorted(ALGORITHMS))
NO_CHANGE: st.SearchStrategy[Mapping[str, object]] = st.just({})


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated:joserfc.errors.SecurityWarning")  # RFC 9864; it is in use
@given(
    ANY_ALGORITHM,
    st.one_of(NO_CHANGE, st.fixed_dictionaries({}, optional={"alg": ANY_ALGORITHM, "kid": ANY_ALGORITHM}), HEADERS),
    st.sampled_from([None, None, None, "forged"]),
    LIKELY,
    st.sampled_from([None, None, None, 0, 40, -1]),
)
@settings(max_examples=100, deadline=None)
def test_what_we_accept_of_a_provider_others_accept(
    alg: str, header: Mapping[str, object], key: str | None, claims: Claims, bent: int | None
) -> None:
    """Whichever algorithm signed, whichever header and key name claim, whole or with one character changed."""
    token = provided({**claims, "aud": API}, alg, header, key)
    if bent is not None:
        start, _, signature = token.rpartition(".")
        at = bent % len(signature)
        token = f"{start}.{signature[:at]}{'A' if signature[at] != 'A' else 'B'}{signature[at + 1 :]}"
    read = judged(token)
    event("accepted" if read is not None else "refused")
    if read is not None:
        assert read == frozen(pyjwt_judged(token)) == frozen(joserfc_judged(token))


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated:joserfc.errors.SecurityWarning")  # as above
@pytest.mark.parametrize("alg", ALGORITHMS)
def test_all_three_accept_each_algorithm(alg: str) -> None:
    """Without which the property above would say nothing."""
    token = provided({"x": [{"y": 1}]}, alg)
    read = judged(token)
    assert read is not None
    assert read == frozen(pyjwt_judged(token)) == frozen(joserfc_judged(token))


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated:joserfc.errors.SecurityWarning")  # as above
@pytest.mark.parametrize("alg", ALGORITHMS)
@pytest.mark.parametrize("way", ["another's key", "another payload", "another algorithm", "a name that nobody has"])
def test_all_three_refuse_what_no_key_signed(alg: str, way: str) -> None:
    """Of any algorithm."""
    other = {"RS": "PS256", "PS": "RS256", "ES": "EdDSA", "Ed": "ES256"}[alg[:2]]
    token = {
        "another's key": provided({}, alg, key="forged"),
        "another payload": provided({"x": 1}, alg).rpartition(".")[0] + "." + provided({}, alg).rpartition(".")[2],
        "another algorithm": provided({}, alg, {"alg": other}),
        "a name that nobody has": provided({}, alg, {"kid": "k9"}),
    }[way]
    assert [None, None, None] == [judged(token), pyjwt_judged(token), joserfc_judged(token)]

"""The Python peers, each as its documentation lets a careful user set it up; what they leave out is written by hand."""

from __future__ import annotations

import importlib
import json
import warnings
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from jwt.utils import base64url_decode, raw_to_der_signature

from benchmarks.harness import Absent, AsyncContender, Contender, fresh
from benchmarks.tokens import CLIENT, POOL_ID, Sample

FLOOR: Final = "cryptography: the signature alone"
PYJWT_CLIENT: Final = "PyJWT + PyJWKClient"
PYJWT_READY: Final = "PyJWT, ready key"

LIBRARIES_CHECK: Final = {"iss", "aud"}
"""The claims for which PyJWT and python-jose have arguments."""


def floor(sample: Sample) -> Contender[str]:
    """Verify one signature, decoded beforehand: what nothing that stands on `cryptography` can go below."""
    signed, _, segment = sample.good[0].rpartition(".")
    data, signature = signed.encode(), base64url_decode(segment)
    key, digest = sample.key.public, SHA256()

    def rsa(_: str) -> None:
        key.verify(signature, data, padding, digest)

    def ecdsa(_: str) -> None:
        key.verify(der, data, curve)

    def eddsa(_: str) -> None:
        key.verify(signature, data)

    padding, curve = PKCS1v15(), ECDSA(digest)
    der = raw_to_der_signature(signature, key.curve) if sample.key.alg == "ES256" else b""
    call = {"RS256": rsa, "ES256": ecdsa, "EdDSA": eddsa}[sample.key.alg]
    return Contender(FLOOR, call, sample.good, version("cryptography"), fresh)


def pyjwt_client(sample: Sample, url: str) -> Contender[str]:
    """PyJWT the usual way: its client fetches the keys once from *url*, and picks one for each token."""
    client = jwt.PyJWKClient(url)

    def verify(token: str) -> object:
        return _pyjwt(token, client.get_signing_key_from_jwt(token), sample)

    return _contender(PYJWT_CLIENT, verify, sample, "pyjwt", _by_hand(sample))


def pyjwt_ready(sample: Sample) -> Contender[str]:
    """PyJWT with the one key at hand, so that nobody looks at the token's `kid`."""
    key = jwt.PyJWK(sample.jwks["keys"][0])

    def verify(token: str) -> object:
        return _pyjwt(token, key, sample)

    return _contender(PYJWT_READY, verify, sample, "pyjwt", _by_hand(sample))


def joserfc(sample: Sample) -> Contender[str]:
    """Use joserfc: a key set, and a registry of what claims must say."""
    api, jwk = imported("joserfc", "joserfc.jwt"), imported("joserfc", "joserfc.jwk")
    keys, algorithms = jwk.KeySet.import_key_set(sample.jwks), [sample.key.alg]
    registry = api.JWTClaimsRegistry(exp={"essential": True}, **_essential(sample))

    def verify(token: str) -> object:
        decoded = api.decode(token, keys, algorithms=algorithms)
        registry.validate(decoded.claims)
        return decoded.claims

    return _contender("joserfc", verify, sample, "joserfc")


def authlib(sample: Sample) -> Contender[str]:
    """Use Authlib: a key set, and options that say what claims must say."""
    api = imported("authlib", "authlib.jose")
    keys, decoder = api.JsonWebKey.import_key_set(sample.jwks), api.JsonWebToken([sample.key.alg])
    options = {"exp": {"essential": True}, **_essential(sample)}

    def verify(token: str) -> object:
        claims = decoder.decode(token, keys, claims_options=options)
        claims.validate()
        return claims

    return _contender("Authlib", verify, sample, "authlib")


def python_jose(sample: Sample) -> Contender[str]:
    """Use python-jose, its keys constructed once: left to itself it constructs one for each token."""
    if sample.key.alg == "EdDSA":
        raise Absent("python-jose knows no EdDSA")
    api, jwk = imported("python-jose", "jose.jwt"), imported("python-jose", "jose.jwk")
    keys = {document["kid"]: jwk.construct(document) for document in sample.jwks["keys"]}
    options = {"require_exp": True, "verify_aud": sample.audience is not None}

    def verify(token: str) -> object:
        key = keys[api.get_unverified_header(token)["kid"]]
        claims = api.decode(
            token, key, algorithms=[sample.key.alg], issuer=sample.issuer, audience=sample.audience, options=options
        )
        return _checked(claims, sample)

    return _contender(
        "python-jose", verify, sample, "python-jose", "; ".join(filter(None, ("key chosen by hand", _by_hand(sample))))
    )


def fastapi_cognito(sample: Sample, folder: Path) -> AsyncContender[str]:
    """Use fastapi-cognito's dependency with a model of ours; its keys are a file in *folder*, which it reads once."""
    requests = imported("fastapi-cognito", "starlette.requests")
    (folder / "jwks.json").write_text(json.dumps(sample.jwks))
    required = fastapi_cognito_dependency(sample.issuer, folder / "jwks.json")

    async def verify(token: str) -> object:
        headers = [(b"authorization", b"Bearer " + token.encode())]
        return await required(requests.HTTPConnection({"type": "http", "headers": headers}))

    note = f"{version('fastapi-cognito')}; a model of ours checks iss and token_use; with the header of a request"
    return AsyncContender("fastapi-cognito", verify, sample.good, note, fresh)


def fastapi_cognito_dependency(issuer: str, jwks: Path) -> Any:
    """Make its dependency, with a model that says what it does not check, and the keys in the file *jwks*."""
    api = imported("fastapi-cognito", "fastapi_cognito")
    pydantic = imported("fastapi-cognito", "pydantic")
    token_of_ours = pydantic.create_model(
        "TokenOfOurs",
        iss=(Literal[issuer], ...),
        token_use=(Literal["access"], ...),
        sub=(str, ...),
        client_id=(str, ...),
        scope=(str, ...),
        exp=(int, ...),
    )
    settings = api.CognitoSettings(
        check_expiration=True,
        jwt_header_name="Authorization",
        jwt_header_prefix="Bearer",
        userpools={
            "pool": {
                "region": "eu-west-1",
                "userpool_id": POOL_ID,
                "app_client_id": CLIENT,
                "jwks_url": str(jwks),
            }
        },
    )
    return api.CognitoAuth(settings, custom_model=token_of_ours).auth_required


def powertools(bound: Sample) -> Contender[str]:
    """Use Powertools' verifier, which knows only access tokens that are *bound* to a resource, a few bytes longer."""
    api = imported("aws-lambda-powertools", "aws_lambda_powertools.utilities.auth_alpha.jwt")
    verifier = api.JWTVerifier.cognito(
        user_pool_id=POOL_ID, client_id=CLIENT, audience=bound.audience, jwks=bound.jwks, clock_skew_seconds=0
    )
    remark = "a token with aud, without which it refuses"
    return _contender("Powertools auth_alpha", verifier.verify, bound, "aws-lambda-powertools", remark)


def _contender(name: str, call: Any, sample: Sample, distribution: str, remark: str = "") -> Contender[str]:
    note = "; ".join(filter(None, (version(distribution), remark)))
    return Contender(name, call, sample.good, note, fresh)


def imported(distribution: str, name: str) -> Any:
    """
    Import a module of a peer.

    Raises:
        Absent: it is not installed.
    """
    # Authlib announces, whatever the filters say, that joserfc follows `authlib.jose`, which is what people use.
    with warnings.catch_warnings(record=True):
        try:
            return importlib.import_module(name)
        except ImportError:
            raise Absent(f"{distribution} is not installed") from None


def _pyjwt(token: str, key: jwt.PyJWK, sample: Sample) -> object:
    claims = jwt.decode(
        token,
        key,
        algorithms=[sample.key.alg],
        issuer=sample.issuer,
        audience=sample.audience,
        options={"require": ["exp", "iss"]},
    )
    return _checked(claims, sample)


def _essential(sample: Sample) -> dict[str, dict[str, object]]:
    return {name: {"essential": True, "value": value} for name, value in sample.expected.items()}


def _by_hand(sample: Sample) -> str:
    names = sorted(sample.expected.keys() - LIBRARIES_CHECK)
    return f"{' and '.join(names)} by hand" if names else ""


def _checked(claims: Mapping[str, object], sample: Sample) -> object:
    """Check by hand what a library for tokens in general does not."""
    for name, value in sample.expected.items():
        if name not in LIBRARIES_CHECK and claims.get(name) != value:
            raise ValueError
    return claims

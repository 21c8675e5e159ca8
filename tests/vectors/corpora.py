"""The vectors of others, read from where they lie, and what this library makes of one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from cogauth import ConfigurationError, OIDCIssuer, TokenError, Verifier
from cogauth._strict import Unacceptable, base64url
from cogauth.algorithms import ALGORITHMS, mismatch
from cogauth.errors import BadSignature, MalformedToken
from cogauth.jws import Header
from cogauth.keys import KeyDocumentError, key_table
from tests.support.providers import API, PROVIDER
from tests.support.tokens import NOW

ACCEPTED: Final = "accepted"
NAMES: Final = tuple(ALGORITHMS)

Members = Mapping[str, Any]


class Vector(NamedTuple):
    """One test of Project Wycheproof, and the group that has its key."""

    number: int
    result: str
    group: Members
    test: Members


def folder(shared: Path, name: str) -> Path:
    """A folder of vectors; whoever asks for one that is not there is skipped."""
    found = shared / "data" / name
    if not found.is_dir():
        pytest.skip(f"no {name} vectors at {found}")
    return found


def wycheproof(shared: Path, name: str) -> list[Vector]:
    """The tests of one file, as many as it says that it has."""
    content = json.loads((folder(shared, "wycheproof") / f"{name}_test.json").read_text("utf-8"))
    vectors = [
        Vector(test["tcId"], test["result"], group, test) for group in content["testGroups"] for test in group["tests"]
    ]
    assert content["numberOfTests"] == len(vectors)
    return vectors


def cookbook(shared: Path, *parts: str) -> Iterator[tuple[str, Members]]:
    """The examples of RFC 7520 and its like in some of their folders, by the names of their files."""
    root = folder(shared, "ietf-jose-cookbook")
    for path in sorted(path for part in parts for path in root.glob(part)):
        yield path.name, json.loads(path.read_text("utf-8"))


def document(*members: object) -> bytes:
    return json.dumps({"keys": members}).encode()


def text_of(token: object) -> str:
    """A token as it is sent; in its other serialization it is an object."""
    return token if isinstance(token, str) else json.dumps(token)


def public(jwk: Members) -> dict[str, Any]:
    """A JWK without what only its owner may know."""
    return {name: value for name, value in jwk.items() if name not in {"d", "p", "q", "dp", "dq", "qi", "k"}}


def verdict(text: str, keys: bytes, kid: str | None = None, algorithms: tuple[str, ...] = NAMES) -> str:
    """
    What header, key and signature come to, whatever the payload is; the vectors sign all sorts of things.

    A header need not name the key where *kid* does.
    """
    try:
        table = key_table(keys, algorithms)
        header, payload, signature = (segment.encode() for segment in text.split("."))
        if kid is None:
            read = Header(header, frozenset(algorithms))
            kid, alg = read.kid, read.alg
        else:
            alg = str(json.loads(base64url(header))["alg"])
        key = table.keys.get(kid)
        if key is None:
            return "key.not_found"
        if alg != key.alg:
            return mismatch(alg, key.alg)
        base64url(payload)
        key.verify(base64url(signature), header + b"." + payload)
    except (KeyDocumentError, MalformedToken, BadSignature) as error:
        return error.reason
    except Unacceptable as error:
        return f"malformed.{error.fault}"
    except ValueError:
        return "malformed.segments"
    return ACCEPTED


def refusal(text: str, keys: bytes, algorithms: tuple[str, ...] = NAMES) -> str:
    """Why an issuer with these keys cannot be trusted, or a verifier that trusts it refuses a token; or `accepted`."""
    try:
        issuer = OIDCIssuer(PROVIDER, audience={API}, algorithms=algorithms, jwks=keys.decode())
        Verifier(issuer, clock=lambda: NOW).verify(text)
    except ConfigurationError as error:
        (problem,) = error.problems
        return problem.partition("(")[2].rstrip(")")
    except TokenError as error:
        return error.reason
    return ACCEPTED

"""What must hold of key documents, of JSON and of base64url."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping, Sequence

import jwt

from cogauth._strict import JSON, Unacceptable, base64url, json_object
from cogauth.algorithms import ALGORITHMS
from cogauth.keys import KeyDocumentError, KeyTable, key_table, pem_table
from cogauth.testing import encoding
from fuzz.findings import Finding, spelled, unique
from fuzz.parties import KID


def check_keys(data: bytes, read: Callable[[bytes, Sequence[str]], KeyTable] = key_table) -> None:
    """Take bytes for a key document: what comes of it are keys of allowed algorithms, which PyJWT can load as well."""
    for algorithms in (("RS256",), tuple(ALGORITHMS)):
        try:
            table = read(data, algorithms)
        except KeyDocumentError:
            continue
        members = {kid: member for member in json.loads(data)["keys"] if isinstance(kid := member.get("kid"), str)}
        for kid, key in table.keys.items():
            if key.alg not in algorithms or key.kid != kid or members[kid].get("alg", key.alg) != key.alg:
                raise Finding("a key is not for what its document says")
            # PyJWT knows RFC 8037's name for it alone.
            known = "EdDSA" if key.alg == "Ed25519" else key.alg
            try:
                bits = getattr(jwt.PyJWK({**members[kid], "alg": known}).key, "key_size", 256)
            except jwt.PyJWTError as error:
                raise Finding("a key is used that PyJWT refuses") from error
            if bits != key.bits:
                raise Finding("a key is not as long as it says")
    with contextlib.suppress(KeyDocumentError):
        pem_table(data, KID)


def check_spelling(data: bytes, read: Callable[[bytes], Mapping[str, JSON]] = json_object) -> None:
    """Take bytes for JSON and for base64url: what is read, the standard library reads alike, or writes so."""
    try:
        value = read(data)
    except Unacceptable:
        pass
    else:
        try:
            expected = json.loads(data.decode(), object_pairs_hook=unique)
        except ValueError as error:
            raise Finding("read what is not JSON") from error
        if spelled(expected) != spelled(value):
            raise Finding("read something else")
    try:
        decoded = base64url(data)
    except Unacceptable:
        return
    if encoding.base64url(decoded).encode() != data:
        raise Finding("a second spelling of the same bytes")

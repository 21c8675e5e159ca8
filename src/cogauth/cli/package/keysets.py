"""Keysets: an issuer's keys as a document to take along."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from cogauth.cli.escapes import names
from cogauth.cli.package.failures import NoKeys
from cogauth.issuers import KeySource
from cogauth.keyring.discovery import jwks_uri_of
from cogauth.keys import KeyDocumentError, key_table
from cogauth.transport import Fetch, FetchError

# The public members of RSA, EC and OKP keys (RFC 7517 section 4, RFC 7518 section 6, RFC 8037 section 2).
_MEMBERS: Final = ("kty", "kid", "use", "key_ops", "alg", "n", "e", "crv", "x", "y")


class Keyset(NamedTuple):
    """The keys of one issuer."""

    document: bytes
    """A JWK set of its usable keys, in one spelling, so that the same keys are the same bytes."""
    kids: tuple[str, ...]
    silent: tuple[str, ...]
    """Where nothing usable came from, each with the reason. Of a user pool's two places most have keys in one."""


def fetched(name: str, sources: Iterable[KeySource], fetch: Fetch) -> Keyset:
    """
    Fetch the keys of the issuer *name* from all *sources*.

    Raises:
        NoKeys: none has any, or two disagree about a key.
    """
    keys: dict[str, dict[str, Any]] = {}
    silent: list[str] = []
    places = {(source.url, source.discovery): source for source in sources}
    for source in places.values():
        try:
            members = _usable(_document(source, fetch), source.algorithms)
        except KeyDocumentError as error:
            silent.append(f"{source.url}: {error.reason}")
            continue
        except Exception as error:  # noqa: BLE001  whatever a fetch raises is an outage, as it is to a verifier
            reason = error.reason if isinstance(error, FetchError) else type(error).__name__
            silent.append(f"{source.url}: {reason}")
            continue
        for member in members:
            if keys.setdefault(member["kid"], member) != member:
                raise NoKeys([f"issuer {name}: its key sets disagree about the key {names([member['kid']])}"])
    if not keys:
        raise NoKeys([f"issuer {name}: its keys are unavailable", *silent])
    return Keyset(_written(keys), tuple(sorted(keys)), tuple(silent))


def _document(source: KeySource, fetch: Fetch) -> bytes:
    url = jwks_uri_of(fetch(source.url), source.issuer) if source.discovery else source.url
    return fetch(url)


def _usable(document: bytes, algorithms: tuple[str, ...]) -> list[dict[str, Any]]:
    table = key_table(document, algorithms)
    # It reads strictly, so that what it has taken any parser reads as it did.
    members: list[dict[str, Any]] = [member for member in json.loads(document)["keys"] if isinstance(member, dict)]
    usable = [member for member in members if member.get("kid") in table.keys]
    return [{key: member[key] for key in _MEMBERS if key in member} for member in usable]


def _written(keys: Mapping[str, Mapping[str, Any]]) -> bytes:
    return json.dumps({"keys": [keys[kid] for kid in sorted(keys)]}, separators=(",", ":")).encode() + b"\n"

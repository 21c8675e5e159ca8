"""Who signs: an issuer's name, where its keys are, and what its tokens must say to be accepted here."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

from cogauth._frozen import Frozen
from cogauth._shapes import as_list
from cogauth.errors import ConfigurationError
from cogauth.keys import KeyDocumentError, KeyTable, key_table

Use: TypeAlias = Literal["access", "id", "any"]
KeyDocument: TypeAlias = "Mapping[str, object] | str | os.PathLike[str]"


COGNITO_ACR_LEVELS: Final = tuple(f"urn:cognito:loa:{level}" for level in (1, 2, 3, 4))
"""A user pool's own names: password; one emailed or texted code; passkey, or password and code; password and TOTP."""


class AnyClient(Enum):
    """The type of `ANY_CLIENT`."""

    ANY_CLIENT = "any-client"

    def __repr__(self) -> str:
        return self.name


ANY_CLIENT: Final = AnyClient.ANY_CLIENT
"""
Accept a token whichever app client of the pool it was issued to.

Every client of a pool can then call: the mobile app's token opens the back office. Written out where it is wanted,
and never a default.
"""


class KeySource(Frozen):
    """Where the keys of one issuer string come from: a URL, or a table that is pinned and never fetched."""

    __slots__ = ("issuer", "pinned", "seed", "seed_date", "url")

    issuer: str
    url: str
    pinned: KeyTable | None
    seed: KeyTable | None
    seed_date: float | None

    def __init__(
        self,
        issuer: str,
        url: str,
        *,
        pinned: KeyTable | None = None,
        seed: KeyTable | None = None,
        seed_date: float | None = None,
    ) -> None:
        self._set(issuer=issuer, url=url, pinned=pinned, seed=seed, seed_date=seed_date)


# AWS: CreateUserPool, UserPoolId `[\w-]+_[0-9a-zA-Z]+`, at most 55 characters; the part before `_` is the Region.
_POOL_ID = re.compile(r"(?P<region>[a-z]{2,5}(?:-[a-z]{2,9}){1,3}-[0-9]{1,2})_[0-9a-zA-Z]{1,40}", re.ASCII)
_REGION = re.compile(r"[a-z]{2,5}(?:-[a-z]{2,9}){1,3}-[0-9]{1,2}", re.ASCII)
_CLIENT = re.compile(r"[\w+]{1,128}", re.ASCII)
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class UserPool(Frozen):
    """
    An Amazon Cognito user pool whose tokens are accepted.

    Both of a pool's issuer strings are accepted, `https://cognito-idp.<region>.amazonaws.com/<pool>` and, for pools
    that use it, `https://issuer-cognito-idp.<region>.amazonaws.com/<pool>`, each with its own key URL
    (AWS: "Verifying JSON web tokens", "User pool endpoints and managed login reference").

    Args:
        pool_id: such as `eu-west-1_AbCdEf123`; the part before `_` is the pool's primary Region.
        clients: the app clients whose tokens are accepted, compared with `client_id` in access tokens and `aud` in
            ID tokens; or `ANY_CLIENT`.
        token_use: `"access"`, `"id"` or `"any"`.
        name: what rules and logs call it; the pool id if not given.
        audience: the API's own URL or URLs; access tokens must then be bound to one of them (RFC 8707). Without it a
            token bound to any resource is refused. Machine tokens are never bound: give their clients a `UserPool`
            of their own, without `audience`.
        delegation: accept tokens that carry `act` (RFC 8693 section 4.1), where one party acts for another.
        regions: further Regions, of a multi-Region pool's replicas, whose issuer strings are accepted too.
        issuer: the one accepted `iss`, in place of those above; for emulators and partitions with other host names.
        jwks_uri: where the keys are, in place of `<issuer>/.well-known/jwks.json`; https, or http to loopback. `iss`
            stays as it is, so that a FIPS or VPC endpoint can deliver the keys.
        jwks: pinned keys, as a dict, JSON text or path: no network, no expiry, and no rotation either.
        jwks_seed: keys to start with, in the same forms: used at once, refreshed like any other. A file's keys are as
            old as the file, others as old as this object.
        acr_levels: the pool's names for how strongly a user signed in, weakest first (AWS: "Step-up authentication").

    Raises:
        ConfigurationError: any argument is not what it should be; all mistakes at once.
    """

    __slots__ = ("acr_levels", "audience", "clients", "delegation", "name", "pool_id", "region", "sources", "token_use")

    pool_id: str
    region: str
    clients: frozenset[str] | AnyClient
    token_use: Use
    name: str
    audience: frozenset[str]
    delegation: bool
    sources: tuple[KeySource, ...]
    acr_levels: tuple[str, ...]

    algorithms: Final = frozenset({"RS256"})

    def __init__(  # noqa: C901  each check is one line and one mistake; to share them out would hide the list
        self,
        pool_id: str,
        *,
        clients: Collection[str] | AnyClient,
        token_use: Use = "access",
        name: str | None = None,
        audience: str | Collection[str] | None = None,
        delegation: bool = False,
        regions: Collection[str] = (),
        issuer: str | None = None,
        jwks_uri: str | None = None,
        jwks: KeyDocument | None = None,
        jwks_seed: KeyDocument | None = None,
        acr_levels: Sequence[str] = COGNITO_ACR_LEVELS,
    ) -> None:
        problems: list[str] = []
        match = _POOL_ID.fullmatch(pool_id) if isinstance(pool_id, str) else None
        if match is None:
            problems.append("user pool id: not of the form <region>_<id>, such as eu-west-1_AbCdEf123")
        region = match["region"] if match else ""
        accepted = clients if clients is ANY_CLIENT else _names("clients", clients, problems, _CLIENT)
        if token_use not in ("access", "id", "any"):
            problems.append('token_use: must be "access", "id" or "any"')
        if name is not None and (not isinstance(name, str) or not name):
            problems.append("name: must be a string that is not empty")
        bound: frozenset[str] = frozenset()
        if audience is not None:
            bound = _names("audience", [audience] if isinstance(audience, str) else audience, problems)
            if token_use == "id":
                problems.append("audience: only access tokens are bound to a resource; an ID token's aud is its client")
        if not isinstance(delegation, bool):
            problems.append("delegation: must be True or False")
        levels = _names("acr_levels", acr_levels, problems)
        if not isinstance(acr_levels, Sequence) or len(levels) != len(acr_levels):
            problems.append("acr_levels: must be a list of different names, weakest first")
        replicas: frozenset[str] = _names("regions", regions, problems, _REGION) if regions else frozenset[str]()
        if issuer is not None and (regions or not _is_url(issuer)):
            problems.append("issuer: must be an https URL (http only to loopback), and excludes regions")
        if jwks is not None and (jwks_uri is not None or jwks_seed is not None):
            problems.append("jwks: pinned keys are never fetched; leave out jwks_uri and jwks_seed, or leave out jwks")
        if jwks_uri is not None and not _is_url(jwks_uri):
            problems.append("jwks_uri: must be an https URL (http only to loopback) without user, query or fragment")
        pinned = _table("jwks", jwks, problems)
        seed = _table("jwks_seed", jwks_seed, problems)
        if problems:
            raise ConfigurationError.of(f"UserPool: {problem}" for problem in problems)
        self._set(
            pool_id=pool_id,
            region=region,
            clients=accepted,
            token_use=token_use,
            name=name or pool_id,
            audience=bound,
            delegation=delegation,
            acr_levels=tuple(acr_levels),
            sources=tuple(
                KeySource(
                    iss,
                    jwks_uri or f"{iss}/.well-known/jwks.json",
                    pinned=pinned,
                    seed=seed,
                    seed_date=_date(jwks_seed) if seed else None,
                )
                for iss in ((issuer,) if issuer else _issuer_strings(pool_id, (region, *sorted(replicas - {region}))))
            ),
        )

    def __repr__(self) -> str:
        return f"UserPool({self.pool_id!r}, name={self.name!r}, token_use={self.token_use!r})"

    def overlaps(self, other: UserPool) -> bool:
        """Tell whether one token could be meant for both, so that it would be chance which of them accepts it."""
        uses = "any" in (self.token_use, other.token_use) or self.token_use == other.token_use
        if self.clients is ANY_CLIENT or other.clients is ANY_CLIENT:
            return uses
        return uses and not frozenset(self.clients).isdisjoint(frozenset(other.clients))


def _issuer_strings(pool_id: str, regions: tuple[str, ...]) -> list[str]:
    return [
        f"https://{service}.{region}.amazonaws.com/{pool_id}"
        for region in regions
        for service in ("cognito-idp", "issuer-cognito-idp")
    ]


def _names(argument: str, value: object, problems: list[str], form: re.Pattern[str] | None = None) -> frozenset[str]:
    """Take a collection of names; a bare string would be taken for its letters, an empty one for 'no check'."""
    items = as_list(value)
    if items is None:
        problems.append(f"{argument}: must be a list or set of strings, not a single value")
    elif not items:
        hint = "; to accept every client of the pool, say ANY_CLIENT" if argument == "clients" else ""
        problems.append(f"{argument}: must not be empty{hint}")
    elif not all(isinstance(item, str) and item and (form is None or form.fullmatch(item)) for item in items):
        problems.append(f"{argument}: holds something that cannot be one")
    else:
        return frozenset(items)
    return frozenset()


def _is_url(text: object) -> bool:
    if not isinstance(text, str) or not text.isascii() or not text.isprintable() or " " in text:
        return False
    try:
        url = urlsplit(text)
        url.port  # noqa: B018  reading it is what refuses a bad one
    except ValueError:
        return False
    plain = not (url.username or url.password or url.query or url.fragment)
    safe = url.scheme == "https" or (url.scheme == "http" and url.hostname in _LOOPBACK)
    return safe and plain and bool(url.hostname)


def _table(argument: str, document: KeyDocument | None, problems: list[str]) -> KeyTable | None:
    if document is None:
        return None
    try:
        return key_table(_octets(document))
    except KeyDocumentError as error:
        problems.append(f"{argument}: not a usable JWK set ({error.reason})")
    except (OSError, TypeError, ValueError) as error:
        problems.append(f"{argument}: cannot be read ({type(error).__name__})")
    return None


def _date(document: KeyDocument | None) -> float | None:
    """Tell when a document was written, in seconds since the epoch, where it is a file."""
    if document is None or isinstance(document, Mapping) or _is_json(document):
        return None
    return Path(document).stat().st_mtime


def _is_json(document: str | os.PathLike[str]) -> bool:
    return isinstance(document, str) and document.lstrip()[:1] == "{"


def _octets(document: KeyDocument) -> bytes:
    """Give the text of a key document that is a dict, JSON text, or the path of a file."""
    if isinstance(document, Mapping):
        return json.dumps(dict(document)).encode()
    if _is_json(document):
        return str(document).encode()
    return Path(document).read_bytes()

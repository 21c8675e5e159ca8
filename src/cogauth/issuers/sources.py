"""Where an issuer's keys come from, and the checks that arguments of issuers share."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TypeAlias

from cogauth._frozen import Frozen
from cogauth._shapes import as_list
from cogauth.keys import KeyDocumentError, KeyTable, key_table

KeyDocument: TypeAlias = "Mapping[str, object] | str | os.PathLike[str]"

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class KeySource(Frozen):
    """
    Where the keys of one issuer string come from: a URL, or a table that is pinned and never fetched.

    With *discovery*, the URL is that of the issuer's metadata, which names the key document (OpenID Connect Discovery
    1.0 section 4). With *pem_kid* the document is the one key of that id, in PEM.
    """

    __slots__ = ("algorithms", "discovery", "issuer", "pem_kid", "pinned", "seed", "seed_date", "url")

    issuer: str
    url: str
    algorithms: tuple[str, ...]
    discovery: bool
    pem_kid: str | None
    pinned: KeyTable | None
    seed: KeyTable | None
    seed_date: float | None

    def __init__(
        self,
        issuer: str,
        url: str,
        *,
        algorithms: tuple[str, ...] = ("RS256",),
        discovery: bool = False,
        pem_kid: str | None = None,
        pinned: KeyTable | None = None,
        seed: KeyTable | None = None,
        seed_date: float | None = None,
    ) -> None:
        self._set(
            issuer=issuer,
            url=url,
            algorithms=algorithms,
            discovery=discovery,
            pem_kid=pem_kid,
            pinned=pinned,
            seed=seed,
            seed_date=seed_date,
        )


class Documents:
    """The keys that are given with an issuer rather than fetched: pinned for good, or a seed to start with."""

    def __init__(
        self,
        jwks: KeyDocument | None,
        jwks_seed: KeyDocument | None,
        jwks_uri: str | None,
        algorithms: tuple[str, ...],
        problems: list[str],
    ) -> None:
        if jwks is not None and (jwks_uri is not None or jwks_seed is not None):
            problems.append("jwks: pinned keys are never fetched; leave out jwks_uri and jwks_seed, or leave out jwks")
        if jwks_uri is not None and not is_url(jwks_uri):
            problems.append("jwks_uri: must be an https URL (http only to loopback) without user, query or fragment")
        self._algorithms = algorithms
        self._pinned = _table("jwks", jwks, algorithms, problems)
        self._seed = _table("jwks_seed", jwks_seed, algorithms, problems)
        self._seed_date = _date(jwks_seed) if self._seed else None

    def source(self, issuer: str, url: str, *, discovery: bool = False) -> KeySource:
        """Give the source of the keys for the issuer string *issuer*, which are at *url* if they are fetched."""
        return KeySource(
            issuer,
            url,
            algorithms=self._algorithms,
            discovery=discovery,
            pinned=self._pinned,
            seed=self._seed,
            seed_date=self._seed_date,
        )


def names(argument: str, value: object, problems: list[str], form: re.Pattern[str] | None = None) -> frozenset[str]:
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


def levels(value: object, problems: list[str]) -> tuple[str, ...]:
    """Take the names of acr levels, weakest first; none are given by an empty list."""
    items = as_list(value)
    if items is None or isinstance(value, set | frozenset):
        problems.append("acr_levels: must be a list of different names, weakest first")
        return ()
    if not all(isinstance(item, str) and item for item in items) or len(set(items)) != len(items):
        problems.append("acr_levels: must be a list of different names, weakest first")
    return tuple(items)


def checked_name(name: object, problems: list[str]) -> None:
    """Take what rules call an issuer, or nothing."""
    if name is not None and (not isinstance(name, str) or not name):
        problems.append("name: must be a string that is not empty")


def is_url(text: object) -> bool:
    """Is *text* a URL that keys may be fetched from: https, or http to this machine, and nothing fancy?"""
    if not isinstance(text, str) or not text.isascii() or not text.isprintable() or " " in text:
        return False
    from urllib.parse import urlsplit  # it brings `ipaddress` along, and few issuers say a URL

    try:
        url = urlsplit(text)
        url.port  # noqa: B018  reading it is what refuses a bad one
    except ValueError:
        return False
    plain = not (url.username or url.password or url.query or url.fragment)
    safe = url.scheme == "https" or (url.scheme == "http" and url.hostname in _LOOPBACK)
    return safe and plain and bool(url.hostname)


def _table(
    argument: str, document: KeyDocument | None, algorithms: tuple[str, ...], problems: list[str]
) -> KeyTable | None:
    if document is None:
        return None
    try:
        return key_table(_octets(document), algorithms)
    except KeyDocumentError as error:
        problems.append(f"{argument}: not a usable JWK set ({error.reason})")
    except (OSError, TypeError, ValueError) as error:
        problems.append(f"{argument}: cannot be read ({type(error).__name__})")
    return None


def _date(document: KeyDocument | None) -> float | None:
    """Tell when a document was written, in seconds since the epoch, where it is a file."""
    if document is None or isinstance(document, Mapping) or _is_json(document):
        return None
    from pathlib import Path

    return Path(document).stat().st_mtime


def _is_json(document: str | os.PathLike[str]) -> bool:
    return isinstance(document, str) and document.lstrip()[:1] == "{"


def _octets(document: KeyDocument) -> bytes:
    """Give the text of a key document that is a dict, JSON text, or the path of a file."""
    if isinstance(document, Mapping):
        import json  # here and below: few issuers bring their keys, so that few importers need to pay for it

        return json.dumps(dict(document)).encode()
    if _is_json(document):
        return str(document).encode()
    from pathlib import Path

    return Path(document).read_bytes()

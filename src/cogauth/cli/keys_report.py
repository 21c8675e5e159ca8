"""Report: what the key documents of an issuer are found to be, by the very reader that a verifier uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cogauth._strict import JSON, Unacceptable, json_object
from cogauth.algorithms import ALGORITHMS
from cogauth.cli.escapes import ascii_json
from cogauth.cli.exits import Exit
from cogauth.issuers import KeySource
from cogauth.jwk import UnusableKey, VerificationKey, verification_key
from cogauth.keyring.discovery import jwks_uri_of
from cogauth.keys import MAX_DOCUMENT, MAX_KEYS, KeyDocumentError, KeyTable, key_table
from cogauth.transport import Fetch, FetchError

EVERY: tuple[str, ...] = tuple(ALGORITHMS)
"""What may be signed with where nobody says what is: the first is what a key without `alg` is taken for."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose keys are looked at: an issuer, or a document that is at hand."""

    name: str
    sources: tuple[KeySource, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """One key, in its document's words: public ones only; `reason` says why it is not used, None where it is."""

    kid: str | None
    kty: str | None
    alg: str | None
    use: str | None
    size: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """One document, or what came instead of it."""

    issuers: tuple[str, ...]
    """The issuer strings whose keys it has; empty where nobody has said."""
    place: str
    """Its URL, or where else it is from."""
    answered: bool
    """Whether there was something to judge."""
    reason: str | None
    """Why it is refused or was not to be had; None where it can be used."""
    members: tuple[Member, ...] = ()


def reports(subject: Subject, fetch: Fetch) -> tuple[Report, ...]:
    """Fetch and judge each document of *subject* once."""
    by_place: dict[tuple[str, bool], list[KeySource]] = {}
    for source in subject.sources:
        by_place.setdefault((source.url, source.discovery), []).append(source)
    return tuple(_reported(tuple(source.issuer for source in same), same[0], fetch) for same in by_place.values())


def judged(document: bytes, algorithms: Sequence[str], place: str, issuers: tuple[str, ...] = ()) -> Report:
    """Judge a document as a verifier would that accepts *algorithms*."""
    reason = None
    try:
        key_table(document, algorithms)
    except KeyDocumentError as error:
        reason = error.reason
    return Report(issuers, place, answered=True, reason=reason, members=tuple(_members(document, algorithms)))


def exit_of(found: Sequence[tuple[Subject, Sequence[Report]]]) -> Exit:
    """Give the command's answer: no for any document that is refused, unavailable for a subject without an answer."""
    if any(report.answered and report.reason for _, documents in found for report in documents):
        return Exit.NO
    # Of a user pool's two issuer strings most pools use one; the other answers with an error for good. And a load
    # balancer has nothing to look at: each of its keys is a document of its own, which only its headers name.
    silent = any(documents and not any(report.answered for report in documents) for _, documents in found)
    return Exit.KEYS if silent else Exit.YES


def _reported(issuers: tuple[str, ...], source: KeySource, fetch: Fetch) -> Report:
    if source.pinned is not None:
        return Report(issuers, "(pinned)", answered=True, reason=None, members=tuple(_of_table(source.pinned)))
    url = source.url
    try:
        if source.discovery:
            url = jwks_uri_of(fetch(url), source.issuer)
        document = fetch(url)
    except KeyDocumentError as error:
        return Report(issuers, url, answered=True, reason=error.reason)
    except Exception as error:  # noqa: BLE001  whatever a fetch raises is an outage, as it is to a verifier
        reason = error.reason if isinstance(error, FetchError) else type(error).__name__
        return Report(issuers, url, answered=False, reason=reason)
    return judged(document, source.algorithms, url, issuers)


def _of_table(table: KeyTable) -> Iterator[Member]:
    for key in table.keys.values():
        yield _usable(key)
    for kid, reason in table.skipped:
        yield Member(kid or None, None, None, None, None, reason)


def _members(document: bytes, algorithms: Sequence[str]) -> Iterator[Member]:
    try:
        keys = json_object(document).get("keys") if len(document) <= MAX_DOCUMENT else None
    except Unacceptable:
        return
    for member in keys[:MAX_KEYS] if isinstance(keys, tuple) else ():
        if isinstance(member, Mapping):
            yield _member(member, algorithms)


def _member(member: Mapping[str, JSON], algorithms: Sequence[str]) -> Member:
    """Judge one key, as a document of its own; nothing of it is taken along but what is shown."""
    kid, kty, alg, use, crv = (_text(member.get(name)) for name in ("kid", "kty", "alg", "use", "crv"))
    try:
        key_table(ascii_json({"keys": [member]}).encode(), algorithms)
        return _usable(verification_key(member, algorithms))
    except KeyDocumentError as error:
        reason = error.reason
    if reason == "jwks.no_usable_key":
        try:
            verification_key(member, algorithms)
        except UnusableKey as error:
            reason = error.reason
    return Member(kid, kty, alg, use, crv, reason)


def _usable(key: VerificationKey) -> Member:
    algorithm = ALGORITHMS[key.alg]
    return Member(key.kid, algorithm.kty, key.alg, "sig", algorithm.curve or f"{key.bits} bits", None)


def _text(member: JSON) -> str | None:
    return member if isinstance(member, str) else None

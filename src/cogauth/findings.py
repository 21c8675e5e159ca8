"""Findings: what is no mistake in a policy and still worth a look, for `cogauth check`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from cogauth._strict import JSON
from cogauth.api import Api
from cogauth.chances import World, chance, worlds_of
from cogauth.claims import accept
from cogauth.expression import written_rule
from cogauth.issuers import AnyIssuer, IdentityPool, LoadBalancer, UserPool
from cogauth.principal import Principal
from cogauth.roles import roles_used
from cogauth.routes import Route
from cogauth.rules import Claim, Everybody, Rule


class Topic(StrEnum):
    """What a finding is about: a closed list."""

    UNUSED_ROLE = "unused_role"
    """A role that no route uses."""
    UNMEETABLE = "unmeetable"
    """A role, or what a route allows or denies, that nobody can meet with a token of the configured issuers."""
    ALWAYS_MET = "always_met"
    """A denial that everybody meets."""
    USER_WRITABLE = "user_writable"
    """A condition on an attribute that users can write themselves."""
    GUESTS = "guests"
    """What guests of an identity pool may do like those who signed in."""
    UNREACHABLE = "unreachable"
    """A mapping of an identity pool, or a rule of one, that decides for nobody."""
    UNMAPPED = "unmapped"
    """A client that no mapping of an identity pool is for, where other clients have one."""
    UNDOCUMENTED = "undocumented"
    """A choice of IAM roles that rests on what AWS does not document."""
    UNBOUND = "unbound"
    """A resource that clients find and get tokens for, which are then refused."""
    SHADOW = "shadow"
    """A route in shadow mode, which decides nothing."""


class Finding(NamedTuple):
    """One thing to look at."""

    topic: Topic
    where: str
    """Such as `roles.editor` or `route 'GET /orders'`."""
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


_NOW: Final = 2_000_000_000
"""The moment at which made-up guests call, seconds since the epoch; any would do."""

# AWS: "Working with user attributes": a user who is signed in can change what the app client may write, and unless the
# client says otherwise that is every standard attribute; but not `sub`, and the two marks of verification.
_STANDARD: Final = frozenset(
    {
        "address",
        "birthdate",
        "email",
        "family_name",
        "gender",
        "given_name",
        "locale",
        "middle_name",
        "name",
        "nickname",
        "phone_number",
        "picture",
        "preferred_username",
        "profile",
        "updated_at",
        "website",
        "zoneinfo",
    }
)


class Looked(Protocol):
    """What is looked at: a policy."""

    @property
    def roles(self) -> Mapping[str, Rule]:
        """What each role comes to."""
        ...

    @property
    def written_roles(self) -> Mapping[str, Rule]:
        """The roles as they were written."""
        ...

    @property
    def resource(self) -> str | None:
        """What clients call it."""
        ...

    @property
    def apis(self) -> Mapping[str, Api]:
        """Its apis, by name."""
        ...

    def all_routes(self) -> Iterator[tuple[str | None, Route]]:
        """Give every route, with the name of its api."""
        ...

    def plain(self, rule: Rule) -> Rule:
        """Give a rule with its roles replaced."""
        ...


def findings(policy: Looked, issuers: Iterable[AnyIssuer | LoadBalancer] = ()) -> list[Finding]:
    """Look at *policy*; with *issuers*, also at what their tokens can never say."""
    trusted = list(issuers)
    worlds, guests = worlds_of(trusted), [_guest(pool) for pool in trusted if isinstance(pool, IdentityPool)]
    found = [*_unused(policy), *_unbound(policy, trusted)]
    for name, rule in policy.roles.items():
        found.extend(_of_rule(f"roles.{name}", rule, policy.written_roles[name], worlds))
    for api, route in policy.all_routes():
        where = f"{f'api {api!r}: ' if api else ''}route {route.match[0]!r}"
        if route.mode == "shadow":
            text = "is in shadow mode: it tells what it would decide, and decides nothing"
            found.append(Finding(Topic.SHADOW, where, text))
        for key, spelled in (("allow", route.allow), ("deny", route.deny)):
            if spelled is None:
                continue
            written = written_rule(spelled)
            plain = policy.plain(written)
            found.extend(_of_rule(f"{where}: {key}", plain, written, worlds))
            if key == "allow" and not isinstance(plain, Everybody) and route.mode == "enforce":
                denied = None if route.deny is None else policy.plain(written_rule(route.deny))
                found.extend(_of_guests(where, plain, denied, guests))
            if key == "deny" and not any(chance(plain, world).no for world in worlds):
                found.append(Finding(Topic.ALWAYS_MET, where, "deny: everybody meets it; leave the route out instead"))
    return found


def _guest(pool: IdentityPool) -> Principal:
    claims: dict[str, JSON] = {
        "iss": pool.sources[0].issuer,
        "aud": pool.pool_id,
        "sub": f"{pool.region}:guest",
        "amr": ("unauthenticated",),
        "iat": _NOW,
        "exp": _NOW + 600,
    }
    return accept(claims, (pool,), pool.sources[0].issuer, _NOW, 0)


def _of_guests(where: str, allowed: Rule, denied: Rule | None, guests: Iterable[Principal]) -> Iterator[Finding]:
    for guest in guests:
        if allowed.holds(guest, _NOW) and not (denied is not None and denied.holds(guest, _NOW)):
            text = f"guests of {guest.issuer_name} may, for their tokens are good ones; ask for amr authenticated"
            yield Finding(Topic.GUESTS, where, text)


def is_user_writable(claim: str) -> bool:
    """Tell whether users can write the attribute behind *claim* themselves, unless the app client forbids it."""
    return claim in _STANDARD or claim.startswith("custom:")


def _unused(policy: Looked) -> Iterator[Finding]:
    spelled = [side for _, route in policy.all_routes() for side in (route.allow, route.deny) if side is not None]
    used = roles_used(policy.written_roles, map(written_rule, spelled))
    for name in policy.roles:
        if name not in used:
            yield Finding(
                Topic.UNUSED_ROLE, f"roles.{name}", "no route uses it; remove it, unless code asks for it by name"
            )


def _unbound(policy: Looked, issuers: Iterable[AnyIssuer | LoadBalancer]) -> Iterator[Finding]:
    """Look for pools none of whose entries takes what `resource=` makes of an access token (RFC 8707 section 2)."""
    bound: dict[str, frozenset[str]] = {}
    for issuer in issuers:
        if isinstance(issuer, UserPool) and issuer.token_use != "id":
            bound[issuer.pool_id] = bound.get(issuer.pool_id, frozenset()) | issuer.audience
    named = [policy.resource, *(api.resource for api in policy.apis.values())]
    for resource in dict.fromkeys(name for name in named if name is not None):
        for pool_id, audience in bound.items():
            if resource not in audience:
                text = (
                    f"clients that find it ask {pool_id} for tokens that are bound to it (RFC 8707), and these are "
                    "refused; name it as audience of that pool"
                )
                yield Finding(Topic.UNBOUND, f"resource {resource!r}", text)


def _of_rule(where: str, plain: Rule, written: Rule, worlds: list[World]) -> Iterator[Finding]:
    """Look at a rule that comes to *plain*; what is wrong with a role is told where that is written, and not again."""
    if not any(chance(plain, world).yes for world in worlds):
        never = [leaf for leaf in plain.leaves() if not any(chance(leaf, world).yes for world in worlds)]
        reasons = dict.fromkeys(map(str, never))
        why = f": no accepted token can meet {', '.join(reasons)}" if reasons else ": its conditions exclude each other"
        yield Finding(Topic.UNMEETABLE, where, f"nobody can meet it{why}")
    for leaf in dict.fromkeys(written.leaves()):
        if isinstance(leaf, Claim) and is_user_writable(leaf.name):
            yield Finding(
                Topic.USER_WRITABLE,
                where,
                f"users can write {leaf.name} themselves unless the app client forbids it; "
                "a group, or an attribute that the client may not write, is safer",
            )

"""Settings: what changes from one configuration to another beside who may use which route."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

from cogauth.api import Api
from cogauth.issuers import AnyIssuer, LoadBalancer
from cogauth.policy import Policy
from cogauth.routes import Route

Kind: TypeAlias = Literal["added", "removed", "changed"]

_FLAGS: Final = ("cors_preflight", "encoded_slash")


class Setting(NamedTuple):
    """One thing that is not as it was."""

    kind: Kind
    what: str
    """Such as `issuer staff` or `role editor`."""
    how: tuple[str, ...] = ()
    """What of it has changed: `clients`, or what it says now."""


def issuers_changed(
    old: Sequence[AnyIssuer | LoadBalancer], new: Sequence[AnyIssuer | LoadBalancer]
) -> Iterator[Setting]:
    """Tell which issuers are not as they were, by name and kind; of one that changed, which of its parts."""
    before, after = (
        {(issuer.name, type(issuer), _use(issuer)): issuer for issuer in issuers} for issuers in (old, new)
    )
    for key in dict.fromkeys((*before, *after)):
        was, now = before.get(key), after.get(key)
        what = f"issuer {key[0]}"
        if was is None or now is None:
            yield Setting("added" if was is None else "removed", what)
        elif was != now:
            parts = [part for part in type(now).__slots__ if getattr(was, part) != getattr(now, part)]
            yield Setting("changed", what, tuple(parts))


def roles_changed(old: Policy, new: Policy) -> Iterator[Setting]:
    """Tell which roles do not say what they said, the roles that they use replaced."""
    for name in dict.fromkeys((*old.roles, *new.roles)):
        was, now = old.roles.get(name), new.roles.get(name)
        if was is None:
            yield Setting("added", f"role {name}", (str(now),))
        elif now is None:
            yield Setting("removed", f"role {name}", (str(was),))
        elif was != now:
            yield Setting("changed", f"role {name}", (f"was: {was}", f"is: {now}"))


def switches_changed(old: Policy, new: Policy) -> Iterator[Setting]:
    """Tell which apis answer to other addresses, and which routes handle paths or preflights otherwise."""
    for name in dict.fromkeys((*old.apis, *new.apis)):
        was, now = old.apis.get(name), new.apis.get(name)
        if was is None or now is None:
            yield Setting("added" if was is None else "removed", f"api {name}")
        elif _addresses(was) != _addresses(now):
            yield Setting("changed", f"api {name}", tuple(_addresses(now)))
    if old.resource != new.resource:
        yield Setting("changed", "resource", (new.resource or "none",))
    if old.cors_preflight is not new.cors_preflight:
        yield _switched("", "cors_preflight", on=new.cors_preflight)
    before, after = _flags(old), _flags(new)
    for line in before.keys() & after.keys():
        for flag in _FLAGS:
            if flag in before[line] ^ after[line]:
                yield _switched(f"{line}: ", flag, on=flag in after[line])


def _switched(where: str, flag: str, *, on: bool) -> Setting:
    return Setting("changed", f"{where}{flag}", ("on" if on else "off",))


def _use(issuer: AnyIssuer | LoadBalancer) -> str:
    # The same pool may stand twice, once for each kind of token.
    return str(getattr(issuer, "token_use", ""))


def _addresses(api: Api) -> list[str]:
    return [*sorted(api.hosts), *sorted(api.gateway), *([api.resource] if api.resource else [])]


def _flags(policy: Policy) -> Mapping[str, frozenset[str]]:
    return {
        f"{f'api {api}: ' if api else ''}{line}": _of_route(route)
        for api, route in policy.all_routes()
        for line in route.match
    }


def _of_route(route: Route) -> frozenset[str]:
    return frozenset(flag for flag in _FLAGS if getattr(route, flag))

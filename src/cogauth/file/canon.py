"""
The way back: a policy as the tables that a file would hold, and the one form that equal policies share.

`tables` keeps the order in which things were written. The canonical form is the same tables without what has no
meaning: the order of routes, roles, names and operands, and whether one route has two lines or two routes one each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any as Anything, Final, TypeAlias, cast

from cogauth.api import Api
from cogauth.errors import ConfigurationError
from cogauth.expression import written_rule
from cogauth.routes import Route
from cogauth.rules import (
    Acr,
    All,
    Amr,
    Any,
    Anybody,
    Claim,
    Client,
    Everybody,
    Group,
    IdentityProvider,
    Issuer,
    Kind,
    Not,
    Role,
    Rule,
    Scope,
    SignedInWithin,
    TokenUse,
)

VERSION: Final = 1

Tables: TypeAlias = dict[str, Anything]


def tables(roles: Mapping[str, Rule], routes: Iterable[Route], apis: Iterable[Api], *, cors_preflight: bool) -> Tables:
    """
    Spell a policy as a file would; roles as they were written, not as they come to.

    Raises:
        ConfigurationError: it holds a rule of a class of somebody else's, which no file can say.
    """
    data: Tables = {"version": VERSION}
    if cors_preflight:
        data["cors_preflight"] = True
    data["roles"] = {name: _table(rule) for name, rule in roles.items()}
    data["route"] = [_route(route) for route in routes]
    listed = [_api(api) for api in apis]
    return {**data, "api": listed} if listed else data


def fingerprint(
    roles: Mapping[str, Rule],
    routes: Iterable[Route],
    apis: Iterable[Api],
    guard: Rule | None,
    *,
    cors_preflight: bool,
) -> str:
    """Give the SHA-256 of the canonical form, in hex: the same for equal policies, processes and versions of Python."""
    form = {
        "version": VERSION,
        "cors_preflight": cors_preflight,
        "roles": {name: _form(rule) for name, rule in roles.items()},
        "route": _lines(routes),
        "api": {
            api.name: {"route": _lines(api.routes), "hosts": sorted(api.hosts), "gateway": sorted(api.gateway)}
            for api in apis
        },
        "guard": None if guard is None else _form(guard),
    }
    import hashlib  # see cogauth.cache

    return hashlib.sha256(_text(form).encode()).hexdigest()


def _route(route: Route) -> Tables:
    data: Tables = {"match": list(route.match), "allow": _allowed(route.allow)}
    if route.deny is not None:
        data["deny"] = _allowed(route.deny)
    if route.mode != "enforce":
        data["mode"] = route.mode
    return data | {flag: True for flag in ("cors_preflight", "encoded_slash") if getattr(route, flag)}


def _api(api: Api) -> Tables:
    data: Tables = {"name": api.name}
    for key, names in (("hosts", api.hosts), ("gateway", api.gateway)):
        if names:
            data[key] = sorted(names)
    if api.resource is not None:
        data["resource"] = api.resource
    return {**data, "route": [_route(route) for route in api.routes]}


def _allowed(spelled: Rule | str) -> Tables | str:
    """Spell what a route allows or denies: the two rules that only an expression can say, or a condition."""
    match spelled:
        case str():
            return spelled
        case Everybody():
            return "public"
        case Anybody():
            return "authenticated"
        case _:
            return _table(spelled)


def _lines(routes: Iterable[Route]) -> list[Anything]:
    """Give every line of *routes* with all that is said of it, in one order."""
    said = [
        {
            "line": line,
            "allow": _form(written_rule(route.allow)),
            "deny": None if route.deny is None else _form(written_rule(route.deny)),
            "mode": route.mode,
            "cors_preflight": route.cors_preflight,
            "encoded_slash": route.encoded_slash,
        }
        for route in routes
        for line in route.match
    ]
    return sorted(said, key=_text)


def _text(form: object) -> str:
    import json  # few need a policy's text

    return json.dumps(form, sort_keys=True, separators=(",", ":"))


def _form(rule: Rule) -> Anything:
    """Give the canonical form of *rule*; of a foreign rule, what it is called and says."""
    if type(rule) in (All, Any):
        return {type(rule).__name__.lower(): _as_set([_form(part) for part in rule.parts])}
    if type(rule) is Not:
        return {"not": _form(rule.rule)}
    spell = _SPELLINGS.get(type(rule))
    if spell is None:
        return {"class": f"{type(rule).__module__}.{type(rule).__qualname__}", "says": repr(rule)}
    return {key: _unordered(value) for key, value in spell(rule).items()}


def _unordered(value: Anything) -> Anything:
    """Give what a condition takes; its names are a set, in whatever order it shows them."""
    items: Anything = value
    return _as_set(items) if isinstance(value, list) else items


def _as_set(items: list[Anything]) -> list[Anything]:
    kept = {_text(item): item for item in items}
    return [kept[text] for text in sorted(kept)]


def _table(rule: Rule) -> Tables:
    """Spell *rule* as the condition of a file."""
    if type(rule) in (All, Any):
        return {type(rule).__name__.lower(): [_table(part) for part in rule.parts]}
    if type(rule) is Not:
        return {"not": _table(rule.rule)}
    # By its very class: a subclass may ask for more than the condition that it comes from.
    spell = _SPELLINGS.get(type(rule))
    if spell is None:
        raise ConfigurationError(f"{type(rule).__name__}: a rule of your own class has no spelling in a file")
    return spell(rule)


def _of_issuer(key: str, rule: Group | Scope | IdentityProvider) -> Tables:
    names = list(rule.names) if isinstance(rule.names, tuple) else sorted(rule.names)
    return {key: names, "any_issuer": True} if rule.any_issuer else {key: names}


def _claim(rule: Claim) -> Tables:
    test = {"one_of": "in"}.get(rule.test, rule.test)
    return {"claim": rule.name, test: _listed(rule.value)} | _default(rule)


def _default(rule: Claim | Amr | Acr | IdentityProvider) -> Tables:
    return {} if rule.silent_on_absence else {"default": _listed(rule.default)}


def _listed(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(cast("frozenset[str]", value))
    return list(cast("tuple[object, ...]", value)) if isinstance(value, tuple) else value


_SPELLINGS: Final[Mapping[type[Rule], Callable[[Anything], Tables]]] = {
    Group: lambda rule: _of_issuer("groups", rule),
    Scope: lambda rule: _of_issuer("scopes", rule),
    Issuer: lambda rule: {"issuer": sorted(rule.names)},
    IdentityProvider: lambda rule: _of_issuer("identity_provider", rule) | _default(rule),
    Client: lambda rule: {"clients": sorted(rule.ids)},
    TokenUse: lambda rule: {"token_use": rule.use},
    Kind: lambda rule: {"machine": rule.machine},
    Amr: lambda rule: {"amr": sorted(rule.methods)} | _default(rule),
    Acr: lambda rule: {"acr_at_least": rule.level} | _default(rule),
    SignedInWithin: lambda rule: {"signed_in_within": rule.seconds},
    Role: lambda rule: {"role": rule.name},
    Claim: _claim,
    # Names that no role can have.
    Anybody: lambda _: {"role": "authenticated"},
    Everybody: lambda _: {"role": "public"},
}

"""Other ways to decide, each as its documentation lets a careful user set it up, and one that is written by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from typing import Any, Final

from benchmarks.harness import Absent
from benchmarks.peers import imported
from benchmarks.workload import READ, SHARED, STAFF, STATUS, SUSPENDED, TENANT, Ask, Line
from cogauth import Principal

CHAIN: Final = "if-chain by hand"
CEDARPY: Final = "cedarpy"
CEDARPY_READY: Final = "cedarpy, entities ready"
PYCASBIN: Final = "pycasbin"
PYCASBIN_FAST: Final = "pycasbin FastEnforcer"

Decide = Callable[[Ask], None]
"""Decides, and raises PermissionError for a no."""


def chain(table: Sequence[Line]) -> Decide:
    """Write a function with an `if` for each route, as people do, though not by the thousand."""
    source = ["def decide(method, path, groups, scopes, claims):"]
    for line in table:
        if line.prefix is None:
            source.append(f"    if method == 'GET' and path == {line.path!r}:")
        else:
            start = len(line.prefix)
            source.append(
                f"    if method == 'GET' and path.startswith({line.prefix!r}) and path[{start}:]"
                f" and '/' not in path[{start}:]:"
            )
        source.append(
            f"        return ({STAFF!r} in groups or {line.team!r} in groups) and {READ!r} in scopes"
            f" and claims.get({TENANT!r}) in ({line.tenant!r}, {SHARED!r}) and claims.get({STATUS!r}) != {SUSPENDED!r}"
        )
    source.append("    return False")
    names: dict[str, Any] = {}
    exec("\n".join(source), names)  # noqa: S102  the text is the one above
    decide = names["decide"]

    def call(ask: Ask) -> None:
        _, method, path, who, _ = ask
        if not decide(method, path, who.groups, who.scopes, who.claims):
            raise PermissionError

    return call


class Cedar:
    """
    cedarpy: a permit for each route and one forbid, parsed once.

    Cedar knows no paths: an action is a line of somebody's route table, which is found for it and costs it nothing.

    Raises:
        Absent: it is not installed.
    """

    def __init__(self, table: Sequence[Line]) -> None:
        self._api = imported("cedarpy", "cedarpy")
        self._policies = self._api.PolicySet.from_str(self.text(table))
        self._ready: dict[str, Any] = {}
        self.note = f"{version('cedarpy')}; policies parsed before; the route is found for it"

    @staticmethod
    def text(table: Iterable[Line]) -> str:
        """Write the policies."""
        permits = (
            f'permit(principal, action == Action::"{line.name}", resource) when {{'
            f' (principal in Group::"{line.team}" || principal in Group::"{STAFF}")'
            f' && principal.scopes.contains("{READ}") && principal has tenant'
            f' && ["{line.tenant}", "{SHARED}"].contains(principal.tenant) }};'
            for line in table
        )
        frozen = f'principal has status && principal.status == "{SUSPENDED}"'
        return "\n".join([*permits, f"forbid(principal, action, resource) when {{ {frozen} }};"])

    def decide(self, ask: Ask) -> None:
        """Decide with the caller's entity made for this request."""
        self._decide(ask, [self._entity(ask.who)])

    def decide_ready(self, ask: Ask) -> None:
        """Decide with an entity that was parsed at the caller's first request."""
        ready = self._ready.get(ask.token)
        if ready is None:
            ready = self._api.Entities.from_json_str(json.dumps([self._entity(ask.who)]))
            self._ready[ask.token] = ready
        self._decide(ask, ready)

    def _decide(self, ask: Ask, entities: object) -> None:
        request = {
            "principal": {"type": "User", "id": ask.who.subject},
            "action": {"type": "Action", "id": ask.line or "none"},
            "resource": {"type": "Api", "id": "orders"},
            "context": {},
        }
        if not self._api.is_authorized(request, self._policies, entities).allowed:
            raise PermissionError

    @staticmethod
    def _entity(who: Principal) -> dict[str, object]:
        attributes: dict[str, object] = {"scopes": list(who.scopes)}
        for name, claim in (("tenant", TENANT), ("status", STATUS)):
            value = who.claims.get(claim)
            if value is not None:
                attributes[name] = value
        parents = [{"type": "Group", "id": group} for group in who.groups]
        return {"uid": {"type": "User", "id": who.subject}, "attrs": attributes, "parents": parents}


CASBIN_MODEL: Final = """
[request_definition]
r = act, area, obj, who, tenant, status

[policy_definition]
p = act, area, obj, groups, scope, tenants

[policy_effect]
e = some(where (p.eft == allow))

[matchers]
m = r.act == p.act && {match}(r.obj, p.obj) && anyOf(r.who.groups, p.groups) && p.scope in r.who.scopes \
&& anyOf(r.tenant, p.tenants) && r.status != "suspended"
"""


class Casbin:
    """
    pycasbin: a policy line for each route, and one matcher for all; what costs least is asked first.

    Args:
        table: the routes.
        fast: use its `FastEnforcer`, which looks only at lines whose method and first segment are the request's, found
            by hand, so that a pattern that is exact (`keyMatch3`) costs little. Else the first line that fits ends the
            search, and `keyMatch` compares the beginnings of paths, as one regular expression for each route and
            request would take twenty times as long.

    Raises:
        Absent: it is not installed.
    """

    def __init__(self, table: Sequence[Line], *, fast: bool) -> None:
        api, models = imported("casbin", "casbin"), imported("casbin", "casbin.model")
        order = [0, 1]
        model = models.FastModel(order) if fast else models.Model()
        model.load_model_from_text(CASBIN_MODEL.format(match="keyMatch3" if fast else "keyMatch"))
        self._enforcer = api.FastEnforcer(model, cache_key_order=order) if fast else api.Enforcer(model)
        self._enforcer.add_function("anyOf", _any_of)
        parameter = "{id}" if fast else "*"
        self._enforcer.add_policies(
            [
                [
                    "GET",
                    line.team,
                    line.path if line.prefix is None else line.prefix + parameter,
                    f"{line.team}|{STAFF}",
                    READ,
                    f"{line.tenant}|{SHARED}",
                ]
                for line in table
            ]
        )
        how = "lines of one first segment, for one thread only" if fast else "keyMatch"
        self.note = f"{version('casbin')}; {how}"

    def decide(self, ask: Ask) -> None:
        """Decide."""
        _, method, path, who, _ = ask
        area, claims = path.split("/", 2)[1], who.claims
        if not self._enforcer.enforce(method, area, path, who, (claims.get(TENANT),), claims.get(STATUS)):
            raise PermissionError


def _any_of(held: Iterable[object], wanted: str) -> bool:
    return not set(wanted.split("|")).isdisjoint(held)


def engines(table: Sequence[Line]) -> tuple[list[tuple[str, Decide, str]], list[str]]:
    """Give name, call and note of each that is here, and say who is absent."""
    present, absent = [(CHAIN, chain(table), "")], list[str]()
    try:
        cedar = Cedar(table)
        present += [
            (CEDARPY, cedar.decide, f"{cedar.note}; an entity for each request"),
            (CEDARPY_READY, cedar.decide_ready, f"{cedar.note}; an entity for each token, parsed before"),
        ]
    except Absent as reason:
        absent.append(str(reason))
    try:
        plain, fast = Casbin(table, fast=False), Casbin(table, fast=True)
        present += [(PYCASBIN, plain.decide, plain.note), (PYCASBIN_FAST, fast.decide, fast.note)]
    except Absent as reason:
        absent.append(str(reason))
    return present, absent

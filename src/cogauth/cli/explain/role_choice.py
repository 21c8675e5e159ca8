"""The role choice of identity pools, beside a decision: for people and for machines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cogauth import MissingToken, Principal
from cogauth.cli.escapes import printable
from cogauth.cli.finding import Finding
from cogauth.cli.output import Row
from cogauth.identity.choice import RoleChoice
from cogauth.identity.roles import IdentityPoolRoles


def caller_of(finding: Finding) -> tuple[bool, Principal | None]:
    """Tell whether it is known who asks an identity pool, and who; None is a guest."""
    return finding.principal is not None or isinstance(finding.error, MissingToken | None), finding.principal


def choice_rows(pool: IdentityPoolRoles, finding: Finding) -> Iterator[Row]:
    """Say which role *pool* would give to whoever asked, and why."""
    known, who = caller_of(finding)
    if not known:
        yield "role", "(unknown: the token is not accepted here)"
        return
    choice = pool.choose_role(who)
    yield "role", "(denied)" if choice.role_arn is None else choice.role_arn
    yield "because", str(choice).partition(": ")[2]
    rule = _rule_of(pool, choice)
    if rule is not None:
        yield "rule", rule
    if choice.doubts:
        yield "not documented", ", ".join(sorted(choice.doubts))
    tags = None if who is None else pool.tags_for(who)
    if tags is not None:
        for key, value in tags.tags.items():
            yield "tag", f"{key} = {value}"
        for key, why in tags.unfit.items():
            yield "no tag", f"{key}: {why}"


def choice_members(pool: IdentityPoolRoles, finding: Finding) -> dict[str, Any]:
    """Say the same as members of a JSON document."""
    known, who = caller_of(finding)
    members: dict[str, Any] = {"identity_pool": pool.identity_pool_id}
    if not known:
        return members
    choice = pool.choose_role(who)
    members |= {
        "role_arn": choice.role_arn,
        "because": choice.because,
        "provider": choice.provider,
        "rule": choice.rule,
        "asks": _rule_of(pool, choice),
        "doubts": sorted(choice.doubts),
    }
    tags = None if who is None else pool.tags_for(who)
    return members if tags is None else {**members, "tags": dict(tags.tags), "unfit_tags": dict(tags.unfit)}


def _rule_of(pool: IdentityPoolRoles, choice: RoleChoice) -> str | None:
    if choice.rule is None or choice.provider is None:
        return None
    return printable(str(pool.mappings[choice.provider].rules[choice.rule - 1]))

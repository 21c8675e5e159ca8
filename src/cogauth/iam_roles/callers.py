"""Callers: who may assume a role, asked about callers that are made up for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from cogauth.iam_roles.condition import Answer, Request, every, inverse, met, some
from cogauth.iam_roles.glob import has_reference, matches, tokens
from cogauth.iam_roles.statement import Document, Statement

ASSUME: Final = "sts:AssumeRoleWithWebIdentity"
TAG: Final = "sts:TagSession"

SOMEBODYS_PROVIDER: Final = "login.example.com"
"""A provider that no policy names."""

LOGIN: Final = ":CognitoSignIn:"
"""What stands between the provider and the user's id there."""

_USER: Final = "0f4b5c58-0000-4000-8000-00000000000a"
_HEXADECIMAL: Final = "0123456789abcdef"


class Caller(NamedTuple):
    """Who presents a token of an identity pool to STS (AWS: `GetOpenIdToken`, "Role trust and permissions")."""

    pool: str
    provider: str | None
    """Where the caller signed in, with the login there if that matters; None for a guest."""

    @property
    def amr(self) -> tuple[str, ...]:
        """What the token says of the login."""
        if self.provider is None:
            return ("unauthenticated",)
        name, login, _ = self.provider.partition(LOGIN)
        return ("authenticated", name, self.provider if login else f"{name}{LOGIN}{_USER}")


def strangers(pool: str) -> Iterator[str]:
    """Give identity pools that are not *pool*: unlike it, in another Region, and as like it as can be."""
    region, _, guid = pool.partition(":")
    yield f"{region}:3b1e9a72-4c5d-4e6f-8a9b-0c1d2e3f4a5b"
    yield f"zz-nowhere-1:{guid}"
    for place in (0, -1):
        char = _HEXADECIMAL[(_HEXADECIMAL.index(guid[place]) + 1) % 16]
        yield f"{region}:{char}{guid[1:]}" if place == 0 else f"{region}:{guid[:-1]}{char}"


def applies(statement: Statement, caller: Caller, action: str, namespace: str, *, has_variables: bool) -> Answer:
    """Tell whether *statement* is about *caller* doing *action*; what is not known is taken for the worst."""
    known = {f"{namespace}:aud": (caller.pool,), f"{namespace}:amr": caller.amr}
    single = {f"{namespace}:aud": caller.pool}

    def is_open(key: str) -> bool:
        # The identity id is there, and anybody's; of what AWS adds to every request nothing is known.
        return key == f"{namespace}:sub" or key.startswith(("aws:", "sts:"))

    request = Request(known, is_open, single.get if has_variables else None)
    return every(
        (
            names_action(statement, action),
            _names(statement, namespace),
            met(statement.condition, request, worst=statement.allows),
        )
    )


def names_action(statement: Statement, action: str) -> Answer:
    """Tell whether *statement* is about *action*, whose letter case does not count."""
    named = statement.action if statement.action is not None else statement.not_action or ()
    wanted = action.lower()
    found = some(each.lower() == wanted or matches(tokens(each.lower(), None), wanted) for each in named)
    return found if statement.action is not None else inverse(found)


def _names(statement: Statement, namespace: str) -> Answer:
    kinds = statement.principal if statement.not_principal is None else statement.not_principal
    found = some(
        None if has_reference(each) else each == "*" or (kind == "Federated" and each == namespace)
        for kind, values in (kinds or {}).items()
        for each in values
    )
    return found if statement.not_principal is None else inverse(found)


def may(document: Document, caller: Caller, action: str, namespace: str) -> Answer:
    """Tell whether *caller* may do *action*: a statement allows it and none denies it."""
    allowed, denied = (
        some(_each(document, caller, action, namespace, (each for each in document.statements if each.allows is kind)))
        for kind in (True, False)
    )
    return every((allowed, inverse(denied)))


def _each(
    document: Document, caller: Caller, action: str, namespace: str, statements: Iterable[Statement]
) -> Iterator[Answer]:
    for statement in statements:
        yield applies(statement, caller, action, namespace, has_variables=document.has_variables)

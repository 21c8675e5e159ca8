"""Trust: who may assume a role, and what is wrong with that."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from cogauth._shapes import as_list
from cogauth.errors import ConfigurationError
from cogauth.iam_roles.callers import ASSUME, SOMEBODYS_PROVIDER, TAG, Caller, applies, may, strangers
from cogauth.iam_roles.condition import Answer, some
from cogauth.iam_roles.finding import RoleFinding, RoleTopic, error, warning
from cogauth.iam_roles.glob import shown
from cogauth.iam_roles.namespace import checked_pool, namespace_of
from cogauth.iam_roles.spelling import spelling
from cogauth.iam_roles.statement import Document, Statement, read_document

LIKE: Final = "like those named"
"""In `Trusted.pools`: some that nobody named, but not all."""

# The host of an issuer, with or without a path, or an ARN; other words in amr say how, and not where.
_PROVIDER: Final = re.compile(r"[./:]")
_AMR: Final = ("authenticated", "unauthenticated")


class Trusted(NamedTuple):
    """Who may assume a role; None says that what is not resolved decides."""

    users: Answer
    """Somebody who signed in at one of the pools."""
    providers: tuple[str, ...] | None
    """Where they must have signed in; None if anywhere."""
    guests: Answer
    """A guest of one of the pools."""
    pools: tuple[str, ...]
    """Identity pools besides those named: their ids; `*` for pools of anybody, `LIKE` for some that nobody named."""


def who_may_assume(document: object, identity_pools: str | Iterable[str]) -> Trusted:
    """
    Work out who may assume the role whose trust policy is *document*.

    Callers are made up, and the policy is asked about each (AWS: "Policy evaluation logic"). Conditions on what is not
    known of a caller, such as an address, are taken to be met where they allow and not where they deny.

    Args:
        document: the trust policy, parsed.
        identity_pools: the ids of the identity pools that the role is for; one at least, all of one namespace.

    Raises:
        ConfigurationError: *identity_pools* is not that.
    """
    return _Question(document, identity_pools).trusted()


def check_trust(
    document: object,
    identity_pools: str | Iterable[str],
    *,
    guests: bool = False,
    provider: str | None = None,
    tags: bool = False,
) -> list[RoleFinding]:
    """
    Look for what is wrong with a trust policy, or too wide.

    Args:
        document: the trust policy, parsed.
        identity_pools: the ids of the identity pools that the role is for; one at least, all of one namespace.
        guests: the role is for guests, otherwise for those who signed in.
        provider: the role is for those who signed in there, by the name that the identity pool knows it by.
        tags: claims are mapped to tags, so that sessions are tagged.

    Raises:
        ConfigurationError: *identity_pools* is not that, or guests are to have a provider.
    """
    if guests and provider is not None:
        raise ConfigurationError("provider: guests have none")
    question = _Question(document, identity_pools)
    return list(dict.fromkeys(question.findings(guests=guests, provider=provider, tags=tags)))


class _Question:
    def __init__(self, data: object, identity_pools: str | Iterable[str]) -> None:
        given = [identity_pools] if isinstance(identity_pools, str) else as_list(identity_pools) or []
        self.pools = tuple(checked_pool(pool) for pool in given)
        namespaces = {namespace_of(pool) for pool in self.pools}
        if len(namespaces) != 1:
            raise ConfigurationError("identity pools: name one at least, and no two of different partitions")
        (self.namespace,) = namespaces
        self.document: Document = read_document(data)
        self.mentioned = tuple(each for each in self._compared("aud") if not set("*?$\ufdd0") & set(each))
        # Of a pattern, one that it takes; with the way in which it is written.
        self.written = {
            each.replace("*", "x").replace("?", "x"): each
            for each in self._compared("amr")
            if each not in _AMR and _PROVIDER.search(each) and not set("$\ufdd0") & set(each)
        }
        self.providers = tuple(self.written)

    def _compared(self, name: str) -> Iterator[str]:
        """Give what the policy compares a key with."""
        key = f"{self.namespace}:{name}"
        lines = (line for statement in self.document.statements for line in statement.condition)
        return (value for line in lines if line.key.lower() == key for value in line.values)

    def may(self, caller: Caller, action: str = ASSUME) -> Answer:
        return may(self.document, caller, action, self.namespace)

    def trusted(self) -> Trusted:
        anywhere = some(self.may(Caller(pool, SOMEBODYS_PROVIDER)) for pool in self.pools)
        named = [
            provider
            for provider in self.providers
            if some(self.may(Caller(pool, provider)) for pool in self.pools) is not False
        ]
        users = some((anywhere, *(self.may(Caller(pool, each)) for pool in self.pools for each in named)))
        return Trusted(
            users,
            tuple(self.written[each] for each in named) if anywhere is False and named else None,
            some(self.may(Caller(pool, None)) for pool in self.pools),
            tuple(self._others()),
        )

    def _others(self) -> Iterator[str]:
        tried = [SOMEBODYS_PROVIDER, None, *self.providers]

        def let_in(pool: str) -> bool:
            # None is no yes: an audience that is not resolved yet is told as such.
            return any(self.may(Caller(pool, provider)) is True for provider in tried)

        like = [each for pool in self.pools for each in strangers(pool) if each not in self.pools]
        if let_in(next(strangers(self.pools[0]))):
            yield "*"
            return
        if any(let_in(each) for each in like):
            yield LIKE
        yield from (each for each in dict.fromkeys(self.mentioned) if each not in self.pools and let_in(each))

    # -- Findings ------------------------------------------------------------------------------------------------------

    def findings(self, *, guests: bool, provider: str | None, tags: bool) -> Iterator[RoleFinding]:
        yield from self.document.faults
        for statement in self.document.statements:
            yield from self._of_form(statement)
            yield from spelling(statement, self.namespace, self.document)
        trusted = self.trusted()
        yield from self._of_pools(trusted)
        if trusted.guests and not guests:
            path = self._path([Caller(pool, None) for pool in self.pools])
            text = "guests may assume this role: whoever has the pool's id, without signing in"
            yield error(RoleTopic.GUESTS, path, text, f"add {self._line('amr', 'authenticated')}")
        strange = (Caller(each, who) for each in strangers(self.pools[0]) for who in (SOMEBODYS_PROVIDER, None))
        for whom, open_ in (
            ("guests", trusted.guests is None and not guests),
            ("other identity pools", any(self.may(caller) is None for caller in strange)),
        ):
            if open_:
                text = f"whether {whom} may assume this role hangs on what is not resolved here"
                yield warning(RoleTopic.UNRESOLVED, (), text, "say what the references stand for")
        yield from self._of_meant(guests=guests, provider=provider, tags=tags)

    def _of_form(self, statement: Statement) -> Iterator[RoleFinding]:
        if statement.principal is None and statement.not_principal is None:
            fix = f'add "Principal": {{"Federated": "{self.namespace}"}}'
            yield error(RoleTopic.MALFORMED, statement.path, "a trust policy names a principal, and this none", fix)
        if statement.resource is not None or statement.not_resource is not None:
            text = "a trust policy is of one role, and names no resource"
            yield error(RoleTopic.MALFORMED, statement.path, text, "leave the Resource out")

    def _of_pools(self, trusted: Trusted) -> Iterator[RoleFinding]:
        fix = f"add {self._line('aud', *self.pools)}"
        for pool in trusted.pools:
            if pool == "*":
                path = self._path([Caller(each, SOMEBODYS_PROVIDER) for each in strangers(self.pools[0])])
                text = "identity pools of anybody may assume this role, those in other AWS accounts included"
                yield error(RoleTopic.ANY_POOL, path, text, fix)
            elif pool in self.mentioned:
                path = self._path([Caller(pool, each) for each in (SOMEBODYS_PROVIDER, None, *self.providers)])
                text = f"the identity pool {shown(pool)} may assume this role as well"
                yield error(RoleTopic.OTHER_POOL, path, text, f"remove it, or name it when you check; else {fix}")
            else:
                text = "identity pools whose ids are like those named may assume this role"
                yield error(RoleTopic.OTHER_POOL, self._path([]), text, f"compare without wildcards: {fix}")

    def _of_meant(self, *, guests: bool, provider: str | None, tags: bool) -> Iterator[RoleFinding]:
        """Look at those whom the role is for."""
        callers = [
            Caller(pool, each)
            for pool in self.pools
            for each in ([None] if guests else [provider] if provider else [SOMEBODYS_PROVIDER, *self.providers])
        ]
        answers = [self.may(caller) for caller in callers]
        fine = some(answers)
        who = "guests" if guests else f"users of {provider}" if provider else "users who signed in"
        if fine is None:
            text = f"whether {who} may assume this role hangs on what is not resolved here"
            yield warning(RoleTopic.UNRESOLVED, self._path(callers), text, "say what the references stand for")
        elif not fine:
            meant = "unauthenticated" if guests else provider or "authenticated"
            fix = f'allow {ASSUME} to {{"Federated": "{self.namespace}"}} with {self._line("aud", *self.pools)} and '
            text = f"{who} of the pool may not assume this role"
            yield error(RoleTopic.NOBODY, (), text, fix + self._line("amr", meant))
        missing = [pool for pool in self.pools if fine and not any(_of(callers, answers, pool))]
        for pool in missing:
            text = f"{who} of {pool} may not assume this role"
            yield error(RoleTopic.NOBODY, (), text, f"add its id to {self.namespace}:aud")
        if provider is not None:
            others = [
                each
                for each in (SOMEBODYS_PROVIDER, *self.providers)
                if each != provider and any(self.may(Caller(pool, each)) for pool in self.pools)
            ]
            if others:
                path = self._path([Caller(pool, each) for pool in self.pools for each in others])
                text = "users of other providers may assume this role"
                yield error(RoleTopic.PROVIDER, path, text, f"write {self._line('amr', provider)}")
        if tags and any(
            answer is not False and self.may(caller, TAG) is False
            for caller, answer in zip(callers, answers, strict=True)
        ):
            text = "claims are mapped to tags, and with tags nobody may assume this role"
            yield error(RoleTopic.TAGS, self._path(callers), text, f"add {TAG} to the Action")

    def _path(self, callers: Iterable[Caller]) -> tuple[str | int, ...]:
        """Give the place of the first statement that lets one of *callers* in."""
        for statement in self.document.statements:
            for caller in callers:
                answer = applies(statement, caller, ASSUME, self.namespace, has_variables=self.document.has_variables)
                if statement.allows and answer is not False:
                    return statement.path
        return ()

    def _line(self, name: str, *values: str) -> str:
        operator = "StringEquals" if name == "aud" else "ForAnyValue:StringLike"
        listed = f'"{values[0]}"' if len(values) == 1 else "[" + ", ".join(f'"{each}"' for each in values) + "]"
        return f'"{operator}": {{"{self.namespace}:{name}": {listed}}}'


def _of(callers: Iterable[Caller], answers: Iterable[Answer], pool: str) -> Iterator[bool]:
    for caller, answer in zip(callers, answers, strict=True):
        if caller.pool == pool:
            yield answer is not False

"""Advice: what an operator should know before a gateway's cache answers for an authorizer."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from itertools import chain
from typing import Final, NamedTuple

from cogauth.iam.compiled import CompiledApi, is_timed
from cogauth.iam.cover import clashes
from cogauth.iam.lines import Line


class GatewayTopic(StrEnum):
    """What a piece of advice is about: a closed list."""

    INEXPRESSIBLE = "inexpressible"
    """Routes of which no policy document can allow some and refuse another."""
    NARROW = "narrow"
    """Requests that documents refuse although the policy allows them."""
    TIME = "time"
    """A rule whose answer changes while a token is good."""
    ENCODED_SLASH = "encoded_slash"
    """A route that takes encoded slashes, which every document refuses."""
    PREFLIGHT = "preflight"
    """CORS preflights, which carry no token."""
    SPELLING = "spelling"
    """A route whose name clients must percent-encode."""


class Advice(NamedTuple):
    """One thing to know."""

    topic: GatewayTopic
    where: str
    """Such as `route 'GET /orders/{id}'`."""
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


_REMEDY: Final = (
    "turn the authorizer's cache off (TTL 0), or make the path and the method identity sources; "
    "until then each answer is right for its own request only"
)
# RFC 3986 section 3.3: what may stand in a segment as it is.
_AS_IT_IS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/{}")


def advice(compiled: CompiledApi) -> list[Advice]:
    """Look at an api as its gateway will: once, when it is loaded or checked."""
    found = chain(_inexpressible(compiled), _of_routes(compiled))
    return list(dict.fromkeys(found))


def _inexpressible(compiled: CompiledApi) -> Iterator[Advice]:
    def differs(refused: Line, allowed: Line) -> bool:
        """Tell whether one may be refused and the other allowed: at least they are other questions."""
        if allowed is None or refused is None:
            return allowed is not None
        question = compiled.plans[refused]
        return not question.public and question is not compiled.plans[allowed]

    for lines in dict.fromkeys(compiled.methods.values()):
        for line in dict.fromkeys(line for _, line in lines.shapes if line is not None):
            for clash in clashes(lines, line, differs):
                if not (compiled.narrow and clash.by_name):
                    yield Advice(GatewayTopic.INEXPRESSIBLE, f"route {line!r}", f"{clash}: {_REMEDY}")
                    break  # one is enough to know that there is no document
                yield Advice(GatewayTopic.NARROW, f"route {clash.spared!r}", f"{clash}: such a request is refused")


def _of_routes(compiled: CompiledApi) -> Iterator[Advice]:
    for line, plan in compiled.plans.items():
        where = f"route {line!r}" if line else "the rule for every path"
        if is_timed(plan):
            text = "its answer changes with time, which a cache does not see: turn the authorizer's cache off (TTL 0)"
            yield Advice(GatewayTopic.TIME, where, text)
        route = compiled.routes.get(line)
        if route is None:
            continue
        if route.encoded_slash:
            text = "encoded slashes are refused by every document: whoever needs them needs TTL 0"
            yield Advice(GatewayTopic.ENCODED_SLASH, where, text)
        if route.cors_preflight or compiled.cors_preflight:
            text = "let the gateway answer CORS preflights: they carry no token, and documents say nothing of them"
            yield Advice(GatewayTopic.PREFLIGHT, where, text)
        if not _AS_IT_IS.issuperset(line.partition(" ")[2]):
            text = "its name is percent-encoded on the wire: it is allowed only if the gateway compares decoded paths"
            yield Advice(GatewayTopic.SPELLING, where, text)

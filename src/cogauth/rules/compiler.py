"""
The compiler: a rule becomes one code object that answers what the rule answers, in a fraction of the time.

The code is built as a tree and never from text, so that no name in a rule can become a program. Each condition says
its own expression; one that does not, or that is of a class made elsewhere, is asked itself, as the rule would ask it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import partial
from itertools import groupby
from typing import Final, Protocol, TypeAlias, cast

from cogauth.principal import Principal
from cogauth.rules.algebra import All, Any, Not, Rule, answer
from cogauth.rules.claim import Claim
from cogauth.rules.membership import Group, Scope
from cogauth.rules.syntax import Syntax

Test: TypeAlias = Callable[[Principal, float], bool]

_MAX_DEPTH: Final = 40
"""Rules within rules in one code object; below, they are asked. CPython's own compiler gives up at some hundreds."""


class Expressive(Protocol):
    """A condition that says its own expression, which must give a bool and exactly that of `holds`."""

    def expression(self, syntax: Syntax) -> ast.expr:
        """Say the condition in *syntax*."""
        ...  # pragma: no cover  # a protocol has no body


def compiled(rule: Rule) -> Test:
    """
    Make the function that answers what `rule.holds` answers, as a bool, for a principal and a time.

    It takes 0.1 to 1 ms, a thousand times as long as an answer, so that it is worth it for rules that are asked often.
    """
    syntax = Syntax()
    code = compile(syntax.function(_expression(rule, syntax, 0)), "<rule>", "eval")
    # No text is read here: the code is of the tree above, whose names are those of `syntax` and no others.
    return cast("Test", eval(code, syntax.names))  # noqa: S307


def expresses_itself(rule: Rule) -> bool:
    """Tell whether *rule* is a condition of a class that says its own expression; a subclass must say its own."""
    return "expression" in vars(type(rule))


def _expression(rule: Rule, syntax: Syntax, depth: int) -> ast.expr:
    # By the very class: a subclass may answer otherwise.
    kind = type(rule)
    if depth < _MAX_DEPTH:
        if kind is All:
            return syntax.both(*_parts(rule, syntax, depth + 1))
        if kind is Any:
            return syntax.either(*_parts(rule, syntax, depth + 1))
        if kind is Not:
            return syntax.opposite(_expression(rule.parts[0], syntax, depth + 1))
    if expresses_itself(rule):
        return cast("Expressive", rule).expression(syntax)
    return syntax.call(syntax.value(partial(answer, rule)), syntax.who(), syntax.now())


def _parts(rule: Rule, syntax: Syntax, depth: int) -> Iterator[ast.expr]:
    """
    Say the parts of *rule*, looks at one set as a single look, and those first, which cost least.

    Another order gives the same answer as long as no part can fail, which is known only of those that say themselves:
    one that does not keeps its place, and what stands before and behind it stays there.
    """
    for _, run in groupby(rule.parts, lambda part: all(map(expresses_itself, part.leaves()))):
        rest = list(run)
        for kind, look in ((Group, "groups"), (Scope, "scopes")):
            parts = [part for part in rest if type(part) is kind]
            if len(parts) > 1:
                rest = [part for part in rest if type(part) is not kind]
                names = [frozenset(part.names) for part in parts]
                yield from _looks(names, syntax.of(look), syntax, whole=type(rule) is All)
        pairs = [(part, part.pair if type(part) is Claim else None) for part in rest]
        said = frozenset(pair for _, pair in pairs if pair is not None)
        if len(said) > 1 and type(rule) is All:
            rest = [part for part, pair in pairs if pair is None]
            yield syntax.within(syntax.value(said), syntax.claims())
        yield from (_expression(part, syntax, depth) for part in rest)


def _looks(names: list[frozenset[str]], items: ast.expr, syntax: Syntax, *, whole: bool) -> Iterator[ast.expr]:
    """Ask whether *items* has one of each of *names*; unless *whole*, one of any."""
    if not whole:
        yield syntax.any_in(frozenset[str]().union(*names), items)
        return
    single = frozenset[str]().union(*(only for only in names if len(only) == 1))
    if single:
        yield syntax.within(syntax.value(single), items)
    yield from (syntax.any_in(several, items) for several in names if len(several) > 1)

"""Role names with `&`, `|`, `!` and brackets, as a route says them in a file; never Python."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cogauth.errors import ConfigurationError
from cogauth.rules import AUTHENTICATED, PUBLIC, All, Any, Not, Role, Rule

RESERVED: Mapping[str, Rule] = {"public": PUBLIC, "authenticated": AUTHENTICATED}

ROLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*", re.ASCII)
_TOKEN = re.compile(r"\s*(?:([A-Za-z_][A-Za-z0-9_.-]*)|([&|!()]))", re.ASCII)
_MAX_LENGTH = 2_000
_MAX_DEPTH = 50


def parse_expression(text: str) -> Rule:
    """
    Read *text*; `!` binds closer than `&`, `&` closer than `|`.

    Negations are not checked here: whether a role may stand under `!` is known when the roles are.

    Raises:
        ConfigurationError: it is not an expression.
    """
    reader = _Reader(text)
    rule = reader.either(0)
    if reader.ahead is not None:
        raise reader.complaint()
    return rule


def written_rule(spelled: Rule | str) -> Rule:
    """
    Give the rule that somebody wrote as one, or as an expression.

    Raises:
        ConfigurationError: it is not an expression.
    """
    return parse_expression(spelled) if isinstance(spelled, str) else spelled


class _Reader:
    def __init__(self, text: str) -> None:
        if not isinstance(text, str) or len(text) > _MAX_LENGTH:
            raise ConfigurationError("allow: must be an expression of role names")
        self._text = text
        self._end = 0
        self.ahead: str | None = None
        self._step()

    def complaint(self) -> ConfigurationError:
        found = f"{self.ahead!r} stands where it cannot" if self.ahead is not None else "it ends too early"
        return ConfigurationError(
            f"expression {self._text!r}: {found}; write role names with & | ! and brackets: admin | (editor & !frozen)"
        )

    def _step(self) -> None:
        match = _TOKEN.match(self._text, self._end)
        if match is not None:
            self._end = match.end()
            self.ahead = match[1] or match[2]
        elif self._text[self._end :].strip():
            self.ahead = self._text[self._end :].strip()[0]
            raise self.complaint()
        else:
            self.ahead = None

    def either(self, depth: int) -> Rule:
        rules = [self._both(depth)]
        while self.ahead == "|":
            self._step()
            rules.append(self._both(depth))
        return Any(*rules) if len(rules) > 1 else rules[0]

    def _both(self, depth: int) -> Rule:
        rules = [self._one(depth)]
        while self.ahead == "&":
            self._step()
            rules.append(self._one(depth))
        return All(*rules) if len(rules) > 1 else rules[0]

    def _one(self, depth: int) -> Rule:
        if depth > _MAX_DEPTH:
            raise ConfigurationError(f"expression {self._text[:40]!r}...: nested too deep")
        token = self.ahead
        if token == "!":
            self._step()
            return Not(self._one(depth + 1))
        if token == "(":
            self._step()
            rule = self.either(depth + 1)
            if self.ahead != ")":
                raise self.complaint()
            self._step()
            return rule
        if token is None or token in "&|)":
            raise self.complaint()
        self._step()
        return RESERVED[token] if token in RESERVED else Role(token)

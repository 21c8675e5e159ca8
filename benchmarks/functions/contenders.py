"""Contenders: functions that can be started again and again, and the one event that all of them know."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from benchmarks.functions.bundles import Bundle
from benchmarks.functions.runtime import Answer, Function
from benchmarks.harness import Contender, prove
from benchmarks.tokens import Sample
from devtools import iam_matcher

FLOOR: Final = "empty handler"
NODE_FLOOR: Final = "empty handler, Node.js"
PINNED: Final = "cogauth, keys on board"
PINNED_SOURCES: Final = "cogauth, keys on board, no byte code"
FETCHED: Final = "cogauth, keys fetched"
FETCHED_SOURCES: Final = "cogauth, keys fetched, no byte code"
BLUEPRINT: Final = "PyJWT + requests"
BLUEPRINT_COMPILED: Final = "PyJWT + requests, byte code on board"
BLUEPRINT_PINNED: Final = "PyJWT, keys on board"
PYJWT_CLIENT: Final = "PyJWT + PyJWKClient"
POWERTOOLS: Final = "Powertools auth_alpha"
POWERTOOLS_PINNED: Final = "Powertools auth_alpha, keys on board"
NODE: Final = "aws-jwt-verify"
NODE_PINNED: Final = "aws-jwt-verify, keys on board"

NAMES: Final = (
    *(FLOOR, PINNED, PINNED_SOURCES, FETCHED, FETCHED_SOURCES, BLUEPRINT, BLUEPRINT_COMPILED, BLUEPRINT_PINNED),
    *(PYJWT_CLIENT, POWERTOOLS, POWERTOOLS_PINNED, NODE_FLOOR, NODE, NODE_PINNED),
)

ARN: Final = "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod/GET/orders/17"


def event(token: str) -> bytes:
    """Write a REST API's event for a TOKEN authorizer (AWS: "Input to an API Gateway Lambda authorizer")."""
    return json.dumps({"type": "TOKEN", "authorizationToken": f"Bearer {token}", "methodArn": ARN}).encode()


def allows(answer: Answer) -> bool:
    """Tell whether *answer* lets the request of `event` through."""
    return not answer.failed and iam_matcher.allows(answer.value["policyDocument"], ARN)


@dataclass(frozen=True)
class Kind:
    """
    A function that can be started again and again.

    Args:
        name: what it is called in tables, pictures and ratios.
        command: what starts it, in the folder of *bundle*.
        bundle: what of it is deployed.
        env: all of its environment.
        sample: the tokens that it knows.
        note: its version, and how it was set up.
        looks: whether it claims to look at tokens.
    """

    name: str
    command: Sequence[str]
    bundle: Bundle
    env: Mapping[str, str]
    sample: Sample
    note: str = ""
    looks: bool = True
    gaps: list[str] = field(default_factory=list[str])
    """What it accepts though it should not; known when it has been proven."""

    def start(self) -> Function:
        """Start a process of its own."""
        return Function(self.command, self.bundle.folder, self.env)

    def prove(self) -> None:
        """
        Have it accept all good tokens, and note which of the bad ones it accepts too.

        Raises:
            ValueError: it refuses what is good.
        """
        with self.start() as function:

            def call(token: str) -> None:
                if not allows(function.invoke(event(token))):
                    raise PermissionError

            contender = Contender(self.name, call, self.sample.good)
            prove(contender, self.sample.good, self.sample.bad if self.looks else {})
        self.gaps[:] = contender.gaps

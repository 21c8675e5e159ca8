"""What the tests of observers share: an authorizer whose requests are decided one like the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest

from cogauth import Authorizer, Claim, Group, Policy, Route
from cogauth.events import Observe
from tests.support.authorizers import blocking

POLICY = Policy(
    roles={"editor": Group("editors")},
    routes=[
        Route("GET /orders/{id}", "editor", deny=Claim("custom:status", equals="suspended", default="")),
        Route("PUT /orders/{id}", Group("admins")),
        Route("GET /healthz", "public"),
        Route("GET /orders/{id}", Group("admins"), mode="shadow"),
    ],
)

MakeObserved: TypeAlias = Callable[[Observe], Authorizer]


@pytest.fixture
def observed() -> MakeObserved:
    """How an authorizer is made that an observer is told of."""
    return lambda observe: blocking(POLICY, observe=observe)

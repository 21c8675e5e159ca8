"""Where an invocation begins and ends: what an observer writes must be written before the function is frozen."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from cogauth import Authorizer
from cogauth.events import Event
from cogauth_lambda.answers import Answer


class Invocation(NamedTuple):
    """One call of the handler. The event is not in it: it holds the token."""

    context: Any
    """What Lambda tells a handler of its invocation."""
    cold: bool
    """Whether somebody waited for this container to start."""
    authorizer: Authorizer
    """Who decides; its verifier knows how old the keys are."""


class InvocationObserver(Protocol):
    """An observer that is told of invocations, too."""

    def begin(self, invocation: Invocation, /) -> None:
        """Take note that *invocation* begins."""
        ...

    def __call__(self, event: Event, /) -> None:
        """Take note of a decision or a fetch of keys."""
        ...

    def end(self) -> None:
        """Write what is to be written: the invocation ends, with an answer or with an exception."""
        ...


def watched(
    handler: Callable[[Any, Any], Answer],
    authorizer: Authorizer,
    *observers: InvocationObserver,
    environ: Mapping[str, str] = os.environ,
) -> Callable[[Any, Any], Answer]:
    """
    Make a handler that answers as *handler* does and tells *observers* of each invocation, the refused ones included.

    What an observer raises changes no answer.

    Args:
        handler: such as `lambda_authorizer` makes.
        authorizer: the one that decides there.
        observers: those that it was given as `observe`.
        environ: of the function; says whether containers are started ahead of traffic.
    """
    starts = _starts(environ)

    def watched_handler(event: Any, context: Any) -> Answer:
        invocation = Invocation(context, next(starts), authorizer)
        for observer in observers:
            with contextlib.suppress(Exception):
                observer.begin(invocation)
        try:
            return handler(event, context)
        finally:
            for observer in observers:
                with contextlib.suppress(Exception):
                    observer.end()

    return watched_handler


def _starts(environ: Mapping[str, str]) -> Iterator[bool]:
    """Tell of each invocation whether it is a cold start."""
    # With provisioned concurrency nobody waited (AWS: "Defined runtime environment variables").
    yield environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") != "provisioned-concurrency"
    while True:
        yield False

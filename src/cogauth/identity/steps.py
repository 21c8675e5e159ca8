"""Steps: what the flow of an exchange asks of whoever drives it, and the two drivers, which differ by `await`."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import Future
from typing import Any, NamedTuple, TypeAlias, TypeVar

from cogauth.transport import AsyncPost, Post, Reply

T = TypeVar("T")


class Call(NamedTuple):
    """Send this to AWS."""

    url: str
    headers: dict[str, str]
    body: bytes

    def __repr__(self) -> str:
        return "<Call>"


class Pause(NamedTuple):
    """Let this time pass."""

    seconds: float


class Join(NamedTuple):
    """Wait until this has been done by somebody else, and not longer than so many seconds."""

    flight: Future[Any]
    seconds: float


Step: TypeAlias = Call | Pause | Join

Flow: TypeAlias = Generator[Step, Reply | Exception | None, T]
"""Yields steps, and is sent what a call has brought: the reply, or what was raised."""


def run(flow: Flow[T], post: Post, sleep: Callable[[float], object]) -> T:
    """Take the steps of *flow* one after the other, blocking, and give what it comes to."""
    brought: Reply | Exception | None = None
    with contextlib.closing(flow):  # whatever ends this, those who wait for the flow are told
        while True:
            try:
                step = flow.send(brought)
            except StopIteration as end:
                result: T = end.value
                return result
            brought = None
            if isinstance(step, Call):
                try:
                    brought = post(*step)
                except Exception as error:  # noqa: BLE001  it may be anybody's code; the flow says what it means
                    brought = error
            elif isinstance(step, Pause):
                sleep(step.seconds)
            else:
                with contextlib.suppress(TimeoutError):
                    step.flight.result(step.seconds)


async def arun(flow: Flow[T], post: AsyncPost, sleep: Callable[[float], Awaitable[object]]) -> T:
    """Take the steps of *flow* one after the other, awaiting each, and give what it comes to."""
    import asyncio  # whoever awaits has it already, and nobody else needs it

    brought: Reply | Exception | None = None
    with contextlib.closing(flow):
        while True:
            try:
                step = flow.send(brought)
            except StopIteration as end:
                result: T = end.value
                return result
            brought = None
            if isinstance(step, Call):
                try:
                    brought = await post(*step)
                except Exception as error:  # noqa: BLE001  see run
                    brought = error
            elif isinstance(step, Pause):
                await sleep(step.seconds)
            else:
                # A flight is of whoever began it: that this waiter goes away does not end it.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(step.seconds):
                        await asyncio.wrap_future(step.flight)

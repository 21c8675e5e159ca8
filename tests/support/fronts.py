"""Both verifiers behind one face, so that one test speaks of both."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeAlias, TypeVar

from cogauth import AsyncVerifier, Principal, UserPool, Verifier
from tests.support.sources import PATIENCE, Source

T = TypeVar("T")


class Front(Protocol):
    """A verifier, and what a test does with one."""

    @property
    def verifier(self) -> Verifier | AsyncVerifier: ...

    def verify(self, token: str) -> Principal:
        """Verify a token."""
        ...

    def warm(self) -> None:
        """Fetch all keys."""
        ...

    def settle(self) -> None:
        """Wait for every fetch that is under way."""
        ...

    def close(self) -> None:
        """End what was begun."""
        ...


class Blocking:
    """A Verifier."""

    def __init__(self, *pools: UserPool, source: Source, **options: Any) -> None:
        self.verifier = Verifier(*pools, fetch=source.fetch, **options)

    def verify(self, token: str) -> Principal:
        return self.verifier.verify(token)

    def warm(self) -> None:
        self.verifier.warm()

    def settle(self) -> None:
        for thread in threading.enumerate():
            if thread.name == "cogauth-keys":
                thread.join(PATIENCE)
                assert not thread.is_alive()

    def close(self) -> None:
        self.settle()


class Awaiting:
    """An AsyncVerifier, and one event loop for all that is asked of it."""

    def __init__(self, *pools: UserPool, source: Source, **options: Any) -> None:
        self.verifier = AsyncVerifier(*pools, fetch=source.afetch, **options)
        self._runner = asyncio.Runner()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do *work* in this one's event loop."""
        return self._runner.run(work)

    def verify(self, token: str) -> Principal:
        return self._runner.run(self.verifier.verify(token))

    def warm(self) -> None:
        self._runner.run(self.verifier.warm())

    def settle(self) -> None:
        async def others() -> None:
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))

        self._runner.run(others())

    def close(self) -> None:
        self._runner.close()


MakeFront: TypeAlias = Callable[..., Front]

"""Where keys come from in tests: it gives what it is told to, counts, and answers when it is let."""

from __future__ import annotations

import asyncio
import threading

PATIENCE = 10.0
"""Seconds after which a test that waits for another thread gives up: never reached when all is well."""


class Source:
    """
    A fetch that gives *answer*, or raises it: `fetch` for callers who block, `afetch` for those who await.

    While `gate` is closed, nobody gets an answer; `asked` is set when somebody has come for one.
    """

    def __init__(self, answer: bytes | BaseException) -> None:
        self.answer = answer
        self.urls: list[str] = []
        self.asked = threading.Event()
        self.gate = threading.Event()
        self.gate.set()

    @property
    def count(self) -> int:
        """How often it was asked."""
        return len(self.urls)

    def fetch(self, url: str) -> bytes:
        self.urls.append(url)
        self.asked.set()
        assert self.gate.wait(PATIENCE), "nobody opened the gate"
        return self._give()

    async def afetch(self, url: str) -> bytes:
        self.urls.append(url)
        self.asked.set()
        async with asyncio.timeout(PATIENCE):
            while not self.gate.is_set():  # noqa: ASYNC110  the gate serves threads too, and must know no loop
                await asyncio.sleep(0)
        return self._give()

    def _give(self) -> bytes:
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

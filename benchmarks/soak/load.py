"""The load: connections that ask one question after the other, as a proxy does, and check each answer."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Final

from benchmarks.soak.stage import Service
from benchmarks.soak.truth import NO_GROUP, NO_ROUTE, OK, Ask, Score
from devtools.processes import LOOPBACK

_SUBJECT: Final = "x-auth-subject"
PATIENCE: Final = 30.0
"""Seconds for an answer, before it is one that never came."""


class Connection:
    """A connection to a service, opened again when that has closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, ask: Ask) -> tuple[str, str]:
        """
        Give status and reason, and whom the answer names.

        Raises:
            OSError, EOFError: the connection was refused or cut off.
            TimeoutError: there is no answer.
        """
        async with asyncio.timeout(PATIENCE):
            # One that has waited may have been closed meanwhile: that is seen before anything is sent.
            if self._reader is None or self._writer is None or self._reader.at_eof():
                self.close()
                self._reader, self._writer = await asyncio.open_connection(LOOPBACK, self._port)
            self._writer.write(_request(ask))
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
            body = await self._reader.readexactly(int(fields["content-length"]))
        status = head[0].split()[1]
        return (status if status == OK else f"{status} {json.loads(body)['reason']}"), fields.get(_SUBJECT, "")

    def close(self) -> None:
        """Close it, if it is open."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


async def ask_on(service: Service, next_ask: Callable[[], Ask], score: Score, pause: float) -> None:
    """Ask over one connection for ever, every *pause* seconds at most; check each answer."""
    connection, begin = Connection(service.port), time.monotonic()
    try:
        while True:
            ask, sent, unsettled = next_ask(), time.monotonic(), service.unsettled
            right = service.truth.right(ask, sent)
            try:
                answer, subject = await connection.ask(ask)
            except (OSError, EOFError, TimeoutError) as error:
                connection.close()
                if unsettled or service.unsettled:
                    answers = score.answers.setdefault(ask.kind, {})
                    answers["cut off in a restart"] = answers.get("cut off in a restart", 0) + 1
                else:
                    score.fault(f"{sent - begin:.1f} s: {service.name}, {ask.kind}: {type(error).__name__}")
                await asyncio.sleep(0.1)
                continue
            now = time.monotonic()
            if service.workers == 1 and ask.key is not None and answer in (OK, NO_GROUP, NO_ROUTE):
                service.truth.known.add(ask.key)  # from now on
            score.note(ask, answer, subject, right | service.truth.right(ask, now), now - begin)
            await asyncio.sleep(max(0.0, sent + pause - now))
    finally:
        connection.close()


def _request(ask: Ask) -> bytes:
    named = f"X-Forwarded-Method: GET\r\nX-Forwarded-Uri: {ask.path}\r\nX-Forwarded-Host: api.example.com\r\n"
    credentials = "" if ask.token is None else f"Authorization: Bearer {ask.token}\r\n"
    return f"GET /verify HTTP/1.1\r\nHost: cogauth\r\n{named}{credentials}\r\n".encode("latin-1")

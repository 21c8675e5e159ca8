"""What operators ask forward auth: is it alive, has it usable keys, what does it count."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

from cogauth import Answer, AsyncAuthorizer, KeysUnavailable

_log = logging.getLogger(__name__)


class Health:
    """
    The pages `/healthz`, `/readyz` and `/metrics`, and the keys that make it ready.

    Args:
        authorizer: whose keys and policy it tells of.
        metrics: gives what Prometheus scrapes, in its text format 0.0.4; without it there is no such page.
    """

    def __init__(self, authorizer: AsyncAuthorizer, metrics: Callable[[], bytes] | None) -> None:
        self._authorizer = authorizer
        self._metrics = metrics
        self._warming: asyncio.Task[None] | None = None

    def page(self, path: bytes) -> Answer | None:
        """Give what is on the page *path*, or None where there is no such page."""
        if path == b"/healthz":
            return _json(200, {"alive": True})
        if path == b"/readyz":
            return self._readiness()
        if path == b"/metrics" and self._metrics is not None:
            return _answer(200, "text/plain; version=0.0.4; charset=utf-8", self._metrics())
        return None

    def warm(self) -> None:
        """Begin to fetch the keys that are not at hand, unless that is under way."""
        if self._warming is None or self._warming.done():
            self._warming = asyncio.create_task(self._warm())

    async def close(self) -> None:
        """Fetch no more."""
        if self._warming is not None:
            self._warming.cancel()
            await asyncio.gather(self._warming, return_exceptions=True)

    async def _warm(self) -> None:
        try:
            await self._authorizer.verifier.warm()
        except KeysUnavailable as error:
            _log.warning("not ready: %s (%s)", error, error.reason)

    def _readiness(self) -> Answer:
        """An issuer is ready when one of its issuer strings has usable keys: of its two a user pool uses but one."""
        health = self._authorizer.verifier.health()
        lacking = {keys.name for keys in health} - {keys.name for keys in health if keys.keys}
        if lacking:
            # Where nobody is sent until it is ready, nobody would come whose token made it fetch keys.
            self.warm()
        told = {
            "ready": not lacking,
            "policy": self._authorizer.policy.fingerprint,
            "issuers": len({keys.name for keys in health}),
            "without_keys": sorted(lacking),
        }
        return _json(503 if lacking else 200, told)


def _json(status: int, told: dict[str, Any]) -> Answer:
    return _answer(status, "application/json", json.dumps(told).encode())


def _answer(status: int, kind: str, body: bytes) -> Answer:
    headers = (("Content-Type", kind), ("Cache-Control", "no-store"), ("Content-Length", str(len(body))))
    return Answer(status, headers, body)

"""A worker: one process that decides."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, Final

import uvicorn

from cogauth import AsyncAuthorizer, ConfigurationError, KeysUnavailable
from cogauth_asgi.serve.connection import IDLE_SECONDS, BoundedProtocol
from cogauth_asgi.serve.figures import Figures
from cogauth_asgi.serve.journal import LOGGER, behind_a_queue, say
from cogauth_asgi.serve.listening import BACKLOG
from cogauth_asgi.serve.settings import Settings

SIGNALS: Final = frozenset({signal.SIGHUP, signal.SIGINT, signal.SIGTERM})
"""What a service is told by: to read its file again, and to stop."""

WARMING_SECONDS: Final = 10.0
"""How long the first request may wait for keys of all issuers; what is late is fetched while requests are decided."""


class Worker:
    """
    Serves HTTP on *listener* and gRPC at *grpc_address*, and does what signals say; they are blocked until it does.

    Args:
        settings: how.
        authorizer: who decides.
        app: what asks it.
        listener: closed when the service stops.
        grpc_address: None serves none.
        figures: what is counted.
        lifeline: of a pipe whose other end is the supervisor's; this ends when that does.
        begun: called when requests are accepted.
    """

    def __init__(
        self,
        settings: Settings,
        authorizer: AsyncAuthorizer,
        app: Any,
        listener: socket.socket,
        grpc_address: str | None,
        figures: Figures,
        *,
        lifeline: int | None = None,
        begun: Callable[[], None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._authorizer = authorizer
        self._app = app
        self._listener = listener
        self._grpc_address = grpc_address
        self._figures = figures
        self._lifeline = lifeline
        self._on_begun = begun

    def run(self) -> int:
        """Serve until told to stop; give the exit code."""
        with behind_a_queue(self._settings), asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(self._run())

    async def _run(self) -> int:
        self._stop, self._reread = asyncio.Event(), asyncio.Event()
        self._listen_to_signals()
        await _either(self._warm(WARMING_SECONDS), self._stop.wait())
        if self._stop.is_set():
            return 0
        server = _Server(self._config(), self._begun)
        end_grpc = await self._begin_grpc()
        ending = asyncio.create_task(self._end(server, end_grpc))
        reloading = asyncio.create_task(self._reload_when_told())
        try:
            await server.serve(sockets=[self._listener])
        finally:
            reloading.cancel()
            self._stop.set()
            await ending
        say(logging.INFO, "stopped", "stopped")
        return 0

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, self._reread.set)
        if self._lifeline is not None:
            loop.add_reader(self._lifeline, self._orphaned)
        # What was sent since this process began is told now.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    def _orphaned(self) -> None:
        if self._lifeline is not None:
            asyncio.get_running_loop().remove_reader(self._lifeline)
        self._stop.set()

    def _config(self) -> uvicorn.Config:
        return uvicorn.Config(
            self._app,
            http=BoundedProtocol,
            ws="none",
            lifespan="off",  # keys are at hand when this begins
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=BACKLOG,
            limit_concurrency=self._settings.max_connections + 1,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=round(self._settings.stop_seconds),
        )

    def _begun(self) -> None:
        say(logging.INFO, "ready", f"decides by policy {self._fingerprint}", policy=self._fingerprint)
        self._on_begun()

    @property
    def _fingerprint(self) -> str:
        return self._authorizer.policy.fingerprint

    async def _begin_grpc(self) -> Callable[[], Awaitable[None]]:
        if self._grpc_address is None:
            return _nothing
        from cogauth_asgi.ext_authz import ext_authz_server  # of an extra that is not everybody's

        server = ext_authz_server(
            self._authorizer, self._grpc_address, max_calls=self._settings.max_connections, share_port=True
        )
        await server.start()
        return lambda: server.stop(self._settings.stop_seconds)

    async def _end(self, server: uvicorn.Server, end_grpc: Callable[[], Awaitable[None]]) -> None:
        await self._stop.wait()
        server.should_exit = True
        await end_grpc()

    async def _warm(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._authorizer.verifier.warm()
        except (KeysUnavailable, TimeoutError):
            # Whoever asks whether this is ready makes it try again, and so does a token of that issuer.
            say(logging.ERROR, "keys_unavailable", "an issuer's keys cannot be had: not ready until they can")

    async def _reload_when_told(self) -> None:
        while True:
            await self._reread.wait()
            self._reread.clear()
            well = await reread(self._authorizer)
            self._figures.reloaded(well=well)
            if well:
                await self._warm(WARMING_SECONDS)


async def reread(authorizer: AsyncAuthorizer) -> bool:
    """Have *authorizer* read its file again, and say what came of it; a file with mistakes changes nothing."""
    try:
        await authorizer.reload()
    except ConfigurationError as error:
        for problem in error.problems:
            say(logging.ERROR, "mistake", problem)
        fingerprint = authorizer.policy.fingerprint
        say(logging.ERROR, "reload", f"not read again: policy {fingerprint} stays in force", policy=fingerprint)
    except Exception:  # noqa: BLE001  a bug ends neither the service nor the wait for the next signal
        LOGGER.exception("the configuration cannot be read: nothing has changed", extra={"cogauth_event": "reload"})
    else:
        fingerprint = authorizer.policy.fingerprint
        say(logging.INFO, "reload", f"read again: decides by policy {fingerprint}", policy=fingerprint)
        return True
    return False


class _Server(uvicorn.Server):
    """uvicorn's server, which leaves signals to whoever runs it."""

    def __init__(self, config: uvicorn.Config, begun: Callable[[], None]) -> None:
        super().__init__(config)
        self._begun = begun

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._begun()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


async def _nothing() -> None:
    """End what was not begun."""


async def _either(*awaitables: Coroutine[Any, Any, object]) -> None:
    """Wait for whichever is over first, and end the others."""
    tasks = [asyncio.create_task(each) for each in awaitables]
    _, rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in rest:
        task.cancel()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop  # where there is one for this Python
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop

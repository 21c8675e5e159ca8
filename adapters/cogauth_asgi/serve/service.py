"""The service: what is made once, in the order in which it may fail, before a process or several begin to serve."""

from __future__ import annotations

import contextlib
import logging
import signal
import socket
from collections.abc import Callable

from cogauth import AsyncAuthorizer
from cogauth.observers import LogObserver, several
from cogauth_asgi.forward_auth import forward_auth_app
from cogauth_asgi.serve import journal
from cogauth_asgi.serve.figures import figures
from cogauth_asgi.serve.listening import address_of, listening, reserved
from cogauth_asgi.serve.settings import Settings
from cogauth_asgi.serve.supervisor import Supervisor
from cogauth_asgi.serve.worker import SIGNALS, Worker


def serve(settings: Settings) -> int:
    """
    Serve until SIGTERM or SIGINT; read the configuration again at SIGHUP.

    Returns:
        The exit code: 0 when stopped, 1 if a worker could not begin, or did not stop in time.

    Raises:
        ConfigurationError: the file cannot be read, or all of its mistakes at once; nothing was opened then.
        ListenError: an address cannot be listened on.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(journal.on_standard_error(settings))
        counted = stack.enter_context(figures(settings.workers))
        observe = several(LogObserver(), counted.observer)
        authorizer = AsyncAuthorizer.from_file(settings.file, observe=observe, cache_size=settings.cache_size)
        app = forward_auth_app(authorizer, settings.behind, metrics=counted.exposition)
        listener = stack.enter_context(listening(settings))
        grpc_address = None
        if settings.grpc_port is not None:
            grpc_address = stack.enter_context(reserved(settings.host, settings.grpc_port))
        # From here on a signal waits until somebody can heed it.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        _announce(listener, grpc_address)

        def work(lifeline: int | None = None, begun: Callable[[], None] = lambda: None) -> int:
            worker = Worker(settings, authorizer, app, listener, grpc_address, counted, lifeline=lifeline, begun=begun)
            return worker.run()

        if settings.workers == 1:
            return work()
        return Supervisor(
            work,
            workers=settings.workers,
            authorizer=authorizer,
            figures=counted,
            stop_seconds=settings.stop_seconds,
            stopping=listener.close,
        ).run()


def _announce(listener: socket.socket, grpc_address: str | None) -> None:
    address = address_of(listener)
    journal.say(logging.INFO, "listening", f"listens on {address}", address=address)
    if grpc_address is not None:
        journal.say(logging.INFO, "listening", f"listens on {grpc_address} for gRPC", grpc=grpc_address)

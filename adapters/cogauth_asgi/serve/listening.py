"""Listening: the sockets, opened once and shared by all workers."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
from collections.abc import Generator
from pathlib import Path
from typing import Final

from cogauth_asgi.serve.settings import Settings

BACKLOG: Final = 2048
"""Connections that may wait to be accepted."""

_UNIX_MODE: Final = 0o660


class ListenError(Exception):
    """An address cannot be listened on: it is another's, or none of this machine."""


@contextlib.contextmanager
def listening(settings: Settings) -> Generator[socket.socket]:
    """
    Listen for as long as the block lasts, unless somebody closes the socket before.

    Raises:
        ListenError: there is no way to.
    """
    with contextlib.ExitStack() as stack:
        with _told(str(settings.unix or f"{settings.host}:{settings.port}")):
            if settings.unix is not None:
                found = stack.enter_context(_unix(settings.unix))
            else:
                found = stack.enter_context(_bound(settings.host, settings.port, socket.SO_REUSEADDR))
            found.listen(BACKLOG)
        yield found


@contextlib.contextmanager
def reserved(host: str, port: int) -> Generator[str]:
    """
    Keep a port for gRPC, which opens sockets of its own in each worker; give the address, such as `127.0.0.1:9181`.

    The socket that keeps it never listens, so that the system gives it no connection.

    Raises:
        ListenError: there is no way to.
    """
    with contextlib.ExitStack() as stack:
        with _told(f"{host}:{port}"):
            # Who listens there already, and would share it, is not shared with.
            _bound(host, port, socket.SO_REUSEADDR).close()
            keeper = stack.enter_context(_bound(host, port, socket.SO_REUSEPORT))
        yield address_of(keeper)


def address_of(bound: socket.socket) -> str:
    """Write down where a socket listens: host and port, or `unix:` and the path."""
    name = bound.getsockname()
    if bound.family == socket.AF_UNIX:
        return f"unix:{name}"
    host, port = name[:2]
    return f"[{host}]:{port}" if bound.family == socket.AF_INET6 else f"{host}:{port}"


@contextlib.contextmanager
def _told(address: str) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise ListenError(f"{address}: {error.strerror or 'no address'}") from None


def _bound(host: str, port: int, option: int) -> socket.socket:
    """Bind a socket; by *option* a port can be had again that has just been used, or is shared among workers."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, option, 1)
        found.bind(address)
    except OSError:
        found.close()
        raise
    return found


@contextlib.contextmanager
def _unix(path: Path) -> Generator[socket.socket]:
    _clear(path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as found:
        # Who may connect is believed to be the proxy: never everybody, not even for a moment.
        before = os.umask(0o777 ^ _UNIX_MODE)
        try:
            found.bind(str(path))
        finally:
            os.umask(before)
        try:
            yield found
        finally:
            path.unlink(missing_ok=True)


def _clear(path: Path) -> None:
    """Remove a socket that a service has left which was killed, and nothing else."""
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise OSError(errno.EEXIST, "is there, and is no socket")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
        else:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))

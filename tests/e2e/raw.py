"""Requests byte by byte, such as no client would send, and what comes back."""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

PATIENCE = 10.0


class Reply(NamedTuple):
    """Status, headers by their names in small letters, and body; status 0 if the server hung up without a word."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def request(method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes = b"") -> bytes:
    """Write a request as it is, but for a Host and an end of the connection where it has none."""
    names = {name.lower() for name, _ in headers}
    lines = [f"{method} {target} HTTP/1.1"]
    lines += ["Host: localhost"] if "host" not in names else []
    lines += ["Connection: close"] if "connection" not in names else []
    lines += [f"Content-Length: {len(body)}"] if body else []
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def ask(url: str, content: bytes) -> Reply:
    """Send *content* to the server at *url*, and read until it closes the connection or has said all."""
    parts = urlsplit(url)
    received = b""
    with socket.create_connection((parts.hostname or "", parts.port or 80), PATIENCE) as connection:
        # A server may answer, and hang up, before it has read all.
        with contextlib.suppress(ConnectionError):
            connection.sendall(content)
        with contextlib.suppress(ConnectionError):
            while not _whole(received) and (piece := connection.recv(65_536)):
                received += piece
    return _reply(received)


def _whole(received: bytes) -> bool:
    """Is this an answer with its body? Not every server closes when it is asked to among other things."""
    head, end, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return bool(end) and length is not None and len(body) >= int(length[1])


def _reply(received: bytes) -> Reply:
    head, _, body = received.partition(b"\r\n\r\n")
    start, *lines = head.decode("latin-1").split("\r\n")
    if not start:
        return Reply(0, {}, b"")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if headers.get("transfer-encoding") == "chunked":
        body = _joined(body)
    return Reply(int(start.split(" ")[1]), headers, body)


def _joined(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size or b"0", 16)
        whole, body = whole + body[:length], body[length + 2 :]
        if not length:
            break
    return whole

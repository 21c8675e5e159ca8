"""Loopback: mistakes of ours are seen, and every thread has ended."""

from __future__ import annotations

import threading

import httpx
import pytest

from cogauth.testing.loopback import serve


def test_a_mistake_of_ours_is_seen(capfd: pytest.CaptureFixture[str]) -> None:
    """A responder that raises leaves its traceback, and the server goes on."""

    def respond(_: str, path: str) -> dict[str, object]:
        if path == "/bad":
            raise LookupError("a mistake of ours")
        return {"path": path}

    with serve(respond) as origin:
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(f"{origin}/bad")
        assert {"path": "/good"} == httpx.get(f"{origin}/good?query").json()
    assert "LookupError: a mistake of ours" in capfd.readouterr().err


def test_every_thread_has_ended() -> None:
    """Those of requests too, at the moment the context is left."""
    before = set(threading.enumerate())
    with serve(lambda origin, path: {"at": origin + path}) as origin:
        assert {"at": f"{origin}/x"} == httpx.get(f"{origin}/x").json()
        assert set(threading.enumerate()) > before
    assert before == set(threading.enumerate())

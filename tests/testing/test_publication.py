"""Publication: the documents over HTTP, read by clients that nobody here wrote."""

from __future__ import annotations

import contextlib
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt
import pytest

from cogauth.testing import LocalUserPool


def test_the_key_set_verifies_tokens(pool: LocalUserPool) -> None:
    """PyJWT's own client finds the key of both tokens where an issuer string would have led it."""
    tokens = pool.sign_in("ana")
    with pool.serve() as base_url:
        client = jwt.PyJWKClient(f"{base_url}/.well-known/jwks.json")
        for token in (tokens.access, tokens.id):
            key = client.get_signing_key_from_jwt(token)
            options: Any = {"verify_exp": False, "verify_aud": False}
            assert pool.issuer_url == jwt.decode(token, key, algorithms=["RS256"], options=options)["iss"]


def test_discovery_leads_to_the_key_set(pool: LocalUserPool) -> None:
    """The issuer is the one in the tokens, the keys are here."""
    with pool.serve() as base_url:
        configuration = httpx.get(f"{base_url}/.well-known/openid-configuration").json()
        assert pool.issuer_url == configuration["issuer"]
        assert ["RS256"] == configuration["id_token_signing_alg_values_supported"]
        assert pool.jwks == httpx.get(configuration["jwks_uri"]).json()


def test_the_base_url_is_on_the_loopback_interface(pool: LocalUserPool) -> None:
    """A plain string that ends with the pool's id."""
    with pool.serve() as base_url:
        assert type(base_url) is str
        url = urlsplit(base_url)
        assert ("http", "127.0.0.1", "/eu-west-1_AbCdEf123") == (url.scheme, url.hostname, url.path)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/.well-known/jwks.json", 200),
        ("/.well-known/jwks.json?x=1", 200),
        ("/.well-known/openid-configuration", 200),
        ("", 404),
        ("/.well-known/jwks.json/", 404),
        ("/other", 404),
    ],
)
def test_only_documents_are_served(pool: LocalUserPool, path: str, status: int) -> None:
    """All of them JSON, with a length."""
    with pool.serve() as base_url:
        response = httpx.get(base_url + path)
        assert status == response.status_code
        assert "application/json" == response.headers["Content-Type"]
        assert int(response.headers["Content-Length"]) == len(response.content)


def test_another_pools_keys_are_not_here(pool: LocalUserPool) -> None:
    """The path is the pool's id; without it there is nothing."""
    with pool.serve() as base_url:
        origin = base_url.removesuffix("/eu-west-1_AbCdEf123")
        for path in ("/.well-known/jwks.json", "/eu-west-1_Other/.well-known/jwks.json"):
            assert 404 == httpx.get(origin + path).status_code


def test_the_document_follows_the_pool() -> None:
    """A rotation is seen by the next request."""
    pool = LocalUserPool("eu-west-1_AbCdEf123", clients={"c1"})
    with pool.serve() as base_url:
        url = f"{base_url}/.well-known/jwks.json"
        before = httpx.get(url).json()["keys"]
        pool.rotate()
        after = httpx.get(url).json()["keys"]
        assert (before, 4) == (after[:2], len(after))
        pool.withdraw_key("access")
        assert 3 == len(httpx.get(url).json()["keys"])


def test_requests_are_counted(pool: LocalUserPool) -> None:
    """Each one, from many threads at once, failed ones too; never set back."""
    before = pool.requests
    with pool.serve() as base_url:
        assert before == pool.requests
        urls = [f"{base_url}/.well-known/jwks.json"] * 40
        with ThreadPoolExecutor(20) as threads:
            statuses = [response.status_code for response in threads.map(httpx.get, urls)]
        assert [200] * 40 == statuses
        httpx.get(base_url)
        assert before + 41 == pool.requests
    assert before + 41 == pool.requests


def test_two_servers_of_one_pool(pool: LocalUserPool) -> None:
    """Each has a port of its own."""
    with pool.serve() as first, pool.serve() as second:
        assert first != second
        assert httpx.get(f"{first}/.well-known/jwks.json").json() == httpx.get(f"{second}/.well-known/jwks.json").json()


@pytest.mark.parametrize("failing", [False, True])
def test_the_port_is_closed_afterwards(pool: LocalUserPool, *, failing: bool) -> None:
    """However the context is left."""
    port = 0
    with contextlib.suppress(LookupError), pool.serve() as base_url:
        port = urlsplit(base_url).port or 0
        httpx.get(f"{base_url}/.well-known/jwks.json")
        if failing:
            raise LookupError("the test has failed")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_nothing_is_logged(pool: LocalUserPool, capfd: pytest.CaptureFixture[str]) -> None:
    """Neither answers, nor refusals, nor a client that hangs up without a word or in the middle."""
    with pool.serve() as base_url:
        url = urlsplit(base_url)
        assert url.port
        for request in (b"", b"GET ", b"nonsense\r\n\r\n", b"GET /x HTTP/1.1\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", url.port), timeout=5) as connection:
                # Closing with a reset instead of an end: what the server writes then meets a ConnectionError.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
                connection.sendall(request)
        httpx.get(f"{base_url}/.well-known/jwks.json")
        httpx.post(base_url)
    assert ("", "") == tuple(capfd.readouterr())


def test_the_document_is_json(pool: LocalUserPool) -> None:
    """As `json` reads it, byte for byte what the pool would pin."""
    with pool.serve() as base_url:
        assert pool.jwks == json.loads(httpx.get(f"{base_url}/.well-known/jwks.json").content)

"""What the pages on migration say of other libraries holds of the ones installed here: their code runs, too."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple, TypeAlias

import httpx
import jwt
import pytest

from cogauth import TokenError, Verifier
from cogauth.testing import LocalUserPool

PAGES = Path(__file__).resolve().parent.parent / "docs" / "migration"
CLIENT = "1h57kf5cpq17m0eml12EXAMPLE"
THEIRS = re.compile(r"^```python theirs\n(.*?)^```$", re.MULTILINE | re.DOTALL)
REFUSALS = re.compile(r"^\| token \| reason in cogauth \|\n\|---\|---\|\n((?:\|.*\n)+)", re.MULTILINE)

Answer: TypeAlias = Callable[[str], int]
"""What the code of the page says of a token, as a status of HTTP."""

ELSEWHERE = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Elsewhere"
FAR, SOON = 10 * 366 * 86_400, 7_200

MINTED: dict[str, Callable[[LocalUserPool, int], str]] = {
    "no `exp`": lambda pool, now: odd(pool, {"exp": None}),
    "no `iat`": lambda pool, now: odd(pool, {"iat": None}),
    "no `sub`": lambda pool, now: odd(pool, {"sub": None}),
    "no `token_use`": lambda pool, now: odd(pool, {"token_use": None}),
    "`exp` that is text": lambda pool, now: odd(pool, {"exp": str(now + SOON)}),
    "`exp` ten years ahead": lambda pool, now: odd(pool, {"exp": now + FAR}),
    "`iat` an hour ahead": lambda pool, now: odd(pool, {"iat": now + 3_600, "exp": now + SOON}),
    "`iss` of another pool": lambda pool, now: odd(pool, {"iss": ELSEWHERE}),
    "`scope` that is a number": lambda pool, now: odd(pool, {"scope": 5}),
    "`cognito:groups` that is text": lambda pool, now: odd(pool, {"cognito:groups": "former-editors"}),
    "bound to another API by `aud`": lambda pool, now: odd(pool, {"aud": "https://other.example.com"}),
    "used by somebody else in the user's place (`act`)": lambda pool, now: odd(pool, {"act": {"sub": "shop"}}),
    "bound to a key (`cnf`)": lambda pool, now: odd(pool, {"cnf": {"jkt": "0ZcOCORZNYy"}}),
    "a header that names its own key (`jku`)": lambda pool, now: odd(pool, {}, {"jku": "https://keys.example.com"}),
    "an extension marked critical that nobody knows (`crit`)": lambda pool, now: odd(pool, {}, {"crit": ["x"], "x": 1}),
    "a padding character added at its end": lambda pool, now: odd(pool, {}) + "=",
}


def odd(pool: LocalUserPool, claims: dict[str, object], header: dict[str, object] | None = None) -> str:
    """Mint a token of the page's client whose signature is good, whatever else it is."""
    return pool.mint({"scope": "orders/read", **claims}, header=header or {}, user="ana", client=CLIENT)


def page(name: str) -> str:
    return (PAGES / f"{name}.md").read_text()


def refusals(name: str) -> list[tuple[str, str]]:
    """Read the page's table of what the library accepts and cogauth does not."""
    (table,) = REFUSALS.findall(page(name))
    rows = (line.strip("| \n").split(" | ") for line in table.splitlines())
    return [(said, reason.strip("`")) for said, reason in rows]


CASES = [(path.stem, *row) for path in sorted(PAGES.glob("*.md")) for row in refusals(path.stem)]


class World(NamedTuple):
    """What stands in for AWS."""

    pool: LocalUserPool
    keys_url: str
    loop: asyncio.Runner


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    """One loop for all tests: fastapi-cognito keeps its keys for the loop that asked first."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def world(loop: asyncio.Runner) -> Iterator[World]:
    pool = LocalUserPool("eu-west-1_AbCdEf123", clients={CLIENT, "other"})
    pool.add_user("ana", groups=["editors"])
    with pool.serve() as base_url:
        yield World(pool, f"{base_url}/.well-known/jwks.json", loop)


def theirs(name: str) -> SimpleNamespace:
    """Run the page's code of the other library."""
    (text,) = THEIRS.findall(page(name))
    names: dict[str, Any] = {}
    exec(compile(text, f"{name}.md", "exec"), names)
    return SimpleNamespace(**names, names=names)


def accepting(claims_of: Callable[[str], object], refusal: type[Exception]) -> Answer:
    def answer(token: str) -> int:
        try:
            claims_of(token)
        except refusal:
            return 401
        return 200

    return answer


@contextmanager
def pyjwt(world: World) -> Generator[Answer]:
    code = theirs("pyjwt")
    code.names["keys"] = jwt.PyJWKClient(world.keys_url)
    yield accepting(code.claims_of, jwt.PyJWTError)


@contextmanager
def python_jose(world: World) -> Generator[Answer]:
    jose = pytest.importorskip("jose.jwt")
    code = theirs("python-jose")
    code.names["KEYS"] = world.pool.jwks
    yield accepting(code.claims_of, jose.JWTError)


@contextmanager
def fastapi_cognito(world: World) -> Generator[Answer]:
    # Its cache of keys belongs to the event loop that used it first: it is imported anew for this one.
    for name in [name for name in sys.modules if name.partition(".")[0] == "fastapi_cognito"]:
        del sys.modules[name]
    pytest.importorskip("fastapi_cognito")
    code = theirs("fastapi-cognito")
    code.cognito._userpool.jwks_url = world.keys_url
    # What is not handled is a 500, as a server makes it one.
    transport = httpx.ASGITransport(code.app, raise_app_exceptions=False)

    async def get(token: str) -> int:
        async with httpx.AsyncClient(transport=transport, base_url="https://api.example.com") as client:
            answer = await client.get("/orders/17", headers={"Authorization": f"Bearer {token}"})
        return answer.status_code

    yield lambda token: world.loop.run(get(token))


@contextmanager
def flask_cognito_lib(world: World, method: str = "GET", *, header: bool = False) -> Generator[Answer]:
    services = pytest.importorskip("flask_cognito_lib.services.token_svc")
    code = theirs("flask-cognito-lib")

    def token_service(cfg: object) -> object:
        service = services.TokenService(cfg)
        service.jwk = jwt.PyJWKClient(world.keys_url)
        return service

    code.auth.token_service_factory = token_service

    def answer(token: str) -> int:
        client = code.app.test_client()
        if not header:
            client.set_cookie("cognito_access_token", token)
        sent = {"Authorization": f"Bearer {token}"} if header else {}
        status: int = client.open("/orders/17", method=method, headers=sent).status_code
        return status

    yield answer


LIBRARIES = {
    "fastapi-cognito": fastapi_cognito,
    "flask-cognito-lib": flask_cognito_lib,
    "pyjwt": pyjwt,
    "python-jose": python_jose,
}


def test_pages() -> None:
    """Each page has a table, and each library a page."""
    assert sorted(LIBRARIES) == sorted({name for name, _, _ in CASES})


@pytest.mark.parametrize("name", LIBRARIES)
def test_their_code(name: str, world: World) -> None:
    """The page's code of the other library takes a good token, and refuses those that nobody should take."""
    pool, now = world.pool, int(time.time())
    forged = pool.mint({"scope": "orders/read"}, user="ana", client=CLIENT)[:-8] + "AAAAAAAA"
    bad = [
        forged,
        odd(pool, {"iat": now - SOON, "exp": now - 60}),
        pool.mint({"scope": "orders/read"}, user="ana", client="other"),
        pool.mint(token_use="id", user="ana", client=CLIENT),
    ]

    with LIBRARIES[name](world) as answer:
        assert 200 == answer(odd(pool, {}))
        assert [] == [token for token in bad if answer(token) == 200]


@pytest.mark.parametrize(("name", "said", "reason"), CASES, ids=str)
def test_refusals(name: str, said: str, reason: str, world: World) -> None:
    """What stands in the page's table is accepted there and refused here, for the reason that the page gives."""
    token = MINTED[said](world.pool, int(time.time()))

    with LIBRARIES[name](world) as answer:
        assert 200 == answer(token)
    with pytest.raises(TokenError) as refused:
        Verifier(world.pool.issuer(clients={CLIENT})).verify(token)
    assert reason == refused.value.reason


def test_fastapi_cognito_otherwise(tmp_path: Path, loop: asyncio.Runner) -> None:
    """Machines and ID tokens are its 500; it never looks for new keys."""
    pool = LocalUserPool("eu-west-1_AbCdEf123", clients={CLIENT})
    pool.add_user("ana")
    document = tmp_path / "jwks.json"
    document.write_text(json.dumps(pool.jwks))

    with fastapi_cognito(World(pool, str(document), loop)) as answer:
        assert 500 == answer(pool.machine_token(scopes=["orders/read"]))
        assert 500 == answer(pool.sign_in("ana").id)
        pool.rotate()
        document.write_text(json.dumps(pool.jwks))
        assert 401 == answer(odd(pool, {}))


def test_flask_cognito_lib_otherwise(world: World) -> None:
    """It fetches keys for each request, reads no header, and finds a group in a text that contains it."""
    before = world.pool.requests
    with flask_cognito_lib(world) as answer:
        assert [200, 200, 200] == [answer(odd(world.pool, {})) for _ in range(3)]
    assert before + 3 == world.pool.requests

    with flask_cognito_lib(world, header=True) as answer:
        assert 403 == answer(odd(world.pool, {}))
    with flask_cognito_lib(world, "PUT") as answer:
        assert 200 == answer(odd(world.pool, {"cognito:groups": "former-editors"}))
        assert 403 == answer(odd(world.pool, {"cognito:groups": ["former-editors"]}))

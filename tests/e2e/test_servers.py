"""The same scenarios over HTTP: Starlette under each ASGI server, Flask under waitress."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Final

import httpx
import pytest

from devtools.processes import ProcessFailedError, answers, free_port
from devtools.servers import ASGI_SERVERS, waitress
from tests.e2e.scenarios import SCENARIOS, Scenario, assert_challenge, every_scenario
from tests.e2e.world import World

pytestmark = pytest.mark.e2e

REPOSITORY = Path(__file__).resolve().parents[2]
ASGI: Final = "tests.e2e.apps.asgi_app:create"
SERVERS: Final = {
    **{name: (server, ASGI) for name, server in ASGI_SERVERS.items()},
    "waitress": (waitress, "tests.e2e.apps.flask_app:create"),
}

Clients = Mapping[tuple[str, str], httpx.Client]

every_server = pytest.mark.parametrize("server", SERVERS)


@pytest.fixture(scope="module")
def clients(settings: Mapping[str, dict[str, str]]) -> Generator[Clients]:
    """An HTTP client for each server and each kind of token accepted."""
    with contextlib.ExitStack() as stack:
        started: dict[tuple[str, str], httpx.Client] = {}
        for name, (server, factory) in SERVERS.items():
            for use, env in settings.items():
                url = stack.enter_context(server(factory, REPOSITORY, env))
                started[name, use] = stack.enter_context(httpx.Client(base_url=url, trust_env=False))
        yield started


@every_server
@every_scenario
def test_request(world: World, clients: Clients, server: str, scenario: Scenario) -> None:
    """The app is reached and told who calls, or the answer is the documented refusal and tells nothing."""
    token = world.token(scenario.token)
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}

    answer = clients[server, scenario.accepts].request(scenario.method, scenario.path, headers=headers)

    assert scenario.status == answer.status_code
    if scenario.status == 200:
        expected = None if token is None or scenario.error else world.subject(scenario.token)
        assert {"subject": expected} == answer.json()
        return
    assert_challenge(scenario, answer.headers.get("WWW-Authenticate"))
    assert "application/problem+json" == answer.headers["Content-Type"]
    assert "no-store" in answer.headers["Cache-Control"]
    said = f"{answer.headers}{answer.text}"
    assert not [part for part in (token or "").split(".") if len(part) > 8 and part in said]


@every_server
def test_one_body(world: World, clients: Clients, server: str) -> None:
    """Whatever is wrong with a token, the caller reads the same."""
    answers = [
        clients[server, scenario.accepts].request(
            scenario.method, "/articles/7", headers={"Authorization": f"Bearer {world.token(scenario.token)}"}
        )
        for scenario in SCENARIOS
        if scenario.challenge == "invalid_token"
    ]

    assert len(answers) > 20
    assert 1 == len({(answer.text, answer.headers["WWW-Authenticate"]) for answer in answers})


@every_server
def test_two_tokens(world: World, clients: Clients, server: str) -> None:
    """Two Authorization headers are refused though both are good: somebody on the way may have read the other."""
    credentials = ("Authorization", f"Bearer {world.token('ana access')}")

    answer = clients[server, "access"].get("/articles/7", headers=[credentials, credentials])

    assert 400 == answer.status_code


@every_server
def test_forged_identity(world: World, clients: Clients, server: str) -> None:
    """Nothing a caller sends makes the app believe in a principal."""
    names = ("Cogauth-Principal", "Cogauth.Principal", "X-Cogauth-Principal")

    answer = clients[server, "access"].get("/healthz", headers={name: world.subject("ana access") for name in names})

    assert {"subject": None} == answer.json()


@every_server
def test_no_start(tmp_path: Path, server: str) -> None:
    """A server that ends instead of answering is told from one that runs, with what it printed."""
    (tmp_path / "broken.py").write_text("raise RuntimeError('the reason')")

    with pytest.raises(ProcessFailedError, match="the reason"), SERVERS[server][0]("broken:create", tmp_path):
        pass


@every_server
def test_stopped(tmp_path: Path, server: str) -> None:
    """A server is gone after its block, an exception in the block or not."""
    asgi = (
        "async def app(scope, receive, send):\n    if scope['type'] == 'http':\n"
        "        await send({'type': 'http.response.start', 'status': 204, 'headers': []})\n"
        "        await send({'type': 'http.response.body'})\n"
    )
    wsgi = "def app(environ, start):\n    start('204 No Content', [])\n    return []\n"
    app = asgi if server in ASGI_SERVERS else wsgi
    (tmp_path / "empty.py").write_text(app + "def create():\n    return app\n")

    with contextlib.suppress(ZeroDivisionError), SERVERS[server][0]("empty:create", tmp_path) as url:
        assert 204 == httpx.get(url, trust_env=False).status_code
        raise ZeroDivisionError

    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the kernel ends no orphans")
def test_no_orphan(tmp_path: Path) -> None:
    """A test run that is killed outright, and unwinds nothing, leaves no server behind."""
    port = free_port()
    serving = answers(f"http://127.0.0.1:{port}")
    script = (
        "import os, signal, sys\n"
        "from devtools.processes import answers, running\n"
        "command = [sys.executable, '-m', 'http.server', '--bind', '127.0.0.1', sys.argv[1]]\n"
        "with running(command, ready=answers('http://127.0.0.1:' + sys.argv[1]), env={}, cwd=sys.argv[2]):\n"
        "    print('ready', flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )

    run = subprocess.run(
        [sys.executable, "-c", script, str(port), str(tmp_path)],
        cwd=REPOSITORY,
        capture_output=True,
        timeout=30,
        check=False,
    )

    assert b"ready\n" == run.stdout
    deadline = time.monotonic() + 5
    while serving() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not serving()

"""`cogauth serve`: real processes that decide, read their file again, stop, and are started again."""

from __future__ import annotations

import contextlib
import http.server
import json
import signal
import socket
import stat
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path

import httpx
import pytest

from cogauth.testing import LocalUserPool
from tests.e2e.serving import PATIENCE, Service, Staff, eventually, policy, serving

pytestmark = pytest.mark.e2e


@pytest.fixture
def staff(tmp_path: Path) -> Staff:
    return Staff(tmp_path)


# -- One process -------------------------------------------------------------------------------------------------------


def test_it_decides(staff: Staff) -> None:
    """By the policy, with the headers for the backend; it tells how it is, counts, and logs no token."""
    with serving(staff.folder) as service:
        allowed, refused = service.verify(staff.ana), service.verify(None)
        forged = service.verify(staff.ana[:-8] + "AAAAAAAA")
        assert [200, 401, 401] == [answer.status_code for answer in (allowed, refused, forged)]
        assert ("ana", '["editors"]') == (allowed.headers["x-auth-username"], allowed.headers["x-auth-groups"])
        assert "missing_token" == refused.json()["reason"]
        assert {"alive": True} == service.get("/healthz").json()
        ready = service.get("/readyz").json()
        assert (True, service.lines("ready")[0]["policy"]) == (ready["ready"], ready["policy"])
        assert (1, 1) == (service.counted("allowed"), service.counted("missing_token"))
        assert [("allowed", 200), ("missing_token", 401)] == [
            (line["reason"], line["status"]) for line in eventually(lambda: service.lines("decision")[:2], "log")
        ]
    said = service.log.read_text()
    assert not [part for part in staff.ana.split(".") if part in said]
    assert "ana" not in said
    assert "127.0.0.1" not in "".join(line for line in said.splitlines() if "listening" not in line)


def test_a_good_file(staff: Staff) -> None:
    """SIGHUP puts it in force, and the fingerprint tells which."""
    with serving(staff.folder) as service:
        before = service.policies()
        assert 200 == service.verify(staff.ana).status_code
        staff.write(policy("editor & !editor"))
        assert before == service.policies()
        service.send(signal.SIGHUP)
        after = eventually(lambda: service.lines("reload"), "reload")[0]["policy"]
        assert before != after
        assert after == service.policies()
        assert 403 == service.verify(staff.ana).status_code


def test_a_bad_file(staff: Staff) -> None:
    """Its mistakes are told with their lines, the last good one stays in force, and the next good one comes into it."""
    with serving(staff.folder) as service:
        before = service.policies()
        staff.write(policy("editr"))
        service.send(signal.SIGHUP)
        (line,) = eventually(lambda: service.lines("reload"), "reload")
        (mistake,) = service.lines("mistake")
        assert ("error", "error", before) == (line["level"], mistake["level"], line["policy"])
        assert "cogauth.toml: line 14: route[1]: role 'editr'" in mistake["text"]
        assert before == service.policies()
        assert 200 == service.verify(staff.ana).status_code
        staff.write(policy("public"))
        service.send(signal.SIGHUP)
        eventually(lambda: len(service.lines("reload")) == 2, "second reload")
        assert before != service.policies()
        assert 200 == service.verify(None).status_code
        reloads = [
            line for line in service.get("/metrics").text.splitlines() if line.startswith("cogauth_reloads_total")
        ]
        assert {'cogauth_reloads_total{result="in_force"} 1.0', 'cogauth_reloads_total{result="mistakes"} 1.0'} == set(
            reloads
        )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops(number: signal.Signals, staff: Staff) -> None:
    """At once, where nothing is under way and connections only wait."""
    with serving(staff.folder) as service, httpx.Client(trust_env=False) as client:
        assert 200 == client.get(f"http://{service.address}/healthz").status_code
        service.send(number)
        assert 0 == service.end()
        assert service.lines("stopped")


# -- Keys that come late -----------------------------------------------------------------------------------------------


class Source:
    """Serves a key set over HTTP, with 503 while `down`, and not before `go` is set."""

    def __init__(self, pool: LocalUserPool) -> None:
        self.pool = pool
        self.down = False
        self.go = threading.Event()
        self.go.set()
        self.asked = threading.Event()

    @contextlib.contextmanager
    def serve(self) -> Generator[str]:
        """Serve while the block lasts; gives the URL."""
        source = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if not source.go.is_set():
                    source.asked.set()
                source.go.wait(PATIENCE)
                body = json.dumps(source.pool.jwks).encode()
                self.send_response(503 if source.down else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002  its name there

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_address[1]}/jwks.json"
            finally:
                source.go.set()
                server.shutdown()
                thread.join()


def test_keys_are_there_before_the_first_request(staff: Staff) -> None:
    """They were asked for once, before it was ready; the first token waits for nothing."""
    source = Source(staff.pool)
    with source.serve() as url:
        staff.write(policy(keys=f'jwks_uri = "{url}"'))
        with serving(staff.folder) as service:
            assert ["keys", "ready"] == [
                line["event"] for line in map(json.loads, service.log.read_text().splitlines()) if "event" in line
            ][1:3]
            source.down = True
            assert 200 == service.verify(staff.ana).status_code


def test_no_keys(staff: Staff) -> None:
    """It starts, says that it is not ready, refuses as it must, and gets ready by itself when there are keys."""
    source = Source(staff.pool)
    source.down = True
    with source.serve() as url:
        staff.write(policy(keys=f'jwks_uri = "{url}"'))
        with serving(staff.folder) as service:
            assert service.lines("keys_unavailable")
            unready, refused = service.get("/readyz"), service.verify(staff.ana)
            assert (503, ["staff"]) == (unready.status_code, unready.json()["without_keys"])
            assert (503, True) == (refused.status_code, "retry-after" in refused.headers)
            assert 200 == service.get("/healthz").status_code
            source.down = False
            eventually(lambda: service.get("/readyz").status_code == 200, "readiness")
            assert 200 == service.verify(staff.ana).status_code


@contextlib.contextmanager
def under_way(staff: Staff, *options: str, workers: int = 1) -> Generator[tuple[Service, Source, Callable[[], int]]]:
    """A service that waits for keys in the middle of a request; the last of the three waits for its status."""
    source, answers = Source(staff.pool), list[int]()
    with source.serve() as url:
        staff.write(policy(keys=f'jwks_uri = "{url}"'))
        with serving(staff.folder, *options, workers=workers) as service:
            source.go.clear()
            staff.pool.rotate()
            token = staff.pool.sign_in("ana").access

            def answer() -> int:
                try:
                    return service.verify(token).status_code
                except httpx.TransportError:
                    return 0

            def ask() -> None:
                # Once more where keys were asked for too often of late, as on a machine so busy that attempts fail.
                found = answer()
                while not source.asked.is_set() and asking_ends > time.monotonic():
                    found = answer()
                answers.append(found)

            asking_ends = time.monotonic() + PATIENCE
            asking = threading.Thread(target=ask)
            asking.start()
            assert source.asked.wait(PATIENCE)

            def status() -> int:
                asking.join(PATIENCE)
                return answers[0]

            yield service, source, status
            asking.join(PATIENCE)


def refuses(address: str) -> bool:
    """Whether nobody takes a connection there any more."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except ConnectionRefusedError:
        return True
    return False


@pytest.mark.parametrize("workers", [1, 2])
def test_what_is_under_way_is_finished(workers: int, staff: Staff) -> None:
    """At SIGTERM no connection is taken any more, and who has asked gets the answer."""
    with under_way(staff, workers=workers) as (service, source, status):
        address = service.address
        service.send(signal.SIGTERM)
        eventually(lambda: refuses(address), "refused connection")
        assert service.process.poll() is None
        source.go.set()
        assert (200, 0) == (status(), service.end())


def test_what_takes_too_long_is_not(staff: Staff) -> None:
    """After the seconds that it was given it ends in any case."""
    with under_way(staff, "--stop-seconds", "1") as (service, _, status):
        service.send(signal.SIGTERM)
        assert (0, True) == (service.end(), status() != 200)


# -- Several workers ---------------------------------------------------------------------------------------------------


def test_workers(staff: Staff) -> None:
    """They share one socket and one page of metrics, and all of them get the new policy."""
    with serving(staff.folder, workers=2) as service:
        for count in range(1, 9):
            assert 200 == service.verify(staff.ana).status_code
            assert count == service.counted("allowed")
        staff.write(policy("public"))
        service.send(signal.SIGHUP)
        eventually(lambda: len(service.lines("reload")) == 3, "reload in each process")
        assert 1 == len({line["policy"] for line in service.lines("reload")})
        assert {200} == {service.verify(None).status_code for _ in range(8)}
        service.send(signal.SIGTERM)
        assert 0 == service.end()


def test_a_worker_that_dies(staff: Staff) -> None:
    """It is started again, and goes by what is in force and not by what the file has become; no count is lost."""
    with serving(staff.folder, workers=2) as service:
        before = service.policies()
        for _ in range(6):
            service.verify(staff.ana)
        staff.write(policy("editr"))
        service.send(signal.SIGHUP)
        eventually(lambda: service.lines("mistake"), "mistake")
        assert 1 == len(service.lines("mistake"))
        for victim in service.workers:
            service.send(signal.SIGKILL, victim)
        eventually(lambda: len(service.workers) == 4, "worker in place of each")
        assert [-9, -9] == [line["code"] for line in service.lines("worker_ended")]
        assert {before} == {service.policies() for _ in range(8)}
        assert {200} == {service.verify(staff.ana).status_code for _ in range(4)}
        assert 10 == service.counted("allowed")
        service.send(signal.SIGTERM)
        assert 0 == service.end()


def test_no_orphans(staff: Staff) -> None:
    """Workers whose supervisor was killed end by themselves."""
    with serving(staff.folder, workers=2) as service:
        address = service.address
        service.send(signal.SIGKILL)
        service.end()
        eventually(lambda: refuses(address), "end of the workers")


def test_nothing_is_left(staff: Staff) -> None:
    """Not even what workers count in files."""
    temporary = staff.folder / "temporary"
    with serving(staff.folder, workers=2) as service:
        service.verify(staff.ana)
        assert [*temporary.glob("*/counter_*.db")]
        service.send(signal.SIGTERM)
        assert 0 == service.end()
    assert [] == [*temporary.iterdir()]


# -- Bounds ------------------------------------------------------------------------------------------------------------


def test_heads_are_bounded(staff: Staff) -> None:
    """One that is too long is not read to its end; one that is long is."""
    with serving(staff.folder) as service:
        assert 200 == service.get("/healthz", [("X-Long", "a" * 60_000)]).status_code
        host, _, port = service.address.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Endless: ")
            with pytest.raises(OSError, match=r"reset|pipe|abort"):
                connection.sendall(b"a" * 100_000_000)
        assert 200 == service.get("/healthz").status_code


def test_connections_are_bounded(staff: Staff) -> None:
    """One more than there may be is closed, and there is room again when another has gone."""
    with serving(staff.folder, "--max-connections", "2") as service, contextlib.ExitStack() as stack:
        first, second = (stack.enter_context(httpx.Client(trust_env=False)) for _ in range(2))
        url = f"http://{service.address}/healthz"
        assert [200, 200] == [client.get(url).status_code for client in (first, second)]
        with pytest.raises(httpx.TransportError):
            httpx.get(url, trust_env=False)
        second.close()

        def answers() -> bool:
            with contextlib.suppress(httpx.TransportError):
                return httpx.get(url, trust_env=False).status_code == 200
            return False

        eventually(answers, "room for another")
        assert 200 == first.get(url).status_code


@pytest.mark.parametrize(("options", "remembered"), [((), 2.0), (("--cache-size", "0"), 0.0)], ids=["some", "none"])
def test_tokens_are_remembered(options: tuple[str, ...], remembered: float, staff: Staff) -> None:
    """The first time a token is verified; later, if there is room, it is known."""
    with serving(staff.folder, *options) as service:
        assert [200] * 3 == [service.verify(staff.ana).status_code for _ in range(3)]
        known = 'cogauth_decision_seconds_count{cached="yes"} '
        assert f"{known}{remembered}" in service.get("/metrics").text.splitlines()


def test_an_upgrade_is_a_request_like_any_other(staff: Staff) -> None:
    """Proxies that ask with all of the client's headers ask about websockets too, over connections that they keep."""
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    with (
        serving(staff.folder) as service,
        httpx.Client(base_url=f"http://{service.address}", trust_env=False) as client,
    ):
        assert [200] * 3 == [client.get("/healthz", headers=upgrade).status_code for _ in range(3)]
        assert not service.lines("other")


# -- A socket of the file system ---------------------------------------------------------------------------------------


def test_unix_socket(staff: Staff) -> None:
    """Only owner and group may connect; one that a killed service has left is no hindrance, and none is left behind."""
    path = staff.folder / "s"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    command = ("--unix", str(path))
    with serving(staff.folder, *command) as service:
        assert f"unix:{path}" == service.address
        assert 0o660 == stat.S_IMODE(path.stat().st_mode)
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://cogauth") as client:
            assert 200 == client.get("/readyz").status_code
        service.send(signal.SIGTERM)
        assert 0 == service.end()
    assert not path.exists()

"""`cogauth serve`: what is wrong with a command line or a file is told before anything is opened."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from cogauth.cli.exits import Mistakes
from cogauth.cli.serve import PROXIES, look_for
from cogauth_asgi.forward_auth_profiles import PROFILES
from tests.cli.stage import CONFIGURATION, Run


@pytest.fixture
def file(folder: Path, tmp_path: Path) -> Path:
    """A right configuration of one's own."""
    (tmp_path / "jwks.json").write_text((folder / "jwks.json").read_text())
    file = tmp_path / "cogauth.toml"
    file.write_text(CONFIGURATION)
    return file


def test_proxies() -> None:
    """Those of which forward auth has a profile."""
    assert set(PROFILES) == set(PROXIES)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param((), "Missing option '--behind'", id="no proxy"),
        pytest.param(("--behind", "apache"), "'apache' is not one of", id="a proxy of which nothing is known"),
        pytest.param(("--behind", "nginx", "--port", "65536"), "65536 is not in the range", id="no port"),
        pytest.param(("--behind", "nginx", "--workers", "0"), "0 is not in the range", id="no worker"),
        pytest.param(("--behind", "nginx", "--unix", "s", "--port", "1"), "give one or the other", id="two places"),
        pytest.param(
            ("--behind", "nginx", "--unix", "s", "--host", "::"), "give one or the other", id="a place and a host"
        ),
        pytest.param(("--behind", "nginx", "--cache-size", "-1"), "-1 is not in the range", id="less than none"),
        pytest.param(("--behind", "nginx", "--stop-seconds", "0"), "0 is not in the range", id="no time to stop"),
        pytest.param(("--behind", "nginx", "--log", "xml"), "'xml' is not one of", id="a form that there is not"),
    ],
)
def test_usage(options: tuple[str, ...], said: str, run: Run, file: Path) -> None:
    """A wrong command line."""
    ran = run("serve", file, *options)
    assert (2, "", True) == (ran.exit, ran.out, said in ran.err)


def test_mistakes_of_the_file(run: Run, file: Path) -> None:
    """All of them, with their lines, and as the port is somebody else's: no socket was tried."""
    file.write_text(CONFIGURATION.replace('allow = "editor"', 'allow = "editr"').replace("groups = [", "group = [", 1))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = run("serve", file, "--behind", "nginx", "--port", str(taken.getsockname()[1]))
    assert (2, "") == (ran.exit, ran.out)
    assert [
        f"error: {file}: line 10: roles.editor: unknown key 'group'",
        f"error: {file}: line 15: route[1]: role 'editr': there is none",
    ] == [line.partition(";")[0] for line in ran.err.splitlines()]


def test_no_file(run: Run, tmp_path: Path) -> None:
    """One that is not there is told as one."""
    ran = run("serve", tmp_path / "none.toml", "--behind", "nginx")
    assert (2, "", 1) == (ran.exit, ran.out, len(ran.err.splitlines()))
    assert ran.err.startswith("error: ")
    assert "none.toml" in ran.err


@pytest.mark.parametrize("options", [("--port",), ("--port", "0", "--grpc-port")], ids=["http", "grpc"])
def test_a_port_that_is_taken(options: tuple[str, ...], run: Run, file: Path) -> None:
    """It is told which, and that is all; who listens there is not shared with, willing or not."""
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as taken:
        port = str(taken.getsockname()[1])
        ran = run("serve", file, "--behind", "envoy", *options, port)
    assert (2, "") == (ran.exit, ran.out)
    assert f"error: 127.0.0.1:{port}: Address already in use\n" == ran.err


def test_a_host_that_is_not_ours(run: Run, file: Path) -> None:
    """An address of another machine, and a name that is none."""
    for host in ("192.0.2.1", "no host"):
        ran = run("serve", file, "--behind", "nginx", "--host", host)
        assert (2, True) == (ran.exit, ran.err.startswith(f"error: {host}:9180: ")), ran.err


def test_a_path_that_is_no_socket(run: Run, file: Path) -> None:
    """What lies there is not removed."""
    ran = run("serve", file, "--behind", "nginx", "--unix", file)
    assert (2, f"error: {file}: is there, and is no socket\n") == (ran.exit, ran.err)
    assert CONFIGURATION == file.read_text()


def test_a_socket_that_is_somebody_elses(run: Run, file: Path, tmp_path: Path) -> None:
    """One that answers is left alone."""
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()
        ran = run("serve", file, "--behind", "nginx", "--unix", path)
    assert (2, f"error: {path}: Address already in use\n") == (ran.exit, ran.err)
    assert path.exists()


@pytest.mark.parametrize(("extra", "module"), [("serve", "uvicorn"), ("grpc", "grpc")])
def test_an_extra_that_is_missing(extra: str, module: str) -> None:
    """One line with the command that brings it."""
    with pytest.raises(Mistakes) as found:
        look_for(extra, lambda name: None if name == module else object())
    assert (f"serving needs {module}: pip install 'cogauth[{extra}]'",) == found.value.problems
    look_for(extra, lambda name: object())


def test_defaults(run: Run) -> None:
    """Only this machine is listened to, unless somebody says otherwise."""
    text = re.sub(r"\s+", " ", run("serve", "--help").out)
    assert "[default: 127.0.0.1]" in text
    assert "[default: 9180;" in text

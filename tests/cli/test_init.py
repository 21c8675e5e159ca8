"""`cogauth init`: begin a configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from cogauth import Authorizer
from cogauth.cli.starter import starter
from tests.cli.stage import Run, still

POOL = "eu-west-1_AbCdEf123"


def test_options_are_enough(run: Run, tmp_path: Path) -> None:
    """The file loads, and it is said what comes next."""
    file = tmp_path / "new.toml"
    ran = run("init", "--pool", POOL, "--client", "web", "--client", "app", "--output", file)
    assert (0, "") == (ran.exit, ran.err)
    assert starter(POOL, ("web", "app")) == file.read_text()
    assert f"cogauth verify --config {file} --method GET --path / < token.txt" in ran.out
    Authorizer.from_file(file)


def test_somebody_is_asked_until_it_is_right(run: Run, tmp_path: Path) -> None:
    """An id that is none is told at once, and asked for again."""
    file = tmp_path / "new.toml"
    typed = f"AbCdEf123\n {POOL} \nweb app-1\nweb, app  web\n"
    ran = run("init", "--output", file, text=typed, world=still(somebody_types=True))
    assert 0 == ran.exit
    assert starter(POOL, ("web", "app")) == file.read_text()
    assert 2 == ran.err.count("Error: ")
    assert "User pool id" not in ran.out


def test_what_is_given_is_not_asked_for(run: Run, tmp_path: Path) -> None:
    """Only the clients are missing here."""
    file = tmp_path / "new.toml"
    ran = run("init", "--pool", POOL, "--output", file, text="any-client\n", world=still(somebody_types=True))
    assert 0 == ran.exit
    assert "User pool id" not in ran.err
    assert starter(POOL, ("any-client",)) == file.read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param((), "--pool and --client not given", id="nobody to ask"),
        pytest.param(("--pool", POOL), "--client not given", id="nobody to ask for clients"),
        pytest.param(("--pool", "x", "--client", "c"), "error: user pool id: not of the form", id="no pool's id"),
        pytest.param(("--pool", f'{POOL}"\nx = "', "--client", "c"), "error: user pool id", id="more than an id"),
        pytest.param(("--pool", POOL, "--client", 'c"]'), "error: clients: holds something", id="no client's id"),
        pytest.param(("--pool", POOL, "--client", "c", "--output", "cogauth.yml"), "end in .toml", id="not TOML"),
        pytest.param(
            ("--pool", POOL, "--client", "c", "--output", "/no/such/x.toml"),
            "error: /no/such/x.toml: cannot be written: No such file or directory",
            id="no such folder",
        ),
    ],
)
def test_usage(arguments: tuple[str, ...], said: str, run: Run, tmp_path: Path) -> None:
    """Nothing is written before everything is right."""
    file = tmp_path / "new.toml"
    ran = run("init", "--output", file, *arguments)
    assert (2, "") == (ran.exit, ran.out)
    assert said in ran.err
    assert not file.exists()


def test_a_file_is_not_overwritten(run: Run, tmp_path: Path) -> None:
    """Unless that is asked for; and nobody is asked anything before."""
    file = tmp_path / "cogauth.toml"
    file.write_text("mine")
    ran = run("init", "--output", file, world=still(somebody_types=True))
    assert (2, f"error: {file} is there already; --force overwrites it, --output names another file\n") == (
        ran.exit,
        ran.err,
    )
    assert "mine" == file.read_text()
    assert 0 == run("init", "--pool", POOL, "--client", "web", "--output", file, "--force").exit
    assert starter(POOL, ("web",)) == file.read_text()

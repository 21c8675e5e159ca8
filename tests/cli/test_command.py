"""The command as a process: its script, its help, its exit codes, and what it says without its extra."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cogauth import __version__
from cogauth.cli import main
from cogauth.testing import LocalUserPool, Tokens

SCRIPT = Path(sys.executable).parent / "cogauth"
SUBCOMMANDS = ("check", "demo", "diff", "explain", "iam", "init", "inspect", "keys", "matrix", "verify")


@pytest.mark.parametrize(
    "command",
    [pytest.param((str(SCRIPT),), id="script"), pytest.param((sys.executable, "-m", "cogauth"), id="module")],
)
def test_version(command: tuple[str, ...]) -> None:
    """The script and the module are the same command."""
    process = subprocess.run([*command, "--version"], capture_output=True, check=True, text=True)
    assert f"cogauth {__version__}\n" == process.stdout


def test_exit_codes_of_the_process(pool: LocalUserPool, ana: Tokens, folder: Path) -> None:
    """0 yes, 1 no, 2 usage, 3 keys: read from standard input, by the configuration in the current folder."""
    fresh = LocalUserPool("eu-west-1_AbCdEf123", clients={"web"})
    shut = ("--pool", fresh.pool_id, "--client", "web", "--jwks-uri", "http://127.0.0.1:9/")
    cases = [
        ((0, ""), ("inspect",), ana.access),
        ((0, ""), ("verify", "--method", "GET", "--path", "/healthz"), ""),
        ((1, ""), ("verify",), ana.access),  # its hour was over years ago
        ((2, "error: none.toml: cannot be read: No such file or directory\n"), ("verify", "--config", "none.toml"), ""),
        ((3, ""), ("verify", *shut), fresh.mint()),
    ]
    for expected, arguments, text in cases:
        process = subprocess.run(
            [SCRIPT, *arguments], input=text, capture_output=True, check=False, text=True, cwd=folder
        )
        assert expected == (process.returncode, process.stderr)


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_without_the_extra_one_line_says_so(missing: str) -> None:
    """Whoever installed cogauth alone learns what to install, and sees no traceback."""
    code = f"import sys; sys.modules[{missing!r}] = None; from cogauth.cli import main; sys.exit(main(['demo']))"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, text=True)
    assert (2, "", "cogauth: the command needs click and rich: pip install 'cogauth[cli]'\n") == (
        process.returncode,
        process.stdout,
        process.stderr,
    )


def test_nothing_else_imports_what_the_extra_brings() -> None:
    """`import cogauth` and `import cogauth.cli` do without click and rich."""
    code = "import sys, cogauth, cogauth.cli, cogauth.testing; print({'click', 'rich'} & set(sys.modules))"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert "set()\n" == process.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        pytest.param(["--version"], 0, "", id="yes"),
        pytest.param(["--help"], 0, "", id="help"),
        pytest.param(["nonsense"], 2, "No such command 'nonsense'", id="no subcommand"),
        pytest.param(["verify", "--pool", "x", "--client", "y"], 2, "error: UserPool: user pool id", id="mistakes"),
    ],
)
def test_main_returns_the_exit_code(
    arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It does not leave the process, so that it can be called, and tells on standard error."""
    assert code == main(arguments)
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("subcommand", SUBCOMMANDS)
def test_help_is_the_documentation(subcommand: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each subcommand has examples of itself and its exit codes, in lines that fit a terminal."""
    assert 0 == main([subcommand, "--help"])
    text = capsys.readouterr().out
    assert f"Examples:\n    cogauth {subcommand}" in text
    assert "Exit codes:\n    0  " in text
    assert text.isascii()
    assert all(len(line) <= 100 for line in text.splitlines())


def test_the_overview_names_every_subcommand(capsys: pytest.CaptureFixture[str]) -> None:
    """And cuts none of their descriptions short."""
    assert 0 == main(["--help"])
    text = capsys.readouterr().out
    assert SUBCOMMANDS == tuple(name for name in SUBCOMMANDS if f"\n  {name} " in text)
    assert "..." not in text.partition("Commands:")[2]

"""Output: colours where they are wanted, characters that can be encoded, and a reader that may go away."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cogauth.testing import Tokens

COMMAND = (sys.executable, "-m", "cogauth")


@pytest.mark.parametrize(
    ("env", "coloured"),
    [
        pytest.param({}, False, id="no terminal"),
        pytest.param({"FORCE_COLOR": "1"}, True, id="forced"),
        pytest.param({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, id="NO_COLOR"),
    ],
)
def test_colour(env: dict[str, str], coloured: bool, ana: Tokens) -> None:  # noqa: FBT001  a column of the table
    """What is piped has no escape sequences, and NO_COLOR (no-color.org) leaves no colour."""
    process = subprocess.run(
        [*COMMAND, "inspect"],
        input=ana.access.encode(),
        capture_output=True,
        check=True,
        env={**_without_wishes(), **env},
    )
    assert coloured == (b"\x1b[33m" in process.stdout)


def test_an_ascii_locale_does_not_crash(tmp_path: Path) -> None:
    """What cannot be encoded comes out as an escape."""
    file = tmp_path / "token"
    file.write_bytes(b"eyJrIjoiw6vmnY4ifQ")  # {"k":"ë李"}
    process = subprocess.run(
        [*COMMAND, "inspect", "--file", str(file)],
        capture_output=True,
        check=False,
        env={**_without_wishes(), "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
    )
    assert (1, b"") == (process.returncode, process.stderr)
    assert b'k  "\\xeb\\u674e"' in process.stdout


def test_a_reader_that_goes_away_is_no_failure(ana: Tokens) -> None:
    """The exit code still answers, without a traceback, when nobody reads the output."""
    unread, written = os.pipe()
    os.close(unread)
    try:
        process = subprocess.run(
            [*COMMAND, "inspect"], input=ana.access.encode(), stdout=written, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(written)
    assert (0, b"") == (process.returncode, process.stderr)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full is needed")
def test_output_that_cannot_be_written_is_no_answer() -> None:
    """A full disk ends in one clear line."""
    with Path("/dev/full").open("wb") as full:
        process = subprocess.run([*COMMAND, "inspect"], input=b"", stdout=full, stderr=subprocess.PIPE, check=False)
    assert (2, b"error: the output cannot be written: No space left on device\n") == (
        process.returncode,
        process.stderr,
    )


def _without_wishes() -> dict[str, str]:
    """Give the environment without what asks for colours or a width."""
    wishes = {"COLUMNS", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE"}
    return {name: value for name, value in os.environ.items() if name not in wishes}

"""The demonstrations, run as `make demo` and `make demo-aws` run them, and what they say when something is amiss."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from devtools.ministack import MinistackMissingError, executable

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
AWS = str(ROOT / "examples" / "demo_aws.py")
SECONDS = 180

# What a machine may have for AWS itself, and for the network: none of it may play a part.
OF_THE_MACHINE = {
    "AWS_ACCESS_KEY_ID": "AKIAOFTHEMACHINE0000",
    "AWS_SECRET_ACCESS_KEY": "of-the-machine",
    "AWS_SESSION_TOKEN": "of-the-machine",
    "AWS_PROFILE": "there-is-none",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
}

# The same demonstration, of an account in which an administrator has been careless.
CARELESS = """
import runpy, sys
sys.path.insert(0, ROOT)
from devtools import own_folders
own_folders.POLICIES["Writer"]["Statement"][1]["Resource"] = f"arn:aws:s3:::{own_folders.BUCKET}/*"
sys.exit(runpy.run_path(DEMO)["main"]())
"""


@pytest.fixture(scope="module", autouse=True)
def emulator() -> None:
    """Without the emulator there is nothing to run."""
    try:
        executable()
    except MinistackMissingError as missing:
        pytest.skip(str(missing))


def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        pytest.param(
            ["-m", "cogauth", "demo"],
            [
                r"bo's, tampered +nobody +GET /orders +no  401 +bad_signature$",
                r"eva's ID token +Editor +Editor +custom_role: the role that was asked for$",
                r"bo's, tampered +denied +bad_signature: the token is refused",
                r"(\d+) of \1 decisions are as expected\.$",
            ],
            id="embedded",
        ),
        pytest.param(
            [str(ROOT / "examples" / "demo_ministack.py")],
            [r"ben, token changed +PUT /articles/7 +no +401 +bad_signature$", r"21 decisions as expected, 0 not$"],
            id="user pool",
        ),
        pytest.param(
            [AWS],
            [
                r"ana +ana +Writer: rule +credentials$",
                r"ana, token changed +bad_signature +login_refused$",
                r"ana +get_object +ana +200$",
                r"ana +get_object +ben +403 AccessDenied$",
                r"ben +put_object +ben +403 AccessDenied$",
                r"ana, other secret +get_object +ana +403 SignatureDoesNotMatch$",
                r"19 outcomes as expected, 0 not$",
            ],
            id="identity pool",
        ),
    ],
)
def test_a_demonstration(arguments: list[str], lines: list[str]) -> None:
    """Everything comes as expected, whatever this machine has for AWS, and no token is shown."""
    ran = run(*arguments, **OF_THE_MACHINE)

    assert (0, "") == (ran.returncode, ran.stderr)
    assert [] == [line for line in lines if not re.search(f"^{line}", ran.stdout, re.MULTILINE)]
    assert "eyJ" not in ran.stdout


def test_a_careless_account_is_noticed() -> None:
    """With a policy for everybody's folders the neighbour's note is read: it was the policy that had refused."""
    ran = run("-c", CARELESS.replace("ROOT", repr(str(ROOT))).replace("DEMO", repr(AWS)))

    assert (1, "") == (ran.returncode, ran.stderr)
    assert re.search(r"^ana +get_object +ben +200  <- 403 AccessDenied was expected$", ran.stdout, re.MULTILINE)
    assert re.search(r"^ben +get_object +ana +403 AccessDenied$", ran.stdout, re.MULTILINE)
    # What ana may read, write and delete there; and ben has no note any more.
    assert "15 outcomes as expected, 4 not" in ran.stdout


@pytest.mark.parametrize("demonstration", ["demo_aws.py", "demo_ministack.py"])
def test_without_the_emulator(demonstration: str, tmp_path: Path) -> None:
    """It says what is missing, and that is no failure of what would be shown."""
    ran = run(str(ROOT / "examples" / demonstration), COGAUTH_MINISTACK=str(tmp_path / "ministack"))

    assert (2, "") == (ran.returncode, ran.stdout)
    assert "no ministack at" in ran.stderr

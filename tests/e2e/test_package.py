"""A package as it comes from the command: real wheels, a clean interpreter; and the templates under AWS's own tools."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from cogauth.testing import LocalUserPool
from tests.cli.stage import CONFIGURATION
from tests.e2e.gateway import arn, http_api, rest_request

REPOSITORY = Path(__file__).resolve().parents[2]
ARCHITECTURES = {"x86_64": "x86_64", "aarch64": "arm64"}
PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"

# Answers the events of standard input, a line each, and tells what was imported.
_FUNCTION = """\
import json, sys
sys.path.insert(0, sys.argv[1])
from cogauth_lambda.handler import handler
for line in sys.stdin:
    try:
        answer = handler(json.loads(line), None)
    except Exception as error:
        answer = {"error": str(error)}
    print(json.dumps(answer))
print(json.dumps(sorted(name for name in sys.modules if name.partition(".")[0] in ("httpx", "click", "rich", "jwt"))))
"""


def ran(command: Sequence[str | Path], *, env: dict[str, str] | None = None, cwd: Path, text: str = "") -> str:
    """Run a program, which must succeed."""
    process = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        check=False,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        input=text,
        text=True,
        timeout=300,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


@pytest.fixture(scope="module")
def pool() -> LocalUserPool:
    """A pool with an editor."""
    pool = LocalUserPool("eu-west-1_AbCdEf123", clients={"web"})
    pool.add_user("ana", groups=["editors"])
    return pool


@pytest.fixture(scope="module")
def folder(pool: LocalUserPool, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The configuration, the keys that it pins, and the package for this machine, with templates."""
    if platform.machine() not in ARCHITECTURES or sys.platform != "linux":
        pytest.skip("Lambda's wheels run on Linux, on x86_64 and aarch64")
    folder = tmp_path_factory.mktemp("packaged")
    (folder / "jwks.json").write_text(json.dumps(pool.jwks))
    (folder / "cogauth.toml").write_text(CONFIGURATION)
    _package(folder, "cogauth-lambda.zip", "--arch", ARCHITECTURES[platform.machine()], "--template", ".")
    return folder


def _package(folder: Path, name: str, *options: str) -> str:
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "cogauth",
        "package",
        "lambda",
        "cogauth.toml",
        "--python",
        PYTHON,
    ]
    return ran([*command, "--output", name, *options], cwd=folder)


def _asked(folder: Path, events: Sequence[dict[str, Any]]) -> list[Any]:
    """Have the unpacked function answer, in an interpreter that has nothing else."""
    if not (folder / "task").exists():
        with zipfile.ZipFile(folder / "cogauth-lambda.zip") as file:
            file.extractall(folder / "task")
    lines = "".join(json.dumps(event) + "\n" for event in events)
    env = {"COGAUTH_CONFIG": "cogauth.json", "COGAUTH_CACHE_TTL": "300"}
    command: list[str | Path] = [sys.executable, "-I", "-S", "-B", "-c", _FUNCTION, folder / "task"]
    return [json.loads(line) for line in ran(command, env=env, cwd=folder / "task", text=lines).splitlines()]


@pytest.mark.e2e
def test_answers(folder: Path, pool: LocalUserPool) -> None:
    """With pinned keys: 200, 403 and 401 without a network, of which it has not even the client."""
    token = pool.sign_in("ana", client="web").access
    refused = pool.mint({"exp": 1}, token_use="access")
    good, http, denied, bad, names = _asked(
        folder,
        [
            rest_request("GET", "/orders/17", token),
            http_api("GET", "/orders", token),
            rest_request("DELETE", "/orders/17", token),
            rest_request("GET", "/orders/17", refused),
        ],
    )
    allowed = [one for one in good["policyDocument"]["Statement"] if one["Effect"] == "Allow"]
    assert any(arn("GET", "/orders") in json.dumps(one) for one in allowed)
    assert [good["policyDocument"]] * 2 == [http["policyDocument"], denied["policyDocument"]]
    assert not any(arn("DELETE", "/orders") in json.dumps(one) for one in allowed)
    assert {"error": "Unauthorized"} == bad
    assert [] == names


@pytest.mark.e2e
def test_size_and_bytes(folder: Path) -> None:
    """Below 7 MB, and the same bytes when made again with the versions that it names."""
    octets = (folder / "cogauth-lambda.zip").read_bytes()
    assert len(octets) < 7_000_000
    with zipfile.ZipFile(folder / "cogauth-lambda.zip") as file:
        (folder / "versions.txt").write_bytes(file.read("requirements.txt"))
    options = ("--arch", ARCHITECTURES[platform.machine()], "--requirements", "versions.txt")
    said = _package(folder, "again.zip", *options)
    assert octets == (folder / "again.zip").read_bytes()
    assert "sha256" in said


@pytest.mark.e2e
def test_the_other_machine(folder: Path) -> None:
    """Wheels of the other architecture are as many, with other compiled parts, also where keys are to be fetched."""
    other = next(name for machine, name in ARCHITECTURES.items() if machine != platform.machine())
    (folder / "fetching.toml").write_text(CONFIGURATION.replace('jwks = "jwks.json"\n', ""))
    command: list[str | Path] = [sys.executable, "-m", "cogauth", "package", "lambda", "fetching.toml", "--arch", other]
    ran([*command, "--output", "other.zip"], cwd=folder)
    assert (folder / "other.zip").stat().st_size < 7_000_000
    with zipfile.ZipFile(folder / "other.zip") as file:
        compiled = [name for name in file.namelist() if name.startswith("_cffi_backend")]
    machine = next(machine for machine, name in ARCHITECTURES.items() if name == other)
    assert [f"_cffi_backend.cpython-313-{machine}-linux-gnu.so"] == compiled
    assert "httpx/__init__.py" in zipfile.ZipFile(folder / "other.zip").namelist()


# AWS's tools


def tool(name: str, variable: str, place: str) -> Path:
    """Find a program; without it the test is skipped."""
    found = shutil.which(name, path=os.environ.get(variable) or str(REPOSITORY / place / "bin"))
    if found is None:
        pytest.skip(f"no {name}: `make e2e` installs it into {place}, or {variable} names another folder")
    return Path(found)


OFFLINE = {
    "AWS_DEFAULT_REGION": "eu-west-1",
    "SAM_CLI_TELEMETRY": "0",
    "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
    "JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION": "1",
}


@pytest.mark.e2e_slow
@pytest.mark.parametrize("name", ["authorizer.yaml", "apis.yaml"])
def test_sam(name: str, folder: Path) -> None:
    """SAM, and cfn-lint on its own, find nothing."""
    sam, lint = (tool(each, "COGAUTH_AWS", ".venv-aws") for each in ("sam", "cfn-lint"))
    ran([lint, name], cwd=folder)
    assert "is a valid SAM Template" in ran([sam, "validate", "--lint", "-t", name], env=OFFLINE, cwd=folder)


@pytest.mark.e2e_slow
def test_checkov(folder: Path) -> None:
    """Checkov finds nothing but what has a reason beside it."""
    program = tool("checkov", "COGAUTH_CHECKOV", ".venv-checkov")
    command: list[str | Path] = [program, "-f", "authorizer.yaml", "apis.yaml", "--framework", "cloudformation"]
    report = json.loads(ran([*command, "--skip-download", "-o", "json"], env=OFFLINE, cwd=folder))
    assert 0 == report["summary"]["failed"]
    assert report["summary"]["passed"] > 15


@pytest.mark.e2e_slow
def test_cdk(folder: Path) -> None:
    """The constructs synthesize, an API of each kind names the function, and cfn-lint finds nothing."""
    lint = tool("cfn-lint", "COGAUTH_AWS", ".venv-aws")
    if shutil.which("node") is None:
        pytest.skip("no node: the AWS CDK runs on Node.js")
    app = REPOSITORY / "tests" / "e2e" / "apps" / "cdk_app.py"
    ran([lint.parent / "python", app, "cogauth-lambda.zip", "cdk.out"], env=OFFLINE, cwd=folder)
    templates = [folder / "cdk.out" / f"{stack}.template.json" for stack in ("Authorizer", "Others")]
    # W3005 is about an order that the CDK writes down although a reference implies it.
    ran([lint, "--ignore-checks", "W3005", "--", *map(str, templates)], cwd=folder)
    own, others = (list(json.loads(path.read_text())["Resources"].values()) for path in templates)
    assert 1 == len([each for each in own if each["Type"] == "AWS::Lambda::Permission"])
    assert not any(each["Type"] == "AWS::Lambda::Permission" for each in others)
    kinds = ["AWS::ApiGateway::Authorizer"] * 2 + ["AWS::ApiGatewayV2::Authorizer"] * 2
    for resources in (own, others):
        assert kinds == sorted(each["Type"] for each in resources if each["Type"].endswith("::Authorizer"))
    (function,) = [each["Properties"] for each in own if each["Type"] == "AWS::Lambda::Function"]
    assert ("cogauth_lambda.handler.handler", ["arm64"]) == (function["Handler"], function["Architectures"])

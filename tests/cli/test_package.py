"""`cogauth package lambda`: what is in a package, and what is refused before there is one."""

from __future__ import annotations

import io
import itertools
import json
import stat
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cogauth import UserPool
from cogauth.cli.exits import Mistakes
from cogauth.cli.package.archive import Entry, archive
from cogauth.cli.package.bytecode import run_compiler
from cogauth.cli.package.command import PYTHONS, look_for
from cogauth.cli.package.failures import NotBuilt
from cogauth.cli.package.pip import run_pip
from cogauth.cli.package.target import PYTHONS as TARGETS, Machine, Target
from cogauth.cli.package.wheels import pinned, wheels
from cogauth.cli.world import Pip, World
from cogauth.config import read
from cogauth.testing import LocalUserPool
from cogauth.transport import FetchError
from tests.cli.stage import NOW, Ran, Run

CONFIGURATION = """\
version = 1

[[issuer]]
name = "staff"
user_pool = "eu-west-1_AbCdEf123"
clients = ["web"]

[roles]
editor = { groups = ["editors"] }
fresh = { signed_in_within = 900 }

[[route]]
match = "GET /orders"
allow = "editor"

[[route]]
match = "GET /healthz"
allow = "public"
"""

Stock = Mapping[str, tuple[str, Sequence[str], Mapping[str, str]]]
"""Distributions by name: version, requirements, files."""

STOCK: Stock = {
    "cachetools": ("8.0.0", (), {"cachetools/__init__.py": "", "cachetools/py.typed": ""}),
    "cryptography": (
        "50.0.2",
        ["cffi>=2; platform_python_implementation != 'PyPy'"],
        {"cryptography/__init__.py": "", "cryptography/_rust.abi3.so": "binary", "cryptography/_rust.pyi": ""},
    ),
    "cffi": ("2.1.1", ["pycparser"], {"cffi/api.py": "", "_cffi_backend.so": "binary"}),
    "pycparser": ("3.12", (), {"pycparser/__init__.py": ""}),
    "httpx": ("0.28.1", ["anyio"], {"httpx/__init__.py": "", "../../bin/httpx": "a script"}),
    "anyio": (
        "4.16.0",
        ["typing_extensions>=4; python_version < '3.13'", "uvloop; sys_platform == 'win32'"],
        {"anyio/__init__.py": ""},
    ),
    "typing-extensions": ("4.16.0", (), {"typing_extensions.py": ""}),
    "msgspec": ("0.22.0", (), {"msgspec/_core.so": "binary", "msgspec/_core.c": "", "msgspec/tests/test_it.py": ""}),
    "pyjwt": ("2.15.1", (), {"jwt/__init__.py": ""}),
    "aws-lambda-powertools": ("3.37.0", (), {"aws_lambda_powertools/__init__.py": ""}),
}


class Failing:
    """A pip that fails, and what it says."""

    def __init__(self, said: str) -> None:
        self._said = said

    def __call__(self, arguments: Sequence[str]) -> str | None:
        return self._said


class FakePip:
    """Unpacks what is in stock; like pip, it reads conditions as those of the machine that it runs on."""

    def __init__(self, stock: Stock = STOCK) -> None:
        self._stock = stock
        self.calls: list[Sequence[str]] = []

    def __call__(self, arguments: Sequence[str]) -> str | None:
        self.calls.append(arguments)
        folder = Path(arguments[arguments.index("--target") + 1])
        options = arguments.index(":all:") + 1
        waiting = [one for one in arguments[options:] if canonicalize_name(_name(one)) in self._stock]
        while waiting:
            name = canonicalize_name(_name(waiting.pop()))
            if name not in self._stock:
                continue
            version, requires, files = self._stock[name]
            self._unpack(folder, name, version, requires, files)
            waiting += [one for one in requires if _holds_here(one)]
        return None

    @staticmethod
    def _unpack(folder: Path, name: str, version: str, requires: Sequence[str], files: Mapping[str, str]) -> None:
        info = f"{name.replace('-', '_')}-{version}.dist-info"
        metadata = f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n"
        metadata += "".join(f"Requires-Dist: {line}\n" for line in requires)
        extra = {f"{info}/METADATA": metadata, f"{info}/direct_url.json": "{}", f"{info}/licenses/LICENSE": "free"}
        everything = {**files, **extra, f"{info}/RECORD": "".join(f"{path},,\n" for path in [*files, *extra])}
        for path, text in everything.items():
            if not path.startswith(".."):
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(text)


def _name(requirement: str) -> str:
    try:
        return Requirement(requirement).name
    except ValueError:
        return ""


def _holds_here(requirement: str) -> bool:
    marker = Requirement(requirement).marker
    return marker is None or marker.evaluate({"python_version": "3.13", "sys_platform": "linux"})


def compiler(python: str, folder: Path) -> bool:
    """Make something that stands for byte code."""
    for path in folder.rglob("*.py"):
        (path.parent / "__pycache__").mkdir(exist_ok=True)
        (path.parent / "__pycache__" / f"{path.stem}.{python}.pyc").write_bytes(b"code of " + path.name.encode())
    return True


def no_compiler(python: str, folder: Path) -> bool:
    """Be a machine without that Python."""
    return False


Package = Callable[..., Ran]


@pytest.fixture
def package(run: Run, pool: LocalUserPool, tmp_path: Path) -> Package:
    """Package the configuration `text`, with a pool whose keys are at one of its two places."""
    served = json.dumps(pool.jwks).encode()

    def fetch(url: str) -> bytes:
        if url.startswith("https://cognito-idp."):
            return served
        raise FetchError("jwks.http_status")

    def package(
        *options: str | Path,
        text: str = CONFIGURATION,
        pip: Pip | None = None,
        fetch: Callable[[str], bytes] = fetch,
        compile: Callable[[str, Path], bool] = compiler,  # noqa: A002  what the world calls it
        env: Mapping[str, str | None] | None = None,
    ) -> Ran:
        (tmp_path / "cogauth.toml").write_text(text)
        world = World(clock=lambda: NOW, fetch=fetch, pip=pip or FakePip(), compile=compile)
        target = ("--output", tmp_path / "made.zip")
        return run("package", "lambda", tmp_path / "cogauth.toml", *target, *options, world=world, env=env)

    return package


def files(folder: Path) -> dict[str, bytes]:
    """Read the zip."""
    with zipfile.ZipFile(folder / "made.zip") as file:
        return {name: file.read(name) for name in file.namelist()}


# Refusals


def broken(url: str) -> bytes:
    raise FetchError("jwks.deadline")


def without_keys(url: str) -> bytes:
    return b'{"keys": []}'


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param(("--pin-keys", "--seed-keys"), "give one of them", id="pinned and a seed"),
        pytest.param(("--arch", "riscv64"), "'riscv64' is not one of", id="no such machine"),
        pytest.param(("--python", "3.10"), "'3.10' is not one of", id="a Python that is too old"),
        pytest.param(("--cache-ttl", "3601"), "3601 is not in the range", id="kept for too long"),
        pytest.param(("--cache-ttl", "-1"), "-1 is not in the range", id="kept for less than nothing"),
        pytest.param(("--http-api", "xml"), "'xml' is not one of", id="no such answer"),
        pytest.param(("--requirements", "none.txt"), "does not exist", id="no versions"),
        pytest.param(("--env", "PATH=/"), "begins with COGAUTH_", id="another's variable"),
        pytest.param(("--env", "COGAUTH_NARROW"), "must be NAME=VALUE", id="no value"),
        pytest.param(("--env", "COGAUTH_NARROW=a\nb"), "must be NAME=VALUE", id="two lines"),
        pytest.param(("--env", "COGAUTH_CACHE_TTL=0"), "option of its own", id="a variable with an option"),
        pytest.param(("--env", "COGAUTH_CONFIG=x"), "option of its own", id="the configuration's name"),
        pytest.param(
            ("--env", "COGAUTH_IDENTITY_SOURCES=$context.routeKey", "--template", "t"),
            "leave out one of the two",
            id="sources that the templates do not have",
        ),
        pytest.param(("--env", "COGAUTH_NARROW=perhaps"), "COGAUTH_NARROW: must be true or false", id="a bad value"),
        pytest.param(("--http-api", "simple"), "cache_ttl: a simple response", id="a yes to every route, kept"),
    ],
)
def test_usage(options: tuple[str, ...], said: str, package: Package, tmp_path: Path) -> None:
    """A wrong command line, or one that would answer wrongly, writes nothing."""
    ran = package(*options)
    assert (2, "", True) == (ran.exit, ran.out, said in ran.err), ran.err
    assert not (tmp_path / "made.zip").exists()


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        pytest.param('allow = "editor"', 'allow = "edtor"', "role 'edtor': there is none", id="a mistake"),
        pytest.param('allow = "editor"', 'allow = "fresh"', "turn the authorizer's cache off", id="age, kept"),
        pytest.param('clients = ["web"]', "clients = []", "clients: must not be empty", id="nobody's"),
    ],
)
def test_configuration(before: str, after: str, said: str, package: Package, tmp_path: Path) -> None:
    """What is wrong with the configuration is told, and so is what would be wrong if a gateway kept it."""
    ran = package("--pin-keys", text=CONFIGURATION.replace(before, after, 1))
    assert (2, "", True) == (ran.exit, ran.out, said in ran.err), ran.err
    assert not (tmp_path / "made.zip").exists()


def test_what_must_not_be_kept_may_be_asked_each_time(package: Package) -> None:
    """With TTL 0 both go; the refusal has said so."""
    timed = CONFIGURATION.replace('allow = "editor"', 'allow = "fresh"', 1)
    assert "--cache-ttl 0" in package(text=timed).err
    assert 0 == package("--cache-ttl", "0", text=timed).exit
    assert 0 == package("--cache-ttl", "0", "--http-api", "simple").exit


@pytest.mark.parametrize("keys", ["--pin-keys", "--seed-keys"])
@pytest.mark.parametrize(("fetch", "said"), [(broken, "jwks.deadline"), (without_keys, "jwks.invalid")])
def test_no_keys(
    keys: str, fetch: Callable[[str], bytes], said: str, package: Package, tmp_path: Path, pool: LocalUserPool
) -> None:
    """Without any, exit code 3, with the reason for each place."""
    ran = package(keys, fetch=fetch)
    assert (3, "", 3) == (ran.exit, ran.out, len(ran.err.splitlines()))
    assert "issuer staff: its keys are unavailable" in ran.err
    assert 2 == ran.err.count(said)
    assert not (tmp_path / "made.zip").exists()


def test_keys_that_disagree(package: Package, pool: LocalUserPool) -> None:
    """The same id for two keys at the pool's two places is nobody's to choose from."""
    key, other = pool.jwks["keys"]
    twin = {**other, "kid": key["kid"]}

    def fetch(url: str) -> bytes:
        return json.dumps({"keys": [key if "//cognito" in url else twin]}).encode()

    ran = package("--pin-keys", fetch=fetch)
    assert (3, True) == (ran.exit, "disagree about the key" in ran.err)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        pytest.param(
            "Looking\nERROR: No matching distribution found for msgspec\n",
            ["pip: No matching distribution found for msgspec"],
            id="no wheel",
        ),
        pytest.param("a\nNo module named pip\n", ["pip: No module named pip"], id="no pip"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_pip_fails(said: str, told: list[str], package: Package, tmp_path: Path) -> None:
    """What pip calls an error is told, for whom there was nothing, and exit code 1."""
    ran = package("--arch", "x86_64", pip=Failing(said))
    lines = ["pip found no wheels for python3.13 on x86_64", *told]
    assert (1, "", [f"error: {line}" for line in lines]) == (ran.exit, ran.out, ran.err.splitlines())
    assert not (tmp_path / "made.zip").exists()


def test_what_never_comes(tmp_path: Path) -> None:
    """pip is not asked for ever."""
    pip = FakePip({"a": ("1", ["b"], {})})
    with pytest.raises(NotBuilt, match="does not bring b"):
        wheels(["a"], Target("arm64", "3.13"), pip=pip, folder=tmp_path)
    assert 5 == len(pip.calls)


def test_a_place_that_cannot_be_written(package: Package, tmp_path: Path) -> None:
    """It is told, as for every file."""
    (tmp_path / "file").write_text("")
    ran = package("--template", tmp_path / "file" / "t")
    assert (2, True) == (ran.exit, "cannot be written" in ran.err)


@pytest.mark.parametrize("module", ["packaging", "pip"])
def test_an_extra_that_is_missing(module: str) -> None:
    """One line with the command that brings it."""
    with pytest.raises(Mistakes) as found:
        look_for(lambda name: None if name == module else object())
    assert (f"packaging needs {module}: pip install 'cogauth[package]'",) == found.value.problems
    look_for(lambda name: object())


# What is in it


def test_contents(package: Package, tmp_path: Path, pool: LocalUserPool) -> None:
    """What a function needs: cogauth without its tools, wheels without what is not read, configuration, keys."""
    ran = package("--pin-keys")
    assert 0 == ran.exit, ran.err
    found = files(tmp_path)
    assert {"cogauth/verifier.py", "cogauth_lambda/handler.py", "cogauth.json", "keys/1.json"} < set(found)
    assert {"cryptography/_rust.abi3.so", "_cffi_backend.so", "msgspec/_core.so", "jwt/__init__.py"} < set(found)
    assert {"cffi-2.1.1.dist-info/METADATA", "cffi-2.1.1.dist-info/licenses/LICENSE"} < set(found)
    assert {"cogauth/__pycache__/verifier.3.13.pyc", "cryptography/__pycache__/__init__.3.13.pyc"} < set(found)
    unwanted: tuple[str, ...] = (
        "cogauth/cli",
        "cogauth/testing",
        "cogauth_lambda/deploy",
        "cogauth_lambda/cdk",
        "cogauth_asgi",
    )
    unwanted += ("cogauth_wsgi", "cffi/", "pycparser/", "httpx", "anyio", "msgspec/tests", "bin/", "jwt/__pycache__")
    assert [] == [name for name in found if name.startswith(unwanted)]
    assert [] == [name for name in found if name.endswith((".pyi", ".c", "py.typed", "RECORD", "direct_url.json"))]
    assert json.loads(found["keys/1.json"])["keys"] == sorted(pool.jwks["keys"], key=lambda key: key["kid"])


def test_the_configuration_is_the_same(package: Package, tmp_path: Path) -> None:
    """The function reads what the file says, included files and overrides with it."""
    (tmp_path / "more.toml").write_text('[[route]]\nmatch = "GET /more"\nallow = "editor"\n')
    text = CONFIGURATION + '[[api]]\nname = "a"\ngateway = ["a1b2c3d4e5/prod"]\ninclude = ["more.toml"]\n'
    env = {"COGAUTH_ISSUER_STAFF_CLIENTS": "shop"}
    assert 0 == package("--pin-keys", text=text, env=env).exit
    with zipfile.ZipFile(tmp_path / "made.zip") as file:
        file.extractall(tmp_path / "unpacked")
    before, after = (read(tmp_path / name, {}) for name in ("cogauth.toml", "unpacked/cogauth.json"))
    assert before.policy == after.policy
    (issuer,) = after.issuers
    assert isinstance(issuer, UserPool)
    assert frozenset({"shop"}) == issuer.clients
    assert all(source.pinned is not None for source in issuer.sources)


def test_pinned_or_not(package: Package, tmp_path: Path) -> None:
    """What fetches nothing has no HTTP client, and says what rotation means; what does is told that it needs a way."""
    said = package("--pin-keys").out
    assert "its new tokens are refused until a new package is deployed" in said.replace("\n", " ")
    assert not any(name.startswith("httpx") for name in files(tmp_path))
    said = package().out
    assert "it needs a way to do so" in said
    assert {"httpx/__init__.py", "anyio/__init__.py"} < set(files(tmp_path))
    assert "keys/1.json" not in files(tmp_path)


def test_byte_code_is_of_what_is_imported(package: Package, tmp_path: Path) -> None:
    """What a start and a fetch import has byte code, modules beside the packages too; what neither does has none."""
    assert 0 == package("--python", "3.12").exit
    found = files(tmp_path)
    names = {name for name in found if name.endswith(".pyc")}
    imported = {"cogauth/__pycache__/transport", "cogauth_lambda/__pycache__/handler", "httpx/__pycache__/__init__"}
    imported |= {"__pycache__/typing_extensions", "anyio/__pycache__/__init__"}
    assert {f"{name}.3.12.pyc" for name in imported} < names
    assert "cogauth/identity/session.py" in found
    assert [] == [name for name in names if name.startswith(("cogauth/identity/", "cogauth/iam_roles/", "jwt/"))]


def test_keys_of_the_file(package: Package, tmp_path: Path, pool: LocalUserPool) -> None:
    """A file of pinned keys is taken along from wherever it lies, and nothing is fetched."""
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "jwks.json").write_text(json.dumps(pool.jwks))
    text = CONFIGURATION.replace('clients = ["web"]', 'clients = ["web"]\njwks = "far/jwks.json"')
    ran = package("--pin-keys", text=text, fetch=broken)
    assert 0 == ran.exit, ran.err
    assert pool.jwks == json.loads(files(tmp_path)["keys/1.json"])


def test_the_age_of_a_seed(package: Package, tmp_path: Path) -> None:
    """Keys to start with are as old as their fetch; nothing else has a date, nor rights beyond reading."""
    assert 0 == package("--seed-keys").exit
    with zipfile.ZipFile(tmp_path / "made.zip") as file:
        members = file.infolist()
    assert {"keys/1.json"} == {each.filename for each in members if each.date_time != (1980, 1, 1, 0, 0, 0)}
    assert [(2023, 11, 14, 22, 13, 20)] == [each.date_time for each in members if each.filename == "keys/1.json"]
    assert {0o100644} == {each.external_attr >> 16 for each in members}
    assert stat.S_ISREG(0o100644)
    assert sorted(each.filename for each in members) == [each.filename for each in members]


def test_nothing_of_this_machine(package: Package, tmp_path: Path) -> None:
    """No file says where it was made."""
    assert 0 == package("--pin-keys").exit
    places = [str(tmp_path).encode(), str(Path(__file__).resolve().parents[2]).encode()]
    assert [] == [name for name, octets in files(tmp_path).items() if any(place in octets for place in places)]


def test_reproducible(package: Package, tmp_path: Path) -> None:
    """The same again gives the same bytes, with the versions of the first where the newest are others."""
    first = package("--pin-keys")
    octets = (tmp_path / "made.zip").read_bytes()
    (tmp_path / "requirements.txt").write_bytes(files(tmp_path)["requirements.txt"])
    (tmp_path / "made.zip").unlink()
    pip = FakePip()
    second = package("--pin-keys", "--requirements", tmp_path / "requirements.txt", pip=pip)
    assert octets == (tmp_path / "made.zip").read_bytes()
    assert first.out == second.out
    assert "--constraint" in pip.calls[0]
    assert "msgspec==0.22.0\n" in (tmp_path / "requirements.txt").read_text()


def test_other_keys_are_other_bytes(package: Package, tmp_path: Path, pool: LocalUserPool) -> None:
    """What is in a package shows in its bytes."""
    package("--pin-keys")
    octets = (tmp_path / "made.zip").read_bytes()
    fewer = json.dumps({"keys": pool.jwks["keys"][:1]}).encode()

    def fetch(url: str) -> bytes:
        return fewer

    package("--pin-keys", fetch=fetch)
    assert octets != (tmp_path / "made.zip").read_bytes()


def test_no_python_to_compile_with(package: Package, tmp_path: Path) -> None:
    """Then there is no byte code, and a note."""
    ran = package(compile=no_compiler)
    assert (0, True) == (ran.exit, "no byte code: there is no python3.13 here" in ran.err)
    assert not any(name.endswith(".pyc") for name in files(tmp_path))


def test_powertools(package: Package, tmp_path: Path) -> None:
    """It comes along if asked for."""
    assert 0 == package().exit
    assert "aws_lambda_powertools/__init__.py" not in files(tmp_path)
    assert 0 == package("--powertools").exit
    assert "aws_lambda_powertools/__init__.py" in files(tmp_path)


def test_said(package: Package) -> None:
    """Size, digest, versions, variables, keys, and where there were none."""
    ran = package("--pin-keys", "--env", "COGAUTH_DELIVERS=none")
    assert 0 == ran.exit, ran.err
    for part in ("size", "sha256", "python3.13, arm64", "COGAUTH_DELIVERS=none", "COGAUTH_CACHE_TTL=300", "50.0.2"):
        assert part in ran.out
    assert "note: issuer staff: no keys from https://issuer-cognito-idp." in ran.err


def test_templates(package: Package, tmp_path: Path) -> None:
    """They are written beside it, with its runtime, its variables, and a path that leads to it."""
    ran = package("--template", tmp_path / "deploy", "--arch", "x86_64", "--python", "3.12", "--cache-ttl", "60")
    assert 0 == ran.exit, ran.err
    text = (tmp_path / "deploy" / "authorizer.yaml").read_text()
    for line in ('CodeUri: "../made.zip"', 'Runtime: "python3.12"', '- "x86_64"', '"COGAUTH_CACHE_TTL": "60"'):
        assert line in text
    assert "ReauthorizeEvery: 60\n" in (tmp_path / "deploy" / "apis.yaml").read_text()


# Its parts


@pytest.mark.parametrize(
    ("python", "brought"),
    [
        ("3.11", {"a", "anyio", "typing-extensions"}),
        ("3.12", {"a", "anyio", "typing-extensions"}),
        ("3.14", {"a", "anyio"}),
    ],
)
def test_conditions_are_the_targets(python: str, brought: set[str], tmp_path: Path) -> None:
    """pip reads them as its own: what it left out is asked for, what is in excess is left behind."""
    stock: Stock = {**STOCK, "a": ("1", ["anyio", "typing_extensions; python_version >= '3.15'"], {})}
    made = wheels(["a"], Target("x86_64", python), pip=FakePip(stock), folder=tmp_path)
    assert brought == {wheel.name for wheel in made}
    assert len(brought) == pinned(made).count("==")


@pytest.mark.parametrize(
    ("target", "platforms"),
    [
        (Target("arm64", "3.11"), ["manylinux2014_aarch64"]),
        (Target("x86_64", "3.13"), ["manylinux2014_x86_64", "manylinux_2_28_x86_64", "manylinux_2_34_x86_64"]),
    ],
)
def test_platforms(target: Target, platforms: list[str]) -> None:
    """Older runtimes have an older C library."""
    options = target.pip_options
    assert platforms == [after for before, after in itertools.pairwise(options) if before == "--platform"]
    assert ("--only-binary", ":all:") == options[-2:]


def test_one_list_of_pythons() -> None:
    """The command's is that of the target, which is imported late."""
    assert PYTHONS == TARGETS
    assert {"arm64", "x86_64"} == set(get_args(Machine))


@given(st.dictionaries(st.text("abc/", min_size=1), st.binary()), st.randoms())
def test_archive(content: dict[str, bytes], chance: Any) -> None:
    """The order in which files come does not show."""
    entries = [Entry(name, data) for name, data in content.items()]
    octets = archive(entries)
    chance.shuffle(entries)
    assert octets == archive(entries)
    with zipfile.ZipFile(io.BytesIO(octets)) as file:
        assert content == {name: file.read(name) for name in file.namelist()}


def test_archive_refuses_two_of_a_name() -> None:
    """Which of them is unpacked last would be chance."""
    with pytest.raises(ValueError, match="same name"):
        archive([Entry("a", b"1"), Entry("a", b"2")])


def test_a_date_before_zips() -> None:
    """It is the first that a zip can tell."""
    with zipfile.ZipFile(io.BytesIO(archive([Entry("a", b"", 0.0)]))) as file:
        assert (1980, 1, 1, 0, 0, 0) == file.infolist()[0].date_time


def test_the_real_compiler(tmp_path: Path) -> None:
    """Byte code is the same wherever the source lay, and shows where it will lie; another Python's is not made."""
    made: list[bytes] = []
    for name in ("one", "another"):
        (tmp_path / name / "cogauth").mkdir(parents=True)
        (tmp_path / name / "cogauth" / "a.py").write_text("def f(): return {'a', 'b', 'c'}\n")
        assert run_compiler(f"{sys.version_info[0]}.{sys.version_info[1]}", tmp_path / name)
        (path,) = (tmp_path / name).rglob("*.pyc")
        made.append(path.read_bytes())
    assert made[0] == made[1]
    assert b"/var/task/cogauth/a.py" in made[0]
    assert not run_compiler("2.0", tmp_path)
    (tmp_path / "one" / "cogauth" / "b.py").write_text("no python")
    assert not run_compiler(f"{sys.version_info[0]}.{sys.version_info[1]}", tmp_path / "one")


def test_the_real_pip() -> None:
    """It is there, and what it says when it fails comes back."""
    assert run_pip(["--version"]) is None
    assert "ERROR" in (run_pip(["install", "--no-index", "--target", "/nowhere", "no-such-thing"]) or "")

"""
The layers: imports only go down, adapters use what is public, and the core knows no framework.

The modules are found where Python would import them from, so this also holds for an installed wheel.
"""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

# A module may import from floors below its own. A sub-package needs one line for all that is in it, who may then import
# each other; where they are on several floors, each module has a line of its own. The empty name is `cogauth` itself,
# which re-exports the floors below it. A fraction orders the modules of one floor where some build on others.
FLOORS = {
    "_fork": 0,
    "_frozen": 0,
    "_shapes": 0,
    "_strict": 0,
    "algorithms": 0,
    "errors": 0,
    "file": 0,
    "file.hints": 0,
    "file.model": 0,
    "file.places": 0,
    "judging": 0,
    "keyring": 0,
    "subprotocol": 0,
    "keyring.lifetime": 0,
    "file.pool_model": 0.2,
    "file.schema": 0.5,
    "file.yaml_text": 0.5,
    "jwk": 0.5,
    "file.reader": 1,
    "keyring.pace": 1,
    "keys": 1,
    "transport": 1,
    "file.mistakes": 1.5,
    "issuers": 1.5,
    "jws": 1.5,
    "keyring.attempts": 1.5,
    "keyring.discovery": 1.7,
    "keyring.need": 1.9,
    "keyring.ring": 2,
    "paths": 2,
    "principal": 2,
    "resource": 2.5,
    "cache": 2.5,
    "claims": 2.5,
    "keyring.flights": 2.5,
    "rules": 2.5,
    "trust": 2.5,
    "expression": 2.7,
    "fitness": 2.7,
    "handover": 2.7,
    "oidc_data": 2.7,
    "roles": 2.8,
    "verification": 2.9,
    "decision": 3,
    "routes": 3,
    "verifier": 3,
    "api": 3.1,
    "events": 3.1,
    "file.conditions": 3.2,
    "judging.hooks": 3.2,
    "plan": 3.2,
    "chances": 3.3,
    "file.canon": 3.3,
    "file.sections": 3.3,
    "file.draft": 3.4,
    "findings": 3.4,
    "guards": 3.4,
    "policy": 3.5,
    "iam": 3.6,
    "iam_roles": 3.6,
    "identity": 3.6,
    "file.environment": 3.7,
    "review": 3.8,
    "bearer": 4,
    "config": 4,
    "pyjwt": 4,
    "identity.request": 4.1,
    "judging.resources": 4.1,
    "judging.shadows": 4.1,
    "judging.force": 4.2,
    "judging.refusals": 4.2,
    "judging.rulebook": 4.3,
    "judging.watch": 4.3,
    "judging.case": 4.35,
    "judging.judge": 4.4,
    "authorizer": 4.5,
    "iam.gateway": 4.6,
    "observers": 4.8,
    "": 4.9,
    "testing": 5,
    "cli": 5.5,
    "__main__": 6,
}

# (importer, imported) that may look up, under `if TYPE_CHECKING:` alone: nothing is imported when the program runs.
TYPES_ONLY = {
    ("errors", "decision"),  # AccessDenied carries the Decision that was made
    ("keyring.need", "keyring.ring"),  # a need is a ring's
}

FRAMEWORKS = {
    "aws_lambda_powertools",
    "boto3",
    "botocore",
    "django",
    "envoy_data_plane",
    "fastapi",
    "flask",
    "grpc",
    "rest_framework",
    "starlette",
}

# Who hands its users' credentials to a framework of theirs imports that inside a function: nobody else needs it.
HANDED_TO = {("identity.session", "boto3"), ("identity.session", "botocore")}

# Slow to import and not needed by everybody: `import cogauth` goes without.
LATE = {"cachetools", "httpx", "jwt"}

ADAPTERS = ("cogauth_asgi", "cogauth_lambda", "cogauth_wsgi")

# Public beside `cogauth` itself: what observes decisions, of which each part may need a library of its own.
OBSERVERS = {
    ("cogauth.events", "DecisionMade"),
    ("cogauth.events", "Event"),
    ("cogauth.events", "KeysFetched"),
    ("cogauth.observers", "LogObserver"),
    ("cogauth.observers", "decision_fields"),
    ("cogauth.observers", "fetch_fields"),
    ("cogauth.observers", "several"),
    ("cogauth.observers.prometheus", "PrometheusObserver"),
}

# And what an identity pool gives for the caller's login.
IDENTITY = {
    ("cogauth.identity", "AsyncCredentialsProvider"),
    ("cogauth.identity", "Credentials"),
    ("cogauth.identity", "CredentialsProvider"),
    ("cogauth.identity.request", "logins_of"),
}


@dataclass(frozen=True)
class Import:
    """One imported module, or one name imported from a module."""

    module: str
    name: str | None
    line: int
    in_function: bool
    types_only: bool

    @property
    def root(self) -> str:
        return self.module.partition(".")[0]


def imports_of(tree: ast.AST, package: str, *, in_function: bool = False, types_only: bool = False) -> Iterator[Import]:
    """Every import of a module in the package, wherever it is written; relative ones are resolved."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    yield Import(alias.name, None, node.lineno, in_function, types_only)
            case ast.ImportFrom(module=module, names=names, level=level):
                source = importlib.util.resolve_name("." * level + (module or ""), package) if level else module or ""
                for alias in names:
                    yield Import(source, alias.name, node.lineno, in_function, types_only)
            case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
                block = ast.Module(node.body, [])
                yield from imports_of(block, package, in_function=in_function, types_only=True)
                block = ast.Module(node.orelse, [])
                yield from imports_of(block, package, in_function=in_function, types_only=types_only)
            case _:
                inside = in_function or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                yield from imports_of(node, package, in_function=inside, types_only=types_only)


def package_of(root: str, name: str, modules: dict[str, Path]) -> str:
    """The package that a module's relative imports start from: the module itself if it is one."""
    full = f"{root}.{name}".rstrip(".")
    return full if name in modules and modules[name].name == "__init__.py" else full.rpartition(".")[0]


def part_of(name: str) -> str:
    """The line of FLOORS that speaks of a module: its own, or that of the nearest package around it."""
    while name not in FLOORS and "." in name:
        name = name.rpartition(".")[0]
    return name


def core_faults(name: str, text: str, modules: dict[str, Path]) -> Iterator[str]:
    """What a core module imports and must not; the names are relative to `cogauth`."""
    here = part_of(name)
    if here not in FLOORS:
        yield f"cogauth.{name} has no floor: give it one in FLOORS"
        return
    for found in imports_of(ast.parse(text), package_of("cogauth", name, modules)):
        handed = (name, found.root) in HANDED_TO and (found.in_function or found.types_only)
        if found.root in FRAMEWORKS and not handed:
            yield f"line {found.line}: the core knows no framework, but here is {found.module}"
        if found.root == "httpx" and not (here == "transport" and (found.in_function or found.types_only)):
            yield f"line {found.line}: httpx is imported only inside functions of transport"
        if found.root != "cogauth":
            continue
        target = found.module.partition(".")[2]
        if found.name is not None and (deeper := f"{target}.{found.name}".lstrip(".")) in modules:
            target = deeper
        there = part_of(target)
        same_line = here == there != ""
        excepted = found.types_only and (here, there) in TYPES_ONLY
        if there not in FLOORS:
            yield f"line {found.line}: cogauth.{target} has no floor: give it one in FLOORS"
        elif not (same_line or excepted or FLOORS[there] < FLOORS[here]):
            yield f"line {found.line}: floor {FLOORS[here]} imports cogauth.{target} of floor {FLOORS[there]}"


def adapter_faults(text: str, package: str, public: frozenset[str]) -> Iterator[str]:
    """What an adapter takes from the core and is not public."""
    tree = ast.parse(text)
    for found in imports_of(tree, package):
        if (found.module, found.name) in OBSERVERS | IDENTITY:
            continue
        if found.root == "cogauth" and (found.module != "cogauth" or (found.name and found.name not in public)):
            name = ".".join(filter(None, (found.module, found.name)))
            yield f"line {found.line}: {name} is not among the public names of cogauth"
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="cogauth"), attr=attribute) if attribute not in public:
                yield f"line {node.lineno}: cogauth.{attribute} is not among the public names of cogauth"
            case _:
                pass


def modules_of(root: str) -> dict[str, Path]:
    """The modules of an import root by their names within it; the root itself has the empty name."""
    spec = importlib.util.find_spec(root)
    assert spec is not None, f"{root} is not installed"
    assert spec.origin is not None, f"{root} is a folder without __init__.py"
    folder = Path(spec.origin).parent
    modules: dict[str, Path] = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        modules[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return modules


def public_names() -> frozenset[str]:
    """`cogauth.__all__`, read without importing anything."""
    for node in ast.walk(ast.parse(modules_of("cogauth")[""].read_text("utf-8"))):
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                return frozenset(ast.literal_eval(value))
            case ast.AnnAssign(target=ast.Name(id="__all__"), value=ast.expr() as value):
                return frozenset(ast.literal_eval(value))
            case _:
                pass
    raise AssertionError("cogauth has no literal __all__")


def test_imports_go_down() -> None:
    """Every module of the core has a floor and imports only from below it, no framework, and httpx only when needed."""
    modules = modules_of("cogauth")
    assert "errors" in modules
    faults = [
        f"{path}: {fault}"
        for name, path in modules.items()
        for fault in core_faults(name, path.read_text("utf-8"), modules)
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_adapters_use_public_names(adapter: str) -> None:
    """An adapter takes from the core what any user could."""
    modules = modules_of(adapter)
    faults = [
        f"{path}: {fault}"
        for name, path in modules.items()
        for fault in adapter_faults(path.read_text("utf-8"), package_of(adapter, name, modules), public_names())
    ]
    assert not faults, "\n".join(faults)


def test_import_is_light() -> None:
    """`import cogauth` in a fresh interpreter brings in neither a framework nor what only some will need."""
    code = "import sys, cogauth; print(*{name.partition('.')[0] for name in sys.modules})"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    loaded = set(process.stdout.split())
    assert "cogauth" in loaded
    assert not loaded & (FRAMEWORKS | LATE)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("brand_new", "", id="no floor"),
        pytest.param("keys", "from cogauth.verifier import Verifier", id="up"),
        pytest.param("keys", "from cogauth import verifier", id="up by the package"),
        pytest.param("keys", "from .verifier import Verifier", id="up by a relative import"),
        pytest.param("keys", "from . import verifier", id="up by a relative package"),
        pytest.param("keys", "import cogauth.jws", id="sideways"),
        pytest.param("keys", "from cogauth import UserPool", id="from the facade"),
        pytest.param("keys", "def f():\n    from cogauth.verifier import Verifier", id="up, late"),
        pytest.param("keys", "if TYPE_CHECKING:\n    from cogauth.verifier import Verifier", id="up, for types"),
        pytest.param("errors", "from cogauth.decision import Decision", id="an exception for types, at run time"),
        pytest.param("", "from cogauth.testing import LocalUserPool", id="the facade re-exports a tool"),
        pytest.param("rules", "def f():\n    import django.conf", id="framework"),
        pytest.param("identity.session", "import boto3", id="boto3 at the top"),
        pytest.param("identity.provider", "def f():\n    import boto3", id="boto3 elsewhere"),
        pytest.param("identity.session", "def f():\n    import django", id="another framework"),
        pytest.param("transport", "import httpx", id="httpx at the top"),
        pytest.param("keyring", "def f():\n    import httpx", id="httpx elsewhere"),
    ],
)
def test_a_fault_is_found(name: str, text: str) -> None:
    """Each kind of forbidden import is noticed in the core."""
    modules = {
        "": Path("__init__.py"),
        "verifier": Path("verifier.py"),
        "testing": Path("testing/__init__.py"),
    }
    assert len(list(core_faults(name, text, modules))) == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("verifier", "from cogauth.errors import TokenError\nfrom . import keyring", id="down"),
        pytest.param("authorizer", "from cogauth import bearer, config", id="down within a floor"),
        pytest.param("testing.pool", "from cogauth.testing import clock\nfrom . import mint", id="in a package"),
        pytest.param("testing", "from .pool import LocalUserPool", id="a package gathers its own"),
        pytest.param("cli.demo", "from cogauth import UserPool", id="a tool uses the facade"),
        pytest.param("cli.demo", "from cogauth.testing import LocalUserPool", id="a tool uses another"),
        pytest.param("errors", "if TYPE_CHECKING:\n    from .decision import Decision", id="an exception for types"),
        pytest.param("transport", "async def f():\n    import httpx", id="httpx late"),
        pytest.param("identity.session", "def f():\n    import boto3", id="boto3 late"),
        pytest.param("jws", "import json\nfrom cryptography.hazmat.primitives import hashes", id="others"),
    ],
)
def test_a_good_import_is_no_fault(name: str, text: str) -> None:
    """What the layers allow is let through in the core."""
    modules = {
        "bearer": Path("bearer.py"),
        "config": Path("config.py"),
        "keyring": Path("keyring.py"),
        "testing": Path("testing/__init__.py"),
    }
    assert not list(core_faults(name, text, modules))


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        pytest.param("import cogauth\nfrom cogauth import Verifier\ncogauth.Verifier", 0, id="public"),
        pytest.param("from cogauth.verifier import Verifier", 1, id="by its module"),
        pytest.param("from cogauth import bearer", 1, id="a module"),
        pytest.param("import cogauth.testing", 1, id="a tool"),
        pytest.param("import cogauth\ncogauth.bearer.challenge()", 1, id="an attribute"),
        pytest.param("from cogauth.observers import LogObserver, several", 0, id="observers"),
        pytest.param("from cogauth.identity import Credentials, CredentialsProvider", 0, id="credentials"),
        pytest.param("from cogauth.identity import IdentityPoolRoles", 1, id="the choice of a role"),
        pytest.param("from cogauth.observers import fields", 1, id="what observers are made of"),
        pytest.param("from cogauth.observers.prometheus import SECONDS", 1, id="a part of an observer"),
        pytest.param("from cogauth_asgi import CogAuthMiddleware\nfrom .scope import headers", 0, id="its own"),
    ],
)
def test_an_adapter_is_held_to_public_names(text: str, faults: int) -> None:
    """Whichever way an adapter reaches for something private, it is noticed."""
    assert faults == len(list(adapter_faults(text, "cogauth_asgi", frozenset({"Verifier"}))))

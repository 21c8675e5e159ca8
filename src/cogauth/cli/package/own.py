"""Own: what of cogauth itself a function needs, taken from the cogauth that packages it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

from cogauth import __version__
from cogauth.cli.package.archive import Entry
from cogauth.cli.package.failures import NotBuilt
from cogauth.cli.package.target import Target

_ROOTS: Final = ("cogauth", "cogauth_lambda")
# What works at a terminal, in tests, or when something is deployed, and never in a function.
_LEFT_OUT: Final = (
    "cogauth/__main__.py",
    "cogauth/cli/",
    "cogauth/iam_roles/",
    "cogauth/review/",
    "cogauth/testing/",
    "cogauth_lambda/cdk.py",
    "cogauth_lambda/deploy/",
)


def own_entries() -> Iterator[Entry]:
    """
    Give the modules, and what tells scanners which version they are of.

    They are read where Python imports them from, so that a checkout and an installed wheel are packaged alike.
    """
    for root in _ROOTS:
        folder = _folder(root)
        for path in sorted(folder.rglob("*.py")):
            name = f"{root}/{path.relative_to(folder).as_posix()}"
            if not name.startswith(_LEFT_OUT):
                yield Entry(name, path.read_bytes())
    # Its text alone: what else is installed beside it names folders of this machine.
    text = _installed().read_text("METADATA") or ""
    yield Entry(f"cogauth-{__version__}.dist-info/METADATA", text.encode())


def own_requirements(target: Target, *, network: bool, extras: tuple[str, ...] = ()) -> list[str]:
    """
    Give what cogauth requires of others on *target*.

    Args:
        target: what the package is for.
        network: whether it will fetch anything; who does not needs no HTTP client.
        extras: those of cogauth's that are wanted.
    """
    lines = [Requirement(line) for line in _installed().requires or ()]
    wanted = [line for line in lines if target.asks_for(line, extras)]
    for line in wanted:
        line.marker = None  # it holds
    return sorted(str(line) for line in wanted if network or line.name != "httpx")


def _folder(root: str) -> Path:
    spec = find_spec(root)
    if spec is None or spec.origin is None:
        raise NotBuilt([f"{root} is not installed beside cogauth"])
    return Path(spec.origin).parent


def _installed() -> Distribution:
    try:
        return distribution("cogauth")
    except PackageNotFoundError:
        raise NotBuilt(["cogauth is not installed: install it where this command runs"]) from None

"""Wheels: the distributions that a package needs of others, and what of them it takes along."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import Distribution, distributions
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from cogauth.cli.package.archive import Entry
from cogauth.cli.package.failures import NotBuilt
from cogauth.cli.package.pip import install
from cogauth.cli.package.target import Target
from cogauth.cli.world import Pip

# Nothing of this is read when a function runs: sources of compiled parts, types, tests, byte code of another Python.
_UNUSED_SUFFIXES: Final = frozenset({".c", ".h", ".pxd", ".pyc", ".pyi", ".pyx"})
_UNUSED_NAMES: Final = frozenset({"__pycache__", "py.typed", "test", "tests"})
# Of cffi cryptography uses the compiled part alone, `_cffi_backend`; the rest is for building such parts.
_UNUSED_PACKAGES: Final = frozenset({"cffi", "pycparser"})
# What scanners of a deployed function read, Amazon Inspector for one, and what licences ask to be passed on.
_KEPT_METADATA: Final = frozenset({"METADATA", "licenses", "sboms"})
_LICENCES: Final = ("LICENSE", "LICENCE", "NOTICE", "COPYING", "AUTHORS")

_ROUNDS: Final = 5


class Wheel(NamedTuple):
    """One distribution as it goes into a package."""

    name: str
    version: str
    entries: tuple[Entry, ...]


def wheels(
    requirements: Iterable[str], target: Target, *, pip: Pip, folder: Path, versions: Path | None = None
) -> tuple[Wheel, ...]:
    """
    Bring the distributions that *requirements* come to on *target*, by their names.

    pip chooses wheels for another Python and another machine, but reads the conditions of requirements as those of its
    own (`typing_extensions; python_version < "3.13"`). So it is asked again for what it left out, and what it brought
    in excess is left behind: a package does not depend on what it was made with.

    Args:
        requirements: as pip reads them.
        target: what they are for.
        pip: runs pip.
        folder: one that is empty, for what pip brings.
        versions: a file of requirements that says which versions to take.

    Raises:
        NotBuilt: pip failed.
    """
    asked = list(requirements)
    for number in range(_ROUNDS):
        place = folder / str(number)
        install(pip, asked, target, place, versions)
        found = {canonicalize_name(each.name): each for each in distributions(path=[str(place)])}
        needed, absent = _closure(asked, found, target)
        if not absent:
            return tuple(_wheel(name, found[name], place) for name in sorted(needed))
        asked += sorted(absent)
    raise NotBuilt([f"pip does not bring {', '.join(asked[-1:])}"])


def pinned(brought: Iterable[Wheel]) -> str:
    """Write which versions were taken, as a file of requirements."""
    return "".join(f"{wheel.name}=={wheel.version}\n" for wheel in brought)


def _closure(
    roots: Sequence[str], found: Mapping[NormalizedName, Distribution], target: Target
) -> tuple[frozenset[NormalizedName], frozenset[str]]:
    """Give the names of what *roots* come to, and the requirements that nothing found is for."""
    reached: set[NormalizedName] = set()
    absent: set[str] = set()
    seen: set[str] = set()
    waiting = list(roots)
    while waiting:
        text = waiting.pop()
        if text in seen:
            continue
        seen.add(text)
        requirement = Requirement(text)
        name = canonicalize_name(requirement.name)
        distribution = found.get(name)
        if distribution is None:
            requirement.marker = None  # the condition holds on the target, and pip would ask its own machine
            absent.add(str(requirement))
            continue
        reached.add(name)
        required = distribution.requires or ()
        waiting.extend(line for line in required if target.asks_for(Requirement(line), requirement.extras))
    return frozenset(reached), frozenset(absent)


def _wheel(name: str, distribution: Distribution, folder: Path) -> Wheel:
    return Wheel(name, distribution.version, tuple(_entries(distribution, folder)))


def _entries(distribution: Distribution, folder: Path) -> Iterator[Entry]:
    for file in distribution.files or ():
        path = PurePosixPath(file)
        # Scripts lie beside the packages, and a function starts none.
        if ".." not in path.parts and not path.is_absolute() and _is_used(path):
            yield Entry(str(path), (folder / path).read_bytes())


def _is_used(path: PurePosixPath) -> bool:
    if path.parts[0].endswith(".dist-info"):
        return path.parts[1] in _KEPT_METADATA or path.parts[1].upper().startswith(_LICENCES)
    if path.parts[0] in _UNUSED_PACKAGES:
        return False
    return path.suffix not in _UNUSED_SUFFIXES and _UNUSED_NAMES.isdisjoint(path.parts)

"""
Check a built wheel, and run the tests against it with the source out of reach.

Run by `make wheel` with the interpreter of a fresh environment that has the wheel and the `test` group installed:

    .venv-wheel/bin/python devtools/check_wheel.py dist
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

ROOTS = ("cogauth", "cogauth_asgi", "cogauth_lambda", "cogauth_wsgi")

# What tests may read of the repository. Everything but src and adapters: those must come from the wheel.
COMPANIONS = (
    "tests",
    "benchmarks",
    "devtools",
    "docs",
    "examples",
    "fuzz",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "SECURITY.md",
    "pyproject.toml",
)

# What asks thousands of examples of the same source, needs the peers of the benchmarks, or real servers: a wheel that
# lacked something would fail in the others.
LEFT_OUT = (
    "bad_inputs",
    "e2e",
    "file/test_canon.py",
    "file/test_schema.py",
    "iam",
    "iam_roles",
    "review/test_changes.py",
    "review/test_matrix.py",
    "rules",
    "test_benchmarks.py",
    "test_benchmarks_lambda.py",
    "test_capacity.py",
    "test_differential.py",
    "test_fail_closed.py",
    "test_faults.py",
    "test_migration.py",
    "test_soak.py",
    "test_strict.py",
    "vectors",
)


def missing_from(wheel: Path) -> list[str]:
    """Name what the wheel ought to hold and does not."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    info = next(name.partition("/")[0] for name in names if ".dist-info/" in name)
    expected = [f"{root}/{file}" for root in ROOTS for file in ("__init__.py", "py.typed")]
    expected += [f"{info}/entry_points.txt", f"{info}/licenses/LICENSE"]
    return [name for name in expected if name not in names]


def outside_of(folder: Path) -> list[str]:
    """Name the import roots that this interpreter finds anywhere but in the folder."""
    found = {root: importlib.util.find_spec(root) for root in ROOTS}
    return [
        f"{root}: {spec and spec.origin}"
        for root, spec in found.items()
        if spec is None or spec.origin is None or not Path(spec.origin).resolve().is_relative_to(folder.resolve())
    ]


def run_tests(repository: Path) -> int:
    """Run the tests from a copy that has neither src nor adapters beside it."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    # The default is a folder beside the repository, and the copy has no such neighbour.
    shared = environment.get("COGAUTH_SHARED") or repository.parent / "shared"
    environment["COGAUTH_SHARED"] = str(Path(shared).resolve())
    with tempfile.TemporaryDirectory(prefix="cogauth-wheel-") as name:
        for companion in COMPANIONS:
            source, target = repository / companion, Path(name, companion)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
            elif source.exists():
                shutil.copy2(source, target)
        left_out = [f"--ignore={Path('tests', test)}" for test in LEFT_OUT]
        return subprocess.run(
            [sys.executable, "-m", "pytest", *left_out], cwd=name, env=environment, check=False
        ).returncode


def main() -> int:
    """Check the only wheel in the folder named on the command line."""
    repository = Path(__file__).resolve().parent.parent
    (wheel,) = Path(sys.argv[1]).glob("*.whl")
    problems = [f"{wheel.name} lacks {name}" for name in missing_from(wheel)]
    problems += [f"not from the wheel: {root}" for root in outside_of(Path(sysconfig.get_path("purelib")))]
    if problems:
        print(*problems, sep="\n", file=sys.stderr)
        return 1
    print(f"{wheel.name}: every import root is typed and installed; testing it without the source")
    return run_tests(repository)


if __name__ == "__main__":
    sys.exit(main())

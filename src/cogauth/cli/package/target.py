"""Target: the machine and the Python that a package is for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple

from packaging.requirements import Requirement

Machine = Literal["arm64", "x86_64"]

PYTHONS: Final = ("3.11", "3.12", "3.13", "3.14")
"""Those that cogauth supports and AWS has as a runtime (AWS: "Lambda runtimes")."""

_WHEELS: Final[Mapping[Machine, str]] = {"arm64": "aarch64", "x86_64": "x86_64"}

# AWS: "Lambda runtimes": up to 3.11 they are Amazon Linux 2 with glibc 2.26, from 3.12 on Amazon Linux 2023 with 2.34.
# The older form first, for most projects publish that; pip takes what comes first.
_AMAZON_LINUX_2: Final = ("manylinux2014",)
_AMAZON_LINUX_2023: Final = ("manylinux2014", "manylinux_2_28", "manylinux_2_34")


class Target(NamedTuple):
    """A Lambda runtime."""

    machine: Machine
    """As Lambda calls it."""
    python: str
    """Such as `3.13`."""

    @property
    def runtime(self) -> str:
        """What Lambda calls the runtime."""
        return f"python{self.python}"

    @property
    def pip_options(self) -> tuple[str, ...]:
        """What makes pip choose wheels for it (pip: "pip install", `--platform`)."""
        forms = _AMAZON_LINUX_2 if self.python == "3.11" else _AMAZON_LINUX_2023
        platforms = (option for form in forms for option in ("--platform", f"{form}_{_WHEELS[self.machine]}"))
        return (*platforms, "--python-version", self.python, "--implementation", "cp", "--only-binary", ":all:")

    def asks_for(self, requirement: Requirement, extras: Iterable[str] = ()) -> bool:
        """Tell whether a distribution of which *extras* are wanted has *requirement* here."""
        if requirement.marker is None:
            return True
        return any(requirement.marker.evaluate({**self._environment(), "extra": extra}) for extra in ("", *extras))

    def _environment(self) -> dict[str, str]:
        # All of them, that nothing of the machine that packages shows (PyPA: "Dependency specifiers").
        return {
            "implementation_name": "cpython",
            "implementation_version": f"{self.python}.0",
            "os_name": "posix",
            "platform_machine": _WHEELS[self.machine],
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": f"{self.python}.0",
            "python_version": self.python,
            "sys_platform": "linux",
        }

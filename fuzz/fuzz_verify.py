"""
The driver: has libFuzzer, by way of Atheris, look for bytes of which a target does not hold.

    python -m fuzz.fuzz_verify TARGET [OPTION OF LIBFUZZER | FILE]...

What is found lies in `.fuzz`, and is tried once more where it is given as FILE.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

# Atheris has no types, and is not there where the types are checked.
atheris: Any = importlib.import_module("atheris")

# What is imported in here tells the fuzzer which branches an input takes; what is compiled (msgspec, OpenSSL) does not.
with atheris.instrument_imports(include=["cogauth"]):
    from fuzz import seeds, targets

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Fuzz the target that is named on the command line, until libFuzzer's options or a finding end it."""
    if len(sys.argv) < 2 or sys.argv[1] not in targets.TARGETS:  # noqa: PLR2004  the program and a target
        sys.exit(f"usage: python -m fuzz.fuzz_verify {'|'.join(targets.TARGETS)} [OPTION OF LIBFUZZER | FILE]...")
    name, rest = sys.argv[1], sys.argv[2:]
    folder = ROOT / ".fuzz" / name
    options = [f"-dict={ROOT / 'fuzz' / 'cogauth.dict'}", f"-artifact_prefix={folder}-", "-timeout=10", "-max_len=4096"]
    # With a file, libFuzzer tries it and nothing else, unless it is given a folder as well.
    if not any(Path(argument).is_file() for argument in rest):
        seeds.write(name, folder)
        options.append(str(folder))
    atheris.Setup([sys.argv[0], *options, *rest], targets.TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()

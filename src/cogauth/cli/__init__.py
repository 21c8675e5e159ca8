"""
The command `cogauth`: see decisions made and explained, look into tokens and keys, check and compare configurations.

It needs the extra `cli`; nothing else in cogauth imports what that brings.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec

__all__ = ["main"]

_NEEDED = ("click", "rich")


def main(argv: Sequence[str] | None = None) -> int:
    """
    Run the command with the arguments *argv*, those of the process if None.

    Returns:
        The exit code: 0 yes, 1 no, 2 usage or configuration, 3 keys unavailable; 130 when interrupted.
    """
    if any(find_spec(name) is None for name in _NEEDED):
        sys.stderr.write("cogauth: the command needs click and rich: pip install 'cogauth[cli]'\n")
        return 2
    from cogauth.cli.command import run  # needs what was just looked for

    return run(argv)

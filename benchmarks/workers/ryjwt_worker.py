"""
The worker for ryjwt, which needs Python 3.12: one JSON object a line in, one a line out.

It runs with the interpreter of an environment of its own; `benchmarks/elsewhere.py` is the other end. The first line is
the configuration. CPU time is the whole process's, as it is for the other worker.
"""

from __future__ import annotations

import importlib
import json
import platform
import sys
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any


def verifier(configuration: Mapping[str, Any]) -> Callable[[str], object]:
    """Set ryjwt up for access tokens of one user pool; what it does not look at is checked by hand."""
    ryjwt = importlib.import_module("ryjwt")
    key = ryjwt.PublicKey.from_jwks(configuration["jwks"], algorithms=["RS256"], issuer=configuration["issuer"])
    client = configuration["client"]

    def verify(token: str) -> object:
        claims = key.decode(token)
        if "exp" not in claims or claims.get("token_use") != "access" or claims.get("client_id") != client:
            raise ValueError
        return claims

    return verify


def work(call: Callable[[str], object], request: Mapping[str, Any]) -> dict[str, object]:
    """Call with each token, and tell how long that took, or that one was refused."""
    start = time.process_time_ns()
    try:
        for token in request["tokens"]:
            call(token)
    except Exception:  # noqa: BLE001  whatever a library raises is its way to refuse
        return {"refused": True}
    return {"nanoseconds": time.process_time_ns() - start}


def main() -> None:
    """Answer lines until there are no more."""
    call = verifier(json.loads(sys.stdin.readline()))
    print(json.dumps({"version": f"{version('ryjwt')}, Python {platform.python_version()}"}), flush=True)
    for line in sys.stdin:
        print(json.dumps(work(call, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()

"""A program that verifies, forks, and verifies in parent and child: `python forking.py KIND WHEN`, tokens on stdin."""

from __future__ import annotations

import asyncio
import functools
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

from cogauth import AsyncVerifier, UserPool, Verifier
from cogauth.keyring.pace import PROCESS
from cogauth.transport import afetch, fetch

PATIENCE = 10.0


def verifying(kind: str, told: Any) -> tuple[Verifier | AsyncVerifier, Callable[[str], str | None]]:
    """A verifier, and what verifies a token with it."""
    pool = UserPool(
        told["pool"], clients={told["client"]}, issuer=told["issuer"], jwks_uri=told["url"], jwks_seed=told["seed"]
    )
    # Whatever is imported at a first fetch is imported: a fork amid an import leaves the child Python's own lock.
    # The clock is that of the tokens, but the process's own monotonic one, and with that its budget.
    if kind == "threads":
        blocking = Verifier(pool, clock=lambda: told["now"], fetch=functools.partial(fetch, deadline=PATIENCE))
        fetch(told["url"])
        return blocking, lambda text: blocking.verify(text).username
    awaiting = AsyncVerifier(pool, clock=lambda: told["now"], fetch=functools.partial(afetch, deadline=PATIENCE))
    asyncio.run(afetch(told["url"]))
    return awaiting, lambda text: asyncio.run(awaiting.verify(text)).username


def say(who: str, found: list[str | None]) -> None:
    sys.stdout.write(f"{who} {' '.join(map(str, found))}\n")
    sys.stdout.flush()


def main(kind: str, when: str) -> int:
    """Say what child and parent found."""
    told = json.load(sys.stdin)
    verifier, verify = verifying(kind, told)
    (ring,) = verifier.keyring.values()
    late: list[str | None] = []
    verify(told["known"][0])

    under_way = threading.Thread(target=lambda: late.append(verify(told["new"])), daemon=True)
    if when == "flying":
        under_way.start()
        while not ring.flying:
            pass

    held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        inside: Any = verifier
        budget: Any = PROCESS
        with budget._lock, inside._state.cache._lock, getattr(inside._flights, "_lock", threading.Lock()):
            held.set()
            let_go.wait(PATIENCE)

    holder = threading.Thread(target=hold, daemon=True)
    if when == "locked":
        holder.start()
        held.wait(PATIENCE)

    child = os.fork()
    if not child:
        signal.alarm(int(PATIENCE))  # a child that waits for ever must not outlive the test
        say("child:", [verify(text) for text in (*told["known"], told["new"])])
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    let_go.set()
    if when == "flying":
        under_way.join(PATIENCE)
    else:
        late.append(verify(told["new"]))
    say("parent:", [*map(verify, told["known"]), *late])
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""What does it cost to verify an access token of a user pool, never seen before, and seen before?"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from benchmarks import elsewhere, peers
from benchmarks.harness import Absent, AsyncContender, Contender, Effort, fresh, prove, run
from benchmarks.report import Report
from benchmarks.tokens import CLIENT, POOL_ID, Sample, SigningKey, user_pool
from cogauth import UserPool, Verifier
from cogauth.testing.loopback import serve

HIT: Final = "cogauth, seen before"
MISS: Final = "cogauth, never seen before"
NO_CACHE: Final = "cogauth without its cache"
TOKENS: Final = 64


def measure(effort: Effort, tokens: int = TOKENS) -> list[Report]:
    """Have everybody verify the same tokens, with the keys in memory."""
    key = SigningKey.generate("RS256")
    sample, bound = user_pool(key, tokens), user_pool(key, tokens, audience="https://api.example.com")
    absent: list[str] = []
    with ExitStack() as stack:
        origin = stack.enter_context(serve(lambda _origin, _path: sample.jwks))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        field = [
            peers.floor(sample),
            *ours(sample),
            peers.pyjwt_client(sample, origin),
            peers.pyjwt_ready(sample),
        ]
        makers: Sequence[tuple[Sample, Callable[[Sample], Contender[str]]]] = [
            (sample, peers.joserfc),
            (sample, peers.authlib),
            (sample, peers.python_jose),
            (sample, lambda sample: peers.fastapi_cognito(sample, folder)),
            (bound, peers.powertools),
        ]
        samples = {contender.name: sample for contender in field}
        for theirs, make in makers:
            try:
                contender = make(theirs)
            except Absent as reason:
                absent.append(str(reason))
            else:
                field.append(contender)
                samples[contender.name] = theirs
                if isinstance(contender, AsyncContender):
                    stack.callback(contender.close)
        for start in (elsewhere.aws_jwt_verify, elsewhere.ryjwt):
            try:
                worker, contenders = start(sample)
            except Absent as reason:
                absent.append(str(reason))
            else:
                stack.callback(worker.close)
                field += contenders
        for contender in field:
            if contender.name not in {peers.FLOOR, elsewhere.NODE_FLOOR}:
                theirs = samples.get(contender.name, sample)
                prove(contender, theirs.good, theirs.bad)
        run(field, effort)
    length = len(sample.good[0])
    title = f"Verifying an RS256-2048 access token of {length:,} characters: CPU time per call, and times the floor"
    return [Report.of(title, field, peers.FLOOR, absent)]


def ours(sample: Sample) -> list[Contender[str]]:
    """Set cogauth up three times: with its cache, with one too small for what comes, and without one."""
    pool = UserPool(POOL_ID, clients={CLIENT}, jwks=sample.jwks)
    # The default cache holds all of these tokens. A cache of one holds none until it comes again: each is looked up in
    # vain, verified, kept, and makes another one go, which is what a token never seen before costs.
    small = Verifier(pool, cache_size=1)
    first = [small.verify(token) for token in sample.good]
    assert not any(small.verify(token) is seen for token, seen in zip(sample.good, first, strict=True))
    return [
        Contender(HIT, Verifier(pool).verify, sample.good, "", fresh),
        Contender(MISS, small.verify, sample.good, "", fresh),
        Contender(NO_CACHE, Verifier(pool, cache_size=0).verify, sample.good, "", fresh),
    ]

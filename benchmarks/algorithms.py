"""What do the other algorithms cost: ES256 and EdDSA, beside RS256, in access tokens of an OpenID provider?"""

from __future__ import annotations

import warnings
from typing import Final

from benchmarks import peers
from benchmarks.harness import Absent, Contender, Effort, fresh, prove, run
from benchmarks.report import Report
from benchmarks.tokens import API, PROVIDER, Sample, SigningKey, provider
from cogauth import OIDCIssuer, Verifier

ALGORITHMS: Final = ("RS256", "ES256", "EdDSA")
TOKENS: Final = 64


def measure(effort: Effort, tokens: int = TOKENS) -> list[Report]:
    """Give one report for each algorithm, each with its own floor."""
    return [_measured(provider(SigningKey.generate(alg), tokens), effort) for alg in ALGORITHMS]


def _measured(sample: Sample, effort: Effort) -> Report:
    alg = sample.key.alg
    issuer = OIDCIssuer(PROVIDER, audience={API}, algorithms=(alg,), jwks=sample.jwks)
    # As in verify.py: a cache of one, in which nothing is found again.
    never_seen = Contender("cogauth, never seen before", Verifier(issuer, cache_size=1).verify, sample.good, "", fresh)
    others: list[Contender[str]] = [never_seen]
    absent: list[str] = []
    for make in (peers.pyjwt_ready, peers.joserfc, peers.authlib, peers.python_jose):
        try:
            others.append(make(sample))
        except Absent as reason:
            absent.append(str(reason))
    field = [peers.floor(sample), *others]
    with warnings.catch_warnings():
        # joserfc warns at each call that RFC 9864 has renamed EdDSA, which is what issuers go on writing.
        warnings.simplefilter("ignore")
        for contender in others:
            prove(contender, sample.good, sample.bad)
        run(field, effort)
    title = f"Verifying {alg}: CPU time per call, and times the floor"
    return Report.of(title, field, peers.FLOOR, absent)

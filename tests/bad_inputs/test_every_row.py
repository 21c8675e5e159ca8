"""No row of the list of bad inputs is forgotten: each is tested here, or it is said why not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.bad_inputs import (
    test_config_rows,
    test_event_rows,
    test_generic_rows,
    test_http_rows,
    test_jwks_rows,
    test_token_rows,
)
from tests.bad_inputs.trials import rows_of
from tests.support.tokens import NOW

LEVELS: Final = {"token", "jwks", "config", "http", "event"}

COVERED: Final = (
    rows_of(test_token_rows)
    | rows_of(test_generic_rows)
    | rows_of(test_jwks_rows)
    | rows_of(test_config_rows)
    | rows_of(test_http_rows)
    | rows_of(test_event_rows)
)

NOT_HERE: Final[Mapping[str, str]] = {
    "T-179": "decided otherwise: such rules are allowed and warned of, as C-067 is tested",
    "T-180": "a nonce is for whoever runs the sign-in and knows it; an API is sent a token and nothing to compare",
    "T-181": "at_hash is for whoever receives two tokens together; an API is sent one",
    "J-029": "there is no fingerprint check: whoever publishes such a key has it made by a library that is long gone",
    "C-066": "about callbacks: the tests of authorizer",
    "C-070": "about wiring: the tests of the adapters",
    "C-073": "about the interpreter: how the whole suite is run, not a test in it",
    "E-019": "about a function behind a load balancer: the tests of the Powertools middleware",
    "H-014": "malformed on the wire, which no application sees: the tests of real servers",
    "H-015": "malformed on the wire, as H-014",
    "H-018": "no token is ever taken from a cookie, as H-017 is tested, so that there are no two",
    "H-032": "about the load balancer's header: the tests of oidc_data",
    "H-033": "about the load balancer's header: the tests of oidc_data",
    "H-073": "a websocket is closed at that time: the tests of the lease, and those of real servers",
    "H-074": "lifespan: the tests of the ASGI middleware",
    "H-080": "a request that is cancelled: the tests of the ASGI middleware",
    "H-094": "an application that fails late: the tests of the WSGI middleware",
}


def test_every_row_is_tested_or_explained(shared: Path) -> None:
    """And none is both, and none is made up."""
    rows = json.loads((shared / "data" / "bad_inputs.json").read_text("utf-8"))
    listed = {row["id"] for row in rows if row["level"] in LEVELS}
    assert set() == listed - COVERED - NOT_HERE.keys()
    assert set() == (COVERED | NOT_HERE.keys()) - listed
    assert set() == COVERED & NOT_HERE.keys()


def test_the_rows_have_the_same_present(shared: Path) -> None:
    """What they say of seconds, bounds and algorithms is said of these circumstances."""
    fixtures = json.loads((shared / "data" / "bad_inputs_fixtures.json").read_text("utf-8"))
    assert NOW == fixtures["now"]
    assert {"kid": "k1", "alg": "RS256"} == fixtures["H0"]
    for verifier in fixtures["verifiers"].values():
        assert 0 == verifier["leeway"]
        assert set(verifier["algorithms"]) <= set(test_generic_rows.ALGORITHMS)

"""What fuzzing asks of any bytes: it holds for the seeds, and a library that is broken is found out."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest

from cogauth import BadSignature, Decision, MalformedToken
from cogauth.decision import Reason
from cogauth.keys import key_table
from fuzz.documents import check_keys, check_spelling
from fuzz.findings import Finding
from fuzz.parties import API, BALANCER_ARN, CLIENT, GENUINE, ISSUER, KID, NOW, POOL_JWK, PROVIDER, PROVIDER_JWK
from fuzz.requests import check_request
from fuzz.seeds import seeds, write
from fuzz.targets import TARGETS
from fuzz.tokens import balanced_verified, check_claims, check_oidc_data, check_token, verified
from tests.support.providers import documented as document

SEEDS = seeds()


def test_each_target_has_seeds() -> None:
    """Under its own name, and none is written for another."""
    assert TARGETS.keys() == SEEDS.keys()
    assert all(SEEDS.values())


@pytest.mark.parametrize("target", TARGETS)
def test_it_holds_for_the_seeds(target: str) -> None:
    """And for what is left of each when it is cut short."""
    for seed in SEEDS[target]:
        TARGETS[target](seed)
        TARGETS[target](seed[: len(seed) // 2])


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("data", [b"", b"\0", b"\n", b"\xff\xfe", b"..", b"{}", b"a b\nc"], ids=ascii)
def test_it_holds_for_next_to_nothing(target: str, data: bytes) -> None:
    """Nothing that comes of them is a finding."""
    TARGETS[target](data)


def test_seeds_are_written_once(tmp_path: Path) -> None:
    """The same ones at each run, as far as nothing in them is new in each process."""
    write("token", tmp_path)
    write("token", tmp_path)
    assert sorted(GENUINE) == sorted(path.read_text() for path in tmp_path.iterdir())


def test_some_seeds_are_accepted() -> None:
    """Without which the targets would say nothing: whole tokens, and those that are signed on the way."""
    for text in GENUINE:
        assert PROVIDER == verified(text)["iss"]
    uses: list[object] = []

    def note(text: str) -> Mapping[str, object]:
        claims = verified(text)
        uses.append(claims.get("token_use"))
        return claims

    for seed in SEEDS["claims"]:
        check_claims(seed, note)
    assert {"access", "id", None} == set(uses)
    assert 10 < len(uses) < len(SEEDS["claims"])


def test_some_headers_of_a_load_balancer_are_accepted() -> None:
    """Those two of its seeds that are in their time, for its client, and of itself."""
    names: list[object] = []

    def note(text: str) -> Mapping[str, object]:
        claims = balanced_verified(text)
        names.append(claims["username"])
        return claims

    for seed in SEEDS["oidc_data"]:
        check_oidc_data(seed, note)
    assert ["ana", "ana"] == names


# -- Libraries that are broken -----------------------------------------------------------------------------------------

TOKEN = min(GENUINE)
HEADER = json.dumps({"alg": "EdDSA", "kid": KID}).encode()
CLAIMS: Mapping[str, object] = {"iss": PROVIDER, "aud": API, "sub": "u", "iat": NOW, "exp": NOW + 60}


def careless(text: str) -> Mapping[str, object]:
    """Reads the claims of a token without a look at anything but its signature."""
    if text.endswith(".AAAA"):
        raise BadSignature("signature.length")
    claims: Mapping[str, object] = json.loads(base64.urlsafe_b64decode(text.split(".")[1] + "=="))
    return claims


def blind(text: str) -> Mapping[str, object]:
    """Accepts everything."""
    return CLAIMS


def leaking(text: str) -> Mapping[str, object]:
    raise RecursionError


def reading(text: str) -> Mapping[str, object]:
    """Accepts everything that has three parts, and reads the same in all."""
    if text.count(".") != len("..") or not text.isascii():
        raise MalformedToken
    return CLAIMS


BALANCED, BALANCED_LATE, BALANCED_NOW = (
    json.dumps({"alg": "ES256", "signer": signer, "client": CLIENT, "exp": exp}).encode() + b'\n{"sub":"u-2"}'
    for signer, exp in ((f"{BALANCER_ARN}0", NOW + 1), (BALANCER_ARN, NOW), (BALANCER_ARN, NOW + 1))
)


def signed(changes: Mapping[str, object]) -> bytes:
    """A header and a payload, for a target to have signed."""
    return HEADER + b"\n" + json.dumps({**CLAIMS, **changes}).encode()


@pytest.mark.parametrize(
    ("check", "what"),
    [
        pytest.param(partial(check_token, b"x", blind), "nobody wrote", id="any token"),
        pytest.param(partial(check_token, f" {TOKEN}".encode(), blind), "nobody wrote", id="a second spelling"),
        pytest.param(partial(check_token, TOKEN.encode(), blind), "other claims", id="claims of another token"),
        pytest.param(partial(check_claims, signed({}), blind), "without a signature", id="no signature"),
        pytest.param(partial(check_claims, signed({"exp": NOW}), careless), "its time", id="an expired token"),
        pytest.param(partial(check_claims, signed({"nbf": NOW + 1}), careless), "its time", id="one of tomorrow"),
        pytest.param(partial(check_claims, signed({"iss": ISSUER}), careless), "PyJWT refuses", id="another's issuer"),
        pytest.param(partial(check_claims, signed({"exp": "x"}), careless), "its time", id="a time that is none"),
        pytest.param(
            partial(check_spelling, b'{"a":1,"a":2}', json.loads), "stands twice", id="a member that is read over"
        ),
        pytest.param(partial(check_spelling, b"{}", lambda text: {"a": 1}), "something else", id="what is not there"),
        pytest.param(partial(check_spelling, b'{"a":1}', lambda text: {"a": True}), "something else", id="1 as true"),
        pytest.param(partial(check_spelling, b"{", lambda text: {}), "not JSON", id="what is not JSON"),
        pytest.param(partial(check_oidc_data, b"x", blind), "nobody signed", id="any header"),
        pytest.param(partial(check_oidc_data, BALANCED, reading), "of another", id="another load balancer"),
        pytest.param(partial(check_oidc_data, BALANCED_LATE, reading), "its time", id="an old header"),
        pytest.param(partial(check_oidc_data, BALANCED_NOW, reading), "something else", id="another user"),
        pytest.param(
            partial(check_keys, document(PROVIDER_JWK), lambda text, _: key_table(text, ("EdDSA",))),
            "not for what",
            id="an algorithm that is not allowed",
        ),
        pytest.param(
            partial(check_keys, document({**POOL_JWK, "n": "AQ"}), lambda text, _: key_table(document(POOL_JWK))),
            "not as long|PyJWT refuses",
            id="another key",
        ),
        pytest.param(
            partial(check_keys, document({**POOL_JWK, "alg": "PS256"}), lambda text, _: key_table(document(POOL_JWK))),
            "not for what",
            id="another algorithm",
        ),
    ],
)
def test_a_fault_is_found(check: Callable[[], None], what: str) -> None:
    """Each by its name."""
    with pytest.raises(Finding, match=what):
        check()


@pytest.mark.parametrize("check", [partial(check_token, b"x", leaking), partial(check_claims, b"x", leaking)])
def test_an_error_that_is_not_documented_comes_through(check: Callable[[], None]) -> None:
    """The fuzzer takes any exception for a finding."""
    with pytest.raises(RecursionError):
        check()


def answering(*decisions: Decision) -> Callable[..., Decision]:
    """An authorizer that gives one decision after the other, and then the last one for good."""
    left = list(decisions)
    return lambda *request, **options: left.pop(0) if len(left) > 1 else left[0]


ALLOWED = Decision(allowed=True, status=200, reason=Reason.ALLOWED)
REFUSED = Decision(allowed=False, status=401, reason=Reason.MISSING_TOKEN)
BROKEN = Decision(allowed=False, status=500, reason=Reason.INTERNAL_ERROR)


@pytest.mark.parametrize(
    ("request_text", "decisions", "what"),
    [
        pytest.param(b"GET /orders/17", (ALLOWED,), "without the good token", id="no token"),
        pytest.param(b"GET /a\nAuthorization: Bearer {guest}", (ALLOWED,), "without the good token", id="another's"),
        pytest.param(b"GET /a\nAuthorization: Basic {good}", (ALLOWED,), "without the good token", id="a scheme"),
        pytest.param(
            b"GET /a\nAuthorization: Bearer {good}\nauthorization: Bearer {good}",
            (ALLOWED,),
            "without the good token",
            id="two headers",
        ),
        pytest.param(b"PUT /healthz", (ALLOWED,), "without the good token", id="a method that is not public"),
        pytest.param(b"GET /a", (BROKEN,), "none of the documented", id="a bug"),
        pytest.param(b"GET /healthz", (REFUSED, ALLOWED), "two decisions", id="headers in bytes"),
        pytest.param(b"GET /orders/17", (REFUSED, REFUSED, ALLOWED), "without the good token", id="no raw path"),
    ],
)
def test_a_wrong_decision_is_found(request_text: bytes, decisions: tuple[Decision, ...], what: str) -> None:
    """Whichever of the four ways to ask it comes of."""
    with pytest.raises(Finding, match=what):
        check_request(request_text, answering(*decisions), answering(decisions[0]))


def test_fronts_that_disagree_are_found() -> None:
    """Who blocks and who awaits decide alike."""
    with pytest.raises(Finding, match="two decisions"):
        check_request(b"GET /healthz", answering(ALLOWED), answering(REFUSED))


@pytest.mark.parametrize(
    "request_text",
    [
        b"GET /orders/17\nAuthorization: Bearer {good}",
        b"HEAD /files/a/b\nX: y\nAUTHORIZATION: \tbearer {good} ",
        b"GET /healthz/",
        b"GET /healthz?x=1\nAuthorization: Bearer x",
    ],
)
def test_what_may_be_allowed_is_no_finding(request_text: bytes) -> None:
    """With the good token, or where nobody need prove anything; the real authorizers allow it too."""
    check_request(request_text)
    check_request(request_text, answering(ALLOWED), answering(ALLOWED))
    with pytest.raises(Finding):
        check_request(request_text, answering(REFUSED))


def test_a_key_whose_name_is_no_text_is_passed_over() -> None:
    """It is ignored among others, which is no mistake of whoever reads it."""
    keys = json.loads(document(PROVIDER_JWK))["keys"]
    check_keys(json.dumps({"keys": [*keys, {**keys[0], "kid": ["a"]}]}).encode())

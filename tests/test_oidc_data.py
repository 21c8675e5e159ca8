"""What a load balancer says of a user: believed of a configured signer, with its key, in the form it writes."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cogauth import (
    AsyncVerifier,
    BadClaim,
    BadSignature,
    ConfigurationError,
    Expired,
    KeysUnavailable,
    LoadBalancer,
    MalformedToken,
    TokenError,
    UnknownIssuer,
    UnknownKey,
    UserPool,
    Verifier,
    WrongClient,
)
from cogauth.keys import MAX_DOCUMENT, KeyDocumentError, pem_table

NOW = 1_700_000_000
ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/front/50dc6c495c0c9188"
OTHER_ARN = ARN.replace("front", "other")
POOL = "eu-west-1_AbCdEf123"
ISSUER = f"https://cognito-idp.eu-west-1.amazonaws.com/{POOL}"
CLIENT = "1h57kf5cpq17m0eml12EXAMPLE"
KID = "12345678-1234-1234-1234-123456789012"
KEY_URL = f"https://public-keys.auth.elb.eu-west-1.amazonaws.com/{KID}"
ABSENT: Any = object()

Sign = Callable[[bytes], bytes]


@cache
def private_key(name: str = "signer") -> ec.EllipticCurvePrivateKey:
    del name
    return ec.generate_private_key(ec.SECP256R1())


def pem(name: str = "signer") -> bytes:
    return private_key(name).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def signed(message: bytes, name: str = "signer") -> bytes:
    r, s = decode_dss_signature(private_key(name).sign(message, ec.ECDSA(SHA256())))
    return r.to_bytes(32) + s.to_bytes(32)


def segment(members: Mapping[str, object]) -> bytes:
    present = {name: value for name, value in members.items() if value is not ABSENT}
    return base64.urlsafe_b64encode(json.dumps(present).encode())


def data(
    header: Mapping[str, object] | None = None, claims: Mapping[str, object] | None = None, key: str = "signer"
) -> str:
    """Write what a load balancer would, with members replaced or left out."""
    head = {"typ": "JWT", "kid": KID, "alg": "ES256", "iss": ISSUER, "client": CLIENT, "signer": ARN, "exp": NOW + 120}
    body = {"sub": "u1", "email_verified": "true", "username": "ana", "exp": NOW + 120, "iss": ISSUER}
    message = segment({**head, **(header or {})}) + b"." + segment({**body, **(claims or {})})
    return (message + b"." + base64.urlsafe_b64encode(signed(message, key))).decode()


class Source:
    """The place where keys are, which notes what it is asked for."""

    def __init__(self, document: bytes | None = None) -> None:
        self.asked: list[str] = []
        self._document = document or pem()

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        if not url.endswith(KID):
            raise OSError
        return self._document


def balancer(**options: Any) -> LoadBalancer:
    return LoadBalancer(ARN, **{"client": CLIENT, "issuer": ISSUER, **options})


def verifier(source: Source | None = None, *others: UserPool | LoadBalancer, leeway: float = 0) -> Verifier:
    return Verifier(balancer(), *others, fetch=source or Source(), clock=lambda: NOW, leeway=leeway)


def test_a_signed_in_user() -> None:
    """The load balancer's word makes a person, without groups, and its key is fetched once."""
    source = Source()
    verifying = verifier(source)

    first, second = (verifying.verify_oidc_data(data()) for _ in range(2))

    assert ("u1", "ana", CLIENT, ISSUER, ARN) == (
        first.subject,
        first.username,
        first.client_id,
        first.issuer,
        first.issuer_name,
    )
    assert (frozenset(), False, NOW + 120) == (first.groups, first.is_machine, first.expires_at)
    assert first == second
    assert [KEY_URL] == source.asked


def test_all_that_is_said() -> None:
    """Every field of the principal: what the load balancer does not tell is empty."""
    principal = verifier().verify_oidc_data(data())
    expected: dict[str, object] = {
        "subject": "u1",
        "username": "ana",
        "client_id": CLIENT,
        "token_use": "id",
        "issuer": ISSUER,
        "issuer_name": ARN,
        "groups": frozenset[str](),
        "scopes": frozenset[str](),
        "audience": frozenset({CLIENT}),
        "issued_at": NOW + 120,
        "expires_at": NOW + 120,
        "auth_time": None,
        "token_id": None,
        "session_id": None,
        "acr": None,
        "acr_levels": (),
        "amr": frozenset[str](),
        "actor": None,
        "identities": (),
        "is_machine": False,
        "claims": {"sub": "u1", "email_verified": "true", "username": "ana", "exp": NOW + 120, "iss": ISSUER},
        "memo": {},
    }

    assert expected == {name: getattr(principal, name) for name in principal.__struct_fields__}


def test_several_clients() -> None:
    """A listener may sign users in with any of them; the principal has the one that it was."""
    verifying = Verifier(balancer(client={"x", CLIENT}), fetch=Source(), clock=lambda: NOW)

    assert ["x", CLIENT] == [verifying.verify_oidc_data(data({"client": one})).client_id for one in ("x", CLIENT)]


def test_until_the_end_of_time() -> None:
    """The last second of the year 9999 can be told as a date, and the earlier of the two expiries is the one."""
    last = 253_402_300_799

    assert last == verifier().verify_oidc_data(data({"exp": last}, {"exp": last})).expires_at
    assert NOW + 1 == verifier().verify_oidc_data(data({"exp": last}, {"exp": NOW + 1})).expires_at
    assert NOW + 1 == verifier().verify_oidc_data(data({"exp": NOW + 1}, {"exp": last})).expires_at


def test_awaited() -> None:
    """The same, awaited."""
    source = Source()

    async def fetch(url: str) -> bytes:
        return source(url)

    verifying = AsyncVerifier(balancer(), fetch=fetch, clock=lambda: NOW)

    assert "u1" == asyncio.run(verifying.verify_oidc_data(data())).subject


@pytest.mark.parametrize(
    ("value", "error", "reason"),
    [
        pytest.param(5, MalformedToken, "malformed.not_string", id="a number"),
        pytest.param("a" * 16_385, MalformedToken, "malformed.too_large", id="too large"),
        pytest.param("ä.b.c", MalformedToken, "malformed.charset", id="not ASCII"),
        pytest.param("", MalformedToken, "malformed.segments", id="empty"),
        pytest.param("YQ==.YQ==", MalformedToken, "malformed.segments", id="two segments"),
        pytest.param("YQ==..YQ==", MalformedToken, "malformed.segments", id="an empty segment"),
        pytest.param(data() + ".YQ==", MalformedToken, "malformed.segments", id="four segments"),
        pytest.param(data().replace("=", ""), MalformedToken, "malformed.base64", id="without padding"),
        pytest.param(data() + "====", MalformedToken, "malformed.base64", id="too much padding"),
        pytest.param(data({"alg": "none"}), MalformedToken, "header.alg_not_allowed", id="unsigned"),
        pytest.param(data({"alg": "RS256"}), MalformedToken, "header.alg_not_allowed", id="another algorithm"),
        pytest.param(data({"crit": ["exp"]}), MalformedToken, "header.crit", id="critical member"),
        pytest.param(data({"jku": KEY_URL}), MalformedToken, "header.key_material", id="names its own key"),
        pytest.param(data({"signer": OTHER_ARN}), UnknownIssuer, "header.signer", id="another load balancer"),
        pytest.param(data({"signer": ABSENT}), UnknownIssuer, "header.signer", id="no signer"),
        pytest.param(data({"signer": [ARN]}), UnknownIssuer, "header.signer", id="a list of signers"),
        pytest.param(data({"signer": {ARN: 1}}), UnknownIssuer, "header.signer", id="an object, which has no hash"),
        pytest.param(data({"kid": "../x"}), UnknownKey, "key.not_found", id="a path for a key id"),
        pytest.param(data({"kid": KID + "\n"}), UnknownKey, "key.not_found", id="a key id with a newline"),
        pytest.param(data({"kid": KID.upper() + "/"}), UnknownKey, "key.not_found", id="a key id with a slash"),
        pytest.param(data(key="stranger"), BadSignature, "signature.invalid", id="another key"),
        pytest.param(data({"client": "x"}), WrongClient, "claims.client_mismatch", id="another client"),
        pytest.param(data({"client": ABSENT}), WrongClient, "claims.client_mismatch", id="no client"),
        pytest.param(data({"iss": ISSUER + "x"}), UnknownIssuer, "claims.iss_unknown", id="another issuer"),
        pytest.param(data({}, {"iss": ISSUER + "x"}), UnknownIssuer, "claims.iss_unknown", id="another issuer inside"),
        pytest.param(data({"exp": NOW}), Expired, "claims.expired", id="expired"),
        pytest.param(data({}, {"exp": NOW}), Expired, "claims.expired", id="expired inside"),
        pytest.param(data({}, {"exp": 1}), Expired, "claims.expired", id="expired long ago"),
        pytest.param(data({"exp": ABSENT}), BadClaim, "claims.exp_missing", id="without expiry"),
        pytest.param(data({}, {"exp": True}), BadClaim, "claims.exp_type", id="an expiry that is none"),
        pytest.param(data({"exp": 10**15}), BadClaim, "claims.exp_range", id="an expiry out of this world"),
        pytest.param(data({"exp": 253_402_300_800}), BadClaim, "claims.exp_range", id="an expiry in the year 10000"),
        pytest.param(data({}, {"exp": 0}), BadClaim, "claims.exp_range", id="an expiry at the epoch"),
        pytest.param(data({}, {"sub": ABSENT}), BadClaim, "claims.sub_type", id="nobody"),
        pytest.param(data({}, {"sub": ""}), BadClaim, "claims.sub_invalid", id="an empty subject"),
        pytest.param(data({}, {"username": 5}), BadClaim, "claims.username_type", id="a number for a name"),
        pytest.param(data({}, {"x": 10**30}), MalformedToken, "claims.invalid_number", id="an endless number"),
    ],
)
def test_refused(value: Any, error: type[TokenError], reason: str) -> None:
    """Whatever is not the word of the configured load balancer, in its own spelling, is refused."""
    with pytest.raises(TokenError) as caught:
        verifier().verify_oidc_data(value)

    assert (error, reason) == (type(caught.value), caught.value.reason)


@pytest.mark.parametrize("place", [1, 2])
def test_stray_bits(place: int) -> None:
    """A segment has one spelling."""
    segments = data({}, {"x": ""}).split(".")
    bare = segments[place].rstrip("=")
    padding = segments[place][len(bare) :]
    if padding:
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        segments[place] = bare[:-1] + letters[letters.index(bare[-1]) + 1] + padding
    else:
        segments[place] = "!" + bare[1:]

    with pytest.raises(MalformedToken, match="malformed") as caught:
        verifier().verify_oidc_data(".".join(segments))

    assert caught.value.reason.startswith("malformed.base64")


def test_leeway() -> None:
    """Expiry is stretched as a token's is."""
    assert "u1" == verifier(leeway=60).verify_oidc_data(data({"exp": NOW - 59})).subject


def test_without_a_name() -> None:
    """A provider need not tell a name."""
    assert None is verifier().verify_oidc_data(data({}, {"username": ABSENT, "iss": ABSENT})).username


def test_no_bearer_token() -> None:
    """What a load balancer signs is never taken for a token, padded or not."""
    pool = UserPool(POOL, clients={CLIENT})
    for value in (data(), data().replace("=", ""), data({}, {"iss": "https://idp.example"}).replace("=", "")):
        with pytest.raises(MalformedToken):
            verifier(None, pool).verify(value)


def test_invented_keys() -> None:
    """Invented key ids cause two requests in all, and the known key goes on to serve."""
    source = Source()
    verifying = verifier(source)
    verifying.verify_oidc_data(data())
    for number in range(40):
        with pytest.raises(KeysUnavailable):
            verifying.verify_oidc_data(data({"kid": f"{number:08x}-1234-1234-1234-123456789012"}))

    assert 2 == len(source.asked)


def test_key_that_is_none() -> None:
    """A document that is no key on P-256 brings nothing."""
    verifying = verifier(Source(b"<html>"))

    with pytest.raises(KeysUnavailable):
        verifying.verify_oidc_data(data())


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        pytest.param(b"", "jwks.invalid", id="empty"),
        pytest.param(b"x" * (MAX_DOCUMENT + 1), "jwks.too_large", id="too large"),
        pytest.param(
            rsa.generate_private_key(65_537, 2048)
            .public_key()
            .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "jwks.no_usable_key",
            id="RSA",
        ),
        pytest.param(
            ec.generate_private_key(ec.SECP384R1())
            .public_key()
            .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "jwks.no_usable_key",
            id="another curve",
        ),
    ],
)
def test_pem_that_is_none(document: bytes, reason: str) -> None:
    """A load balancer's key is on P-256, and nothing else is its key."""
    with pytest.raises(KeyDocumentError) as caught:
        pem_table(document, KID)

    assert reason == caught.value.reason


def test_pem() -> None:
    """One key, under the id that it was asked for by."""
    assert f"<VerificationKey '{KID}' ES256 256 bits>" == repr(pem_table(pem(), KID).keys[KID])


@pytest.mark.parametrize(
    ("arn", "url"),
    [
        (ARN, KEY_URL),
        (
            ARN.replace("arn:aws:", "arn:aws-us-gov:").replace("eu-west-1", "us-gov-west-1"),
            f"https://s3-us-gov-west-1.amazonaws.com/aws-elb-public-keys-prod-us-gov-west-1/{KID}",
        ),
        (
            ARN.replace("arn:aws:", "arn:aws-cn:").replace("eu-west-1", "cn-north-1"),
            f"https://public-keys.auth.elb.cn-north-1.amazonaws.com.cn/{KID}",
        ),
    ],
)
def test_key_url(arn: str, url: str) -> None:
    """Keys are where the load balancer's own Region and partition have them."""
    source = LoadBalancer(arn, client=CLIENT, issuer=ISSUER).source(KID)

    assert source is not None
    assert url == source.url


@pytest.mark.parametrize(
    ("arn", "options", "problem"),
    [
        pytest.param("front", {}, "arn", id="a name for an ARN"),
        pytest.param(5, {}, "arn", id="a number for an ARN"),
        pytest.param(ARN + "\n", {}, "arn", id="an ARN with a newline"),
        pytest.param(ARN.replace("/app/", "/net/"), {}, "arn", id="a network load balancer"),
        pytest.param(ARN, {"client": []}, "client", id="no client"),
        pytest.param(ARN, {"client": 5}, "client", id="a number for a client"),
        pytest.param(ARN, {"issuer": "http://example.com"}, "issuer", id="an issuer without TLS"),
        pytest.param(ARN, {"name": ""}, "name", id="an empty name"),
        pytest.param(ARN, {"key_url": "http://example.com"}, "key_url", id="keys without TLS"),
    ],
)
def test_built_wrongly(arn: Any, options: dict[str, Any], problem: str) -> None:
    """Mistakes show when it is built."""
    with pytest.raises(ConfigurationError, match=f"LoadBalancer: {problem}: "):
        LoadBalancer(arn, **{"client": CLIENT, "issuer": ISSUER, **options})


def test_twice() -> None:
    """One load balancer is given once, and no other issuer has its name."""
    with pytest.raises(ConfigurationError, match="same load balancer twice"):
        Verifier(balancer(), balancer(client="x", name="other"))
    with pytest.raises(ConfigurationError, match="two different issuers"):
        Verifier(balancer(name="staff"), UserPool(POOL, clients={CLIENT}, name="staff"))


def test_warm() -> None:
    """There is nothing to fetch ahead: which keys a load balancer will use is not known before."""
    source = Source()
    verifying = verifier(source)
    verifying.warm()

    assert [] == source.asked
    assert () == verifying.health()
    assert "LoadBalancer" in repr(verifying.issuers[0])

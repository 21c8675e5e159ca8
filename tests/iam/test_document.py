"""Documents: resources spelled for a stage, odd paths refused, lengths kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from cogauth.iam.document import MAX_RESOURCE, Resources, careful, too_long
from devtools.iam_matcher import allows

BASE = "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod"


def test_nothing_allowed_is_everything_denied() -> None:
    """In so many words: with silence, a resource policy might allow."""
    assert {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": [f"{BASE}/*"]}],
    } == Resources((), ("GET/a",)).document(BASE)


def test_allowed_and_denied() -> None:
    """One statement for each effect; without denials none denies."""
    allow = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": [f"{BASE}/GET/a"]}
    deny = {"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": [f"{BASE}/GET/b"]}

    assert [allow] == Resources(("GET/a",)).document(BASE)["Statement"]
    assert [allow, deny] == Resources(("GET/a",), ("GET/b",)).document(BASE)["Statement"]


def test_dated() -> None:
    """What is allowed ends with a moment, in whole seconds, never later."""
    statement = Resources(("GET/a",)).document(BASE, dated=99.9)["Statement"][0]

    assert {"NumericLessThan": {"aws:EpochTime": "99"}} == statement["Condition"]


def test_closed() -> None:
    """Whatever is not allowed is denied, and what is allowed is not."""
    document = Resources(("GET/a",)).document(BASE, closed=True)

    assert {"Effect": "Deny", "Action": "execute-api:Invoke", "NotResource": [f"{BASE}/GET/a"]} == document[
        "Statement"
    ][1]
    assert allows(document, f"{BASE}/GET/a")
    assert not allows(document, f"{BASE}/GET/b")


@pytest.mark.parametrize(
    "base",
    [
        "",
        "*",
        f"{BASE}/",
        f"{BASE}/GET",
        f"{BASE}\n",
        "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/*",
        "arn:aws:execute-api:eu-west-1:123456789012:*/prod",
        "arn:aws:execute-api:*:123456789012:a1b2c3d4e5/prod",
        "arn:aws:execute-api:eu-west-1:*:a1b2c3d4e5/prod",
        "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/pro?",
        "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/${aws:username}",
        "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/$other",
        "arn:aws:lambda:eu-west-1:123456789012:a1b2c3d4e5/prod",
        "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5",
    ],
)
def test_what_is_no_stage_is_refused(base: str) -> None:
    """Above all what would be a pattern: then the caller's own request would say what is allowed."""
    with pytest.raises(ValueError, match="base: must be the ARN of one stage"):
        Resources(("GET/a",)).document(base)


@pytest.mark.parametrize(
    "base",
    [
        BASE,
        "arn:aws-cn:execute-api:cn-north-1:123456789012:a1b2c3d4e5/prod",
        "arn:aws-us-gov:execute-api:us-gov-west-1:123456789012:a1b2c3d4e5/$default",
        "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/v1_2-x",
    ],
)
def test_stages(base: str) -> None:
    """Of each partition, and the stage of HTTP APIs that has no name."""
    assert [f"{base}/GET/a"] == Resources(("GET/a",)).document(base)["Statement"][0]["Resource"]


@pytest.mark.parametrize(
    "path",
    [
        "a//b",
        "/a",
        "a//",
        "a/./b",
        "./a",
        "a/.",
        "a/../b",
        "a/..",
        "a\\b",
        "a%2fb",
        "a%2Fb",
        "a%5cb",
        "%2e%2e/a",
        "%252F",
        "a%00",
        "a%1f",
        "%7F",
    ],
)
def test_odd_paths_are_denied(path: str) -> None:
    """Those that the core answers with 400, wherever a pattern could reach them, in both spellings."""
    document = careful(["GET/*"], [], []).document(BASE)

    assert not allows(document, f"{BASE}/GET/{path}")


@pytest.mark.parametrize(
    "path", ["a.b", "a/..b", ".a", "a/...", "100%", "caf%C3%A9", "a%20b", "user%40example.com", "é"]
)
def test_others_are_not(path: str) -> None:
    """What only looks like them passes."""
    assert allows(careful(["GET/*"], [], []).document(BASE), f"{BASE}/GET/{path}")


def test_where_no_pattern_reaches_none_is_denied() -> None:
    """Names alone take no odd path."""
    assert Resources(("GET/a", "GET/a/")) == careful(["GET/a", "GET/a/"], [], ["b"])


def escaped(name: str, place: int, *, upper: bool) -> str:
    octets = "".join(f"%{octet:02X}" if upper else f"%{octet:02x}" for octet in name[place].encode())
    return name[:place] + octets + name[place + 1 :]


@given(
    name=st.text("azAZ09-._~!$&'()+,;=:@\xe9\u0101\u65e5", min_size=1, max_size=5),
    place=st.integers(0, 4),
    upper=st.booleans(),
)
def test_what_denies_by_name_denies_it_however_it_is_spelled(*, name: str, place: int, upper: bool) -> None:
    """`/%73ecret` is `/secret` to a backend, and to a gateway that compares paths as they were sent it is not."""
    document = careful(["GET/*"], [f"GET/{name}"], [name]).document(BASE)

    assert not allows(document, f"{BASE}/GET/{escaped(name, place % len(name), upper=upper)}")


@pytest.mark.parametrize("path", ["%41", "a%20b", "%40", "%C3%A8", "o%33"])
def test_other_escapes_pass(path: str) -> None:
    """Only the characters of those names are looked for, and with letters those beside them."""
    assert allows(careful(["GET/*"], ["GET/secret"], ["secret"]).document(BASE), f"{BASE}/GET/{path}")


@pytest.mark.parametrize(
    ("resources", "limit", "complaint"),
    [
        (Resources(("GET/a",)), 1000, None),
        (Resources(("x" * (MAX_RESOURCE - len(BASE) - 1),)), 1000, None),
        (Resources(("x" * (MAX_RESOURCE - len(BASE)),)), 1000, "a resource has more than 512 characters"),
        (Resources(("GET/a",), ("x" * 500,)), 1000, "a resource has more than 512 characters"),
        (Resources(("GET/a",) * 30), 1000, "the document has 2110 bytes, more than 1000"),
    ],
)
def test_too_long(resources: Resources, limit: int, complaint: str | None) -> None:
    """A resource has a length that AWS sets, the whole has one that is asked for."""
    document: dict[str, Any] = resources.document(BASE)

    assert complaint == too_long(document, limit)


def test_the_limit_itself_is_not_too_long() -> None:
    """One byte less is; what counts is the document as it is sent, without spaces."""
    document = Resources(("GET/a",), ("GET/b",)).document(BASE)
    size = len(json.dumps(document, separators=(",", ":")))

    assert too_long(document, size) is None
    assert too_long(document, size - 1) is not None

"""`cogauth keys`: what are an issuer's keys, and can they be used?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import cogauth
from cogauth.cli.exits import Exit
from cogauth.cli.keys_report import EVERY, Subject, exit_of, judged, reports
from cogauth.cli.keys_words import OF_DOCUMENTS, OF_KEYS
from cogauth.cli.world import World
from cogauth.keys import MAX_DOCUMENT, MAX_KEYS, KeyDocumentError, key_table
from cogauth.testing import LocalUserPool
from cogauth.testing.loopback import serve
from cogauth.transport import FetchError
from tests.cli.stage import Ran, Run, still
from tests.support.providers import JWKS_URI, METADATA, PROVIDER, Web, documented, jwk_of, metadata
from tests.support.scripted import answer, scripted
from tests.support.tokens import ISSUER, POOL_ID, UPDATED_ISSUER, key_document, signing_key

OLD, NEW = (f"{issuer}/.well-known/jwks.json" for issuer in (ISSUER, UPDATED_ISSUER))
ONE, TWO = key_document("k1"), key_document("k1", "k2")
GOOD: Mapping[str, Any] = signing_key("k1").jwk
SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQ"
PRIVATE = {**GOOD, "kid": "leaked", "d": SECRET, "p": SECRET}
SYMMETRIC = {"kid": "shared", "kty": "oct", "k": SECRET, "alg": "HS256"}

REAL = World(somebody_types=lambda: False)


def world(documents: Mapping[str, bytes | Exception]) -> World:
    """A world whose network is these documents."""
    return World(fetch=Web(documents).fetch, somebody_types=lambda: False)


def table(ran: Ran) -> list[list[str]]:
    """The rows about keys, each in its columns."""
    rows = [line.split("  ") for line in ran.out.splitlines() if line.startswith("  ")]
    return [[cell.strip() for cell in row if cell.strip()] for row in rows if len([cell for cell in row if cell]) > 4]


# -- Over a real connection --------------------------------------------------------------------------------------------


def test_the_keys_of_a_pool_are_fetched_and_shown(run: Run) -> None:
    """From a key server on this machine: each with its type, size and verdict."""
    pool = LocalUserPool(POOL_ID, clients={"web"})
    with pool.serve() as base_url:
        url = f"{base_url}/.well-known/jwks.json"
        ran = run("keys", POOL_ID, "--jwks-uri", url, world=REAL)
    assert (0, "", 1) == (ran.exit, ran.err, pool.requests)
    assert f"USABLE  {POOL_ID}" == ran.out.splitlines()[0]
    assert f"  keys    {url}" in ran.out.splitlines()
    heading, *rows = table(ran)
    assert ["kid", "kty", "alg", "use", "size", "verdict"] == heading
    assert [[key["kid"], "RSA", "RS256", "sig", "2048 bits", "usable"] for key in pool.jwks["keys"]] == rows


def test_the_keys_of_a_provider_are_discovered(run: Run) -> None:
    """By the issuer's metadata, over a real connection; the keys may be for any algorithm."""

    def respond(origin: str, path: str) -> Mapping[str, object] | None:
        if path == "/.well-known/openid-configuration":
            return {"issuer": origin, "jwks_uri": f"{origin}/keys"}
        members = [jwk_of("ES256", "e1"), jwk_of("EdDSA", "e2"), jwk_of("PS512", "e3")]
        return {"keys": members} if path == "/keys" else None

    with serve(respond) as origin:
        ran = run("keys", origin, world=REAL)
        elsewhere = run("keys", f"{origin}/", world=REAL)
    assert 0 == ran.exit
    assert f"  keys    {origin}/keys" in ran.out.splitlines()
    assert [
        ["e1", "EC", "ES256", "sig", "P-256", "usable"],
        ["e2", "OKP", "EdDSA", "sig", "Ed25519", "usable"],
        ["e3", "RSA", "PS512", "sig", "2048 bits", "usable"],
    ] == table(ran)[1:]
    assert 1 == elsewhere.exit
    assert "a slash at the end counts" in elsewhere.out


@pytest.mark.parametrize(
    ("status", "reason"), [("404 x", "jwks.http_status"), ("302 x\nLocation: /x", "jwks.redirect")], ids=["404", "302"]
)
def test_a_server_that_has_no_keys(status: str, reason: str, run: Run) -> None:
    """Nothing can be said of any key: the exit code is another than for bad ones."""
    status, _, headers = status.partition("\n")
    with scripted(answer(status=status, headers=headers)) as server:
        ran = run("keys", "--jwks-uri", server.url, world=REAL)
    assert (3, f"UNAVAILABLE  {server.url}") == (ran.exit, ran.out.splitlines()[0])
    assert f"({reason})" in ran.out
    assert "what to do" in ran.out


# -- The two issuer strings of a pool ----------------------------------------------------------------------------------

REFUSED = b'{"keys":[]}'
GONE = FetchError("jwks.http_status")


@pytest.mark.parametrize(
    ("old", "new", "code", "verdicts"),
    [
        pytest.param(ONE, TWO, 0, ["usable", "usable"], id="both answer"),
        pytest.param(ONE, GONE, 0, ["usable", "unavailable"], id="the usual one"),
        pytest.param(GONE, ONE, 0, ["unavailable", "usable"], id="the other one"),
        pytest.param(GONE, GONE, 3, ["unavailable", "unavailable"], id="neither"),
        pytest.param(ONE, REFUSED, 1, ["usable", "refused"], id="one answers badly"),
        pytest.param(REFUSED, GONE, 1, ["refused", "unavailable"], id="the only one answers badly"),
        pytest.param(OSError(), TimeoutError(), 3, ["unavailable", "unavailable"], id="no network"),
    ],
)
def test_both_forms_of_a_pool_are_looked_at(
    old: bytes | Exception, new: bytes | Exception, code: int, verdicts: list[str], run: Run
) -> None:
    """Which of them answers is shown; most pools use one, and that is no fault."""
    ran = run("keys", POOL_ID, "--json", world=world({OLD: old, NEW: new}))
    assert (code, verdicts) == (ran.exit, [one["verdict"] for one in ran.json["documents"]])
    assert [[ISSUER], [UPDATED_ISSUER]] == [one["issuers"] for one in ran.json["documents"]]
    assert [OLD, NEW] == [one["url"] for one in ran.json["documents"]]
    assert {0: "usable", 1: "refused", 3: "unavailable"}[code] == ran.json["verdict"]


def test_one_document_for_both_forms_is_fetched_once(run: Run) -> None:
    """Where --jwks-uri names it."""
    web = Web({JWKS_URI: ONE})
    ran = run("keys", POOL_ID, "--jwks-uri", JWKS_URI, "--json", world=World(fetch=web.fetch))
    assert (0, [JWKS_URI]) == (ran.exit, web.urls)
    assert [[ISSUER, UPDATED_ISSUER]] == [one["issuers"] for one in ran.json["documents"]]


def test_two_documents_are_shown_apart(run: Run) -> None:
    """With an empty line between them."""
    ran = run("keys", POOL_ID, world=world({OLD: ONE, NEW: GONE}))
    first, second = ran.out.split("\n\nUNAVAILABLE  ")
    assert first.startswith("USABLE  ")
    assert f"issuer      {UPDATED_ISSUER}" in second


# -- Keys that are not used --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"kid": ""}, "key.kid"),
        ({"kid": 5}, "key.kid"),
        ({"kty": "oct"}, "key.type"),
        ({"kty": ["RSA"]}, "key.type"),
        ({"use": "enc"}, "key.use"),
        ({"key_ops": ["sign"]}, "key.ops"),
        ({"alg": "RS512"}, "key.alg_mismatch"),
        ({"n": "AQAB"}, "key.size"),
        ({"n": "?"}, "key.number"),
        ({"e": "Aw"}, "key.exponent"),
    ],
)
def test_a_key_that_is_not_used_is_told_why(changes: dict[str, Any], reason: str, run: Run, tmp_path: Path) -> None:
    """Beside a good one, and alone; in the words of the document where these are words."""
    other = {**GOOD, "kid": "other"} | changes
    file = tmp_path / "jwks.json"
    file.write_bytes(documented(GOOD, other))
    ran = run("keys", POOL_ID, "--file", file, "--json")
    (document,) = ran.json["documents"]
    good, bad = document["keys"]
    assert (0, True, None, False, reason) == (
        ran.exit,
        good["usable"],
        good["reason"],
        bad["usable"],
        bad["reason"],
    )
    assert [other["kid"] if isinstance(other["kid"], str) else None, None] == [bad["kid"], bad["size"]]
    assert bad["message"]
    file.write_bytes(documented(other))
    ran = run("keys", POOL_ID, "--file", file)
    assert (1, True) == (ran.exit, ran.out.startswith("REFUSED  "))
    assert "none of its keys can be used (jwks.no_usable_key)" in ran.out
    assert f"skipped: {bad['message']} ({reason})" in ran.out


def test_the_curve_of_a_key_that_is_not_used_is_shown(run: Run, tmp_path: Path) -> None:
    """As its document has it."""
    file = tmp_path / "jwks.json"
    file.write_bytes(documented(GOOD, jwk_of("ES256", "e1", {"crv": "P-521"})))
    ran = run("keys", "--file", file, "--json")
    key = ran.json["documents"][0]["keys"][1]
    assert ("EC", "P-521", "key.curve_mismatch") == (key["kty"], key["size"], key["reason"])


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        pytest.param(b"", "jwks.invalid", id="nothing"),
        pytest.param(b"<html>", "jwks.invalid", id="no JSON"),
        pytest.param(b"[]", "jwks.invalid", id="no object"),
        pytest.param(b'{"keys": 5}', "jwks.invalid", id="no list"),
        pytest.param(b'{"keys": [5]}', "jwks.invalid", id="no objects"),
        pytest.param(b'{"keys": [], "keys": []}', "jwks.duplicate_member", id="a member twice"),
        pytest.param(documented(GOOD, GOOD), "jwks.duplicate_kid", id="a kid twice"),
        pytest.param(documented(*[GOOD] * (MAX_KEYS + 1)), "jwks.too_complex", id="too many"),
        pytest.param(b" " * (MAX_DOCUMENT + 9), "jwks.too_large", id="too large"),
        pytest.param(documented(GOOD, PRIVATE), "jwks.private_key", id="a private key"),
    ],
)
def test_a_document_that_is_refused(document: bytes, reason: str, run: Run) -> None:
    """Fetched, in a file and on standard input: no, with the reason and what to do."""
    for ran in (
        run("keys", POOL_ID, "--jwks-uri", JWKS_URI, "--json", world=world({JWKS_URI: document})),
        run("keys", POOL_ID, "--file", "-", "--json", text=document),
    ):
        (found,) = ran.json["documents"]
        assert (1, "refused", reason) == (ran.exit, found["verdict"], found["error"]["reason"])
        assert found["error"]["advice"].endswith(".")
        assert len(found["keys"]) <= MAX_KEYS


@pytest.mark.parametrize("wants", [(), ("--json",)], ids=["tables", "JSON"])
@pytest.mark.parametrize("member", [PRIVATE, SYMMETRIC, {**PRIVATE, "kty": SECRET[:4]}], ids=["RSA", "oct", "other"])
def test_no_secret_is_shown(member: Mapping[str, Any], wants: tuple[str, ...], run: Run) -> None:
    """Of a private key that was published no more is printed than its name; the advice says how bad it is."""
    ran = run("keys", POOL_ID, "--file", "-", *wants, text=documented(GOOD, member))
    assert SECRET not in ran.out + ran.err
    assert member["kid"] in ran.out
    if "d" in member:
        assert 1 == ran.exit
        assert "its private half is published with it" in ran.out
        assert "Make a new key now" in ran.out
        assert "usable" in ran.out


def test_text_of_strangers_moves_no_cursor(run: Run) -> None:
    """Whatever a document calls its keys."""
    odd = {**GOOD, "kid": "\x1b[31mred\u202e", "alg": "RS\n256", "use": "\x07"}
    ran = run("keys", POOL_ID, "--file", "-", text=documented(GOOD, odd))
    assert 0 == ran.exit
    assert "\\u001b[31mred\\u202e" in ran.out
    assert all(char.isprintable() or char == "\n" for char in ran.out)


def changed_key(kid: str, changes: dict[str, object]) -> dict[str, object]:
    """A good key of this name, changed."""
    return {**GOOD, "kid": kid} | changes


ODD: list[object] = ["", "AQAB", "EC", "ES256", "RS256", "enc", "oct", "sig", ["verify"], None, 1.5, {}]


@given(
    members=st.lists(
        st.builds(
            changed_key,
            st.text(max_size=3),
            st.dictionaries(
                st.sampled_from(["alg", "crv", "d", "e", "key_ops", "kid", "kty", "n", "use"]),
                st.sampled_from(ODD),
                max_size=2,
            ),
        ),
        max_size=4,
    ),
    algorithms=st.sampled_from([("RS256",), EVERY]),
)
@settings(max_examples=150, deadline=None)
def test_it_says_what_a_verifier_finds(members: list[dict[str, Any]], algorithms: tuple[str, ...]) -> None:
    """The same document is refused for the same reason, and where it is not, the same keys are used and skipped."""
    document = documented(*members)
    report = judged(document, algorithms, "here")
    if report.reason is not None:
        with pytest.raises(KeyDocumentError) as caught:
            key_table(document, algorithms)
        assert report.reason == caught.value.reason
        return
    expected = key_table(document, algorithms)
    assert list(expected.keys) == [member.kid for member in report.members if member.reason is None]
    skipped = [(member.kid or "", member.reason) for member in report.members if member.reason is not None]
    assert list(expected.skipped) == skipped


# -- What is asked for -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metadata_document", "reason"),
    [
        pytest.param(b"<html>", "jwks.discovery_invalid", id="no metadata"),
        pytest.param(metadata({"issuer": "https://evil.example"}), "jwks.discovery_issuer", id="another issuer's"),
        pytest.param(metadata({"jwks_uri": "http://idp.example/keys"}), "jwks.discovery_uri", id="keys in the clear"),
    ],
)
def test_metadata_that_will_not_do(metadata_document: bytes, reason: str, run: Run) -> None:
    """It is there and is refused: no, and no key is asked for."""
    web = Web({METADATA: metadata_document, JWKS_URI: ONE})
    ran = run("keys", PROVIDER, "--json", world=World(fetch=web.fetch))
    assert (1, [METADATA]) == (ran.exit, web.urls)
    assert reason == ran.json["documents"][0]["error"]["reason"]


def test_a_provider_whose_keys_are_named(run: Run) -> None:
    """Nothing is discovered then."""
    web = Web({JWKS_URI: ONE})
    ran = run("keys", PROVIDER, "--jwks-uri", JWKS_URI, world=World(fetch=web.fetch))
    assert (0, [JWKS_URI]) == (ran.exit, web.urls)


def test_a_document_of_nobody_in_particular(run: Run, tmp_path: Path) -> None:
    """Its keys may be for any algorithm; a pool's are for RS256."""
    file = tmp_path / "jwks.json"
    file.write_bytes(documented(jwk_of("ES256", "e1"), {**GOOD, "alg": "RS512"}))
    assert 0 == run("keys", "--file", file).exit
    ran = run("keys", POOL_ID, "--file", file, "--json")
    assert (1, {"key.alg_mismatch"}) == (ran.exit, {key["reason"] for key in ran.json["documents"][0]["keys"]})
    assert [] == run("keys", "--file", file, "--json").json["documents"][0]["issuers"]


CONFIGURED = """\
version = 1

[[issuer]]
name = "staff"
user_pool = "eu-west-1_AbCdEf123"
clients = ["web"]

[[issuer]]
name = "partner"
oidc = "https://idp.example"
audience = ["https://api.example.com"]

[[issuer]]
name = "pinned"
user_pool = "eu-west-1_Other4567"
clients = ["web"]
jwks = "jwks.json"

[[route]]
match = "GET /"
allow = "authenticated"
"""


def test_the_issuers_of_a_configuration(run: Run, tmp_path: Path) -> None:
    """Each is looked at, pinned keys too; one that does not answer at all makes the whole unavailable."""
    (tmp_path / "cogauth.toml").write_text(CONFIGURED)
    (tmp_path / "jwks.json").write_bytes(documented(GOOD, {**GOOD, "kid": "x", "use": "enc"}, {"kty": "oct"}))
    documents: dict[str, bytes | Exception] = {OLD: ONE, METADATA: metadata(), JWKS_URI: ONE}
    ran = run("keys", "--config", tmp_path / "cogauth.toml", "--json", world=world(documents))
    assert 0 == ran.exit
    assert [("staff", OLD), ("staff", NEW), ("partner", JWKS_URI), ("pinned", "(pinned)"), ("pinned", "(pinned)")] == [
        (one["name"], one["url"]) for one in ran.json["documents"]
    ]
    pinned = ran.json["documents"][3]["keys"]
    assert [("k1", None), ("x", "key.use"), (None, "key.kid")] == [(key["kid"], key["reason"]) for key in pinned]
    del documents[METADATA]
    assert 3 == run("keys", "--config", tmp_path / "cogauth.toml", world=world(documents)).exit
    with chdir(tmp_path):
        assert 3 == run("keys", world=world(documents)).exit


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param((), "there is no cogauth.toml here", id="nothing"),
        pytest.param(("AbC",), "user pool id: not of the form", id="no pool"),
        pytest.param(("http://idp.example",), "issuer: must be an https URL", id="a provider in the clear"),
        pytest.param((POOL_ID, "--jwks-uri", "ftp://x"), "jwks_uri: must be an https URL", id="a pool's in the clear"),
        pytest.param(("--jwks-uri", "http://example.com/"), "must be an https URL", id="keys in the clear"),
        pytest.param(("--file", "/no/such.json"), "does not exist", id="no file"),
        pytest.param(("--file", "-", "--jwks-uri", "https://x.example"), "two places", id="two places"),
        pytest.param((POOL_ID, "--config", "x.toml"), "--config names issuers", id="two sets of issuers"),
        pytest.param(("--config", "/no/such.toml"), "cannot be read", id="no configuration"),
    ],
)
def test_usage(arguments: tuple[str, ...], said: str, run: Run, tmp_path: Path) -> None:
    """What cannot be asked ends with 2 and says why on standard error; nothing is fetched."""
    with chdir(tmp_path):
        ran = run("keys", *arguments, world=still())
    assert (2, "") == (ran.exit, ran.out)
    assert said in ran.err


def test_an_issuer_that_publishes_no_list_of_keys() -> None:
    """A load balancer: there is nothing to show, and nothing that did not answer."""
    assert Exit.YES == exit_of([(Subject("front", ()), reports(Subject("front", ()), Web({}).fetch))])


@pytest.mark.parametrize("module", ["jwk", "keys", "keyring.discovery", "transport"])
def test_there_are_words_for_every_reason(module: str) -> None:
    """Whatever the reader or a fetch may say, in plain words; and for documents what to do."""
    text = (Path(cogauth.__file__).parent / f"{module.replace(chr(46), chr(47))}.py").read_text("utf-8")
    reasons = set(re.findall(r'"(key\.[a-z_]+|jwks\.[a-z_]+)"', text))
    if module == "keys":
        reasons |= {"jwks.too_complex", "jwks.duplicate_member", "jwks.invalid"}  # put together there
    assert reasons
    assert set() == reasons - OF_KEYS.keys() - OF_DOCUMENTS.keys()

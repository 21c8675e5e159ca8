"""`cogauth explain`: the route, the rule clause by clause with the claim beside it, and the answer."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cogauth.testing import LocalUserPool, Tokens
from tests.cli.stage import CONFIGURATION, NOW, Run

ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123"
PREFIX = "ASSUMED, NOT VERIFIED | "


@pytest.fixture
def file(folder: Path, tmp_path: Path) -> Path:
    """A configuration with a bit of everything."""
    (tmp_path / "jwks.json").write_text((folder / "jwks.json").read_text())
    file = tmp_path / "cogauth.toml"
    file.write_text(
        CONFIGURATION.replace(
            "[[route]]",
            """\
strong = { all = [{ acr_at_least = "urn:cognito:loa:3" }, { signed_in_within = 900 }] }
odd = { any = [{ role = "editor" }, { clients = ["c"] }, { issuer = "staff" }, { token_use = "id" }, { amr = ["mfa"] },
  { machine = true }, { identity_provider = ["Google"] }, { scopes = ["s"] }, { claim = "custom:d", present = true }] }
frozen = { claim = "custom:status", equals = "suspended", default = "" }

[[route]]
match = "PUT /{rest*}"
allow = "odd"
[[route]]
match = "PUT /orders/{id}"
allow = "editor & strong"
deny = "frozen"
[[api]]
name = "billing"
[[api.route]]
match = "GET /invoices"
allow = "authenticated"

[[route]]""",
            1,
        )
    )
    return file


def assumed(run: Run, file: Path, claims: dict[str, Any], *request: str) -> list[str]:
    """What is said of some claims, without the words that they are assumed."""
    ran = run("explain", file, *request, "--claims", "-", text=json.dumps(claims))
    assert ran.exit in (0, 1), ran.err
    lines = ran.out.splitlines()
    assert all(line.startswith(PREFIX.rstrip()) for line in lines)
    return [line.removeprefix(PREFIX.rstrip()).removeprefix(" ") for line in lines]


def test_a_token(run: Run, file: Path, ana: Tokens) -> None:
    """All of it: the answer, the routes, the rule, and who it is."""
    token = file.with_name("token.txt")
    token.write_text(ana.access)
    ran = run("explain", file, "GET", "/orders", "--token-file", token)
    assert (0, "") == (ran.exit, ran.err)
    assert (
        ran.out
        == """\
ALLOWED  GET /orders
  status       200
  reason       allowed
  holds until  2023-11-14 23:13:20 UTC (in 60 min)
  shadow       GET /orders would have denied: missing_group

routes
  decides  GET /orders
  shadow   GET /orders

allow  editor
  met  editor: needs group editors  groups: ["a,b", "editors"]

caller
  kind    person
  issuer  staff
  roles   editor, odd
"""
    )
    assert ran.out == run("explain", file, "GET", "/orders", "--token-file", "-", text=ana.access).out


def test_a_denial(run: Run, file: Path) -> None:
    """What is met stands beside what is missing, and the challenge that the caller gets."""
    told = assumed(run, file, {"cognito:groups": ["editors"], "acr": "urn:cognito:loa:1"}, "PUT", "/orders/17")
    assert "DENIED  PUT /orders/17" == told[0]
    assert '  challenge    Bearer error="insufficient_user_authentication", acr_values="urn:cognito:loa:3"' in told
    routes, allow, deny = (told.index(head) for head in ("routes", "allow  editor & strong", "deny  frozen"))
    assert ["  decides        PUT /orders/{id}", "  less specific  PUT /{rest*}", ""] == told[routes + 1 : allow]
    assert [
        ["missing", "all of"],
        ["met", "editor: needs group editors", 'groups: ["editors"]'],
        ["missing", "strong: all of"],
        ["missing", "needs acr urn:cognito:loa:3 or stronger", 'acr: "urn:cognito:loa:1"'],
        ["met", "needs a sign-in within 900 seconds", "auth_time: 2023-11-14 22:13:20 UTC (now)"],
        [""],
    ] == [re.split(" {2,}", line.strip()) for line in told[allow + 1 : deny]]
    assert "  missing  frozen: needs claim custom:status equals 'suspended'  custom:status: (absent)" == told[deny + 1]


def test_a_deny_rule_that_is_met(run: Run, file: Path) -> None:
    """It is met, and so it is denied."""
    told = assumed(run, file, {"cognito:groups": ["editors"], "custom:status": "suspended"}, "PUT", "/orders/17")
    assert ("DENIED  PUT /orders/17", "  reason       denied") == (told[0], told[2])
    assert "  met  frozen: needs claim custom:status equals 'suspended'  custom:status: \"suspended\"" in told


def test_what_each_condition_looks_at(run: Run, file: Path) -> None:
    """And what stands there, absent or not."""
    told = assumed(run, file, {"custom:d": ["\x1b"], "scope": "t"}, "PUT", "/a/b")
    found = [re.split(" {2,}", line)[-1] for line in told if line.startswith(("  met   ", "  missing   "))]
    assert [
        "groups: []",
        'client: "web"',
        'issuer: "staff"',
        'token_use: "access"',
        "amr: (absent)",
        'kind: "person"',
        "cognito:groups: []",
        'scope: ["t"]',
        'custom:d: ["\\u001b"]',
    ] == found[-9:]


def test_no_token(run: Run, file: Path) -> None:
    """The rule is told as it is written; there is nobody to ask about."""
    ran = run("explain", file, "PUT", "/orders/17")
    assert 1 == ran.exit
    assert "\nallow  editor & strong\n\ndeny  frozen\n\ncaller\n  (nobody)  there is no token\n" in ran.out
    ran = run("explain", file, "GET", "/healthz")
    assert (0, True) == (ran.exit, "\nallow  public\n\ncaller\n  (nobody)  there is no token\n" in ran.out)


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        pytest.param("/nothing", 403, "no_route", id="no route"),
        pytest.param("/orders/../x", 400, "odd_path", id="an odd path"),
        pytest.param("/orders/a%2Fb", 400, "odd_path", id="an encoded slash"),
    ],
)
def test_no_route(path: str, status: int, reason: str, run: Run, file: Path, ana: Tokens) -> None:
    """There is no rule to explain, and it is a no."""
    ran = run("explain", file, "GET", path, "--token-file", "-", "--json", text=ana.access)
    assert (1, status, reason) == (ran.exit, ran.json["decision"]["status"], ran.json["decision"]["reason"])
    assert not ran.json.keys() & {"allow", "deny"}
    assert [] == [each for each in ran.json["routes"] if each["decides"] and reason == "no_route"]


def test_an_api(run: Run, file: Path) -> None:
    """Its own routes count where it is asked for, and are told with its name."""
    told = assumed(run, file, {}, "GET", "/invoices", "--api", "billing")
    assert "ALLOWED  GET /invoices" == told[0]
    assert "  decides  GET /invoices (api billing)" in told
    assert "DENIED  GET /invoices" == assumed(run, file, {}, "GET", "/invoices")[0]
    ran = run("explain", file, "GET", "/invoices", "--api", "biling")
    assert (2, True) == (ran.exit, "there are billing" in ran.err)


def test_a_refused_token(run: Run, file: Path, ana: Tokens) -> None:
    """It is told as `verify` tells it, and never shown."""
    ran = run("explain", file, "GET", "/orders", "--token-file", "-", text=ana.id)
    assert (1, True) == (ran.exit, "  code        wrong_use\n" in ran.out)
    assert ana.id not in ran.out + ran.err
    document = run("explain", file, "GET", "/orders", "--token-file", "-", "--json", text=ana.id).json
    assert ("wrong_use", False) == (document["error"]["code"], document["verified"])


def test_keys(run: Run, file: Path, ana: Tokens, folder: Path) -> None:
    """Fetched ones can be replaced by a file, or done without; where there are none it is neither yes nor no."""
    file.write_text(file.read_text().replace('jwks = "jwks.json"\n', ""))
    asked = ("explain", file, "GET", "/orders", "--token-file", "-")
    for options, code in (((), 3), (("--offline",), 3), (("--jwks", folder / "jwks.json"), 0)):
        ran = run(*asked, *options, text=ana.access)
        assert code == ran.exit
        assert (code == 3) is ran.out.startswith("UNKNOWN  GET /orders\n")
    assert (2, True) == (
        (ran := run(*asked, "--jwks", "none.json", text=ana.access)).exit,
        "none.json: cannot be read" in ran.err,
    )


# -- Claims that are assumed -------------------------------------------------------------------------------------------


def test_what_is_made_up(run: Run, file: Path) -> None:
    """It is named; and what is null is left out, so that a machine can be described."""
    ran = run("explain", file, "GET", "/orders", "--claims", "-", "--json", text='{"scope": "s", "username": null}')
    assert (1, "", False) == (ran.exit, ran.err, ran.json["verified"])
    assert ["iss", "sub", "iat", "exp", "token_use", "auth_time", "client_id"] == ran.json["assumed"]["made_up"]
    assert (True, ISSUER, NOW + 3600) == tuple(
        ran.json["principal"][name] for name in ("is_machine", "issuer", "expires_at")
    )
    assert {"kind": "condition", "met": False, "role": "editor", "asks": "needs group editors"} == {
        key: ran.json["allow"][key] for key in ("kind", "met", "role", "asks")
    }
    assert ("groups", []) == (ran.json["allow"]["looks_at"], ran.json["allow"]["found"])
    ran = run("explain", file, "PUT", "/orders/1", "--claims", "-", "--json", text="{}")
    allow, deny = ran.json["allow"], ran.json["deny"]
    assert ("all", False, [False, False]) == (allow["kind"], allow["met"], [part["met"] for part in allow["parts"]])
    assert ("strong", [False, True]) == (
        allow["parts"][1]["role"],
        [part["met"] for part in allow["parts"][1]["parts"]],
    )
    assert (False, "custom:status", None) == (deny["met"], deny["looks_at"], deny["found"])
    assert 'Bearer error="invalid_token"' not in str(ran.json["decision"]["challenge"])


def test_nothing_is_made_up_that_is_said(run: Run, file: Path) -> None:
    """What a verifier would refuse is refused."""
    ran = run("explain", file, "GET", "/orders", "--claims", "-", "--json", text=json.dumps({"exp": NOW - 1}))
    assert (1, "expired") == (ran.exit, ran.json["decision"]["reason"])
    ran = run("explain", file, "GET", "/orders", "--claims", "-", "--json", text='{"token_use": "id"}')
    assert (1, "wrong_use") == (ran.exit, ran.json["decision"]["reason"])


@pytest.mark.parametrize(
    ("issuer", "claims", "use"),
    [
        pytest.param(
            'user_pool = "eu-west-1_AbCdEf123"\nclients = "any-client"\ntoken_use = "id"', {}, "id", id="ID tokens"
        ),
        pytest.param(
            'user_pool = "eu-west-1_AbCdEf123"\nclients = ["a"]\naudience = "https://api"', {}, "access", id="bound"
        ),
        pytest.param('oidc = "https://id.example.com"\naudience = ["api"]', {}, "id", id="a provider"),
        pytest.param(
            'oidc = "https://id.example.com"\naudience = ["api"]\ntoken_use = "access"',
            {},
            "access",
            id="access tokens",
        ),
        pytest.param(
            'identity_pool = "eu-west-1:5f0e3a52-0c4e-4a3b-9d0e-2c1d3f6f7a10"', {}, "id", id="an identity pool"
        ),
        pytest.param(
            'oidc = "https://id.example.com"\naudience = ["api"]\n'
            '[[issuer]]\nuser_pool = "eu-west-1_AbCdEf123"\nclients = ["a"]',
            {"iss": ISSUER},
            "access",
            id="one of two",
        ),
    ],
)
def test_issuers(issuer: str, claims: dict[str, Any], use: str, run: Run, tmp_path: Path) -> None:
    """Of each kind, a good token is made of next to nothing."""
    file = tmp_path / "cogauth.toml"
    file.write_text(f'version = 1\n[[issuer]]\n{issuer}\n[[route]]\nmatch = "GET /"\nallow = "authenticated"\n')
    ran = run("explain", file, "GET", "/", "--claims", "-", "--json", text=json.dumps(claims))
    assert (0, use) == (ran.exit, ran.json["principal"]["token_use"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("[]", "claims: not a JSON object", id="no object"),
        pytest.param('{"a": 1, "a": 2}', "claims: not a JSON object", id="twice the same"),
        pytest.param('{"iss": "https://id.example.com"}', f"claims: iss must be one of {ISSUER}", id="a stranger"),
        pytest.param('{"iss": 5}', "claims: iss must be one of", id="no issuer"),
    ],
)
def test_claims_that_are_none(text: str, said: str, run: Run, file: Path) -> None:
    """They are no caller that is refused, but a mistake of who asks."""
    ran = run("explain", file, "GET", "/", "--claims", "-", text=text)
    assert (2, "", True) == (ran.exit, ran.out, said in ran.err)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("--claims", "-", "--token-file", "-"), "give one or the other", id="two callers"),
        pytest.param(("--claims", "-", "--offline"), "give one or the other", id="claims and keys"),
        pytest.param(("--jwks", "x", "--offline"), "give one of them", id="two places for keys"),
        pytest.param(("--claims", "none.json"), "none.json: cannot be read", id="no claims"),
    ],
)
def test_usage(arguments: tuple[str, ...], said: str, run: Run, file: Path) -> None:
    """What contradicts itself is not answered."""
    ran = run("explain", file, "GET", "/", *arguments)
    assert (2, "", True) == (ran.exit, ran.out, said in ran.err)


def test_a_path_is_a_path(run: Run, file: Path, pool: LocalUserPool) -> None:
    """As for `verify`."""
    ran = run("explain", file, "GET", "https://api.example.com/orders")
    assert (2, True) == (ran.exit, "the path alone" in ran.err)
    assert pool.pool_id in ISSUER

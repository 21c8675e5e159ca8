"""`cogauth verify`: is this token good here, and what may it do?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cogauth import Verifier
from cogauth.cli.world import World
from cogauth.testing import LocalUserPool, Tokens
from tests.cli.stage import NOW, Run


def rows(text: str) -> dict[str, str]:
    """Give what stands in a listing, by its first column."""
    pairs = (line.strip().partition("  ") for line in text.splitlines() if line.startswith("  "))
    return {name: shown.strip() for name, _, shown in pairs}


def test_a_principal_is_listed(run: Run, trusting: tuple[str, ...], pool: LocalUserPool, ana: Tokens) -> None:
    """Everything a rule can ask about, with times as people read them."""
    ran = run("verify", *trusting, text=ana.access)
    who = Verifier(pool.issuer(), clock=lambda: NOW).verify(ana.access)
    assert (0, "") == (ran.exit, ran.err)
    assert "ACCEPTED  an access token of eu-west-1_AbCdEf123" == ran.out.splitlines()[0]
    assert {
        "subject": who.subject,
        "username": "ana",
        "kind": "person",
        "client": "web",
        "token use": "access",
        "issuer": f"eu-west-1_AbCdEf123, {who.issuer}",
        "groups": '"a,b", editors',
        "scopes": "openid, orders/read",
        "audience": "(none)",
        "signed in": "2023-11-14 22:13:20 UTC (now)",
        "issued": "2023-11-14 22:13:20 UTC (now)",
        "expires": "2023-11-14 23:13:20 UTC (in 60 min)",
        "session id": who.session_id,
        "token id": who.token_id,
        "acr": "(none)",
        "amr": "(none)",
    } == rows(ran.out)


@pytest.mark.parametrize(
    ("claims", "shown"),
    [
        pytest.param(
            {"acr": "urn:cognito:loa:4", "amr": ["pwd", "mfa"]},
            {"acr": "urn:cognito:loa:4", "amr": "mfa, pwd"},
            id="how they signed in",
        ),
        pytest.param({"aud": "web"}, {"audience": "web"}, id="audience"),
        pytest.param({"auth_time": None}, {"signed in": "(none)"}, id="no sign-in"),
        pytest.param({"cognito:groups": None}, {"groups": "(none)"}, id="no groups"),
        pytest.param(
            {"cognito:groups": ["\x1b[31mred\x07\n"]}, {"groups": '"\\u001b[31mred\\u0007\\n"'}, id="a terminal's words"
        ),
        pytest.param({"scope": "\u202e"}, {"scopes": "\\u202e"}, id="a turned direction"),
    ],
)
def test_what_a_token_may_say(
    claims: dict[str, Any], shown: dict[str, str], run: Run, trusting: tuple[str, ...], pool: LocalUserPool
) -> None:
    """Absent things are told apart from present ones, and nothing of a token reaches the terminal raw."""
    ran = run("verify", *trusting, text=pool.mint(claims, client="web", user="ana"))
    assert 0 == ran.exit
    assert shown == {name: rows(ran.out)[name] for name in shown}
    assert all(char.isprintable() or char == "\n" for char in ran.out)


def test_a_machine(run: Run, trusting: tuple[str, ...], pool: LocalUserPool) -> None:
    """A client by itself is a machine without a name."""
    ran = run("verify", *trusting, text=pool.machine_token(client="web", scopes=["jobs/run"]))
    assert ("machine", "(none)", "jobs/run") == tuple(rows(ran.out)[name] for name in ("kind", "username", "scopes"))


def test_a_configuration_tells_roles(run: Run, folder: Path, ana: Tokens) -> None:
    """Where there is a policy the principal's roles are listed, and the issuer has its name."""
    ran = run("verify", "--config", folder / "cogauth.toml", "--file", "-", text=ana.access)
    assert 2 == ran.exit  # `--file -` is a file of that name; a dash alone is standard input
    ran = run("verify", "--config", folder / "cogauth.toml", "-", text=ana.access)
    assert (0, "editor") == (ran.exit, rows(ran.out)["roles"])
    assert ran.out.startswith("ACCEPTED  an access token of staff\n")


def test_a_decision_is_told_with_its_reasons(run: Run, folder: Path, ana: Tokens) -> None:
    """The status, the reason, what is unmet, and what a route in shadow mode would have said."""
    config = ("--config", folder / "cogauth.toml")
    ran = run("verify", *config, "--method", "DELETE", "--path", "/orders/17", text=ana.access)
    told = ran.out.partition("DENIED  DELETE /orders/17\n")[2]
    assert 1 == ran.exit
    assert {
        "status": "403",
        "reason": "missing_group",
        "route": "DELETE /orders/{id}",
        "unmet": "needs group admins",
        "holds until": "2023-11-14 23:13:20 UTC (in 60 min)",
    } == rows(told)
    ran = run("verify", *config, "--method", "GET", "--path", "/orders", text=ana.access)
    told = ran.out.partition("ALLOWED  GET /orders\n")[2]
    assert (0, "GET /orders would have denied: missing_group") == (ran.exit, rows(told)["shadow"])


def test_no_token_and_a_public_route(run: Run, folder: Path) -> None:
    """Both are told; the decision answers."""
    config = ("--config", folder / "cogauth.toml")
    ran = run("verify", *config, "--method", "GET", "--path", "/healthz", text="")
    assert 0 == ran.exit
    assert "REFUSED  there is no token" in ran.out
    assert "ALLOWED  GET /healthz" in ran.out
    ran = run("verify", *config, "--method", "GET", "--path", "/orders", text="")
    assert (1, "Bearer") == (ran.exit, rows(ran.out)["challenge"])


@pytest.mark.parametrize(
    ("name", "error"),
    [
        pytest.param("id", ("WrongUse", "wrong_use", "claims.token_use"), id="ID token"),
        pytest.param("refresh", ("RefreshTokenSent", "refresh_token_sent", "malformed.segments"), id="refresh token"),
    ],
)
def test_a_refusal_is_told_with_advice(
    name: str, error: tuple[str, str, str], run: Run, trusting: tuple[str, ...], ana: Tokens
) -> None:
    """The class, its code, the finer reason, and what to do; the exit code is no."""
    token = getattr(ana, name)
    ran = run("verify", *trusting, text=token)
    told = rows(ran.out)
    assert (1, *error) == (ran.exit, told["error"], told["code"], told["reason"])
    assert "send the access token" in told["what to do"]
    assert token not in ran.out + ran.err


def test_another_use_may_be_asked_for(run: Run, trusting: tuple[str, ...], ana: Tokens) -> None:
    """`--use id` accepts ID tokens, `--use any` both."""
    exits = {
        (use, name): run("verify", *trusting, "--use", use, text=token).exit
        for use in ("id", "any")
        for name, token in (("id", ana.id), ("access", ana.access))
    }
    assert {("id", "id"): 0, ("id", "access"): 1, ("any", "id"): 0, ("any", "access"): 0} == exits


def test_keys_that_cannot_be_had(run: Run, ana: Tokens) -> None:
    """That is no refusal: the exit code is another, and it says where the keys were looked for."""
    pool = ("--pool", "eu-west-1_AbCdEf123", "--client", "web", "--jwks-uri", "http://127.0.0.1/keys")
    ran = run("verify", *pool, text=ana.access)
    told = rows(ran.out)
    assert (3, "KeysUnavailable") == (ran.exit, told["error"])
    assert "http://127.0.0.1/keys: ConnectionError" == told["keys"]
    ran = run("verify", *pool, "--json", text=ana.access)
    assert (3, None, {"http://127.0.0.1/keys": "ConnectionError"}) == (
        ran.exit,
        ran.json["accepted"],
        ran.json["error"]["sources"],
    )


def test_an_undecided_request(run: Run, ana: Tokens, tmp_path: Path) -> None:
    """Without keys a request is neither allowed nor denied."""
    file = tmp_path / "cogauth.toml"
    file.write_text(
        'version = 1\n[[issuer]]\nuser_pool = "eu-west-1_AbCdEf123"\nclients = ["web"]\n'
        '[[route]]\nmatch = "GET /"\nallow = "authenticated"\n'
    )
    ran = run("verify", "--config", file, "--method", "GET", "--path", "/", text=ana.access)
    assert 3 == ran.exit
    assert "UNKNOWN  GET /\n" in ran.out


def test_keys_are_fetched(run: Run, pool: LocalUserPool) -> None:
    """From where `--jwks-uri` says, over HTTP, in the world as it is."""
    real = World(somebody_types=lambda: False)
    fresh = LocalUserPool("eu-west-1_AbCdEf123", clients={"web"})
    with fresh.serve() as base_url:
        ran = run(
            "verify",
            "--pool",
            fresh.pool_id,
            "--client",
            "web",
            "--jwks-uri",
            f"{base_url}/.well-known/jwks.json",
            text=fresh.mint(),
            world=real,
        )
    assert (0, 1) == (ran.exit, fresh.requests)


def test_json(run: Run, folder: Path, ana: Tokens, pool: LocalUserPool) -> None:
    """Machines get everything, claims too, as one document."""
    config = ("--config", folder / "cogauth.toml", "--json")
    ran = run("verify", *config, "--method", "GET", "--path", "/orders", text=ana.access)
    document = ran.json
    who = Verifier(pool.issuer(), clock=lambda: NOW).verify(ana.access)
    assert ["accepted", "decision", "principal", "roles"] == sorted(document)
    assert (True, ["editor"], ["a,b", "editors"], NOW + 3600) == (
        document["accepted"],
        document["roles"],
        document["principal"]["groups"],
        document["principal"]["expires_at"],
    )
    assert who.claims["jti"] == document["principal"]["claims"]["jti"]
    assert {
        "allowed": True,
        "status": 200,
        "reason": "allowed",
        "route": "GET /orders",
        "unmet": [],
        "valid_until": NOW + 3600,
        "shadow": {"route": "GET /orders", "allowed": False, "reason": "missing_group"},
    } == document["decision"]
    ran = run("verify", *config, text=ana.id)
    assert (1, False, "wrong_use") == (ran.exit, ran.json["accepted"], ran.json["error"]["code"])

"""Trust: what the command line says of whom to trust."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cogauth import ANY_CLIENT, UserPool
from cogauth.cli.trust import TrustOptions
from tests.cli.stage import Run

POOL = ("--pool", "eu-west-1_AbCdEf123")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("--config", "x.toml", *POOL, "--client", "c"), "give one of them", id="both"),
        pytest.param(POOL, "--pool needs --client", id="a pool without clients"),
        pytest.param(
            ("--client", "c", "--use", "id", "--jwks", "j", "--jwks-uri", "https://x"),
            "--client, --use, --jwks, --jwks-uri: describes the pool that --pool names",
            id="a pool's options without the pool",
        ),
        pytest.param((*POOL, "--client", "c", "--use", "refresh"), "'refresh' is not one of", id="no such use"),
        pytest.param(
            ("--config", "/no/such.toml"),
            "error: /no/such.toml: cannot be read: No such file or directory",
            id="no such file",
        ),
        pytest.param(("--pool", "AbC", "--client", "c"), "error: UserPool: user pool id: not of the form", id="no id"),
        pytest.param((*POOL, "--client", "a b"), "error: UserPool: clients: holds something", id="no client's id"),
        pytest.param(
            (*POOL, "--client", "any-client", "--client", "c"),
            "error: UserPool: clients: holds something",
            id="any client is not one of several",
        ),
        pytest.param(
            (*POOL, "--client", "c", "--jwks", "/no/such.json"), "error: UserPool: jwks: cannot be read", id="no keys"
        ),
        pytest.param(
            (*POOL, "--client", "c", "--jwks-uri", "http://example.com/"),
            "error: UserPool: jwks_uri: must be an https URL",
            id="keys in the clear",
        ),
    ],
)
def test_usage_and_configuration(arguments: tuple[str, ...], said: str, run: Run) -> None:
    """What does not go together, or would be refused while building, ends with 2 and says why on standard error."""
    ran = run("verify", *arguments, text="")
    assert (2, "") == (ran.exit, ran.out)
    assert said in ran.err


def test_every_mistake_of_a_configuration_is_told(run: Run, tmp_path: Path) -> None:
    """One line for each, with the file's name."""
    file = tmp_path / "bad.json"
    file.write_text(json.dumps({"version": 1, "route": [{"match": "GET /x", "allow": "nobody-knows"}]}))
    ran = run("verify", "--config", file, text="")
    lines = ran.err.splitlines()
    assert (2, 2) == (ran.exit, len(lines))
    assert all(line.startswith(f"error: {file}: ") for line in lines)


def test_any_client_has_to_be_said() -> None:
    """It is spelled as in the configuration file, and is the only thing that accepts every client."""
    options = TrustOptions(
        config=None, pool="eu-west-1_AbCdEf123", clients=("any-client",), use=None, jwks=None, jwks_uri=None
    )
    trust = options.trust()
    (pool,) = trust.issuers
    assert isinstance(pool, UserPool)
    assert (ANY_CLIENT, "access") == (pool.clients, pool.token_use)
    assert trust.policy is None

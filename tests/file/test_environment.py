"""Overrides: what differs between stages comes from a closed list of variables, or is a mistake."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from cogauth import ConfigurationError, IdentityPool, LoadBalancer, OIDCIssuer, UserPool
from cogauth.config import Configuration, read
from cogauth.file.environment import OVERRIDES, Override, variable_of
from cogauth.file.model import ISSUERS, names_of
from tests.support.tokens import CLIENT, OTHER_POOL_ID, POOL_ID

ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/front/50dc6c495c0c9188"
GUESTS = "eu-west-1:5f0e3f1c-0000-4000-8000-5f0e3f1c0000"
FILE = f"""
version = 1
[[issuer]]
name = "staff"
user_pool = "{POOL_ID}"
clients = ["{CLIENT}"]
[[issuer]]
name = "my-partner 1"
oidc = "https://login.example"
audience = ["api"]
[[issuer]]
name = "guests"
identity_pool = "{GUESTS}"
[[issuer]]
name = "front"
load_balancer = "{ARN}"
client = "web"
issuer = "https://login.example"
[[issuer]]
user_pool = "{OTHER_POOL_ID}"
clients = ["{CLIENT}"]
"""


def configured(folder: Path, environ: Mapping[str, str], text: str = FILE) -> Configuration:
    """What a file says in an environment."""
    path = folder / "cogauth.toml"
    path.write_text(text, "utf-8")
    return read(path, environ)


@pytest.mark.parametrize(
    ("variable", "value", "place", "issuer"),
    [
        pytest.param(
            "STAFF_USER_POOL",
            "eu-west-1_Prod",
            0,
            UserPool("eu-west-1_Prod", clients={CLIENT}, name="staff"),
            id="pool",
        ),
        pytest.param("STAFF_CLIENTS", "c1,c2", 0, UserPool(POOL_ID, clients={"c1", "c2"}, name="staff"), id="clients"),
        pytest.param(
            "STAFF_AUDIENCE",
            "https://a.example,https://b.example",
            0,
            UserPool(POOL_ID, clients={CLIENT}, name="staff", audience={"https://a.example", "https://b.example"}),
            id="what the file leaves open",
        ),
        pytest.param(
            "STAFF_ISSUER",
            "http://localhost:4566/x",
            0,
            UserPool(POOL_ID, clients={CLIENT}, name="staff", issuer="http://localhost:4566/x"),
            id="issuer",
        ),
        pytest.param(
            "STAFF_JWKS_URI",
            "https://keys.example/x",
            0,
            UserPool(POOL_ID, clients={CLIENT}, name="staff", jwks_uri="https://keys.example/x"),
            id="key URL",
        ),
        pytest.param(
            "MY_PARTNER_1_OIDC",
            "https://prod.example",
            1,
            OIDCIssuer("https://prod.example", audience=["api"], name="my-partner 1"),
            id="a provider, whose name has other characters",
        ),
        pytest.param(
            "GUESTS_IDENTITY_POOL",
            GUESTS.replace("5f0e", "6a0e"),
            2,
            IdentityPool(GUESTS.replace("5f0e", "6a0e"), name="guests"),
            id="an identity pool",
        ),
        pytest.param(
            "FRONT_LOAD_BALANCER",
            ARN.replace("50dc", "60dc"),
            3,
            LoadBalancer(ARN.replace("50dc", "60dc"), client="web", issuer="https://login.example", name="front"),
            id="a load balancer",
        ),
        pytest.param(
            "FRONT_CLIENT",
            "a,b",
            3,
            LoadBalancer(ARN, client=["a", "b"], issuer="https://login.example", name="front"),
            id="its clients",
        ),
    ],
)
def test_a_variable_replaces_what_the_file_says(
    tmp_path: Path, variable: str, value: str, place: int, issuer: object
) -> None:
    """In that issuer alone; and it is told which variable did."""
    plain = configured(tmp_path, {})
    found = configured(tmp_path, {f"COGAUTH_ISSUER_{variable}": value, "COGAUTH_CONFIG": "x", "PATH": "y"})
    assert issuer == found.issuers[place]
    assert issuer != plain.issuers[place]
    assert [each for each in plain.issuers if each.name != plain.issuers[place].name] == [
        each for each in found.issuers if each.name != plain.issuers[place].name
    ]
    (override,) = found.overrides
    assert (f"COGAUTH_ISSUER_{variable}", plain.issuers[place].name) == (override.variable, override.issuer)
    assert override.variable.endswith(f"_{override.key.upper()}")
    assert () == plain.overrides


def test_keys_of_a_stage_lie_beside_the_file(tmp_path: Path) -> None:
    """As if the file had said so; what cannot be read is a mistake."""
    with pytest.raises(ConfigurationError, match=r"jwks: cannot be read .*COGAUTH_ISSUER_STAFF_JWKS"):
        configured(tmp_path, {"COGAUTH_ISSUER_STAFF_JWKS": "keys.json"})


@pytest.mark.parametrize(
    ("variable", "value", "problem"),
    [
        pytest.param("STAFF_CLIENT", "x", "is no override; there are COGAUTH_ISSUER_FRONT_CLIENT, ", id="a near miss"),
        pytest.param("STAFF_TOKEN_USE", "id", "is no override", id="what does not differ between stages"),
        pytest.param("STAFF_DELEGATION", "true", "is no override", id="what gives up safety"),
        pytest.param("STAFF_OIDC", "https://a.example", "is no override", id="another kind of issuer"),
        pytest.param("STUFF_CLIENTS", "x", "is no override", id="an issuer that there is not"),
        pytest.param("staff_CLIENTS", "x", "is no override", id="small letters"),
        pytest.param("STAFF", "x", "is no override", id="no key"),
        pytest.param("", "x", "is no override", id="nothing"),
        pytest.param("STAFF_CLIENTS", "", "must be a value without space", id="an empty value"),
        pytest.param("STAFF_CLIENTS", " x", "must be a value without space", id="a space before"),
        pytest.param("STAFF_CLIENTS", "x\n", "must be a value without space", id="a line break behind"),
        pytest.param("STAFF_CLIENTS", "x,", "must be names with commas", id="a comma behind"),
        pytest.param("STAFF_CLIENTS", "x, y", "must be names with commas", id="a space between"),
        pytest.param("STAFF_CLIENTS", "x y", "must be names with commas", id="a space for a comma"),
    ],
)
def test_what_is_no_override_is_refused(tmp_path: Path, variable: str, value: str, problem: str) -> None:
    """A typo must not leave a stage with another's issuer. What a variable holds is not shown."""
    with pytest.raises(ConfigurationError) as caught:
        configured(tmp_path, {f"COGAUTH_ISSUER_{variable}": value})
    (told,) = caught.value.problems
    assert told.startswith(f"environment: COGAUTH_ISSUER_{variable}: {problem}")


@pytest.mark.parametrize(
    ("variable", "value", "problem"),
    [
        pytest.param("STAFF_USER_POOL", "nonsense", "user pool id: not of the form", id="no pool"),
        pytest.param("STAFF_CLIENTS", "any-client", "clients: holds something that cannot be one", id="any client"),
        pytest.param("STAFF_JWKS_URI", "http://keys.example", "jwks_uri: must be an https URL", id="http"),
    ],
)
def test_what_an_override_says_is_checked_like_the_file(
    tmp_path: Path, variable: str, value: str, problem: str
) -> None:
    """And the mistake names the variable, for the file is not to blame."""
    with pytest.raises(ConfigurationError) as caught:
        configured(tmp_path, {f"COGAUTH_ISSUER_{variable}": value})
    (told,) = caught.value.problems
    assert f"issuer[1]: UserPool: {problem}" in told
    assert told.endswith(f"(the environment says COGAUTH_ISSUER_{variable})")


def test_a_variable_for_two_issuers_is_refused(tmp_path: Path) -> None:
    """Names that differ in what a variable cannot say; without the variable there is nothing to tell apart."""
    text = FILE.replace('"guests"', '"my.partner-1"')
    assert configured(tmp_path, {}, text).issuers
    with pytest.raises(ConfigurationError, match="MY_PARTNER_1_JWKS_URI: could be meant for several issuers"):
        configured(tmp_path, {"COGAUTH_ISSUER_MY_PARTNER_1_JWKS_URI": "https://a.example"}, text)


def test_an_issuer_without_a_name_has_no_variables(tmp_path: Path) -> None:
    """And what is no issuer has none either."""
    text = f"version = 1\n[[issuer]]\nuser_pool = '{POOL_ID}'\nclients = ['{CLIENT}']\n"
    with pytest.raises(ConfigurationError, match="is no override; give issuers a name"):
        configured(tmp_path, {"COGAUTH_ISSUER_X_CLIENTS": "a"}, text)
    for issuer in ("5", "['x']", "[{name = 'x'}]", "[{user_pool = 'x', name = 5}]"):
        with pytest.raises(ConfigurationError, match="is no override"):
            configured(tmp_path, {"COGAUTH_ISSUER_X_CLIENTS": "a"}, f"version = 1\nissuer = {issuer}\n")


def test_every_override_is_a_key_of_some_issuer() -> None:
    """The list is closed, and no variable of ours has its beginning by chance."""
    assert OVERRIDES.keys() <= {name for keys in ISSUERS.values() for name in names_of(keys)}
    assert "COGAUTH_ISSUER_STAFF_EU_CLIENTS" == variable_of("staff.eu", "clients")
    assert ("v", "i", "k") == Override("v", "i", "k")

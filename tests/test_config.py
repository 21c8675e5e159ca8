"""The configuration file: whom to trust and who may do what, or every mistake at once with the file's name."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cogauth import ANY_CLIENT, ConfigurationError, Group, IdentityPool, LoadBalancer, OIDCIssuer, UserPool, Verifier
from cogauth.config import load, read
from tests.support.tokens import CLIENT, NOW, POOL_ID, key_document, token

MINIMAL = f"""
version = 1
[[issuer]]
user_pool = "{POOL_ID}"
clients = ["{CLIENT}"]
"""


def written(folder: Path, text: str, name: str = "cogauth.toml") -> Path:
    """Write a configuration."""
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def issuers_of(folder: Path, lines: str) -> tuple[UserPool, ...]:
    """The issuers of a minimal configuration with *lines* in its issuer's table."""
    issuers, _ = load(written(folder, MINIMAL + lines))
    return tuple(issuer for issuer in issuers if isinstance(issuer, UserPool))


def problems_of(path: Path) -> list[str]:
    """What is wrong with a file, each without the file's name and the line."""
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    assert all(problem.startswith(f"{path}: ") for problem in caught.value.problems)
    return [re.sub(r"^line [0-9]+: ", "", problem.removeprefix(f"{path}: ")) for problem in caught.value.problems]


def test_a_file_has_issuers_and_a_policy(tmp_path: Path) -> None:
    """The very objects that Python code would make."""
    text = MINIMAL + '[roles]\nadmin = { groups = ["admins"] }\n[[route]]\nmatch = "GET /a"\nallow = "admin"\n'
    issuers, policy = load(written(tmp_path, text))
    assert (UserPool(POOL_ID, clients={CLIENT}),) == issuers
    assert {"admin": Group("admins")} == policy.roles
    assert policy.find("GET", "/a") is not None


def test_json_says_the_same(tmp_path: Path) -> None:
    """The format is the file's affair."""
    data = {"version": 1, "issuer": [{"user_pool": POOL_ID, "clients": [CLIENT]}]}
    issuers, policy = load(str(written(tmp_path, json.dumps(data), "cogauth.json")))
    assert (UserPool(POOL_ID, clients={CLIENT}),) == issuers
    assert policy.find("GET", "/a") is None


@pytest.mark.parametrize(
    ("lines", "options"),
    [
        pytest.param('name = "staff"', {"name": "staff"}, id="name"),
        pytest.param('token_use = "id"', {"token_use": "id"}, id="token use"),
        pytest.param('audience = "https://api.example.com"', {"audience": "https://api.example.com"}, id="audience"),
        pytest.param('audience = ["https://a", "https://b"]', {"audience": {"https://a", "https://b"}}, id="audiences"),
        pytest.param("delegation = true", {"delegation": True}, id="delegation"),
        pytest.param('regions = ["eu-central-1"]', {"regions": ["eu-central-1"]}, id="regions"),
        pytest.param('issuer = "https://a.example/b"', {"issuer": "https://a.example/b"}, id="issuer"),
        pytest.param('jwks_uri = "https://a.example/b"', {"jwks_uri": "https://a.example/b"}, id="key URL"),
        pytest.param('acr_levels = ["bronze", "gold"]', {"acr_levels": ["bronze", "gold"]}, id="levels"),
    ],
)
def test_every_option_of_a_user_pool_has_a_key(tmp_path: Path, lines: str, options: dict[str, Any]) -> None:
    """It is called what the constructor calls it."""
    (issuer,) = issuers_of(tmp_path, lines)
    assert UserPool(POOL_ID, clients={CLIENT}, **options) == issuer


def test_any_client_is_said_in_full(tmp_path: Path) -> None:
    """What gives up safety is a word of its own."""
    (issuer,), _ = load(written(tmp_path, MINIMAL.replace(f'["{CLIENT}"]', '"any-client"')))
    assert isinstance(issuer, UserPool)
    assert issuer.clients is ANY_CLIENT


@pytest.mark.parametrize("key", ["jwks", "jwks_seed"])
@pytest.mark.parametrize(
    "spelled",
    [
        pytest.param("'keys/jwks.json'", id="a path beside the file"),
        pytest.param("'./keys/../keys/jwks.json'", id="a path with dots"),
        pytest.param("'{folder}/keys/jwks.json'", id="an absolute path"),
        pytest.param("' {document}'", id="the document as text"),
        pytest.param("{table}", id="the document as a table"),
    ],
)
def test_keys_are_found_beside_the_file(tmp_path: Path, key: str, spelled: str) -> None:
    """A relative path is meant from the file's folder, wherever the process was started."""
    document = key_document("k1").decode()
    (tmp_path / "keys").mkdir()
    written(tmp_path, document, "keys/jwks.json")
    jwk = ", ".join(f"{name} = '{value}'" for name, value in json.loads(document)["keys"][0].items())
    spelled = (
        spelled.replace("{folder}", str(tmp_path))
        .replace("{document}", document)
        .replace("{table}", f"{{ keys = [ {{ {jwk} }} ] }}")
    )
    verifier = Verifier(*issuers_of(tmp_path, f"{key} = {spelled}"), clock=lambda: NOW)
    assert "ana" == verifier.verify(token()).username


def test_keys_that_are_nowhere_are_a_mistake(tmp_path: Path) -> None:
    """The file must be there when the process starts, and not when the first request comes."""
    (problem,) = problems_of(written(tmp_path, MINIMAL + 'jwks = "jwks.json"'))
    assert "issuer[1]: UserPool: jwks: cannot be read (FileNotFoundError)" == problem


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        pytest.param("version = 1", ["issuer: none is given; add [[issuer]] with user_pool"], id="no issuer"),
        pytest.param("version = 1\nissuer = []", ["issuer: none is given"], id="an empty list of issuers"),
        pytest.param("version = 1\nissuer = 'x'", ["issuer: must be a list of tables"], id="an issuer's name"),
        pytest.param("version = 1\n[issuer]\nuser_pool = 'x'", ["issuer: must be a list of tables"], id="one table"),
        pytest.param("version = 1\nissuer = ['x']", ["issuer[1]: must be a table"], id="a list of names"),
        pytest.param(
            "version = 1\n[[issuer]]",
            ["issuer[1]: must have exactly one of user_pool, oidc, identity_pool"],
            id="empty",
        ),
        pytest.param(
            MINIMAL.replace("clients", "client"),
            [
                "issuer[1]: unknown key 'client'; such an issuer has user_pool, clients, name,",
                "issuer[1]: clients is missing",
            ],
            id="a typo",
        ),
        pytest.param(MINIMAL + "verify = false", ["issuer[1]: unknown key 'verify'"], id="no switch to turn it off"),
        pytest.param(MINIMAL + "leeway = 60", ["issuer[1]: unknown key 'leeway'"], id="the verifier's option"),
        pytest.param(
            MINIMAL.replace(f'["{CLIENT}"]', "[]"),
            ["issuer[1]: UserPool: clients: must not be empty"],
            id="no client",
        ),
        pytest.param(
            MINIMAL.replace(f'["{CLIENT}"]', f'"{CLIENT}"'),
            ["issuer[1]: UserPool: clients: must be a list"],
            id="a client for a list",
        ),
        pytest.param(
            MINIMAL.replace(f'["{CLIENT}"]', '"ANY_CLIENT"'),
            ["issuer[1]: UserPool: clients: must be a list"],
            id="any client in another spelling",
        ),
        pytest.param(
            MINIMAL.replace(f'["{CLIENT}"]', '["any-client"]'),
            ["issuer[1]: UserPool: clients: holds something that cannot be one"],
            id="any client in a list",
        ),
        pytest.param(
            MINIMAL.replace(f'"{POOL_ID}"', "5"),
            ["issuer[1]: UserPool: user pool id: not of the form"],
            id="no pool id",
        ),
        pytest.param(
            MINIMAL.replace(POOL_ID, POOL_ID + "\\n"),
            ["issuer[1]: UserPool: user pool id: not of the form"],
            id="a line break behind the pool id",
        ),
        pytest.param(MINIMAL + "token_use = ''", ["issuer[1]: UserPool: token_use: must be"], id="no use"),
        pytest.param(MINIMAL + "delegation = 'no'", ["issuer[1]: UserPool: delegation: must be"], id="a string"),
        pytest.param(MINIMAL + "regions = false", ["issuer[1]: UserPool: regions: must be a list"], id="no list"),
        pytest.param(MINIMAL + "acr_levels = 5", ["issuer[1]: UserPool: acr_levels: must be"], id="a number"),
        pytest.param(MINIMAL + "acr_levels = 'a'", ["issuer[1]: UserPool: acr_levels: must be"], id="one level"),
        pytest.param(MINIMAL + "jwks = 5", ["issuer[1]: UserPool: jwks: cannot be read (TypeError)"], id="no keys"),
        pytest.param(MINIMAL + "jwks = '{}'", ["issuer[1]: UserPool: jwks: not a usable JWK set"], id="an empty set"),
        pytest.param(
            MINIMAL + "issuer = 'http://a.example/'", ["issuer[1]: UserPool: issuer: must be an https URL"], id="http"
        ),
        pytest.param(
            "version = 1\nleeway = 5\n[[issuer]]\n[[issuer]]\nuser_pool = 'x'\nclients = []\n"
            "[roles]\na = {}\n[[route]]\nmatch = 'GET /'\nallow = 'public'\ndeny = 'frozen'",
            [
                "issuer[1]: must have exactly one of",
                "issuer[2]: UserPool: user pool id:",
                "issuer[2]: UserPool: clients: must not be empty",
                "unknown key 'leeway'; at the top stand",
                "roles.a: must be a table with one condition",
                "route[1]: role 'frozen': there is none",
            ],
            id="something in each part",
        ),
    ],
)
def test_every_mistake_is_told_at_once(tmp_path: Path, text: str, problems: list[str]) -> None:
    """Each with the path of its key and the file's name before it."""
    told = problems_of(written(tmp_path, text))
    assert len(problems) == len(told)
    for expected, problem in zip(problems, told, strict=True):
        assert problem.startswith(expected)


def test_what_is_no_file_is_told_once(tmp_path: Path) -> None:
    """A mistake of the parser's has the line and the file's name; nothing else can be said then."""
    path = written(tmp_path, "version = 1\nissuer =\n")
    (problem,) = problems_of(path)
    assert "at line 2" in problem
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        load(tmp_path / "nowhere.toml")


# -- Other kinds of issuers --------------------------------------------------------------------------------------------

PROVIDER = "https://idp.example"
GUESTS = "eu-west-1:5f0e3f1c-0000-4000-8000-5f0e3f1c0000"
OIDC = f"""
version = 1
[[issuer]]
oidc = "{PROVIDER}"
audience = ["api"]
"""
IDENTITY = f"""
version = 1
[[issuer]]
identity_pool = "{GUESTS}"
"""


@pytest.mark.parametrize(
    ("lines", "options"),
    [
        pytest.param("", {}, id="nothing more"),
        pytest.param('name = "provider"', {"name": "provider"}, id="name"),
        pytest.param('algorithms = ["ES256", "RS256"]', {"algorithms": ["ES256", "RS256"]}, id="algorithms"),
        pytest.param('groups_claim = "groups"', {"groups_claim": "groups"}, id="groups"),
        pytest.param('token_use = "access"', {"token_use": "access"}, id="token use"),
        pytest.param("max_lifetime = 600", {"max_lifetime": 600}, id="lifetime"),
        pytest.param('acr_levels = ["bronze", "gold"]', {"acr_levels": ["bronze", "gold"]}, id="levels"),
        pytest.param("ignore_x5c = true", {"ignore_x5c": True}, id="certificates"),
        pytest.param('jwks_uri = "https://a.example/b"', {"jwks_uri": "https://a.example/b"}, id="key URL"),
    ],
)
def test_every_option_of_a_provider_has_a_key(tmp_path: Path, lines: str, options: dict[str, Any]) -> None:
    """It is called what the constructor calls it; `oidc` is the issuer."""
    (issuer,), _ = load(written(tmp_path, OIDC + lines))
    assert OIDCIssuer(PROVIDER, audience=["api"], **options) == issuer


@pytest.mark.parametrize(
    ("lines", "options"),
    [
        pytest.param("", {}, id="nothing more"),
        pytest.param('name = "guests"', {"name": "guests"}, id="name"),
        pytest.param('issuer = "https://a.example/b"', {"issuer": "https://a.example/b"}, id="issuer"),
        pytest.param('jwks_uri = "https://a.example/b"', {"jwks_uri": "https://a.example/b"}, id="key URL"),
    ],
)
def test_every_option_of_an_identity_pool_has_a_key(tmp_path: Path, lines: str, options: dict[str, Any]) -> None:
    """It is called what the constructor calls it."""
    (issuer,), _ = load(written(tmp_path, IDENTITY + lines))
    assert IdentityPool(GUESTS, **options) == issuer


@pytest.mark.parametrize("key", ["jwks", "jwks_seed"])
def test_keys_of_other_kinds_are_found_beside_the_file(tmp_path: Path, key: str) -> None:
    """As those of a user pool are."""
    written(tmp_path, key_document("k1").decode(), "jwks.json")
    (issuer,), _ = load(written(tmp_path, OIDC + f"{key} = 'jwks.json'"))
    options: dict[str, Any] = {key: tmp_path / "jwks.json"}
    assert OIDCIssuer(PROVIDER, audience=["api"], **options) == issuer


def test_several_kinds_stand_in_one_file(tmp_path: Path) -> None:
    """In the order in which they are written."""
    text = MINIMAL + OIDC.replace("version = 1", "") + IDENTITY.replace("version = 1", "")
    issuers, _ = load(written(tmp_path, text))
    assert (
        UserPool(POOL_ID, clients={CLIENT}),
        OIDCIssuer(PROVIDER, audience=["api"]),
        IdentityPool(GUESTS),
    ) == issuers


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        pytest.param(
            OIDC.replace("audience", "clients"), ["unknown key 'clients'", "audience is missing"], id="clients"
        ),
        pytest.param(
            OIDC.replace('["api"]', '"api"'),
            ["OIDCIssuer: audience: must be a list or set"],
            id="an audience for a list",
        ),
        pytest.param(OIDC + "algorithms = []", ["OIDCIssuer: algorithms: must be a list of"], id="no algorithm"),
        pytest.param(OIDC + "algorithms = ['HS256']", ["OIDCIssuer: algorithms: must be a list of"], id="an HMAC"),
        pytest.param(OIDC + "algorithms = 'RS256'", ["OIDCIssuer: algorithms: must be a list of"], id="an algorithm"),
        pytest.param(
            OIDC + "delegation = true",
            ["unknown key 'delegation'; such an issuer has oidc, audience,"],
            id="delegation",
        ),
        pytest.param(OIDC + "regions = []", ["unknown key 'regions'"], id="regions"),
        pytest.param(OIDC + "issuer = 'https://a'", ["unknown key 'issuer'"], id="the issuer twice"),
        pytest.param(OIDC + "max_lifetime = 1.5", ["OIDCIssuer: max_lifetime: must be whole seconds"], id="a real"),
        pytest.param(OIDC.replace("https", "http"), ["OIDCIssuer: issuer: must be an https URL"], id="http"),
        pytest.param(OIDC.replace(f'"{PROVIDER}"', "5"), ["OIDCIssuer: issuer: must be an https URL"], id="a number"),
        pytest.param(
            IDENTITY + "clients = ['x']", ["unknown key 'clients'; such an issuer has identity_pool"], id="its clients"
        ),
        pytest.param(IDENTITY + "audience = ['x']", ["unknown key 'audience'"], id="its audience"),
        pytest.param(IDENTITY + "algorithms = ['RS256']", ["unknown key 'algorithms'"], id="its algorithms"),
        pytest.param(
            IDENTITY.replace("eu-west-1:", ""), ["IdentityPool: identity pool id: not of the form"], id="half of its id"
        ),
        pytest.param(IDENTITY + f"oidc = '{PROVIDER}'", ["must have exactly one of user_pool, oidc,"], id="two kinds"),
        pytest.param(MINIMAL + f"identity_pool = '{GUESTS}'", ["must have exactly one of"], id="two other kinds"),
    ],
)
def test_mistakes_in_other_kinds_are_told(tmp_path: Path, text: str, problems: list[str]) -> None:
    """With what may stand there."""
    told = problems_of(written(tmp_path, text))
    assert len(problems) == len(told)
    for expected, problem in zip(problems, told, strict=True):
        assert problem.startswith(f"issuer[1]: {expected}")


# -- Load balancers ----------------------------------------------------------------------------------------------------

ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/front/50dc6c495c0c9188"
FRONT = f"""
[[issuer]]
load_balancer = "{ARN}"
client = ["web", "app"]
issuer = "{PROVIDER}"
"""


def test_a_load_balancer_is_an_issuer(tmp_path: Path) -> None:
    """By what the constructor calls its options; rules say nothing of it, so that groups still are of one issuer."""
    text = MINIMAL + '[roles]\na = { groups = ["x"] }\n' + FRONT + "key_url = 'https://keys.example'\nname = 'front'\n"
    issuers, _ = load(written(tmp_path, text))
    front = LoadBalancer(ARN, client=["web", "app"], issuer=PROVIDER, key_url="https://keys.example", name="front")
    assert (UserPool(POOL_ID, clients={CLIENT}), front) == issuers
    with pytest.raises(ConfigurationError, match="audience"):
        load(written(tmp_path, MINIMAL + FRONT + "audience = 'x'"))


# -- Lines, and what several parts say together ------------------------------------------------------------------------

TWO = f"""\
version = 1

[[issuer]]
name = "staff"
user_pool = "{POOL_ID}"
clients = ["{CLIENT}"]

[[issuer]]
name = "partner"
oidc = "{PROVIDER}"
audience = ["api"]

[roles]
admin = {{ groups = ["admins"] }}
other = {{ any = [
  {{ issuer = "stuff" }},
  {{ groups = ["x"], any_issuer = true }},
] }}
strong = {{ acr_at_least = "urn:cognito:loa:9" }}

[[route]]
match = "GET /"
allow = "other"
deny = {{ scopes = ["x"] }}
"""


def told_of(path: Path) -> list[str]:
    """What is told of a file, line by line."""
    with pytest.raises(ConfigurationError) as caught:
        read(path, {})
    return [problem.removeprefix(f"{path}: ") for problem in caught.value.problems]


def test_rules_are_held_against_the_issuers(tmp_path: Path) -> None:
    """With the place of each: names that there are not, levels that nobody has, and groups of nobody knows whom."""
    told = told_of(written(tmp_path, TWO))
    starts = [
        "line 14: roles.admin: needs group admins: of which issuer?",
        "line 15: roles.other: issuer 'stuff': not configured; there are partner, staff; did you mean 'staff'?",
        "line 19: roles.strong: needs acr urn:cognito:loa:9 or stronger: no issuer has this level; there are urn:",
        "line 23: route[1]: issuer 'stuff': not configured",
        "line 24: route[1]: needs scope x: of which issuer?",
    ]
    assert len(starts) == len(told)
    assert all(problem.startswith(start) for start, problem in zip(starts, told, strict=True))


def test_rules_are_not_held_against_issuers_that_are_wrong(tmp_path: Path) -> None:
    """Nobody is told to mend a rule for a mistake that is elsewhere."""
    told = told_of(written(tmp_path, TWO.replace("oidc", "oidk")))
    assert ["line 8: issuer[2]: must have exactly one of user_pool, oidc, identity_pool, load_balancer"] == told


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        pytest.param(("clients", "client"), "line 6: issuer[1]: unknown key 'client'", id="an unknown key"),
        pytest.param((f'"{CLIENT}"', ""), "line 6: issuer[1]: UserPool: clients: must not be empty", id="no client"),
        pytest.param((POOL_ID, "x"), "line 5: issuer[1]: UserPool: user pool id: not of the form", id="no pool"),
        pytest.param(("[roles]", "[rules]"), "line 13: unknown key 'rules'; at the top stand", id="a section"),
        pytest.param(("version = 1", "version = 1.0"), "line 1: version: must be 1", id="the version"),
        pytest.param(
            ('["x"], any', '["x"], eny'), "line 17: roles.other.any[2]: unknown key 'eny_issuer'", id="deeper"
        ),
        pytest.param(
            ('allow = "other"', 'allow = "othr"'), "line 23: route[1]: role 'othr': there is none", id="a role"
        ),
        pytest.param(('"GET /"', '"GET"'), "line 22: route[1]: route 'GET': must be a method", id="a line"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, changes: tuple[str, str], problem: str) -> None:
    """That of the very key."""
    assert any(told.startswith(problem) for told in told_of(written(tmp_path, TWO.replace(*changes, 1))))


def test_issuers_that_cannot_be_told_apart_are_a_mistake_of_the_file(tmp_path: Path) -> None:
    """Told with all others, and not when the verifier is made."""
    text = MINIMAL + MINIMAL.replace("version = 1", "") + "[roles]\na = {}\n"
    told = told_of(written(tmp_path, text))
    assert (
        f"line 3: issuer: {POOL_ID}: the same pool twice, and neither token_use nor clients tell the two apart"
        == told[0]
    )
    assert 2 == len(told)


@pytest.mark.parametrize("key", ["name", "audience", "issuer", "jwks", "regions", "clients", "user_pool"])
def test_null_is_no_way_to_leave_something_out(tmp_path: Path, key: str) -> None:
    """To Python it would be."""
    issuer = {"user_pool": POOL_ID, "clients": [CLIENT], key: None}
    (told,) = told_of(written(tmp_path, json.dumps({"version": 1, "issuer": [issuer]}), "cogauth.json"))
    assert f"{key}: must not be null; leave it out" in told


def test_yaml_says_the_same(tmp_path: Path) -> None:
    """With lines, too."""
    text = f"version: 1\nissuer:\n- user_pool: {POOL_ID}\n  clients: [{CLIENT}]\n"
    issuers, _ = load(written(tmp_path, text, "cogauth.yaml"), {})
    assert (UserPool(POOL_ID, clients={CLIENT}),) == issuers
    (told,) = told_of(written(tmp_path, text + "  delegation: 'yes'\n", "cogauth.yaml"))
    assert told.startswith("line 5: issuer[1]: UserPool: delegation: must be")


def test_a_configuration_has_warnings(tmp_path: Path) -> None:
    """What is no mistake and still worth a look."""
    configuration = read(
        written(tmp_path, MINIMAL + '[roles]\nbatch = { all = [{ machine = true }, { groups = ["x"] }] }\n')
    )
    assert ["unused_role", "unmeetable"] == [str(finding.topic) for finding in configuration.warnings()]

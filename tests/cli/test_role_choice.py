"""Role choice of identity pools: beside a decision, beside the routes, and what is worth a look about it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from cogauth.testing import LocalUserPool
from tests.cli.stage import CONFIGURATION, Run
from tests.identity.cases import EVERYBODY, GUEST, A
from tests.support.providers import IDENTITY_POOL_ID

PROVIDER = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123:web"
SECTION = f"""\

[[identity_pool_roles]]
identity_pool = "{IDENTITY_POOL_ID}"
authenticated = "{EVERYBODY}"
unauthenticated = "{GUEST}"
[[identity_pool_roles.role_mapping]]
identity_provider = "{PROVIDER}"
type = "Rules"
ambiguous_role_resolution = "Deny"
mapping_rule = [
  {{ claim = "dept", match_type = "Equals", value = "risk", role_arn = "{A}" }},
  {{ claim = "cognito:groups", match_type = "Contains", value = "editors", role_arn = "{EVERYBODY}" }},
  {{ claim = "dept", match_type = "Equals", value = "risk", role_arn = "{EVERYBODY}" }},
]
[[identity_pool_roles.principal_tags]]
identity_provider = "{PROVIDER.rpartition(":")[0]}"
tags = {{ dept = "dept", mail = "email" }}
"""


@pytest.fixture
def file(folder: Path, tmp_path: Path) -> Path:
    """A configuration with an identity pool."""
    (tmp_path / "jwks.json").write_text((folder / "jwks.json").read_text())
    file = tmp_path / "cogauth.toml"
    text = CONFIGURATION.replace('clients = ["web"]', 'clients = ["web"]\ntoken_use = "any"')
    file.write_text(text.replace("[roles]\n", '[roles]\nbatch = { scopes = ["x"] }\n') + SECTION)
    return file


def explained(run: Run, file: Path, claims: dict[str, Any] | None) -> tuple[list[str], Any]:
    """What is said of the identity pool, to people and to machines."""
    assumed = () if claims is None else ("--claims", "-")
    text = "" if claims is None else json.dumps(claims)
    lines = [
        line.removeprefix("ASSUMED, NOT VERIFIED |").strip()
        for line in run("explain", file, "GET", "/orders", *assumed, text=text).out.splitlines()
    ]
    (members,) = run("explain", file, "GET", "/orders", "--json", *assumed, text=text).json["identity_pools"]
    return lines[lines.index(f"identity pool  {IDENTITY_POOL_ID}") + 1 :], members


def test_explain_an_id_token(run: Run, file: Path) -> None:
    """The role, the rule with its value, and the tags: here claims stand beside rules."""
    lines, members = explained(run, file, {"token_use": "id", "aud": "web", "dept": "risk"})
    assert [
        f"role     {A}",
        f"because  the first rule that matches; mapping of {PROVIDER}, rule 1 on dept",
        "rule     dept Equals 'risk'",
        "tag      dept = risk",
        "no tag   mail: absent",
    ] == lines
    assert {
        "identity_pool": IDENTITY_POOL_ID,
        "role_arn": A,
        "because": "rule",
        "provider": PROVIDER,
        "rule": 1,
        "asks": "dept Equals 'risk'",
        "doubts": [],
        "tags": {"dept": "risk"},
        "unfit_tags": {"mail": "absent"},
    } == members


def test_explain_what_is_not_documented(run: Run, file: Path) -> None:
    """It is named."""
    lines, members = explained(run, file, {"token_use": "id", "aud": "web", "cognito:groups": ["editors"]})
    assert "not documented  array" in lines
    assert ["array"] == members["doubts"]


def test_explain_a_denial(run: Run, file: Path) -> None:
    """By the mapping, and of an access token."""
    lines, members = explained(run, file, {"token_use": "id", "aud": "web"})
    assert "role     (denied)" in lines
    assert (None, "ambiguous_denied", None) == (members["role_arn"], members["because"], members["asks"])
    lines, members = explained(run, file, {"token_use": "access"})
    assert "because  an identity pool takes the ID token, and this is an access token" in lines
    assert "tags" not in members


def test_explain_a_guest(run: Run, file: Path) -> None:
    """Nobody at the API is a guest at the identity pool."""
    lines, members = explained(run, file, None)
    assert [f"role     {GUEST}", "because  nobody signed in"] == lines
    assert "guest_role" == members["because"]


def test_explain_a_token_that_is_refused(run: Run, file: Path, pool: LocalUserPool) -> None:
    """Nothing is said of who is not known."""
    lines, members = explained(run, file, {"token_use": "id", "aud": "other"})
    assert ["role  (unknown: the token is not accepted here)"] == lines
    assert {"identity_pool": IDENTITY_POOL_ID} == members


def test_without_the_section_nothing_is_said(run: Run, folder: Path) -> None:
    """Neither beside a decision nor beside the routes."""
    file = folder / "cogauth.toml"
    for arguments in (("explain", file, "GET", "/orders"), ("matrix", file), ("check", file)):
        assert "identity" not in run(*arguments).out
        assert "identity_pools" not in run(*arguments, "--json" if arguments[0] != "matrix" else "--format=json").json


CELLS = ["denied", "?", "Everybody", "denied"]


def test_matrix(run: Run, file: Path) -> None:
    """What whoever has a role gets, by the ID token of the same user."""
    out = run("matrix", file).out
    assert "IAM roles of identity pools\n" in out
    assert [PROVIDER, *CELLS] == next(line.split() for line in out.splitlines() if line.startswith(PROVIDER))


def test_matrix_in_every_format(run: Run, file: Path) -> None:
    """The same cells."""
    rows = list(csv.reader(io.StringIO(run("matrix", file, "--format", "csv").out)))
    assert ["", PROVIDER, "role choice", IDENTITY_POOL_ID, "", *CELLS] == rows[-1]
    assert {len(rows[0])} == {len(row) for row in rows}
    plain = run("matrix", file, "--format", "markdown").out.replace("\\", "")
    assert f"| {PROVIDER} | {' | '.join(CELLS)} |" in plain
    page = run("matrix", file, "--format", "html").out
    assert f'<tr><th scope="row"><code>{PROVIDER}</code></th>' in page
    assert 2 == page.count('<td class="means">denied</td>')
    (members,) = run("matrix", file, "--format", "json").json["identity_pools"]
    assert (IDENTITY_POOL_ID, PROVIDER) == (members["identity_pool"], members["provider"])
    assert {"role_arns": [None], "doubts": []} == members["any_token"]
    assert {"role_arns": [EVERYBODY], "doubts": ["array"]} == members["roles"]["editor"]
    assert {"role_arns": [], "doubts": []} == members["roles"]["batch"]


def test_check(run: Run, file: Path) -> None:
    """Rules that no token reaches, and what is not documented, are worth a look; with --strict, a mistake."""
    ran = run("check", file, "--json")
    assert 0 == ran.exit
    found = {(each["topic"], each["where"]) for each in ran.json["warnings"]}
    assert {
        ("unreachable", f"mapping of {PROVIDER}: rule 3"),
        ("undocumented", f"mapping of {PROVIDER}: rule 2"),
    } <= found
    assert 1 == run("check", file, "--strict").exit
    assert "identity pools  1" in run("check", file).out


def test_a_mistake_in_the_section(run: Run, file: Path) -> None:
    """Is told with its line, as any other."""
    file.write_text(file.read_text().replace('"Rules"', '"rules"'))
    ran = run("check", file)
    line = 1 + file.read_text().splitlines().index('type = "rules"')
    assert 1 == ran.exit
    assert f"{file}:{line}: identity_pool_roles[1].role_mapping[1]: type: must be one of Token, Rules" in ran.out
    assert 2 == run("explain", file, "GET", "/orders").exit


def test_explain_a_token_of_an_identity_pool(run: Run, tmp_path: Path) -> None:
    """The providers of its login are in `amr`, and so is whether anybody signed in."""
    file = tmp_path / "cogauth.toml"
    file.write_text(f"""\
version = 1
[[issuer]]
name = "mobile"
identity_pool = "{IDENTITY_POOL_ID}"
[[route]]
match = "GET /"
allow = {{ identity_provider = ["accounts.google.com"] }}
[[route]]
match = "GET /all"
allow = "authenticated"
[[identity_pool_roles]]
identity_pool = "{IDENTITY_POOL_ID}"
authenticated = "{A}"
""")
    for amr, exit_code, role in (
        (["authenticated", "accounts.google.com", "accounts.google.com:OIDC:1"], 0, A),
        (["unauthenticated"], 1, None),
    ):
        ran = run("explain", file, "GET", "/", "--claims", "-", "--json", text=json.dumps({"amr": amr}))
        assert exit_code == ran.exit
        assert ("amr", sorted(amr)) == (ran.json["allow"]["looks_at"], ran.json["allow"]["found"])
        assert role == ran.json["identity_pools"][0]["role_arn"]
    guests = [each for each in run("check", file, "--json").json["warnings"] if each["topic"] == "guests"]
    assert ["route 'GET /all'"] == [each["where"] for each in guests]

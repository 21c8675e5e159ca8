"""The section of a configuration file: read, or each mistake told with its line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cogauth import Authorizer, ConfigurationError, Policy
from cogauth.config import read
from cogauth.identity import IdentityPoolRoles, MappingRule, PrincipalTags, RoleMapping
from tests.identity.cases import EVERYBODY, GUEST, PROVIDER, A
from tests.support.providers import IDENTITY_POOL_ID

OTHER_ID = "eu-west-1:aaaaaaaa-0000-4000-8000-5f0e3f1c0000"
ISSUER = """\
version = 1

[[issuer]]
name = "staff"
user_pool = "eu-west-1_AbCdEf123"
clients = ["1h57kf5cpq17m0eml12EXAMPLE"]
"""
SECTION = f"""\

[[identity_pool_roles]]
identity_pool = "{IDENTITY_POOL_ID}"
authenticated = "{EVERYBODY}"
unauthenticated = "{GUEST}"
contains = "substring"

[[identity_pool_roles.role_mapping]]
identity_provider = "{PROVIDER}"
type = "Rules"
ambiguous_role_resolution = "Deny"
mapping_rule = [
  {{ claim = "custom:dept", match_type = "Equals", value = "risk", role_arn = "{A}" }},
]

[[identity_pool_roles.principal_tags]]
identity_provider = "{PROVIDER.rpartition(":")[0]}"
tags = {{ dept = "custom:dept" }}
[[identity_pool_roles.principal_tags]]
identity_provider = "accounts.google.com"
use_defaults = true
"""
ROLES = IdentityPoolRoles(
    IDENTITY_POOL_ID,
    authenticated=EVERYBODY,
    unauthenticated=GUEST,
    mappings={PROVIDER: RoleMapping("Rules", "Deny", [MappingRule("custom:dept", "Equals", "risk", A)])},
    tags=[
        PrincipalTags(PROVIDER.rpartition(":")[0], {"dept": "custom:dept"}),
        PrincipalTags("accounts.google.com", use_defaults=True),
    ],
    contains="substring",
)


def file_of(folder: Path, text: str) -> Path:
    """A file that says *text*."""
    file = folder / "cogauth.toml"
    file.write_text(text)
    return file


def test_the_section_is_read(tmp_path: Path) -> None:
    """With the rest of the file, or alone; those who read the policy leave it be."""
    file = file_of(tmp_path, ISSUER + SECTION)
    assert (ROLES,) == read(file, {}).identity_pools
    assert ROLES == IdentityPoolRoles.from_file(file)
    assert ROLES == IdentityPoolRoles.from_file(file, identity_pool_id=IDENTITY_POOL_ID)
    assert Policy() == Policy.from_file(file)
    assert 0 == len(Authorizer.from_file(file).policy.roles)


def test_a_file_without_it(tmp_path: Path) -> None:
    """Speaks of no identity pool."""
    file = file_of(tmp_path, ISSUER)
    assert () == read(file, {}).identity_pools
    with pytest.raises(ConfigurationError, match="of one identity pool is wanted, and there is none"):
        IdentityPoolRoles.from_file(file)


def test_several_pools(tmp_path: Path) -> None:
    """Have to be told apart."""
    file = file_of(tmp_path, ISSUER + SECTION + f'[[identity_pool_roles]]\nidentity_pool = "{OTHER_ID}"\n')
    assert 2 == len(read(file, {}).identity_pools)
    assert IdentityPoolRoles(OTHER_ID) == IdentityPoolRoles.from_file(file, identity_pool_id=OTHER_ID)
    for wanted in (None, "x"):
        with pytest.raises(ConfigurationError, match=f"there is {IDENTITY_POOL_ID}, {OTHER_ID}"):
            IdentityPoolRoles.from_file(file, identity_pool_id=wanted)


def told(folder: Path, text: str) -> list[tuple[int, str]]:
    """The mistakes, by line; the same whoever reads the file."""
    file = file_of(folder, text)
    with pytest.raises(ConfigurationError) as caught:
        read(file, {})
    with pytest.raises(ConfigurationError) as alone:
        IdentityPoolRoles.from_file(file)
    assert alone.value.problems == caught.value.problems
    found: list[tuple[int, str]] = []
    for problem in caught.value.problems:
        line, _, text = problem.removeprefix(f"{file}: line ").partition(": ")
        found.append((int(line), text))
    return found


ROW = "  { claim"


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        pytest.param(IDENTITY_POOL_ID, "pool", 9, "identity_pool_roles[1]: identity_pool: not of the", id="no id"),
        pytest.param(
            f'identity_pool = "{IDENTITY_POOL_ID}"\n',
            "",
            8,
            "identity_pool_roles[1]: identity_pool is missing",
            id="none",
        ),
        pytest.param(
            "authenticated =", "authentic =", 10, "identity_pool_roles[1]: unknown key 'authentic'", id="a typo"
        ),
        pytest.param(EVERYBODY, "Everybody", 10, "identity_pool_roles[1]: authenticated: must be the ARN", id="no ARN"),
        pytest.param('"substring"', '"part"', 12, "identity_pool_roles[1]: contains: must be one of", id="contains"),
        pytest.param(
            "type =",
            "tipe =",
            16,
            "identity_pool_roles[1].role_mapping[1]: unknown key 'tipe'; a mapping has",
            id="an unknown key of a mapping",
        ),
        pytest.param(
            '"Rules"', '"rules"', 16, "identity_pool_roles[1].role_mapping[1]: type: must be one of", id="a type"
        ),
        pytest.param(
            '"Deny"',
            '"deny"',
            17,
            "identity_pool_roles[1].role_mapping[1]: ambiguous_role_resolution: must be one of",
            id="a resolution",
        ),
        pytest.param(
            '"Equals"',
            '"Is"',
            19,
            "identity_pool_roles[1].role_mapping[1].mapping_rule[1]: match_type: must be one of",
            id="a match type",
        ),
        pytest.param(
            "value =",
            "is =",
            19,
            "identity_pool_roles[1].role_mapping[1].mapping_rule[1]: unknown key 'is'",
            id="a key of a rule",
        ),
        pytest.param(
            "tags = {", "tag = {", 24, "identity_pool_roles[1].principal_tags[1]: unknown key 'tag'", id="a key of tags"
        ),
        pytest.param(
            'dept = "custom:dept"',
            "dept = 5",
            24,
            "identity_pool_roles[1].principal_tags[1]: tags: the name of a claim",
            id="a claim that is none",
        ),
        pytest.param(
            '"accounts.google.com"\n',
            f'"{PROVIDER.rpartition(":")[0]}"\n',
            22,
            "identity_pool_roles[1]: principal_tags: a provider stands twice",
            id="tags twice",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, old: str, new: str, line: int, problem: str) -> None:
    """And with the path of its key, in the words of the file."""
    found = told(tmp_path, ISSUER + SECTION.replace(old, new, 1))
    assert any(where == line and text.startswith(problem) for where, text in found), found


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[identity_pool_roles]\nidentity_pool = 5\n", "identity_pool_roles: must be a list of tables"),
        ("identity_pool_roles = []\n", "identity_pool_roles: must be a list of tables"),
        ("identity_pool_roles = [5]\n", "identity_pool_roles[1]: must be a table"),
        (SECTION + SECTION, "identity_pool_roles[2]: the same identity pool twice"),
        (
            f'[[identity_pool_roles]]\nidentity_pool = "{OTHER_ID}"\nrole_mapping = 5\n',
            "identity_pool_roles[1].role_mapping: must be a list",
        ),
        (
            f'[[identity_pool_roles]]\nidentity_pool = "{OTHER_ID}"\nrole_mapping = [5]\n',
            "identity_pool_roles[1].role_mapping[1]: must be a table",
        ),
        (
            f'[[identity_pool_roles]]\nidentity_pool = "{OTHER_ID}"\nprincipal_tags = 5\n',
            "identity_pool_roles[1].principal_tags: must be a list",
        ),
        (
            f'[[identity_pool_roles]]\nidentity_pool = "{OTHER_ID}"\nprincipal_tags = [5]\n',
            "identity_pool_roles[1].principal_tags[1]: must be a table",
        ),
    ],
)
def test_what_is_no_section(tmp_path: Path, text: str, problem: str) -> None:
    """Is told as such."""
    parts = ("version = 1\n" + text, ISSUER.removeprefix("version = 1\n"))
    found = told(tmp_path, "".join(parts if text.startswith("identity_pool_roles") else (ISSUER, text)))
    assert any(each.startswith(problem) for _, each in found), found


@pytest.mark.parametrize("key", ["authenticated", "unauthenticated", "role_mapping", "principal_tags", "contains"])
def test_null_is_no_way_to_leave_something_out(tmp_path: Path, key: str) -> None:
    """Whoever writes it means something, and it is not that."""
    file = tmp_path / "cogauth.json"
    file.write_text(json.dumps({"version": 1, "identity_pool_roles": [{"identity_pool": OTHER_ID, key: None}]}))
    with pytest.raises(ConfigurationError, match=f"{key}: must not be null; leave it out"):
        IdentityPoolRoles.from_file(file)


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    """Those of the section beside those of the rest."""
    text = ISSUER.replace("clients", "client") + SECTION.replace('"Equals"', '"Is"').replace('"substring"', "5")
    file = file_of(tmp_path, text)
    with pytest.raises(ConfigurationError) as caught:
        read(file, {})
    assert {6, 12, 19} <= {int(problem.partition("line ")[2].partition(":")[0]) for problem in caught.value.problems}


def test_the_section_is_no_part_of_the_policy(tmp_path: Path) -> None:
    """It changes no fingerprint, for it decides no route."""
    with_it: Any = Policy.from_file(file_of(tmp_path, ISSUER + SECTION))
    assert with_it.fingerprint == Policy.from_file(file_of(tmp_path, ISSUER)).fingerprint

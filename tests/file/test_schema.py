"""The schema: made of the model, published as it is made, and never narrower than the reader."""

from __future__ import annotations

import copy
import inspect
import json
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from jsonschema import Draft202012Validator

from cogauth import ConfigurationError, IdentityPool, LoadBalancer, OIDCIssuer, Policy, Route, UserPool
from cogauth.config import read
from cogauth.file.model import API, CONDITIONS, ISSUERS, ROUTE, TOP, names_of
from cogauth.file.schema import json_schema
from devtools.policy_file import PAGE, SCHEMA, page_text, schema_text
from tests.file.test_canon import POLICIES
from tests.support.tokens import CLIENT, POOL_ID

ROOT = Path(__file__).resolve().parents[2]
VALIDATOR: Any = Draft202012Validator(json_schema())


# -- What is published -------------------------------------------------------------------------------------------------


def test_what_is_published_is_what_the_model_says() -> None:
    """Whoever changes the model runs `python -m devtools.policy_file`."""
    assert schema_text() == (ROOT / SCHEMA).read_text("utf-8")
    page = (ROOT / PAGE).read_text("utf-8")
    assert page_text(page) == page
    assert 7 == page.count("<!-- generated: ")


def test_the_schema_is_one() -> None:
    """Of its own dialect."""
    Draft202012Validator.check_schema(json_schema())


# -- The model says what the constructors take -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "make", "first"),
    [
        ("user_pool", UserPool, "pool_id"),
        ("oidc", OIDCIssuer, "issuer"),
        ("identity_pool", IdentityPool, "pool_id"),
        ("load_balancer", LoadBalancer, "arn"),
    ],
)
def test_every_option_of_an_issuer_is_a_key(kind: str, make: Callable[..., object], first: str) -> None:
    """No more, no less; what has no default must be given."""
    parameters = inspect.signature(make).parameters
    keys = {key.name: key.needed for key in ISSUERS[kind]}
    assert {name: each.default is each.empty for name, each in parameters.items() if name != first} == {
        name: needed for name, needed in keys.items() if name != kind
    }
    assert keys[kind]


def test_every_option_of_a_route_is_a_key() -> None:
    """In the same words."""
    assert set(inspect.signature(Route).parameters) == set(names_of(ROUTE))


def test_every_section_is_a_key_of_the_top() -> None:
    """What Python takes, and what only a file has."""
    python = {"roles", "routes", "apis", "cors_preflight", "resource"}
    assert python == set(inspect.signature(Policy).parameters)
    top = {"version", "issuer", "roles", "route", "api", "cors_preflight", "resource", "identity_pool_roles"}
    assert top == set(names_of(TOP))
    assert {"name", "hosts", "gateway", "resource", "route", "include"} == set(names_of(API))


@pytest.mark.parametrize("form", CONDITIONS)
def test_every_form_is_read_with_these_keys(form: str) -> None:
    """A key that the model has is no unknown key to the reader, and any other is."""
    keys = names_of(CONDITIONS[form])
    assert form == keys[0]
    for key in (*keys[1:], "x"):
        with pytest.raises(ConfigurationError) as caught:
            Policy.from_dict({"version": 1, "roles": {"a": {form: object(), key: object()}}})
        assert (key == "x") is any(f"unknown key {key!r}" in problem for problem in caught.value.problems)


# -- What the schema says of examples ----------------------------------------------------------------------------------


def examples() -> Iterator[Any]:
    """Every configuration in the documentation."""
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        blocks = re.findall(r"^```toml\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
        for place, block in enumerate(blocks):
            if "version = 1" in block:
                yield pytest.param(block, id=f"{page.name} {place}")


@pytest.mark.parametrize("text", list(examples()))
def test_the_examples_are_valid(text: str) -> None:
    """By the schema as by the reader."""
    VALIDATOR.validate(tomllib.loads(text))


@settings(max_examples=60, deadline=None)
@given(policy=POLICIES)
def test_what_a_policy_says_is_valid(policy: Policy) -> None:
    """Whatever it is."""
    VALIDATOR.validate(policy.to_dict())


# -- What the schema refuses, the reader refuses -----------------------------------------------------------------------

FULL: dict[str, Any] = {
    "version": 1,
    "cors_preflight": True,
    "issuer": [
        {
            "name": "staff",
            "user_pool": POOL_ID,
            "clients": [CLIENT],
            "token_use": "any",
            "regions": ["eu-central-1"],
            "acr_levels": ["a", "b"],
        },
        {"oidc": "https://login.example", "audience": ["api"], "algorithms": ["RS256"], "max_lifetime": 600},
        {"identity_pool": "eu-west-1:5f0e3f1c-0000-4000-8000-5f0e3f1c0000", "name": "guests"},
    ],
    "roles": {
        "admin": {"groups": ["admins"], "any_issuer": True},
        "dept": {"claim": "custom:dept", "in": ["a", 1, True], "default": ""},
        "odd": {"any": [{"not": {"machine": True}}, {"all": [{"amr": ["mfa"], "default": []}]}]},
        "late": {"signed_in_within": 900},
        "strong": {"acr_at_least": "b", "default": "a"},
        "mine": {"issuer": "staff", "scopes": ["x/y"]},
        "who": {"identity_provider": ["Google"], "any_issuer": True, "default": []},
        "ours": {"clients": [CLIENT]},
        "use": {"token_use": "id"},
    },
    "route": [
        {"match": "GET /a", "allow": "admin", "deny": "dept", "mode": "shadow", "encoded_slash": True},
        {"match": ["GET /b", "ANY /c/{x*}"], "allow": {"role": "admin"}},
    ],
    "identity_pool_roles": [
        {
            "identity_pool": "eu-west-1:5f0e3f1c-0000-4000-8000-5f0e3f1c0000",
            "authenticated": "arn:aws:iam::111122223333:role/A",
            "unauthenticated": "arn:aws:iam::111122223333:role/B",
            "contains": "substring",
            "role_mapping": [
                {
                    "identity_provider": "accounts.google.com",
                    "type": "Rules",
                    "ambiguous_role_resolution": "Deny",
                    "mapping_rule": [
                        {
                            "claim": "c",
                            "match_type": "Equals",
                            "value": "v",
                            "role_arn": "arn:aws:iam::111122223333:role/A",
                        }
                    ],
                },
                {"identity_provider": "x", "type": "Token", "ambiguous_role_resolution": "AuthenticatedRole"},
            ],
            "principal_tags": [
                {"identity_provider": "accounts.google.com", "tags": {"t": "c"}},
                {"identity_provider": "x", "use_defaults": True},
            ],
        }
    ],
    "api": [{"name": "x", "hosts": ["h"], "gateway": ["g/p"], "route": [{"match": "GET /d", "allow": "public"}]}],
}
NONSENSE: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        -1,
        1.5,
        "",
        "x",
        [],
        [""],
        [None],
        ["x"],
        {},
        {"x": 1},
        [{}],
        [[]],
        "GET /z",
        ["GET /z"],
        10**9,
    ]
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every table and list with each of its keys."""
    some: Any = value
    items: Any = some.items() if isinstance(value, dict) else enumerate(some)
    for key, below in list(items):
        yield value, key
        if isinstance(below, dict | list):
            yield from places(below)


def readable(folder: Path, data: Any) -> bool:
    """Does the reader take it?"""
    path = folder / "cogauth.json"
    path.write_text(json.dumps(data), "utf-8")
    try:
        read(path, {})
    except ConfigurationError:
        return False
    return True


def test_the_whole_of_it_is_valid(tmp_path: Path) -> None:
    """To the schema and to the reader."""
    VALIDATOR.validate(FULL)
    assert readable(tmp_path, FULL)


@settings(max_examples=125, deadline=None)
@given(data=st.data())
def test_what_the_schema_refuses_the_reader_refuses(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """One change anywhere: a key less, a key more, or a value of another kind."""
    changed = copy.deepcopy(FULL)
    table, key = data.draw(
        st.sampled_from(list(range(len(list(places(changed)))))).map(list(places(changed)).__getitem__)
    )
    match data.draw(st.sampled_from(["less", "more", "other"])):
        case "less":
            del table[key]
        case "more" if isinstance(table, dict):
            table[data.draw(st.sampled_from(["x", "default", "any_issuer", "issuer", "name", "equals", "groups"]))] = (
                data.draw(NONSENSE)
            )
        case _:
            table[key] = data.draw(NONSENSE)
    if readable(tmp_path_factory.getbasetemp(), changed):
        VALIDATOR.validate(changed)


@pytest.mark.parametrize(
    "role",
    [
        {"groups": "admins"},
        {"groups": []},
        {"grops": ["a"]},
        {"groups": ["a"], "scopes": ["b"]},
        {"claim": "x"},
        {"claim": "x", "equals": 1, "in": [1]},
        {"claim": "x", "present": False},
        {"any": []},
        {"not": "admin"},
        {},
    ],
    ids=repr,
)
def test_the_schema_refuses_what_it_can(role: Any) -> None:
    """So that an editor shows it at once."""
    assert not VALIDATOR.is_valid({"version": 1, "roles": {"a": role}})

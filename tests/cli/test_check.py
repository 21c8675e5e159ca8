"""`cogauth check`: mistakes with their lines, warnings, overrides, and operations against routes."""

from __future__ import annotations

from contextlib import chdir
from pathlib import Path

import pytest

from cogauth import Policy
from tests.cli.stage import CONFIGURATION, Run
from tests.cli.test_verify import rows

OPENAPI = """\
openapi: 3.1.0
info: { title: Orders, version: "1" }
paths:
  /orders:
    get: { operationId: listOrders }
    post: { operationId: createOrder }
  /orders/{orderId}:
    get: {}
    delete: {}
  /healthz:
    get: {}
"""


@pytest.fixture
def file(folder: Path, tmp_path: Path) -> Path:
    """A configuration of one's own, beside the key set that it pins."""
    (tmp_path / "jwks.json").write_text((folder / "jwks.json").read_text())
    file = tmp_path / "cogauth.toml"
    file.write_text(CONFIGURATION)
    return file


def test_a_right_configuration(run: Run, file: Path) -> None:
    """How much there is, what identifies it, and what to look at."""
    ran = run("check", file)
    assert (0, "") == (ran.exit, ran.err)
    assert f"RIGHT  {file}" == ran.out.splitlines()[0]
    assert {
        "issuers": "1",
        "roles": "2",
        "routes": "5",
        "fingerprint": Policy.from_file(file).fingerprint,
        "route 'GET /orders'": "is in shadow mode: it tells what it would decide, and decides nothing",
    } == rows(ran.out)


def test_without_a_warning(run: Run, file: Path) -> None:
    """Nothing is said of warnings, and nothing counts."""
    file.write_text(CONFIGURATION.replace('mode = "shadow"', "").replace('"GET /orders", "', '"'))
    ran = run("check", "--strict", file)
    assert 0 == ran.exit
    assert "warnings" not in ran.out


def test_warnings_count_if_they_shall(run: Run, file: Path) -> None:
    """With `--strict` they are a no."""
    assert (0, 1) == (run("check", file).exit, run("check", "--strict", file).exit)
    assert run("check", file, "--json").json["ok"]
    assert not run("check", file, "--json", "--strict").json["ok"]


def test_mistakes_have_lines(run: Run, file: Path) -> None:
    """All of them, as `file:line:`, which editors and CI follow."""
    file.write_text(CONFIGURATION.replace('allow = "editor"', 'allow = "editr"').replace("groups = [", "group = [", 1))
    ran = run("check", file)
    assert (1, "") == (ran.exit, ran.err)
    first, *told = ran.out.splitlines()
    assert f"WRONG  {file}: 2 mistakes" == first
    assert [
        f"  {file}:10: roles.editor: unknown key 'group'",
        f"  {file}:15: route[1]: role 'editr': there is none",
    ] == [line.partition(";")[0] for line in told]
    document = run("check", file, "--json").json
    assert (False, [10, 15]) == (document["ok"], [each["line"] for each in document["mistakes"]])
    assert {"file", "ok", "mistakes"} == set(document)
    assert str(file) == document["mistakes"][0]["file"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        pytest.param("version = 1\n[[issuer]\n", ":2: ", id="no TOML"),
        pytest.param("", ": ", id="empty"),
    ],
)
def test_a_file_that_is_none(text: str, place: str, run: Run, file: Path) -> None:
    """A mistake of the parser's has its line too."""
    file.write_text(text)
    ran = run("check", file)
    assert (1, "") == (ran.exit, ran.err)
    assert f"  {file}{place}" in ran.out


def test_overrides_are_named(run: Run, file: Path) -> None:
    """What the environment says in place of the file, and its mistakes, which are of no file."""
    ran = run("check", file, env={"COGAUTH_ISSUER_STAFF_CLIENTS": "other"})
    assert (0, "clients of issuer staff, by COGAUTH_ISSUER_STAFF_CLIENTS") == (ran.exit, rows(ran.out)["overridden"])
    ran = run("check", file, "--json", env={"COGAUTH_ISSUER_STAFF_CLIENTS": "other"})
    assert [{"variable": "COGAUTH_ISSUER_STAFF_CLIENTS", "issuer": "staff", "key": "clients"}] == ran.json["overrides"]
    ran = run("check", file, "--json", env={"COGAUTH_ISSUER_STUFF_CLIENTS": "other"})
    (mistake,) = ran.json["mistakes"]
    assert (1, None, None) == (ran.exit, mistake["file"], mistake["line"])
    assert mistake["text"].startswith("environment: COGAUTH_ISSUER_STUFF_CLIENTS: is no override")


def test_the_file_of_the_folder(run: Run, file: Path) -> None:
    """It is `cogauth.toml`, if none is named."""
    with chdir(file.parent):
        assert "RIGHT  cogauth.toml" == run("check").out.splitlines()[0]
        file.unlink()
        ran = run("check")
    assert (2, "error: cogauth.toml: there is no such file; write one with 'cogauth init'\n") == (ran.exit, ran.err)


# -- With a description ------------------------------------------------------------------------------------------------


def test_operations_and_routes(run: Run, file: Path) -> None:
    """Both directions, and it is a no."""
    description = file.with_name("openapi.yaml")
    description.write_text(OPENAPI.replace("/healthz", "/ping"))
    ran = run("check", file, "--openapi", description)
    told = ran.out.partition("DIFFERS  ")[2].splitlines()
    assert (1, f"{description}: 5 operations") == (ran.exit, told[0])
    assert [
        "  no rule for       POST /orders createOrder",
        "  no rule for       GET /ping",
        "  no operation for  GET /healthz",
    ] == told[1:]
    document = run("check", file, "--openapi", description, "--json").json
    assert not document["ok"]
    assert {
        "file": str(description),
        "operations": 5,
        "without_rule": [
            {"method": "POST", "path": "/orders", "operation_id": "createOrder"},
            {"method": "GET", "path": "/ping", "operation_id": ""},
        ],
        "without_operation": ["GET /healthz"],
    } == document["openapi"]


def test_they_fit(run: Run, file: Path) -> None:
    """Each has its other, by the shape of paths and whatever parameters are called."""
    description = file.with_name("openapi.yaml")
    description.write_text(OPENAPI.replace("    post: { operationId: createOrder }\n", ""))
    ran = run("check", file, "--openapi", description)
    assert (0, "") == (ran.exit, ran.err)
    assert f"FITS  {description}: 4 operations, each with a rule; no rule without an operation" in ran.out


def test_a_base_path_is_said_and_not_guessed(run: Run, file: Path) -> None:
    """Whether the application sees what a server's URL begins with only its author knows."""
    description = file.with_name("openapi.yaml")
    text = OPENAPI.replace("    post: { operationId: createOrder }\n", "")
    description.write_text(text + "servers: [{ url: 'https://api.example.com/v1/' }]\n")
    ran = run("check", file, "--openapi", description)
    assert (0, True) == (ran.exit, "note: " in ran.err and "/v1" in ran.err)
    ran = run("check", file, "--openapi", description, "--base-path", "/v1")
    assert (1, "") == (ran.exit, ran.err)
    assert "no rule for       GET /v1/orders" in ran.out


def test_one_of_several_apis(run: Run, file: Path) -> None:
    """Its routes count beside those of every api, and those of others do not."""
    description = file.with_name("openapi.yaml")
    description.write_text(OPENAPI)
    file.write_text(CONFIGURATION + '[[api]]\nname = "shop"\n[[api.route]]\nmatch = "POST /orders"\nallow = "admin"\n')
    assert (1, 0) == tuple(run("check", file, "--openapi", description, *more).exit for more in ((), ("--api", "shop")))
    ran = run("check", file, "--openapi", description, "--api", "shp")
    assert (2, True) == (ran.exit, "there are shop" in ran.err)
    assert "1" == rows(run("check", file).out)["apis"]


def test_what_clients_call_it(run: Run, file: Path) -> None:
    """A resource is shown where there is one, and told of where its tokens would be refused."""
    assert "resource" not in run("check", file).out
    file.write_text('resource = "https://api.example.com"\n' + CONFIGURATION)
    ran = run("check", "--strict", file)
    assert (1, "https://api.example.com") == (ran.exit, rows(ran.out)["resource"])
    assert "unbound" in run("check", "--json", file).out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("--base-path", "/v1"), "add --openapi", id="a base path of nothing"),
        pytest.param(("--api", "x"), "add --openapi", id="an api of nothing"),
        pytest.param(("--openapi", "none.yaml"), "none.yaml: cannot be read: No such file", id="no description"),
    ],
)
def test_usage(arguments: tuple[str, ...], said: str, run: Run, file: Path) -> None:
    """What says nothing is no check that was passed."""
    ran = run("check", file, *arguments)
    assert (2, "", True) == (ran.exit, ran.out, said in ran.err)

"""`cogauth diff`: who gains and who loses what."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.stage import CONFIGURATION, Ran, Run


@pytest.fixture
def before(folder: Path, tmp_path: Path) -> Path:
    """The configuration as it was."""
    (tmp_path / "jwks.json").write_text((folder / "jwks.json").read_text())
    file = tmp_path / "old.toml"
    file.write_text(CONFIGURATION)
    return file


def compared(run: Run, before: Path, text: str, *options: str) -> Ran:
    """What comes of another text."""
    after = before.with_name("new.toml")
    after.write_text(text)
    return run("diff", *options, before, after)


def test_the_same(run: Run, before: Path) -> None:
    """To the letter, or only in what it decides."""
    ran = compared(run, before, CONFIGURATION)
    assert (0, "", f"SAME  {before} and {before.with_name('new.toml')} decide alike\n") == (ran.exit, ran.err, ran.out)
    ran = compared(run, before, CONFIGURATION.replace('allow = "editor"', 'allow = "editor | editor & admin"'))
    assert (0, True) == (ran.exit, ran.out.endswith("decide alike, though not written alike\n"))
    assert {"same": True, "complete": True} == {
        key: run("diff", "--json", before, before).json[key] for key in ("same", "complete")
    }


def test_what_changes(run: Run, before: Path) -> None:
    """Open routes first; then routes, shadow routes, issuers, roles and settings, each with what is new of it."""
    text = (
        CONFIGURATION.replace('clients = ["web"]', 'clients = ["web", "shop"]')
        .replace('allow = "editor"', 'allow = "editor & admin"')
        .replace('match = "DELETE /orders/{id}"', 'match = ["DELETE /orders/{id}", "POST /orders"]')
        .replace('allow = "admin"\nmode', 'allow = "editor"\nmode')
        .replace("version = 1\n", "version = 1\ncors_preflight = true\n")
        .replace("[roles]\n", '[roles]\nextra = { groups = ["x"] }\n')
    )
    ran = compared(run, before, text + '[[route]]\nmatch = "GET /orders/new"\nallow = "public"\n')
    assert (1, "") == (ran.exit, ran.err)
    assert (
        ran.out
        == f"""\
DIFFERENT  {before} and {before.with_name("new.toml")}

OPEN TO ALL NOW
  GET /orders/new
    decided by  GET /orders/new; it was GET /orders/{{id}}
    gain        admin, extra
    let in      everybody, with a token or without

routes
  GET /orders
    lose      editor
    shut out  for instance a person with an access token of staff, group editors
  GET /orders/{{id}}
    lose      editor
    shut out  for instance a person with an access token of staff, group editors
  POST /orders
    route   added
    gain    admin
    let in  for instance a person with an access token of staff, group admins

routes in shadow mode, which decide nothing
  GET /orders
    gain      editor
    lose      admin
    let in    for instance a person with an access token of staff, group editors
    shut out  for instance a person with an access token of staff, group admins

issuers
  changed  issuer staff: clients

roles
  added  role extra: needs group x

settings
  changed  cors_preflight: on
"""
    )


def test_what_is_closed_and_gone(run: Run, before: Path) -> None:
    """A route that was open to all says so, and one that is gone."""
    text = CONFIGURATION.replace('allow = "public"', 'allow = "admin"').replace("DELETE /orders/{id}", "PUT /orders")
    ran = compared(run, before, text)
    assert 1 == ran.exit
    assert "  GET /healthz\n    closed    it was open to all\n    lose      editor\n" in ran.out
    assert "  DELETE /orders/{id}\n    route     removed\n    lose      admin\n" in ran.out


def test_what_must_be_compared_by_hand(run: Run, before: Path) -> None:
    """Where too many kinds of callers can be told apart, it does not pretend to know."""
    groups = ", ".join(f'{{ groups = ["g{number}"] }}' for number in range(14))
    text = CONFIGURATION.replace("[roles]\n", f"[roles]\ncrowd = {{ all = [{groups}] }}\n")
    ran = compared(run, before, text.replace('allow = "editor"', 'allow = "editor & crowd"'))
    assert (1, True) == (ran.exit, "    compare  by hand: the rules tell too many kinds of callers apart\n" in ran.out)


def test_too_many_routes(run: Run, before: Path) -> None:
    """That not all was compared is said, and is no sameness."""
    lines = ", ".join(f'"GET /{{x}}/r{number}"' for number in range(510))
    text = CONFIGURATION + f'[[route]]\nmatch = [{lines}]\nallow = "authenticated"\n'
    before.write_text(text)
    ran = compared(run, before, text.replace("/r", "/s"), "--json")
    assert (1, False, False) == (ran.exit, ran.json["same"], ran.json["complete"])
    assert "There are too many routes" in run("diff", before, before.with_name("new.toml")).out
    # Nor is it where nothing was found in what was compared.
    nobody = "[roles]\nnobody = { all = [{ machine = true }, { machine = false }] }\n"
    text = text.replace("[roles]\n", nobody).replace('"authenticated"', '"nobody"')
    before.write_text(text)
    ran = compared(run, before, text.replace("/r", "/s"), "--json")
    assert (1, False, []) == (ran.exit, ran.json["same"], ran.json["routes"])


def test_json(run: Run, before: Path) -> None:
    """Machines get everything."""
    ran = compared(run, before, CONFIGURATION.replace('allow = "editor"', 'allow = "public"'), "--json")
    first = ran.json["routes"][0]
    assert (1, False, "GET /orders", True, ["admin"]) == (
        ran.exit,
        ran.json["same"],
        first["requests"],
        first["opened"],
        first["gains"],
    )
    assert ["complete", "fingerprints", "issuers", "roles", "routes", "same", "settings", "shadow"] == sorted(ran.json)
    assert ran.json["fingerprints"]["old"] != ran.json["fingerprints"]["new"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("version = 1\n", "issuer: none is given", id="mistakes"),
        pytest.param(None, "new.toml: cannot be read", id="no file"),
    ],
)
def test_a_file_that_is_none(text: str | None, said: str, run: Run, before: Path) -> None:
    """Nothing is compared with a configuration that has mistakes."""
    after = before.with_name("new.toml")
    if text is not None:
        after.write_text(text)
    for files in ((before, after), (after, before)):
        ran = run("diff", *files)
        assert (2, "", True) == (ran.exit, ran.out, said in ran.err)

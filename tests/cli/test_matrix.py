"""`cogauth matrix`: routes by roles, in each format; the page is safe to open and needs nothing else."""

from __future__ import annotations

import csv
import io
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cogauth import Policy
from tests.cli.stage import CONFIGURATION, NOW, Run

TEXT = (
    CONFIGURATION.replace(
        "[roles]\n",
        """\
[roles]
frozen = { claim = "custom:status", equals = "suspended", default = "" }
never = { all = [{ machine = true }, { machine = false }] }
strong = { all = [{ acr_at_least = "urn:cognito:loa:3" }, { signed_in_within = 900 }] }
""",
    ).replace(
        'match = "DELETE /orders/{id}"\nallow = "admin"',
        'match = "DELETE /orders/{id}"\nallow = "admin & strong"\ndeny = "frozen"',
    )
    + '[[api]]\nname = "billing"\n[[api.route]]\nmatch = "GET /invoices"\nallow = "authenticated"\n'
)

TABLE = """\
route                 any token  frozen  never   strong   editor  admin
----------------------------------------------------------------------------
GET /orders           -          -       nobody  -        yes     -
GET /orders/{id}      -          -       nobody  -        yes     -
GET /orders (shadow)  -          -       nobody  -        -       yes
DELETE /orders/{id}   -          denied  nobody  + admin  -       + strong
GET /healthz          public     public  nobody  public   public  public

api billing
route          any token  frozen  never   strong  editor  admin
---------------------------------------------------------------
GET /invoices  yes        yes     nobody  yes     yes     yes

  public  open to all, with a token or without
  yes     whoever has the role may, without anything else
  + ...   only who has this besides
  denied  refused because of the role, whatever else is there
  -       the role plays no part here
  nobody  no accepted token can have the role

refused whatever else is there
  DELETE /orders/{id}  frozen
"""


@pytest.fixture
def file(folder: Path, tmp_path: Path) -> Path:
    """A configuration in which every kind of cell occurs."""
    (tmp_path / "jwks.json").write_text((folder / "jwks.json").read_text())
    file = tmp_path / "cogauth.toml"
    file.write_text(TEXT)
    return file


def test_a_table(run: Run, file: Path) -> None:
    """For a terminal: a table for each api, and what its words mean."""
    ran = run("matrix", file)
    assert (0, "") == (ran.exit, ran.err)
    assert [line.split() for line in TABLE.splitlines() if "---" not in line] == [
        line.split() for line in ran.out.splitlines() if "---" not in line
    ]
    assert ran.out.isascii()


def test_without_deny_rules(run: Run, folder: Path) -> None:
    """Nothing is said of them, nor of words that do not occur."""
    ran = run("matrix", folder / "cogauth.toml")
    assert 0 == ran.exit
    assert not {"refused", "nobody", "api"} & set(ran.out.split())


def test_csv(run: Run, file: Path) -> None:
    """A line for each route, in whole words; none that a spreadsheet would calculate."""
    ran = run("matrix", "--format", "csv", file)
    head, *lines = csv.reader(io.StringIO(ran.out))
    assert [
        "api",
        "route",
        "mode",
        "allow",
        "deny",
        "any token",
        "frozen",
        "never",
        "strong",
        "editor",
        "admin",
    ] == head
    assert ["", "GET /orders", "shadow", "admin", "", "no", "no", "nobody", "no", "no", "allowed"] == lines[2]
    assert ["denied", "nobody", "more: admin", "no", "more: strong"] == lines[3][6:]
    assert ["billing", "GET /invoices", "enforce", "authenticated", "", "allowed"] == lines[5][:6]
    assert 6 == len(lines)
    assert not any(cell[:1] in tuple("=+-@") for line in lines for cell in line if cell)


def test_markdown(run: Run, file: Path) -> None:
    """Tables in which no name can break out of its cell."""
    file.write_text(TEXT.replace('allow = "editor"', 'allow = "editor | admin"'))
    ran = run("matrix", "--format", "markdown", file)
    assert "| GET /orders | editor \\| admin |  | \\- | \\- | nobody | \\- | yes | yes |" in ran.out.splitlines()
    assert "| GET /orders (shadow) | admin |" in ran.out
    assert "# Who may do what: cogauth.toml" == ran.out.splitlines()[0]
    assert f"Policy `{Policy.from_file(file).fingerprint}`, 2023-11-14 22:13:20 UTC." in ran.out
    assert "\n## Api billing\n" in ran.out
    assert "\n* roles.never: nobody can meet it: its conditions exclude each other\n" in ran.out
    tables = [line for line in ran.out.splitlines() if line.startswith("|")]
    assert {9, 2} == {line.replace("\\|", "").count("|") - 1 for line in tables}


def test_json(run: Run, file: Path) -> None:
    """Machines get all of it, on standard output or in a file."""
    document = run("matrix", "--format", "json", file).json
    assert (NOW, ["staff"], "needs group admins") == (
        document["written_at"],
        document["issuers"],
        document["roles"]["admin"],
    )
    assert {
        "api": None,
        "route": "DELETE /orders/{id}",
        "shadow": False,
        "allow": "admin & strong",
        "deny": "frozen",
        "any_token": {"answer": "no"},
        "roles": {
            "frozen": {"answer": "denied"},
            "never": {"answer": "nobody"},
            "strong": {"answer": "more", "more": ["admin"]},
            "editor": {"answer": "no"},
            "admin": {"answer": "more", "more": ["strong"]},
        },
    } == document["routes"][3]
    assert {"user_writable", "shadow", "unused_role", "unmeetable"} >= {each["topic"] for each in document["warnings"]}
    written = file.with_suffix(".json")
    assert 0 == run("matrix", "--format", "json", file, "--output", written).exit
    assert run("matrix", "--format", "json", file).out == written.read_text()


class Page(HTMLParser):
    """A page, taken apart: its elements, what they point at, and its tables."""

    VOID = frozenset({"meta", "link", "br", "hr", "img", "input"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data


def page_of(run: Run, file: Path) -> tuple[str, Page]:
    """The page as it is written."""
    target = file.with_suffix(".html")
    ran = run("matrix", "--format", "html", file, "--output", target)
    assert (0, "", "") == (ran.exit, ran.out, ran.err)
    text = target.read_bytes().decode()
    return text, Page(text)


def test_the_page_has_everything(run: Run, file: Path) -> None:
    """Table, rules, legend, warnings, roles; the file, the date and the fingerprint."""
    text, page = page_of(run, file)
    assert [] == page.open
    for said in (
        Policy.from_file(file).fingerprint,
        "cogauth.toml",
        "2023-11-14 22:13:20 UTC",
        "6, of which 1 open to all",
    ):
        assert said in text
    assert ["route", "rule", "any token", "frozen", "never", "strong", "editor", "admin"] == page.rows[0]
    assert ["GET /orders shadow: decides nothing", "admin", "-", "-", "nobody", "-", "-", "yes"] == page.rows[3]
    rest = ["-", "denied", "nobody", "+ admin", "-", "+ strong"]
    assert ["DELETE /orders/{id}", "admin & strong deny frozen", *rest] == page.rows[4]
    assert ["nobody", "no accepted token can have the role"] in page.rows
    assert ["admin", "needs group admins"] in page.rows
    assert "<b>roles.never</b>: nobody can meet it" in text
    assert text == run("matrix", "--format", "html", file).out


def test_the_page_needs_nothing_and_runs_nothing(run: Run, file: Path) -> None:
    """No script, no picture, no font, no link to anywhere, and a browser is told so."""
    text, page = page_of(run, file)
    assert not {"script", "img", "link", "iframe", "object"} & {tag for tag, _ in page.elements}
    assert {"#warnings"} == {value for _, attrs in page.elements for name, value in attrs.items() if name == "href"}
    assert not any(name.startswith("on") or name == "src" for _, attrs in page.elements for name in attrs)
    assert "default-src 'none'; style-src 'unsafe-inline'" in {attrs.get("content") for _, attrs in page.elements}
    assert "http" not in text.replace("http-equiv", "")
    assert "url(" not in text
    assert "@import" not in text


def test_the_page_can_be_read_by_all(run: Run, file: Path) -> None:
    """Heads say whose they are, tables have captions, and no cell speaks by its colour alone."""
    _, page = page_of(run, file)
    assert ("html", {"lang": "en"}) in page.elements
    assert {"col", "row"} == {attrs.get("scope") for tag, attrs in page.elements if tag == "th"}
    assert 2 == sum(tag == "caption" for tag, _ in page.elements)
    assert all(cell for row in page.rows for cell in row)


def test_names_are_text(run: Run, file: Path) -> None:
    """Whatever a name in the policy holds, it cannot become a part of the page."""
    evil = "<script>alert(1)</script>&\\\"'"
    file.write_text(TEXT.replace('groups = ["admins"]', f'groups = ["{evil}"]').replace('"staff"', f'"{evil}"'))
    text, page = page_of(run, file)
    assert "script" not in {tag for tag, _ in page.elements}
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#x27;" in text
    assert "<script" not in run("matrix", "--format", "markdown", file).out


def test_a_small_page(run: Run, file: Path) -> None:
    """Without roles, warnings or apis there is nothing empty on it."""
    issuer = '[[issuer]]\nname = "staff"\nuser_pool = "eu-west-1_AbCdEf123"\nclients = ["web"]\n'
    file.write_text(f'version = 1\n{issuer}[[route]]\nmatch = "GET /"\nallow = "public"\n')
    text, page = page_of(run, file)
    assert ["GET /", "public", "public"] == page.rows[1]
    assert "<dd>none</dd>" in text
    assert not {"Worth a look", "Roles", "Routes of every api"} & {
        part.partition("<")[0] for part in text.split("<h2>")
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("--output", "x.txt"), "add --format", id="a table in a file"),
        pytest.param(
            ("--format", "csv", "--output", "/no/such/x.csv"), "cannot be written: No such file", id="no folder"
        ),
        pytest.param(("--format", "pdf"), "'pdf' is not one of", id="no format"),
    ],
)
def test_usage(arguments: tuple[str, ...], said: str, run: Run, file: Path) -> None:
    """Nothing is printed instead."""
    ran = run("matrix", file, *arguments)
    assert (2, "", True) == (ran.exit, ran.out, said in ran.err)


def test_mistakes(run: Run, file: Path) -> None:
    """There is no matrix of a configuration that has some."""
    file.write_text(TEXT.replace("admins", ""))
    ran = run("matrix", file)
    assert (2, "", True) == (ran.exit, ran.out, ran.err.startswith(f"error: {file}: line "))

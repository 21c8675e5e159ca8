"""`cogauth iam`: documents written in each format, read from each kind of file, and checked."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from cogauth.cli import main
from cogauth.cli.iam.formats import FORMATS
from cogauth.iam_roles import dynamodb_policy, s3_policy, trust_policy
from tests.cli.stage import Run
from tests.cli.test_verify import rows
from tests.iam_roles.cases import OTHER, POOL, SUB, TABLE, USER_POOL

CHINA = "cn-north-1:5f0e3f1c-0000-4000-8000-5f0e3f1c0000"
CONFIGURATION = f"""\
version = 1

[[issuer]]
name = "staff"
user_pool = "eu-west-1_AbCdEf123"
clients = ["web"]

[[identity_pool_roles]]
identity_pool = "{POOL}"
authenticated = "arn:aws:iam::111122223333:role/Everybody"

[[identity_pool_roles.principal_tags]]
identity_provider = "{USER_POOL}"
tags = {{ team = "custom:team" }}
"""


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    """A configuration that maps a claim to a tag."""
    file = tmp_path / "cogauth.toml"
    file.write_text(CONFIGURATION)
    return file


def wide() -> dict[str, Any]:
    document = trust_policy(POOL)
    del document["Statement"][0]["Condition"]["StringEquals"]
    return document


# -- Written -----------------------------------------------------------------------------------------------------------


def test_trust(run: Run, configuration: Path) -> None:
    """JSON, if nothing else is asked for; pool and tags from the configuration, if that is named."""
    ran = run("iam", "trust", "--identity-pool", POOL)
    assert (0, "", trust_policy(POOL)) == (ran.exit, ran.err, ran.json)
    assert trust_policy(POOL, guests=True) == run("iam", "trust", "--identity-pool", POOL, "--guests").json
    named = run("iam", "trust", "--identity-pool", POOL, "--provider", USER_POOL, "--tags")
    assert trust_policy(POOL, provider=USER_POOL, tags=True) == named.json
    assert trust_policy(POOL, tags=True) == run("iam", "trust", "--config", configuration).json
    other = run("iam", "trust", "--config", configuration, "--identity-pool", OTHER)
    assert trust_policy(OTHER) == other.json


def test_policy(run: Run) -> None:
    """Of a bucket or of a table."""
    ran = run("iam", "policy", "s3", "--bucket", "my-bucket", "--per", "user", "--prefix", "home/")
    assert (0, "", s3_policy("my-bucket", "user", prefix="home/")) == (ran.exit, ran.err, ran.json)
    ran = run("iam", "policy", "dynamodb", "--table", TABLE, "--per", "tag", "--tag", "team", "--read-only")
    assert dynamodb_policy(TABLE, "tag", tag="team", read_only=True) == ran.json


@pytest.mark.parametrize("form", ["json", "cloudformation", "cloudformation-json"])
def test_what_is_written_passes(form: str, run: Run, tmp_path: Path) -> None:
    """What AWS takes is read back as it was."""
    file = tmp_path / ("out.yaml" if form == "cloudformation" else "out.json")
    for options, again in (
        (("trust", "--identity-pool", POOL, "--tags"), ("--tags",)),
        (("policy", "s3", "--bucket", "my-bucket", "--per", "user"), ("--per", "user")),
        (("policy", "dynamodb", "--table", TABLE, "--per", "user"), ("--per", "user")),
    ):
        file.write_text(run("iam", *options, "--format", form).out)
        ran = run("iam", "check", file, "--identity-pool", POOL, *again)
        assert (0, "", True) == (ran.exit, ran.err, ran.out.startswith("RIGHT  "))


def test_templates(run: Run) -> None:
    """A resource with the document in it, whose name can be chosen."""
    text = run("iam", "trust", "--identity-pool", POOL, "--format", "cloudformation", "--name", "Guest").out
    assert {
        "Resources": {
            "Guest": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust_policy(POOL)}}
        }
    } == yaml.safe_load(text)
    text = run("iam", "policy", "s3", "--bucket", "my-bucket", "--per", "user", "--format", "cloudformation-json").out
    properties = {"PolicyDocument": s3_policy("my-bucket", "user")}
    assert {"Resources": {"IdentityPoolRole": {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}}} == (
        json.loads(text)
    )


def _of_hcl(text: str) -> Any:
    """Read back what `jsonencode` is given: an object of HCL, one member a line."""
    (inside,) = re.findall(r"jsonencode\((.*)\)", text, re.DOTALL)
    members = re.sub(r'^(\s*)(?:"([^"]+)"|(\w+)) = ', r'\1"\2\3": ', inside, flags=re.MULTILINE)
    with_commas = re.sub(r'(["}\]])\n(\s*")', r"\1,\n\2", members)
    return json.loads(re.sub(r",(\s*[\]}])", r"\1", with_commas).replace("$${", "${"))


def test_terraform(run: Run) -> None:
    """An object of its own language, in which a variable of IAM is no reference."""
    text = run("iam", "policy", "s3", "--bucket", "my-bucket", "--per", "user", "--format", "terraform").out
    assert text.startswith('resource "aws_iam_policy" "identity_pool_role" {\n  policy = jsonencode({\n')
    assert f"${SUB}" in text
    assert not re.search(r"(?<!\$)\$\{", text)
    assert s3_policy("my-bucket", "user") == _of_hcl(text)
    text = run("iam", "trust", "--identity-pool", POOL, "--tags", "--format", "terraform", "--name", "R").out
    assert text.startswith('resource "aws_iam_role" "r" {\n  assume_role_policy = jsonencode({\n')
    assert trust_policy(POOL, tags=True) == _of_hcl(text)


def test_china(run: Run) -> None:
    """That AWS's pages do not agree on it is said beside it."""
    ran = run("iam", "trust", "--identity-pool", CHINA)
    assert (0, True) == (ran.exit, ran.err.startswith("note: in China"))
    assert trust_policy(CHINA) == ran.json


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("trust",), "name the identity pool"),
        (("trust", "--identity-pool", "x"), "identity pool id"),
        (("trust", "--identity-pool", POOL, "--guests", "--provider", "x"), "guests have none"),
        (("trust", "--identity-pool", POOL, "--name", "a-b"), "letters and digits"),
        (("trust", "--config", "none.toml"), "none.toml"),
        (("policy", "s3", "--per", "user"), "s3 goes with --bucket"),
        (("policy", "s3", "--bucket", "my-bucket", "--table", TABLE, "--per", "user"), "s3 goes with --bucket"),
        (("policy", "dynamodb", "--bucket", "my-bucket", "--per", "user"), "dynamodb with --table"),
        (("policy", "dynamodb", "--table", TABLE, "--prefix", "a/", "--per", "user"), "--prefix goes with s3"),
        (("policy", "s3", "--bucket", "my-bucket", "--per", "group"), "group: goes with per group"),
        (("policy", "s3", "--bucket", "*", "--per", "user"), "bucket: must be"),
        (("policy", "s3", "--bucket", "my-bucket"), "--per"),
        (("check", "none.json", "--identity-pool", POOL), "none.json: cannot be read"),
        (("check", "--identity-pool", POOL), "FILE"),
        (("check", "-", "--identity-pool", POOL, "--value", "x"), "NAME=TEXT"),
    ],
)
def test_usage(arguments: tuple[str, ...], said: str, run: Run) -> None:
    """Nothing is written or checked that is not what was asked for."""
    ran = run("iam", *arguments)
    assert (2, "", True) == (ran.exit, ran.out, said in ran.err), ran.err


def test_a_configuration_without_identity_pools(run: Run, tmp_path: Path) -> None:
    """It says nothing; and one with two does not say which."""
    file = tmp_path / "cogauth.toml"
    file.write_text(CONFIGURATION.partition("[[identity_pool_roles]]")[0])
    ran = run("iam", "trust", "--config", file)
    assert (2, True) == (ran.exit, "has no [[identity_pool_roles]]" in ran.err)
    second = f'[[identity_pool_roles]]\nidentity_pool = "{OTHER}"\n'
    file.write_text(CONFIGURATION + second + 'authenticated = "arn:aws:iam::111122223333:role/Others"\n')
    ran = run("iam", "trust", "--config", file)
    assert (2, True) == (ran.exit, "several identity pools" in ran.err)


# -- Checked -----------------------------------------------------------------------------------------------------------


def test_who_may(run: Run, tmp_path: Path) -> None:
    """Who may assume the role, and each finding with its line, its reason and what to write."""
    file = tmp_path / "role.json"
    file.write_text(json.dumps(wide(), indent=2))
    ran = run("iam", "check", file, "--identity-pool", POOL)
    assert (1, "") == (ran.exit, ran.err)
    lines = ran.out.splitlines()
    assert f"WRONG  {file}: trust policy" == lines[0]
    told = rows(ran.out)
    assert ("yes", "no", "of anybody") == (told["users of the pool"], told["guests"], told["other identity pools"])
    assert lines[4].startswith(f"  {file}:4: error: Statement[1]: identity pools of anybody may assume this role")
    assert f'    add "StringEquals": {{"cognito-identity.amazonaws.com:aud": "{POOL}"}}' == lines[5]


def test_for_machines(run: Run, tmp_path: Path) -> None:
    """The same as JSON, with the page of AWS that it rests on."""
    file = tmp_path / "role.json"
    file.write_text(json.dumps(wide(), indent=2))
    document = run("iam", "check", file, "--identity-pool", POOL, "--json").json
    (looked,) = document["documents"]
    assert (False, "trust", "") == (document["ok"], looked["kind"], looked["where"])
    assert {"users": True, "providers": None, "guests": False, "pools": ["*"]} == looked["may_assume"]
    (finding,) = looked["findings"]
    assert ("any_pool", "error", 4, "Statement[1]") == tuple(
        finding[each] for each in ("topic", "severity", "line", "where")
    )
    assert finding["source"].startswith("https://docs.aws.amazon.com/cognito/")
    file.write_text(json.dumps(s3_policy("my-bucket", "user")))
    document = run("iam", "check", file, "--identity-pool", POOL, "--json", "--per", "user").json
    assert document["ok"]
    assert {"file", "where", "kind", "findings"} == set(document["documents"][0])


def test_several_files(run: Run, tmp_path: Path) -> None:
    """One that is wrong is enough; `--kind` leaves the others out."""
    (tmp_path / "trust.json").write_text(json.dumps(wide()))
    (tmp_path / "policy.json").write_text(json.dumps(s3_policy("my-bucket", "user")))
    files = (tmp_path / "trust.json", tmp_path / "policy.json")
    ran = run("iam", "check", *files, "--identity-pool", POOL)
    assert (1, 1, 1) == (ran.exit, ran.out.count("WRONG  "), ran.out.count("RIGHT  "))
    assert 0 == run("iam", "check", files[1], "--identity-pool", POOL, "--kind", "permissions").exit
    ran = run("iam", "check", files[1], "--identity-pool", POOL, "--kind", "trust")
    assert (2, True) == (ran.exit, "there is no trust document" in ran.err)


TEMPLATE = """\
Resources:
  Pool:
    Type: AWS::Cognito::IdentityPool
  Guest:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal: { Federated: cognito-identity.amazonaws.com }
            Action: sts:AssumeRoleWithWebIdentity
            Condition:
              StringEquals: { cognito-identity.amazonaws.com:aud: !Ref Pool }
              ForAnyValue:StringLike: { cognito-identity.amazonaws.com:amr: unauthenticated }
  Files:
    Type: AWS::IAM::ManagedPolicy
    Condition: WithFiles
    Properties:
      Description: ~
      PolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Action: s3:GetObject
            Resource: !Sub "arn:aws:s3:::${Bucket}/${!cognito-identity.amazonaws.com:sub}/*"
  Roles:
    Type: AWS::Cognito::IdentityPoolRoleAttachment
    Properties:
      IdentityPoolId: !Ref Pool
      Roles:
        unauthenticated: !GetAtt Guest.Arn
"""


def test_a_template(run: Run, tmp_path: Path) -> None:
    """Short functions, and versions that are no dates; whose role it is the template says itself."""
    file = tmp_path / "template.yaml"
    file.write_text(TEMPLATE)
    ran = run("iam", "check", file, "--identity-pool", POOL, "--per", "user", "--provider", USER_POOL)
    assert (0, "", 2) == (ran.exit, ran.err, ran.out.count("RIGHT  "))
    file.write_text(TEMPLATE.replace("unauthenticated: !GetAtt", "authenticated: !GetAtt"))
    ran = run("iam", "check", file, "--identity-pool", POOL, "--kind", "trust")
    assert (1, True) == (ran.exit, f"{file}:10: error: Statement[1]: guests may assume this role" in ran.out)
    file.write_text(TEMPLATE.replace("!Ref Pool }", "!ImportValue Pool }"))
    ran = run("iam", "check", file, "--identity-pool", POOL, "--kind", "trust")
    assert (1, "not known here") == (ran.exit, rows(ran.out)["guests"])
    file.write_text(TEMPLATE.replace("!Ref Pool }", "!Ref Given }"))
    ran = run("iam", "check", file, "--identity-pool", POOL, "--kind", "trust", "--value", f"Given={POOL}")
    assert 0 == ran.exit


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.json", "{", "cannot be parsed"),
        ("a.json", '{"Statement": 1, "Statement": 2}', "stands twice"),
        ("a.json", "[]", "must be a table"),
        ("a.json", "{}", "there is no policy document"),
        ("a.json", "[" * 100_000, "nested too deep"),
        ("a.yaml", "a: [", "cannot be parsed"),
        ("a.yaml", "a: 1\na: 2", "stands twice"),
        ("a.yaml", "a: &x 1\nb: *x", "aliases are refused"),
        ("a.yaml", "? [a]\n: b", "a key must be a string"),
        ("a.yaml", "", "must be a table"),
        ("a.yaml", "a: " + "[" * 150 + "]" * 150, "nested too deep"),
        ("a.yaml", "\xe9".encode("latin-1"), "is not UTF-8"),
        ("a.json", b" " * (16 * 1024 * 1024 + 1), "too large"),
    ],
)
def test_files_that_are_none(name: str, text: str | bytes, said: str, run: Run, tmp_path: Path) -> None:
    """What cannot be read is told, and is no check that was passed."""
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    ran = run("iam", "check", file, "--identity-pool", POOL)
    assert (2, "", True) == (ran.exit, ran.out, said in ran.err), ran.err


def test_standard_input(run: Run, configuration: Path) -> None:
    """As after `terraform show -json`; tags come from the configuration."""
    ran = run("iam", "check", "-", "--config", configuration, text=json.dumps(trust_policy(POOL)))
    assert (1, True) == (ran.exit, "add sts:TagSession" in ran.out)
    assert 0 == run("iam", "check", "-", "--config", configuration, text=json.dumps(trust_policy(POOL, tags=True))).exit


def test_nothing_of_a_file_moves_the_terminal(run: Run) -> None:
    """Names in a document are text of strangers."""
    document = trust_policy(POOL)
    document["Statement"][0]["Action"] = "sts:\x1b[31m*"
    ran = run("iam", "check", "-", "--identity-pool", POOL, text=json.dumps(document))
    assert (1, False) == (ran.exit, "\x1b" in ran.out)


@pytest.mark.parametrize("subcommand", ["check", "policy", "trust"])
def test_help(subcommand: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each has examples of itself and its exit codes, in lines that fit a terminal."""
    assert 0 == main(["iam", subcommand, "--help"])
    text = capsys.readouterr().out
    assert f"Examples:\n    cogauth iam {subcommand}" in text
    assert "Exit codes:\n    0  " in text
    assert all(len(line) <= 100 for line in text.splitlines())
    assert all(form in text for form in FORMATS) or subcommand == "check"

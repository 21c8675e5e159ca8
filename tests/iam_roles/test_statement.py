"""Statements: what IAM takes, and what it would not."""

from __future__ import annotations

from typing import Any

import pytest

from cogauth.iam_roles import RoleTopic
from cogauth.iam_roles.statement import read_document

GOOD: dict[str, Any] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
NONE: list[str] = []


def faults(data: object) -> list[str]:
    return [each.where for each in read_document(data).faults]


@pytest.mark.parametrize(
    ("data", "where"),
    [
        pytest.param(None, "the document", id="nothing"),
        pytest.param("{}", "the document", id="a text"),
        pytest.param({"Statement": NONE}, "Statement", id="no statement"),
        pytest.param({"Version": "2012-10-17"}, "Statement", id="none at all"),
        pytest.param({"Version": "2020-01-01", "Statement": [GOOD]}, "Version", id="a version that is none"),
        pytest.param({"Statement": [GOOD], "Effect": "Allow"}, "Effect", id="an element at the top"),
        pytest.param({"Statement": ["x"]}, "Statement[1]", id="a statement that is none"),
        pytest.param({"Statement": [{**GOOD, "Effect": "allow"}]}, "Statement[1].Effect", id="an effect"),
        pytest.param({"Statement": [{**GOOD, "Actions": "x"}]}, "Statement[1].Actions", id="an element"),
        pytest.param({"Statement": [{**GOOD, "Action": NONE}]}, "Statement[1].Action", id="no actions"),
        pytest.param({"Statement": [{**GOOD, "Action": [None]}]}, "Statement[1].Action", id="an action"),
        pytest.param({"Statement": [{"Effect": "Allow", "Resource": "*"}]}, "Statement[1]", id="actions left out"),
        pytest.param({"Statement": {**GOOD, "NotAction": "x"}}, "Statement", id="both"),
        pytest.param({"Statement": {**GOOD, "Principal": "me"}}, "Statement.Principal", id="a principal"),
        pytest.param({"Statement": {**GOOD, "Principal": {"User": "me"}}}, "Statement.Principal", id="a kind"),
        pytest.param({"Statement": {**GOOD, "Principal": {}}}, "Statement.Principal", id="no kind"),
        pytest.param({"Statement": {**GOOD, "Principal": {"AWS": NONE}}}, "Statement.Principal.AWS", id="nobody"),
        pytest.param({"Statement": {**GOOD, "Condition": "x"}}, "Statement.Condition", id="a condition"),
        pytest.param({"Statement": {**GOOD, "Condition": {"Null": {}}}}, "Statement.Condition.Null", id="no key"),
        pytest.param(
            {"Statement": {**GOOD, "Condition": {"Null": {"k": NONE}}}}, "Statement.Condition.Null.k", id="values"
        ),
    ],
)
def test_faults(data: object, where: str) -> None:
    """Each is told with its place, and what it is in counts for nothing."""
    read = read_document(data)

    assert [where] == faults(data)
    assert {RoleTopic.MALFORMED} == {each.topic for each in read.faults}
    if where.startswith("Statement"):
        assert () == read.statements


def test_one_statement_or_several() -> None:
    """Both are the grammar's; a statement that IAM would not take leaves the others."""
    assert 1 == len(read_document({"Statement": GOOD}).statements)
    read = read_document({"Statement": [{}, GOOD]})
    assert [("Statement", 1)] == [each.path for each in read.statements]
    assert ["Statement[1].Effect", "Statement[1]"] == [each.where for each in read.faults]


@pytest.mark.parametrize(
    ("version", "has"), [({"Version": "2012-10-17"}, True), ({"Version": "2008-10-17"}, False), ({}, False)]
)
def test_variables_came_with_a_version(version: dict[str, str], *, has: bool) -> None:
    """Without a Version it is the older (AWS: "IAM JSON policy elements: Version")."""
    read = read_document({**version, "Statement": GOOD})

    assert () == read.faults
    assert has is read.has_variables


def test_truth_values_and_numbers_are_texts() -> None:
    """As JSON writes them."""
    (statement,) = read_document({"Statement": {**GOOD, "Condition": {"Bool": {"k": [True, 5]}}}}).statements

    assert ("true", "5") == statement.condition[0].values


def test_what_variables_may_stand_in() -> None:
    """Resources, and what conditions compare with."""
    (statement,) = read_document(
        {"Statement": {"Effect": "Deny", "NotAction": "x", "NotResource": ["a"], "Condition": {"Null": {"k": "true"}}}}
    ).statements

    assert ["a", "true"] == [text for _, text in statement.strings()]

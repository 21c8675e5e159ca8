"""ARNs of roles, in every partition and with paths."""

from __future__ import annotations

from typing import Any

import pytest

from cogauth.identity.arn import is_role, role_name


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:iam::111122223333:role/A", "A"),
        ("arn:aws-us-gov:iam::111122223333:role/path/to/Name", "Name"),
        ("arn:aws-cn:iam::111122223333:role/service-role/N_a+m=e,f.o@o-1", "N_a+m=e,f.o@o-1"),
        ("arn:aws:iam::111122223333:role/" + "x" * 2017, "x" * 2017),
    ],
)
def test_a_role(arn: str, name: str) -> None:
    """Its name goes without the path."""
    assert is_role(arn)
    assert name == role_name(arn)


@pytest.mark.parametrize(
    "arn",
    [
        None,
        5,
        b"arn:aws:iam::111122223333:role/A",
        "",
        "A",
        "arn:aws:iam::111122223333:role/",
        "arn:aws:iam::111122223333:role/path/",
        "arn:aws:iam::111122223333:group/A",
        "arn:aws:iam:eu-west-1:111122223333:role/A",
        "arn:aws:sts::111122223333:assumed-role/A/s",
        "arn:aws:iam::١١١١٢٢٢٢٣٣٣٣:role/A",
        "arn:gcp:iam::111122223333:role/A",
        " arn:aws:iam::111122223333:role/A",
        "arn:aws:iam::111122223333:role/A\n",
        "arn:aws:iam::111122223333:role/*",
        "arn:aws:iam::111122223333:role/" + "x" * 2018,
    ],
)
def test_no_role(arn: Any) -> None:
    """What could not be assumed is none."""
    assert not is_role(arn)


def test_the_name_of_what_is_no_role() -> None:
    """All of it."""
    assert "x" == role_name("x")

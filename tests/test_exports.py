"""The public names: what `cogauth` promises is there, sorted and complete, and nothing else is."""

from __future__ import annotations

import importlib.metadata
import inspect
import subprocess
import sys
from typing import Any

import pytest

import cogauth
from cogauth import errors

ISSUERS = {"UserPool", "OIDCIssuer", "IdentityPool", "LoadBalancer", "ANY_CLIENT"}
VERIFYING = {"Verifier", "AsyncVerifier", "Principal"}
RULES = {
    *("Group", "Scope", "Claim", "Client", "Issuer", "TokenUse", "Acr", "Amr", "SignedInWithin", "Role", "Rule"),
    "IdentityProvider",
    *("MACHINE", "PERSON", "AUTHENTICATED", "PUBLIC"),
}
DECIDING = {
    *("Answer", "Api", "Policy", "Route", "Authorizer", "AsyncAuthorizer", "Decision", "Reason"),
    *("Gateway", "Grant", "subprotocol_token"),
}


def test_the_public_names_are_these() -> None:
    """A name more or less is a change of the interface, and each error is one of them."""
    assert sorted(ISSUERS | VERIFYING | RULES | DECIDING | set(errors.__all__)) == sorted(cogauth.__all__)


def test_they_are_sorted() -> None:
    """Constants, classes, the rest, each by name: as the linter has it, so that no two changes meet at the end."""
    names = cogauth.__all__
    assert sorted(names, key=lambda name: (not name.isupper(), name)) == names


def test_nothing_else_looks_public() -> None:
    """What is in reach without an underscore and no name of the above is a module."""
    others = {name for name in vars(cogauth) if not name.startswith("_")} - set(cogauth.__all__)
    assert [] == [name for name in sorted(others) if not inspect.ismodule(getattr(cogauth, name))]


@pytest.mark.parametrize("name", cogauth.__all__)
def test_each_is_there_and_explained(name: str) -> None:
    """A class says what it is for."""
    public: Any = getattr(cogauth, name)
    kind: Any = public if inspect.isclass(public) or inspect.isfunction(public) else public.__class__
    assert kind.__module__.startswith("cogauth.")
    assert inspect.cleandoc(kind.__doc__ or "")[:1].isupper() or "`" == inspect.cleandoc(kind.__doc__ or "")[:1]


def test_what_there_is_not_is_not_there() -> None:
    """A name that is misspelt is told at once, and not looked for in every module."""
    with pytest.raises(AttributeError, match="'Verifyer'"):
        _ = cogauth.Verifyer  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType, reportUnknownMemberType]


def test_who_only_verifies_does_not_import_what_decides() -> None:
    """Rules and policies take longer to import than what verifies."""
    code = "import sys; from cogauth import Verifier; print(*filter(lambda name: 'cogauth' in name, sys.modules))"
    run = subprocess.run([sys.executable, "-I", "-c", code], check=True, capture_output=True, text=True)
    assert {"cogauth.verifier"} == {"cogauth.verifier", "cogauth.rules", "cogauth.policy"} & set(run.stdout.split())


def test_the_version_is_that_of_the_distribution() -> None:
    """Asked either way it is one."""
    assert importlib.metadata.version("cogauth") == cogauth.__version__

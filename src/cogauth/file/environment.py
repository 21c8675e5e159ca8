"""
Overrides: what of an issuer differs between stages may come from variables of the environment. The list is closed.

A variable is `COGAUTH_ISSUER_<NAME>_<KEY>`: the issuer's `name` in capitals, with `_` for whatever is neither a letter
nor a digit, and a key of `OVERRIDES`. It replaces what the file says, or says what the file leaves open; it never makes
an issuer of another kind, nor one that the file does not have.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from cogauth._shapes import as_list, as_table
from cogauth.errors import ConfigurationError
from cogauth.file.hints import listed, meant
from cogauth.file.mistakes import Mistakes, Place

PREFIX: Final = "COGAUTH_ISSUER_"

OVERRIDES: Final[Mapping[str, bool]] = {
    "user_pool": False,
    "oidc": False,
    "identity_pool": False,
    "load_balancer": False,
    "clients": True,
    "client": True,
    "audience": True,
    "issuer": False,
    "jwks_uri": False,
    "jwks": False,
}
"""The keys that a variable may replace, and whether it holds a list, of names with commas between."""

_KINDS: Final = ("user_pool", "oidc", "identity_pool", "load_balancer")
_NOT_IN_A_NAME: Final = re.compile(r"[^A-Z0-9]")


class Override(NamedTuple):
    """A variable that was set, and what it replaced."""

    variable: str
    issuer: str
    """The issuer's name."""
    key: str


def variable_of(name: str, key: str) -> str:
    """Give the variable that replaces *key* of the issuer called *name*."""
    return f"{PREFIX}{_NOT_IN_A_NAME.sub('_', name.upper())}_{key.upper()}"


def overridden(
    spelled: object, known: Mapping[str, Sequence[str]], environ: Mapping[str, str], mistakes: Mistakes
) -> tuple[list[object], list[Override]]:
    """
    Give the issuers *spelled* with what *environ* says in place of what the file does, and what was replaced.

    Args:
        spelled: the list of tables that the file has for `issuer`.
        known: the keys that stand in the table of an issuer, by the key that says of which kind it is.
        environ: variables by name; those that do not begin with `COGAUTH_ISSUER_` are other people's.
        mistakes: told of variables that are unknown, empty, or could be meant for two issuers.
    """
    tables: list[object] = list(as_list(spelled) or ())
    named: dict[str, list[tuple[int, str]]] = {}
    for number, each in enumerate(tables):
        table = as_table(each)
        kind = next((kind for kind in _KINDS if table and kind in table), None)
        if table is None or kind is None or not isinstance(table.get("name"), str):
            continue
        for key in OVERRIDES:
            if key in known[kind]:
                named.setdefault(variable_of(table["name"], key), []).append((number, key))
    applied: list[Override] = []
    for variable in sorted(name for name in environ if name.startswith(PREFIX)):
        place = Place(label=f"environment: {variable}")
        targets = named.get(variable, [])
        if len(targets) != 1:
            hint = f"; there are {listed(sorted(named))}{meant(variable, named)}" if named else "; give issuers a name"
            text = "could be meant for several issuers; rename one" if targets else f"is no override{hint}"
            mistakes.tell(place, text)
            continue
        ((number, key),) = targets
        try:
            value = _value(environ[variable], listed=OVERRIDES[key])
        except ConfigurationError as error:
            mistakes.tell_all(place, error)
            continue
        table = _table(tables[number])
        applied.append(Override(variable, str(table["name"]), key))
        tables[number] = {**table, key: value}
    return tables, applied


def _value(text: str, *, listed: bool) -> str | list[str]:
    if not text or text != text.strip() or not text.isprintable():
        raise ConfigurationError("must be a value without space around it; unset it to leave what the file says")
    if not listed:
        return text
    names = text.split(",")
    if not all(names) or any(" " in name for name in names):
        raise ConfigurationError("must be names with commas between, without spaces")
    return names


def _table(table: object) -> dict[str, Any]:
    return dict(as_table(table) or {})

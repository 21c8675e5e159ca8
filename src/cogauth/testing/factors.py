"""Factors: what a user signed in with, and what Cognito's `acr` and `amr` make of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple, TypeAlias

from cogauth.errors import ConfigurationError
from cogauth.issuers import COGNITO_ACR_LEVELS

Factor: TypeAlias = Literal["email_otp", "fed", "hwk", "otp", "pwd", "sms", "swk"]

# What satisfies a level, the highest level first (AWS page "Authentication levels with ACR and AMR claims").
_LEVELS: Final = (
    (4, ({"pwd", "otp"},)),
    (3, ({"swk"}, {"hwk"}, {"pwd", "sms"}, {"pwd", "email_otp"})),
    (2, ({"sms"}, {"email_otp"})),
    (1, ({"pwd"},)),
)
_FEDERATED: Final = "fed"
_KNOWN: Final = frozenset({"email_otp", _FEDERATED, "hwk", "otp", "pwd", "sms", "swk"})


class Strength(NamedTuple):
    """How strongly a user signed in: the claims `acr` and `amr`."""

    acr: str | None
    amr: tuple[str, ...]


UNTOLD: Final = Strength(None, ())
"""Neither claim is written."""


def strength_of(factors: Iterable[str]) -> Strength:
    """
    Work out `acr` and `amr` for a sign-in with *factors*, which are values of `amr`.

    The level is the highest that the factors satisfy, by its default name; `mfa` is added for two or more. A federated
    user whose provider reports nothing has the one factor "fed"; its level depends on the pool's `AcrMapping`, so that
    none is written here.

    Raises:
        ConfigurationError: no factor, an unknown one, "fed" beside others, factors that make no level, or one string
            where a collection belongs.
    """
    if isinstance(factors, str):
        # A string is an iterable of strings: "pwd" would become three factors.
        raise ConfigurationError(f"factors must be a collection: write [{factors!r}]")
    used = tuple(dict.fromkeys(factors))
    if not used or not _KNOWN.issuperset(used):
        raise ConfigurationError(f"factors must be some of {sorted(_KNOWN)}")
    if used == (_FEDERATED,):
        return Strength(None, used)
    if _FEDERATED not in used:
        for level, combinations in _LEVELS:
            if any(combination <= set(used) for combination in combinations):
                return Strength(COGNITO_ACR_LEVELS[level - 1], (*used, "mfa") if len(used) > 1 else used)
    raise ConfigurationError(f"no sign-in consists of the factors {sorted(used)}")

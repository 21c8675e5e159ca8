"""App clients: which applications a pool mints tokens for, and for how long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, cast

from cogauth.errors import ConfigurationError

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_YEAR: Final = 365 * _DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class AppClient:
    """
    How long the tokens of one app client live, in seconds.

    The limits are those of `CreateUserPoolClient` (Amazon Cognito API reference): what a real pool would refuse to
    be configured with is refused here as well. A token outside of them comes from :meth:`LocalUserPool.mint`.

    Args:
        access_validity: of access tokens, machine tokens included; 300 to 86,400 s.
        id_validity: of ID tokens; 300 to 86,400 s.
        refresh_validity: of refresh tokens, counted from the sign-in; 3,600 s to ten years.

    Raises:
        ConfigurationError: a validity outside of its limits.
    """

    access_validity: int = _HOUR
    id_validity: int = _HOUR
    refresh_validity: int = 30 * _DAY

    def __post_init__(self) -> None:
        for name, least, most in (
            ("access_validity", 5 * _MINUTE, _DAY),
            ("id_validity", 5 * _MINUTE, _DAY),
            ("refresh_validity", _HOUR, 10 * _YEAR),
        ):
            if not least <= getattr(self, name) <= most:
                raise ConfigurationError(f"{name} must be {least} to {most} seconds")


def app_clients(clients: Iterable[str] | Mapping[str, AppClient]) -> Mapping[str, AppClient]:
    """
    Bring both ways of naming clients, ids alone and ids with settings, into one.

    Raises:
        ConfigurationError: no client at all, an empty id, or one string where a collection of ids belongs.
    """
    if isinstance(clients, str):
        # A string is an iterable of strings: "c1" would become the clients "c" and "1".
        raise ConfigurationError(f"clients must be a collection of client ids: write {{{clients!r}}}")
    if isinstance(clients, Mapping):
        named = dict(cast("Mapping[str, AppClient]", clients))
    else:
        named = dict.fromkeys(clients, AppClient())
    if not named or "" in named:
        raise ConfigurationError('a pool needs at least one client id, and none of them empty: clients={"c1"}')
    return MappingProxyType(named)

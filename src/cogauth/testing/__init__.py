"""
A user pool inside the process, for the tests of whatever trusts one.

It mints the tokens that a real pool could have minted, and those that no pool would, and shows its keys as a document,
as a :class:`cogauth.UserPool` that trusts them, or over HTTP on the loopback interface::

    pool = LocalUserPool("eu-west-1_AbCdEf123", clients={"c1"})
    pool.add_user("ana", groups=["editors"])
    verifier = Verifier(pool.issuer())
    assert verifier.verify(pool.sign_in("ana").access).groups == {"editors"}

With pytest there is nothing to make: the fixtures of :mod:`cogauth.testing.plugin` are there.

Nothing here belongs in a process that serves strangers. `import cogauth` does not import it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cogauth.testing.app_clients import AppClient
    from cogauth.testing.clock import FrozenClock
    from cogauth.testing.groups import UserGroup
    from cogauth.testing.key_stock import KeyStock
    from cogauth.testing.local_pool import LocalUserPool
    from cogauth.testing.refresh_tokens import NotAuthorized
    from cogauth.testing.sessions import Tokens
    from cogauth.testing.token_maker import TokenMaker
    from cogauth.testing.users import User

__all__ = [
    "AppClient",
    "FrozenClock",
    "KeyStock",
    "LocalUserPool",
    "NotAuthorized",
    "TokenMaker",
    "Tokens",
    "User",
    "UserGroup",
]

_HOMES: Final = {
    "AppClient": "app_clients",
    "FrozenClock": "clock",
    "KeyStock": "key_stock",
    "LocalUserPool": "local_pool",
    "NotAuthorized": "refresh_tokens",
    "TokenMaker": "token_maker",
    "Tokens": "sessions",
    "User": "users",
    "UserGroup": "groups",
}

# Hidden from type checkers, to which a module with this function has every name that anybody may think of.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Import what is asked for, once it is: pytest imports the plugin, and so this package, in every run."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)

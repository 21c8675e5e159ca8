"""
A user pool inside the process, for the tests of whatever trusts one.

It mints the tokens that a real pool could have minted, and those that no pool would, and shows its keys as a document,
as a :class:`cogauth.UserPool` that trusts them, or over HTTP on the loopback interface::

    pool = LocalUserPool("eu-west-1_AbCdEf123", clients={"c1"})
    pool.add_user("ana", groups=["editors"])
    verifier = Verifier(pool.issuer())
    assert verifier.verify(pool.sign_in("ana").access).groups == {"editors"}

Nothing here belongs in a process that serves strangers. `import cogauth` does not import it.
"""

from __future__ import annotations

from cogauth.testing.app_clients import AppClient
from cogauth.testing.local_pool import LocalUserPool
from cogauth.testing.refresh_tokens import NotAuthorized
from cogauth.testing.sessions import Tokens
from cogauth.testing.users import User

__all__ = ["AppClient", "LocalUserPool", "NotAuthorized", "Tokens", "User"]

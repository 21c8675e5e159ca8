"""The token maker: a token in one line, for tests that care for rules and not for users."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from cogauth.errors import ConfigurationError
from cogauth.testing.local_pool import LocalUserPool
from cogauth.testing.sessions import asked_scopes
from cogauth.testing.signing_keys import Use, checked_use
from cogauth.testing.users import checked_groups

# What tokens of the OAuth endpoints, the only ones that grant scopes of one's own, say of their form.
_OAUTH_VERSION: Final = 2


class TokenMaker:
    """
    Makes tokens of one pool: `make(groups=["editors"], scopes=["orders/write"])`.

    What it makes is what `LocalUserPool.mint` makes, with the claims of the commonest questions spelled as arguments.
    """

    def __init__(self, pool: LocalUserPool) -> None:
        self._pool = pool

    def __call__(
        self,
        claims: Mapping[str, object] | None = None,
        /,
        *,
        user: str | None = None,
        groups: Iterable[str] | None = None,
        scopes: Iterable[str] | None = None,
        token_use: Use = "access",
        client: str | None = None,
        **more_claims: object,
    ) -> str:
        """
        Make a token that is good now.

        Args:
            claims: any other claims, as those whose names are no Python names: `{"custom:dept": "risk"}`. None removes
                one.
            user: a user of the pool; a user "somebody" in no group if left out.
            groups: `cognito:groups`, in place of the user's own; empty for none.
            scopes: `scope`, in place of that of a sign-in through the API.
            token_use: "access" or "id"; only access tokens have scopes.
            client: whom it is issued to; the first client of the pool by name if left out.
            more_claims: likewise: `exp=None`.

        Raises:
            ConfigurationError: an unknown user or client, scopes in an ID token, or groups or scopes that are none.
            TypeError: a value that JSON has no form for.
        """
        written: dict[str, object] = {}
        if groups is not None:
            # Cognito leaves the claim out for a user in no group.
            written["cognito:groups"] = list(checked_groups(groups)) or None
        if scopes is not None:
            if checked_use(token_use) == "id":
                raise ConfigurationError("an ID token has no scopes: leave them out, or make an access token")
            written |= {"scope": " ".join(asked_scopes(scopes)), "version": _OAUTH_VERSION}
        return self._pool.mint(
            {**written, **(claims or {}), **more_claims}, token_use=token_use, user=user, client=client
        )

"""The login of a request: whoever has been let in with an ID token can sign in at the identity pool with it."""

from __future__ import annotations

from cogauth.bearer import Headers, read_headers
from cogauth.identity.errors import LoginRefused
from cogauth.identity.logins import Logins
from cogauth.principal import Principal


def logins_of(principal: Principal | None, headers: Headers, *, provider: str | None = None) -> Logins:
    """
    Give the login with the ID token that a request came with, of which a verifier has made *principal*.

    Args:
        principal: who is calling, as the decision on this request says.
        headers: the request's headers, in which the token is looked for again, for nobody has kept it.
        provider: as for `Logins.id_token`.

    Raises:
        AccessTokenSent: the request came with an access token.
        LoginRefused: there is no principal, or the one token in *headers* is not the one that it was made of. Nobody
            becomes a guest by coming without a token.
    """
    if principal is None:
        raise LoginRefused("login.nobody")
    token = read_headers("GET", headers).token
    if token is None:
        raise LoginRefused("login.no_token")
    return Logins.id_token(token, principal, provider=provider)

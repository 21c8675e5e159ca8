"""AWS credentials of whoever sent a request, with their own rights at S3 and elsewhere."""

from __future__ import annotations

from cogauth import ConfigurationError
from cogauth.identity import AsyncCredentialsProvider, Credentials
from cogauth.identity.request import logins_of
from cogauth_asgi.protocol import Scope


async def aws_credentials(
    scope: Scope, provider: AsyncCredentialsProvider, *, custom_role: str | None = None
) -> Credentials:
    """
    Give the AWS credentials of the principal that a request was let through with, by the ID token that it came with.

    The API must take ID tokens (`token_use="id"`): an identity pool takes no other. Who came without a token is no
    guest. The token of a websocket is looked for in the Authorization header alone.

    Args:
        scope: of a request that `CogAuthMiddleware` has let through; in Starlette and FastAPI, `request.scope`.
        provider: who gives credentials.
        custom_role: as for `AsyncCredentialsProvider.credentials`.

    Raises:
        ConfigurationError: *provider* is no `AsyncCredentialsProvider`.
        AccessTokenSent: the request came with an access token.
        LoginRefused: nobody is signed in, or the identity pool does not take this user.
        PoolMisconfigured, CredentialsUnavailable: as `AsyncCredentialsProvider.credentials`.
    """
    if not isinstance(provider, AsyncCredentialsProvider):
        raise ConfigurationError("aws_credentials: provider must be an AsyncCredentialsProvider")
    decision = scope.get("cogauth.decision")
    logins = logins_of(decision and decision.principal, scope["headers"])
    return await provider.credentials(logins, custom_role=custom_role)

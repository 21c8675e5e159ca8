"""AWS credentials of whoever sent a request, with their own rights at S3 and elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cogauth import ConfigurationError
from cogauth.identity import Credentials, CredentialsProvider
from cogauth.identity.request import logins_of
from cogauth_wsgi.environ import DECISION, headers_of


def aws_credentials(
    environ: Mapping[str, Any],
    provider: CredentialsProvider,
    *,
    custom_role: str | None = None,
) -> Credentials:
    """
    Give the AWS credentials of the principal that a request was let through with, by the ID token that it came with.

    The API must take ID tokens (`token_use="id"`): an identity pool takes no other. Who came without a token is no
    guest.

    Args:
        environ: of a request that `CogAuthMiddleware` has let through; in Flask `request.environ`, in Django
            `request.META`.
        provider: who gives credentials.
        custom_role: as for `CredentialsProvider.credentials`.

    Raises:
        ConfigurationError: *provider* is no `CredentialsProvider`.
        AccessTokenSent: the request came with an access token.
        LoginRefused: nobody is signed in, or the identity pool does not take this user.
        PoolMisconfigured, CredentialsUnavailable: as `CredentialsProvider.credentials`.
    """
    if not isinstance(provider, CredentialsProvider):
        raise ConfigurationError("aws_credentials: provider must be a CredentialsProvider")
    decision = environ.get(DECISION)
    logins = logins_of(decision and decision.principal, headers_of(environ))
    return provider.credentials(logins, custom_role=custom_role)

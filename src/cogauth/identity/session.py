"""A boto3 session with somebody's own rights, which renews itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cogauth.errors import ConfigurationError
from cogauth.identity.logins import Logins
from cogauth.identity.provider import CredentialsProvider

if TYPE_CHECKING:
    import boto3


def boto3_session(
    provider: CredentialsProvider,
    login: Logins | str | Callable[[], Logins | str],
    *,
    custom_role: str | None = None,
    region: str | None = None,
) -> boto3.Session:
    """
    Give a boto3 session in which all is done with the rights of *login* and with no others.

    Nothing is asked before the first call, and credentials are renewed when they are about to end. The session does not
    fall back on the machine's own credentials: without those of *login* a call fails. Needs boto3 (extra `identity`).

    Args:
        provider: who gives credentials; blocking, as boto3 is.
        login: the logins, or an ID token; or what gives either at each renewal, for sessions that outlive a token.
        custom_role: as for `CredentialsProvider.credentials`.
        region: where clients call; if not given, as boto3 finds it.

    Raises:
        ConfigurationError: *provider* is no `CredentialsProvider`.

    Calls of the session raise `CredentialsError` where there are no credentials.
    """
    # An extra's: who only works out roles, or asks for credentials and does not use boto3, does without.
    import boto3
    from botocore.credentials import CredentialResolver, DeferredRefreshableCredentials
    from botocore.session import Session

    if not isinstance(provider, CredentialsProvider):
        raise ConfigurationError("boto3_session: provider must be a CredentialsProvider")

    def renewed() -> dict[str, str]:
        found = provider.credentials(login() if callable(login) else login, custom_role=custom_role)
        return {
            "access_key": found.access_key_id,
            "secret_key": found.secret_access_key,
            "token": found.session_token,
            "expiry_time": datetime.fromtimestamp(found.expiration, UTC).isoformat(),
        }

    class Only(CredentialResolver):
        """Finds these credentials and looks nowhere else."""

        def load_credentials(self) -> DeferredRefreshableCredentials:
            return DeferredRefreshableCredentials(renewed, "cognito-identity")

    session = Session()
    session.register_component("credential_provider", Only([]))
    return boto3.Session(botocore_session=session, region_name=region)

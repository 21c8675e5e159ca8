"""
What is raised where there are no credentials.

```
CredentialsError                base of all; never raised itself
├── LoginRefused                the identity pool does not take this login, or gives it no role
│   └── AccessTokenSent         an access token, where the ID token is due; found before anything is asked
├── PoolMisconfigured           the identity pool, its roles or their trust policies are set wrongly
└── CredentialsUnavailable      AWS cannot be asked now: no login is to blame
```

Three people act: the caller signs in anew, an administrator looks at the pool, an operator at the network. Which of
them is told by the name of AWS's error and never by its text, which is neither read nor repeated.
"""

from __future__ import annotations

from cogauth.errors import CogAuthError

__all__ = ["AccessTokenSent", "CredentialsError", "CredentialsUnavailable", "LoginRefused", "PoolMisconfigured"]


class CredentialsError(CogAuthError):
    """There are no AWS credentials for this login; the leaf class says who can change that."""

    code = "credentials"
    message = "there are no AWS credentials for this login"


class LoginRefused(CredentialsError):
    """
    The identity pool does not take this login, or gives it no role.

    `reason` begins with `login.` where nothing was asked, and with `aws.` where AWS has refused: the token has expired,
    is of no provider of the pool or was revoked, guests are not let in, or the role mapping denies. AWS has one name
    for all of them.
    """

    code = "login_refused"
    message = "the identity pool does not take this login"


class AccessTokenSent(LoginRefused):
    """An access token was given; an identity pool takes the ID token that came with it."""

    code = "access_token_sent"
    message = "an access token was given; an identity pool takes the ID token"


class PoolMisconfigured(CredentialsError):
    """
    The identity pool cannot give credentials as it is set up, whoever asks.

    There is no such pool or identity, a role is missing, or its trust policy does not let the pool assume it.
    """

    code = "pool_misconfigured"
    message = "the identity pool cannot give credentials as it is set up"


class CredentialsUnavailable(CredentialsError):
    """
    AWS cannot be asked now, or answers what cannot be understood; answer 503.

    `retry_after` is the number of seconds after which another attempt makes sense.
    """

    code = "credentials_unavailable"
    message = "AWS credentials are not available now"

    retry_after: int

    def __init__(self, reason: str | None = None, *, retry_after: int = 1) -> None:
        super().__init__(reason)
        self.retry_after = retry_after

"""
Everything cogauth raises; what only those meet who ask for AWS credentials is in `cogauth.identity`, of the same base.

```
CogAuthError                    base of all; never raised itself
├── ConfigurationError          also a ValueError; only while building, never while serving
├── TokenError                  the caller's token will not do                     → 401
│   ├── MissingToken            there is none
│   ├── MalformedToken          no issuer could have written it
│   │   └── RefreshTokenSent    five segments: an encrypted refresh token
│   ├── UnknownIssuer           nobody we trust claims to have signed it
│   ├── UnknownKey              its key is not among the issuer's keys
│   ├── BadSignature            its key did not sign it
│   ├── Expired                 its time is over
│   ├── NotYetValid             its time has not come
│   ├── WrongUse                an ID token where an access token is due, or the reverse
│   ├── WrongClient             issued to an app client that is not accepted here
│   ├── WrongAudience           bound to another resource
│   └── BadClaim                a claim that must be there is not, or has the wrong shape
├── AccessDenied                the token will do, the policy says no              → 403
└── KeysUnavailable             the issuer's keys cannot be had: no token is to blame → 503
```

There are three branches because three different people act: the caller gets another token, an administrator changes
groups or rules, an operator looks at the network. Branch on the class; log the `code` and the finer `reason`.
The text of an error is constant per class and never holds anything that came out of a token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    # A type only: the decision is two floors up, and an error that carries one must be able to say so.
    from collections.abc import Iterable

    from cogauth.decision import Decision

__all__ = [
    "AccessDenied",
    "BadClaim",
    "BadSignature",
    "CogAuthError",
    "ConfigurationError",
    "Expired",
    "KeysUnavailable",
    "MalformedToken",
    "MissingToken",
    "NotYetValid",
    "RefreshTokenSent",
    "TokenError",
    "UnknownIssuer",
    "UnknownKey",
    "WrongAudience",
    "WrongClient",
    "WrongUse",
]


class CogAuthError(Exception):
    """The base of everything cogauth raises: one `except` for all of it."""

    code: ClassVar[str] = "error"
    """Stable name of the class, for logs and metrics."""

    message: ClassVar[str] = "cogauth error"
    """The constant text of the error."""

    reason: str
    """What exactly was wrong, as a dotted name from a closed list, such as `claims.exp_type`. Safe to log."""

    def __init__(self, reason: str | None = None) -> None:
        super().__init__(self.message)
        self.reason = reason or self.code


class ConfigurationError(CogAuthError, ValueError):
    """
    Something was built wrongly: an empty list of clients, an unknown key in a file, two routes of one shape.

    Raised only while building, with a text that names the place and says what to write instead.
    `problems` lists every mistake that was found, the first one first.
    """

    code = "configuration"
    message = "configuration error"

    problems: tuple[str, ...]

    def __init__(self, *problems: str) -> None:
        # Alone of all errors this one has a text of its own: it never sees a token.
        Exception.__init__(self, "\n".join(problems) or self.message)
        self.reason: str = self.code
        self.problems = problems

    @classmethod
    def of(cls, problems: Iterable[str]) -> ConfigurationError:
        """Make one error of many mistakes."""
        return cls(*problems)


class TokenError(CogAuthError):
    """The caller's token will not do; the leaf class says why. Answer 401."""

    code = "invalid_token"
    message = "the token is not acceptable"


class MissingToken(TokenError):
    """There is no token."""

    code = "missing_token"
    message = "there is no token"


class MalformedToken(TokenError):
    """No issuer could have written this: not a compact JWS (RFC 7515 section 7.1), or with a header that is refused."""

    code = "malformed_token"
    message = "the token is malformed"


class RefreshTokenSent(MalformedToken):
    """
    An encrypted token of five segments, as Cognito's refresh tokens are.

    A refresh token goes to the user pool only; an API wants the access token that came with it.
    """

    code = "refresh_token_sent"
    message = "a refresh token was sent; send the access token"


class UnknownIssuer(TokenError):
    """The token claims to be of an issuer that is not configured."""

    code = "unknown_issuer"
    message = "the token's issuer is not trusted here"


class UnknownKey(TokenError):
    """The issuer publishes no usable key of this `kid` and algorithm."""

    code = "unknown_key"
    message = "the token's key is not among its issuer's keys"


class BadSignature(TokenError):
    """The issuer's key did not sign this."""

    code = "bad_signature"
    message = "the token's signature is wrong"


class Expired(TokenError):
    """The token's `exp` has passed (RFC 7519 section 4.1.4)."""

    code = "expired"
    message = "the token has expired"


class NotYetValid(TokenError):
    """The token's `nbf` or `iat` lies ahead (RFC 7519 sections 4.1.5 and 4.1.6)."""

    code = "not_yet_valid"
    message = "the token is not valid yet"


class WrongUse(TokenError):
    """An ID token where an access token is wanted, or the reverse (Cognito's `token_use`)."""

    code = "wrong_use"
    message = "the token is for another use: look at ID versus access token"


class WrongClient(TokenError):
    """The token was issued to an app client that is not accepted here."""

    code = "wrong_client"
    message = "the token was issued to another client"


class WrongAudience(TokenError):
    """The token is bound to another resource (RFC 8707), or is bound to none where one is required."""

    code = "wrong_audience"
    message = "the token is for another audience"


class BadClaim(TokenError):
    """A required claim is absent, or a claim has a type or value that the issuer cannot have meant."""

    code = "bad_claim"
    message = "a claim of the token is missing or malformed"


class AccessDenied(CogAuthError):
    """The token will do, but the policy does not allow this. Answer 403; `decision` has what is unmet."""

    code = "access_denied"
    message = "access denied"

    decision: Decision

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.reason)
        self.decision = decision


class KeysUnavailable(CogAuthError):
    """
    The issuer's keys cannot be had, so that the token can be neither accepted nor refused. Answer 503.

    `retry_after` is the number of seconds after which another attempt makes sense.
    """

    code = "keys_unavailable"
    message = "the issuer's keys are not available"

    retry_after: int

    def __init__(self, reason: str = "unavailable.fetch", *, retry_after: int = 1) -> None:
        super().__init__(reason)
        self.retry_after = retry_after

"""Answers: what AWS says to an exchange, of which errors are known by their names alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from cogauth._strict import JSON, Unacceptable, json_object
from cogauth.identity.credentials import Credentials
from cogauth.identity.errors import CredentialsError, CredentialsUnavailable, LoginRefused, PoolMisconfigured
from cogauth.identity.logins import is_identity_id
from cogauth.transport import FetchError, Reply

THROTTLED, INTERNAL, EXTERNAL = "aws.throttled", "aws.internal_error", "aws.external_service"
NOT_FOUND: Final = "aws.not_found"

# The errors of GetId, GetCredentialsForIdentity and GetOpenIdToken (Amazon Cognito Federated Identities API reference),
# and of those that all services have, what says that another attempt may help.
_ERRORS: Final[Mapping[str, Callable[[], CredentialsError]]] = {
    "NotAuthorizedException": partial(LoginRefused, "aws.not_authorized"),
    "ResourceConflictException": partial(LoginRefused, "aws.login_of_another_identity"),
    "InvalidIdentityPoolConfigurationException": partial(PoolMisconfigured, "aws.pool_configuration"),
    "InvalidParameterException": partial(PoolMisconfigured, "aws.invalid_parameter"),
    "LimitExceededException": partial(PoolMisconfigured, "aws.limit_exceeded"),
    "ResourceNotFoundException": partial(PoolMisconfigured, NOT_FOUND),
    "ExternalServiceException": partial(CredentialsUnavailable, EXTERNAL),
    "InternalErrorException": partial(CredentialsUnavailable, INTERNAL),
    "InternalFailure": partial(CredentialsUnavailable, INTERNAL),
    "ServiceUnavailable": partial(CredentialsUnavailable, INTERNAL),
    "ServiceUnavailableException": partial(CredentialsUnavailable, INTERNAL),
    "ThrottlingException": partial(CredentialsUnavailable, THROTTLED),
    "TooManyRequestsException": partial(CredentialsUnavailable, THROTTLED),
}

_OK, _TOO_MANY_REQUESTS, _SERVER_ERRORS = 200, 429, 500


def answer_of(brought: Reply | Exception | None) -> dict[str, JSON]:
    """
    Give the answer in what a call has *brought*.

    Raises:
        LoginRefused, PoolMisconfigured: AWS has refused, and would again.
        CredentialsUnavailable: there is no answer, or none that can be understood.
    """
    if isinstance(brought, FetchError):
        raise CredentialsUnavailable(brought.reason) from brought
    if not isinstance(brought, Reply):
        # Not even its cause: somebody else's error may quote what was to be sent.
        raise CredentialsUnavailable("post.failed")
    if brought.status != _OK:
        raise _error_of(brought)
    try:
        return json_object(brought.body)
    except Unacceptable:
        raise malformed() from None


def is_passing(error: CredentialsUnavailable) -> bool:
    """Tell whether to ask again at once makes sense after *error*."""
    return error.reason in (THROTTLED, INTERNAL, EXTERNAL) or error.reason.startswith("post.")


def malformed() -> CredentialsUnavailable:
    """Give the error of an answer that is none."""
    return CredentialsUnavailable("aws.malformed_answer")


def identity_of(answer: Mapping[str, JSON]) -> str:
    """Give the identity id of an answer. Raises `CredentialsUnavailable`: it has none."""
    identity_id = answer.get("IdentityId")
    if not isinstance(identity_id, str) or not is_identity_id(identity_id):
        raise malformed()
    return identity_id


def credentials_of(answer: Mapping[str, JSON]) -> Credentials:
    """Give the credentials of an answer. Raises `CredentialsUnavailable`: it has none, or in part."""
    found = answer.get("Credentials")
    if not isinstance(found, Mapping):
        raise malformed()
    expiration = found.get("Expiration")
    # A timestamp is a number of seconds, with a fraction or without (Smithy, "AWS JSON 1.1 protocol").
    if not isinstance(expiration, int | float) or isinstance(expiration, bool):
        raise malformed()
    return Credentials(
        text_of(found, "AccessKeyId"),
        text_of(found, "SecretKey"),
        text_of(found, "SessionToken"),
        int(expiration),
        identity_of(answer),
    )


def text_of(answer: Mapping[str, JSON], member: str) -> str:
    """Give a text of an answer. Raises `CredentialsUnavailable`: there is none."""
    value = answer.get(member)
    if not isinstance(value, str) or not value:
        raise malformed()
    return value


def _error_of(reply: Reply) -> CredentialsError:
    made = _ERRORS.get(_name_of(reply))
    if made is not None:
        return made()
    if reply.status == _TOO_MANY_REQUESTS:
        return CredentialsUnavailable(THROTTLED)
    return CredentialsUnavailable(INTERNAL if reply.status >= _SERVER_ERRORS else "aws.unknown_error")


def _name_of(reply: Reply) -> str:
    """Give the name of an error: of a header or the body, less a namespace and an address (Smithy, same page)."""
    name: JSON = reply.headers.get("x-amzn-errortype")
    if name is None:
        try:
            body = json_object(reply.body)
        except Unacceptable:
            return ""
        name = body.get("__type") or body.get("code")
    return name.partition(":")[0].rpartition("#")[2] if isinstance(name, str) else ""

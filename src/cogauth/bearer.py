"""Bearer tokens over HTTP, once for all adapters: credentials in (RFC 6750 section 2.1), refusals out (section 3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

import msgspec

from cogauth.decision import Reason
from cogauth.errors import MalformedToken
from cogauth.rules import Acr, Group, Rule, Scope, SignedInWithin

Headers: TypeAlias = Iterable[tuple[str, str] | tuple[bytes, bytes]]
"""(name, value) pairs as the server gives them, text or bytes, names in any case, repeats as repeats."""

# RFC 6750 section 2.1: credentials = "Bearer" 1*SP b64token; the scheme in any case (RFC 9110 section 11.1).
# One space only: more would be a second spelling of one credential.
_BEARER = "bearer "
# Taken out at once, which takes a quarter of the time of a pattern: there are a thousand of them in a token.
_B64TOKEN = bytes(code for code in range(128) if chr(code).isalnum()) + b"._~+/-"
_SCHEME = re.compile(r"(?i:bearer)(?:[\s,]|\Z)", re.ASCII)

# One credential that is a scheme with parameters (RFC 9110 section 11.4), the only kind that has commas. Each member of
# the list is a name, `=` and a value with no space between them, so that a second scheme, which a proxy would have
# joined with a comma as well, is none. Two things differ from the letter of the RFC: there are no empty members, and a
# bare value may hold all that is visible but quotes, commas and backslashes, since AWS4-HMAC-SHA256 writes `/` and `;`.
_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_VALUE = r'(?:[!#-+\--\[\]-~]+|"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*")'
_PARAMETERS = re.compile(rf"{_NAME} +{_NAME}={_VALUE}(?:[ \t]*,[ \t]*{_NAME}={_VALUE})*")

_AUTHORIZATION, _ORIGIN, _WANTED = "authorization", "origin", "access-control-request-method"


class Request(NamedTuple):
    """What of a request's headers matters here."""

    token: str | None
    preflight_for: str | None = None
    """The method that a CORS preflight asks about; None where this is none."""
    fault: MalformedToken | None = None


_NOTHING = Request(None)


def read_headers(method: str, headers: Headers) -> Request:
    """
    Take the one token that *headers* may hold.

    Another scheme's credentials are none of ours: there is no token then. Two Authorization headers, one that holds the
    credentials of two, or one that begins like a bearer token and is none, are a fault (400): taking the first or the
    last lets requests be smuggled.
    """
    if method == "OPTIONS":
        headers = tuple(headers)
    value: str | None = None
    for name, content in headers:
        # Most names are of another length, and so need not be looked at.
        if len(name) == len(_AUTHORIZATION) and _text(name).lower() == _AUTHORIZATION:
            if value is not None:
                return Request(None, None, MalformedToken("request.multiple_credentials"))
            value = _text(content)
    preflight = _preflight(headers) if method == "OPTIONS" else None
    if value is None:
        return Request(None, preflight) if preflight is not None else _NOTHING
    value = value.strip(" \t")
    token = value[len(_BEARER) :]
    if value[: len(_BEARER)].lower() == _BEARER and _is_b64token(token):
        return Request(token, preflight)
    if _SCHEME.match(value) or ("," in value and not _PARAMETERS.fullmatch(value)):
        return Request(None, preflight, MalformedToken("request.malformed_credentials"))
    return Request(None, preflight)


def _preflight(headers: Headers) -> str | None:
    """Give the method that a CORS preflight asks about (Fetch standard, "CORS-preflight request")."""
    found = {_text(name).lower(): _text(value) for name, value in headers}
    return found.get(_WANTED) if _ORIGIN in found else None


def _is_b64token(token: str) -> bool:
    """Is *token* `1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="` (RFC 6750 section 2.1)?"""
    body = token.rstrip("=")
    return body != "" and body.isascii() and not body.encode().translate(None, _B64TOKEN)


def _text(part: str | bytes) -> str:
    return part if isinstance(part, str) else part.decode("latin-1")


# RFC 9110 section 15; what the `http` package knows of all statuses takes a millisecond to import.
_PHRASES: Mapping[int, str] = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class Answer(NamedTuple):
    """A whole answer to send: a refusal, or the metadata of a resource (`Authorizer.metadata`)."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def refuse(
    status: int,
    *,
    code: str,
    error: str | None = None,
    parameters: Mapping[str, str] = MappingProxyType({}),
    retry_after: int | None = None,
) -> Answer:
    """
    Phrase a refusal as RFC 9457 problem details, with the challenge that RFC 6750, 9470 and 9110 ask for.

    Args:
        status: 400, 401, 403, 500 or 503.
        code: what the body calls the reason; nothing that a token said.
        error: the `error` of the challenge.
        parameters: further parameters of the challenge, such as `scope`; safe within quotes.
        retry_after: seconds.
    """
    headers = [("Content-Type", "application/problem+json"), ("Cache-Control", "no-store")]
    # Without credentials nothing was wrong with them, so that there is no error to name (RFC 6750 section 3.1).
    if error is not None or status == 401:  # noqa: PLR2004  the status itself is its name
        values = parameters if error is None else {"error": error, **parameters}
        challenge = "Bearer " + ", ".join(f'{name}="{text}"' for name, text in values.items())
        headers.append(("WWW-Authenticate", challenge.rstrip()))
    if retry_after is not None:
        headers.append(("Retry-After", str(retry_after)))
    body = msgspec.json.encode({"type": "about:blank", "title": _PHRASES[status], "status": status, "reason": code})
    headers.append(("Content-Length", str(len(body))))
    return Answer(status, tuple(headers), body)


# The answers that are always the same, and challenge nobody.
NO_ROUTE = refuse(403, code="no_route")
DENIED = refuse(403, code="denied")
BUG = refuse(500, code="internal_error")


class Challenges(NamedTuple):
    """The refusals with a challenge, which leads to the metadata of one resource or to none; made once where it can."""

    no_token: Answer
    bad_token: Answer
    bad_credentials: Answer
    odd_path: Answer
    beside: Mapping[str, str]
    """The parameter of every challenge that leads there (RFC 9728 section 5.1)."""

    def unmet(self, unmet: Iterable[Rule]) -> tuple[Reason, Answer]:
        """
        Say what the caller can do about conditions that are unmet.

        Only scopes missing: ask for them (RFC 6750 section 3.1). Signed in too weakly or too long ago: sign in again
        (RFC 9470 section 3). Anything else: nothing, and so no challenge.
        """
        clauses = tuple(unmet)
        reason = unmet_reason(clauses)
        if reason is Reason.MISSING_SCOPE:
            scope = " ".join(clause.names[0] for clause in clauses if isinstance(clause, Scope))
            parameters = {"scope": scope, **self.beside}
            return reason, refuse(403, code=reason.value, error="insufficient_scope", parameters=parameters)
        if reason is Reason.WEAK_AUTHENTICATION:
            parameters = {**_assurance(clauses), **self.beside}
            return reason, refuse(401, code=reason.value, error=reason.value, parameters=parameters)
        return reason, refuse(403, code=reason.value)


def challenges(metadata: str | None = None) -> Challenges:
    """Make the refusals that lead to the metadata at the URL *metadata*."""
    beside = {} if metadata is None else {"resource_metadata": metadata}
    return Challenges(
        no_token=refuse(401, code="missing_token", parameters=beside),
        bad_token=refuse(401, code="invalid_token", error="invalid_token", parameters=beside),
        bad_credentials=refuse(400, code="invalid_request", error="invalid_request", parameters=beside),
        odd_path=refuse(400, code="odd_path", error="invalid_request", parameters=beside),
        beside=beside,
    )


PLAIN = challenges()
"""Those that lead nowhere."""


def unmet_reason(unmet: Iterable[Rule]) -> Reason:
    """Give the reason of a refusal that is for conditions that are *unmet*."""
    clauses = tuple(unmet)
    if clauses and all(isinstance(clause, Scope) for clause in clauses):
        return Reason.MISSING_SCOPE
    if clauses and all(isinstance(clause, Acr | SignedInWithin) for clause in clauses):
        return Reason.WEAK_AUTHENTICATION
    if clauses and all(isinstance(clause, Group) for clause in clauses):
        return Reason.MISSING_GROUP
    return Reason.RULE_UNMET


def _assurance(clauses: Iterable[Rule]) -> dict[str, str]:
    """Give the parameters that say how to sign in again (RFC 9470 section 3)."""
    parameters: dict[str, str] = {}
    levels = [clause.level for clause in clauses if isinstance(clause, Acr)]
    ages = [clause.seconds for clause in clauses if isinstance(clause, SignedInWithin)]
    if levels:
        parameters["acr_values"] = " ".join(levels)
    if ages:
        parameters["max_age"] = str(min(ages))
    return parameters

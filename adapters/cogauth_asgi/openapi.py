"""What an OpenAPI document says of tokens: how to get one, what an endpoint asks of it, and how it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.openapi.models import HTTPBearer, OAuthFlowAuthorizationCode, OAuthFlows
from fastapi.security import OAuth2

from cogauth import AUTHENTICATED, MACHINE, PUBLIC, ConfigurationError, Route, Rule, Scope

_LOOPBACK = ("127.0.0.1", "::1", "localhost")

# What `&` makes; the class has no public name.
_All: type[Rule] = type(AUTHENTICATED & MACHINE)


PASTED: Final = HTTPBearer(bearerFormat="JWT", description="A token of the user pool, pasted.")
"""A token, however it was got."""


class SignIn(OAuth2):
    """How to get a token: sign in at the user pool. It looks at no request, as an authorizer does that."""

    async def __call__(self) -> None:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]  # FastAPI passes what a signature asks for
        """Let pass."""


def sign_in(domain: str | None, scopes: Mapping[str, str] | None) -> SignIn | None:
    """
    Describe how to sign in at the user pool's *domain*, if there is one, and be granted *scopes*.

    Sources: the endpoints `/oauth2/authorize` and `/oauth2/token` in "User pool endpoints and managed login reference"
    of the Amazon Cognito Developer Guide; OpenAPI 3.1, "OAuth Flows Object". Raises `ConfigurationError` if *domain* is
    no https URL without a path (http to loopback is one), or *scopes* are given without it.
    """
    if domain is None:
        if scopes is not None:
            raise ConfigurationError("CogAuth: scopes are those of a sign-in, so they need the domain of the user pool")
        return None
    parts = urlsplit(domain)
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    host = parts.hostname is not None and parts.username is None
    if not secure or not host or domain != f"{parts.scheme}://{parts.netloc}":
        raise ConfigurationError('CogAuth: domain must be like "https://example.auth.eu-west-1.amazoncognito.com"')
    flow = OAuthFlowAuthorizationCode(
        authorizationUrl=f"{domain}/oauth2/authorize",
        tokenUrl=f"{domain}/oauth2/token",
        refreshUrl=f"{domain}/oauth2/token",
        scopes=dict(scopes or {}),
    )
    flows = OAuthFlows(authorizationCode=flow)
    return SignIn(flows=flows, scheme_name="SignIn", description="Sign in at the user pool.")


def needed_scopes(rule: Rule) -> list[str]:
    """
    Give the scopes without which nobody meets *rule*, whose roles have been replaced by what they stand for.

    A choice cannot be said in a document (OpenAPI 3.1, "Security Requirement Object": all listed ones are required).
    """
    if isinstance(rule, Scope):
        return list(rule.names) if len(rule.names) == 1 else []
    if isinstance(rule, _All):
        return list(dict.fromkeys(name for part in rule.parts for name in needed_scopes(part)))
    return []


def docs_routes(app: FastAPI) -> tuple[Route, ...]:
    """
    Make the routes that leave the documentation pages of *app* open to all, for the policy of a middleware before it.

    They are its `openapi_url`, `docs_url`, `swagger_ui_oauth2_redirect_url` and `redoc_url`, where it has them. Below a
    mount, a policy's paths begin with the mount's.
    """
    pages = (app.openapi_url, app.docs_url, app.swagger_ui_oauth2_redirect_url, app.redoc_url)
    lines = [f"GET {path}" for path in pages if path] if app.openapi_url else []
    return (Route(lines, PUBLIC),) if lines else ()


def _refusal(status: HTTPStatus, description: str, reason: str, header: str, meaning: str) -> dict[str, Any]:
    example = {"type": "about:blank", "title": status.phrase, "status": status.value, "reason": reason}
    kinds = {str: "string", int: "integer"}
    schema = {
        "type": "object",
        "properties": {name: {"type": kinds[type(value)]} for name, value in example.items()},
        "required": list(example),
    }
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": schema, "example": example}},
        "headers": {header: {"description": meaning, "schema": {"type": "string"}}},
    }


_CHALLENGE = "WWW-Authenticate"

REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    401: _refusal(
        HTTPStatus.UNAUTHORIZED,
        "There is no token, or it will not do.",
        "invalid_token",
        _CHALLENGE,
        "What to do about it (RFC 6750 section 3, RFC 9470).",
    ),
    403: _refusal(
        HTTPStatus.FORBIDDEN,
        "The token is good, and does not allow this.",
        "missing_group",
        _CHALLENGE,
        "If only scopes are missing: which (RFC 6750 section 3.1).",
    ),
    503: _refusal(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Nothing can be said about tokens now.",
        "keys_unavailable",
        "Retry-After",
        "Seconds to wait (RFC 9110 section 10.2.3).",
    ),
}
"""How endpoints refuse, for `FastAPI(responses=...)`, `APIRouter(responses=...)` or a single endpoint."""

"""Finding: what a verifier says of a token and, with a request, what the policy decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

import click

from cogauth import (
    Authorizer,
    CogAuthError,
    Decision,
    KeysUnavailable,
    MissingToken,
    Principal,
    TokenError,
    Verifier,
)
from cogauth.cli.exits import Exit, told_as_mistakes
from cogauth.cli.trust import Trust
from cogauth.cli.world import World


@dataclass(frozen=True, slots=True)
class Request:
    """A method and the path as it would be sent."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome for one token; `principal` or `error` is there, `decision` where there was a request."""

    principal: Principal | None
    error: CogAuthError | None
    roles: frozenset[str] | None
    """None where there is no policy."""
    request: Request | None
    decision: Decision | None
    sources: Mapping[str, str]
    """Where keys could not be had, and why."""

    @property
    def exit(self) -> Exit:
        """What the command answers: the decision's yes or no, the verifier's without one."""
        if self.decision is not None:
            unavailable = isinstance(self.decision.error, KeysUnavailable)
            yes = self.decision.allowed
        else:
            unavailable = isinstance(self.error, KeysUnavailable)
            yes = self.error is None
        return Exit.KEYS if unavailable else Exit.YES if yes else Exit.NO


def request_of(method: str | None, path: str | None) -> Request | None:
    """
    Make a request of two options.

    Raises:
        click.UsageError: one without the other, or a path that is a URL or has a query.
    """
    if method is None and path is None:
        return None
    if method is None or path is None:
        raise click.UsageError("--method and --path go together: what is asked for, and where.")
    return request_for(method, path, hint="--path")


def request_for(method: str, path: str, *, hint: str = "PATH") -> Request:
    """
    Make a request.

    Raises:
        click.UsageError: the path is a URL or has a query; *hint* says which argument that is.
    """
    if not path.startswith("/") or "?" in path or "#" in path:
        raise click.BadParameter("the path alone, such as /orders/17: no host, no query", param_hint=hint)
    return Request(method.upper(), path)


def find(token: str, trust: Trust, request: Request | None, world: World) -> Finding:
    """
    Verify *token*, which is empty where there is none, and decide *request*.

    Raises:
        Mistakes: the issuers do not go together, or the policy does not fit them.
    """
    with told_as_mistakes():
        verifier = Verifier(*trust.issuers, clock=world.clock, fetch=world.fetch)
        authorizer = Authorizer(verifier, trust.policy) if trust.policy else None
    if request is not None and authorizer is None:
        raise click.UsageError("--method and --path need a policy: name one with --config.")
    principal: Principal | None = None
    error: CogAuthError | None = None
    try:
        if not token:
            raise MissingToken
        principal = verifier.verify(token)
    except (TokenError, KeysUnavailable) as refusal:
        error = refusal
    return Finding(
        principal=principal,
        error=error,
        roles=trust.policy.roles_held(principal, world.clock()) if trust.policy and principal else None,
        request=request,
        decision=_decided(authorizer, token, request) if authorizer and request else None,
        sources={ring.source.url: ring.error for ring in verifier.keyring.values() if ring.error},
    )


def _decided(authorizer: Authorizer, token: str, request: Request) -> Decision:
    """Ask as an adapter does, with the path both as it was sent and decoded."""
    headers = [("authorization", f"Bearer {token}")] if token else []
    return authorizer.authorize_request(request.method, unquote(request.path), headers, raw_path=request.path)

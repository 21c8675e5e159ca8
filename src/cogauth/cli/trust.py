"""Trust: the issuers, and the policy if there is one, that a command line speaks of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import click

from cogauth import ANY_CLIENT, Policy, UserPool
from cogauth.cli.exits import Mistakes, told_as_mistakes
from cogauth.config import load
from cogauth.issuers import AnyIssuer, LoadBalancer

CONFIGURATION = Path("cogauth.toml")
"""Where the configuration is looked for when the command line names none."""

_NO_CONFIGURATION = (
    f"there is no {CONFIGURATION} here: name one with --config, write one with 'cogauth init', "
    "or give --pool and --client"
)

Use = Literal["access", "id", "any"]


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose tokens are accepted, and who may do what with them."""

    issuers: tuple[AnyIssuer, ...]
    policy: Policy | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustOptions:
    """What the command line says of it."""

    config: Path | None
    pool: str | None
    clients: tuple[str, ...]
    use: Use | None
    jwks: Path | None
    jwks_uri: str | None

    def trust(self) -> Trust:
        """
        Make what they describe.

        Raises:
            Mistakes: the configuration has some.
            click.UsageError: the options do not go together.
        """
        return self._of_file() if self.pool is None else self._of_pool(self.pool)

    def _of_file(self) -> Trust:
        stray = [
            name
            for name, given in (
                ("--client", self.clients),
                ("--use", self.use),
                ("--jwks", self.jwks),
                ("--jwks-uri", self.jwks_uri),
            )
            if given
        ]
        if stray:
            raise click.UsageError(f"{', '.join(stray)}: describes the pool that --pool names; add --pool.")
        if self.config is None and not CONFIGURATION.exists():
            raise Mistakes([_NO_CONFIGURATION])
        with told_as_mistakes():
            issuers, policy = load(self.config or CONFIGURATION)
        # What a load balancer signs is no bearer token, and nothing that a terminal has.
        return Trust(tuple(issuer for issuer in issuers if not isinstance(issuer, LoadBalancer)), policy)

    def _of_pool(self, pool: str) -> Trust:
        if self.config is not None:
            raise click.UsageError("--config and --pool both say whom to trust; give one of them.")
        if not self.clients:
            raise click.UsageError("--pool needs --client: whose tokens are accepted. 'any-client' accepts them all.")
        with told_as_mistakes():
            issuer = UserPool(
                pool,
                clients=accepted_clients(self.clients),
                token_use=self.use or "access",
                jwks=self.jwks,
                jwks_uri=self.jwks_uri,
            )
        return Trust((issuer,), None)


def accepted_clients(clients: tuple[str, ...]) -> Any:
    """Give what `UserPool` takes: `any-client` alone is spelled so in the configuration file too."""
    return ANY_CLIENT if clients == (ANY_CLIENT.value,) else frozenset(clients)


def trust_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that `TrustOptions` holds."""
    for option in reversed(
        (
            click.option(
                "--config",
                type=click.Path(path_type=Path),
                help="The configuration: issuers, roles and routes.  [default: cogauth.toml]",
            ),
            click.option("--pool", metavar="ID", help="Instead of a configuration: the user pool to trust."),
            click.option(
                "--client",
                "clients",
                metavar="ID",
                multiple=True,
                help="With --pool: an app client whose tokens are accepted, or any-client. May be repeated.",
            ),
            click.option(
                "--use",
                type=click.Choice(["access", "id", "any"]),
                help="With --pool: the kind of token that is accepted.  [default: access]",
            ),
            click.option(
                "--jwks",
                metavar="FILE",
                type=click.Path(path_type=Path),
                help="With --pool: a key set in a file; nothing is fetched.",
            ),
            click.option("--jwks-uri", metavar="URL", help="With --pool: where the key set is, if not at AWS."),
        )
    ):
        command = option(command)
    return command

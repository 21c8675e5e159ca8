"""Build: from an order to the bytes of a package."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from cogauth import AUTHENTICATED, Authorizer, Verifier
from cogauth.cli.package.archive import Entry, archive
from cogauth.cli.package.bytecode import compiled
from cogauth.cli.package.configured import NAME, Configured, Keys, configured
from cogauth.cli.package.own import own_entries, own_requirements
from cogauth.cli.package.rehearsal import rehearse
from cogauth.cli.package.target import Target
from cogauth.cli.package.wheels import Wheel, pinned, wheels
from cogauth.cli.world import Compile, Pip
from cogauth.transport import Fetch

VERSIONS = "requirements.txt"
"""Where a package says which versions are in it."""


class Order(NamedTuple):
    """What is to be made."""

    file: Path
    target: Target
    environment: Mapping[str, str]
    """The function's variables, those of `cogauth_lambda.settings`."""
    keys: Keys | None = None
    versions: Path | None = None
    """A file of requirements that says which versions to take."""
    powertools: bool = False


class Made(NamedTuple):
    """A package."""

    octets: bytes
    unpacked: int
    """Bytes of all its files."""
    compiled: bool
    """Whether it has byte code."""
    configured: Configured
    wheels: tuple[Wheel, ...]
    environment: Mapping[str, str]
    """All variables that the function needs."""
    warnings: tuple[str, ...]
    """What the function will warn of when it starts."""

    @property
    def digest(self) -> str:
        """The SHA-256 of the zip, in hex."""
        return hashlib.sha256(self.octets).hexdigest()

    @property
    def challenge(self) -> str:
        """What a caller without a token is told in `WWW-Authenticate`."""
        configuration = self.configured.configuration
        refusal = Authorizer(Verifier(*configuration.issuers), configuration.policy).decide(None, AUTHENTICATED)
        return dict(refusal.headers)["WWW-Authenticate"]


def build(order: Order, *, pip: Pip, compiler: Compile, fetch: Fetch, now: float, environ: Mapping[str, str]) -> Made:
    """
    Make what *order* asks for.

    Args:
        order: what is to be made.
        pip: runs pip.
        compiler: makes byte code.
        fetch: gets a document of keys.
        now: seconds since the epoch.
        environ: variables here, of which COGAUTH_ISSUER_... override the configuration.

    Raises:
        ConfigurationError: the configuration has mistakes, or the function would not start with it.
        NoKeys: the keys of an issuer cannot be had.
        NotBuilt: pip failed.
    """
    ready = configured(order.file, order.keys, fetch=fetch, now=now, environ=environ)
    environment = {**order.environment, "COGAUTH_CONFIG": NAME}
    warnings = rehearse(ready.configuration, environment)
    extras = ("lambda",) if order.powertools else ()
    requirements = own_requirements(order.target, network=ready.network, extras=extras)
    with TemporaryDirectory() as folder:
        brought = wheels(requirements, order.target, pip=pip, folder=Path(folder), versions=order.versions)
    entries = [*own_entries(), *(entry for wheel in brought for entry in wheel.entries)]
    with TemporaryDirectory() as folder:
        bytecode = compiled(entries, order.target.python, compiler=compiler, folder=Path(folder))
    entries += [*(bytecode or ()), *ready.entries, Entry(VERSIONS, pinned(brought).encode())]
    unpacked = sum(len(entry.data) for entry in entries)
    return Made(archive(entries), unpacked, bytecode is not None, ready, brought, environment, warnings)

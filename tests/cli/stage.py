"""The stage of the command's tests: a moment, a configuration, and what came of a command line."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from cogauth.cli.world import World

NOW = 1_700_000_000

CONFIGURATION = """\
version = 1

[[issuer]]
name = "staff"
user_pool = "eu-west-1_AbCdEf123"
clients = ["web"]
jwks = "jwks.json"

[roles]
editor = { groups = ["editors"] }
admin = { groups = ["admins"] }

[[route]]
match = ["GET /orders", "GET /orders/{id}"]
allow = "editor"

[[route]]
match = "GET /orders"
allow = "admin"
mode = "shadow"

[[route]]
match = "DELETE /orders/{id}"
allow = "admin"

[[route]]
match = "GET /healthz"
allow = "public"
"""


def still(*, somebody_types: bool = False) -> World:
    """Make a world at NOW, without a network."""
    return World(clock=lambda: NOW, fetch=_no_network, somebody_types=lambda: somebody_types)


def _no_network(url: str) -> bytes:
    raise ConnectionError(url)


@dataclass(frozen=True)
class Ran:
    """What came of a command line."""

    exit: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The answer for machines."""
        return json.loads(self.out)


class Run(Protocol):
    """Runs a command line; `text` is its standard input."""

    def __call__(
        self,
        *arguments: str | Path,
        text: str | bytes = "",
        world: World | None = None,
        env: Mapping[str, str | None] | None = None,
    ) -> Ran: ...


def segment(data: object) -> str:
    """Encode *data*: octets as they are, anything else as JSON."""
    octets = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def token(header: object = None, claims: object = None, signature: object = b"sig") -> str:
    """Write a token as anybody could."""
    header = {"alg": "RS256", "kid": "k"} if header is None else header
    return ".".join((segment(header), segment({} if claims is None else claims), segment(signature)))

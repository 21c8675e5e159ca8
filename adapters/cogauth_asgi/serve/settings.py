"""Settings: how one service is run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

Form: TypeAlias = Literal["text", "json"]
Level: TypeAlias = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `cogauth serve` is told. Ports are 0 for one that is free, which the journal names."""

    file: Path
    """The configuration: issuers, roles and routes."""
    behind: str
    """The proxy, as `forward_auth_app` calls it."""
    host: str = "127.0.0.1"
    """The address to listen on; whoever reaches it is believed to be the proxy."""
    port: int = 9180
    unix: Path | None = None
    """The path of a socket to listen on in place of host and port."""
    grpc_port: int | None = None
    """Where Envoy's gRPC is served; None serves none."""
    workers: int = 1
    """Processes that share the sockets."""
    max_connections: int = 1000
    """How many connections a worker has open; one more is closed at once. As many gRPC calls may be under way."""
    cache_size: int = 4096
    """How many verified tokens a worker remembers; of 0 it verifies each anew."""
    stop_seconds: float = 25.0
    """How long what is under way may take when the service is stopped."""
    log: Form = "text"
    log_level: Level = "info"

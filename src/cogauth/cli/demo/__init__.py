"""`cogauth demo`: see requests decided, without a network."""

from __future__ import annotations

from cogauth.cli.demo.command import demo

__all__ = ["demo"]

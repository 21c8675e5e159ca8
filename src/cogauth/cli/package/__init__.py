"""`cogauth package`: put what runs elsewhere into one file."""

from __future__ import annotations

from cogauth.cli.package.command import package

__all__ = ["package"]

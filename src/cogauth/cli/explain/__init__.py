"""`cogauth explain`: from the route to the rule to the claim."""

from __future__ import annotations

from cogauth.cli.explain.command import explain

__all__ = ["explain"]

"""`cogauth matrix`: routes by roles, for a terminal, a document, a spreadsheet or an auditor."""

from __future__ import annotations

from cogauth.cli.matrix.command import matrix

__all__ = ["matrix"]

"""Failures: the ends of packaging that are no mistakes of usage or configuration."""

from __future__ import annotations

from typing import ClassVar

from cogauth.cli.exits import Exit, Mistakes


class NotBuilt(Mistakes):
    """There is no package: something that it needs could not be had, or it would not do what it is for."""

    exit_code: ClassVar[int] = Exit.NO


class NoKeys(Mistakes):
    """The keys that were to be on board are unavailable."""

    exit_code: ClassVar[int] = Exit.KEYS

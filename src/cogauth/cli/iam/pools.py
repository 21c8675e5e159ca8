"""Pools: the identity pools that a command line speaks of."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from cogauth.cli.exits import told_as_mistakes
from cogauth.config import read


def pools_of(given: Iterable[str], config: Path | None) -> tuple[tuple[str, ...], bool]:
    """
    Give the pools that are named, or else those of the configuration; and whether it maps claims to tags for them.

    Raises:
        click.UsageError: there are none.
        Mistakes: the configuration has some.
    """
    named = tuple(dict.fromkeys(given))
    if config is None:
        if not named:
            raise click.UsageError("name the identity pool with --identity-pool, or a configuration with --config.")
        return named, False
    with told_as_mistakes():
        sections = read(config).identity_pools
    found = [each for each in sections if not named or each.identity_pool_id in named]
    if not found and not named:
        raise click.UsageError(f"{config} has no [[identity_pool_roles]]; name the pool with --identity-pool.")
    return named or tuple(each.identity_pool_id for each in found), any(each.needs_tag_session for each in found)

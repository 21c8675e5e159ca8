"""Moments: seconds since the epoch, as people read them."""

from __future__ import annotations

from datetime import UTC, datetime

_STEPS = ((86_400 * 2, 86_400, "days"), (3_600 * 2, 3_600, "h"), (120, 60, "min"), (0, 1, "s"))


def utc(seconds: float) -> str:
    """Write a moment as `2026-01-31 12:00:00 UTC`."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return "(no date)"


def distance(seconds: float, now: float) -> str:
    """Say how far a moment is away: `in 12 min`, `3 days ago`, `now`."""
    away = int(abs(seconds - now))
    if away == 0:
        return "now"
    amount = next(f"{away // unit} {name}" for least, unit, name in _STEPS if away >= least)
    return f"in {amount}" if seconds > now else f"{amount} ago"


def moment(seconds: float, now: float) -> str:
    """Write a moment with its distance: `2026-01-31 12:00:00 UTC (in 12 min)`."""
    return f"{utc(seconds)} ({distance(seconds, now)})"

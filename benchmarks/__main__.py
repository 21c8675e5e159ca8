"""Runs every benchmark: `python -m benchmarks`."""

from __future__ import annotations

from benchmarks import verify

verify.main()

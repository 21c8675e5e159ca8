"""Figures: what `/metrics` shows, of one process or of all workers together."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from cogauth.observers.prometheus import PrometheusObserver

_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""How prometheus_client is told where workers write what they count; it looks when it is imported."""


class Figures:
    """
    What is counted: `observer` counts, `exposition` shows.

    With *folder* the workers write there, and what is shown are the sums, those of workers that have ended included.
    """

    def __init__(self, folder: str | None) -> None:
        import prometheus_client as client  # here, where the folder is known; see `figures`
        from prometheus_client.multiprocess import MultiProcessCollector

        from cogauth.observers.prometheus import PrometheusObserver

        self._folder = folder
        self._shown: CollectorRegistry = client.CollectorRegistry()
        counted = self._shown
        if folder is None:
            client.ProcessCollector(registry=self._shown)
            client.GCCollector(registry=self._shown)
        else:
            counted = client.CollectorRegistry()
            MultiProcessCollector(self._shown, folder)  # type: ignore[no-untyped-call]  # it has no types
        self.observer: PrometheusObserver = PrometheusObserver(counted)
        self._reloads = client.Counter(
            "cogauth_reloads", "Times that a process read the configuration again.", ("result",), registry=counted
        )

    def reloaded(self, *, well: bool) -> None:
        """Count that the configuration was read again: it is in force, or it had mistakes and the last one stays."""
        self._reloads.labels("in_force" if well else "mistakes").inc()

    def exposition(self) -> bytes:
        """Give what Prometheus scrapes, in its text format 0.0.4."""
        from prometheus_client import generate_latest  # see above

        return generate_latest(self._shown)

    def forget(self, process: int) -> None:
        """Drop what a worker that has ended said of its present; what it counted stays."""
        if self._folder is not None:
            from prometheus_client import multiprocess  # see above

            mark: Callable[[int, str], None] = multiprocess.mark_process_dead  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # it has no types
            mark(process, self._folder)


@contextlib.contextmanager
def figures(workers: int) -> Generator[Figures]:
    """Count for as long as the block lasts; several workers do so in files of a folder that is gone afterwards."""
    if workers == 1:
        yield Figures(None)
        return
    if "prometheus_client" in sys.modules:
        raise RuntimeError("prometheus_client was imported before it could be told of several workers")
    with tempfile.TemporaryDirectory(prefix="cogauth-") as folder:
        os.environ[_FOLDER] = folder
        yield Figures(folder)

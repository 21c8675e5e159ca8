"""The ratios that matter, from what was measured last: every other figure is the machine's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import cold_import, decision, elsewhere, engines, peers, verify
from benchmarks.report import RESULTS, load, times_over


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as long one contender takes as another does, of the same question."""

    label: str
    question: str
    over: str
    under: str

    def value(self, folder: Path = RESULTS) -> float | None:
        """Work it out, unless one of the two was not measured."""
        for report in load(self.question, folder):
            # Of one report, in whose rounds both took their turns.
            times = {row.name: row.times for row in report.rows}
            if self.over in times and self.under in times:
                return times_over(times[self.over], times[self.under])
        return None


RATIOS: Final = (
    Ratio("never seen / signature alone", "verify", verify.MISS, peers.FLOOR),
    Ratio("PyJWT + PyJWKClient / never seen", "verify", peers.PYJWT_CLIENT, verify.MISS),
    Ratio("PyJWT, ready key / never seen", "verify", peers.PYJWT_READY, verify.MISS),
    Ratio("aws-jwt-verify / never seen", "verify", elsewhere.AWS_JWT_VERIFY, verify.MISS),
    Ratio("seen before / signature alone", "verify", verify.HIT, peers.FLOOR),
    Ratio("PyJWT + PyJWKClient / seen before", "verify", peers.PYJWT_CLIENT, verify.HIT),
    Ratio("import cogauth / import of what it stands on", "cold_import", cold_import.OURS, cold_import.FLOOR),
    *(
        Ratio(f"{label}, {count} routes / signature alone", "decision", f"{name}, {count}", peers.FLOOR)
        for label, name in (("authorize, seen before", decision.WARM), ("authorize, never seen", decision.MISS))
        for count in ("10", "10,000")
    ),
    *(
        Ratio(f"{name} / decision alone, {count} routes", "decision", f"{name}, {count}", f"{decision.ALONE}, {count}")
        for name in (engines.CHAIN, engines.CEDARPY, engines.CEDARPY_READY, engines.PYCASBIN, engines.PYCASBIN_FAST)
        for count in ("10", "1,000")
    ),
)


def table(folder: Path = RESULTS) -> str:
    """Write one line for each."""
    values = ((ratio.label, ratio.value(folder)) for ratio in RATIOS)
    return "\n".join(f"{label:56} {'not measured' if value is None else f'{value:8.3f}'}" for label, value in values)

"""The ratios that matter, from what was measured last: every other figure is the machine's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import asgi, cold_import, decision, elsewhere, engines, forward_auth, lambda_warm, peers, verify, wsgi
from benchmarks.functions import contenders
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
    *(
        Ratio(f"cold start: {name} / {other}", "lambda_cold", name, other)
        for name, other in (
            (contenders.PINNED, contenders.BLUEPRINT),
            (contenders.PINNED_SOURCES, contenders.BLUEPRINT),
            (contenders.FETCHED, contenders.BLUEPRINT),
            (contenders.FETCHED_SOURCES, contenders.BLUEPRINT),
            (contenders.FETCHED, contenders.BLUEPRINT_COMPILED),
            (contenders.PINNED, contenders.BLUEPRINT_PINNED),
            (contenders.PINNED, contenders.NODE_PINNED),
        )
    ),
    *(
        Ratio(f"invocation: {name} / empty handler", "lambda_warm", name, contenders.FLOOR)
        for name in (lambda_warm.HIT, lambda_warm.MISS, contenders.BLUEPRINT_PINNED)
    ),
    # Of the first report that has both: uvicorn, gunicorn, nginx.
    Ratio("Starlette with cogauth, seen before / alone", "asgi", asgi.HITS, asgi.BARE),
    Ratio("Starlette with cogauth, never seen / alone", "asgi", asgi.MISSES, asgi.BARE),
    Ratio("Starlette with PyJWT / with cogauth, never seen", "asgi", asgi.PYJWT, asgi.MISSES),
    Ratio("FastAPI with cogauth, seen before / alone", "asgi", asgi.HITS_FASTAPI, asgi.BARE_FASTAPI),
    Ratio("FastAPI: fastapi-cognito / cogauth, seen before", "asgi", asgi.FASTAPI_COGNITO, asgi.HITS_FASTAPI),
    Ratio("Flask with cogauth, seen before / alone", "wsgi", asgi.HITS, wsgi.BARE),
    Ratio("Flask: flask-cognito-lib / cogauth, never seen", "wsgi", wsgi.FLASK_COGNITO_LIB, asgi.MISSES),
    Ratio("proxy asks cogauth, seen before / a yes-man", "forward_auth", forward_auth.HITS, forward_auth.YES),
    Ratio("proxy asks cogauth serve / a yes-man", "forward_auth", forward_auth.SERVE, forward_auth.YES),
    Ratio("proxy asks cogauth / Envoy's jwt_authn", "forward_auth", forward_auth.HITS, forward_auth.JWT_AUTHN),
)


def table(folder: Path = RESULTS) -> str:
    """Write one line for each."""
    values = ((ratio.label, ratio.value(folder)) for ratio in RATIOS)
    return "\n".join(f"{label:56} {'not measured' if value is None else f'{value:8.3f}'}" for label, value in values)

"""What does guarding a Flask application cost, under real servers, here and elsewhere?"""

from __future__ import annotations

import contextlib
from importlib.metadata import version
from typing import Final

from benchmarks import served
from benchmarks.asgi import DRAWS, FEW, HITS, MISSES, ZIPF, Way
from benchmarks.fronts import settings
from benchmarks.harness import Effort, prove
from benchmarks.report import Report
from benchmarks.served import Served, Tokens

TOKENS: Final = 10_000
BARE: Final = "Flask alone"
FLASK_COGNITO_LIB: Final = "flask-cognito-lib"

SERVERS: Final = {
    "gunicorn": (
        "{factory}()",
        "--bind=127.0.0.1:PORT",
        "--worker-class=gthread",
        "--threads=4",
        "--no-control-socket",
    ),
    "granian": ("{factory}", "--host=127.0.0.1", "--port=PORT", "--factory", "--interface=wsgi", "--workers=1"),
}
WAYS: Final = (
    Way(BARE, "bare", note=version("flask")),
    Way(HITS, "cogauth", note=f"{FEW} tokens in turn"),
    Way(ZIPF, "cogauth", "zipf", note=f"of {TOKENS:,} tokens, default cache"),
    Way(MISSES, "cogauth", "all", 1, "each signature verified"),
    Way(FLASK_COGNITO_LIB, "flask_cognito_lib", note=f"{version('flask-cognito-lib')}; token of a cookie; keys kept"),
)


def measure(effort: Effort, tokens: int = TOKENS) -> list[Report]:
    """Give a report for each server. Everybody gets the token twice, as a header and as a cookie."""
    served.look_for_wrk()
    reports: list[Report] = []
    with Tokens.made(tokens, FEW, DRAWS) as asked:
        for server, options in SERVERS.items():
            with contextlib.ExitStack() as stack:
                field: list[Served] = []
                for way in WAYS:
                    env = settings.environment(asked, way.cache)
                    factory = f"benchmarks.fronts.wsgi:{way.factory}"
                    command = [server, *(option.format(factory=factory) for option in options)]
                    url, process = stack.enter_context(served.server(command, env))
                    contender = Served.at(way.name, url, process, asked, way.order, way.note, cookie=True)
                    prove(contender, asked.good[:8], {} if way.name == BARE else asked.bad)
                    field.append(contender)
                served.run(field, effort)
            title = f"Under {server} {version(server)}, one process: time per request, and times {BARE}"
            reports.append(Report.of(title, field, BARE))
    return reports

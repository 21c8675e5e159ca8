"""What does guarding an ASGI application cost, under real servers, here and elsewhere?"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from importlib.metadata import version
from typing import Final, NamedTuple

from benchmarks import served
from benchmarks.fronts import settings
from benchmarks.harness import Effort, prove
from benchmarks.report import Report
from benchmarks.served import Served, Tokens

TOKENS: Final = 10_000
FEW: Final = 64
DRAWS: Final = 30_000
BARE: Final = "Starlette alone"
HITS: Final = "cogauth, seen before"
ZIPF: Final = "cogauth, Zipf"
MISSES: Final = "cogauth, never seen before"
PYJWT: Final = "AuthenticationMiddleware + PyJWT"
BARE_FASTAPI: Final = "FastAPI alone"
HITS_FASTAPI: Final = "cogauth in FastAPI, seen before"
FASTAPI_COGNITO: Final = "fastapi-cognito"

SERVERS: Final = {
    "uvicorn": ("--host=127.0.0.1", "--port=PORT", "--factory", "--http=httptools", "--loop=uvloop", "--no-access-log"),
    "granian": ("--host=127.0.0.1", "--port=PORT", "--factory", "--interface=asgi", "--loop=uvloop", "--workers=1"),
}


class Way(NamedTuple):
    """An application, and the tokens that it is asked with."""

    name: str
    factory: str
    order: str = "few"
    cache: int = 4096
    note: str = ""


STARLETTE: Final = (
    Way(BARE, "bare", note=version("starlette")),
    Way(HITS, "cogauth", note=f"{FEW} tokens in turn"),
    Way(ZIPF, "cogauth", "zipf", note=f"of {TOKENS:,} tokens, default cache"),
    Way(MISSES, "cogauth", "all", 1, "each signature verified"),
    Way(PYJWT, "pyjwt", note=f"PyJWT {version('pyjwt')}; token_use and client_id by hand"),
)
FASTAPI: Final = (
    Way(BARE_FASTAPI, "bare_fastapi", note=version("fastapi")),
    Way(HITS_FASTAPI, "cogauth_fastapi", note="Depends(auth.requires(...))"),
    Way(
        FASTAPI_COGNITO, "fastapi_cognito", note=f"{version('fastapi-cognito')}; a model of ours checks iss, token_use"
    ),
)


def measure(effort: Effort, tokens: int = TOKENS, ways: Sequence[Way] = (*STARLETTE, *FASTAPI)) -> list[Report]:
    """Give a report for each server and framework."""
    served.look_for_wrk()
    reports: list[Report] = []
    with Tokens.made(tokens, FEW, DRAWS) as asked:
        for server in SERVERS:
            contenders = _contenders(server, ways, asked, effort)
            for floor in (BARE, BARE_FASTAPI):
                framework = STARLETTE if floor == BARE else FASTAPI
                field = [each for each in contenders if each.name in {way.name for way in framework}]
                if field:
                    title = f"Under {server} {version(server)}, one process: time per request, and times {floor}"
                    reports.append(Report.of(title, field, floor))
    return reports


def _contenders(server: str, ways: Sequence[Way], tokens: Tokens, effort: Effort) -> list[Served]:
    with contextlib.ExitStack() as stack:
        field: list[Served] = []
        for way in ways:
            # Of a cache of one, tokens are only remembered when a single one comes again and again.
            env = settings.environment(tokens, way.cache)
            command = [server, f"benchmarks.fronts.asgi:{way.factory}", *SERVERS[server]]
            url, process = stack.enter_context(served.server(command, env))
            contender = Served.at(way.name, url, process, tokens, way.order, way.note)
            prove(contender, tokens.good[:8], {} if way.name in (BARE, BARE_FASTAPI) else tokens.bad)
            field.append(contender)
        served.run(field, effort)
        return field

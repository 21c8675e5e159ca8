"""What does asking cogauth cost behind a proxy, beside asking nobody, a service that says yes, and Envoy itself?"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from benchmarks import proxied, served
from benchmarks.asgi import FEW, SERVERS
from benchmarks.fronts import settings
from benchmarks.harness import Absent, Effort, prove
from benchmarks.report import Report
from benchmarks.served import Served, Tokens
from benchmarks.tokens import CLIENT, POOL_ID
from devtools.processes import free_port
from devtools.proxies import ProxyMissingError, proxy

TOKENS: Final = 1000
NOBODY: Final = "asks nobody"
YES: Final = "a service that says yes"
HITS: Final = "cogauth, seen before"
MISSES: Final = "cogauth, never seen before"
SERVE: Final = "cogauth serve, seen before"
JWT_AUTHN: Final = "Envoy's jwt_authn"
PROXIES: Final = ("nginx", "envoy")

_SERVE: Final = """\
version = 1

[[issuer]]
name = "staff"
user_pool = "{pool}"
clients = ["{client}"]
jwks = "{jwks}"

[roles]
reader = {{ all = [ {{ groups = ["editors"] }}, {{ scopes = ["orders/read"] }} ] }}
writer = {{ all = [ {{ groups = ["editors"] }}, {{ scopes = ["orders/write"] }} ] }}

[[route]]
match = "GET /orders/{{id}}"
allow = "reader"
"""


def measure(effort: Effort, tokens: int = TOKENS, proxies: tuple[str, ...] = PROXIES) -> list[Report]:
    """Give a report for each proxy that is installed; the last one says which are not."""
    served.look_for_wrk()
    reports: list[Report] = []
    with Tokens.made(tokens, FEW, 1) as asked:
        for name in proxies:
            with contextlib.ExitStack() as stack:
                try:
                    field = _Stage(stack, name, asked).contenders()
                except ProxyMissingError as missing:
                    raise Absent(str(missing)) from None
                served.run(field, effort)
            title = f"Behind {name}: time per request, and times {YES}; CPU is that of whoever is asked"
            reports.append(Report.of(title, field, YES))
    return reports


class _Stage:
    def __init__(self, stack: contextlib.ExitStack, name: str, tokens: Tokens) -> None:
        self._stack = stack
        self._name = name
        self._tokens = tokens
        backend = self._folder() / "backend.conf"
        backend.write_text(proxied.BACKEND)
        url = stack.enter_context(proxy("nginx", [backend], self._folder(), cogauth=free_port(), service=free_port()))
        self._service = urlsplit(url).port or 0

    def contenders(self) -> list[Served]:
        """Start all, and prove them."""
        field = [
            self._asking_nobody("nothing", NOBODY),
            self._asking(YES, "nothing", "the same server, frame and headers"),
            self._asking(HITS, "cogauth", f"{FEW} tokens in turn"),
            self._asking(MISSES, "cogauth", "each signature verified", "all", 1),
            self._serving(),
        ]
        if self._name == "envoy":
            field.append(self._asking_nobody("jwt_authn", JWT_AUTHN, "issuer, exp and signature; no client, no rule"))
        for contender in field:
            decides = contender.name not in (NOBODY, YES)
            prove(contender, self._tokens.good[:8], self._tokens.bad if decides else {})
        return field

    def _asking(self, name: str, factory: str, note: str, order: str = "few", cache: int = 4096) -> Served:
        env = {**settings.environment(self._tokens, cache), "BEHIND": self._name}
        command = ["uvicorn", f"benchmarks.fronts.auth:{factory}", *SERVERS["uvicorn"]]
        url, process = self._stack.enter_context(served.server(command, env))
        return self._behind(name, urlsplit(url).port or 0, process, note, order)

    def _serving(self) -> Served:
        folder = self._folder()
        values = {"pool": POOL_ID, "client": CLIENT, "jwks": str(self._tokens.jwks)}
        (folder / "cogauth.toml").write_text(_SERVE.format(**values))
        command = ["cogauth", "serve", str(folder / "cogauth.toml"), "--behind", self._name, "--port", "PORT"]
        url, process = self._stack.enter_context(served.server([*command, "--log-level", "warning"], {}))
        return self._behind(SERVE, urlsplit(url).port or 0, process, "as it is run, with metrics")

    def _asking_nobody(self, kind: str, name: str, note: str = "") -> Served:
        return self._behind(name, free_port(), 0, note, kind=kind)

    def _behind(
        self, name: str, port: int, process: int, note: str, order: str = "few", kind: str = "ext_authz"
    ) -> Served:
        source, jwks = self._folder(), self._tokens.jwks.read_text()
        write: dict[str, Callable[[], Path]] = {
            "nginx": lambda: proxied.nginx(source, guarded=kind == "ext_authz"),
            "envoy": lambda: proxied.envoy(source, kind, jwks),
        }
        files = [write[self._name]()]
        url = self._stack.enter_context(proxy(self._name, files, self._folder(), cogauth=port, service=self._service))
        return Served.at(name, url, process, self._tokens, order, note)

    def _folder(self) -> Path:
        return Path(self._stack.enter_context(tempfile.TemporaryDirectory()))

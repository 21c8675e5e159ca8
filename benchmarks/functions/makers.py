"""Makers: how each of the functions comes to be, with keys on board or with a URL of theirs."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Collection, Generator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from benchmarks.functions import bundles
from benchmarks.functions.authority import Served, served
from benchmarks.functions.bundles import Bundle
from benchmarks.functions.contenders import (
    BLUEPRINT,
    BLUEPRINT_COMPILED,
    BLUEPRINT_PINNED,
    FETCHED,
    FETCHED_SOURCES,
    FLOOR,
    NAMES,
    NODE,
    NODE_FLOOR,
    NODE_PINNED,
    PINNED,
    PINNED_SOURCES,
    POWERTOOLS,
    POWERTOOLS_PINNED,
    PYJWT_CLIENT,
    Kind,
)
from benchmarks.harness import Absent
from benchmarks.tokens import API, CLIENT, POOL_ID, Sample, SigningKey, user_pool


class Setting(NamedTuple):
    """What functions are made of."""

    sample: Sample
    """The tokens of most."""
    bound: Sample
    """Tokens bound to a resource, for Powertools, which knows no others."""
    served: Served
    """Where the keys of both are."""
    folder: Path


@contextlib.contextmanager
def setting(tokens: int) -> Generator[Setting]:
    """Make tokens, that many of each kind, and serve their keys as long as the block lasts."""
    key = SigningKey.generate("RS256")
    sample, bound = user_pool(key, tokens), user_pool(key, tokens, audience=API)
    with tempfile.TemporaryDirectory() as name, served(sample.jwks, Path(name)) as keys:
        yield Setting(sample, bound, keys, Path(name))


def every(made_of: Setting, names: Collection[str] = NAMES) -> tuple[list[Kind], list[str]]:
    """
    Make and prove the functions *names*, and say who is absent.

    Raises:
        ValueError: one refuses what is good.
    """
    makers = _Makers(made_of)
    ways: Mapping[tuple[str, ...], Callable[[], list[Kind]]] = {
        (FLOOR,): makers.empty,
        (PINNED, PINNED_SOURCES): makers.with_keys,
        (FETCHED, FETCHED_SOURCES): makers.without_keys,
        (BLUEPRINT, BLUEPRINT_COMPILED): makers.blueprint,
        (BLUEPRINT_PINNED, PYJWT_CLIENT): makers.pyjwt,
        (POWERTOOLS, POWERTOOLS_PINNED): makers.powertools,
        (NODE_FLOOR, NODE, NODE_PINNED): makers.javascript,
    }
    made: list[Kind] = []
    absent: list[str] = []
    for those, make in ways.items():
        if not set(those).isdisjoint(names):
            try:
                made += (kind for kind in make() if kind.name in names)
            except Absent as reason:
                absent.append(str(reason))
    for kind in made:
        kind.prove()
    return made, absent


class _Makers:
    """
    Each makes some functions.

    Raises:
        Absent: by any of them: what it needs is not here.
    """

    def __init__(self, made_of: Setting) -> None:
        self._sample, self._bound, self._keys, self._folder = made_of
        file = self._folder / "jwks.json"
        file.write_text(json.dumps(self._sample.jwks))
        self._base = {
            "PATH": os.defpath,
            "HOME": str(self._folder),
            "ISSUER": self._sample.issuer,
            "CLIENT": CLIENT,
            "POOL_ID": POOL_ID,
        }
        self._fetches = {**self._base, "JWKS_URL": self._keys.url}
        self._pinned = {**self._base, "JWKS_FILE": str(file)}
        self._runtime = bundles.runtime(self._folder / "runtime")

    def empty(self) -> list[Kind]:
        bundle = bundles.installed(self._folder / "empty", "empty.py", [])
        return [self._python(FLOOR, "empty.handler", bundle, self._base, "")]

    def with_keys(self) -> list[Kind]:
        return self._ours(bundles.packaged(self._folder / "pinned", self._sample.jwks), PINNED, PINNED_SOURCES)

    def without_keys(self) -> list[Kind]:
        return self._ours(bundles.packaged(self._folder / "fetched", self._keys.url), FETCHED, FETCHED_SOURCES)

    def _ours(self, bundle: Bundle, name: str, without: str) -> list[Kind]:
        sources = bundle.stripped(bundle.folder.with_name(f"{bundle.folder.name}-sources"))
        env = {**self._base, **bundles.ENVIRONMENT, "COGAUTH_CONFIG": "cogauth.json", "COGAUTH_CACHE_TTL": "300"}
        note, handler = "cogauth package lambda; rules for five routes", "cogauth_lambda.handler.handler"
        return [self._python(each, handler, made, env, note) for each, made in ((name, bundle), (without, sources))]

    def blueprint(self) -> list[Kind]:
        bundle = bundles.installed(self._folder / "blueprint", "pyjwt_requests.py", ["pyjwt[crypto]", "requests"])
        ready = bundle.compiled(self._folder / "blueprint-compiled")
        return [
            self._python(name, "pyjwt_requests.handler", made, self._fetches, self._by_hand)
            for name, made in ((BLUEPRINT, bundle), (BLUEPRINT_COMPILED, ready))
        ]

    def pyjwt(self) -> list[Kind]:
        made: list[Kind] = []
        ways = ((BLUEPRINT_PINNED, "pyjwt_requests", self._pinned), (PYJWT_CLIENT, "pyjwt_client", self._fetches))
        for name, app, env in ways:
            bundle = bundles.installed(self._folder / app, f"{app}.py", ["pyjwt[crypto]"])
            made.append(self._python(name, f"{app}.handler", bundle, env, self._by_hand))
        return made

    @property
    def _by_hand(self) -> str:
        return f"{version('pyjwt')}; token_use and client_id by hand"

    def powertools(self) -> list[Kind]:
        bundle = bundles.installed(self._folder / "powertools", "powertools.py", ["aws-lambda-powertools[jwt]"])
        note = f"{version('aws-lambda-powertools')}; a token with aud, without which it refuses"
        audience = {"AUDIENCE": API}
        return [
            self._python(name, "powertools.handler", bundle, {**env, **audience}, note, self._bound)
            for name, env in ((POWERTOOLS, self._fetches), (POWERTOOLS_PINNED, self._pinned))
        ]

    def javascript(self) -> list[Kind]:
        program = shutil.which("node")
        if program is None:
            raise Absent("aws-jwt-verify: there is no Node.js")
        command = [program, "node_runtime.mjs"]
        plain = bundles.node(self._folder / "node-empty", "empty.mjs", [])
        bundle = bundles.node(self._folder / "node", "aws_jwt_verify.mjs", ["aws-jwt-verify"])
        handler = {"_HANDLER": "aws_jwt_verify.mjs"}
        fetches = {**self._fetches, **handler, "NODE_EXTRA_CA_CERTS": str(self._keys.authority)}
        about = json.loads((bundle.folder / "node_modules" / "aws-jwt-verify" / "package.json").read_text())
        note = f"{about['version']}; a runtime client of node:http"
        return [
            Kind(NODE_FLOOR, command, plain, {**self._base, "_HANDLER": "empty.mjs"}, self._sample, looks=False),
            Kind(NODE, command, bundle, fetches, self._sample, note),
            Kind(NODE_PINNED, command, bundle, {**self._pinned, **handler}, self._sample, note),
        ]

    def _python(
        self, name: str, handler: str, bundle: Bundle, env: Mapping[str, str], note: str, sample: Sample | None = None
    ) -> Kind:
        """Have the interpreter that environments are made from run it, without `site`: nothing of this one is found."""
        for authorities in bundle.folder.glob("certifi/cacert.pem"):
            authorities.write_bytes(self._keys.authorities.read_bytes())
        interpreter: str = getattr(sys, "_base_executable", sys.executable)
        also = {
            "PYTHONPATH": os.pathsep.join((str(bundle.folder), str(self._runtime))),
            "PYTHONDONTWRITEBYTECODE": "1",  # Lambda's folder cannot be written to
            "SSL_CERT_FILE": str(self._keys.authorities),
        }
        command = [interpreter, "-S", "-m", "awslambdaric", handler]
        return Kind(name, command, bundle, {**env, **also}, sample or self._sample, note, looks=name != FLOOR)

"""Templates: the files of this folder, with what a package has of its own filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Final, NamedTuple

from cogauth_lambda.deploy.expression import BEARER_JWS

NAMES: Final = ("authorizer.yaml", "apis.yaml")

# A value at the end of a line that says what it is; the line is right as it stands, too.
_FILLED_IN: Final = re.compile(r"^(?P<before> *(?:- |[\w.-]+: ))(?P<value>.*) # package: (?P<name>\w+)$", re.MULTILINE)


class Settings(NamedTuple):
    """What templates say of a package and of the APIs that use it."""

    package: str
    """The path of the zip, from the folder of the templates."""
    architecture: str
    """`arm64` or `x86_64`."""
    runtime: str
    """Such as `python3.13`."""
    environment: Mapping[str, str]
    """The function's variables; no secrets, for a template is read by many."""
    cache_ttl: int = 300
    """Seconds for which gateways keep an answer."""
    simple: bool = False
    """Whether HTTP APIs are answered with a simple response."""
    challenge: str = "Bearer"
    """What a REST API says in `WWW-Authenticate` with 401 (RFC 6750 section 3)."""


def templates(settings: Settings) -> dict[str, str]:
    """Give the text of each template, by the name of its file."""
    # In a mapping of API Gateway a fixed value stands between single quotes, which a URL could hold.
    challenge = settings.challenge.replace("'", "%27")
    values: dict[str, object] = {
        "package": settings.package,
        "architecture": settings.architecture,
        "runtime": settings.runtime,
        "environment": dict(sorted(settings.environment.items())),
        "ttl": settings.cache_ttl,
        "simple": settings.simple,
        "challenge": f"'{challenge}'",
        "expression": BEARER_JWS,
    }
    folder = files("cogauth_lambda.deploy")
    return {name: _filled_in((folder / name).read_text("utf-8"), values) for name in NAMES}


def _filled_in(text: str, values: Mapping[str, object]) -> str:
    # JSON is YAML, and quotes what could be read as something else.
    return _FILLED_IN.sub(lambda found: f"{found['before']}{json.dumps(values[found['name']])}", text)

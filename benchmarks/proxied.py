"""Configurations of proxies: those of docs/proxies, and what is left of them without cogauth."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import yaml

from benchmarks.tokens import POOL_ID, pool_url
from devtools.proxies import CONFIGURATIONS

BACKEND: Final = """\
events {}
http {
    server {
        listen 127.0.0.1:8080 reuseport;
        keepalive_requests 1000000;
        location / { return 200 "ok"; }
    }
}
"""
"""A service that costs next to nothing."""

_FILTERS: Final = "type.googleapis.com/envoy.extensions.filters.http"


def nginx(folder: Path, *, guarded: bool) -> Path:
    """Write nginx's; without cogauth if it is not *guarded*."""
    text = (CONFIGURATIONS / "nginx.conf").read_text()
    if not guarded:
        text = re.sub(r"^ *(?:auth_request|proxy_set_header X-Auth-\S+) .*;\n", "", text, flags=re.MULTILINE)
    file = folder / "nginx.conf"
    file.write_text(text)
    return file


def envoy(folder: Path, kind: str, jwks: str) -> Path:
    """Write Envoy's: with `ext_authz`, with `jwt_authn`, which has the keys *jwks*, or with "nothing"."""
    document: dict[str, Any] = yaml.safe_load((CONFIGURATIONS / "envoy.yaml").read_text())
    (listener,) = document["static_resources"]["listeners"]
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    ext_authz, router = manager["http_filters"]
    filters = {"ext_authz": [ext_authz], "jwt_authn": [_jwt_authn(jwks)], "nothing": []}[kind]
    manager["http_filters"] = [*filters, router]
    if kind != "ext_authz":
        for route in manager["route_config"]["virtual_hosts"][0]["routes"]:
            route.pop("typed_per_filter_config", None)
    file = folder / "envoy.yaml"
    file.write_text(yaml.safe_dump(document))
    return file


def _jwt_authn(jwks: str) -> dict[str, Any]:
    provider = {"issuer": pool_url(POOL_ID), "local_jwks": {"inline_string": jwks}, "forward": True}
    return {
        "name": "envoy.filters.http.jwt_authn",
        "typed_config": {
            "@type": f"{_FILTERS}.jwt_authn.v3.JwtAuthentication",
            "providers": {"pool": provider},
            "rules": [{"match": {"prefix": "/"}, "requires": {"provider_name": "pool"}}],
        },
    }

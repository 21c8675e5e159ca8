"""The configuration of the demonstration: one pool, four roles, four routes."""

from __future__ import annotations

POOL = "eu-west-1_DemoPool1"

_TEXT = """\
version = 1

[[issuer]]
name = "staff"
user_pool = "%(pool)s"
clients = ["web", "jobs"]
acr_levels = ["password", "code", "passkey", "totp"]
jwks_uri = "%(jwks_uri)s"

[roles]
editor = { groups = ["editors"] }
admin  = { groups = ["admins"] }
strong = { acr_at_least = "passkey" }
batch  = { all = [{ machine = true }, { scopes = ["jobs/run"] }] }

[[route]]
match = ["GET /orders", "GET /orders/{id}"]
allow = "editor | admin"
[[route]]
match = "ANY /orders/{id}/admin/{rest*}"
allow = "admin & strong"
[[route]]
match = "POST /jobs/{name}"
allow = "batch"
[[route]]
match = "GET /healthz"
allow = "public"
"""


def demo_policy(jwks_uri: str) -> str:
    """Write the configuration, with the keys at *jwks_uri*."""
    return _TEXT % {"pool": POOL, "jwks_uri": jwks_uri}

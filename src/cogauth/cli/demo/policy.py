"""The configuration of the demonstration: one user pool, four roles, four routes, and an identity pool."""

from __future__ import annotations

from typing import Final

POOL: Final = "eu-west-1_DemoPool1"

_ROLES: Final = "arn:aws:iam::111122223333:role"
ADMIN: Final = f"{_ROLES}/Admin"
EDITOR: Final = f"{_ROLES}/Editor"
GUEST: Final = f"{_ROLES}/Guest"
RISK: Final = f"{_ROLES}/Risk"
SIGNED_IN: Final = f"{_ROLES}/SignedIn"
"""The IAM roles of the identity pool; those of groups are said by the tokens, the others by the configuration."""

_TEXT = """\
version = 1

[[issuer]]
name = "staff"
user_pool = "%(pool)s"
clients = ["web", "kiosk", "jobs"]
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

[[identity_pool_roles]]
identity_pool = "eu-west-1:5f0e3f1c-0000-4000-8000-5f0e3f1c0000"
authenticated = "%(signed_in)s"
unauthenticated = "%(guest)s"
[[identity_pool_roles.role_mapping]]
identity_provider = "cognito-idp.eu-west-1.amazonaws.com/%(pool)s:web"
type = "Token"
ambiguous_role_resolution = "Deny"
[[identity_pool_roles.role_mapping]]
identity_provider = "cognito-idp.eu-west-1.amazonaws.com/%(pool)s:kiosk"
type = "Rules"
ambiguous_role_resolution = "AuthenticatedRole"
[[identity_pool_roles.role_mapping.mapping_rule]]
claim = "custom:dept"
match_type = "Equals"
value = "risk"
role_arn = "%(risk)s"
"""


def demo_policy(jwks_uri: str) -> str:
    """Write the configuration, with the keys at *jwks_uri*."""
    return _TEXT % {"pool": POOL, "jwks_uri": jwks_uri, "guest": GUEST, "risk": RISK, "signed_in": SIGNED_IN}

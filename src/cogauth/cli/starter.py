"""The starter: a configuration to begin with, commented, that works as it is."""

from __future__ import annotations

import json

_HEAD = """\
# cogauth: whose tokens are accepted, and who may do what.
#
#   Authorizer.from_file("cogauth.toml")                               in Python
#   cogauth verify --method GET --path /orders/17 < token.txt          at a terminal
#
# What no route allows is refused.

version = 1


# ---- Whom to trust ---------------------------------------------------------------------------------------------------

[[issuer]]
user_pool = %(pool)s
clients = %(clients)s%(clients_note)s
token_use = "access"             # or "id", or "any". An API takes access tokens.
# name = "staff"                 # what rules and logs call it; without it, the pool id
# audience = "https://api.example.com"    # access tokens must be bound to this API (RFC 8707)


"""

_RULES = """\
# ---- Roles: rules with a name ----------------------------------------------------------------------------------------

[roles]
admin = { groups = ["admins"] }  # a list means any of them; names are compared exactly
# editor = { any = [{ groups = ["editors"] }, { role = "admin" }] }
# batch  = { all = [{ machine = true }, { scopes = ["jobs/run"] }] }
# legal  = { claim = "custom:dept", in = ["legal", "risk"] }
# strong = { all = [{ acr_at_least = "urn:cognito:loa:3" }, { signed_in_within = 900 }] }


# ---- Routes: who may use what. The most specific one decides, wherever it stands -------------------------------------

[[route]]
match = "GET /healthz"
allow = "public"                 # with or without a token

[[route]]
match = ["GET /", "GET /{path*}"]    # {x} is one segment, {x*} one or more
allow = "authenticated"          # any good token

[[route]]
match = ["ANY /", "ANY /{path*}"]
allow = "admin"                  # role names, with & | ! and brackets: "editor | admin & strong"
"""


def starter(pool: str, clients: tuple[str, ...], rules: str = _RULES) -> str:
    """Write the configuration for *pool* and *clients*, ids that are known to be well-formed, with *rules* below."""
    every = clients == ("any-client",)
    values = {
        "pool": json.dumps(pool),
        "clients": json.dumps("any-client" if every else list(clients)),
        "clients_note": "           # every app client of the pool, even ones made later" if every else "",
    }
    return _HEAD % values + rules

"""The real user pools of the proof, and every token in it, good and bad."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from devtools.ministack import Ministack, SignIn

PASSWORD = "Only-for-loopback-1"
USERS: Mapping[str, tuple[list[str], str]] = {  # name: groups, department
    "ana": (["editors", "readers"], "risk"),
    "ben": ([], "sales"),
    "old": (["editors", "retired"], "risk"),
}


@dataclass(frozen=True, slots=True)
class World:
    """A pool with its keys over HTTP, the clients that are welcome, and tokens by name."""

    pool_id: str
    clients: frozenset[str]
    jwks_uri: str
    other_jwks_uri: str
    tokens: Mapping[str, str] = field(repr=False)

    def token(self, name: str) -> str | None:
        """The token of that name; "nothing" is the name of none."""
        return None if name == "nothing" else self.tokens[name]

    def subject(self, name: str) -> str:
        """The ``sub`` that a good token states, to compare a verified principal with."""
        return str(claims(self.tokens[name])["sub"])


def build(cognito: Ministack) -> World:
    """Make the pools, sign everybody in, spoil some tokens, and wait until the short-lived ones are over."""
    pool = cognito.create_pool("staff", custom_attributes=["dept"])
    web = cognito.create_client(pool, "web")
    stranger = cognito.create_client(pool, "stranger")
    hasty = cognito.create_client(pool, "hasty", seconds=1)
    cognito.create_resource_server(pool, "jobs", ["run", "read"])
    robot = cognito.create_machine_client(pool, "robot", scopes=["jobs/run", "jobs/read"])
    watcher = cognito.create_machine_client(pool, "watcher", scopes=["jobs/read"])
    rogue = cognito.create_machine_client(pool, "rogue", scopes=["jobs/run"])
    for name, (groups, department) in USERS.items():
        cognito.add_user(pool, name, PASSWORD, groups=groups, attributes={"custom:dept": department})
    elsewhere = cognito.create_pool("elsewhere")
    cognito.add_user(elsewhere, "ana", PASSWORD, groups=["editors"])

    people = {
        "hasty": cognito.sign_in(hasty, "ana", PASSWORD),
        "ana": cognito.sign_in(web, "ana", PASSWORD),
        "ben": cognito.sign_in(web, "ben", PASSWORD),
        "old": cognito.sign_in(web, "old", PASSWORD),
        "stranger": cognito.sign_in(stranger, "ana", PASSWORD),
        "elsewhere": cognito.sign_in(cognito.create_client(elsewhere, "web"), "ana", PASSWORD),
    }
    machines = {"robot": robot, "watcher": watcher, "rogue": rogue}
    tokens = {
        **{f"{name} access": signed_in.access for name, signed_in in people.items()},
        **{f"{name} id": signed_in.id for name, signed_in in people.items()},
        **{name: cognito.machine_token(machine) for name, machine in machines.items()},
        "refresh": people["ana"].refresh,
        **_spoiled(people["ben"], people["ana"], people["elsewhere"]),
    }
    time.sleep(max(0.0, claims(people["hasty"].access)["exp"] + 1 - time.time()))
    return World(
        pool_id=pool,
        clients=frozenset({web, hasty, robot.client_id, watcher.client_id}),
        jwks_uri=cognito.jwks_uri(pool),
        other_jwks_uri=cognito.jwks_uri(elsewhere),
        tokens=tokens,
    )


def _spoiled(ben: SignIn, ana: SignIn, elsewhere: SignIn) -> dict[str, str]:
    header, body, signature = ben.access.split(".")
    id_header, id_body, id_signature = ben.id.split(".")
    kid = _read(header)["kid"]
    middle = len(signature) // 2  # the last character would not do: it holds spare bits
    changed = f"{signature[:middle]}{'B' if signature[middle] == 'A' else 'A'}{signature[middle + 1 :]}"
    encrypted = _write({"cty": "JWT", "enc": "A256GCM", "alg": "RSA-OAEP"})
    return {
        "ben promoted": f"{header}.{_write({**_read(body), 'cognito:groups': ['editors']})}.{signature}",
        "ben id promoted": f"{id_header}.{_write({**_read(id_body), 'custom:dept': 'risk'})}.{id_signature}",
        "signature changed": f"{header}.{body}.{changed}",
        "signature of ana": f"{header}.{body}.{ana.access.split('.')[2]}",
        "signature cut off": f"{header}.{body}.",
        "kid of the ID key": f"{id_header}.{body}.{signature}",
        "kid of another pool": f"{elsewhere.access.split('.')[0]}.{body}.{signature}",
        "alg none": f"{_write({'alg': 'none', 'kid': kid})}.{body}.{signature}",
        "alg HS256": f"{_write({'alg': 'HS256', 'kid': kid})}.{body}.{signature}",
        "padded": f"{ben.access}==",
        "not a token": "not-a-token",
        # Cognito encrypts its refresh tokens: five segments. The emulator's are a signed stub, see "refresh".
        "refresh as AWS makes it": f"{encrypted}.a2V5.aXZpdml2aXZpdml2.Y2lwaGVydGV4dA.dGFndGFndGFndGFndGFn",
    }


def claims(token: str) -> dict[str, Any]:
    """Read a token's claims without verification: only to know what to expect of a good one."""
    return _read(token.split(".")[1])


def _read(segment: str) -> dict[str, Any]:
    members: dict[str, Any] = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    return members


def _write(members: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(members, separators=(",", ":")).encode()).rstrip(b"=").decode()

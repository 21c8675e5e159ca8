"""The cast: who comes, and with which token."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping

from cogauth.cli.demo.policy import ADMIN, EDITOR, POOL
from cogauth.testing import LocalUserPool

_HOUR = 3_600


def demo_pool(clock: Callable[[], float]) -> LocalUserPool:
    """Make the pool that the demonstration trusts."""
    pool = LocalUserPool(POOL, clients={"web", "kiosk", "jobs", "shop"}, clock=clock)
    pool.add_group("admins", precedence=1, role=ADMIN)
    pool.add_group("editors", precedence=5, role=EDITOR)
    pool.add_user("ana", groups=["editors"], attributes={"custom:dept": "risk"})
    pool.add_user("bo")
    pool.add_user("eva", groups=["admins", "editors"])
    return pool


def cast(pool: LocalUserPool, clock: Callable[[], float]) -> Mapping[str, str | None]:
    """Give everybody's token, by what the demonstration calls them."""
    now = int(clock())
    ana = pool.sign_in("ana", client="web")
    bo = pool.sign_in("bo", client="web")
    foreign = LocalUserPool("eu-west-1_OtherPool", clients={"web"}, clock=clock)
    forger = LocalUserPool(POOL, clients={"web"}, clock=clock)
    long_ago = {"iat": now - 2 * _HOUR, "auth_time": now - 2 * _HOUR, "exp": now - _HOUR}
    by_passkey = {"acr": "passkey", "amr": ["swk"]}
    by_password = {"acr": "password", "amr": ["pwd"]}
    return {
        "no token": None,
        "ana": ana.access,
        "bo": bo.access,
        "eva, password": pool.mint(by_password, user="eva", client="web"),
        "eva, passkey": pool.mint(by_passkey, user="eva", client="web"),
        "job": pool.machine_token(client="jobs", scopes=["jobs/run"]),
        "job, no scope": pool.machine_token(client="jobs", scopes=["jobs/list"]),
        "ana's ID token": ana.id,
        "bo's ID token": bo.id,
        "eva's ID token": pool.sign_in("eva", client="web").id,
        "ana, kiosk": pool.sign_in("ana", client="kiosk").id,
        "bo, kiosk": pool.sign_in("bo", client="kiosk").id,
        "ana's refresh": ana.refresh,
        "ana's, expired": pool.mint(long_ago, user="ana", client="web"),
        "other client's": pool.sign_in("ana", client="shop").access,
        "other pool's": foreign.mint({}),
        "bo's, tampered": _with_groups(bo.access, ["editors"]),
        "a forger's": forger.mint({"cognito:groups": ["editors"]}),
    }


def _with_groups(token: str, groups: list[str]) -> str:
    """Write *groups* into the token's payload and leave the signature as it is."""
    header, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    forged = json.dumps({**claims, "cognito:groups": groups}, separators=(",", ":")).encode()
    return ".".join((header, base64.urlsafe_b64encode(forged).rstrip(b"=").decode(), signature))

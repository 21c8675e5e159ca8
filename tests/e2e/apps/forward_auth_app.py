"""Forward auth as the proxy named by BEHIND asks it, by the policy in POLICY or else that of all fronts."""

from __future__ import annotations

import json
import os

from cogauth import AsyncAuthorizer, AsyncVerifier, Policy, UserPool
from cogauth_asgi.forward_auth import forward_auth_app
from cogauth_asgi.protocol import ASGIApp
from tests.e2e.apps.guard import issuer, policy


def create() -> ASGIApp:
    issuers = [issuer()]
    if "KEYLESS_POOL_ID" in os.environ:
        where = "http://127.0.0.1:1/jwks.json"
        issuers.append(UserPool(os.environ["KEYLESS_POOL_ID"], clients={"c1"}, name="keyless", jwks_uri=where))
    text = os.environ.get("POLICY")
    rules = policy() if text is None else Policy.from_dict(json.loads(text))
    return forward_auth_app(AsyncAuthorizer(AsyncVerifier(*issuers), rules), os.environ["BEHIND"])

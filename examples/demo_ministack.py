"""
Decide about tokens of a Cognito user pool that an emulator runs, with the keys fetched from it over HTTP.

`make demo` installs the emulator and runs this. Nothing leaves this machine, and no token is printed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from cogauth import Authorizer, Policy, UserPool, Verifier
from cogauth.transport import fetch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # devtools is beside this folder, and not installed

from devtools.ministack import Ministack, MinistackMissingError

PASSWORD = "Only-for-loopback-1"

POLICY = {
    "version": 1,
    "roles": {"editor": {"groups": ["editors"]}, "runner": {"all": [{"machine": True}, {"scopes": ["jobs/run"]}]}},
    "route": [
        {"match": "GET /articles/{id}", "allow": "authenticated"},
        {"match": "PUT /articles/{id}", "allow": "editor"},
        {"match": "POST /jobs", "allow": "runner"},
    ],
}

REQUESTS = ("GET /articles/7", "PUT /articles/7", "POST /jobs")
EXPECTED = {
    "ana, an editor": (200, 200, 403),
    "ben, in no group": (200, 403, 403),
    "a machine": (200, 403, 200),
    "ben, token changed": (401, 401, 401),
    "ana, ID token": (401, 401, 401),
    "ana of another pool": (401, 401, 401),
    "nobody": (401, 401, 401),
}


def main() -> int:
    """Run it: 0 when every decision is as expected, 1 when one is not, 2 without the emulator."""
    try:
        emulator = Ministack()
    except MinistackMissingError as missing:
        print(missing, file=sys.stderr)
        return 2
    with emulator as cognito:
        return show(cognito)


def show(cognito: Ministack) -> int:
    """Fill the emulator, decide about every token and request, and print a line for each."""
    pool = cognito.create_pool("staff")
    web = cognito.create_client(pool, "web")
    cognito.create_resource_server(pool, "jobs", ["run"])
    machine = cognito.create_machine_client(pool, "nightly", scopes=["jobs/run"])
    cognito.add_user(pool, "ana", PASSWORD, groups=["editors"])
    cognito.add_user(pool, "ben", PASSWORD)
    elsewhere = cognito.create_pool("elsewhere")
    cognito.add_user(elsewhere, "ana", PASSWORD, groups=["editors"])

    ana, ben = cognito.sign_in(web, "ana", PASSWORD), cognito.sign_in(web, "ben", PASSWORD)
    tokens = {
        "ana, an editor": ana.access,
        "ben, in no group": ben.access,
        "a machine": cognito.machine_token(machine),
        # Ana's claims with Ben's signature: what it looks like to edit one's own token.
        "ben, token changed": f"{ana.access.rpartition('.')[0]}.{ben.access.rpartition('.')[2]}",
        "ana, ID token": ana.id,
        "ana of another pool": cognito.sign_in(cognito.create_client(elsewhere, "web"), "ana", PASSWORD).access,
        "nobody": None,
    }

    fetched: dict[str, bytes] = {}

    def noting(url: str) -> bytes:
        fetched[url] = fetch(url)
        return fetched[url]

    trusted = UserPool(pool, clients={web, machine.client_id}, jwks_uri=cognito.jwks_uri(pool))
    verifier = Verifier(trusted, fetch=noting)
    verifier.warm()
    for url, document in fetched.items():
        print(f"keys fetched from {url}: {', '.join(key['kid'][:8] for key in json.loads(document)['keys'])}")
    authorizer = Authorizer(verifier, Policy.from_dict(POLICY))

    surprises = 0
    print(f"\n{'who':<22}{'request':<18}{'answer':<8}{'status':<8}why")
    for who, token in tokens.items():
        for request, expected in zip(REQUESTS, EXPECTED[who], strict=True):
            decision = authorizer.authorize(token, *request.split(" "))
            why = "; ".join([str(decision.reason), *map(str, decision.unmet)])
            surprise = "" if decision.status == expected else f"  <- {expected} was expected"
            surprises += bool(surprise)
            print(f"{who:<22}{request:<18}{'yes' if decision.allowed else 'no':<8}{decision.status:<8}{why}{surprise}")
    print(f"\n{len(tokens) * len(REQUESTS) - surprises} decisions as expected, {surprises} not")
    return 1 if surprises else 0


if __name__ == "__main__":
    sys.exit(main())

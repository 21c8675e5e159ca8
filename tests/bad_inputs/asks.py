"""Bad HTTP requests, row by row, written once: told to both middlewares as a server would, and sent to real servers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pytest

from cogauth.testing import LocalUserPool

POLICY: Final[Mapping[str, Any]] = {
    "version": 1,
    "roles": {"editor": {"groups": ["editors"]}},
    "route": [
        {"match": ["GET /admin", "GET /admin/users", "GET /api/x"], "allow": "editor"},
        {"match": ["GET /public", "GET /café", "GET /größe"], "allow": "public"},
    ],
}


class People:
    """A pool with an editor, somebody who is none, and tokens that are no good."""

    def __init__(self) -> None:
        self.pool = LocalUserPool("eu-west-1_AbCdEf123", clients={"c1"})
        self.pool.add_user("ana", groups=["editors"])
        self.pool.add_user("bo")
        good = self.pool.sign_in("ana").access
        header, body, signature = good.split(".")
        elsewhere = LocalUserPool("eu-west-1_Elsewhere", clients={"c1"})
        elsewhere.add_user("ana", groups=["editors"])
        middle = len(signature) // 2
        changed = "B" if signature[middle] == "A" else "A"
        self.tokens: Mapping[str, str] = {
            "ana": good,
            "bo": self.pool.sign_in("bo").access,
            "expired": self.pool.mint({"exp": 1_000_000_000, "iat": 999_999_000}),
            "forged": f"{header}.{body}.{signature[:middle]}{changed}{signature[middle + 1 :]}",
            "elsewhere": elsewhere.sign_in("ana").access,
            "quoted": self.pool.mint({"iss": 'https://evil.example/"\r\nX-Injected: 1', "username": '"\r\n'}),
            "rubbish": "rubbish",
            "cut": f"{header}.{body}",
            "empty": "..",
        }

    def filled(self, text: str) -> str:
        """Put tokens where *text* has their names in angle brackets."""
        for name, token in self.tokens.items():
            text = text.replace(f"<{name}>", token)
        return text


@dataclass(frozen=True, slots=True)
class Ask:
    """
    A request, and which answers it may have.

    ``wire`` are further answers on the wire, where the server may have something to say before any application; a
    connection that is closed without an answer is 0. ``malformed`` is what no server would hand to an application.
    """

    row: str
    variant: str
    status: int
    target: str = "/admin"
    headers: Sequence[tuple[str, str]] = ()
    method: str = "GET"
    body: bytes = b""
    wire: frozenset[int] = frozenset()
    malformed: bool = False


T0: Final = ("Authorization", "Bearer <ana>")
SERVERS_OWN: Final = frozenset({0, 400, 404, 405, 501})
TOO_LARGE: Final = frozenset({0, 400, 413, 431, 494})


def credentials(row: str, variant: str, *values: str, name: str = "Authorization") -> Ask:
    return Ask(row, variant, 400, headers=[(name, value) for value in values])


def ignored(row: str, name: str, value: str = "Bearer <ana>", **more: Any) -> Ask:
    return Ask(row, name, 401, headers=[(name, value)], **more)


CREDENTIALS: Final = (
    *(Ask("H-000", scheme, 200, headers=[("Authorization", f"{scheme} <ana>")]) for scheme in ("Bearer", "bearer")),
    Ask("H-000", "BEARER", 200, headers=[("Authorization", "BEARER <ana>")]),
    credentials("H-012", "the same twice", "Bearer <ana>", "Bearer <ana>"),
    credentials("H-012", "two good ones", "Bearer <ana>", "Bearer <bo>"),
    credentials("H-012", "the good one first", "Bearer <ana>", "Bearer <forged>"),
    credentials("H-012", "the good one last", "Bearer <forged>", "Bearer <ana>"),
    credentials("H-012", "an empty one first", "", "Bearer <ana>"),
    credentials("H-012", "another scheme first", "Basic dTpw", "Bearer <ana>"),
    credentials("H-012", "another scheme last", "Bearer <ana>", "Basic dTpw"),
    credentials("H-012", "joined", "Bearer <ana>,Bearer <ana>"),
    credentials("H-012", "joined with a space", "Bearer <ana>, Bearer <bo>"),
    Ask("H-013", "two cases", 400, headers=[("AUTHORIZATION", "Bearer <ana>"), ("authorization", "Bearer <ana>")]),
    Ask("H-014", "space before the colon", 401, headers=[("Authorization ", "Bearer <ana>")], malformed=True),
    Ask("H-015", "folded", 200, headers=[("Authorization", "Bearer\r\n <ana>")], malformed=True, wire=frozenset({401})),
    Ask("H-017", "in the query", 401, "/admin?access_token=<ana>"),
    Ask("H-017", "in the query, as a header", 401, "/admin?Authorization=Bearer%20<ana>"),
    Ask(
        "H-017",
        "in a form",
        401,
        method="POST",
        headers=[("Content-Type", "application/x-www-form-urlencoded")],
        body=b"access_token=<ana>",
    ),
    ignored("H-017", "Cookie", "access_token=<ana>; Authorization=<ana>"),
    ignored("H-017", "X-Access-Token", "<ana>"),
    *(
        Ask("H-019", f"{size} bytes", 401, headers=[("Authorization", "Bearer " + "A" * size)], wire=TOO_LARGE)
        for size in (9_000, 70_000)
    ),
    *(
        ignored("H-020", name)
        for name in ("X-Forwarded-Authorization", "X-Original-Authorization", "Proxy-Authorization")
    ),
)

SPOOFED: Final = (
    *(ignored("H-030", f"x-amzn-oidc-{name}", "<ana>") for name in ("data", "identity", "accesstoken")),
    *(
        ignored("H-034", name, "ana")
        for name in (
            *("X-Forwarded-User", "X-Auth-Request-User", "X-User-Id", "Remote-User", "X-Cognito-Username"),
            *("X-Amzn-Trace-Id", "Cogauth.Decision", "Cogauth-Decision", "cogauth_decision"),
        )
    ),
    Ask("H-034", "where nobody need be known", 200, "/public", [("X-Forwarded-User", "ana"), ("Remote-User", "ana")]),
    Ask("H-036", "hop by hop", 401, headers=[("Connection", "close, Authorization")]),
    Ask("H-036", "the token itself", 200, headers=[("Connection", "close, Authorization"), T0]),
    Ask("H-036", "a name for the caller", 401, headers=[("Connection", "close, X-Auth-Subject")]),
    *(
        ignored("H-037", name, "/public")
        for name in ("X-Forwarded-Uri", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix", "X-Forwarded-Path")
    ),
    ignored("H-037", "X-HTTP-Method-Override", "GET", method="DELETE"),
    *(
        Ask("H-038", f"Host: {host}", 401, headers=[("Host", host)], wire=SERVERS_OWN)
        for host in ("h/public?", "h#x", "u:p@h", "/public")
    ),
    Ask("H-038", "two", 401, headers=[("Host", "h"), ("Host", "h")], wire=SERVERS_OWN),
)


def at(row: str, target: str, status: int, *, token: bool = True, wire: frozenset[int] = frozenset()) -> Ask:
    variant = target if token else f"{target} without a token"
    return Ask(row, variant, status, target, [T0] if token else [], wire=wire)


# waitress takes leading slashes for one, and its application is at /admin then.
LEADING: Final = frozenset({401})

PATHS: Final = (
    *(at("H-040", target, 400, token=False, wire=LEADING) for target in ("//admin", "///admin")),
    at("H-040", "/admin//", 400),
    at("H-040", "/public//", 400, token=False),
    *(
        at("H-041", target, 400)
        for target in (
            *("/public/../admin", "/public/./../admin", "/public/%2e%2e/admin", "/public/%2E./admin"),
            *("/public/..", "/public/.", "/../admin", "/public%5c..%5cadmin"),
        )
    ),
    *(at("H-042", target, 400) for target in ("/admin%2Fusers", "/admin%2fusers", "/api%5cx", "/public%00", "/%252e")),
    at("H-044", "/%61dmin", 200),
    at("H-044", "/%61dmin", 401, token=False),
    *(
        at("H-044", target, 403)
        for target in ("/ADMIN", "/Admin", "/admin%20", "/admin.", "/adm%C4%B1n", "/ad%E1%BA%9Emin", "/admin;x=/public")
    ),
    at("H-046", "/admin/", 200),
    at("H-046", "/admin/?", 200),
    at("H-046", "/admin/", 401, token=False),
    at("H-046", "/admin%2F", 400),
    at("H-046", "/administrator", 403),
    at("H-050", "/publicity", 401, token=False),
    at("H-050", "/public/../admin", 400, token=False),
    at("H-051", "/caf%C3%A9", 200, token=False),
    at("H-051", "/cafe%CC%81", 401, token=False),
    at("H-092", "/gr%C3%B6%C3%9Fe", 200, token=False),
    at("H-092", "/gr%F6%DFe", 400, token=False),
)

METHODS: Final = (
    Ask("H-060", "without a token", 401, method="HEAD"),
    Ask("H-060", "not in the group", 403, headers=[("Authorization", "Bearer <bo>")], method="HEAD"),
    Ask("H-060", "in the group", 200, headers=[T0], method="HEAD"),
    Ask("H-061", "bare", 401, method="OPTIONS"),
    Ask("H-061", "without the method", 401, headers=[("Origin", "https://shop.example")], method="OPTIONS"),
    Ask(
        "H-061",
        "a preflight that nobody allows",
        401,
        headers=[("Origin", "https://shop.example"), ("Access-Control-Request-Method", "GET")],
        method="OPTIONS",
    ),
    *(
        Ask("H-062", method, 401, "/public", method=method, wire=SERVERS_OWN)
        for method in ("FOO", "PROPFIND", "TRACE", "CONNECT", "GETT")
    ),
    Ask("H-062", "GET and NUL", 401, method="GET\0", wire=SERVERS_OWN),
    # hypercorn and granian may write it in capitals, which is what the application sees then.
    Ask("H-062", "get", 401, method="get", wire=SERVERS_OWN),
    Ask("H-093", "a body that nobody reads", 401, method="POST", body=b"x" * 100_000),
)

BAD_TOKENS: Final = ("expired", "forged", "elsewhere", "quoted", "rubbish", "cut", "empty")
RESPONSES: Final = (
    *(
        Ask(row, name, 401, headers=[("Authorization", f"Bearer <{name}>")])
        for row, names in {"H-100": BAD_TOKENS, "H-101": ("expired", "forged"), "H-102": ("quoted",)}.items()
        for name in names
    ),
)

ASKS: Final = (*CREDENTIALS, *SPOOFED, *PATHS, *METHODS, *RESPONSES)

every_ask = pytest.mark.parametrize("ask", [pytest.param(ask, id=f"{ask.row} {ask.variant}") for ask in ASKS])

REFUSED_TOKEN: Final = b'{"type":"about:blank","title":"Unauthorized","status":401,"reason":"invalid_token"}'


def check(ask: Ask, status: int, headers: Mapping[str, str], body: bytes, people: People) -> None:
    """Check what is the same for every refusal, and for every token that is refused."""
    said = f"{headers} {body!r}"
    assert not [
        part for token in people.tokens.values() for part in token.split(".") if len(part) > 16 and part in said
    ]
    assert "Injected" not in said
    if status != ask.status or status == 200:
        return
    assert "application/problem+json" == headers["content-type"]
    assert "no-store" == headers["cache-control"]
    assert body == b"" if ask.method == "HEAD" else status == json.loads(body)["status"]
    if ask in RESPONSES:
        assert ('Bearer error="invalid_token"', REFUSED_TOKEN) == (headers["www-authenticate"], body)
        assert str(len(body)) == headers["content-length"]

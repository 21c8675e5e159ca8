"""A stand-in for the sign-in pages of a user pool: the authorization code grant with PKCE, and no form to fill in."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import threading
from collections.abc import Callable, Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

CODE = "the-code"


class ManagedLogin:
    """
    Gives a code to whoever comes, and for that code, once, a token.

    Args:
        token: makes the access token, given the scopes that were asked for.
    """

    def __init__(self, token: Callable[[list[str]], str]) -> None:
        self._token = token
        self.asked: dict[str, str] = {}
        """What came to the authorize endpoint."""
        self.exchanged: dict[str, str] = {}
        """What came to the token endpoint."""

    def authorize(self, query: dict[str, str]) -> str:
        """Answer `/oauth2/authorize`: give the address to go back to."""
        self.asked = query
        return f"{query['redirect_uri']}?{urlencode({'code': CODE, 'state': query['state']})}"

    def exchange(self, form: dict[str, str]) -> dict[str, Any] | None:
        """Answer `/oauth2/token`; None if the code was not given to who comes with it (RFC 7636 section 4.6)."""
        self.exchanged = form
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        same = all(self.asked.get(name) == form.get(name) for name in ("client_id", "redirect_uri"))
        if form.get("code") != CODE or challenge != self.asked.get("code_challenge") or not same:
            return None
        token = self._token(self.asked["scope"].split())
        return {"access_token": token, "token_type": "Bearer", "expires_in": 3600}

    @contextlib.contextmanager
    def serve(self) -> Generator[str]:
        """Be on a free port of this machine while the block lasts; gives the domain."""
        login = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                assert url.path == "/oauth2/authorize"
                self._answer(302, {"Location": login.authorize(dict(parse_qsl(url.query)))})

            def do_POST(self) -> None:
                assert self.path == "/oauth2/token"
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                answer = login.exchange(dict(parse_qsl(body, keep_blank_values=True)))
                status, told = (200, answer) if answer else (400, {"error": "invalid_grant"})
                self._answer(status, {"Content-Type": "application/json"}, json.dumps(told).encode())

            def do_OPTIONS(self) -> None:
                self._answer(204, {"Access-Control-Allow-Headers": "*"})

            def _answer(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
                self.send_response(status)
                for name, value in {**headers, "Access-Control-Allow-Origin": "*"}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is http.server's
                """Say nothing: there are tokens in what is said."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.05,))
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}"
            finally:
                server.shutdown()
                thread.join()

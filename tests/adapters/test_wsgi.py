"""The WSGI middleware transcribes a decision."""

from __future__ import annotations

from typing import Any

import pytest

from cogauth import Authorizer, ConfigurationError, Verifier
from cogauth_wsgi import CogAuthMiddleware
from tests.adapters.conftest import Pool, broken


class App:
    """An application that notes the environs it was called with."""

    def __init__(self) -> None:
        self.environs: list[dict[str, Any]] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.environs.append(environ)
        start_response("200 OK", [])
        return [b"hello"]


def call(
    authorizer: Authorizer, method: str, path: str, token: str | None = None, **more: str
) -> tuple[int, dict[str, str], bytes, App]:
    """Send one request through the middleware, as a server that keeps to PEP 3333 would."""
    app, answer = App(), list[Any]()
    environ: dict[str, Any] = {"REQUEST_METHOD": method, "SCRIPT_NAME": "", **more}
    environ["PATH_INFO"] = path.encode().decode("latin-1")
    if token is not None:
        environ["HTTP_AUTHORIZATION"] = f"Bearer {token}"

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Any:
        answer.extend((status, headers))

    body = b"".join(CogAuthMiddleware(app, authorizer=authorizer)(environ, start_response))
    return int(answer[0].partition(" ")[0]), dict(answer[1]), body, app


@pytest.mark.parametrize(
    ("status", "method", "path", "who"),
    [
        pytest.param(200, "GET", "/orders/7", "bo", id="authenticated"),
        pytest.param(200, "PUT", "/orders/7", "ana", id="in the group"),
        pytest.param(200, "POST", "/jobs", "machine", id="machine with the scope"),
        pytest.param(200, "GET", "/healthz", None, id="public"),
        pytest.param(200, "GET", "", None, id="empty path is the root"),
        pytest.param(200, "GET", "/größe", None, id="path beyond ASCII"),
        pytest.param(401, "GET", "/orders/7", None, id="no token"),
        pytest.param(401, "GET", "/orders/7", "expired", id="expired"),
        pytest.param(403, "GET", "/nowhere", "ana", id="no route"),
        pytest.param(403, "PUT", "/orders/7", "bo", id="not in the group"),
        pytest.param(403, "GET", "/grösse", "ana", id="another spelling"),
        pytest.param(400, "GET", "/orders//7", "ana", id="two slashes"),
        pytest.param(400, "GET", "/orders/..", "ana", id="dot segments"),
    ],
)
def test_requests(pool: Pool, status: int, method: str, path: str, who: str | None) -> None:
    """A request reaches the application when the decision allows it, and never otherwise."""
    got, headers, body, app = call(pool.authorizer(), method, path, None if who is None else getattr(pool, who))

    assert status == got
    assert (status == 200) == (len(app.environs) == 1)
    assert status == 200 or str(len(body)) == headers["Content-Length"]


def test_environ(pool: Pool) -> None:
    """The application finds the decision; no header can put one there."""
    *_, app = call(pool.authorizer(), "GET", "/healthz", **{"cogauth.decision": "forged", "HTTP_COGAUTH_DECISION": "x"})

    assert "public" == app.environs[0]["cogauth.decision"].reason
    assert None is app.environs[0]["cogauth.decision"].principal


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("Bearer {0},Bearer {0}", id="joined as gunicorn does"),
        pytest.param("Bearer {0}, Bearer {0}", id="joined as waitress does"),
        pytest.param("Bearer", id="half a credential"),
        pytest.param("Bearer  {0}", id="two spaces"),
        pytest.param("Bearer {0} x", id="something after it"),
    ],
)
def test_credentials(pool: Pool, value: str) -> None:
    """More than one credential, or half of one, is a bad request."""
    status, headers, _, app = call(pool.authorizer(), "GET", "/orders/7", HTTP_AUTHORIZATION=value.format(pool.ana))

    assert (400, 'Bearer error="invalid_request"', []) == (status, headers["WWW-Authenticate"], app.environs)


@pytest.mark.parametrize(
    "name",
    ["HTTP_X_FORWARDED_AUTHORIZATION", "HTTP_PROXY_AUTHORIZATION", "HTTP_X_AMZN_OIDC_ACCESSTOKEN", "QUERY_STRING"],
)
def test_other_places(pool: Pool, name: str) -> None:
    """A token anywhere but in Authorization is no token."""
    status, *_ = call(pool.authorizer(), "GET", "/orders/7", **{name: f"Bearer {pool.ana}"})

    assert 401 == status


@pytest.mark.parametrize("header", ["X_FORWARDED_URI", "X_ORIGINAL_URL", "X_REWRITE_URL", "X_HTTP_METHOD_OVERRIDE"])
def test_spoofed_request(pool: Pool, header: str) -> None:
    """No header changes which path or method the rules see."""
    status, *_ = call(pool.authorizer(), "PUT", "/orders/7", pool.bo, **{f"HTTP_{header}": "/healthz"})

    assert 403 == status


def test_script_name(pool: Pool) -> None:
    """Rules see the whole path, the application's mount included."""
    assert 200 == call(pool.authorizer(), "GET", "/orders/7", pool.ana, SCRIPT_NAME="/prod")[0]
    assert 403 == call(pool.authorizer(), "GET", "/orders/7", pool.bo, SCRIPT_NAME="/prod")[0]


@pytest.mark.parametrize("name", ["RAW_URI", "REQUEST_URI"])
def test_encoded_slash(pool: Pool, name: str) -> None:
    """A slash hidden in a segment is refused where the server shows the path as it was sent; in a query it is none."""
    assert 400 == call(pool.authorizer(), "GET", "/orders/7", pool.ana, **{name: "/orders%2F7?x=1"})[0]
    assert 200 == call(pool.authorizer(), "GET", "/orders/7", pool.ana, **{name: "/orders/7?x=%2F"})[0]


def test_not_utf8(pool: Pool) -> None:
    """A path that is no text is refused."""
    answer: list[Any] = []
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/\xff", "HTTP_AUTHORIZATION": f"Bearer {pool.ana}"}

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Any:
        answer.append(status)

    CogAuthMiddleware(App(), authorizer=pool.authorizer())(environ, start_response)

    assert "400 Bad Request" == answer[0]


def test_head(pool: Pool) -> None:
    """A refused HEAD has the headers of the refusal and no body."""
    status, headers, body, _ = call(pool.authorizer(), "HEAD", "/orders/7")

    assert (401, "Bearer", b"") == (status, headers["WWW-Authenticate"], body)


def test_hook_that_fails(pool: Pool) -> None:
    """A hook with a bug makes a 500, and the application is not called."""
    status, _, _, app = call(pool.authorizer(is_revoked=broken), "GET", "/orders/7", pool.ana)

    assert (500, []) == (status, app.environs)


def test_keys_unavailable(pool: Pool) -> None:
    """Without keys the answer is 503, and says when to come back."""
    status, headers, *_ = call(Authorizer(Verifier(pool.keyless()), pool.policy), "GET", "/orders/7", pool.ana)

    assert (503, True) == (status, "Retry-After" in headers)


def test_awaited_authorizer(pool: Pool) -> None:
    """An authorizer that must be awaited is refused when the application is built."""
    awaited: Any = pool.async_authorizer()

    with pytest.raises(ConfigurationError, match="must be an Authorizer"):
        CogAuthMiddleware(App(), authorizer=awaited)

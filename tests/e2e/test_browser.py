"""FastAPI's docs page in a real browser: authorize, call what is protected, and read why it was refused."""

from __future__ import annotations

from collections.abc import Generator
from importlib.util import find_spec
from pathlib import Path

import pytest

from cogauth.testing import LocalUserPool
from devtools.chromium import ChromiumMissingError, Page, PageError, chromium
from devtools.servers import uvicorn
from tests.e2e.apps.guard import environment
from tests.e2e.managed_login import ManagedLogin

pytestmark = pytest.mark.e2e_slow

REPOSITORY = Path(__file__).resolve().parents[2]
CLIENT = "c1"
CHANGE = "#operations-default-change_orders__number__put"
RUN = "#operations-default-run_jobs_post"


@pytest.fixture(scope="module")
def pool() -> LocalUserPool:
    """A pool with an editor and somebody else."""
    pool = LocalUserPool("eu-west-1_AbCdEf123", clients={CLIENT})
    pool.add_user("ana", groups=["editors"])
    pool.add_user("bo")
    return pool


@pytest.fixture(scope="module")
def login(pool: LocalUserPool) -> ManagedLogin:
    """The pool's pages, where it is always ana who signs in."""
    return ManagedLogin(lambda scopes: pool.sign_in("ana", scopes=scopes).access)


@pytest.fixture(scope="module")
def site(pool: LocalUserPool, login: ManagedLogin) -> Generator[str]:
    """The app under uvicorn."""
    if find_spec("fastapi_offline") is None:
        pytest.skip("the docs page's script is not installed: pip install fastapi-offline")
    with pool.serve() as base, login.serve() as domain:
        env = environment(pool.pool_id, frozenset({CLIENT}), f"{base}/.well-known/jwks.json", "access")
        with uvicorn("tests.e2e.apps.docs_app:create", REPOSITORY, {**env, "DOMAIN": domain}) as url:
            yield url


@pytest.fixture(scope="module")
def browser() -> Generator[Page]:
    try:
        started = chromium()
        with started as page:
            yield page
    except ChromiumMissingError as missing:
        pytest.skip(str(missing))


@pytest.fixture
def page(browser: Page, site: str) -> Page:
    """The docs page as it is when it has just been opened: nobody is signed in."""
    browser.open(f"{site}/docs")
    browser.wait(f"!!document.querySelector('{RUN}') && !document.querySelector('.dialog-ux')")
    return browser


def paste(page: Page, token: str) -> None:
    """Authorize with a pasted token."""
    page.click(".auth-wrapper .authorize")
    page.type("#auth-bearer-value", token)
    page.click("form .modal-btn.authorize")
    page.click("form .btn-done")


def call(page: Page, operation: str, number: str | None = None) -> tuple[int, str]:
    """Try an operation out; gives the status and the answer that the page shows."""
    page.click(f"{operation} .opblock-summary-control")
    page.click(f"{operation} .try-out__btn")
    if number is not None:
        page.type(f"{operation} input[placeholder=number]", number)
    page.click(f"{operation} .execute")
    shown = f"document.querySelector('{operation} .live-responses-table .response')"
    status = page.wait(f"{shown} && {shown}.querySelector('.response-col_status').innerText")
    return int(str(status).split()[0]), str(page.run(f"{shown}.querySelector('.response-col_description').innerText"))


def test_pasted(page: Page, pool: LocalUserPool) -> None:
    """With the token of an editor the endpoint is reached, and the page shows what it answered."""
    paste(page, pool.sign_in("ana").access)

    status, shown = call(page, CHANGE, "7")

    assert 200 == status
    assert '"by": "ana"' in shown


@pytest.mark.parametrize(
    ("status", "reason", "user"),
    [
        pytest.param(403, "missing_group", "bo", id="another user"),
        pytest.param(401, "invalid_token", "expired", id="expired"),
        pytest.param(401, "missing_token", None, id="nobody"),
    ],
)
def test_refused(page: Page, pool: LocalUserPool, tmp_path: Path, status: int, reason: str, user: str | None) -> None:
    """Whoever may not is refused by the endpoint's rule or by the middleware, and reads why on the page."""
    if user == "expired":
        paste(page, pool.mint({"exp": 1_000_000_000, "iat": 999_999_000}))
    elif user is not None:
        paste(page, pool.sign_in(user).access)

    told, shown = call(page, CHANGE, "7")
    page.picture(tmp_path / "page.png")

    assert status == told
    assert f'"reason": "{reason}"' in shown
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")


def test_signed_in(page: Page, login: ManagedLogin, site: str) -> None:
    """Signing in at the pool gives a token with the scopes that were chosen: authorization code and PKCE."""
    page.click(".auth-wrapper .authorize")
    page.click("button[aria-label='Apply given OAuth2 credentials']")
    page.wait("!!document.querySelector('.auth-container .modal-btn.auth.button[aria-label=\"Remove authorization\"]')")
    page.click(".auth-container .btn-done")

    status, shown = call(page, RUN)

    assert 200 == status
    assert '"by": "ana"' in shown
    assert {"code", CLIENT, "S256"} <= {
        login.asked[name] for name in ("response_type", "client_id", "code_challenge_method")
    }
    assert f"{site}/docs/oauth2-redirect" == login.asked["redirect_uri"]
    assert {"openid", "jobs/run"} == set(login.asked["scope"].split())
    assert "authorization_code" == login.exchanged["grant_type"]
    assert not login.exchanged.get("client_secret"), "a public client has none"


def test_no_such_thing(page: Page) -> None:
    """A script that fails is told from one that gives nothing."""
    assert page.run("null") is None
    with pytest.raises(PageError, match="ReferenceError"):
        page.run("nothingOfThatName")

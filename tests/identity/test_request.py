"""The login of a request: its token is taken again, and only if it is the one that the principal was made of."""

from __future__ import annotations

from typing import Any

import pytest

from cogauth.identity import AccessTokenSent, LoginRefused, Logins
from cogauth.identity.request import logins_of
from tests.identity.aws import id_token
from tests.identity.cases import user, user_with_access_token
from tests.support.tokens import access_claims, token


@pytest.mark.parametrize(
    "headers",
    [
        [("Authorization", f"Bearer {id_token()}")],
        [(b"authorization", f"bearer {id_token()}".encode()), (b"x-other", b"y")],
    ],
)
def test_the_token_of_the_request_is_the_login(headers: Any) -> None:
    """Known to be the principal's, so that a later one is known to be the same user's."""
    login = logins_of(user(), headers)
    assert Logins.id_token(id_token(), user()).digest() == login.digest()
    assert Logins.id_token(id_token(), user()).person() == login.person()
    assert ("p.example",) == logins_of(user(), headers, provider="p.example").providers


@pytest.mark.parametrize(
    ("principal", "headers", "reason"),
    [
        pytest.param(None, [("Authorization", f"Bearer {id_token()}")], "login.nobody", id="nobody was let in"),
        pytest.param(user(), [], "login.no_token", id="no header"),
        pytest.param(user(), [("Authorization", "Basic YTpi")], "login.no_token", id="another scheme"),
        pytest.param(user(), [("Authorization", f"Bearer  {id_token()}")], "login.no_token", id="malformed"),
        pytest.param(user(), [("Authorization", f"Bearer {id_token()}")] * 2, "login.no_token", id="two"),
        pytest.param(user(), [("X-Authorization", f"Bearer {id_token()}")], "login.no_token", id="another header"),
        pytest.param(
            user({"sub": "b"}), [("Authorization", f"Bearer {id_token()}")], "login.other_principal", id="another's"
        ),
        pytest.param(
            user_with_access_token(),
            [("Authorization", f"Bearer {id_token()}")],
            "login.other_principal",
            id="a principal of an access token",
        ),
        pytest.param(user(), [("Authorization", "Bearer opaque")], "login.malformed_token", id="opaque"),
    ],
)
def test_any_other_request_has_none(principal: Any, headers: Any, reason: str) -> None:
    """And nobody becomes a guest for that."""
    with pytest.raises(LoginRefused) as caught:
        logins_of(principal, headers)
    assert reason == caught.value.reason


def test_an_access_token_is_refused_by_name() -> None:
    """Most APIs take access tokens, and those are worth nothing at an identity pool."""
    headers = [("Authorization", f"Bearer {token(access_claims())}")]
    with pytest.raises(AccessTokenSent):
        logins_of(user_with_access_token(), headers)

"""Sessions: the scopes they ask for, and tokens that do not show themselves."""

from __future__ import annotations

from typing import Any

import pytest

from cogauth import ConfigurationError
from cogauth.testing import LocalUserPool
from cogauth.testing.sessions import asked_scopes


def test_scopes_keep_their_order() -> None:
    """Repetitions are dropped; a scope may be a URL."""
    url = "https://api.example.com/orders/read"
    assert ("openid", url) == asked_scopes(["openid", url, "openid"])


@pytest.mark.parametrize("scopes", ["openid", [], [""], ["a b"], ["a", " b"], ["a\n"]])
def test_scopes_that_a_claim_could_not_carry_are_refused(scopes: Any) -> None:
    """None, empty ones, those with spaces, and a string whose letters would become scopes."""
    with pytest.raises(ConfigurationError, match="scope"):
        asked_scopes(scopes)


def test_tokens_do_not_show_themselves(pool: LocalUserPool) -> None:
    """A log line that holds `Tokens` holds no token."""
    tokens = pool.sign_in("ana")
    shown = repr(tokens) + str(tokens) + f"{tokens}"
    for token in (tokens.access, tokens.id, tokens.refresh):
        assert not any(part in shown for part in token.split("."))

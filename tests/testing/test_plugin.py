"""The plugin: what its fixtures give to somebody else's tests, and what it costs those who do not use it."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import cogauth.testing
from cogauth.testing import plugin

pytest_plugins = ["pytester"]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "testing.md"
FIXTURES = {
    "cogauth_async_verifier",
    "cogauth_clients",
    "cogauth_clock",
    "cogauth_issuer",
    "cogauth_keys",
    "cogauth_pool",
    "cogauth_pool_id",
    "cogauth_token",
    "cogauth_verifier",
}
IMPORTS = """
import asyncio
import pytest
from cogauth import Expired, NotYetValid, SignedInWithin, Authorizer, Group, UnknownIssuer, WrongUse
"""


def outcomes(pytester: pytest.Pytester, text: str, conftest: str = "") -> dict[str, int]:
    """Run *text* as a file of tests, with the plugin that is installed, and count what became of them."""
    pytester.makeconftest(conftest)
    pytester.makepyfile(IMPORTS + textwrap.dedent(text))
    # By the name of its entry point, and without the plugins of others, which take longer to load than all of this.
    return pytester.runpytest_inprocess("--disable-plugin-autoload", "-p", "cogauth").parseoutcomes()


def test_the_fixtures_fit_together(pytester: pytest.Pytester) -> None:
    """The verifiers trust the pool's tokens, and those of the maker, by the pool's clock."""
    assert {"passed": 4} == outcomes(
        pytester,
        """
        def test_maker(cogauth_verifier, cogauth_token):
            principal = cogauth_verifier.verify(cogauth_token(groups=["editors"], scopes=["orders/read"]))
            assert ({"editors"}, {"orders/read"}) == (principal.groups, principal.scopes)

        def test_pool(cogauth_pool, cogauth_verifier, cogauth_clock):
            cogauth_pool.add_user("ana", groups=["editors"])
            principal = cogauth_verifier.verify(cogauth_pool.sign_in("ana").access)
            assert ("ana", cogauth_clock.now) == (principal.username, principal.issued_at)

        def test_async(cogauth_token, cogauth_async_verifier):
            assert asyncio.run(cogauth_async_verifier.verify(cogauth_token())).groups == set()

        def test_use(cogauth_token, cogauth_verifier):
            with pytest.raises(WrongUse):
                cogauth_verifier.verify(cogauth_token(token_use="id"))
        """,
    )


def test_time_passes_when_the_test_says_so(pytester: pytest.Pytester) -> None:
    """For the pool, for both verifiers and for whatever goes by them; a token that was remembered expires, too."""
    assert {"passed": 3} == outcomes(
        pytester,
        """
        def test_expiry(cogauth_token, cogauth_verifier, cogauth_async_verifier, cogauth_clock):
            token = cogauth_token()
            for seconds in (0, 3599):
                cogauth_clock.advance(seconds)
                cogauth_verifier.verify(token)
                asyncio.run(cogauth_async_verifier.verify(token))
            cogauth_clock.advance(1)
            with pytest.raises(Expired):
                cogauth_verifier.verify(token)
            with pytest.raises(Expired):
                asyncio.run(cogauth_async_verifier.verify(token))
            assert cogauth_verifier.verify(cogauth_token())

        def test_age(cogauth_token, cogauth_verifier, cogauth_clock):
            authorizer = Authorizer(cogauth_verifier, SignedInWithin(300))
            token = cogauth_token()
            assert authorizer.authorize(token, "GET", "/").allowed
            cogauth_clock.advance(301)
            assert 401 == authorizer.authorize(token, "GET", "/").status

        def test_start(cogauth_token, cogauth_verifier, cogauth_clock):
            with pytest.raises(NotYetValid):
                cogauth_verifier.verify(cogauth_token(nbf=cogauth_clock.now + 1))
        """,
    )


def test_each_test_has_its_own_pool(pytester: pytest.Pytester) -> None:
    """Users, rotations and withdrawals end with it; the keys are made once for all."""
    assert {"passed": 3} == outcomes(
        pytester,
        """
        kids = []

        @pytest.mark.parametrize("run", range(3))
        def test_alone(cogauth_pool, run):
            cogauth_pool.add_user("ana")
            kids.append([key["kid"] for key in cogauth_pool.jwks["keys"]])
            cogauth_pool.rotate()
            cogauth_pool.withdraw_key("access")
            assert [kids[0]] * (run + 1) == kids and 2 == len(kids[0])
        """,
    )


def test_the_pool_can_be_another(pytester: pytest.Pytester) -> None:
    """Its id, its clients and what is trusted of it, by fixtures of the same names."""
    conftest = """
        import pytest
        from cogauth.testing import AppClient

        @pytest.fixture(scope="session")
        def cogauth_pool_id():
            return "us-east-1_Mine"

        @pytest.fixture
        def cogauth_clients():
            return {"web": AppClient(access_validity=300)}

        @pytest.fixture
        def cogauth_issuer(cogauth_pool):
            return cogauth_pool.issuer(name="staff", token_use="any")
    """
    assert {"passed": 1} == outcomes(
        pytester,
        """
        def test_mine(cogauth_pool, cogauth_verifier, cogauth_token):
            principal = cogauth_verifier.verify(cogauth_token(token_use="id"))
            assert ("us-east-1_Mine", "staff", "web") == (
                cogauth_pool.pool_id, principal.issuer_name, principal.client_id)
            access = cogauth_verifier.verify(cogauth_token())
            assert 300 == access.expires_at - access.issued_at
        """,
        conftest=conftest,
    )


def test_it_can_be_left_out(pytester: pytest.Pytester) -> None:
    """By its name; its fixtures are gone then."""
    pytester.makepyfile("def test_none(cogauth_pool): pass")
    result = pytester.runpytest_inprocess("-p", "no:cogauth", "-p", "no:hypothesispytest")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'cogauth_pool' not found*"])


def test_every_name_is_ours() -> None:
    """No fixture can be in the way of anybody's own, and each says what it is."""
    kind = type(plugin.cogauth_pool)
    found = {name for name, value in vars(plugin).items() if isinstance(value, kind)}
    assert FIXTURES == found
    assert all(getattr(plugin, name).__doc__ for name in found)


def test_it_is_cheap_for_those_who_do_not_use_it() -> None:
    """Importing the plugin imports no other module of `cogauth.testing`, nor what only these need."""
    code = "import sys, cogauth.testing.plugin; print(*sorted(sys.modules))"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    loaded = set(process.stdout.split())
    ours = {name for name in loaded if name.startswith("cogauth.testing")}
    assert {"cogauth.testing", "cogauth.testing.plugin"} == ours
    assert not loaded & {"cachetools", "httpx", "jwt"}


def test_the_package_has_the_names_it_promises() -> None:
    """Each is imported when it is asked for; no other name is there."""
    assert sorted(cogauth.testing.__all__) == cogauth.testing.__all__
    for name in cogauth.testing.__all__:
        assert inspect.isclass(getattr(cogauth.testing, name))
    absent = "LocalPool"
    with pytest.raises(AttributeError, match=absent):
        getattr(cogauth.testing, absent)


def test_the_page_about_testing_runs_as_tests(pytester: pytest.Pytester) -> None:
    """Every example of `docs/testing.md`, in one file and in its order, as a user would: nobody names the plugin."""
    text = PAGE.read_text("utf-8")
    (policy,) = re.findall(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    examples = "\n\n".join(re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    pytester.path.joinpath("cogauth.toml").write_text(policy, "utf-8")
    pytester.path.joinpath("test_page.py").write_text(examples, "utf-8")
    result = pytester.runpytest_subprocess("-W", "error", "-v")
    assert {"passed"} == result.parseoutcomes().keys()
    names = re.findall(r"^\s*def (test_\w+)", examples, re.MULTILINE)
    assert len(names) == len(set(names))
    result.stdout.fnmatch_lines_random([f"*::{name}*PASSED*" for name in names])

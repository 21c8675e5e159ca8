"""Reloading: the old file or the new one, never half of each, and the last good one when the new one is bad."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from cogauth import (
    AsyncAuthorizer,
    Authorizer,
    ConfigurationError,
    Decision,
    Group,
    Policy,
    Reason,
    Role,
    Rule,
    Verifier,
)
from cogauth.config import load
from cogauth.issuers import AnyIssuer, LoadBalancer
from cogauth.judging.rulebook import Rulebook
from tests.support.tokens import (
    CLIENT,
    NOW,
    OTHER_ISSUER,
    OTHER_POOL_ID,
    POOL_ID,
    access_claims,
    key_document,
    pinned,
    token,
)

OLD = f"""
version = 1
[[issuer]]
name = "staff"
user_pool = "{POOL_ID}"
clients = ["{CLIENT}"]
jwks = "old.json"
[roles]
editor = {{ groups = ["editors"] }}
[[route]]
match = "GET /orders"
allow = "editor"
[[route]]
match = "GET /old"
allow = "authenticated"
"""

# Another pool under the old name, other keys, and the old role for other groups: each half would let in somebody.
NEW = f"""
version = 1
[[issuer]]
name = "staff"
user_pool = "{OTHER_POOL_ID}"
clients = ["{CLIENT}"]
jwks = "new.json"
[roles]
editor = {{ groups = ["writers"] }}
[[route]]
match = "GET /orders"
allow = "editor"
[[route]]
match = "GET /new"
allow = "authenticated"
"""

OF_OLD = token(access_claims({"cognito:groups": ["editors"]}))
"""Right for the old file alone: by the new one its issuer is nobody."""
HALF_OLD = token(access_claims({"cognito:groups": ["writers"]}))
"""Of the old issuer, with the new groups: right for no file."""
OF_NEW = token(access_claims({"cognito:groups": ["writers"], "iss": OTHER_ISSUER}), kid="k2")
HALF_NEW = token(access_claims({"cognito:groups": ["editors"], "iss": OTHER_ISSUER}), kid="k2")


class Front(Protocol):
    """An authorizer of either kind whose answers are waited for."""

    @property
    def authorizer(self) -> Authorizer | AsyncAuthorizer: ...

    def reload(self) -> None: ...
    def authorize(self, bearer: str | None, path: str) -> Decision: ...
    def decide(self, bearer: str | None, rule: Rule) -> Decision: ...
    def guarding(self, rule: Rule) -> Front: ...


class Now:
    """The blocking one."""

    def __init__(self, authorizer: Authorizer) -> None:
        self.authorizer = authorizer

    def reload(self) -> None:
        self.authorizer.reload()

    def authorize(self, bearer: str | None, path: str) -> Decision:
        return self.authorizer.authorize(bearer, "GET", path)

    def decide(self, bearer: str | None, rule: Rule) -> Decision:
        return self.authorizer.decide(bearer, rule)

    def guarding(self, rule: Rule) -> Front:
        return Now(self.authorizer.guarding(rule))


class Later:
    """The one that is awaited."""

    def __init__(self, authorizer: AsyncAuthorizer) -> None:
        self.authorizer = authorizer

    def reload(self) -> None:
        asyncio.run(self.authorizer.reload())

    def authorize(self, bearer: str | None, path: str) -> Decision:
        return asyncio.run(self.authorizer.authorize(bearer, "GET", path))

    def decide(self, bearer: str | None, rule: Rule) -> Decision:
        return asyncio.run(self.authorizer.decide(bearer, rule))

    def guarding(self, rule: Rule) -> Front:
        return Later(self.authorizer.guarding(rule))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file, as it is at first."""
    (tmp_path / "old.json").write_bytes(key_document("k1"))
    (tmp_path / "new.json").write_bytes(key_document("k2"))
    path = tmp_path / "cogauth.toml"
    path.write_text(OLD, "utf-8")
    return path


@pytest.fixture(params=["Authorizer", "AsyncAuthorizer"])
def front(request: pytest.FixtureRequest, file: Path) -> Front:
    """An authorizer of the file."""
    if request.param == "Authorizer":
        return Now(Authorizer.from_file(file, clock=lambda: NOW))
    return Later(AsyncAuthorizer.from_file(file, clock=lambda: NOW))


def reasons(front: Front, path: str = "/orders") -> list[str]:
    """What is said to the four tokens."""
    return [front.authorize(bearer, path).reason.value for bearer in (OF_OLD, HALF_OLD, OF_NEW, HALF_NEW)]


BY_OLD = ["allowed", "missing_group", "unknown_issuer", "unknown_issuer"]
BY_NEW = ["unknown_issuer", "unknown_issuer", "allowed", "missing_group"]

# -- One after the other -----------------------------------------------------------------------------------------------


def test_the_file_is_read_again(front: Front, file: Path) -> None:
    """Issuers, keys, roles and routes are those of the new file, and the fingerprint tells."""
    before = front.authorizer.policy
    assert BY_OLD == reasons(front)
    assert BY_OLD == reasons(front)
    file.write_text(NEW, "utf-8")
    assert BY_OLD == reasons(front)
    front.reload()
    assert BY_NEW == reasons(front)
    assert BY_NEW == reasons(front)
    assert Reason.NO_ROUTE is front.authorize(OF_NEW, "/old").reason
    assert front.authorize(OF_NEW, "/new").allowed
    assert Policy.from_file(file).fingerprint == front.authorizer.policy.fingerprint != before.fingerprint


def test_a_verdict_of_the_old_policy_is_no_answer_of_the_new(front: Front, file: Path) -> None:
    """Not even where issuer, route and token stay as they were."""
    assert front.authorize(OF_OLD, "/orders").allowed
    file.write_text(OLD.replace('["editors"]', '["admins"]'), "utf-8")
    front.reload()
    assert Reason.MISSING_GROUP is front.authorize(OF_OLD, "/orders").reason
    file.write_text(OLD, "utf-8")
    front.reload()
    assert front.authorize(OF_OLD, "/orders").allowed


def test_the_same_file_changes_nothing(front: Front) -> None:
    """Its fingerprint, too, is the same."""
    before = front.authorizer.policy.fingerprint
    front.reload()
    assert BY_OLD == reasons(front)
    assert before == front.authorizer.policy.fingerprint


def test_keys_in_a_file_are_read_again(front: Front, file: Path) -> None:
    """A key that is gone from it vouches for nothing any more, remembered tokens included."""
    assert front.authorize(OF_OLD, "/orders").allowed
    (file.parent / "old.json").write_bytes(key_document("k2"))
    assert front.authorize(OF_OLD, "/orders").allowed
    front.reload()
    assert Reason.UNKNOWN_KEY is front.authorize(OF_OLD, "/orders").reason


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("version = ", id="no TOML"),
        pytest.param(NEW.replace("[[issuer]]", "[[issuers]]"), id="no issuer"),
        pytest.param(NEW.replace("new.json", "missing.json"), id="no keys"),
        pytest.param(NEW.replace('allow = "editor"', 'allow = "nobody"'), id="an unknown role"),
        pytest.param(NEW.replace(OTHER_POOL_ID, "pool"), id="no pool"),
        pytest.param(NEW + f'[[issuer]]\nuser_pool = "{POOL_ID}"\nclients = ["c"]\n', id="whose groups?"),
        pytest.param(
            NEW
            + f'[[issuer]]\nname = "twin"\nuser_pool = "{OTHER_POOL_ID}"\nclients = ["{CLIENT}"]\njwks = "new.json"\n',
            id="a pool twice",
        ),
        pytest.param(None, id="gone"),
    ],
)
def test_a_bad_file_leaves_the_last_good_one(front: Front, file: Path, text: str | None) -> None:
    """As a whole, and the file can be mended and read again."""
    before = front.authorizer.policy
    if text is None:
        file.unlink()
    else:
        file.write_text(text, "utf-8")
    for _ in range(2):
        with pytest.raises(ConfigurationError):
            front.reload()
        assert BY_OLD == reasons(front)
        assert before is front.authorizer.policy
    file.write_text(NEW, "utf-8")
    front.reload()
    assert BY_NEW == reasons(front)


def test_only_what_was_made_of_a_file_is_read_again() -> None:
    """Whoever made the policy knows where it came from."""
    authorizer = Authorizer(Verifier(pinned(), clock=lambda: NOW), Group("editors"))
    with pytest.raises(ConfigurationError, match="reload: only an authorizer that from_file has made"):
        authorizer.reload()
    assert authorizer.authorize(OF_OLD, "GET", "/").allowed


# -- Rules in the code -------------------------------------------------------------------------------------------------


def test_authorizers_for_one_rule_follow(front: Front, file: Path) -> None:
    """By the roles of the new file, whichever of them is reloaded; also one that was made of one."""
    one = front.guarding(Role("editor"))
    deeper = one.guarding(Role("editor") & Group("editors", "writers"))
    for each in (one, deeper):
        assert BY_OLD == reasons(each, "/anything")
    file.write_text(NEW, "utf-8")
    front.reload()
    for each in (one, deeper):
        assert BY_NEW == reasons(each, "/anything")
    file.write_text(OLD, "utf-8")
    one.reload()
    for each in (one, deeper):
        assert BY_OLD == reasons(each, "/anything")
    assert BY_OLD == reasons(front)


def test_an_authorizer_for_one_rule_that_is_made_later(front: Front, file: Path) -> None:
    """Goes by what is in force then."""
    file.write_text(NEW, "utf-8")
    front.reload()
    assert BY_NEW == reasons(front.guarding(Role("editor")), "/anything")


def test_a_role_that_the_code_needs_must_stay(front: Front, file: Path) -> None:
    """While somebody has the authorizer that needs it; the message says that it is the code that does."""
    one = front.guarding(Role("editor"))
    file.write_text(OLD.replace("editor", "author"), "utf-8")
    with pytest.raises(ConfigurationError, match="a rule in the code: role 'editor': there is none; there are author"):
        front.reload()
    for each in (front, one):
        assert BY_OLD == reasons(each)


def test_a_rule_of_library_code_goes_by_the_new_roles(front: Front, file: Path) -> None:
    """As soon as they are in force."""
    rule = Role("editor")
    assert front.decide(OF_OLD, rule).allowed
    file.write_text(NEW, "utf-8")
    front.reload()
    assert Reason.UNKNOWN_ISSUER is front.decide(OF_OLD, rule).reason
    assert front.decide(OF_NEW, rule).allowed
    assert Reason.MISSING_GROUP is front.decide(HALF_NEW, rule).reason


@pytest.mark.parametrize("bearer", [OF_OLD, None, "x"], ids=["a good token", "no token", "no good token"])
def test_a_rule_of_library_code_whose_role_is_gone(front: Front, file: Path, bearer: str | None) -> None:
    """Is an internal error: it was right when the code was written. One that never was right is a mistake as ever."""
    file.write_text(OLD.replace("editor", "author"), "utf-8")
    front.reload()
    decision = front.decide(bearer, Role("editor"))
    assert (False, 500, Reason.INTERNAL_ERROR) == (decision.allowed, decision.status, decision.reason)
    assert isinstance(decision.error, ConfigurationError)
    with pytest.raises(ConfigurationError, match="role 'nobody'"):
        front.decide(bearer, Role("nobody"))
    wrong: Any = "editor"
    with pytest.raises(ConfigurationError, match="a rule is needed"):
        front.decide(bearer, wrong)


def test_issuers_that_others_replace_are_noticed(file: Path) -> None:
    """A verifier may be given other issuers by its owner, too; a reload brings back those of the file."""
    authorizer = Authorizer.from_file(file, clock=lambda: NOW)
    one = authorizer.guarding(Role("editor"))
    inside: Any = authorizer
    verifier: Verifier = inside._verifier
    verifier.replace_issuers(pinned(name="others"))
    for each in (authorizer, one):
        assert each.authorize(OF_OLD, "GET", "/orders").allowed
    assert "others" == verifier.verify(OF_OLD).issuer_name
    authorizer.reload()
    assert "staff" == verifier.verify(OF_OLD).issuer_name
    for each in (authorizer, one):
        assert each.authorize(OF_OLD, "GET", "/orders").allowed


# -- At the same time --------------------------------------------------------------------------------------------------


def test_whoever_decides_meanwhile_sees_one_of_the_two(file: Path) -> None:
    """In no order of things is a token of one file judged by the rules of the other."""
    authorizer = Authorizer.from_file(file, clock=lambda: NOW)
    one = authorizer.guarding(Role("editor"))
    over = threading.Event()
    seen: set[tuple[str, str]] = set()

    def ask(front: Authorizer) -> None:
        while not over.is_set():
            for name, bearer in (("half", HALF_OLD), ("half", HALF_NEW), ("old", OF_OLD), ("new", OF_NEW)):
                seen.add((name, front.authorize(bearer, "GET", "/orders").reason.value))

    askers = [threading.Thread(target=ask, args=(front,)) for front in (authorizer, one, authorizer)]
    for asker in askers:
        asker.start()
    try:
        for turn in range(60):
            file.write_text(OLD if turn % 2 else NEW, "utf-8")
            authorizer.reload()
    finally:
        over.set()
        for asker in askers:
            asker.join()
    # By either file: wrong groups of its own issuer, or an issuer that it does not know.
    assert {("old", "allowed"), ("old", "unknown_issuer"), ("new", "allowed"), ("new", "unknown_issuer")} <= seen
    assert {"missing_group", "unknown_issuer"} == {reason for name, reason in seen if name == "half"}
    assert {"allowed", "missing_group", "unknown_issuer"} == {reason for _, reason in seen}


@pytest.mark.parametrize(("bearer", "reason"), list(zip((OF_OLD, HALF_OLD, OF_NEW, HALF_NEW), BY_OLD, strict=True)))
def test_a_request_that_has_begun_ends_by_the_old_file(file: Path, bearer: str, reason: str) -> None:
    """Its rules were the old ones, and so are its issuers."""
    act: list[Callable[[], None]] = []

    def clock() -> float:
        # Asked when a token is looked at, which is after the rules were chosen.
        if act:
            act.pop()()
        return NOW

    authorizer = Authorizer.from_file(file, clock=clock)
    for verified in (False, True):
        file.write_text(NEW, "utf-8")
        act.append(authorizer.reload)
        assert reason == authorizer.authorize(bearer, "GET", "/orders").reason.value, f"remembered: {verified}"
        if reason != "unknown_issuer":
            assert not act
        act.clear()
        authorizer.reload()
        assert BY_NEW == reasons(Now(authorizer))
        file.write_text(OLD, "utf-8")
        authorizer.reload()
        reasons(Now(authorizer))


def test_a_request_amid_the_change_waits_for_it(file: Path) -> None:
    """Between the new issuers and the new rules there is a moment; whoever comes then gets both."""
    asked, found = threading.Event(), list[Decision]()

    class Slow(Verifier):
        def replace_issuers(self, *issuers: AnyIssuer | LoadBalancer) -> None:
            super().replace_issuers(*issuers)
            asker.start()
            asked.wait(10)
            asker.join(0.05)  # long enough for the answer that there must not be
            assert not found

    def ask() -> None:
        asked.set()
        found.append(authorizer.authorize(HALF_NEW, "GET", "/orders"))

    asker = threading.Thread(target=ask)
    issuers, policy = load(file)
    authorizer = Authorizer(Slow(*issuers, clock=lambda: NOW), policy)
    file.write_text(NEW, "utf-8")
    inside: Any = authorizer
    inside._rules.reread(lambda: load(file))
    asker.join(10)
    assert ["missing_group"] == [decision.reason.value for decision in found]


def test_of_two_reloads_the_later_reading_stays(file: Path) -> None:
    """One that has read an older file does not put it in force after a newer one."""
    authorizer = Authorizer.from_file(file, clock=lambda: NOW)
    order: list[str] = []
    inside: Any = authorizer
    book: Rulebook = inside._rules
    reading = threading.Event()
    late = threading.Thread(target=lambda: book.reread(lambda: read("late")))

    def read(name: str) -> Any:
        order.append(f"{name} reads")
        if name == "early":
            late.start()
            reading.wait(0.05)  # the other one would read by now, if it were let
        file.write_text(OLD if name == "early" else NEW, "utf-8")
        return load(file)

    book.reread(lambda: read("early"))
    late.join(10)
    assert ["early reads", "late reads"] == order
    assert BY_NEW == reasons(Now(authorizer))


def test_requests_go_on_while_the_file_is_read(file: Path) -> None:
    """The awaited one reads in a thread: the event loop decides meanwhile."""
    authorizer = AsyncAuthorizer.from_file(file, clock=lambda: NOW)
    file.write_text(NEW, "utf-8")

    async def both() -> list[str]:
        reloading = asyncio.create_task(authorizer.reload())
        found = [(await authorizer.authorize(OF_OLD, "GET", "/orders")).reason.value]
        await reloading
        return [*found, (await authorizer.authorize(OF_OLD, "GET", "/orders")).reason.value]

    assert ["allowed", "unknown_issuer"] == asyncio.run(both())


def test_a_forked_child_finds_no_lock_taken(file: Path) -> None:
    """Of its parent's threads, one may have been reloading."""
    authorizer = Authorizer.from_file(file, clock=lambda: NOW)
    inside: Any = authorizer
    book: Any = inside._rules
    holder = threading.Thread(target=lambda: (book.changing.acquire(), book.reading.acquire()))
    holder.start()
    holder.join()
    book.renew()  # what a child does first
    file.write_text(NEW, "utf-8")
    authorizer.reload()
    assert BY_NEW == reasons(Now(authorizer))

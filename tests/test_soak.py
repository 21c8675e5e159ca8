"""The soak: its judgement of answers, without which a minute of right answers would say nothing."""

from __future__ import annotations

import pytest

from benchmarks.soak.story import Outcome
from benchmarks.soak.truth import (
    BAD_TOKEN,
    NEWS,
    NO_GROUP,
    NO_KEYS,
    OK,
    ORDERS,
    RENEWAL,
    REPORTS,
    Ask,
    Key,
    Score,
    Truth,
)

OLD = float("-inf")


@pytest.mark.parametrize(
    ("right", "ask"),
    [
        pytest.param({OK}, Ask("good", ORDERS, key=Key(OLD)), id="a good token"),
        pytest.param({OK, NO_GROUP}, Ask("good", REPORTS, key=Key(OLD)), id="while the policy changes"),
        pytest.param({BAD_TOKEN}, Ask("bad", ORDERS, usual=BAD_TOKEN), id="a bad token"),
        pytest.param({OK, BAD_TOKEN}, Ask("good", ORDERS, key=Key(-NEWS + 1)), id="a new key"),
        pytest.param({OK}, Ask("good", ORDERS, key=Key(-NEWS - 1)), id="a key that is no news"),
        pytest.param({OK, BAD_TOKEN}, Ask("good", ORDERS, key=Key(OLD, -RENEWAL + 1)), id="a key just withdrawn"),
        pytest.param({BAD_TOKEN}, Ask("good", ORDERS, key=Key(OLD, -RENEWAL - 1)), id="a key long withdrawn"),
        pytest.param({OK}, Ask("good", ORDERS, expires=9.0), id="before exp"),
        pytest.param({OK, BAD_TOKEN}, Ask("good", ORDERS, expires=1.0), id="at exp"),
        pytest.param({BAD_TOKEN}, Ask("good", ORDERS, expires=-9.0), id="after exp"),
    ],
)
def test_what_is_right_at_a_moment(right: set[str], ask: Ask) -> None:
    """As narrow as the promise: after each change there is a time from which one answer only is right."""
    assert right == Truth({OK, NO_GROUP} if ask.path == REPORTS else {OK}).right(ask, 0.0)


def test_an_outage_excuses_only_who_needs_a_fetch() -> None:
    """A key that is known never waits for the network; one that must be looked for cannot be, then."""
    truth = Truth(trouble_until=1.0)
    invented = Ask("invented", ORDERS, usual=BAD_TOKEN, invented=True)
    assert {OK} == truth.right(Ask("good", ORDERS, key=Key(OLD)), 0.0)
    assert {BAD_TOKEN, NO_KEYS} == truth.right(invented, 0.0)
    assert {BAD_TOKEN} == truth.right(invented, 2.0)
    assert {BAD_TOKEN, NO_KEYS} == truth.right(Ask("good", ORDERS, key=Key(OLD, -RENEWAL - 1)), 0.0) - {OK}


def test_a_key_that_was_used_is_no_news() -> None:
    """Once a process has accepted a token of it, it may not forget it."""
    key = Key(-1.0)
    assert {OK} == Truth(known={key}).right(Ask("good", ORDERS, key=key), 0.0)


@pytest.mark.parametrize(
    ("wrongs", "answer", "subject"),
    [
        pytest.param(0, OK, "ana", id="right"),
        pytest.param(1, OK, "ben", id="somebody else"),
        pytest.param(1, OK, "", id="nobody"),
        pytest.param(1, BAD_TOKEN, "", id="refused"),
        pytest.param(1, "500 internal_error", "", id="an error"),
        pytest.param(1, NO_KEYS, "", id="no keys"),
    ],
)
def test_wrong_answers_are_noticed(wrongs: int, answer: str, subject: str) -> None:
    """Whatever is not right counts, and so does the right answer about another caller."""
    score = Score()
    score.note(Ask("good", ORDERS, "t", "ana"), answer, subject, {OK}, 0.0)
    assert (wrongs, wrongs, 1) == (score.wrongs, len(score.wrong), score.asked)


@pytest.mark.parametrize(("flat", "last"), [(True, 101), (False, 103)])
def test_growing_memory_is_noticed(flat: bool, last: int) -> None:  # noqa: FBT001  a column
    """The end is compared with the time when everything has happened once."""
    memory = [(float(second), 100 if second < 90 else last) for second in range(100)]
    assert flat is Outcome(100, Score(), {}, 0, memory).flat

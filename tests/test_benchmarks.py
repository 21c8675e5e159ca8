"""The benchmarks: what they measure has proven itself, and what they report is what was measured."""

from __future__ import annotations

import importlib
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from pathlib import Path

import jwt
import pytest

from benchmarks import (
    algorithms,
    cold_import,
    decision,
    engines,
    issuers,
    live_tokens,
    peers,
    ratios,
    threads,
    verify,
    workload,
)
from benchmarks.__main__ import QUESTIONS, main
from benchmarks.harness import AsyncContender, Contender, Crowd, Effort, prove, run
from benchmarks.picture import picture
from benchmarks.report import Report, load, save
from benchmarks.tokens import SigningKey, user_pool
from cogauth import Authorizer, Policy, Verifier

GLANCE = Effort(rounds=1, slice=0.0005)


@pytest.mark.parametrize(
    ("measure", "reports"),
    [
        pytest.param(lambda: verify.measure(GLANCE, tokens=3), 1, id="verify"),
        pytest.param(lambda: algorithms.measure(GLANCE, tokens=3), 3, id="algorithms"),
        pytest.param(lambda: issuers.measure(GLANCE, counts=(1, 3), tokens=6), 1, id="issuers"),
        pytest.param(
            lambda: live_tokens.measure(GLANCE, live=(1, 5), crowd=5, warm_up=10, draws=10, remembered=5),
            2,
            id="live_tokens",
        ),
        pytest.param(lambda: threads.measure(GLANCE), 1, id="threads"),
        pytest.param(lambda: decision.measure(GLANCE, counts=(2, 12), sizes=(1, 5), load=12), 5, id="decision"),
    ],
)
def test_every_contender_proves_itself(measure: Callable[[], list[Report]], reports: int) -> None:
    """Whoever is timed took the good tokens; cogauth takes none of the bad ones, and a lone key looks at no `kid`."""
    measured = measure()

    assert reports == len(measured)
    for report in measured:
        assert all(row.median > 0 for row in report.rows)
        ours = [row for row in report.rows if "cogauth" in row.name]
        assert [()] * len(ours) == [row.gaps for row in ours]
        assert all("unknown kid" in row.gaps for row in report.rows if row.name == peers.PYJWT_READY)
        ET.fromstring(picture([report]))


@pytest.mark.parametrize("spelling", ["Python", "TOML"])
def test_a_bad_request_is_refused_for_what_is_wrong_with_it(spelling: str) -> None:
    """Each is refused for the reason that it is named for; the policy of the file is that of the objects."""
    table = workload.lines(6)
    policy = workload.policy_of(table)
    if spelling == "TOML":
        policy = Policy.from_dict(tomllib.loads(workload.toml_of(table)))
    callers = workload.Callers.of_one_pool(3)
    authorizer = Authorizer(Verifier(callers.pool), policy)
    expected = {
        "wrong group": "missing_group",
        "no group": "missing_group",
        "no scope": "missing_scope",
        "other tenant": "rule_unmet",
        "absent claim": "rule_unmet",
        "deny": "denied",
        "other method": "no_route",
        "no route": "no_route",
        "path below": "no_route",
        "no parameter": "no_route",
        "dot segment": "odd_path",
    }

    reasons = {
        name: authorizer.authorize(ask.token, ask.method, ask.path).reason
        for name, ask in callers.refused(table).items()
    }

    assert expected == reasons
    asks = callers.asks(table, 12)
    assert {line.name for line in table} == {ask.line for ask in asks}
    assert [ask.line for ask in asks] == [authorizer.authorize(*ask[:3]).route for ask in asks]


def test_engines_differ_in_what_they_look_at() -> None:
    """None lets in a caller whom the rules refuse; those that match beginnings of paths let in what stands below."""
    table = workload.lines(6)
    callers = workload.Callers.of_one_pool(1)
    present, absent = engines.engines(table)
    gaps: dict[str, set[str]] = {}
    for name, call, _ in present:
        contender = Contender(name, call, callers.asks(table, 6))
        prove(contender, contender.items, callers.refused(table))
        gaps[name] = {*contender.gaps}

    assert 5 == len(present) + 2 * len(absent)
    assert not {"deny", "absent claim", "wrong group", "no scope", "no route"} & set[str]().union(*gaps.values())
    assert {"dot segment"} == gaps[engines.CHAIN]
    assert {"dot segment", "path below"} <= gaps.get(engines.PYCASBIN, {"dot segment", "path below"})


def test_import_is_timed_in_another_process() -> None:
    """The time is that of the statement alone, not of the interpreter's start."""
    assert 0 < cold_import.spent("pass") < cold_import.spent("import cogauth")


def test_all_questions_can_be_asked() -> None:
    """Each has a module that measures; another name is refused before anything is measured."""
    assert all(callable(importlib.import_module(f"benchmarks.{question}").measure) for question in QUESTIONS)
    assert 2 == main(["verify", "nonsense"])


def test_bad_tokens_differ_in_what_they_say() -> None:
    """No two bad tokens are one, none is among the good, and only one of them says that nobody signed it."""
    sample = user_pool(SigningKey.generate("RS256"), 3)

    assert 3 + len(sample.bad) == len({*sample.good, *sample.bad.values()})
    assert ["alg none"] == [name for name, token in sample.bad.items() if token.endswith(".")]
    assert 1150 < len(sample.good[0]) < 1250


def test_a_careless_contender_is_found_out() -> None:
    """Who looks at the signature alone takes every token that the issuer has signed, and only those."""
    sample = user_pool(SigningKey.generate("RS256"), 1)

    def careless(token: str) -> object:
        return jwt.PyJWS().decode(token, sample.key.public, algorithms=["RS256"])

    contender = Contender("careless", careless, sample.good)
    prove(contender, sample.good, sample.bad)

    assert {"bad signature", "second spelling", "alg none"} == set(sample.bad) - set(contender.gaps)


def test_a_contender_that_refuses_what_is_good_is_not_timed() -> None:
    """Its time would be that of a refusal."""

    def refuse(_: int) -> None:
        raise ValueError

    with pytest.raises(ValueError, match="refuser refuses 2 of 2 good items"):
        prove(Contender("refuser", refuse, [1, 2]), [1, 2], {})


def test_ready_key_overlooks_kid() -> None:
    """A gap that is known is reported: a lone key is not chosen by `kid`."""
    sample = user_pool(SigningKey.generate("RS256"), 1)
    contender = peers.pyjwt_ready(sample)
    prove(contender, sample.good, sample.bad)

    assert "unknown kid" in contender.gaps
    assert not {"bad signature", "alg none", "expired", "other issuer", "other client", "ID token"} & {*contender.gaps}


def test_turns_are_interleaved() -> None:
    """In every round each contender has one slice, and it goes on with its items where it stopped."""
    seen: list[str] = []
    contenders = [Contender(name, seen.append, [f"{name}{turn}" for turn in range(3)]) for name in "ab"]

    run(contenders, Effort(rounds=4, slice=1e-6))

    assert [4, 4] == [len(contender.times) for contender in contenders]
    for name in "ab":
        turns = [int(item[1]) for item in seen if item[0] == name]
        assert [turn % 3 for turn in range(len(turns))] == turns


def test_the_kinds_of_contender_do_all_the_work() -> None:
    """Whether awaited or shared among threads, every item is met once."""
    done: list[int] = []

    async def note(item: int) -> None:
        done.append(item)

    awaited = AsyncContender("awaited", note, [7])
    crowd = Crowd("crowd", done.append, [7], threads=2)

    assert awaited.spend([1, 2, 3]) > 0
    assert crowd.spend([4, 5, 6]) > 0
    assert awaited.accepts(7)
    assert [1, 2, 3, 4, 5, 6, 7] == sorted(done)
    awaited.close()


def made_up(medians: dict[str, Sequence[float]], floor: str) -> Report:
    contenders = [Contender(name, str, [""], times=list(times)) for name, times in medians.items()]
    return Report.of("made up", contenders, floor, ["somebody is not installed"], {"hit rate": 0.5})


def test_report_refers_to_the_floor() -> None:
    """A row has the median over the rounds, and the median of what it is to the floor in the same round."""
    report = made_up({"slow": [30, 20, 900], "floor": [10, 10, 300]}, "floor")

    assert [("floor", 10, 1.0), ("slow", 30, 3.0)] == [(row.name, row.median, row.ratio) for row in report.rows]
    assert "absent: somebody is not installed" in str(report)


def test_a_long_disturbance_cancels_out() -> None:
    """Where the machine slows down amid a round, that round is spoilt, and no other: each is compared with itself."""
    report = made_up({"other": [20, 20, 200], "floor": [10, 100, 100]}, "floor")

    assert 2 == report.rows[0].ratio


def test_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    """What was measured last can be asked again; what never was is nothing."""
    report = made_up({"a": [3, 5], "b": [7, 7]}, "b")
    save("question", [report], tmp_path)

    assert [report] == load("question", tmp_path)
    assert [] == load("another", tmp_path)


def test_ratios(tmp_path: Path) -> None:
    """A ratio is of two medians of one question; who was absent leaves a gap and no error."""
    save("verify", [made_up({verify.MISS: [60], peers.FLOOR: [30], verify.HIT: [3]}, peers.FLOOR)], tmp_path)

    # Another report of the same question had rounds of its own.
    other = made_up({peers.FLOOR: [600], "another": [1]}, peers.FLOOR)
    save("verify", [*load("verify", tmp_path), other], tmp_path)
    values = [ratio.value(tmp_path) for ratio in ratios.RATIOS]

    assert [2, 0.1] == [value for value in values if value is not None]
    assert 2 < ratios.table(tmp_path).count("not measured")


def test_picture_keeps_names_and_gaps() -> None:
    """Every contender has a bar, the longest for the slowest, and gaps stand beside the number."""
    careless = Contender("<careless & quick>", str, [""], times=[1], gaps=("expired",))
    ours = Contender("cogauth", str, [""], times=[4])
    names = "{http://www.w3.org/2000/svg}"
    root = ET.fromstring(picture([Report.of("which?", [careless, ours], "cogauth")]))
    texts = [text.text for text in root.iter(f"{names}text")]
    lengths = [float(bar.attrib["width"]) for bar in root.iter(f"{names}rect")]

    assert {"<careless & quick>", "cogauth", "accepts: expired"} <= set(texts)
    assert [4 * lengths[0], 2] == [lengths[1], len(lengths)]

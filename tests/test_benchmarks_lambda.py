"""The benchmarks of Lambda: what runs is what Lambda would run, and what is timed has proven itself."""

from __future__ import annotations

import json
import os
import ssl
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

from benchmarks import iam_document, lambda_cold, lambda_warm
from benchmarks.functions import bundles
from benchmarks.functions.authority import served
from benchmarks.functions.bundles import Bundle
from benchmarks.functions.contenders import ARN, BLUEPRINT_PINNED, FLOOR, PINNED, Kind, allows, event
from benchmarks.functions.runtime import Answer, Ended, Function
from benchmarks.harness import Absent, Effort
from benchmarks.picture import picture
from benchmarks.tokens import CLIENT, POOL_ID, Sample, SigningKey, user_pool

GLANCE = Effort(rounds=2, slice=0.0005)

runs_functions = pytest.mark.skipif(
    sys.platform != "linux" or find_spec("awslambdaric") is None, reason="AWS publishes its runtime client for Linux"
)


@pytest.fixture(scope="module")
def sample() -> Sample:
    return user_pool(SigningKey.generate("RS256"), 3)


def command(handler: str) -> list[str]:
    return [sys.executable, "-m", "awslambdaric", handler]


def running(tmp_path: Path, source: str) -> Function:
    (tmp_path / "app.py").write_text(source)
    return Function(command("app.handler"), tmp_path, {"PATH": os.defpath})


@pytest.fixture(scope="module")
def kinds(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> list[Kind]:
    """The floor, cogauth and the blueprint, of what is installed here."""
    folder = tmp_path_factory.mktemp("function")
    keys = folder / "jwks.json"
    keys.write_text(json.dumps(sample.jwks))
    text = bundles.CONFIGURATION.format(pool=POOL_ID, client=CLIENT, keys='jwks = "jwks.json"')
    (folder / "cogauth.toml").write_text(text)
    env = {"PATH": os.defpath, **bundles.ENVIRONMENT, "COGAUTH_CONFIG": str(folder / "cogauth.toml")}
    theirs = {"PATH": os.defpath, "ISSUER": sample.issuer, "CLIENT": CLIENT, "JWKS_FILE": str(keys)}
    apps = Bundle(bundles.APPS, 1)
    return [
        Kind(FLOOR, command("empty.handler"), apps, {"PATH": os.defpath}, sample, looks=False),
        Kind(PINNED, command("cogauth_lambda.handler.handler"), Bundle(folder, 1), env, sample),
        Kind(BLUEPRINT_PINNED, command("pyjwt_requests.handler"), apps, theirs, sample),
    ]


@runs_functions
def test_functions_prove_themselves_and_are_timed(kinds: list[Kind]) -> None:
    """Ours takes no bad token; the empty one is asked none; each report has a row for each, and a start is counted."""
    for kind in kinds:
        kind.prove()

    cold, warm = lambda_cold.measure(GLANCE, kinds), lambda_warm.measure(GLANCE, kinds, calls=3)

    assert [[], []] == [kind.gaps for kind in kinds[:2]]
    assert {"exp as text", "member twice"} == set(kinds[2].gaps)
    assert [3, 3, 3, 4, 4] == [len(report.rows) for report in (*cold, *warm)]
    assert all(row.median > 0 and len(row.times) == GLANCE.rounds for report in (*cold, *warm) for row in report.rows)
    cpu, wall, init = ({row.name: row.median for row in report.rows} for report in cold)
    assert all(init[name] < wall[name] for name in wall)
    assert cpu[FLOOR] < cpu[PINNED]
    assert cold[0].facts is not None
    assert cold[0].facts[f"{PINNED}: MB of memory"] > 10
    assert warm[0].facts is not None
    assert {lambda_warm.HIT, lambda_warm.MISS} <= {name.partition(":")[0] for name in warm[0].facts}
    ET.fromstring(picture(cold))


@runs_functions
def test_a_function_that_refuses_is_not_timed(kinds: list[Kind], sample: Sample) -> None:
    """Neither is one that answers, but with a Deny, nor one that is proven on tokens of another pool."""
    stranger = user_pool(SigningKey.generate("RS256"), 1)
    _, ours, _ = kinds
    other = Kind(FLOOR, ours.command, ours.bundle, ours.env, stranger)

    with pytest.raises(ValueError, match="refuses 1 of 1 good items"):
        other.prove()
    for measure in (lambda_cold.measure, lambda_warm.measure):
        with pytest.raises(ValueError, match="refused a token"):
            measure(GLANCE, [other])


@runs_functions
def test_answers_of_any_size_and_errors_are_told_apart(tmp_path: Path) -> None:
    """What a handler raises is a failure, and the function goes on; its time is that of its own work."""
    source = (
        "import time\n\n\ndef handler(event, context):\n"
        "    if event['size'] < 0:\n        raise ValueError('the reason')\n"
        "    time.sleep(event['pause'])\n    return 'x' * event['size']\n"
    )
    with running(tmp_path, source) as function:
        answers = [
            function.invoke(json.dumps({"size": size, "pause": pause}).encode())
            for size, pause in ((3, 0), (-1, 0), (3_000_000, 0), (1, 0.05))
        ]

    assert [False, True, False, False] == [answer.failed for answer in answers]
    assert "xxx" == answers[0].value
    assert "the reason" == answers[1].value["errorMessage"]
    assert 3_000_000 == len(answers[2].value)
    assert 50_000_000 <= answers[3].nanoseconds
    assert answers[0].nanoseconds < function.start
    assert 0 < function.cost.cpu
    assert 1_000_000 < function.cost.resident


@runs_functions
def test_a_function_that_does_not_start(tmp_path: Path) -> None:
    """What it says is the message."""
    with pytest.raises(Ended, match="the reason"), running(tmp_path, "raise RuntimeError('the reason')"):
        pass


def test_a_process_that_ends(tmp_path: Path) -> None:
    """The end of its output is the message."""
    command = [sys.executable, "-c", "raise SystemExit('gone')"]

    with pytest.raises(Ended, match="gone"), Function(command, tmp_path, {}):
        pass


def statement(effect: str, resource: str) -> dict[str, object]:
    return {"Action": "execute-api:Invoke", "Effect": effect, "Resource": [resource]}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([statement("Allow", ARN)], True),
        ([statement("Allow", ARN), statement("Deny", f"{ARN}8")], True),
        ([statement("Allow", f"{ARN}8")], False),
        ([statement("Deny", ARN)], False),
        ([statement("Allow", ARN), statement("Deny", "*")], False),
        ([], False),
    ],
)
def test_an_answer_allows_as_iam_reads_it(statements: list[dict[str, object]], *, expected: bool) -> None:
    """A Deny beats an Allow, and neither speaks for what it does not name; an error allows nothing."""
    value = {"principalId": "x", "policyDocument": {"Version": "2012-10-17", "Statement": statements}}

    assert expected == allows(Answer(value, failed=False, nanoseconds=1))
    assert not allows(Answer(value, failed=True, nanoseconds=1))


def test_keys_come_over_tls(tmp_path: Path) -> None:
    """Only who trusts the authority of this run gets them; the file of all authorities has the usual ones, too."""
    with served({"keys": []}, tmp_path) as keys:
        for trusted in (keys.authority, keys.authorities):
            context = ssl.create_default_context(cafile=trusted)
            assert {"keys": []} == httpx.get(keys.url, verify=context, trust_env=False).json()
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(keys.url, trust_env=False)
        assert keys.authorities.stat().st_size > 50 * keys.authority.stat().st_size


def test_byte_code_goes_in_and_out(tmp_path: Path) -> None:
    """A copy has one file of byte code for each module, and a copy of that has none; sizes are those of zips."""
    plain = bundles.installed(tmp_path / "plain", "empty.py", [])
    compiled = plain.compiled(tmp_path / "compiled")
    stripped = compiled.stripped(tmp_path / "stripped")

    assert [0, 1, 0] == [len([*each.folder.rglob("*.pyc")]) for each in (plain, compiled, stripped)]
    assert plain.size == stripped.size < compiled.size


def test_who_is_not_installed_is_absent(tmp_path: Path) -> None:
    """A package that npm did not bring, and one that pip does not find."""
    with pytest.raises(Absent, match="nonesuch is not installed"):
        bundles.node(tmp_path / "node", "empty.mjs", ["nonesuch"])
    with pytest.raises(Absent, match="pip: "):
        bundles.installed(tmp_path / "python", "empty.py", ["./nonesuch"])


def test_event_holds_the_token() -> None:
    """It is what a REST API sends to a TOKEN authorizer: three members."""
    assert {"type": "TOKEN", "authorizationToken": "Bearer abc", "methodArn": ARN} == json.loads(event("abc"))


def sizes() -> Iterator[int]:
    yield from (10, 50)


def test_documents_are_proven_and_sized() -> None:
    """Who has more routes has a longer document; who has none is refused, as is a bad token."""
    reports = iam_document.measure(GLANCE, tuple(sizes()))

    for count, report in zip(sizes(), reports, strict=True):
        assert 5 == len(report.rows)
        assert [()] * 5 == [row.gaps for row in report.rows]
        assert report.facts is not None
        lengths = [value for name, value in report.facts.items() if name.startswith("bytes")]
        assert sorted(lengths) == lengths
        assert f"bytes, {count} routes allowed" in report.facts
        medians = {row.name.rpartition(",")[0]: row.median for row in report.rows}
        assert medians[iam_document.DECISION] < medians[iam_document.FIRST]

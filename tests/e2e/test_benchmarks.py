"""The benchmarks of servers: each contender that is timed has proven itself over HTTP, and fails no request."""

from __future__ import annotations

import shutil
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest

from benchmarks import asgi, forward_auth, wsgi
from benchmarks.harness import Absent, Effort
from benchmarks.picture import picture
from benchmarks.report import Report
from benchmarks.served import CPU, RATE, Served, Tokens, run

pytestmark = [
    pytest.mark.e2e_slow,
    pytest.mark.skipif(shutil.which("wrk") is None, reason="no wrk: `make bench` installs it where it can"),
]

GLANCE = Effort(rounds=1)


@pytest.mark.parametrize(
    ("measure", "reports"),
    [
        pytest.param(
            lambda: asgi.measure(GLANCE, tokens=9, ways=(*asgi.STARLETTE[:2], *asgi.FASTAPI[:2])), 4, id="asgi"
        ),
        pytest.param(lambda: wsgi.measure(GLANCE, tokens=9), 2, id="wsgi"),
        pytest.param(lambda: forward_auth.measure(GLANCE, tokens=9), 2, id="forward_auth"),
    ],
)
def test_every_contender_proves_itself(measure: Callable[[], list[Report]], reports: int) -> None:
    """cogauth takes none of the bad tokens; times, rates and CPU are those of requests that were answered."""
    try:
        measured = measure()
    except Absent as reason:
        pytest.skip(str(reason))

    assert reports == len(measured)
    for report in measured:
        assert all(row.median > 0 and row.figures[RATE] > 0 for row in report.rows)
        ours = [row for row in report.rows if "cogauth" in row.name]
        assert [()] * len(ours) == [row.gaps for row in ours]
        assert all(row.figures[CPU] > 0 for row in ours)
        ET.fromstring(picture([report]))


def test_who_fails_is_not_timed() -> None:
    """Nobody listens there: that is no time."""
    with Tokens.made(2, 1, 1) as tokens:
        nobody = Served.at("nobody", "http://127.0.0.1:1", 0, tokens)
        assert not nobody.accepts(tokens.good[0])
        with pytest.raises(ValueError, match="nobody: wrk says"):
            run([nobody], GLANCE)

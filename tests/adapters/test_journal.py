"""The journal: one line for each event, in two forms, behind a queue that nobody waits for."""

from __future__ import annotations

import io
import json
import logging
import queue
import sys
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import pytest

from cogauth_asgi.serve.journal import LOGGER, JsonForm, TextForm, Waiting, behind_a_queue, on_standard_error, say
from cogauth_asgi.serve.settings import Form, Level, Settings


def settings(log: Form = "json", level: Level = "info") -> Settings:
    return Settings(file=Path("cogauth.toml"), behind="nginx", log=log, log_level=level)


def record(message: str = "a line", **fields: Any) -> logging.LogRecord:
    return logging.makeLogRecord({"msg": message, "levelno": 30, "levelname": "WARNING", "created": 0.5, **fields})


@pytest.mark.parametrize("told", [on_standard_error, behind_a_queue])
def test_lines(told: Any) -> None:
    """Each is written when the block is over at the latest, in its order, and the root logger is left as it was."""
    before = logging.getLogger().handlers[:]
    with redirect_stderr(io.StringIO()) as written, told(settings()):
        for count in range(100):
            say(logging.INFO, "counted", f"{count} counted", count=count)
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert list(range(100)) == [line["count"] for line in lines]
    assert {"time", "level", "process", "event", "text", "count"} == set(lines[0])
    assert ("info", "counted", "0 counted") == tuple(lines[0][name] for name in ("level", "event", "text"))
    assert before == logging.getLogger().handlers


@pytest.mark.parametrize(("level", "told"), [("info", [20, 30, 40]), ("warning", [30, 40]), ("error", [40])])
def test_levels(level: Level, told: list[int]) -> None:
    """What is not asked for is not written."""
    with redirect_stderr(io.StringIO()) as written, on_standard_error(settings(level=level)):
        for number in (10, 20, 30, 40):
            say(number, "told", str(number))
    assert told == [int(json.loads(line)["text"]) for line in written.getvalue().splitlines()]


def test_others_do_not_chatter() -> None:
    """Of libraries only what is wrong is written: some have a line, with a URL, for each request."""
    with redirect_stderr(io.StringIO()) as written, on_standard_error(settings()):
        for name in ("httpx", "uvicorn.error", "asyncio"):
            logging.getLogger(name).info("chatter")
        logging.getLogger("uvicorn.error").warning("chatter")
        logging.getLogger("asyncio").warning("worth a line")
    assert ["worth a line"] == [json.loads(line)["text"] for line in written.getvalue().splitlines()]


def test_the_text_of_an_exception_is_not_told() -> None:
    """It may hold whatever came: only its class and its place are."""
    try:
        raise ValueError("secret")
    except ValueError:
        found = record(exc_info=sys.exc_info())
    for form in (JsonForm(), TextForm()):
        line = form.format(found)
        assert "secret" not in line
        assert f"ValueError at {__file__}:" in line


@pytest.mark.parametrize("text", ["two\nlines", "a\rreturn", "a\x1b[31mcolour", "a\u2028separator"])
def test_one_line_for_each(text: str) -> None:
    """Nothing that is logged can pass for a line of its own, or speak to a terminal."""
    for form in (JsonForm(), TextForm()):
        line = form.format(record(text))
        assert line.isprintable()
        assert [line] == line.splitlines()


def test_fields_of_an_observer() -> None:
    """Those of decisions and fetches come along, by their names in the documentation."""
    line = json.loads(JsonForm().format(record(cogauth_event="decision", cogauth_status=401, cogauth_odd=object())))
    assert {"event": "decision", "status": 401} == {
        name: line[name] for name in line if name in ("event", "status", "odd")
    }
    assert "1970-01-01T00:00:00.500+00:00" == line["time"]


def test_nobody_waits() -> None:
    """Where lines come faster than they are written they are lost, and how many is told when there is room again."""
    lines: queue.Queue[logging.LogRecord | None] = queue.Queue(2)
    handler = Waiting(lines)
    for count in range(5):
        handler.emit(record(str(count)))
    assert ["0", "1"] == [_text(lines) for _ in range(2)]
    handler.emit(record("5"))
    assert ["5", "3 lines were lost: they came faster than they could be written"] == [_text(lines) for _ in range(2)]
    handler.emit(record("6"))
    assert ("6", True) == (_text(lines), lines.empty())


def _text(lines: queue.Queue[logging.LogRecord | None]) -> str:
    found = lines.get_nowait()
    assert found is not None
    return found.getMessage()


def test_the_logger() -> None:
    """It is below that of decisions, so that one setting is for both."""
    assert logging.getLogger("cogauth") is LOGGER.parent

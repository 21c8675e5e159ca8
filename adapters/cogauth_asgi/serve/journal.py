"""The journal: a line on standard error for each event, and nothing in it that a token or a request said."""

from __future__ import annotations

import contextlib
import json
import logging
import queue
import sys
import threading
from collections.abc import Generator
from datetime import UTC, datetime
from typing import Final

from cogauth_asgi.serve.settings import Form, Settings

LOGGER: Final = logging.getLogger("cogauth.serve")
"""For the service's own events; decisions and fetches of keys come from `cogauth.observers.LogObserver`."""

WAITING: Final = 10_000
"""Lines that wait to be written; what comes when so many do is lost, and counted."""

PATIENCE: Final = 2.0
"""Seconds for which the end waits until the lines that are left are written."""

_PREFIX: Final = "cogauth_"


def say(level: int, event: str, text: str, **fields: object) -> None:
    """Write a line about an *event* of the service's own."""
    named = {f"{_PREFIX}{name}": value for name, value in fields.items()}
    LOGGER.log(level, "%s", text, extra={f"{_PREFIX}event": event, **named})


@contextlib.contextmanager
def on_standard_error(settings: Settings) -> Generator[None]:
    """Write what is logged while the block lasts to standard error, at once."""
    with _installed(logging.StreamHandler(sys.stderr), settings):
        yield


@contextlib.contextmanager
def behind_a_queue(settings: Settings) -> Generator[None]:
    """Have a thread write what is logged while the block lasts, so that no request waits for whoever reads it."""
    lines: queue.Queue[logging.LogRecord | None] = queue.Queue(WAITING)
    stream = logging.StreamHandler(sys.stderr)
    stream.setFormatter(_FORMS[settings.log]())

    def write() -> None:
        while (record := lines.get()) is not None:
            stream.handle(record)

    writer = threading.Thread(target=write, name="cogauth-journal", daemon=True)
    writer.start()
    try:
        with _installed(Waiting(lines), settings):
            yield
    finally:
        with contextlib.suppress(queue.Full):  # then nobody reads, and there is nobody to wait for
            lines.put(None, timeout=PATIENCE)
            writer.join(PATIENCE)


class Waiting(logging.Handler):
    """Hands records over to whoever writes them, and waits for nobody."""

    def __init__(self, lines: queue.Queue[logging.LogRecord | None]) -> None:
        super().__init__()
        self._lines = lines
        self._lost = 0

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._lines.put_nowait(record)
            if self._lost:
                self._lines.put_nowait(self._loss())
                self._lost = 0
        except queue.Full:
            self._lost += 1

    def _loss(self) -> logging.LogRecord:
        text = f"{self._lost} lines were lost: they came faster than they could be written"
        return logging.makeLogRecord(
            {"levelno": logging.ERROR, "levelname": "ERROR", "msg": text, f"{_PREFIX}event": "lines_lost"}
        )


class TextForm(logging.Formatter):
    """For people: when, how bad, which process, what."""

    def format(self, record: logging.LogRecord) -> str:
        text = _printable(record.getMessage())
        bug = _bug(record)
        return f"{_time(record)} {record.levelname} [{record.process}] {text}{f' ({bug})' if bug else ''}"


class JsonForm(logging.Formatter):
    """For machines: an object with `time`, `level`, `process`, `event`, `text` and the event's own fields."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            name.removeprefix(_PREFIX): value
            for name, value in record.__dict__.items()
            if name.startswith(_PREFIX) and isinstance(value, str | int | float | bool)
        }
        line = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "process": record.process,
            "event": fields.pop("event", "other"),
            "text": record.getMessage().strip(),
            **fields,
        }
        bug = _bug(record)
        return json.dumps(line | {"error": bug} if bug else line)


_FORMS: Final[dict[Form, type[logging.Formatter]]] = {"text": TextForm, "json": JsonForm}


@contextlib.contextmanager
def _installed(handler: logging.Handler, settings: Settings) -> Generator[None]:
    handler.setFormatter(_FORMS[settings.log]())
    root, level = logging.getLogger(), settings.log_level.upper()
    before = root.handlers[:]
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)  # of others' INFO there is one for each request that they make
    for name in ("cogauth", "cogauth_asgi"):
        logging.getLogger(name).setLevel(level)
    # Its warnings are about single requests, which anybody may send as badly and as often as they like.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.handlers[:] = before


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _bug(record: logging.LogRecord) -> str:
    """Give an exception's class and place; its text may hold anything, so that it is not told."""
    if not record.exc_info or record.exc_info[0] is None:
        return ""
    kind, _, place = record.exc_info
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = "" if place is None else f" at {place.tb_frame.f_code.co_filename}:{place.tb_lineno}"
    return f"{kind.__name__}{where}"


def _printable(text: str) -> str:
    """Keep *text* on one line, whatever it holds."""
    return "".join(char if char.isprintable() else " " for char in text.strip())

"""A headless Chromium with one page, driven over the Chrome DevTools Protocol, for as long as a block lasts."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

from devtools.processes import LOOPBACK, POLL_SECONDS, answers, free_port, running

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_SECONDS = 20.0


class ChromiumMissingError(RuntimeError):
    """No Chromium is installed."""


class PageError(RuntimeError):
    """A script failed, or what was waited for did not come; the message says which."""


class Page:
    """A page of the browser. Scripts run as if the user had asked for them, so that windows may open."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._last = 0

    def open(self, url: str) -> None:
        """Go to *url*."""
        self._call("Page.navigate", url=url)

    def run(self, script: str) -> Any:
        """
        Run the expression *script*, and give its value.

        Raises:
            PageError: it failed.
        """
        answer = self._call("Runtime.evaluate", expression=script, returnByValue=True, userGesture=True)
        if "exceptionDetails" in answer:
            raise PageError(f"{script}: {answer['exceptionDetails'].get('exception', {}).get('description')}")
        return answer["result"].get("value")

    def wait(self, script: str) -> Any:
        """
        Wait until the expression *script* is true, and give its value.

        Raises:
            PageError: it was not in time.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (value := self.run(script)):
            if time.monotonic() >= deadline:
                raise PageError(f"not within {PATIENCE_SECONDS:g} s: {script}\n{self.run('document.body.innerText')}")
            time.sleep(POLL_SECONDS)
        return value

    def click(self, selector: str) -> None:
        """Wait for what *selector* finds, and click on it."""
        self.wait(f"!!document.querySelector({json.dumps(selector)})")
        self.run(f"document.querySelector({json.dumps(selector)}).click()")

    def type(self, selector: str, text: str) -> None:
        """Wait for the field that *selector* finds, put *text* in place of what it holds, and leave it."""
        self.wait(f"!!document.querySelector({json.dumps(selector)})")
        self.run(f"(field => {{ field.focus(); field.select() }})(document.querySelector({json.dumps(selector)}))")
        self._call("Input.insertText", text=text)
        self.run("document.activeElement.blur()")

    def picture(self, file: Path) -> None:
        """Write what is to be seen, to the end of the page, as a PNG."""
        shot = self._call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(shot["data"]))

    def _call(self, method: str, **params: object) -> dict[str, Any]:
        self._last += 1
        self._connection.send(json.dumps({"id": self._last, "method": method, "params": params}))
        while True:
            message = json.loads(self._connection.recv(PATIENCE_SECONDS))
            if message.get("id") == self._last:
                break
        if "error" in message:
            raise PageError(f"{method}: {message['error'].get('message')}")
        result: dict[str, Any] = message["result"]
        return result


def executable() -> str:
    """
    Where Chromium is: ``COGAUTH_CHROMIUM``, else on the PATH.

    Raises:
        ChromiumMissingError: nothing is there.
    """
    for name in filter(None, (os.environ.get("COGAUTH_CHROMIUM"), *NAMES)):
        if found := shutil.which(name):
            return found
    raise ChromiumMissingError("Chromium is not installed; on Debian, as root: apt-get install chromium")


@contextlib.contextmanager
def chromium() -> Generator[Page]:
    """
    Start the browser with an empty page; it finds no host but this machine.

    Raises:
        ChromiumMissingError: it is not installed.
        ProcessFailedError: it does not start.
    """
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="cogauth-chromium-", ignore_cleanup_errors=True) as profile:
        command = [
            executable(),
            "--headless=new",
            "--no-sandbox",  # root has none to enter; the pages are the test's own
            "--no-first-run",
            "--no-proxy-server",
            "--disable-gpu",
            "--disable-background-networking",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            f"--remote-debugging-port={port}",
            f"--user-data-dir={profile}",
            "--window-size=1200,1600",
            "about:blank",
        ]
        base = f"http://{LOOPBACK}:{port}"
        with running(command, ready=answers(f"{base}/json/version"), env={}):
            pages = httpx.get(f"{base}/json/list", trust_env=False).json()
            url = next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page")
            with connect(url, max_size=None, proxy=None) as connection:
                yield Page(connection)

"""An identity pool that answers from memory, in the documented shapes, and a provider that asks it, either way."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from cogauth.identity import AsyncCredentialsProvider, Credentials, CredentialsProvider, Logins
from cogauth.transport import Reply
from tests.support.clocks import Clocks
from tests.support.providers import IDENTITY_POOL_ID
from tests.support.tokens import Changes, id_claims, token

HOUR: Final = 3600
EXCHANGE: Final = ["GetId", "GetCredentialsForIdentity"]
"""What is asked for one who is new."""

TARGET: Final = "AWSCognitoIdentityService."


def id_token(changes: Changes | None = None) -> str:
    """An ID token of the user pool."""
    return token(id_claims(changes))


def identity(number: int) -> str:
    """The identity of this number."""
    return f"eu-west-1:{number:08x}-0000-4000-8000-000000000000"


def answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """An answer of these members."""
    return Reply(status, headers or {}, json.dumps(body).encode())


def refusal(name: str, status: int = 400) -> Reply:
    """An error of this name, whose text quotes what was sent."""
    return answer({"__type": name, "message": "the token SECRET of ana@example.com"}, status)


class Aws:
    """
    Answers `GetId`, `GetCredentialsForIdentity` and `GetOpenIdToken`, each time with other credentials.

    `faults` come first, one a request: a reply, something to raise, or None for an answer as usual.
    """

    def __init__(self, clocks: Clocks | None = None, life: float = HOUR) -> None:
        self.clocks = clocks or Clocks()
        self.life = life
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.urls: list[str] = []
        self.faults: list[Any] = []
        self.down: Reply | Exception | None = None
        self.pauses: list[float] = []
        self.moves_to: dict[str, str] = {}
        """Which identity an answer names in place of the one that was asked for."""
        self._identities: dict[str, str] = {}
        self._lock = threading.Lock()

    @property
    def asked(self) -> list[str]:
        """The operations, in order."""
        return [operation for operation, _ in self.calls]

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.clocks.tick(seconds)

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        operation = headers["x-amz-target"].removeprefix(TARGET)
        parameters: dict[str, Any] = json.loads(body)
        with self._lock:
            self.urls.append(url)
            self.calls.append((operation, parameters))
            fault = self.faults.pop(0) if self.faults else self.down
            number = len(self.calls)
        if isinstance(fault, Exception):
            raise fault
        return fault or answer(self._answer(operation, parameters, number))

    async def apost(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        await asyncio.sleep(0)
        return self.post(url, headers, body)

    async def asleep(self, seconds: float) -> None:
        self.sleep(seconds)
        await asyncio.sleep(0)

    def _answer(self, operation: str, parameters: dict[str, Any], number: int) -> dict[str, Any]:
        if operation == "GetId":
            whose = json.dumps(parameters.get("Logins", number), sort_keys=True)
            with self._lock:
                return {"IdentityId": self._identities.setdefault(whose, identity(len(self._identities) + 1))}
        asked: str = parameters["IdentityId"]
        moved = {"IdentityId": self.moves_to.get(asked, asked)}
        if operation == "GetOpenIdToken":
            return {**moved, "Token": f"open-id-{number}"}
        return {
            **moved,
            "Credentials": {
                "AccessKeyId": f"ASIA{number}",
                "SecretKey": f"SECRET{number}",
                "SessionToken": f"SESSION{number}",
                "Expiration": self.clocks.now + self.life,
            },
        }


class Side:
    """A provider that a test asks without knowing which of the two it is."""

    def __init__(self, aws: Aws, options: Mapping[str, Any], *, awaiting: bool) -> None:
        settings: dict[str, Any] = {
            "clock": aws.clocks.wall,
            "monotonic": aws.clocks.monotonic,
            "chance": lambda: 0.5,
            "post": aws.apost if awaiting else aws.post,
            "sleep": aws.asleep if awaiting else aws.sleep,
            **options,
        }
        pool: Any = settings.pop("identity_pool", IDENTITY_POOL_ID)
        self.awaiting = awaiting
        self.provider: Any = (AsyncCredentialsProvider if awaiting else CredentialsProvider)(pool, **settings)

    def credentials(self, login: Logins | str, **options: Any) -> Credentials:
        given: Credentials = self._take(self.provider.credentials(login, **options))
        return given

    def identity_id(self, login: Logins | str) -> str:
        return str(self._take(self.provider.identity_id(login)))

    def open_id_token(self, login: Logins | str) -> str:
        return str(self._take(self.provider.open_id_token(login)))

    def _take(self, result: Any) -> Any:
        return asyncio.run(result) if self.awaiting else result  # a call that raises has done so before


def blocking(aws: Aws, **options: Any) -> Side:
    return Side(aws, options, awaiting=False)


def awaiting(aws: Aws, **options: Any) -> Side:
    return Side(aws, options, awaiting=True)


Sides = Callable[..., Side]

"""The exchange: what is sent to an identity pool's endpoint, how often, and how long it is waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import msgspec

from cogauth._strict import JSON
from cogauth.identity.answers import answer_of, credentials_of, identity_of, is_passing, text_of
from cogauth.identity.credentials import Credentials
from cogauth.identity.errors import CredentialsUnavailable
from cogauth.identity.logins import Logins
from cogauth.identity.steps import Call, Flow, Pause
from cogauth.keyring.pace import Budget

PATIENCE: Final = 10.0
"""Seconds after which no attempt is begun any more for one who asks."""

ATTEMPTS: Final = 4
"""How often one thing is asked for at most."""

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 2.0
"""Seconds; the longest pause after the first failure doubles with each, and how much of it is drawn by chance."""

AT_ONCE, PER_SECOND = 32, 200
"""How many requests may be under way, and begin in a second, for all providers of the process; AWS's quotas for an
account are 200 a second, and 25 for `GetId`."""

_PROCESS: Final = Budget(AT_ONCE, PER_SECOND)
_TARGET: Final = "AWSCognitoIdentityService"


class Exchange:
    """
    Asks one endpoint about one identity pool; nothing is signed (AWS: these operations need no credentials).

    Args:
        url: the endpoint.
        pool_id: the identity pool.
        account_id: of the AWS account, which `GetId` takes.
        monotonic: seconds that never run backwards.
        chance: gives a number in [0, 1), anew at each call.
    """

    __slots__ = ("_account_id", "_budget", "_chance", "_monotonic", "_pool_id", "_url")

    def __init__(
        self,
        url: str,
        pool_id: str,
        account_id: str | None,
        monotonic: Callable[[], float],
        chance: Callable[[], float],
    ) -> None:
        self._url = url
        self._pool_id = pool_id
        self._account_id = account_id
        self._monotonic = monotonic
        self._chance = chance
        # The times of a clock of one's own tell the others nothing.
        self._budget = _PROCESS if monotonic is time.monotonic else Budget(AT_ONCE, PER_SECOND)

    def identity_id(self, logins: Logins, until: float) -> Flow[str]:
        """Ask for the identity of *logins*, beginning no attempt after *until* (monotonic seconds)."""
        answer = yield from self._ask(
            "GetId", until, IdentityPoolId=self._pool_id, AccountId=self._account_id, Logins=logins.tokens()
        )
        return identity_of(answer)

    def credentials(self, identity_id: str, logins: Logins, custom_role: str | None, until: float) -> Flow[Credentials]:
        """Ask for credentials."""
        answer = yield from self._ask(
            "GetCredentialsForIdentity",
            until,
            IdentityId=identity_id,
            Logins=logins.tokens(),
            CustomRoleArn=custom_role,
        )
        return credentials_of(answer)

    def open_id_token(self, identity_id: str, logins: Logins, until: float) -> Flow[tuple[str, str]]:
        """Ask for the identity, which may be another than *identity_id*, and an OpenID token of it."""
        answer = yield from self._ask("GetOpenIdToken", until, IdentityId=identity_id, Logins=logins.tokens())
        return identity_of(answer), text_of(answer, "Token")

    def _ask(self, operation: str, until: float, **parameters: object) -> Flow[dict[str, JSON]]:
        """Ask, and again after what passes."""
        headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": f"{_TARGET}.{operation}"}
        body = msgspec.json.encode({name: value for name, value in parameters.items() if value})
        longest, attempts = FIRST_PAUSE, 0
        while True:
            attempts += 1
            began = yield from self._place(until)
            try:
                brought = yield Call(self._url, headers, body)
            finally:
                self._budget.give_back(began)
            try:
                return answer_of(brought)
            except CredentialsUnavailable as error:
                pause = self._chance() * longest
                if attempts == ATTEMPTS or not is_passing(error) or self._monotonic() + pause >= until:
                    raise
            yield Pause(pause)
            longest = min(LONGEST_PAUSE, 2 * longest)

    def _place(self, until: float) -> Flow[float]:
        """Wait until there is room for one request more, and give the time at which it was taken."""
        while True:
            now = self._monotonic()
            if self._budget.take(now):
                return now
            pause = FIRST_PAUSE * (0.5 + self._chance())
            if now + pause >= until:
                raise CredentialsUnavailable("credentials.busy")
            yield Pause(pause)

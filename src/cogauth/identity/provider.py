"""CredentialsProvider and AsyncCredentialsProvider: a login becomes AWS credentials; what it takes is written once."""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from cogauth.identity.answers import NOT_FOUND
from cogauth.identity.arn import is_role
from cogauth.identity.credentials import Credentials
from cogauth.identity.errors import CredentialsUnavailable, LoginRefused, PoolMisconfigured
from cogauth.identity.exchange import PATIENCE, Exchange
from cogauth.identity.logins import Logins
from cogauth.identity.settings import endpoint_of
from cogauth.identity.shelf import Shelf
from cogauth.identity.steps import Flow, arun, run
from cogauth.issuers import IdentityPool
from cogauth.transport import AsyncPost, Post, apost, post as blocking_post

MARGIN, JITTER = 300.0, 60.0
"""Seconds before their end at which credentials are renewed, and by how many of them chance moves that ahead."""

SHORT_LIVED: Final = 0.2
"""What part of their life the margin is at most."""

QUIET: Final = 5.0
"""Seconds for which credentials that could not be renewed are not tried to be."""


@dataclass(slots=True)
class _Kept:
    """Credentials, and when to ask for others."""

    credentials: Credentials
    renew_at: float
    quiet_until: float = float("-inf")


class Exchanges:
    """What both providers are: an identity pool, what it has given, and the flows that ask it for more."""

    def __init__(
        self,
        identity_pool: IdentityPool | str,
        *,
        region: str | None,
        endpoint: str | None,
        account_id: str | None,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
        cache_size: int,
        chance: Callable[[], float],
    ) -> None:
        pool_id = identity_pool.pool_id if isinstance(identity_pool, IdentityPool) else identity_pool
        url = endpoint_of(pool_id, region, endpoint, account_id, cache_size)
        self.pool_id: str = pool_id
        """The identity pool."""
        self._exchange = Exchange(url, pool_id, account_id, monotonic, chance)
        self._clock = clock
        self._monotonic = monotonic
        self._chance = chance
        self._kept: Shelf[_Kept] = Shelf(cache_size)
        self._identities: Shelf[str] = Shelf(cache_size)

    def _credentials(self, login: Logins | str, custom_role: str | None) -> Flow[Credentials]:
        if custom_role is not None and not is_role(custom_role):
            raise LoginRefused("login.custom_role")
        logins = _logins(login)
        # The tokens themselves, not whose they are: another token may say other groups, and what is not verified may
        # say anything. Nobody gets what was given for a token that he does not have.
        key = logins.digest("credentials", custom_role or "")
        kept = self._kept.get(key)
        if kept is not None and self._holds(kept, logins):
            quiet = self._monotonic() < kept.quiet_until
            if quiet or self._clock() < kept.renew_at or self._kept.is_being_made(key):
                return kept.credentials
        try:
            made = yield from self._kept.once(key, partial(self._made, logins, custom_role), seen=kept)
        except CredentialsUnavailable:
            if kept is None or not self._holds(kept, logins):
                raise
            kept.quiet_until = self._monotonic() + QUIET * (0.5 + self._chance())
            return kept.credentials
        return made.credentials

    def _made(self, logins: Logins, custom_role: str | None) -> Flow[_Kept]:
        until = self._monotonic() + PATIENCE
        known = self._identities.get(logins.person())
        identity_id = yield from self._identity(logins, until)
        try:
            made = yield from self._exchange.credentials(identity_id, logins, custom_role, until)
        except PoolMisconfigured as error:
            # An identity that was deleted is no more the one of this login: there will be another.
            if error.reason != NOT_FOUND or known is None or logins.identity_id is not None:
                raise
            self._identities.drop(logins.person())
            identity_id = yield from self._identity(logins, until)
            made = yield from self._exchange.credentials(identity_id, logins, custom_role, until)
        self._identities.put(logins.person(), made.identity_id)
        life = made.expiration - self._clock()
        if life <= 0:
            # Of two clocks one is wrong. With ours it is all that was verified, so nothing is given out.
            raise CredentialsUnavailable("credentials.expired_on_arrival")
        margin = min(MARGIN + JITTER * self._chance(), SHORT_LIVED * life)
        return _Kept(made, made.expiration - margin)

    def _open_id_token(self, login: Logins | str) -> Flow[str]:
        logins = _logins(login)
        if logins.has_saml:
            raise LoginRefused("login.saml_open_id")
        until = self._monotonic() + PATIENCE
        identity_id = yield from self._identity(logins, until)
        identity_id, token = yield from self._exchange.open_id_token(identity_id, logins, until)
        self._identities.put(logins.person(), identity_id)
        return token

    def _identity_id(self, login: Logins | str) -> Flow[str]:
        return (yield from self._identity(_logins(login), self._monotonic() + PATIENCE))

    def _identity(self, logins: Logins, until: float) -> Flow[str]:
        # What AWS has answered comes before what was sent.
        key = logins.person()
        identity_id = self._identities.get(key) or logins.identity_id
        if identity_id is None:
            identity_id = yield from self._identities.once(key, partial(self._exchange.identity_id, logins, until))
        return identity_id

    def _holds(self, kept: _Kept, logins: Logins) -> bool:
        """Tell whether *kept* may still be given to whoever comes with *logins*."""
        return self._clock() < min(kept.credentials.expiration, logins.expires_at)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.pool_id!r})"


class CredentialsProvider(Exchanges):
    """
    Gives AWS credentials for logins at an identity pool, blocking where AWS must be asked. Share one among threads.

    It makes the exchange of the enhanced flow: `GetId`, then `GetCredentialsForIdentity`, which need no credentials
    (AWS: "Identity pools authentication flow"). Credentials are kept per login until shortly before they end or the
    login's token does; however many ask for those of one login, one exchange is made.

    Args:
        identity_pool: the pool, or its id.
        region: if it is not the one that the pool's id begins with.
        endpoint: the URL to ask, for FIPS, a VPC or an emulator; https, or http to loopback.
        account_id: the AWS account, which `GetId` takes and does not need.
        clock: seconds since the epoch.
        monotonic: seconds that never run backwards.
        cache_size: of how many logins credentials, and of how many users identity ids, are kept; 0 keeps none.
        post: takes URL, headers and body, and gives a `Reply`; anything that it raises counts as an outage.
        sleep: waits for as many seconds.
        chance: gives a number in [0, 1), anew at each call.

    Raises:
        ConfigurationError: any argument is not what it should be; all mistakes at once.
    """

    def __init__(
        self,
        identity_pool: IdentityPool | str,
        *,
        region: str | None = None,
        endpoint: str | None = None,
        account_id: str | None = None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        cache_size: int = 4096,
        post: Post | None = None,
        sleep: Callable[[float], object] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        super().__init__(
            identity_pool,
            region=region,
            endpoint=endpoint,
            account_id=account_id,
            clock=clock,
            monotonic=monotonic,
            cache_size=cache_size,
            chance=chance,
        )
        self._post = post or blocking_post
        self._sleep = sleep

    def credentials(self, login: Logins | str, *, custom_role: str | None = None) -> Credentials:
        """
        Give credentials for *login*, in the role that the identity pool chooses.

        Args:
            login: the logins; a text is an ID token.
            custom_role: the ARN of a role to ask for, among those that the token or the pool's rules allow.

        Raises:
            LoginRefused: AWS does not take the login or gives it no role, or it was not even sent.
            PoolMisconfigured: the identity pool cannot give credentials.
            CredentialsUnavailable: AWS cannot be asked, and there are none that are still good.
        """
        return run(self._credentials(login, custom_role), self._post, self._sleep)

    def identity_id(self, login: Logins | str) -> str:
        """
        Give the identity of *login*, `<region>:<uuid>`.

        For a login that says its identity it is that one, and proves nothing: `credentials` does, and names it as well.

        Raises:
            CredentialsError: as `credentials`.
        """
        return run(self._identity_id(login), self._post, self._sleep)

    def open_id_token(self, login: Logins | str) -> str:
        """
        Give an OpenID token of *login*'s identity, good for ten minutes; it is not kept (AWS: "GetOpenIdToken").

        Raises:
            LoginRefused: as `credentials`; and a SAML login, of which AWS gives none.
            PoolMisconfigured, CredentialsUnavailable: as `credentials`.
        """
        return run(self._open_id_token(login), self._post, self._sleep)


class AsyncCredentialsProvider(Exchanges):
    """`CredentialsProvider`, for asyncio: the same arguments, `post` and `sleep` being awaitable. Blocks nowhere."""

    def __init__(
        self,
        identity_pool: IdentityPool | str,
        *,
        region: str | None = None,
        endpoint: str | None = None,
        account_id: str | None = None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        cache_size: int = 4096,
        post: AsyncPost | None = None,
        sleep: Callable[[float], Awaitable[object]] | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        super().__init__(
            identity_pool,
            region=region,
            endpoint=endpoint,
            account_id=account_id,
            clock=clock,
            monotonic=monotonic,
            cache_size=cache_size,
            chance=chance,
        )
        self._post = post or apost
        self._sleep = sleep or _asleep

    async def credentials(self, login: Logins | str, *, custom_role: str | None = None) -> Credentials:
        """Give credentials for *login*; raises as `CredentialsProvider.credentials`."""
        return await arun(self._credentials(login, custom_role), self._post, self._sleep)

    async def identity_id(self, login: Logins | str) -> str:
        """Give the identity of *login*; raises as `CredentialsProvider.identity_id`."""
        return await arun(self._identity_id(login), self._post, self._sleep)

    async def open_id_token(self, login: Logins | str) -> str:
        """Give an OpenID token of *login*'s identity; raises as `CredentialsProvider.open_id_token`."""
        return await arun(self._open_id_token(login), self._post, self._sleep)


async def _asleep(seconds: float) -> None:
    import asyncio  # whoever awaits has it already, and nobody else needs it

    await asyncio.sleep(seconds)


def _logins(login: Logins | str) -> Logins:
    return Logins.id_token(login) if isinstance(login, str) else login

"""Gateway: what stands between an authorizer and an API Gateway that keeps its answers for other requests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from cogauth.authorizer import Authorizer
from cogauth.bearer import Headers, read_headers
from cogauth.decision import Decision, Reason
from cogauth.errors import ConfigurationError
from cogauth.handover import handover
from cogauth.iam.advice import Advice, advice
from cogauth.iam.compiled import CompiledApi, Word
from cogauth.iam.cover import Clash
from cogauth.iam.document import PolicyDocument, Resources, too_long
from cogauth.policy import Policy
from cogauth.principal import Principal
from cogauth.rules import AUTHENTICATED

_LIMIT: Final = 131_072
_BUG: Final = 500


class Gateway:
    """
    Decides requests that come through an API Gateway, and says the whole of what a caller may in one IAM document.

    A gateway keeps what an authorizer answers and applies it to the caller's next requests, whatever their routes
    (AWS: "Use API Gateway Lambda authorizers"). So the document says of each request what the policy says of it; where
    IAM has no words for that there is none, and `advice` says where.

    Args:
        authorizer: made once per process.
        delivers: what the gateways pass on besides the policy's own routes, as lines such as `ANY /files/{rest*}`.
            `None`, which is safe, is whatever they are sent. `()` is a promise that a gateway has no route that the
            policy lacks: what no route allows need not be refused then, and far more can be said.
        narrow: refuse what cannot be told apart only because the value of a parameter is a name in another route:
            `/orders/7/items/items`, where `/orders/{id}/items` is refused and `/orders/{id}/items/{item}` is not. A
            document may then refuse what the policy allows, and never allow what it refuses.
        limit: the most bytes of a document. AWS documents none for REST and HTTP APIs.

    Raises:
        ConfigurationError: *authorizer* is no `Authorizer`, *delivers* no list of lines, *limit* no number of bytes.
    """

    def __init__(
        self,
        authorizer: Authorizer,
        *,
        delivers: Iterable[str] | None = None,
        narrow: bool = False,
        limit: int = _LIMIT,
    ) -> None:
        if not isinstance(authorizer, Authorizer):
            raise ConfigurationError("Gateway: takes an Authorizer")
        if isinstance(limit, bool) or not isinstance(limit, int) or limit <= 0:
            raise ConfigurationError("Gateway: limit must be a number of bytes")
        self._authorizer = authorizer
        self._delivers = delivers if delivers is None or isinstance(delivers, str) else tuple(delivers)
        self._narrow = narrow is True
        self._limit = limit
        self._known: tuple[Policy, dict[str | None, CompiledApi]] = (authorizer.policy, {})
        # A mistake in `delivers` is told here, where no request waits.
        self._compiled(authorizer.policy, None)

    def authorize(
        self,
        method: str,
        path: str,
        headers: Headers,
        *,
        raw_path: str | bytes | None = None,
        api: str | None = None,
    ) -> Grant:
        """
        Decide a request as `Authorizer.authorize_request` does, and say with it what else its caller may.

        Args:
            method: in capitals, as it was sent.
            path: decoded, without stage and query.
            headers: (name, value) pairs, all of them.
            raw_path: the path as it was sent, where the event tells it.
            api: the name of an api, where the policy has several.
        """
        headers = tuple(headers)
        while True:
            policy = self._authorizer.policy
            decision = self._authorizer.authorize_request(method, path, headers, raw_path=raw_path, api=api)
            caller = decision
            if decision.reason is Reason.ODD_PATH:
                # The path says nothing of the caller, who is not to be locked out of all others for it.
                caller = self._authorizer.decide(read_headers(method, headers).token, AUTHENTICATED)
            # Unless one policy decided all of it, the answer would be one that nobody wrote.
            if self._authorizer.policy is policy:
                break
        compiled = self._compiled(policy, api)
        who = caller.principal
        word = Word(Resources(()), None) if decision.status >= _BUG else compiled.word(who, caller.now)
        name = api if api in policy.apis else None
        return Grant(decision, who, word, compiled.alone(decision, method, path), self._limit, caller, name)

    def advice(self, api: str | None = None) -> list[Advice]:
        """Say what cannot be said to the gateway of *api*, or not for as long as it is kept; for `cogauth check`."""
        return advice(self._compiled(self._authorizer.policy, api))

    def is_uniform(self, api: str | None = None) -> bool:
        """
        Tell whether all that the gateway passes on for *api* is asked one and the same question, at any time.

        Only then may a simple response of an HTTP API be kept without the route among the identity sources: it says yes
        to every request of the caller (AWS: "Control access to HTTP APIs with AWS Lambda authorizers").
        """
        return self._compiled(self._authorizer.policy, api).is_uniform()

    def _compiled(self, policy: Policy, api: str | None) -> CompiledApi:
        known, apis = self._known
        if known is not policy:
            apis = {}
            self._known = (policy, apis)
        # There are as many as apis: a name that is none of them means none.
        name = api if api is None or api in policy.apis else ""
        compiled = apis.get(name)
        if compiled is None:
            compiled = apis[name] = CompiledApi(policy, name, self._delivers, narrow=self._narrow)
        return compiled


class Grant(msgspec.Struct, frozen=True, eq=False):
    """
    A decision, and what its caller may besides. Made by a `Gateway`.

    An adapter transcribes `decision` where a refusal is no document: a status of 401, or of 500 and more, which no
    cache keeps.
    """

    decision: Decision
    """The answer to the request itself."""
    principal: Principal | None
    """Who is calling, whatever the path; None if there is no token or it proves nobody."""
    word: Word
    """What the caller may. Not for callers."""
    alone: Resources
    """What is right for this request. Not for callers."""
    limit: int
    """The most bytes of a document."""
    caller: Decision
    """What tells the caller's roles. Not for callers."""
    api: str | None
    """The api that was asked for, of those that the policy has."""

    @property
    def valid_until(self) -> float | None:
        """
        Seconds since the epoch until which the document holds; None where nobody is calling.

        It is the earliest of the token's `exp` and of what any rule's answer depends on. A gateway does not ask for it:
        it keeps a document for its TTL, and so as much longer as the TTL is.
        """
        return self.word.until

    def handover(self) -> dict[str, str]:
        """
        Give what `Decision.handover` would of the caller's next request that may pass: what is kept with a document.

        The request itself may be refused: what is told with the document is for those that the document allows.
        """
        return handover(self.principal, self.caller.roles, self.api)

    def document(self, base: str, *, dated: bool = False, closed: bool = False) -> PolicyDocument | None:
        """
        Give the IAM document that is right for each request of the caller; None where there is none, as `why_not` says.

        Nothing of the request is in it. Who may use nothing, or is nobody while no route is public, gets an explicit
        Deny of everything.

        Args:
            base: the ARN of the stage, such as `arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod`.
            dated: allow only until `valid_until`, by a condition on `aws:EpochTime`. AWS documents that key for
                resource policies of APIs, and not for what an authorizer returns.
            closed: deny by `NotResource` whatever is not allowed, where a resource policy would allow what this
                does not mention (AWS: "How API Gateway resource policies affect authorization workflow").

        Raises:
            ValueError: *base* is no such ARN, or has wildcards.
        """
        resources = self.word.resources
        if isinstance(resources, Clash):
            return None
        document = resources.document(base, dated=self.valid_until if dated else None, closed=closed)
        return None if too_long(document, self.limit) else document

    def why_not(self, base: str, *, closed: bool = False) -> str | None:
        """
        Say why there is no document for the stage *base*: two routes that cannot be told apart, or a length.

        Raises:
            ValueError: as `document`.
        """
        resources = self.word.resources
        if isinstance(resources, Clash):
            return str(resources)
        return too_long(resources.document(base, dated=self.valid_until, closed=closed), self.limit)

    def momentary(self, base: str) -> PolicyDocument:
        """
        Give a document that is right for this request alone, where there is no other: for gateways without a cache.

        It allows what the pattern of the request's route reaches, or denies everything; nothing of the request is in
        it. Kept for other requests it may be wrong.

        Raises:
            ValueError: as `document`.
        """
        return self.alone.document(base)

"""Credentials: one exchange for a login, kept while they are good, and what happens when AWS says no or nothing."""

from __future__ import annotations

import asyncio
import gc
import io
import logging
import pickle
import threading
import traceback
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cogauth import ConfigurationError, IdentityPool
from cogauth.identity import (
    AccessTokenSent,
    AsyncCredentialsProvider,
    Credentials,
    CredentialsError,
    CredentialsProvider,
    CredentialsUnavailable,
    LoginRefused,
    Logins,
    PoolMisconfigured,
)
from cogauth.identity.exchange import AT_ONCE
from cogauth.identity.provider import MARGIN
from cogauth.transport import FetchError, Reply
from tests.identity.aws import EXCHANGE, HOUR, Aws, Sides, answer, awaiting, blocking, id_token, identity, refusal
from tests.identity.cases import A, B, user
from tests.support.providers import IDENTITY_POOL_ID
from tests.support.tokens import NOW, access_claims, token

both = pytest.mark.parametrize("ask", [blocking, awaiting])

LONG = {"exp": NOW + 10 * HOUR}

SAML = Logins.saml("PHNhbWw+", "arn:aws:iam::111122223333:saml-provider/Corp")


def long_lived(**changes: object) -> Logins:
    """A login whose token is still good when the credentials are not."""
    return Logins.id_token(id_token({**LONG, **changes}))


def failure(side: Any, login: Logins | str, **options: Any) -> CredentialsError:
    """The error that there is in place of credentials."""
    with pytest.raises(CredentialsError) as caught:
        side.credentials(login, **options)
    return caught.value


# -- The exchange ------------------------------------------------------------------------------------------------------


@both
def test_a_login_becomes_credentials(ask: Sides) -> None:
    """By the two requests of the enhanced flow, which say what is needed and no more."""
    aws = Aws()
    given = ask(aws).credentials(id_token())
    assert Credentials("ASIA2", "SECRET2", "SESSION2", NOW + HOUR, identity(1)) == given
    logins = {"cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123": id_token()}
    assert [
        ("GetId", {"IdentityPoolId": IDENTITY_POOL_ID, "Logins": logins}),
        ("GetCredentialsForIdentity", {"IdentityId": identity(1), "Logins": logins}),
    ] == aws.calls
    assert {"https://cognito-identity.eu-west-1.amazonaws.com/"} == set(aws.urls)


@both
def test_what_is_sent_is_amazon_json(ask: Sides) -> None:
    """With a target, and nothing that says who asks: these operations are not signed."""
    sent: list[Mapping[str, str]] = []
    aws = Aws()

    def post(url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        sent.append(headers)
        return aws.post(url, headers, body)

    async def apost(url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        return post(url, headers, body)

    ask(aws, post=apost if ask is awaiting else post).identity_id(id_token())
    assert [{"content-type": "application/x-amz-json-1.1", "x-amz-target": "AWSCognitoIdentityService.GetId"}] == sent


@both
def test_a_role_is_asked_for(ask: Sides) -> None:
    """And an account named, where that was configured."""
    aws = Aws()
    ask(aws, account_id="111122223333").credentials(id_token(), custom_role=A)
    assert ("111122223333", A) == (aws.calls[0][1]["AccountId"], aws.calls[1][1]["CustomRoleArn"])


@both
def test_several_logins_go_together(ask: Sides) -> None:
    """In each request, so that AWS sees one identity in them."""
    aws = Aws()
    login = Logins.id_token(id_token()) | Logins.facebook("EAAC") | SAML
    ask(aws).credentials(login)
    assert [login.tokens()] * 2 == [parameters["Logins"] for _, parameters in aws.calls]


@both
def test_guests_send_no_logins(ask: Sides) -> None:
    """One provider has one guest, and a guest of before is not asked for."""
    aws = Aws()
    side = ask(aws)
    assert side.credentials(Logins.guest()) == side.credentials(Logins.guest())
    assert EXCHANGE == aws.asked
    assert ["Logins" in parameters for _, parameters in aws.calls] == [False, False]
    assert identity(9) == side.credentials(Logins.guest(identity(9))).identity_id
    assert [*EXCHANGE, "GetCredentialsForIdentity"] == aws.asked


@both
def test_a_developers_user_has_an_identity_already(ask: Sides) -> None:
    """The backend of the developer has asked for it."""
    aws = Aws()
    text = token({"sub": identity(5), "exp": NOW + 900})
    side = ask(aws)
    given = side.credentials(Logins.developer(text, identity(5)))
    assert identity(5) == given.identity_id == side.identity_id(Logins.developer(text, identity(5)))
    logins = {"cognito-identity.amazonaws.com": text}
    assert [("GetCredentialsForIdentity", {"IdentityId": identity(5), "Logins": logins})] == aws.calls


@both
def test_an_open_id_token_is_not_kept(ask: Sides) -> None:
    """It is a bearer token, and AWS gives another at once."""
    aws = Aws()
    side = ask(aws)
    assert ["open-id-2", "open-id-3"] == [side.open_id_token(id_token()) for _ in range(2)]
    assert ["GetId", "GetOpenIdToken", "GetOpenIdToken"] == aws.asked


@both
def test_the_identity_that_is_answered_replaces_the_one_that_was_sent(ask: Sides) -> None:
    """Two that were joined are one from then on, for all that is asked later."""
    aws = Aws()
    side = ask(aws)
    assert identity(1) == side.identity_id(id_token())
    aws.moves_to[identity(1)] = identity(7)
    assert identity(7) == side.credentials(id_token()).identity_id
    assert identity(7) == side.identity_id(id_token())
    aws.moves_to[identity(7)] = identity(8)
    side.open_id_token(id_token())
    assert identity(8) == side.identity_id(id_token())
    known = Logins.guest(identity(3)) | Logins.facebook("x")
    aws.moves_to[identity(3)] = identity(4)
    side.credentials(known)
    assert identity(4) == side.identity_id(known)


@both
def test_an_identity_that_is_gone_is_asked_for_again(ask: Sides) -> None:
    """Once, and only if it was kept: one that AWS has just named would be named again."""
    aws = Aws()
    side = ask(aws)
    side.identity_id(id_token())
    aws.faults = [refusal("ResourceNotFoundException")]
    side.credentials(id_token())
    assert ["GetId", "GetCredentialsForIdentity", *EXCHANGE] == aws.asked
    for login, asked in (
        (Logins.facebook("new"), EXCHANGE),
        (Logins.guest(identity(9)), ["GetCredentialsForIdentity"]),
    ):
        aws.calls.clear()
        aws.down = None
        aws.faults = [None] * (len(asked) - 1) + [refusal("ResourceNotFoundException")]
        assert "aws.not_found" == failure(side, login).reason
        assert asked == aws.asked


@both
def test_an_identity_that_the_caller_named_is_not_asked_for_again(ask: Sides) -> None:
    """It is what he wants, even where it was there before and is gone."""
    aws = Aws()
    side = ask(aws)
    side.credentials(Logins.guest(identity(9)))
    aws.clocks.tick(HOUR)
    aws.calls.clear()
    aws.down = refusal("ResourceNotFoundException")
    assert "aws.not_found" == failure(side, Logins.guest(identity(9))).reason
    assert ["GetCredentialsForIdentity"] == aws.asked


# -- What is kept ------------------------------------------------------------------------------------------------------


@both
def test_credentials_are_kept_until_shortly_before_they_end(ask: Sides) -> None:
    """Five minutes and a little that chance adds, so that a fleet does not come back in step."""
    aws = Aws()
    side = ask(aws)
    first = side.credentials(long_lived())
    aws.clocks.tick(HOUR - MARGIN - 31)
    assert first == side.credentials(long_lived())
    aws.clocks.tick(2)
    assert first != side.credentials(long_lived())
    assert [*EXCHANGE, "GetCredentialsForIdentity"] == aws.asked


@both
def test_of_a_short_life_a_fifth_is_margin(ask: Sides) -> None:
    """An emulator's live for ninety seconds."""
    aws = Aws(life=90)
    side = ask(aws)
    first = side.credentials(long_lived())
    aws.clocks.tick(71)
    assert first == side.credentials(long_lived())
    aws.clocks.tick(2)
    assert first != side.credentials(long_lived())


@both
def test_another_token_of_the_same_user_is_exchanged_anew(ask: Sides) -> None:
    """It may have other groups, and so another role; the identity is the same, and is not asked for."""
    aws = Aws()
    side = ask(aws)
    editor, admin = {"cognito:groups": ["editors"]}, {"cognito:groups": ["admins"], "jti": "later"}
    first = side.credentials(Logins.id_token(id_token(editor), user(editor)))
    second = side.credentials(Logins.id_token(id_token(admin), user(admin)))
    assert (True, True) == (first != second, first.identity_id == second.identity_id)
    assert [*EXCHANGE, "GetCredentialsForIdentity"] == aws.asked


@both
@pytest.mark.parametrize(
    "login",
    [
        pytest.param(Logins.id_token(id_token({"sub": "another"})), id="another user"),
        pytest.param(Logins.id_token(id_token()[:-8] + "AAAAAAAA"), id="a forged signature"),
        pytest.param(Logins.id_token(id_token({"jti": "forged"})), id="a token that only names the user"),
        pytest.param(Logins.guest(), id="a guest"),
        pytest.param(Logins.id_token(id_token()) | Logins.facebook("x"), id="one login more"),
        pytest.param(Logins.id_token(id_token()) | Logins.guest(identity(4)), id="another identity"),
    ],
)
def test_nobody_gets_what_is_kept_for_another(ask: Sides, login: Logins) -> None:
    """Who comes with anything but the very same is AWS's to judge; and what it refuses is refused."""
    aws = Aws()
    side = ask(aws)
    given = side.credentials(id_token())
    mine = side.identity_id(id_token())
    aws.down = refusal("NotAuthorizedException")
    assert "aws.not_authorized" == failure(side, login).reason
    with pytest.raises(LoginRefused):
        side.open_id_token(login)
    assert (given, mine) == (side.credentials(id_token()), side.identity_id(id_token()))


@both
def test_another_role_is_asked_for_by_itself(ask: Sides) -> None:
    """What was given for one is not given for the other."""
    aws = Aws()
    side = ask(aws)
    given = [side.credentials(id_token(), custom_role=role) for role in (None, A, B, A, None)]
    assert (given[0], given[1]) == (given[4], given[3])
    assert 3 == len({each.access_key_id for each in given})


@both
def test_a_token_that_has_ended_opens_nothing(ask: Sides) -> None:
    """AWS would take it no more, though what it gave for it is good for a while yet."""
    aws = Aws()
    side = ask(aws)
    aws.clocks.tick(HOUR - 60)
    side.credentials(id_token())
    aws.clocks.tick(59)
    side.credentials(id_token())
    assert EXCHANGE == aws.asked
    aws.clocks.tick(1)
    aws.down = refusal("NotAuthorizedException")
    assert "aws.not_authorized" == failure(side, id_token()).reason
    aws.down = FetchError("post.deadline")
    assert "post.deadline" == failure(side, id_token()).reason


@both
def test_as_many_are_kept_as_there_is_room_for(ask: Sides) -> None:
    """Those that nobody has asked for lately go; with no room, none is kept."""
    aws = Aws()
    side = ask(aws, cache_size=2)
    logins = [Logins.facebook(name) for name in "abc"]
    for login in logins:
        side.credentials(login)
    aws.calls.clear()
    side.credentials(logins[1])
    side.credentials(logins[2])
    assert [] == aws.calls
    side.credentials(logins[0])
    assert EXCHANGE == aws.asked
    none = ask(aws, cache_size=0)
    assert none.credentials(id_token()) != none.credentials(id_token())


# -- Many at once ------------------------------------------------------------------------------------------------------


def test_a_thousand_tasks_make_one_exchange() -> None:
    """Of one login; all get what one has asked for."""
    aws = Aws()
    provider: AsyncCredentialsProvider = awaiting(aws).provider

    async def all_at_once() -> list[Credentials]:
        return await asyncio.gather(*(provider.credentials(id_token()) for _ in range(1000)))

    assert 1 == len(set(asyncio.run(all_at_once())))
    assert EXCHANGE == aws.asked


def test_a_thousand_threads_make_one_exchange() -> None:
    """The same, where each caller blocks."""
    aws = Aws()
    begun = threading.Event()

    def slowly(url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        begun.wait(5)
        return aws.post(url, headers, body)

    provider: CredentialsProvider = blocking(aws, post=slowly).provider
    with ThreadPoolExecutor(64) as threads:
        asking = [threads.submit(provider.credentials, id_token()) for _ in range(1000)]
        begun.set()
        given = {each.result(10) for each in asking}
    assert (1, EXCHANGE) == (len(given), aws.asked)


@pytest.mark.parametrize("name", ["NotAuthorizedException", "InvalidIdentityPoolConfigurationException"])
def test_all_who_wait_are_told_the_error(name: str) -> None:
    """Each an error of his own, of one attempt; and whoever comes later tries again."""
    aws = Aws()
    aws.down = refusal(name)
    provider: AsyncCredentialsProvider = awaiting(aws).provider

    async def all_at_once() -> list[Credentials | BaseException]:
        asking = [provider.credentials(id_token()) for _ in range(20)]
        return await asyncio.gather(*asking, return_exceptions=True)

    errors = asyncio.run(all_at_once())
    assert (1, 20) == (len({type(error) for error in errors}), len({id(error) for error in errors}))
    assert all(isinstance(error, LoginRefused | PoolMisconfigured) for error in errors)
    assert {error.reason for error in errors if isinstance(error, CredentialsError)} <= {
        "aws.not_authorized",
        "aws.pool_configuration",
    }
    assert ["GetId"] == aws.asked
    aws.down = None
    assert asyncio.run(provider.credentials(id_token()))


class Gate:
    """A server that answers when it is let."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.open = asyncio.Event()
        self.reached = asyncio.Event()

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        self.reached.set()
        await self.open.wait()
        return self.aws.post(url, headers, body)


@pytest.mark.parametrize("leaving", [[1], [0], [0, 2], [1, 2]])
def test_who_goes_away_does_not_take_the_others_along(leaving: list[int]) -> None:
    """Neither the one who asks AWS, whose place another takes, nor one who only waits."""
    aws = Aws()

    async def story() -> list[Credentials]:
        gate = Gate(aws)
        provider: AsyncCredentialsProvider = awaiting(aws, post=gate.post).provider
        tasks = [asyncio.create_task(provider.credentials(id_token())) for _ in range(4)]
        await gate.reached.wait()
        await asyncio.sleep(0)
        gone = [tasks[number] for number in leaving]
        for task in gone:
            task.cancel()
        for task in gone:
            with pytest.raises(asyncio.CancelledError):
                await task
        gate.open.set()
        return [await task for task in tasks if task not in gone]

    assert 1 == len(set(asyncio.run(story())))
    assert EXCHANGE == aws.asked


def test_who_makes_it_too_long_is_not_waited_for_any_more() -> None:
    """Its maker may have died; whoever waited is told so, and the next one tries."""
    aws = Aws()
    left, stay = threading.Event(), threading.Event()

    def hangs(url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        if not left.is_set():
            left.set()
            stay.wait(10)
        return aws.post(url, headers, body)

    provider, guest = blocking(aws, post=hangs).provider, Logins.guest(identity(9))
    with ThreadPoolExecutor(1) as threads:
        hanging = threads.submit(provider.credentials, guest)
        left.wait(5)
        flow = provider._credentials(guest, None)
        join: Any = next(flow)
        assert (20.0, False) == (join.seconds, join.flight.done())
        with pytest.raises(CredentialsUnavailable) as caught:
            flow.send(None)
        assert ("credentials.busy", True) == (caught.value.reason, join.flight.done())
        assert provider.credentials(guest)
        stay.set()
        assert hanging.result(5)


@both
def test_a_renewal_keeps_nobody_waiting(ask: Sides) -> None:
    """While one asks, the others go on with what is still good."""
    aws = Aws()
    side = ask(aws)
    first = side.credentials(long_lived())
    aws.clocks.tick(HOUR - 100)
    renewing = side.provider._credentials(long_lived(), None)
    next(renewing)
    assert first == side.credentials(long_lived())
    renewing.close()
    assert first != side.credentials(long_lived())


@both
def test_what_was_made_meanwhile_is_taken(ask: Sides) -> None:
    """Between a look at the shelf and the first step of an exchange another may have ended."""
    aws = Aws()
    side = ask(aws)
    first = side.credentials(long_lived())
    shelf = side.provider._kept
    (kept,) = shelf._kept.values()

    def never() -> Any:
        raise AssertionError

    with pytest.raises(StopIteration) as caught:
        next(shelf.once(long_lived().digest("credentials", ""), never))
    assert (kept, first) == (caught.value.value, kept.credentials)


def test_a_forked_child_waits_for_nobody() -> None:
    """The threads that were asking are the parent's."""
    aws = Aws()
    provider = blocking(aws).provider
    asking = provider._credentials(id_token(), None)
    next(asking)
    for shelf in (provider._kept, provider._identities):
        shelf.renew()
    assert provider.credentials(id_token())
    asking.close()
    assert provider.credentials(id_token())


def test_there_is_a_bound_to_requests_at_a_time() -> None:
    """Of all logins together; whoever finds no room comes back after a while that chance makes uneven."""
    aws = Aws()
    provider = blocking(aws).provider
    under_way = [provider._identity_id(Logins.facebook(str(number))) for number in range(AT_ONCE)]
    for flow in under_way:
        next(flow)
    with pytest.raises(CredentialsUnavailable) as caught:
        provider.credentials(id_token())
    assert "credentials.busy" == caught.value.reason
    assert (0, {0.2}) == (len(aws.calls), set(aws.pauses))
    assert 9 < sum(aws.pauses) < 10
    for flow in under_way:
        flow.close()
    assert provider.credentials(id_token())


def test_the_bound_is_the_processs() -> None:
    """Providers that go by the process's own clock share it; a clock of one's own tells the others nothing."""
    providers: list[Any] = [CredentialsProvider(IDENTITY_POOL_ID), AsyncCredentialsProvider(IDENTITY_POOL_ID)]
    shared = {id(provider._exchange._budget) for provider in providers}
    assert 1 == len(shared)
    assert id(blocking(Aws()).provider._exchange._budget) not in shared


# -- When AWS says no, or nothing --------------------------------------------------------------------------------------

# The errors of the three operations in the Amazon Cognito Federated Identities API reference, and the shapes of errors
# of the AWS JSON 1.1 protocol (Smithy).
REFUSALS: list[Any] = [
    pytest.param(refusal("NotAuthorizedException"), LoginRefused, "aws.not_authorized", id="not authorized"),
    pytest.param(
        refusal("ResourceConflictException"), LoginRefused, "aws.login_of_another_identity", id="of another identity"
    ),
    pytest.param(
        refusal("InvalidIdentityPoolConfigurationException"), PoolMisconfigured, "aws.pool_configuration", id="pool"
    ),
    pytest.param(refusal("InvalidParameterException"), PoolMisconfigured, "aws.invalid_parameter", id="parameter"),
    pytest.param(refusal("ResourceNotFoundException"), PoolMisconfigured, "aws.not_found", id="no such pool"),
    pytest.param(refusal("LimitExceededException"), PoolMisconfigured, "aws.limit_exceeded", id="limit"),
    pytest.param(refusal("SomethingNewException"), CredentialsUnavailable, "aws.unknown_error", id="unknown"),
    pytest.param(
        refusal("com.amazonaws.cognito.identity#NotAuthorizedException:http://internal.example/"),
        LoginRefused,
        "aws.not_authorized",
        id="namespace and address",
    ),
    pytest.param(answer({"code": "NotAuthorizedException"}, 400), LoginRefused, "aws.not_authorized", id="code"),
    pytest.param(
        answer(
            {"__type": "InternalErrorException"},
            400,
            {"x-amzn-errortype": "NotAuthorizedException:http://internal.example/"},
        ),
        LoginRefused,
        "aws.not_authorized",
        id="a header comes first",
    ),
    pytest.param(answer({"message": "no name"}, 400), CredentialsUnavailable, "aws.unknown_error", id="no name"),
    pytest.param(answer({"__type": 7}, 400), CredentialsUnavailable, "aws.unknown_error", id="a name that is none"),
    pytest.param(Reply(403, {}, b"<html>"), CredentialsUnavailable, "aws.unknown_error", id="a proxy's page"),
    pytest.param(Reply(201, {}, b"{}"), CredentialsUnavailable, "aws.unknown_error", id="another status"),
    pytest.param(Reply(200, {}, b"<html>"), CredentialsUnavailable, "aws.malformed_answer", id="no JSON"),
    pytest.param(Reply(200, {}, b'{"a":1,"a":2}'), CredentialsUnavailable, "aws.malformed_answer", id="twice"),
    pytest.param(answer({}), CredentialsUnavailable, "aws.malformed_answer", id="no identity"),
    pytest.param(answer({"IdentityId": "../x"}), CredentialsUnavailable, "aws.malformed_answer", id="no identity id"),
    pytest.param(answer({"IdentityId": 7}), CredentialsUnavailable, "aws.malformed_answer", id="a number"),
]

PASSING: list[Any] = [
    pytest.param(refusal("TooManyRequestsException"), "aws.throttled", id="throttled"),
    pytest.param(refusal("ThrottlingException"), "aws.throttled", id="throttled, in other words"),
    pytest.param(Reply(429, {}, b""), "aws.throttled", id="429"),
    pytest.param(refusal("InternalErrorException", 500), "aws.internal_error", id="internal error"),
    pytest.param(refusal("InternalFailure", 500), "aws.internal_error", id="internal failure"),
    pytest.param(Reply(502, {}, b"<html>"), "aws.internal_error", id="502"),
    pytest.param(Reply(503, {"x-amzn-errortype": "New"}, b""), "aws.internal_error", id="503"),
    pytest.param(refusal("ServiceUnavailable", 503), "aws.internal_error", id="unavailable"),
    pytest.param(refusal("ServiceUnavailableException", 503), "aws.internal_error", id="unavailable, an exception"),
    pytest.param(refusal("ExternalServiceException"), "aws.external_service", id="Facebook is down"),
    pytest.param(FetchError("post.deadline"), "post.deadline", id="too late"),
    pytest.param(FetchError("post.fetch_failed"), "post.fetch_failed", id="out of reach"),
    pytest.param(OSError("SECRET"), "post.failed", id="somebody else's error"),
]


@both
@pytest.mark.parametrize("operation", [0, 1])
@pytest.mark.parametrize(("reply", "error", "reason"), REFUSALS)
def test_a_refusal_is_known_by_its_name(ask: Sides, operation: int, reply: Reply, error: type, reason: str) -> None:
    """It is asked once, and its text is neither read nor repeated."""
    aws = Aws()
    aws.faults = [None] * operation + [reply]
    caught = failure(ask(aws), id_token())
    assert (error, reason, 1 + operation) == (type(caught), caught.reason, len(aws.calls))
    assert [] == aws.pauses


@both
@pytest.mark.parametrize("operation", [0, 1])
@pytest.mark.parametrize(("reply", "reason"), PASSING)
def test_what_passes_is_asked_again(ask: Sides, operation: int, reply: Any, reason: str) -> None:
    """After a pause that grows and that chance shortens; four times in all."""
    aws = Aws()
    aws.faults = [None] * operation + [reply] * 3
    assert ask(aws).credentials(id_token())
    assert ([0.1, 0.2, 0.4], 5) == (aws.pauses, len(aws.calls))
    again = Aws()
    again.faults = [None] * operation + [reply] * 4
    caught = failure(ask(again), id_token())
    assert (CredentialsUnavailable, reason, 4 + operation) == (type(caught), caught.reason, len(again.calls))


@both
def test_there_is_an_end_to_patience(ask: Sides) -> None:
    """Ten seconds, however few attempts they were: a caller waits, too."""
    aws = Aws()
    clocks = aws.clocks

    def slow(url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        aws.post(url, headers, body)
        clocks.tick(5)
        raise FetchError("post.deadline")

    async def aslow(url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        return slow(url, headers, body)

    assert "post.deadline" == failure(ask(aws, post=aslow if ask is awaiting else slow), id_token()).reason
    assert (2, [0.1]) == (len(aws.calls), aws.pauses)


@both
@pytest.mark.parametrize(
    "changes",
    [
        {"AccessKeyId": ""},
        {"AccessKeyId": None},
        {"SecretKey": 7},
        {"SessionToken": ["x"]},
        {"Expiration": "1700003600"},
        {"Expiration": True},
        {"Expiration": None},
    ],
)
def test_half_credentials_are_none(ask: Sides, changes: Mapping[str, object]) -> None:
    """An answer has all of it, of the right type, or it is no answer."""
    aws = Aws()
    whole = {"AccessKeyId": "ASIA", "SecretKey": "s", "SessionToken": "t", "Expiration": NOW + HOUR}
    aws.faults = [None, answer({"IdentityId": identity(1), "Credentials": {**whole, **changes}})]
    caught = failure(ask(aws), id_token())
    assert (CredentialsUnavailable, "aws.malformed_answer") == (type(caught), caught.reason)


@both
@pytest.mark.parametrize("body", [{"IdentityId": identity(1)}, {"IdentityId": identity(1), "Credentials": "x"}])
def test_no_credentials_are_none(ask: Sides, body: object) -> None:
    """Nor is an answer without any."""
    aws = Aws()
    aws.faults = [None, answer(body)]
    assert "aws.malformed_answer" == failure(ask(aws), id_token()).reason


@both
def test_an_open_id_token_that_is_none_is_refused(ask: Sides) -> None:
    """An answer without it, or with something else."""
    aws = Aws()
    side = ask(aws)
    side.identity_id(id_token())
    aws.down = answer({"IdentityId": identity(1), "Token": ""})
    with pytest.raises(CredentialsUnavailable):
        side.open_id_token(id_token())


@both
@pytest.mark.parametrize("life", [0, -1, -HOUR])
def test_credentials_that_have_ended_are_not_given(ask: Sides, life: float) -> None:
    """Of two clocks one is wrong."""
    caught = failure(ask(Aws(life=life)), id_token())
    assert (CredentialsUnavailable, "credentials.expired_on_arrival") == (type(caught), caught.reason)


@both
@pytest.mark.parametrize(
    "down", [refusal("TooManyRequestsException"), FetchError("post.deadline"), Reply(403, {}, b"")]
)
def test_an_outage_is_not_seen_until_the_credentials_end(ask: Sides, down: Any) -> None:
    """They serve until then; a failed renewal is not tried again at once; and in the end there is a typed error."""
    aws = Aws()
    side = ask(aws)
    first = side.credentials(long_lived())
    aws.down = down
    aws.clocks.tick(HOUR - 200)
    assert first == side.credentials(long_lived())
    tried = len(aws.calls)
    assert (first, tried) == (side.credentials(long_lived()), len(aws.calls))
    aws.clocks.tick(5)
    assert first == side.credentials(long_lived())
    assert tried < len(aws.calls)
    aws.clocks.tick(NOW + HOUR - 1 - aws.clocks.now)
    assert first == side.credentials(long_lived())
    aws.clocks.tick(1)
    assert CredentialsUnavailable is type(failure(side, long_lived()))
    aws.down = None
    assert first != side.credentials(long_lived())


@both
def test_what_ends_while_it_is_renewed_is_not_given(ask: Sides) -> None:
    """The clock is looked at once more when the renewal has failed."""
    aws = Aws()
    side = ask(aws)
    side.credentials(long_lived())
    aws.clocks.tick(HOUR - 0.5)
    aws.down = refusal("TooManyRequestsException")
    assert "aws.throttled" == failure(side, long_lived()).reason


@both
def test_a_refusal_ends_what_is_kept(ask: Sides) -> None:
    """A renewal that is refused, of a user who was signed out or deleted, is refused at once."""
    aws = Aws()
    side = ask(aws)
    side.credentials(long_lived())
    aws.clocks.tick(HOUR - 200)
    aws.down = refusal("NotAuthorizedException")
    assert "aws.not_authorized" == failure(side, long_lived()).reason


# -- What is refused before anything is asked --------------------------------------------------------------------------


@both
@pytest.mark.parametrize("what", ["credentials", "identity_id", "open_id_token"])
def test_an_access_token_is_refused_before_anything_is_asked(ask: Sides, what: str) -> None:
    """By name, for AWS would only say that a claim is missing."""
    aws = Aws()
    with pytest.raises(AccessTokenSent):
        getattr(ask(aws), what)(token(access_claims()))
    assert [] == aws.calls


@both
@pytest.mark.parametrize("role", ["", "Admin", "arn:aws:iam::111122223333:user/ana", f"{A}\n", 7])
def test_what_is_no_role_is_not_asked_for(ask: Sides, role: Any) -> None:
    """Whatever it is that somebody lets users choose."""
    aws = Aws()
    assert "login.custom_role" == failure(ask(aws), id_token(), custom_role=role).reason
    assert [] == aws.calls


@both
def test_there_is_no_open_id_token_for_saml(ask: Sides) -> None:
    """AWS has SAML in the enhanced flow alone (developer guide, "Identity pools authentication flow")."""
    aws = Aws()
    with pytest.raises(LoginRefused) as caught:
        ask(aws).open_id_token(SAML | Logins.facebook("x"))
    assert ("login.saml_open_id", []) == (caught.value.reason, aws.calls)


# -- Settings ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({"identity_pool": IdentityPool(IDENTITY_POOL_ID)}, "https://cognito-identity.eu-west-1.amazonaws.com/"),
        ({"region": "us-east-1"}, "https://cognito-identity.us-east-1.amazonaws.com/"),
        ({"region": "us-gov-west-1"}, "https://cognito-identity.us-gov-west-1.amazonaws.com/"),
        ({"region": "cn-north-1"}, "https://cognito-identity.cn-north-1.amazonaws.com.cn/"),
        ({"region": "eusc-de-east-1"}, "https://cognito-identity.eusc-de-east-1.amazonaws.eu/"),
        ({"endpoint": "http://127.0.0.1:4566"}, "http://127.0.0.1:4566"),
        (
            {"endpoint": "https://cognito-identity-fips.us-east-1.amazonaws.com"},
            "https://cognito-identity-fips.us-east-1.amazonaws.com",
        ),
    ],
)
@both
def test_the_endpoint_is_the_regions_or_the_one_that_is_said(ask: Sides, settings: Any, url: str) -> None:
    """Of each partition it has another suffix (botocore's endpoints)."""
    aws = Aws()
    ask(aws, **settings).identity_id(id_token())
    assert [url] == aws.urls


@pytest.mark.parametrize("kind", [CredentialsProvider, AsyncCredentialsProvider])
@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"identity_pool": "eu-west-1"}, "identity pool"),
        ({"identity_pool": 7}, "identity pool"),
        ({"identity_pool": "eu-west-1_AbCdEf123"}, "identity pool"),
        ({"region": "nowhere"}, "region"),
        ({"region": ""}, "region"),
        ({"region": "eu-west-1.evil.example/"}, "region"),
        ({"endpoint": "http://pool.example"}, "endpoint"),
        ({"endpoint": ""}, "endpoint"),
        ({"endpoint": "https://u:p@pool.example"}, "endpoint"),
        ({"account_id": "1" * 16}, "account_id"),
        ({"account_id": "12a"}, "account_id"),
        ({"cache_size": -1}, "cache_size"),
        ({"cache_size": True}, "cache_size"),
        ({"cache_size": 1.5}, "cache_size"),
    ],
)
def test_a_mistake_is_told_while_building(kind: Any, options: Any, problem: str) -> None:
    """Each by the name of its argument."""
    settings = {"identity_pool": IDENTITY_POOL_ID, **options}
    with pytest.raises(ConfigurationError) as caught:
        kind(settings.pop("identity_pool"), **settings)
    assert [f"CredentialsProvider: {problem}"] == [text.partition(": must")[0] for text in caught.value.problems]


def test_all_mistakes_are_told_at_once() -> None:
    """So that one need not build five times."""
    with pytest.raises(ConfigurationError) as caught:
        CredentialsProvider("x", region="x", endpoint="x", account_id="x", cache_size=-1)
    assert 5 == len(caught.value.problems)


def test_the_clock_is_waited_by_where_none_is_given() -> None:
    """Without a `sleep` of its own the awaiting provider waits by the event loop."""
    aws = Aws()
    aws.faults = [refusal("TooManyRequestsException")]
    provider = AsyncCredentialsProvider(IDENTITY_POOL_ID, clock=aws.clocks.wall, post=aws.apost, chance=lambda: 0.0)
    assert asyncio.run(provider.credentials(id_token()))
    assert ["GetId", *EXCHANGE] == aws.asked


# -- What is shown -----------------------------------------------------------------------------------------------------


def test_errors_are_one_tree_with_codes_of_their_own() -> None:
    """Whoever catches the base has all of them; codes and texts are constant."""
    errors = [CredentialsError, LoginRefused, AccessTokenSent, PoolMisconfigured, CredentialsUnavailable]
    assert {
        "credentials": "there are no AWS credentials for this login",
        "login_refused": "the identity pool does not take this login",
        "access_token_sent": "an access token was given; an identity pool takes the ID token",
        "pool_misconfigured": "the identity pool cannot give credentials as it is set up",
        "credentials_unavailable": "AWS credentials are not available now",
    } == {error.code: str(error("x")) for error in errors}
    assert all(issubclass(error, CredentialsError) for error in errors)
    assert {error.code: error().reason for error in errors} == {error.code: error.code for error in errors}
    later = pickle.loads(pickle.dumps(CredentialsUnavailable("aws.throttled", retry_after=7)))
    assert ("aws.throttled", 7) == (later.reason, later.retry_after)


SECRETS = ("SECRET", "SESSION", "ASIA", "ana@example.com", id_token(), id_token().split(".")[1])


@both
def test_nothing_secret_is_shown(ask: Sides, caplog: pytest.LogCaptureFixture) -> None:
    """Not in a representation, nor in an error with all that led to it, nor in a log."""
    caplog.set_level(logging.DEBUG)
    aws = Aws()
    side = ask(aws)
    given = side.credentials(id_token())
    flow = side.provider._credentials(Logins.facebook("SECRET"), None)
    shown = io.StringIO()
    print(repr(given), str(given), f"{given}", side.provider, next(flow), Reply(200, {}, b"SECRET"), file=shown)
    flow.close()
    for fault in (refusal("NotAuthorizedException"), OSError("SECRET"), Reply(200, {}, b"SECRET")):
        aws.down = fault
        error = failure(side, Logins.facebook("SECRET"))
        print("".join(traceback.format_exception(error)), repr(error), error.args, file=shown)
    print(caplog.text, file=shown)
    kept = [*side.provider._kept._kept, *side.provider._identities._kept]
    print(kept, file=shown)
    assert f"<Credentials until {NOW + HOUR}>" in shown.getvalue()
    # A traceback quotes this file as well.
    lines = [line for line in shown.getvalue().splitlines() if "Logins.facebook(" not in line]
    assert [] == [line for line in lines for secret in SECRETS if secret in line]
    assert {32} == {len(key) for key in kept}


def test_no_future_is_left_unread() -> None:
    """An error that nobody waits for is nothing that an event loop should complain of."""
    aws = Aws()
    aws.down = refusal("NotAuthorizedException")
    complaints: list[Any] = []

    async def story() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        provider: AsyncCredentialsProvider = awaiting(aws).provider
        first = asyncio.create_task(provider.credentials(id_token()))
        second = asyncio.create_task(provider.credentials(id_token()))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        gc.collect()
        await asyncio.sleep(0)

    asyncio.run(story())
    assert [] == complaints


@both
@pytest.mark.parametrize("odd", [None, b"{}", "x"])
def test_what_is_no_reply_is_an_outage(ask: Sides, odd: Any) -> None:
    """A callable of one's own may give anything."""
    aws = Aws()

    def post(url: str, headers: Mapping[str, str], body: bytes) -> Any:
        return odd

    async def apost(url: str, headers: Mapping[str, str], body: bytes) -> Any:
        return odd

    caught = failure(ask(aws, post=apost if ask is awaiting else post), id_token())
    assert (CredentialsUnavailable, "post.failed") == (type(caught), caught.reason)

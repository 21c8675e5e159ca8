"""What CloudWatch and X-Ray are told of invocations, the refused ones included, and never a token or a claim."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools import Logger, Tracer
from aws_lambda_powertools.tracing.base import BaseProvider

from cogauth import AUTHENTICATED, Authorizer, ConfigurationError, UserPool, Verifier
from cogauth.events import DecisionMade, Event, KeysFetched
from cogauth_lambda import lambda_authorizer
from cogauth_lambda.observe import Invocation, InvocationObserver, as_one, observers_of, watched
from cogauth_lambda.observe.logger import LoggerObserver
from cogauth_lambda.observe.metrics import MANY_ISSUERS, MetricsObserver
from cogauth_lambda.observe.tracer import MOST, TracerObserver
from tests.adapters.conftest import Pool, broken

ARN = "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod"


@dataclass(frozen=True)
class LambdaContext:
    """What Lambda tells a handler of an invocation."""

    function_name: str = "authorizer"
    aws_request_id: str = "8f5079ee-8b5b-4a9e-9d3a-3c0c5e0b3c1d"


def event(token: str | None, line: str) -> dict[str, Any]:
    method, path = line.split(" ", 1)
    return {"type": "TOKEN", "authorizationToken": f"Bearer {token}", "methodArn": f"{ARN}/{method}{path}"}


class Recorded:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def begin(self, invocation: Invocation) -> None:
        self.told.append(("begin", invocation.cold))

    def __call__(self, event: Event) -> None:
        self.told.append(event.decision.reason.value if isinstance(event, DecisionMade) else event)

    def end(self) -> None:
        self.told.append("end")


class Faulty:
    """An observer with a bug in each of its methods."""

    def begin(self, invocation: Invocation) -> None:
        raise ZeroDivisionError

    def __call__(self, event: Event) -> None:
        raise ZeroDivisionError

    def end(self) -> None:
        raise ZeroDivisionError


class Watched:
    """A handler over the usual policy, with an observer."""

    def __init__(self, pool: Pool, *observers: InvocationObserver, **options: Any) -> None:
        hooks = {"is_revoked": options.pop("is_revoked")} if "is_revoked" in options else {}
        verifier = Verifier(*options.pop("issuers", (pool.issuer,)))
        rules = options.pop("rules", pool.policy)
        self.authorizer = Authorizer(verifier, rules, observe=as_one(observers), **hooks)
        self._handler = watched(lambda_authorizer(self.authorizer, cache_ttl=0), self.authorizer, *observers, **options)

    def __call__(self, token: str | None, line: str = "GET /orders/7") -> str:
        """Give what came of it: Allow, Deny, or the name of the exception."""
        try:
            answer = self._handler(event(token, line), LambdaContext())
        except Exception as error:  # noqa: BLE001  what it is is looked at
            return type(error).__name__
        return str(answer["policyDocument"]["Statement"][0]["Effect"])


class TestInvocations:
    """Where an invocation begins and ends."""

    def test_order(self, pool: Pool) -> None:
        """Each observer is told of the beginning, the decision and the end; the first start is a cold one."""
        recorded = Recorded()
        handler = Watched(pool, recorded, environ={})

        assert ["Allow", "Deny"] == [handler(pool.ana), handler(pool.bo, "PUT /orders/7")]
        assert [("begin", True), "allowed", "end", ("begin", False), "missing_group", "end"] == recorded.told

    @pytest.mark.parametrize("token", ["expired", None])
    def test_unauthorized(self, pool: Pool, token: str | None) -> None:
        """The end is told when the answer is an exception, which stays what it is."""
        recorded = Recorded()
        handler = Watched(pool, recorded, environ={})

        assert "Unauthorized" == handler(None if token is None else getattr(pool, token))
        assert "end" == recorded.told[-1]

    def test_bug_elsewhere(self, pool: Pool) -> None:
        """The end is told when the handler fails."""
        recorded = Recorded()
        handler = Watched(pool, recorded, is_revoked=broken, environ={})

        assert "ZeroDivisionError" == handler(pool.ana)
        assert ["internal_error", "end"] == recorded.told[-2:]

    def test_faulty_observer(self, pool: Pool) -> None:
        """An observer with bugs changes no answer and keeps nothing from the next."""
        recorded = Recorded()
        handler = Watched(pool, Faulty(), recorded, environ={})

        assert ["Allow", "Deny", "Unauthorized"] == [
            handler(pool.ana),
            handler(pool.bo, "PUT /orders/7"),
            handler(pool.expired),
        ]
        assert 3 == recorded.told.count("end")

    @pytest.mark.parametrize(
        ("kind", "cold"), [("on-demand", True), ("snap-start", True), ("provisioned-concurrency", False)]
    )
    def test_cold_start(self, pool: Pool, kind: str, *, cold: bool) -> None:
        """Nobody waited for a container that was started ahead."""
        recorded = Recorded()

        Watched(pool, recorded, environ={"AWS_LAMBDA_INITIALIZATION_TYPE": kind})(pool.ana)

        assert ("begin", cold) == recorded.told[0]


class TestChosen:
    """COGAUTH_OBSERVE."""

    def test_names(self) -> None:
        """Each name makes one observer, once, in the order given."""
        observers = observers_of({"COGAUTH_OBSERVE": "metrics, log,metrics"})

        assert [MetricsObserver, LoggerObserver] == [type(each) for each in observers]

    @pytest.mark.parametrize("text", ["", " , "])
    def test_none(self, text: str) -> None:
        """Nothing is observed unless it is asked for; then an authorizer has no observer at all."""
        assert [] == observers_of({"COGAUTH_OBSERVE": text})
        assert [] == observers_of({})
        assert as_one([]) is None

    @pytest.mark.parametrize("text", ["logs", "log;metrics", "Log", "log,all"])
    def test_unknown(self, text: str) -> None:
        """A name that there is not is told, with those that there are."""
        with pytest.raises(ConfigurationError, match="none of log, metrics, trace"):
            observers_of({"COGAUTH_OBSERVE": text})

    @pytest.mark.parametrize("name", ["log", "metrics", "trace"])
    def test_library_missing(self, name: str) -> None:
        """Without Powertools the container does not start, and says what to add; without an observer none is needed."""
        script = (
            "import sys; sys.modules['aws_lambda_powertools'] = None\n"
            "from cogauth_lambda.observe import observers_of\n"
            "observers_of({}); print('none', flush=True); observers_of({'COGAUTH_OBSERVE': sys.argv[1]})"
        )
        ran = subprocess.run([sys.executable, "-c", script, name], capture_output=True, text=True, check=False)

        assert (1, "none\n") == (ran.returncode, ran.stdout)
        assert "add the layer of Powertools for AWS Lambda" in ran.stderr.splitlines()[-1]


class TestLogger:
    """Log lines."""

    @pytest.fixture
    def stream(self) -> io.StringIO:
        return io.StringIO()

    @pytest.fixture
    def observer(self, stream: io.StringIO, request: pytest.FixtureRequest) -> LoggerObserver:
        # Powertools keeps loggers by the name of the service.
        return LoggerObserver(Logger(service=request.node.name, stream=stream, location=None, level="INFO"))

    @pytest.fixture
    def handler(self, pool: Pool, observer: LoggerObserver) -> Watched:
        return Watched(pool, observer, environ={})

    def test_lines(self, pool: Pool, stream: io.StringIO, handler: Watched) -> None:
        """One line for each decision, with the invocation that it is of and the fields that are documented."""
        handler(pool.ana)
        handler(pool.expired)
        first, second = [json.loads(line) for line in stream.getvalue().splitlines()]

        assert ("INFO", "200 allowed GET /orders/{id}", True) == (first["level"], first["message"], first["cold_start"])
        assert ("WARNING", "expired", False) == (second["level"], second["cogauth_reason"], second["cold_start"])
        assert LambdaContext.aws_request_id == second["function_request_id"]
        assert "location" not in second

    def test_between_invocations(
        self, pool: Pool, stream: io.StringIO, observer: LoggerObserver, handler: Watched
    ) -> None:
        """What is told between two invocations is of neither."""
        handler(pool.ana)
        stream.truncate(0)

        observer(KeysFetched("staff", "https://k.example", 0.25, 2))

        line = json.loads(stream.getvalue().strip("\0"))
        assert ("keys", "staff") == (line["cogauth_event"], line["cogauth_issuer"])
        assert "function_request_id" not in line


Lines = list[dict[str, Any]]


def metrics(text: str) -> Lines:
    """Read lines of the Embedded Metric Format, each held against what CloudWatch asks of it."""
    lines: Lines = [json.loads(line) for line in text.splitlines()]
    for line in lines:
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        for names in directive["Dimensions"]:
            assert 1 <= len(names) <= 30
            assert all(isinstance(line[name], str) and line[name] for name in names)
        assert all(line[metric["Name"]] for metric in directive["Metrics"])
    return lines


def having(lines: Lines, name: str) -> Lines:
    return [line for line in lines if name in line]


class TestMetrics:
    """Lines of the Embedded Metric Format."""

    def test_decisions(self, pool: Pool, capsys: pytest.CaptureFixture[str]) -> None:
        """One line for each invocation, by reason, with its time and whether the token was remembered."""
        handler = Watched(pool, MetricsObserver(), environ={})
        handler(pool.ana)
        handler(pool.ana)
        handler(pool.expired)
        handler(None)

        lines = having(metrics(capsys.readouterr().out), "Decisions")

        assert ["allowed", "allowed", "expired", "malformed_token"] == [line["reason"] for line in lines]
        assert [[0.0], [1.0], [0.0], [0.0]] == [line["TokenRemembered"] for line in lines]
        assert [["service"], ["service", "reason"]] == lines[0]["_aws"]["CloudWatchMetrics"][0]["Dimensions"]
        assert ("cogauth", [1.0]) == (lines[0]["service"], lines[0]["Decisions"])
        assert lines[0]["DecisionTime"][0] > 0

    def test_cold_start(self, pool: Pool, capsys: pytest.CaptureFixture[str]) -> None:
        """Told once, with the function's name."""
        handler = Watched(pool, MetricsObserver(), environ={})
        handler(pool.ana)
        handler(pool.ana)

        (line,) = having(metrics(capsys.readouterr().out), "ColdStart")

        assert ("authorizer", [1.0]) == (line["function_name"], line["ColdStart"])

    def test_fetch(self, pool: Pool, capsys: pytest.CaptureFixture[str]) -> None:
        """A fetch that fails is counted as such, under the issuer's name, and the invocation that fails writes it."""
        handler = Watched(pool, MetricsObserver(), issuers=[pool.keyless()], environ={})

        assert "KeysUnavailable" == handler(pool.ana)

        lines = metrics(capsys.readouterr().out)
        (fetch, *_) = having(lines, "KeyFetches")
        assert ([1.0], [1.0], [0.0]) == (fetch["KeyFetches"], fetch["KeyFetchFailures"], fetch["Keys"])
        assert [["service"], ["service", "issuer"]] == fetch["_aws"]["CloudWatchMetrics"][0]["Dimensions"]
        assert [pool.local.pool_id] == [fetch["issuer"]]
        assert ["keys_unavailable"] == [line["reason"] for line in having(lines, "Decisions")]

    def test_key_age(self, pool: Pool, capsys: pytest.CaptureFixture[str]) -> None:
        """Told once a minute for issuers that were used; pinned keys have no age."""
        now, started = [0.0], int(time.time())
        document = json.dumps(pool.local.jwks).encode()
        verifier = Verifier(
            UserPool(pool.local.pool_id, clients={"c1"}, name="staff"),
            fetch=lambda _: document,
            clock=lambda: started + now[0],
            monotonic=lambda: now[0],
        )
        observer = MetricsObserver(monotonic=lambda: now[0])
        authorizer = Authorizer(verifier, pool.policy, observe=observer)
        handler = watched(lambda_authorizer(authorizer, cache_ttl=0), authorizer, observer, environ={})
        ages: list[object] = []
        for now[0] in (0.0, 59.0, 60.0):
            handler(event(pool.ana, "GET /orders/7"), LambdaContext())
            ages += [(line["KeyAge"], line["issuer"]) for line in having(metrics(capsys.readouterr().out), "KeyAge")]

        assert [([0.0], "staff"), ([60.0], "staff")] == ages

    def test_pinned_keys(self, pool: Pool, capsys: pytest.CaptureFixture[str]) -> None:
        """Keys that are never fetched have no age."""
        Watched(pool, MetricsObserver(), environ={})(pool.ana)

        assert [] == having(metrics(capsys.readouterr().out), "KeyAge")

    def test_many_issuers(self, pool: Pool, capsys: pytest.CaptureFixture[str]) -> None:
        """With many issuers each would be billed, so that they are told together."""
        others = [
            UserPool(f"eu-west-1_{number:09d}", clients={"c1"}, jwks=pool.local.jwks) for number in range(MANY_ISSUERS)
        ]
        observer = MetricsObserver()
        handler = Watched(pool, observer, issuers=[pool.issuer, *others], rules=AUTHENTICATED, environ={})
        handler(pool.ana)
        observer(KeysFetched("staff", "https://k.example", 0.25, 2))
        handler(pool.ana)

        (fetch,) = having(metrics(capsys.readouterr().out), "KeyFetches")

        assert [["service"]] == fetch["_aws"]["CloudWatchMetrics"][0]["Dimensions"]
        assert "issuer" not in fetch

    def test_made_up_requests(self, pool: Pool, capsys: pytest.CaptureFixture[str]) -> None:
        """Whatever clients send, dimensions have values of the configuration and of closed lists."""
        handler = Watched(pool, MetricsObserver(), environ={})
        for number in range(50):
            handler(f"a.b.{number}", f"M{number} /p{number}")
            handler(pool.ana, f"GET /orders/{number}")

        lines = having(metrics(capsys.readouterr().out), "Decisions")
        assert {("cogauth", "malformed_token"), ("cogauth", "allowed")} == {
            (line["service"], line["reason"]) for line in lines
        }

    def test_apis(self, capsys: pytest.CaptureFixture[str], pool: Pool) -> None:
        """Several decisions of an invocation are one line, and each api has its own."""
        observer = MetricsObserver(namespace="shop", service="gate")
        recorded: list[DecisionMade] = []
        pool.authorizer(observe=recorded.append).authorize(None, "GET", "/orders/7")
        observer(recorded[0])
        observer(recorded[0])
        observer.end()

        (line,) = metrics(capsys.readouterr().out)
        assert ("gate", [1.0, 1.0]) == (line["service"], line["Decisions"])
        assert "TokenRemembered" not in line
        assert "shop" == line["_aws"]["CloudWatchMetrics"][0]["Namespace"]


@dataclass
class Subsegment:
    """What is written to X-Ray."""

    name: str
    namespace: str = "local"
    start_time: float = 0.0
    annotations: dict[str, object] = field(default_factory=dict[str, object])
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])
    closed: bool = False
    fault: bool = False
    failed: bool = False
    inner: list[Subsegment] = field(default_factory=list["Subsegment"])

    def put_annotation(self, key: str, value: object) -> None:
        assert not self.closed
        self.annotations[key] = value

    def put_metadata(self, key: str, value: object, namespace: str) -> None:
        assert not self.closed
        self.metadata[f"{namespace}.{key}"] = value

    def add_fault_flag(self) -> None:
        self.fault = True


class Provider(BaseProvider):
    """Takes the place of the X-Ray SDK."""

    def __init__(self) -> None:
        self.outer: list[Subsegment] = []
        self._open: list[Subsegment] = []

    @contextmanager
    def in_subsegment(self, name: Any = None, **kwargs: Any) -> Generator[Any]:
        made = Subsegment(name, **kwargs)
        (self._open[-1].inner if self._open else self.outer).append(made)
        self._open.append(made)
        try:
            yield made
        except BaseException:
            made.failed = True
            raise
        finally:
            made.closed = True
            self._open.pop()

    def in_subsegment_async(self, name: Any = None, **kwargs: Any) -> AbstractAsyncContextManager[Any]:
        raise NotImplementedError

    def put_annotation(self, key: str, value: Any) -> None:
        raise NotImplementedError

    def put_metadata(self, key: str, value: Any, namespace: str = "default") -> None:
        raise NotImplementedError

    def patch(self, modules: Any) -> None:
        raise NotImplementedError

    def patch_all(self) -> None:
        raise NotImplementedError


class TestTracer:
    """Subsegments."""

    @pytest.fixture
    def provider(self) -> Iterator[Provider]:
        yield Provider()
        tracer: Any = Tracer
        tracer._reset_config()  # Powertools keeps the provider for all tracers to come

    @pytest.fixture
    def observer(self, provider: Provider) -> TracerObserver:
        tracer = Tracer(service="cogauth", auto_patch=False, provider=provider)
        return TracerObserver(tracer, clock=lambda: 1_000.0)

    def test_decision(self, pool: Pool, provider: Provider, observer: TracerObserver) -> None:
        """The decision stands in annotations, which are searched for, and what is left of it beside them."""
        Watched(pool, observer, environ={})(pool.bo, "PUT /orders/7")

        (subsegment,) = provider.outer
        assert ("cogauth", True, False) == (subsegment.name, subsegment.closed, subsegment.failed)
        assert {
            "cogauth_allowed": False,
            "cogauth_status": 403,
            "cogauth_reason": "missing_group",
            "cogauth_route": "PUT /orders/{id}",
            "cogauth_cold_start": True,
            "cogauth_cached": False,
            "cogauth_issuer": pool.local.pool_id,
        } == {name: value for name, value in subsegment.annotations.items() if name != "cogauth_policy"}
        (fields,) = subsegment.metadata["cogauth.decisions"]
        assert "unmet" in fields

    def test_unauthorized(self, pool: Pool, provider: Provider, observer: TracerObserver) -> None:
        """The subsegment is closed when the answer is an exception, which is not written to it."""
        handler = Watched(pool, observer, environ={})
        assert ["Unauthorized", "Allow"] == [handler(pool.expired), handler(pool.ana)]

        assert ["expired", "allowed"] == [each.annotations["cogauth_reason"] for each in provider.outer]
        assert [(True, False)] * 2 == [(each.closed, each.failed) for each in provider.outer]

    def test_fetch(self, pool: Pool, provider: Provider, observer: TracerObserver) -> None:
        """A fetch of keys has a subsegment below, which began when the fetch did."""
        Watched(pool, observer, issuers=[pool.keyless()], environ={})(pool.ana)

        (fetch, *_) = provider.outer[0].inner
        assert ("cogauth keys", "remote", True) == (fetch.name, fetch.namespace, fetch.fault)
        assert 1_000.0 - float(str(fetch.annotations["cogauth_seconds"])) == fetch.start_time
        assert pool.local.pool_id == fetch.annotations["cogauth_issuer"]

    def test_many_decisions(self, pool: Pool, provider: Provider, observer: TracerObserver) -> None:
        """What is written out of one invocation is bounded."""
        handler = Watched(pool, observer, environ={})
        decided = pool.authorizer(observe=observer)
        observer.begin(Invocation(LambdaContext(), cold=False, authorizer=handler.authorizer))
        for _ in range(MOST + 5):
            decided.authorize(None, "GET", "/orders/7")
        observer.end()

        assert MOST == len(provider.outer[0].metadata["cogauth.decisions"])


SENTINEL = "Sentinel5ecret"


def sentinel_events(pool: Pool) -> list[dict[str, Any]]:
    """Requests of which each part that a client chooses holds the sentinel."""
    local = pool.local
    marked = {
        "sub": f"{SENTINEL}-sub",
        "username": f"{SENTINEL}-name",
        "cognito:groups": ["editors", f"{SENTINEL}-group"],
        "scope": f"{SENTINEL}/scope",
        "jti": f"{SENTINEL}-jti",
        "custom:dept": f"{SENTINEL}-dept",
    }
    tokens = [
        local.mint(marked),
        local.mint(marked | {"cognito:groups": [f"{SENTINEL}-group"]}),
        local.mint(marked | {"exp": 1_000_000_000, "iat": 999_999_000}),
        local.mint(marked | {"client_id": f"{SENTINEL}-client"}),
        local.mint(marked | {"iss": f"https://{SENTINEL}.example"}),
        local.mint(marked | {"token_use": SENTINEL}),
        f"{local.mint(marked)[:-9]}{SENTINEL}",
        SENTINEL,
    ]
    lines = ["GET /orders/7", "PUT /orders/7", f"GET /orders/{SENTINEL}", f"GET /{SENTINEL}", f"{SENTINEL} /orders/7"]
    rest = [event(token, line) for token in tokens for line in lines]
    request = {
        "type": "REQUEST",
        "methodArn": f"{ARN}/GET/orders/{SENTINEL}",
        "headers": {"Authorization": f"Bearer {SENTINEL}", "X-Other": SENTINEL},
        "queryStringParameters": {"access_token": SENTINEL},
        "path": f"/{SENTINEL}",
    }
    return [
        *rest,
        request,
        request | {"headers": {"Authorization": SENTINEL}},
        {"type": SENTINEL},
        {SENTINEL: SENTINEL},
    ]


class Deployed:
    """The handler that a deployment points at, in a process of its own, with everything observed."""

    SCRIPT = """
import json, sys
from cogauth_lambda.handler import handler
class Context:
    function_name = "authorizer"
    aws_request_id = "8f5079ee"
outcomes = []
for event in json.load(sys.stdin):
    try:
        outcomes.append(handler(event, Context)["policyDocument"]["Statement"][0]["Effect"])
    except Exception as error:
        outcomes.append(type(error).__name__)
print(json.dumps({"outcomes": outcomes}))
"""

    def __init__(self, pool: Pool, folder: Path, more: str = "") -> None:
        self._script = self.SCRIPT + more
        (folder / "jwks.json").write_text(json.dumps(pool.local.jwks))
        (folder / "cogauth.toml").write_text(
            'version = 1\n[[issuer]]\nname = "staff"\nuser_pool = "eu-west-1_AbCdEf123"\nclients = ["c1"]\n'
            'jwks = "jwks.json"\n[[route]]\nmatch = "GET /orders/{id}"\nallow = "authenticated"\n'
            '[[route]]\nmatch = "PUT /orders/{id}"\nallow = "editor"\n[roles]\neditor = { groups = ["editors"] }\n'
        )
        self._config = folder / "cogauth.toml"
        self.packets: list[bytes] = []
        self.stderr = ""

    def __call__(self, events: list[Any], env: dict[str, str]) -> Lines:
        """Give the lines that it wrote to its log, each of them JSON; `packets` has what X-Ray's daemon received."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
            daemon.bind(("127.0.0.1", 0))
            daemon.settimeout(0)
            daemon.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_000_000)
            ran = subprocess.run(
                [sys.executable, "-c", self._script],
                input=json.dumps(events),
                env=os.environ
                | {
                    "COGAUTH_CONFIG": str(self._config),
                    "COGAUTH_CACHE_TTL": "0",
                    "LAMBDA_TASK_ROOT": str(self._config.parent),
                    "_X_AMZN_TRACE_ID": "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
                    "AWS_XRAY_DAEMON_ADDRESS": f"127.0.0.1:{daemon.getsockname()[1]}",
                }
                | env,
                capture_output=True,
                text=True,
                timeout=60,
                check=True,
            )
            try:
                while True:
                    self.packets.append(daemon.recv(65_536))
            except BlockingIOError:
                pass
        self.stderr = ran.stderr
        return [json.loads(line) for line in ran.stdout.splitlines()]


def test_deployed(pool: Pool, tmp_path: Path) -> None:
    """COGAUTH_OBSERVE turns all three on, each of which writes of a refusal and of what is allowed."""
    deployed = Deployed(pool, tmp_path)

    lines = deployed(
        [event(pool.ana, "PUT /orders/7"), event(pool.expired, "GET /orders/7")],
        {
            "COGAUTH_OBSERVE": "log,metrics,trace",
        },
    )

    assert ["Allow", "Unauthorized"] == lines[-1]["outcomes"]
    assert ["allowed", "expired"] == [line["cogauth_reason"] for line in having(lines, "cogauth_reason")]
    assert ["allowed", "expired"] == [line["reason"] for line in having(lines, "Decisions")]
    documents = [json.loads(packet.split(b"\n", 1)[1]) for packet in deployed.packets]
    assert ["allowed", "expired"] == [each["annotations"]["cogauth_reason"] for each in documents]
    assert not any("cause" in each or each.get("fault") for each in documents)


def test_nothing_is_observed_unasked(pool: Pool, tmp_path: Path) -> None:
    """Without COGAUTH_OBSERVE nothing is written and Powertools is not imported."""
    late = "assert not {'aws_lambda_powertools', 'cogauth.observers'} & sys.modules.keys()\n"
    deployed = Deployed(pool, tmp_path, late)

    assert 1 == len(deployed([event(pool.ana, "PUT /orders/7"), event(pool.expired, "GET /orders/7")], {}))
    assert not deployed.packets


def test_no_secret_is_written(pool: Pool, shared: Path, tmp_path: Path) -> None:
    """Whatever a client sends, nothing of it is in logs, metrics or traces, even if Powertools is told to log all."""
    deployed = Deployed(pool, tmp_path)
    recorded = [json.loads(path.read_text()) for path in sorted((shared / "data" / "events").glob("*.json"))]
    marked = json.loads(json.dumps(recorded).replace("Bearer ", f"Bearer {SENTINEL}"))
    events = sentinel_events(pool)

    lines = deployed(
        [*events, *marked],
        {
            "COGAUTH_OBSERVE": "log,metrics,trace",
            "POWERTOOLS_LOGGER_LOG_EVENT": "true",
            "POWERTOOLS_LOG_LEVEL": "DEBUG",
            "POWERTOOLS_TRACER_CAPTURE_RESPONSE": "true",
            "POWERTOOLS_TRACER_CAPTURE_ERROR": "true",
        },
    )

    outcomes = lines[-1]["outcomes"]
    assert {"Allow", "Deny", "Unauthorized", "UnknownEvent"} <= set(outcomes)
    assert len(outcomes) <= len(deployed.packets)
    written = json.dumps(lines) + deployed.stderr + b"".join(deployed.packets).decode()
    assert SENTINEL.lower() not in written.lower()
    assert not any(part in written for token in (pool.ana, pool.expired) for part in token.split("."))

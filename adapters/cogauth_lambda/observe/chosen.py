"""The observers that a deployment names: COGAUTH_OBSERVE=log,metrics,trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from cogauth import ConfigurationError
from cogauth.events import Event
from cogauth_lambda.observe.invocations import InvocationObserver

VARIABLE: Final = "COGAUTH_OBSERVE"


def observers_of(environ: Mapping[str, str]) -> list[InvocationObserver]:
    """
    Make the observers that COGAUTH_OBSERVE of *environ* names, separated by commas: `log`, `metrics`, `trace`.

    Raises:
        ConfigurationError: there is no such observer, or the library that it needs is not there.
    """
    names = [name.strip() for name in environ.get(VARIABLE, "").split(",") if name.strip()]
    problems = [f"{VARIABLE}: {name!r} is none of {', '.join(_MAKERS)}" for name in names if name not in _MAKERS]
    if problems:
        raise ConfigurationError(*problems)
    try:
        return [_MAKERS[name]() for name in dict.fromkeys(names)]
    except ImportError as error:
        raise ConfigurationError(
            f"{VARIABLE}: there is no module {error.name}: add the layer of Powertools for AWS Lambda to the function"
        ) from error


def as_one(observers: Sequence[InvocationObserver]) -> Callable[[Event], object] | None:
    """Give what an authorizer takes as `observe`: an observer that tells each of *observers*, or None for none."""
    if not observers:
        return None
    from cogauth.observers import several  # whoever is not observed starts without it

    return several(*observers)


# Each imports what it needs when it is asked for: Powertools takes time to import, and the X-Ray SDK more.
def _log() -> InvocationObserver:
    from cogauth_lambda.observe.logger import LoggerObserver

    return LoggerObserver()


def _metrics() -> InvocationObserver:
    from cogauth_lambda.observe.metrics import MetricsObserver

    return MetricsObserver()


def _trace() -> InvocationObserver:
    from cogauth_lambda.observe.tracer import TracerObserver

    return TracerObserver()


_MAKERS: Final[Mapping[str, Callable[[], InvocationObserver]]] = {"log": _log, "metrics": _metrics, "trace": _trace}

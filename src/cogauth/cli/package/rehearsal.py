"""Rehearsal: the function's start, before anybody deploys it."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from cogauth import Authorizer, ConfigurationError, Verifier
from cogauth.config import Configuration
from cogauth_lambda import lambda_authorizer
from cogauth_lambda.settings import options_of

_LOGGER = "cogauth_lambda"
_HINT = "--cache-ttl 0 is for gateways that are configured to keep no answer, which is always right"


def rehearse(configuration: Configuration, environment: Mapping[str, str]) -> tuple[str, ...]:
    """
    Start the authorizer as the function will, and give what it warns of.

    Args:
        configuration: issuers and policy.
        environment: the function's variables.

    Raises:
        ConfigurationError: it would not start: a variable is wrong, or answers that a gateway keeps would be.
    """
    listener = _Listener()
    logger = logging.getLogger(_LOGGER)
    logger.addHandler(listener)
    try:
        authorizer = Authorizer(Verifier(*configuration.issuers), configuration.policy)
        lambda_authorizer(authorizer, **options_of(environment))
    except ConfigurationError as error:
        hint = [_HINT] if any(problem.startswith("cache_ttl: ") for problem in error.problems) else []
        raise ConfigurationError.of([*error.problems, *hint]) from None
    finally:
        logger.removeHandler(listener)
    return tuple(dict.fromkeys(listener.said))


class _Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())

"""Log lines by Powertools' Logger: JSON, with the request that CloudWatch knows the invocation by."""

from __future__ import annotations

import logging
import os

from aws_lambda_powertools import Logger

from cogauth.events import Event
from cogauth.observers import LogObserver
from cogauth_lambda.observe.invocations import Invocation


class LoggerObserver:
    """
    Writes one line of JSON for each decision and each fetch of keys, with the fields that `LogObserver` writes.

    Beside them stand `cold_start`, `function_name` and `function_request_id`, as Powertools calls them. The event is
    never written, whatever POWERTOOLS_LOGGER_LOG_EVENT says: it holds the token.

    Args:
        logger: where to write; one for the service that POWERTOOLS_SERVICE_NAME names, or `cogauth`, if left out.
    """

    def __init__(self, logger: Logger | None = None) -> None:
        # Where in cogauth the line was written tells nobody anything.
        service = os.environ.get("POWERTOOLS_SERVICE_NAME") or "cogauth"
        self._logger: Logger = logger or Logger(service=service, location=None)
        self._observe = LogObserver(logging.getLogger(self._logger.name))

    def begin(self, invocation: Invocation) -> None:
        """Say in each line to come which invocation it is of."""
        self._logger.append_keys(
            cold_start=invocation.cold,
            function_name=invocation.context.function_name,
            function_request_id=invocation.context.aws_request_id,
        )

    def __call__(self, event: Event) -> None:
        self._observe(event)

    def end(self) -> None:
        """Forget which invocation it was: a fetch may be told of between two."""
        self._logger.remove_keys(("cold_start", "function_name", "function_request_id"))

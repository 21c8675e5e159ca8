"""What a deployment points at: `cogauth_lambda.handler.handler`, configured by COGAUTH_CONFIG and its like."""

from __future__ import annotations

import os
from typing import Any

from cogauth import Authorizer
from cogauth_lambda.authorizer import lambda_authorizer
from cogauth_lambda.observe import as_one, observers_of, watched
from cogauth_lambda.settings import config_path, options_of

# Read when the container starts, so that a mistake fails the deployment and not the first caller.
_observers = observers_of(os.environ)
_authorizer = Authorizer.from_file(config_path(os.environ), observe=as_one(_observers))
_handle = lambda_authorizer(_authorizer, **options_of(os.environ))
if _observers:
    _handle = watched(_handle, _authorizer, *_observers)


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answer one event of API Gateway's or AppSync's."""
    return _handle(event, context)

"""What a deployment points at: `cogauth_lambda.handler.handler`, configured by COGAUTH_CONFIG and COGAUTH_HTTP_API."""

from __future__ import annotations

import os
from typing import Any, cast

from cogauth import Authorizer
from cogauth_lambda.authorizer import HttpApi, lambda_authorizer

# Read when the container starts, so that a mistake fails the deployment and not the first caller.
_authorizer = Authorizer.from_file(os.environ.get("COGAUTH_CONFIG", "cogauth.toml"))
_handle = lambda_authorizer(_authorizer, http_api=cast("HttpApi", os.environ.get("COGAUTH_HTTP_API", "iam")))


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answer one event of API Gateway's."""
    return _handle(event, context)

"""Deploying: SAM templates for a packaged authorizer, as `cogauth package lambda --template` fills them in."""

from __future__ import annotations

from cogauth_lambda.deploy.expression import BEARER_JWS
from cogauth_lambda.deploy.templates import Settings, templates

__all__ = ["BEARER_JWS", "Settings", "templates"]

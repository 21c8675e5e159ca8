"""The Lambda authorizer as a function would have it."""

from __future__ import annotations

from cogauth import Authorizer, Verifier
from cogauth_lambda import lambda_authorizer
from tests.e2e.apps.guard import issuer, policy

handler = lambda_authorizer(Authorizer(Verifier(issuer()), policy()), http_api="iam")

"""cogauth as an API Gateway Lambda authorizer."""

from cogauth_lambda.authorizer import lambda_authorizer

__all__ = ["lambda_authorizer"]

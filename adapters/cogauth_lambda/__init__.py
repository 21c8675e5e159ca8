"""cogauth as a Lambda authorizer of API Gateway and AppSync, and inside a function behind them."""

from cogauth_lambda.authorizer import lambda_authorizer
from cogauth_lambda.gateway_principal import GatewayPrincipal, gateway_principal
from cogauth_lambda.load_balancer import load_balancer_principal

__all__ = ["GatewayPrincipal", "gateway_principal", "lambda_authorizer", "load_balancer_principal"]

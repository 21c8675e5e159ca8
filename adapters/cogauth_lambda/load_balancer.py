"""Whom an Application Load Balancer has signed in, for a function behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cogauth import MalformedToken, MissingToken, Principal, Verifier
from cogauth_lambda.members import event_of, headers_of

_HEADER = "x-amzn-oidc-data"


def load_balancer_principal(event: Mapping[str, Any], verifier: Verifier) -> Principal:
    """
    Give whom the load balancer says to have signed in, by the one header of *event* that it signs.

    Its other headers prove nothing: whoever reaches the function past the load balancer writes them.

    Args:
        event: what the load balancer calls the function with, of one value or several for each header.
        verifier: has the `LoadBalancer` among its issuers.

    Raises:
        TokenError: there is no such header, there are two, or it proves nobody.
        KeysUnavailable: the load balancer's key cannot be had.
        UnknownEvent: the headers are none.
    """
    values = [value for name, value in headers_of(event_of(event)) if name.lower() == _HEADER]
    if not values:
        raise MissingToken("load_balancer.no_header")
    if len(values) > 1:
        raise MalformedToken("request.multiple_credentials")
    return verifier.verify_oidc_data(values[0])

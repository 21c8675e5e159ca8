"""Expression: what API Gateway may hold a token against before it asks an authorizer."""

from __future__ import annotations

from typing import Final

BEARER_JWS: Final = r"^[Bb][Ee][Aa][Rr][Ee][Rr] [A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$"
"""
An `identityValidationExpression`: the scheme in any case and one space (RFC 6750 section 2.1, RFC 9110 section 11.1),
then a compact JWS of three parts, none of them empty (RFC 7515 section 7.1).

Whatever a verifier accepts matches it; what does not match gets 401 without an invocation. It decides nothing else: a
match is read and verified as strictly as without it.
"""

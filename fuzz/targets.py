"""The targets by their names: each takes any bytes, and raises where something that must hold of them does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from fuzz.documents import check_keys, check_spelling
from fuzz.requests import check_request
from fuzz.tokens import check_claims, check_oidc_data, check_token

TARGETS: Final[Mapping[str, Callable[[bytes], None]]] = MappingProxyType(
    {
        "token": check_token,
        "claims": check_claims,
        "keys": check_keys,
        "spelling": check_spelling,
        "request": check_request,
        "oidc_data": check_oidc_data,
    }
)
"""By the name that the driver takes."""

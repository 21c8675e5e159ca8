"""Envoy's messages, made of their descriptions by others: the second opinion about ours."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    # They are declared by means that pydantic gives up some day.
    warnings.simplefilter("ignore", DeprecationWarning)
    from envoy_data_plane.envoy.config.core.v3 import (
        HeaderMap,
        HeaderValue,
        HeaderValueOptionHeaderAppendAction as Append,
    )
    from envoy_data_plane.envoy.service.auth.v3 import (
        AttributeContext,
        AttributeContextHttpRequest,
        AttributeContextRequest,
        CheckRequest,
        CheckResponse,
        DeniedHttpResponse,
    )

__all__ = [
    "Append",
    "AttributeContext",
    "AttributeContextHttpRequest",
    "AttributeContextRequest",
    "CheckRequest",
    "CheckResponse",
    "DeniedHttpResponse",
    "HeaderMap",
    "HeaderValue",
]

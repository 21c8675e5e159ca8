"""Issuer options: what `LocalUserPool.issuer` hands on, spelled out so that a type checker sees a mistake."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from typing import Literal, TypeAlias, TypedDict

from cogauth.issuers import AnyClient

_KeyDocument: TypeAlias = "Mapping[str, object] | str | os.PathLike[str]"


class IssuerOptions(TypedDict, total=False):
    """The keyword arguments of `cogauth.UserPool`, where they are explained."""

    clients: Collection[str] | AnyClient
    token_use: Literal["access", "id", "any"]
    name: str | None
    audience: str | Collection[str] | None
    delegation: bool
    regions: Collection[str]
    issuer: str | None
    jwks_uri: str | None
    jwks: _KeyDocument | None
    jwks_seed: _KeyDocument | None
    acr_levels: Sequence[str]

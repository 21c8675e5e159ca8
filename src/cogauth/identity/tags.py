"""Attributes for access control: claims that become tags of a user's session, which IAM policies compare."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from cogauth._frozen import Frozen
from cogauth._shapes import as_table
from cogauth._strict import JSON
from cogauth.errors import ConfigurationError

MAX_TAGS: Final = 50
MAX_TAG: Final = 128
MAX_CLAIM: Final = 256
_MAX_PROVIDER: Final = 128
_MAX_VALUE: Final = 256
# AWS: "Using attributes for access control" limits all attributes together, and does not say what is counted.
_MAX_BYTES: Final = 460
# What a session tag may hold (IAM user guide, "Passing session tags in AWS STS").
_VALUE: Final = re.compile(r"[\w\s.:/=+\-@]*")

# AWS documents which claims are the defaults ("Default provider mappings"). The keys of the tags are nowhere in its
# documentation; these two are what its words "username and clientID attribute mappings" suggest.
_DEFAULTS: Final[Mapping[str, str]] = MappingProxyType({"client": "aud", "username": "sub"})

_API: Final = frozenset({"IdentityPoolId", "IdentityProviderName", "PrincipalTags", "UseDefaults", "ResponseMetadata"})


class Unfit(StrEnum):
    """Why a claim makes no tag: a closed list."""

    ABSENT = "absent"
    """The token has no such claim."""
    NOT_STRING = "not_string"
    """It is no string; what AWS makes of others is not documented."""
    MALFORMED = "malformed"
    """It is longer than 256 characters, or has one that a session tag may not have."""
    TOO_LARGE = "too_large"
    """With it all tags together have more than 460 bytes."""


class SessionTags(NamedTuple):
    """The tags of a session, and what makes none."""

    tags: Mapping[str, str]
    """By their keys; `aws:PrincipalTag/KEY` in a policy. They hold what the token said: not for logs."""
    unfit: Mapping[str, Unfit]
    """Keys of tags that there is no claim for, or none that fits."""
    documented: bool
    """False where the keys are those of AWS's defaults, which its documentation does not name."""

    def __repr__(self) -> str:
        return f"<SessionTags {sorted(self.tags)}>"


class PrincipalTags(Frozen):
    """
    Which claims of a provider's tokens become which tags (`GetPrincipalTagAttributeMap`).

    As soon as there is one, the trust policy of each role must allow `sts:TagSession` beside
    `sts:AssumeRoleWithWebIdentity` (AWS page "Using attributes for access control").

    Args:
        provider: such as `cognito-idp.REGION.amazonaws.com/POOL`, without a client.
        tags: claims by the keys of tags, up to 50; a key has up to 128 characters, a claim's name up to 256.
        use_defaults: take AWS's defaults, the claims `aud` and `sub`; *tags*, if given, are then what these are.

    Raises:
        ConfigurationError: any argument is not what the API takes; all mistakes at once.
    """

    __slots__ = ("provider", "tags", "use_defaults")

    provider: str
    tags: Mapping[str, str]
    use_defaults: bool

    def __init__(self, provider: str, tags: Mapping[str, str] | None = None, *, use_defaults: bool = False) -> None:
        problems: list[str] = []
        if not isinstance(provider, str) or not 0 < len(provider) <= _MAX_PROVIDER:
            problems.append(f"provider: must be 1 to {_MAX_PROVIDER} characters")
        if not isinstance(use_defaults, bool):
            problems.append("use_defaults: must be true or false")
        table = as_table({} if tags is None else tags)
        if table is None:
            problems.append("tags: must be a table of claims by the keys of tags")
        else:
            if len(table) > MAX_TAGS:
                problems.append(f"tags: {MAX_TAGS} are the most")
            if not all(0 < len(key) <= MAX_TAG for key in table):
                problems.append(f"tags: a key has 1 to {MAX_TAG} characters")
            if not all(isinstance(claim, str) and 0 < len(claim) <= MAX_CLAIM for claim in table.values()):
                problems.append(f"tags: the name of a claim has 1 to {MAX_CLAIM} characters")
        if problems:
            raise ConfigurationError.of(f"PrincipalTags: {problem}" for problem in problems)
        self._set(provider=provider, tags=MappingProxyType(dict(table or {})), use_defaults=use_defaults)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> PrincipalTags:
        """
        Read what `GetPrincipalTagAttributeMap` answers, or the properties of `AWS::Cognito::IdentityPoolPrincipalTag`.

        Raises:
            ConfigurationError: an unknown member, or whatever the constructor refuses.
        """
        table = as_table(data)
        if table is None:
            raise ConfigurationError("PrincipalTags: must be a table")
        unknown = [key for key in table if key not in _API]
        if unknown:
            raise ConfigurationError.of(f"PrincipalTags: unknown key {key!r}" for key in unknown)
        return cls(
            table.get("IdentityProviderName", ""),
            table.get("PrincipalTags"),
            use_defaults=table.get("UseDefaults", False),
        )

    @property
    def needs_tag_session(self) -> bool:
        """Whether the trust policies of roles must allow `sts:TagSession`."""
        return bool(self.tags) or self.use_defaults

    def of(self, claims: Mapping[str, JSON]) -> SessionTags:
        """Work out the tags of a session of who says *claims*."""
        assumed = self.use_defaults and not self.tags
        tags: dict[str, str] = {}
        unfit: dict[str, Unfit] = {}
        size = 0
        for key, claim in (_DEFAULTS if assumed else self.tags).items():
            value = claims.get(claim)
            if claim not in claims:
                unfit[key] = Unfit.ABSENT
            elif not isinstance(value, str):
                unfit[key] = Unfit.NOT_STRING
            elif len(value) > _MAX_VALUE or not _VALUE.fullmatch(value):
                unfit[key] = Unfit.MALFORMED
            elif size + len(f"{key}{value}".encode()) > _MAX_BYTES:
                unfit[key] = Unfit.TOO_LARGE
            else:
                size += len(f"{key}{value}".encode())
                tags[key] = value
        return SessionTags(MappingProxyType(tags), MappingProxyType(unfit), not assumed)

    def _content(self) -> tuple[object, ...]:
        return (self.provider, frozenset(self.tags.items()), self.use_defaults)

    def __repr__(self) -> str:
        return f"PrincipalTags({self.provider!r}, {dict(self.tags)!r}, use_defaults={self.use_defaults})"

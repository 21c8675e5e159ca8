"""The handover: what a front tells the backend behind it about the caller, as text that fits header fields."""

from __future__ import annotations

import re
from functools import lru_cache

from cogauth.principal import Principal

# What ends a header field, or may be taken to (RFC 9110 section 5.5), and halves of characters, which nobody can send.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


# Beside the verdicts on a principal: what is told of it alone, which is the same each time. Nobody else has this key.
_TOLD = "handover"


def handover(who: Principal | None, roles: frozenset[str], api: str | None) -> dict[str, str]:
    """Give what `Decision.handover` does of *who*, with these *roles*, calling *api*."""
    if who is None:
        return {**_NOBODY, "api": api or ""}
    told: dict[str, str] | None = who.memo.get(_TOLD)
    if told is None:
        told = who.memo[_TOLD] = _of(who)
    return {**told, "roles": _array(roles), "api": api or ""}


def _of(who: Principal) -> dict[str, str]:
    return {
        "subject": _field(who.subject),
        "username": _field(who.username or ""),
        "client_id": _field(who.client_id),
        "token_use": who.token_use,
        "issuer": _field(who.issuer),
        "groups": _array(who.groups),
        "scopes": " ".join(sorted(filter(_field, who.scopes))),
    }


_NOBODY = dict.fromkeys(
    ("subject", "username", "client_id", "token_use", "issuer", "groups", "scopes", "roles", "api"), ""
)


def _field(text: str) -> str:
    """Give *text* if it arrives as it was sent; a recipient takes white space off both ends of a field."""
    return "" if _UNSAFE.search(text) or text != text.strip() else text


@lru_cache(maxsize=1024)
def _array(names: frozenset[str]) -> str:
    # A group's name may have commas (AWS: CreateGroup), so that none of them can part two names.
    import json  # few hand anything over

    # DEL is the one control character that JSON does not escape.
    return json.dumps(sorted(names), separators=(",", ":")).replace("\x7f", "\\u007f")

"""Documents: what of an api is allowed and denied, spelled as resources of IAM policies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

Statement: TypeAlias = dict[str, Any]
PolicyDocument: TypeAlias = dict[str, Any]

MAX_RESOURCE: Final = 512
"""Characters of a resource (AWS: "Output from an API Gateway Lambda authorizer")."""

EVERYTHING: Final = "*"

# AWS: "Amazon Resource Names", and for what follows the account "Statement reference of IAM policies for executing API
# in API Gateway". Nothing in it may be read as a pattern or a variable, of which `$default` is no example.
_BASE: Final = re.compile(
    r"arn:[a-z-]{1,32}:execute-api:[a-z0-9-]{1,32}:[0-9]{1,12}:[A-Za-z0-9-]{1,64}/(?:\$default|[A-Za-z0-9_-]{1,128})",
    re.ASCII,
)

# What `cogauth.paths.is_odd` refuses, as far as patterns can say it, and all of it that was percent-encoded once more:
# slash, backslash, dot, percent sign and control characters. Nobody says in which spelling API Gateway compares paths.
# If it is as they were sent, these refuse encoded slashes and dots; if it is decoded, what was encoded twice.
_ODD: Final = (
    "*//*",
    "*/./*",
    "*/.",
    "*/../*",
    "*/..",
    "*\\*",
    *(f"*%{code}*" for code in ("0", "1", "25", "2E", "2e", "2F", "2f", "5C", "5c", "7F", "7f")),
)


class Resources(NamedTuple):
    """Resources without what they all begin with; whatever is not allowed is denied."""

    allow: tuple[str, ...]
    deny: tuple[str, ...] = ()

    def document(self, base: str, *, dated: float | None = None, closed: bool = False) -> PolicyDocument:
        """
        Give the policy document for the stage *base*.

        Args:
            base: such as `arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod`.
            dated: the moment that ends what is allowed, seconds since the epoch.
            closed: deny in so many words whatever is not allowed.

        Raises:
            ValueError: *base* is no such ARN, or one that would be read as a pattern.
        """
        if not _BASE.fullmatch(base):
            raise ValueError("base: must be the ARN of one stage of an API, without wildcards")
        if not self.allow:
            return _document([_statement("Deny", [f"{base}/{EVERYTHING}"])])
        allowed = [f"{base}/{each}" for each in self.allow]
        statements = [_statement("Allow", allowed)]
        if dated is not None:
            statements[0]["Condition"] = {"NumericLessThan": {"aws:EpochTime": str(int(dated))}}
        if self.deny:
            statements.append(_statement("Deny", [f"{base}/{each}" for each in self.deny]))
        if closed:
            statements.append(_statement("Deny", allowed, "NotResource"))
        return _document(statements)


def careful(allow: Iterable[str], deny: Iterable[str], denied_names: Iterable[str]) -> Resources:
    """
    Make resources that refuse odd paths too, as far as a pattern could reach them.

    Args:
        allow: what is allowed.
        deny: what of it is denied again.
        denied_names: the segments by which *deny* tells paths apart. Spelled with a needless percent-encoding they
            would be told apart no more, if paths are compared as they were sent; so such spellings are denied, too.
    """
    allowed, denied = tuple(allow), list(deny)
    if any("*" in each for each in allowed):
        escapes = (escape for name in denied_names for char in name for escape in _escapes(char))
        denied += dict.fromkeys((*_ODD, *escapes))
    return Resources(allowed, tuple(denied))


def _escapes(char: str) -> Iterator[str]:
    """Give patterns for each way to percent-encode *char* (RFC 3986 section 2.1: hex digits are of either case)."""
    code = f"{ord(char):02X}" if char.isascii() else ""
    if code[:1] in ("5", "6", "7"):
        # The letters of a row at once: what else is in it, no client needs.
        yield f"*%{code[0]}*"
    elif code:
        yield f"*%{code}*"
        if not code.isdigit():
            yield f"*%{code.lower()}*"
    else:
        octets = "".join(f"%{octet:02X}" for octet in char.encode())
        yield f"*{re.sub('[A-F]', '?', octets)}*"


def too_long(document: PolicyDocument, limit: int) -> str | None:
    """Say what API Gateway would not take of *document*: a resource beyond its length, or all of it beyond *limit*."""
    for statement in document["Statement"]:
        if any(len(each) > MAX_RESOURCE for each in statement.get("Resource", ())):
            return f"a resource has more than {MAX_RESOURCE} characters"
    size = len(msgspec.json.encode(document))
    return f"the document has {size} bytes, more than {limit}" if size > limit else None


def _statement(effect: str, resources: list[str], element: str = "Resource") -> Statement:
    return {"Effect": effect, "Action": "execute-api:Invoke", element: resources}


def _document(statements: list[Statement]) -> PolicyDocument:
    return {"Version": "2012-10-17", "Statement": statements}

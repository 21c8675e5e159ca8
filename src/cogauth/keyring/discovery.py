"""An issuer's metadata (OpenID Connect Discovery 1.0 section 4.3, RFC 8414 section 3.3): where its keys are."""

from __future__ import annotations

from cogauth._strict import Unacceptable, json_object
from cogauth.issuers import is_url
from cogauth.keys import MAX_DOCUMENT, KeyDocumentError

_MAX_DEPTH = 8


def jwks_uri_of(document: bytes, issuer: str) -> str:
    """
    Give the URL of the keys that the metadata *document* names, if it is that of *issuer* to the letter.

    A document that names another issuer is another issuer's: whoever can put it there must not bring his keys.

    Raises:
        KeyDocumentError: it is not a metadata document, is of another issuer, or names no URL that keys may come from.
    """
    try:
        members = json_object(document, max_depth=_MAX_DEPTH) if len(document) <= MAX_DOCUMENT else {}
    except Unacceptable:
        raise KeyDocumentError("jwks.discovery_invalid") from None
    if members.get("issuer") != issuer:
        raise KeyDocumentError("jwks.discovery_issuer")
    url = members.get("jwks_uri")
    if not isinstance(url, str) or not is_url(url):
        raise KeyDocumentError("jwks.discovery_uri")
    return url

"""Advice: what the person at the terminal can do about a token that was refused."""

from __future__ import annotations

from collections.abc import Iterable

from cogauth import ANY_CLIENT, CogAuthError, KeysUnavailable, UserPool
from cogauth.cli.escapes import names
from cogauth.issuers import AnyIssuer

_BY_CLASS = {
    "missing_token": "Hand in a token on standard input or with --file.",
    "malformed_token": "Copy the token again, whole and on one line: three parts with two dots between them.",
    "refresh_token_sent": "This is a refresh token, which goes to the user pool only; send the access token.",
    "unknown_issuer": "The token is of another pool or issuer. Trusted here: {issuers}.",
    "unknown_key": "The pool does not publish the key that this token names: it was withdrawn, or the token is forged. "
    "Sign in again; with pinned keys, get the pool's present key set.",
    "bad_signature": "The token was changed or cut on its way, or is forged. Copy it again, else sign in again.",
    "expired": "Get a new token with the refresh token, or sign in again.",
    "not_yet_valid": "Set this machine's clock; if it is right, the one that issued the token is not.",
    "wrong_use": "Send the other of the two tokens of a sign-in, or change token_use.",
    "wrong_client": "Get a token through an app client that is accepted ({clients}), or add the token's to clients.",
    "wrong_audience": "Ask for a token that is bound to this API (resource=...), or set audience to what it is for.",
    "bad_claim": "A user pool would not write this claim. See what the token holds with 'cogauth inspect'.",
    "keys_unavailable": "See whether this machine reaches the key set; proxies of the environment are not used. "
    "Or name a local copy: --jwks, or jwks in the configuration.",
}

# Where the finer reason leads to something else.
_BY_REASON = {
    "claims.act": "Somebody acts for the subject of this token; set delegation = true to accept that.",
    "claims.cnf": "The token is bound to a key of its holder and is no bearer token; ask for one that is not.",
    "claims.iss_missing": "A user pool's token names its issuer. See what this one holds with 'cogauth inspect'.",
    "claims.token_use_missing": "A user pool's token says access or id in token_use; this one is of somebody else.",
    "header.alg_not_allowed": "A user pool signs with RS256; this token is of somebody else, or forged.",
}

_OTHER_USE = {
    frozenset({"access"}): "This is an ID token; send the access token, or set token_use to accept this kind.",
    frozenset({"id"}): "This is an access token; send the ID token, or set token_use to accept this kind.",
}


def advice(error: CogAuthError, issuers: Iterable[AnyIssuer]) -> str:
    """Say in a sentence or two what to do about *error*, where the tokens of *issuers* are accepted."""
    trusted = tuple(issuers)
    if error.code == "wrong_use":
        uses = frozenset(pool.token_use for pool in trusted if isinstance(pool, UserPool))
        return _OTHER_USE.get(uses, _BY_CLASS["wrong_use"])
    text = _BY_REASON.get(error.reason) or _BY_CLASS.get(error.code, "See the documentation of the reason.")
    if isinstance(error, KeysUnavailable):
        text += f" Another attempt makes sense in {error.retry_after} s."
    pools = [pool for pool in trusted if isinstance(pool, UserPool)]
    clients = {client for pool in pools if pool.clients is not ANY_CLIENT for client in frozenset(pool.clients)}
    return text.format(issuers=names({pool.name for pool in trusted}), clients=names(clients))

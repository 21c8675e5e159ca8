"""An OpenID provider: any issuer of signed tokens that publishes its keys."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cogauth._frozen import Frozen
from cogauth._shapes import as_list
from cogauth.algorithms import ALGORITHMS
from cogauth.errors import ConfigurationError
from cogauth.issuers.sources import Documents, KeyDocument, KeySource, checked_name, is_url, levels, names
from cogauth.issuers.user_pool import Use

MAX_LIFETIME = 31 * 86_400
"""Seconds that a token may live at most, where nothing shorter is said."""


class OIDCIssuer(Frozen):
    """
    An OpenID provider or authorization server whose tokens are accepted.

    Its keys are found by discovery (OpenID Connect Discovery 1.0): the document at
    `<issuer>/.well-known/openid-configuration` must name this very issuer, and says where they are.

    Args:
        issuer: the `iss` of its tokens, to the letter, such as `https://accounts.google.com`.
        audience: what `aud` must name one of: the API's identifier in access tokens, the client in ID tokens.
        algorithms: what its tokens may be signed with, of RS, PS and ES 256 to 512, EdDSA and Ed25519. A key that does
            not name its algorithm is taken for the first of these that it can serve.
        groups_claim: the claim that lists groups; without it a principal has none.
        token_use: `"access"` takes access tokens that say so (`typ` `at+jwt`, RFC 9068), `"id"` all others, `"any"`
            both. Say `"access"` where the provider writes it: an ID token is no permission to call an API.
        name: what rules and logs call it; the issuer if not given.
        jwks_uri: where the keys are, in place of discovery; https, or http to loopback.
        jwks: pinned keys, as a dict, JSON text or path: no network, no expiry, and no rotation either.
        jwks_seed: keys to start with, in the same forms: used at once, refreshed like any other.
        max_lifetime: seconds between `iat` and `exp` at most.
        acr_levels: the provider's names for how strongly a user signed in, weakest first.
        ignore_x5c: accept tokens whose header carries a certificate chain, which is not looked at.

    Raises:
        ConfigurationError: any argument is not what it should be; all mistakes at once.
    """

    __slots__ = (
        "acr_levels",
        "algorithms",
        "audience",
        "groups_claim",
        "ignore_x5c",
        "issuer",
        "max_lifetime",
        "name",
        "sources",
        "token_use",
    )

    issuer: str
    audience: frozenset[str]
    algorithms: frozenset[str]
    groups_claim: str | None
    token_use: Use
    name: str
    max_lifetime: int
    acr_levels: tuple[str, ...]
    ignore_x5c: bool
    sources: tuple[KeySource, ...]

    def __init__(
        self,
        issuer: str,
        *,
        audience: Collection[str],
        algorithms: Sequence[str] = ("RS256",),
        groups_claim: str | None = None,
        token_use: Use = "any",
        name: str | None = None,
        jwks_uri: str | None = None,
        jwks: KeyDocument | None = None,
        jwks_seed: KeyDocument | None = None,
        max_lifetime: int = MAX_LIFETIME,
        acr_levels: Sequence[str] = (),
        ignore_x5c: bool = False,
    ) -> None:
        problems: list[str] = []
        if not is_url(issuer):
            problems.append("issuer: must be an https URL (http only to loopback) without user, query or fragment")
        accepted = names("audience", audience, problems)
        # A set has no first one, and which it was would change from process to process.
        allowed = () if isinstance(algorithms, set | frozenset) else tuple(as_list(algorithms) or ())
        if not allowed or not all(isinstance(alg, str) and alg in ALGORITHMS for alg in allowed):
            problems.append(f"algorithms: must be a list of {', '.join(ALGORITHMS)}")
            allowed = ()
        if groups_claim is not None and (not isinstance(groups_claim, str) or not groups_claim):
            problems.append("groups_claim: must be the name of a claim")
        if token_use not in ("access", "id", "any"):
            problems.append('token_use: must be "access", "id" or "any"')
        checked_name(name, problems)
        if isinstance(max_lifetime, bool) or not isinstance(max_lifetime, int) or not 0 < max_lifetime <= 366 * 86_400:
            problems.append("max_lifetime: must be whole seconds, of a year at most")
        if not isinstance(ignore_x5c, bool):
            problems.append("ignore_x5c: must be True or False")
        acr = levels(acr_levels, problems)
        documents = Documents(jwks, jwks_seed, jwks_uri, allowed or ("RS256",), problems)
        if problems:
            raise ConfigurationError.of(f"OIDCIssuer: {problem}" for problem in problems)
        # Discovery section 4.1: a slash that ends the issuer is left out before the path is appended.
        url = jwks_uri or f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        self._set(
            issuer=issuer,
            audience=accepted,
            algorithms=frozenset(allowed),
            groups_claim=groups_claim,
            token_use=token_use,
            name=name or issuer,
            max_lifetime=max_lifetime,
            acr_levels=acr,
            ignore_x5c=ignore_x5c,
            sources=(documents.source(issuer, url, discovery=jwks_uri is None),),
        )

    def __repr__(self) -> str:
        return f"OIDCIssuer({self.issuer!r}, name={self.name!r})"

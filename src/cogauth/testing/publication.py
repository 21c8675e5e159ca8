"""Publication: the documents of a pool that anybody may read, and how often they were asked for."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from threading import Lock

from cogauth.testing.loopback import serve
from cogauth.testing.signing_keys import SigningKeys


class Publication:
    """The key set and the discovery document of one pool, below a path that is the pool's id."""

    def __init__(self, pool_id: str, issuer_url: str, keys: SigningKeys) -> None:
        self._pool_id = pool_id
        self._issuer_url = issuer_url
        self._keys = keys
        self._counting = Lock()
        self.requests: int = 0
        """How many requests have been answered so far, whatever they asked for."""

    @contextmanager
    def serve(self) -> Generator[str]:
        """Answer over HTTP while the context lasts; its value is what stands in for the issuer string."""
        with serve(self._respond) as origin:
            yield f"{origin}/{self._pool_id}"

    def _respond(self, origin: str, path: str) -> Mapping[str, object] | None:
        with self._counting:
            self.requests += 1
        keys_path = f"/{self._pool_id}/.well-known/jwks.json"
        if path == keys_path:
            return self._keys.document()
        if path == f"/{self._pool_id}/.well-known/openid-configuration":
            # Of the members that discovery requires, all for which something here answers.
            return {
                "issuer": self._issuer_url,
                "jwks_uri": origin + keys_path,
                "response_types_supported": ["code", "token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        return None

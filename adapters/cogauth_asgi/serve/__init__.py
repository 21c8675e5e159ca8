"""
Serving: forward auth, and Envoy's gRPC, in processes of one's own. What `cogauth serve` runs (extra `serve`).

`Settings` say how; `serve` does it until a signal says stop.
"""

from __future__ import annotations

from cogauth_asgi.serve.listening import ListenError
from cogauth_asgi.serve.service import serve
from cogauth_asgi.serve.settings import Settings

__all__ = ["ListenError", "Settings", "serve"]

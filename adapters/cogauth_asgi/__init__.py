"""cogauth in front of any ASGI application: Starlette, FastAPI, Litestar, Quart, or none."""

from cogauth_asgi.middleware import CogAuthMiddleware

__all__ = ["CogAuthMiddleware"]

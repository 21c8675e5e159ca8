"""cogauth in front of any WSGI application: Flask, Django, Pyramid, Bottle, or none."""

from cogauth_wsgi.middleware import CogAuthMiddleware

__all__ = ["CogAuthMiddleware"]

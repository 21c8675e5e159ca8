"""cogauth in a Django site: a middleware, rules on views, and a check of the `COGAUTH` setting."""

from cogauth_wsgi.django.middleware import CogAuthMiddleware
from cogauth_wsgi.django.request import PrincipalRequest
from cogauth_wsgi.django.views import RequiresMixin, requires

__all__ = ["CogAuthMiddleware", "PrincipalRequest", "RequiresMixin", "requires"]

"""What Django is told by tests and by examples in the documentation; `COGAUTH` is each test's own."""

SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "rest_framework",
    "cogauth_wsgi.django",
]
MIDDLEWARE = ["cogauth_wsgi.django.CogAuthMiddleware"]
ROOT_URLCONF = "tests.support.django_site"
LOGGING_CONFIG = None
USE_TZ = True

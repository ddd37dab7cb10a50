"""Settings of the test suite: real PostgreSQL and Redis-compatible servers, cheap passwords, no outside world."""

import os

# Throw-away keys: nothing a test stores outlives it.
os.environ["SECRET_KEY"] = "test-only-secret-key-that-is-long-enough-for-hmac"  # noqa: S105 - for tests only
os.environ["FIELD_ENCRYPTION_KEY"] = "dGVzdC1vbmx5LWZpZWxkLWVuY3J5cHRpb24ta2V5ISE="

from config.settings.base import *

ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
DATABASES["default"]["CONN_MAX_AGE"] = 0
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

WHITENOISE_AUTOREFRESH = True  # static files straight from the apps, nothing collected

# Off, so that no test is refused for what others asked in the same minute; tests of the limits set their own.
API_REQUESTS_PER_MINUTE = 0
API_ATTEMPTS_PER_MINUTE = 0

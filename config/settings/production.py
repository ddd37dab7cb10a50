"""Settings of production: refuse to start with anything a demo would forgive."""

from django.core.exceptions import ImproperlyConfigured

from config.settings.base import *

_REQUIRED = {
    "SECRET_KEY": SECRET_KEY,
    "FIELD_ENCRYPTION_KEY": FIELD_ENCRYPTION_KEYS,
    "ADDRESS_HASH_KEY": env.str("ADDRESS_HASH_KEY", default=""),
    "DATABASE_URL": env.str("DATABASE_URL", default=""),
    "REDIS_URL": env.str("REDIS_URL", default=""),
    "PUBLIC_URL": env.str("PUBLIC_URL", default=""),
}
_missing = sorted(name for name, value in _REQUIRED.items() if not value)
if _missing:
    raise ImproperlyConfigured(f"set these environment variables: {', '.join(_missing)}")
if SIMULATED_CLOCK:
    raise ImproperlyConfigured("SIMULATED_CLOCK is for demos and tests: unset it")
if ENGINE_HASTE != 1 or env.str("CRASH_POINTS", default=""):
    raise ImproperlyConfigured("ENGINE_HASTE and CRASH_POINTS are for tests of failure: unset them")

DEBUG = False
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

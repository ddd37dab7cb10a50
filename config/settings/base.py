"""Settings shared by every environment. Everything that differs comes from the environment; see `.env.example`."""

import os
from pathlib import Path
from typing import Any

import django_stubs_ext
import environ
from django.core.exceptions import ImproperlyConfigured

from config import logs
from config.celery_settings import celery_settings
from config.settings.unfold import UNFOLD as UNFOLD  # read by the theme
from lib import clock, crash_points, haste
from lib.clock import SESSION_VARIABLE, SimulatedClock

# Django's generic classes can then be written with their parameters at run time as well as for the type checker.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "config.apps.DeskConfig",  # before unfold, so that our admin templates win
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "organizations",
    "customers",
    "campaigns",
    "targets",
    "api",
]

MIDDLEWARE = [
    "config.middleware.RequestContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.middleware.DeskMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False  # the dialects have no trailing slashes, and a redirect would lose a POST
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- time -------------------------------------------------------------------------------------------------------
# "<real anchor>,<simulated anchor>,<rate>"; production settings refuse it.
SIMULATED_CLOCK = env.str("SIMULATED_CLOCK", default="")
clock.install(SimulatedClock.parse(SIMULATED_CLOCK) if SIMULATED_CLOCK else None)
# Divides every time-out and lease, for tests of failure; production refuses it.
ENGINE_HASTE = env.float("ENGINE_HASTE", default=1.0)
haste.install(ENGINE_HASTE)
crash_points.install(crash_points.armed_by(os.environ))

# --- database ---------------------------------------------------------------------------------------------------
# Milliseconds a statement may run, by kind of process: a web request must give its answer, an import may take long.
PROCESS_ROLE = os.environ.get("PROCESS_ROLE", "command")
_STATEMENT_TIMEOUT_MS = {"web": 5_000, "worker": 30_000}.get(PROCESS_ROLE, 0)
_LOCK_TIMEOUT_MS = {"web": 2_000, "worker": 10_000}.get(PROCESS_ROLE, 0)
_IDLE_IN_TRANSACTION_MS = {"web": 15_000, "worker": 60_000}.get(PROCESS_ROLE, 0)


def _session_options() -> str:
    options = {
        "statement_timeout": _STATEMENT_TIMEOUT_MS,
        "lock_timeout": _LOCK_TIMEOUT_MS,
        "idle_in_transaction_session_timeout": _IDLE_IN_TRANSACTION_MS,
        SESSION_VARIABLE: SIMULATED_CLOCK,
    }
    return " ".join(f"-c {name}={value}" for name, value in options.items() if value)


DATABASES: dict[str, dict[str, Any]] = {"default": env.db("DATABASE_URL", default="postgres:///outbound")}
DATABASES["default"].update(
    ENGINE="django.db.backends.postgresql",
    CONN_MAX_AGE=60,
    CONN_HEALTH_CHECKS=True,
    ATOMIC_REQUESTS=False,
)
DATABASES["default"].setdefault("OPTIONS", {})["options"] = _session_options()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- broker and cache ---------------------------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
_CELERY = celery_settings(REDIS_URL, socket_timeout_seconds=1 if PROCESS_ROLE == "web" else 5)
globals().update({f"CELERY_{name.upper()}": value for name, value in _CELERY.items()})
CACHE_URL = env.str("CACHE_URL", default=REDIS_URL)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "outbound",
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
}

# --- people and passwords -----------------------------------------------------------------------------------------
AUTH_USER_MODEL = "organizations.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

# Keys for provider credentials at rest and for hashes of addresses; both comma-separated, newest first.
FIELD_ENCRYPTION_KEYS = env.list("FIELD_ENCRYPTION_KEY", default=[])
ADDRESS_HASH_KEYS = env.list("ADDRESS_HASH_KEY", default=[]) or [SECRET_KEY]
ADDRESS_HASH_KEY_VERSION = env.int("ADDRESS_HASH_KEY_VERSION", default=len(ADDRESS_HASH_KEYS))
if len(ADDRESS_HASH_KEYS) > ADDRESS_HASH_KEY_VERSION:
    raise ImproperlyConfigured(
        "ADDRESS_HASH_KEY_VERSION is the version of the first key, the keys after it count down to 1 or more:"
        f" with {len(ADDRESS_HASH_KEYS)} keys it is at least {len(ADDRESS_HASH_KEYS)}"
    )

# --- the outside world --------------------------------------------------------------------------------------------
PUBLIC_URL = env.str("PUBLIC_URL", default="http://127.0.0.1:8000")  # where providers reach our webhooks
ELEVENLABS_BASE_URL = env.str("ELEVENLABS_BASE_URL", default="https://api.elevenlabs.io")
WHATSAPP_BASE_URL = env.str("WHATSAPP_BASE_URL", default="https://graph.facebook.com")
ANALYSIS_BASE_URL = env.str("ANALYSIS_BASE_URL", default="https://api.openai.com/v1")
ANALYSIS_API_KEY = env.str("ANALYSIS_API_KEY", default="")
ANALYSIS_MODEL = env.str("ANALYSIS_MODEL", default="gpt-5-mini")
# The mail server of email accounts that name none, as smtp://, smtps:// or smtp+starttls://host:port.
EMAIL_BASE_URL = env.str("EMAIL_BASE_URL", default="")
EMAIL_BACKEND = env.str("EMAIL_BACKEND", default="django.core.mail.backends.console.EmailBackend")

# --- limits -------------------------------------------------------------------------------------------------------
PLATFORM_CONCURRENCY_LIMIT = env.int("PLATFORM_CONCURRENCY_LIMIT", default=50)
# Days after its end for which the file of an import is kept, with its rejected rows' cells and what undoing it needs.
IMPORT_FILES_KEPT_DAYS = env.int("IMPORT_FILES_KEPT_DAYS", default=30)
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000  # bytes of a JSON body
# Requests a minute of one credential, and of one client's address without a valid one; 0 is no limit.
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=6000)
API_ATTEMPTS_PER_MINUTE = env.int("API_ATTEMPTS_PER_MINUTE", default=60)
# How many proxies of ours a request passes: that many entries at the end of X-Forwarded-For can be believed.
PROXIES_IN_FRONT = env.int("PROXIES_IN_FRONT", default=0)
# Each dialect has a document of its own and a test that writes it without a warning; there is none of all together.
SPECTACULAR_SETTINGS = {"ENABLE_DJANGO_DEPLOY_CHECK": False}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["api.permissions.Denied"],  # a view that names no rule lets nobody in
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["api.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
    "NUM_PROXIES": PROXIES_IN_FRONT,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

# --- pages and files ----------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "var" / "static"))()
MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(BASE_DIR / "var" / "media"))()
WHITENOISE_USE_FINDERS = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
LANGUAGE_CODE = "en-gb"  # 24-hour times, as windows are written
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = "config.formats"
USE_TZ = True
USE_I18N = True

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING_CONFIG = None
logs.configure(level=LOG_LEVEL, as_json=env.bool("LOG_JSON", default=True))

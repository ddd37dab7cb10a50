"""Settings of `make run` and `make demo`: everything on this machine, keys made by the launcher."""

from config import logs as config_logs
from config.settings.base import *

DEBUG = env.bool("DEBUG", default=False)
config_logs.configure(level=LOG_LEVEL, as_json=env.bool("LOG_JSON", default=False))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MEDIA_ROOT = BASE_DIR / "var" / "media"

WHITENOISE_AUTOREFRESH = True  # static files straight from the apps, nothing collected

"""The web process for servers that speak ASGI."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
os.environ.setdefault("PROCESS_ROLE", "web")

from django.core.asgi import get_asgi_application

application = get_asgi_application()

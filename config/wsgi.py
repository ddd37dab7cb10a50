"""The web process."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
os.environ.setdefault("PROCESS_ROLE", "web")

from django.core.wsgi import get_wsgi_application

from api.chunked import measuring_chunked_bodies

application = measuring_chunked_bodies(get_wsgi_application())

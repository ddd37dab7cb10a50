"""The project's configuration: settings, routes, and the one Celery schedule."""

from config.celery import app as celery_app

__all__ = ["celery_app"]

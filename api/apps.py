from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Three public dialects over one domain, and the providers' webhooks."""

    name = "api"

from django.apps import AppConfig


class TargetsConfig(AppConfig):
    """One customer in one campaign, and every attempt to reach them."""

    name = "targets"

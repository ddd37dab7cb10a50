from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """What is asked of whom, when, and to which goal."""

    name = "campaigns"

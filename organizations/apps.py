from django.apps import AppConfig


class OrganizationsConfig(AppConfig):
    """The tenant: who uses the system, with which credentials, agents, numbers and channels."""

    name = "organizations"

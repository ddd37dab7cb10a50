from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """Who may be contacted: people, their fields, the suppression list, imports."""

    name = "customers"

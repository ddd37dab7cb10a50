from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """Who may be contacted: people, their fields, the suppression list, imports."""

    name = "customers"
    verbose_name = "People"

    def ready(self) -> None:
        import customers.bulk  # noqa: F401 - registers what may be done to many customers

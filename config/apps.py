from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Carry the operators' desk: admin templates and static files of the project itself."""

    name = "config"
    label = "desk"
    verbose_name = "Desk"

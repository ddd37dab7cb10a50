from django.apps import AppConfig


class TargetsConfig(AppConfig):
    """One customer in one campaign, and every attempt to reach them."""

    name = "targets"
    verbose_name = "Results"

    def ready(self) -> None:
        import targets.bulk  # noqa: F401 - registers what may be done to many targets
        from campaigns.services.consequences import when_goal_changes
        from targets.reevaluation import reevaluate_targets

        when_goal_changes(reevaluate_targets)

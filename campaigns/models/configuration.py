from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models

from lib.db.models import AliveManager, SoftDeleted, SoftDeleteQuerySet


class Configuration(SoftDeleted):
    """When and how often to call, kept apart from campaigns so that several may share it.

    Windows are lists in the form of `lib.windows`: ``[{"days": [0, 1], "start": "09:00", "end": "19:00"}]``;
    overrides map an IANA zone to such a list.
    """

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="configurations")
    name = models.CharField(max_length=255)
    default_timezone = models.CharField(max_length=64, default="America/New_York")
    windows = models.JSONField(default=list, blank=True, help_text="regular contacts and all retries; empty: never")
    overrides = models.JSONField(default=dict, blank=True)
    first_call_windows = models.JSONField(
        null=True, blank=True, help_text="the first call of a contact with a time of its own; empty: as the others"
    )
    first_call_overrides = models.JSONField(null=True, blank=True)
    max_retries = models.PositiveSmallIntegerField(default=3, validators=[MaxValueValidator(10)])
    retry_delay_minutes = models.PositiveIntegerField(default=60)
    retry_policy = models.JSONField(default=dict, blank=True, help_text="what differs by outcome; empty: nothing")
    default_country_code = models.CharField(max_length=5, default="+1")
    agent_external_id = models.CharField(max_length=255, blank=True)
    agent_version = models.CharField(max_length=255, blank=True)
    agent_number = models.CharField(max_length=32, blank=True)
    agent_config = models.JSONField(default=dict, blank=True)
    initial_context = models.JSONField(default=dict, blank=True)

    objects = AliveManager.from_queryset(SoftDeleteQuerySet)()
    all_objects = SoftDeleteQuerySet.as_manager()

    class Meta:
        base_manager_name = "all_objects"
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=models.Q(max_retries__lte=10), name="configuration_retries_range")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def call_attempt_delays(self) -> list[int]:
        """Return the minutes between calls, as a campaign of its own rules keeps them."""
        return [self.retry_delay_minutes] * self.max_retries

"""Work that waits in PostgreSQL: events that came in, and effects that are to go out."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from lib.db.clock import RealClock
from lib.db.models import Identified, TenantQuerySet


class InboxQuerySet(models.QuerySet["InboxEvent"]):
    def unprocessed(self, real_now: datetime | RealClock) -> InboxQuerySet:
        """Return events that are to be applied, or tried again, by now."""
        return self.filter(processed_at__isnull=True, next_try_at__lte=real_now)


class InboxEvent(Identified):
    """A webhook as it arrived: verified, stored raw, answered, and only then read. Times are real time."""

    receiver = models.CharField(max_length=32, help_text="who reads it: elevenlabs, whatsapp or email.<service>")
    provider_account = models.ForeignKey(
        "organizations.ProviderAccount", models.CASCADE, related_name="+", db_constraint=False
    )
    event_key = models.CharField(max_length=255)
    body = models.BinaryField()
    headers = models.JSONField(default=dict)
    received_at = models.DateTimeField()
    deliveries = models.PositiveIntegerField(default=1)
    next_try_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    processed_at = models.DateTimeField(null=True, blank=True)
    result = models.CharField(max_length=32, blank=True, help_text="applied, ignored, or unmatched for good")
    error = models.CharField(max_length=500, blank=True)

    objects = InboxQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at"]
        constraints = [
            models.UniqueConstraint(fields=["provider_account", "event_key"], name="inbox_event_once"),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"], condition=models.Q(processed_at__isnull=True), name="inbox_unprocessed"
            )
        ]

    def __str__(self) -> str:
        return f"{self.receiver} {self.event_key}"


class OutboxQuerySet(TenantQuerySet):
    def unsent(self, real_now: datetime | RealClock) -> OutboxQuerySet:
        """Return effects that are to be carried out, or tried again, by now."""
        return self.filter(sent_at__isnull=True, next_try_at__lte=real_now)


class OutboxMessage(Identified):
    """An effect decided in a transaction and carried out after it, once per `dedupe`. Times are real time."""

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="+")
    topic = models.CharField(max_length=32, help_text="verify: read a target's conversations")
    dedupe = models.CharField(max_length=255, unique=True)
    target_id = models.UUIDField(null=True, blank=True)
    body = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["topic", "next_try_at"], condition=models.Q(sent_at__isnull=True), name="outbox_unsent"
            ),
            models.Index(fields=["target_id"], name="outbox_target"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.dedupe}"

from __future__ import annotations

from django.db import models

from lib import clock
from lib.db.models import Identified, TenantQuerySet, Timestamped


class AuditEvent(Identified):
    """Who changed what: written in the transaction of the change, never altered afterwards. No personal data."""

    organization = models.ForeignKey(
        "organizations.Organization", models.CASCADE, related_name="audit_events", null=True, blank=True
    )
    user = models.ForeignKey("organizations.User", models.DO_NOTHING, null=True, blank=True, db_constraint=False)
    api_key_id = models.UUIDField(null=True, blank=True)
    action = models.CharField(max_length=64)
    object_type = models.CharField(max_length=64)
    object_id = models.UUIDField()
    changes = models.JSONField(default=dict, help_text="{field: [before, after]}")
    request_id = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(default=clock.now)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-at"]
        indexes = [
            models.Index(fields=["organization", "-at"], name="audit_event_recent"),
            models.Index(fields=["object_id", "-at"], name="audit_event_object"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_type}"


class IdempotencyKey(Timestamped):
    """The answer to a POST that carried an Idempotency-Key, kept so that a repeated request has one effect."""

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="+")
    credential = models.CharField(max_length=64, help_text="who used the key; keys of two credentials never meet")
    key = models.CharField(max_length=255)
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=2048)
    request_hash = models.CharField(max_length=64)
    locked_at = models.DateTimeField(null=True, blank=True)
    response_status = models.PositiveSmallIntegerField(null=True, blank=True)
    response_body = models.BinaryField(null=True, blank=True)
    expires_at = models.DateTimeField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "credential", "key"], name="idempotency_key_unique")
        ]
        indexes = [models.Index(fields=["expires_at"], name="idempotency_key_expiry")]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class SystemFlag(models.Model):
    """A switch of the whole platform, such as ``dialing``: "on", "stopped" or "quarantined"."""

    key = models.CharField(primary_key=True, max_length=64)
    value = models.CharField(max_length=255)
    reason = models.CharField(max_length=255, blank=True)
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return f"{self.key}: {self.value}"

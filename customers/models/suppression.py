from __future__ import annotations

from datetime import datetime

from django.db import models

from lib import clock
from lib.db.models import Identified, TenantQuerySet, Timestamped


class Channel(models.TextChoices):
    CALL = "call"
    WHATSAPP = "whatsapp", "WhatsApp"
    EMAIL = "email"


class SuppressionQuerySet(TenantQuerySet):
    def in_force(self, at: datetime) -> SuppressionQuerySet:
        unexpired = models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=at)
        return self.filter(unexpired, lifted_at__isnull=True)


class Suppression(Timestamped):
    """An address that must not be contacted. Kept as a keyed hash, so that erasing a person leaves it in force."""

    class Source(models.TextChoices):
        API = "api"
        IMPORT = "import"
        OPERATOR = "operator"
        KEYWORD = "keyword", "the person wrote a stop word"
        IN_CALL = "in_call", "the person said so in a call"
        PROVIDER = "provider", "the provider reported it"
        UNSUBSCRIBE = "unsubscribe", "the person used the unsubscribe link"

    organization = models.ForeignKey(
        "organizations.Organization",
        models.CASCADE,
        related_name="suppressions",
        null=True,
        blank=True,
        help_text="empty: the whole platform",
    )
    address_hash = models.CharField(max_length=64)
    address_hint = models.CharField(max_length=32, blank=True, help_text="the last digits, to recognise it by")
    hash_key_version = models.PositiveSmallIntegerField(default=1)
    channel = models.CharField(max_length=16, choices=Channel, blank=True, help_text="empty: every channel")
    source = models.CharField(max_length=16, choices=Source)
    reason = models.CharField(max_length=255, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "address_hash", "channel"],
                condition=models.Q(lifted_at__isnull=True),
                nulls_distinct=False,
                name="suppression_unique",
            )
        ]
        indexes = [models.Index(fields=["address_hash"], name="suppression_address")]

    def __str__(self) -> str:
        return f"…{self.address_hint} {self.channel or 'every channel'}"


class DialLedger(Identified):
    """Every contact ever submitted, append-only and free of personal data: what gaps, caps and disputes rest on.

    It survives erasure, purges and the deletion of attempts, so it refers to nothing by foreign key.
    """

    organization_id = models.UUIDField()
    attempt_id = models.UUIDField()
    channel = models.CharField(max_length=16, choices=Channel)
    address_hash = models.CharField(max_length=64)
    hash_key_version = models.PositiveSmallIntegerField(default=1)
    submitted_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "dial ledger"
        constraints = [models.UniqueConstraint(fields=["attempt_id"], name="dial_ledger_once")]
        indexes = [models.Index(fields=["organization_id", "address_hash", "submitted_at"], name="dial_ledger_address")]

    def __str__(self) -> str:
        return f"{self.channel} {self.submitted_at:%Y-%m-%d %H:%M}"

"""What was learnt from conversations, and what a person has to decide."""

from __future__ import annotations

from django.db import models

from lib import clock
from lib.db.models import Identified, TenantQuerySet, Timestamped
from targets.models.attempt import Attempt
from targets.models.target import CampaignTarget


class Verification(Identified):
    """One analyzer's reading of a target's conversations, with its evidence. Never altered: the newest counts."""

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="+")
    target = models.ForeignKey(CampaignTarget, models.CASCADE, related_name="verifications", db_constraint=False)
    analyzer = models.CharField(max_length=64)
    analyzer_version = models.CharField(max_length=64)
    verdict = models.CharField(max_length=16)
    label = models.CharField(max_length=16)
    score = models.FloatField(null=True, blank=True)
    rationale = models.TextField(blank=True)
    quotes = models.JSONField(default=list, help_text='[{"attempt": id, "turn": index, "text": …}]')
    analysis = models.JSONField(default=dict, help_text="the analyzer's whole answer")
    at = models.DateTimeField(default=clock.now)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["target", "-at"], name="verification_newest")]

    def __str__(self) -> str:
        return self.verdict


class InboundMessage(Identified):
    """A message a person sent us."""

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="+")
    customer = models.ForeignKey(
        "customers.Customer", models.CASCADE, null=True, blank=True, related_name="+", db_constraint=False
    )
    target = models.ForeignKey(
        CampaignTarget, models.SET_NULL, null=True, blank=True, related_name="replies", db_constraint=False
    )
    channel = models.CharField(max_length=16, choices=CampaignTarget.Channel)
    provider_account_id = models.UUIDField(null=True, blank=True)
    provider_id = models.CharField(max_length=255)
    text = models.TextField(blank=True)
    received_at = models.DateTimeField(default=clock.now)
    raw = models.JSONField(default=dict)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at"]
        constraints = [
            models.UniqueConstraint(fields=["provider_account_id", "provider_id"], name="inbound_message_once")
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.received_at:%Y-%m-%d %H:%M}"


class ReviewItem(Timestamped):
    """A question only a person can answer, such as a call nobody can find out about."""

    class Kind(models.TextChoices):
        UNKNOWN_ATTEMPT = "unknown_attempt", "was this person called?"
        UNCLEAR_GOAL = "unclear_goal", "was the goal met?"

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="+")
    target = models.ForeignKey(CampaignTarget, models.CASCADE, related_name="reviews", db_constraint=False)
    attempt = models.ForeignKey(
        Attempt, models.CASCADE, null=True, blank=True, related_name="reviews", db_constraint=False
    )
    kind = models.CharField(max_length=32, choices=Kind)
    reason = models.TextField(blank=True)
    decision = models.CharField(max_length=32, blank=True)
    note = models.TextField(blank=True)
    decided_by = models.ForeignKey("organizations.User", models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["target", "kind"], condition=models.Q(decided_at__isnull=True), name="review_open_once"
            )
        ]

    def __str__(self) -> str:
        return self.kind


class Appointment(Timestamped):
    """A meeting a person agreed to in a conversation."""

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="+")
    target = models.ForeignKey(CampaignTarget, models.CASCADE, related_name="appointments", db_constraint=False)
    attempt = models.ForeignKey(Attempt, models.SET_NULL, null=True, blank=True, related_name="+", db_constraint=False)
    starts_at = models.DateTimeField()
    label = models.CharField(max_length=255, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at"]
        constraints = [models.UniqueConstraint(fields=["target", "starts_at"], name="appointment_once")]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}"

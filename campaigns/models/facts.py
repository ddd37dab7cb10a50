"""What happened to a campaign: status changes, activity, and counters that make reading metrics cheap."""

from __future__ import annotations

from django.db import models

from lib import clock
from lib.db.models import Identified, TenantQuerySet


class CampaignEvent(models.Model):
    """A change of a campaign's status, written by a trigger in the transaction of the change."""

    id = models.BigAutoField(primary_key=True)
    campaign_id = models.UUIDField()
    old_status = models.CharField(max_length=16, null=True)
    new_status = models.CharField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["campaign_id", "at"], name="campaign_event_at")]

    def __str__(self) -> str:
        return f"{self.old_status} → {self.new_status}"


class ActivityEvent(Identified):
    """A line of a campaign's timeline for people to read."""

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="+")
    campaign = models.ForeignKey("campaigns.Campaign", models.CASCADE, related_name="activity", db_constraint=False)
    target_id = models.UUIDField(null=True, blank=True)
    user = models.ForeignKey("organizations.User", models.SET_NULL, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=64)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(default=clock.now)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["campaign", "-at"], name="activity_event_recent")]

    def __str__(self) -> str:
        return self.kind


class Counter(models.Model):
    """How many targets or attempts of a campaign are of one sort; names in docs/glossary.md.

    The value in force is the counter plus the deltas not yet folded into it.
    """

    pk = models.CompositePrimaryKey("campaign_id", "name")
    campaign_id = models.UUIDField()
    name = models.CharField(max_length=96)
    value = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"


class CounterDelta(models.Model):
    """A change to a counter, appended by triggers so that writers of one campaign never wait for each other."""

    id = models.BigAutoField(primary_key=True)
    campaign_id = models.UUIDField()
    name = models.CharField(max_length=96)
    delta = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["campaign_id", "name"], include=["delta"], name="counter_delta_campaign")]

    def __str__(self) -> str:
        return f"{self.name} {self.delta:+}"

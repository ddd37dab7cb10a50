from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models

from lib.db.models import TenantQuerySet, Timestamped, Tracked
from providers.base import CallOutcome, DeliveryStatus
from targets.lifecycle import LIVE_STATES, UNSENT_STATES, VOID_STATES, AttemptState
from targets.models.target import CampaignTarget

LIVE = models.Q(state__in=LIVE_STATES)
NOT_VOID = ~models.Q(state__in=VOID_STATES)


class AttemptQuerySet(TenantQuerySet):
    def live(self) -> AttemptQuerySet:
        """Return attempts that hold a slot and an address."""
        return self.filter(LIVE)

    def sent(self) -> AttemptQuerySet:
        """Return attempts that went out: what was given back before, or never reached the provider, is left out."""
        return self.filter(NOT_VOID, submit_started_at__isnull=False)

    def not_denied(self) -> AttemptQuerySet:
        """Return attempts but those nobody could find out about until a person said that they never happened."""
        return self.exclude(state=AttemptState.GAVE_UP, reviews__decision="not_called")


class Attempt(Tracked, Timestamped):
    """One try to reach one person over one channel: committed before anything is sent, ended exactly once.

    Its id is the reference the provider echoes. `*_at` are times of the clock of decisions; `lease_until` and
    `state_since` are real time, because they measure machines.
    """

    class Phase(models.IntegerChoices):
        PLACED = 0
        RINGING = 1
        ANSWERED = 2
        ENDED = 3

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="+")
    campaign = models.ForeignKey("campaigns.Campaign", models.CASCADE, related_name="attempts", db_constraint=False)
    target = models.ForeignKey(CampaignTarget, models.CASCADE, related_name="attempts", db_constraint=False)
    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="attempts", db_constraint=False)
    channel = models.CharField(max_length=16, choices=CampaignTarget.Channel)
    number = models.PositiveSmallIntegerField(help_text="1 for the target's first attempt on this channel")
    round = models.PositiveIntegerField(
        default=0, db_default=0, editable=False, help_text="the target's, when this was tried"
    )
    address = models.CharField(max_length=254, help_text="E.164, or an email address")

    state = models.CharField(max_length=16, choices=AttemptState, default=AttemptState.RESERVED)
    fence = models.PositiveIntegerField(default=1)
    lease_until = models.DateTimeField(help_text="real time by which the present state must have moved on")
    state_since = models.DateTimeField(help_text="real time of the last move")
    reserved_at = models.DateTimeField()
    submit_started_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    quiet = DateTimeRangeField(null=True, blank=True, help_text="the address is left alone for this long")

    phase = models.PositiveSmallIntegerField(choices=Phase, default=Phase.PLACED)
    outcome = models.CharField(max_length=16, choices=[(o.value, o.value) for o in CallOutcome], blank=True)
    delivery_status = models.CharField(max_length=16, choices=[(s.value, s.value) for s in DeliveryStatus], blank=True)
    duration_seconds = models.PositiveIntegerField(null=True, blank=True)
    result_source = models.CharField(max_length=16, blank=True, help_text="webhook, poll, answer or operator")
    error_code = models.CharField(max_length=64, blank=True)
    error_message = models.CharField(max_length=500, blank=True)

    provider_account = models.ForeignKey(
        "organizations.ProviderAccount",
        models.PROTECT,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="+",
    )
    provider_id = models.CharField(max_length=255, blank=True, help_text="the provider's id of the call or message")
    provider_secondary_id = models.CharField(max_length=255, blank=True)
    phone_number = models.ForeignKey(
        "organizations.PhoneNumber", models.SET_NULL, null=True, blank=True, db_constraint=False, related_name="+"
    )
    text = models.TextField(blank=True, help_text="the message sent, or the agent's opening line")
    decision = models.JSONField(default=dict, help_text="what the decision to send saw: zone, local time, limits")

    objects = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ["-reserved_at"]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=AttemptState.values), name="attempt_state_known"),
            models.CheckConstraint(
                condition=(
                    models.Q(state__in=UNSENT_STATES, submit_started_at__isnull=True)
                    | (~models.Q(state__in=UNSENT_STATES) & models.Q(submit_started_at__isnull=False))
                ),
                name="attempt_sent_has_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=[AttemptState.ACCEPTED, AttemptState.COMPLETED])
                | ~models.Q(provider_id=""),
                name="attempt_accepted_has_id",
            ),
            models.UniqueConstraint(
                fields=["target", "channel", "number"], condition=NOT_VOID, name="attempt_number_once"
            ),
            models.UniqueConstraint(fields=["organization", "address"], condition=LIVE, name="attempt_live_address"),
            models.UniqueConstraint(
                fields=["provider_account", "provider_id"],
                condition=~models.Q(provider_id=""),
                name="attempt_provider_id_unique",
            ),
            ExclusionConstraint(
                name="attempt_minimum_gap",
                expressions=[
                    ("organization", RangeOperators.EQUAL),
                    ("address", RangeOperators.EQUAL),
                    ("quiet", RangeOperators.OVERLAPS),
                ],
                condition=NOT_VOID,
            ),
            ExclusionConstraint(
                name="attempt_minimum_gap_person",
                expressions=[("customer", RangeOperators.EQUAL), ("quiet", RangeOperators.OVERLAPS)],
                condition=NOT_VOID,
            ),
        ]
        indexes = [
            models.Index(fields=["organization"], condition=LIVE, name="attempt_live_organization"),
            models.Index(fields=["campaign"], condition=LIVE, name="attempt_live_campaign"),
            models.Index(fields=["lease_until"], condition=LIVE, name="attempt_overdue"),
            models.Index(fields=["target", "reserved_at"], name="attempt_history"),
            models.Index(fields=["organization", "-reserved_at", "id"], name="attempt_recent"),
            models.Index(fields=["campaign", "-reserved_at"], name="attempt_campaign_recent"),
            models.Index(fields=["provider_account"], condition=LIVE, name="attempt_live_account"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.number}: {self.state}"

    @property
    def delivery(self) -> str:
        """Return how far a message came, in the words of its channel: an email is opened where others are read."""
        is_opened = self.channel == CampaignTarget.Channel.EMAIL and self.delivery_status == DeliveryStatus.READ
        return "opened" if is_opened else self.delivery_status


class AttemptEvent(models.Model):
    """A move of an attempt's state, written by a trigger in the transaction of the move."""

    id = models.BigAutoField(primary_key=True)
    attempt_id = models.UUIDField()
    campaign_id = models.UUIDField()
    organization_id = models.UUIDField()
    old_state = models.CharField(max_length=16, null=True)
    new_state = models.CharField(max_length=16)
    at = models.DateTimeField(help_text="clock of decisions")
    real_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["attempt_id", "id"], name="attempt_event_history")]

    def __str__(self) -> str:
        return f"{self.old_state} → {self.new_state}"


class Conversation(Timestamped):
    """What was said in an attempt. Kept apart from `Attempt`, whose rows are small and hot."""

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="+")
    attempt = models.OneToOneField(Attempt, models.CASCADE, related_name="conversation", db_constraint=False)
    turns = models.JSONField(default=list, help_text='[{"speaker": "agent|person", "text": …, "at_seconds": …}]')
    summary = models.TextField(blank=True)
    summary_title = models.TextField(blank=True)
    call_successful = models.CharField(max_length=16, blank=True, help_text="the provider's own opinion")
    termination_reason = models.CharField(max_length=255, blank=True)
    collected = models.JSONField(default=dict, help_text="values the agent collected")
    meta = models.JSONField(default=dict, help_text='{"elevenlabs": {"conversation_formatted": …}}')
    raw = models.JSONField(default=dict, help_text="the provider's report as it came")

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.summary_title or str(self.id)

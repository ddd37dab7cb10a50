from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q

from lib.db.models import ALIVE, AliveManager, SoftDeleted, SoftDeleteQuerySet, Tracked
from targets.lifecycle import TargetState


class TargetQuerySet(SoftDeleteQuerySet):
    def due(self, at: datetime) -> TargetQuerySet:
        """Return targets whose next step may be taken at `at`."""
        return self.alive().filter(state=TargetState.READY, next_attempt_at__lte=at)

    def unfinished(self) -> TargetQuerySet:
        """Return targets for which something is still to happen."""
        return self.alive().exclude(state__in=[TargetState.DONE, TargetState.SUPPRESSED])

    def asking_for(self, flag: str) -> TargetQuerySet:
        """Return targets for whom `flag` asks for a person, such as ``callback_requested``, as the counters count."""
        return self.alive().filter(**{flag: True}, campaign__deleted_at__isnull=True)

    def met_among_contacted(self, since: datetime) -> TargetQuerySet:
        """Return targets whose goal was met since `since`, of those who were reached or written to since then."""
        # Named by its table: attempts refer to targets, and their model is loaded after this one.
        attempts = apps.get_model("targets", "Attempt").objects
        reached = attempts.filter(~Q(channel=CampaignTarget.Channel.CALL) | Q(outcome="answered"))
        today = reached.filter(target=OuterRef("pk"), reserved_at__gte=since)
        return self.filter(Exists(today), goal_met_at__gte=since)

    def next_of(self, campaign_id: UUID, count: int) -> list[CampaignTarget]:
        """Return the `count` targets of a campaign whose next steps come first, customers loaded: two queries.

        Every lane of the queue (a channel and a rank) is read along its own stretch of the index.
        """
        ready = self.alive().filter(campaign=campaign_id, state=TargetState.READY)
        lanes = [
            ready.filter(next_channel=channel, queue_rank=rank).order_by("next_attempt_at", "id").values("id")[:count]
            for channel in CampaignTarget.Channel
            for rank in CampaignTarget.QueueRank
        ]
        ids = [row["id"] for row in lanes[0].union(*lanes[1:], all=True)]
        found = self.filter(pk__in=ids).select_related("customer").order_by("next_attempt_at", "id")
        return list(found[:count])


class CampaignTarget(Tracked, SoftDeleted):
    """One customer in one campaign: where they stand, what was learnt, and what happens next."""

    class QueueRank(models.IntegerChoices):
        PROMISED = 0, "promised callback"
        RETRY = 1, "retry"
        FRESH = 2, "first contact"

    class Channel(models.TextChoices):
        CALL = "call"
        WHATSAPP = "whatsapp", "WhatsApp"
        EMAIL = "email"

    class DoneReason(models.TextChoices):
        GOAL_MET = "goal_met"
        DECLINED = "declined"
        EXHAUSTED = "exhausted"
        UNREACHABLE = "unreachable", "no address can be contacted"
        UNCALLABLE = "uncallable", "no moment is allowed"
        CAMPAIGN_ENDED = "campaign_ended"
        DECIDED = "decided", "a person decided"

    class Label(models.TextChoices):
        POSITIVE = "positive"
        NEGATIVE = "negative"
        NEUTRAL = "neutral"
        UNKNOWN = "unknown"

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="+")
    campaign = models.ForeignKey("campaigns.Campaign", models.CASCADE, related_name="targets", db_constraint=False)
    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="targets", db_constraint=False)
    external_id = models.CharField(max_length=255, null=True, blank=True)
    assigned_agent = models.ForeignKey(
        "organizations.Agent", models.SET_NULL, null=True, blank=True, db_constraint=False, related_name="+"
    )

    state = models.CharField(max_length=16, choices=TargetState, default=TargetState.READY, editable=False)
    done_reason = models.CharField(max_length=16, choices=DoneReason, blank=True, editable=False)
    stage = models.CharField(max_length=64, default="new", help_text="key of one of the campaign's stages")

    next_attempt_at = models.DateTimeField(null=True, blank=True)
    next_channel = models.CharField(max_length=16, choices=Channel, default=Channel.CALL)
    queue_rank = models.PositiveSmallIntegerField(choices=QueueRank, default=QueueRank.FRESH)
    hold_reason = models.CharField(max_length=64, blank=True, help_text="the rule that last put the next step off")
    callback_at = models.DateTimeField(null=True, blank=True)
    refusals = models.PositiveSmallIntegerField(default=0, help_text="provider's noes in a row, for backing off")
    round = models.PositiveIntegerField(
        default=0, db_default=0, editable=False, help_text="how often the outreach was begun afresh"
    )

    timezone = models.CharField(max_length=64, blank=True, help_text="IANA; empty: the customer's")
    phones = ArrayField(
        models.CharField(max_length=16), default=list, blank=True, help_text="E.164; empty: the customer's"
    )
    data = models.JSONField(default=dict, blank=True, help_text="handed to the call")
    scheduled_at = models.DateTimeField(null=True, blank=True, help_text="not contacted before")
    call_overrides = models.JSONField(default=dict, blank=True)

    calls_made = models.PositiveIntegerField(default=0)
    calls_answered = models.PositiveIntegerField(default=0)
    whatsapp_sent = models.PositiveIntegerField("WhatsApp sent", default=0)
    email_sent = models.PositiveIntegerField(default=0)
    last_outcome = models.CharField(max_length=16, blank=True)
    last_contacted_at = models.DateTimeField(null=True, blank=True)
    last_email_at = models.DateTimeField(null=True, blank=True)
    last_conv_id = models.CharField(max_length=255, null=True, blank=True)
    goal_met_at = models.DateTimeField(null=True, blank=True)

    ai_label = models.CharField(max_length=16, choices=Label, default=Label.UNKNOWN)
    ai_score = models.FloatField(null=True, blank=True)
    ai_reason = models.TextField(null=True, blank=True)
    goal_analysis = models.JSONField(null=True, blank=True)
    analysis_source = models.CharField(max_length=64, null=True, blank=True)
    call_successful = models.CharField(max_length=16, null=True, blank=True)
    call_summary_title = models.TextField(null=True, blank=True)
    transcript_summary = models.TextField(null=True, blank=True)
    agent_goal_result = models.CharField(max_length=16, null=True, blank=True)
    agent_goal_rationale = models.TextField(null=True, blank=True)
    customer_sentiment = models.CharField(max_length=16, null=True, blank=True)
    customer_sentiment_rationale = models.TextField(null=True, blank=True)
    follow_up_required = models.BooleanField(null=True, blank=True)
    follow_up_required_rationale = models.TextField(null=True, blank=True)
    escalation_required = models.BooleanField(null=True, blank=True)
    escalation_required_rationale = models.TextField(null=True, blank=True)
    campaign_goal_result = models.CharField(max_length=16, null=True, blank=True)
    campaign_goal_score = models.FloatField(null=True, blank=True)
    campaign_goal_rationale = models.TextField(null=True, blank=True)
    campaign_sentiment = models.CharField(max_length=16, null=True, blank=True)
    campaign_sentiment_rationale = models.TextField(null=True, blank=True)
    callback_requested = models.BooleanField(null=True, blank=True)
    callback_requested_rationale = models.TextField(null=True, blank=True)
    campaign_next_best_action = models.TextField(null=True, blank=True)
    campaign_analysis_updated_at = models.DateTimeField(null=True, blank=True)
    analysis_updated_at = models.DateTimeField(null=True, blank=True)

    objects = AliveManager.from_queryset(TargetQuerySet)()
    all_objects = TargetQuerySet.as_manager()

    class Meta:
        base_manager_name = "all_objects"
        verbose_name = "target"
        ordering = ["-created_at"]
        constraints = [
            # Not partial: enrolling somebody again brings their soft-deleted row back.
            models.UniqueConstraint(fields=["campaign", "customer"], name="target_once"),
            models.UniqueConstraint(fields=["campaign", "external_id"], name="target_external_id_unique"),
            models.CheckConstraint(condition=models.Q(state__in=TargetState.values), name="target_state_known"),
            models.CheckConstraint(
                condition=~models.Q(state=TargetState.READY) | models.Q(next_attempt_at__isnull=False),
                name="target_ready_has_time",
            ),
            models.CheckConstraint(
                condition=(models.Q(state=TargetState.DONE) & ~models.Q(done_reason=""))
                | (~models.Q(state=TargetState.DONE) & models.Q(done_reason="")),
                name="target_done_has_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["campaign", "next_channel", "queue_rank", "next_attempt_at", "id"],
                condition=ALIVE & models.Q(state=TargetState.READY),
                name="target_due",
            ),
            models.Index(fields=["campaign", "-created_at", "id"], name="target_recent"),
            models.Index(
                fields=["campaign"],
                condition=ALIVE & ~models.Q(state__in=[TargetState.DONE, TargetState.SUPPRESSED]),
                name="target_unfinished",
            ),
            models.Index(fields=["customer"], name="target_customer"),
            # What the home page leads to. Few rows are in these, whatever there is.
            models.Index(
                fields=["organization", "goal_met_at"],
                condition=models.Q(goal_met_at__isnull=False),
                name="target_goal_met",
            ),
            *(
                models.Index(
                    fields=["organization", "-id"], condition=ALIVE & models.Q(**{flag: True}), name=f"target_{name}"
                )
                for name, flag in (
                    ("callback", "callback_requested"),
                    ("escalation", "escalation_required"),
                    ("follow_up", "follow_up_required"),
                )
            ),
        ]

    def __str__(self) -> str:
        # The person's name where it is at hand: naming a row must never ask the database.
        return str(self.customer) if "customer" in self._state.fields_cache else str(self.id)

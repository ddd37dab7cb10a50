from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import OuterRef, Subquery

from campaigns.lifecycle import Status
from lib.db.models import ALIVE, AliveManager, SoftDeleted, SoftDeleteQuerySet, TenantQuerySet, Timestamped
from organizations.models import AuditEvent


def default_call_delays() -> list[int]:
    return [60, 240, 1440]


def default_working_hours() -> list[dict[str, Any]]:
    return [{"days": [0, 1, 2, 3, 4], "start": "09:00", "end": "19:00"}]


# What `paused_reason` says of a campaign that was removed for good while its rows are still being removed, or are kept.
PURGED = "purged"
PURGED_KEEPING_ATTEMPTS = "purged, attempts kept"
RECORD = "purged, kept as a record of its attempts"


class CampaignQuerySet(SoftDeleteQuerySet):
    def purged(self) -> CampaignQuerySet:
        """Return the shells of campaigns that were removed for good and still have rows to be removed."""
        return self.filter(
            name="", paused_reason__in=[PURGED, PURGED_KEEPING_ATTEMPTS], deleted_at__isnull=False
        ).order_by("deleted_at")

    def not_purged(self) -> CampaignQuerySet:
        """Return campaigns that are there, hidden or not."""
        return self.exclude(name="", deleted_at__isnull=False)

    def running(self) -> CampaignQuerySet:
        return self.filter(status=Status.RUNNING)

    def paused_by_platform(self) -> CampaignQuerySet:
        """Return paused campaigns that nobody paused: the breaker did, a provider's refusal, or a start that failed."""
        kinds = ["campaign.paused", "campaign.start_failed"]
        pauses = AuditEvent.objects.filter(object_id=OuterRef("pk"), action__in=kinds).order_by("-at")
        latest = {name: Subquery(pauses.values(name)[:1]) for name in ("user", "api_key_id", "action")}
        paused = self.filter(status=Status.PAUSED).alias(**{f"pause_{name}": value for name, value in latest.items()})
        by_nobody: CampaignQuerySet = paused.filter(pause_user=None, pause_api_key_id=None, pause_action__isnull=False)
        return by_nobody

    def listed(self) -> CampaignQuerySet:
        """Return campaigns somebody made: not the one that holds the contacts of no campaign."""
        return self.filter(is_adhoc=False)

    def due_to_start(self, at: datetime) -> CampaignQuerySet:
        """Return campaigns whose scheduled start has come."""
        return self.filter(start_at__lte=at, status__in=[Status.SCHEDULED, Status.PAUSED])


class Campaign(SoftDeleted):
    """A piece of outreach: who speaks, what is asked, when people may be reached, and when the goal counts as met."""

    class Channel(models.TextChoices):
        CALL = "call"
        WHATSAPP = "whatsapp", "WhatsApp"

    class GoalLogic(models.TextChoices):
        ALL = "all"
        ANY = "any"

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="campaigns")
    owner = models.ForeignKey("organizations.User", models.SET_NULL, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=255)
    external_id = models.CharField(max_length=255, null=True, blank=True)
    is_adhoc = models.BooleanField(default=False, editable=False, help_text="holds contacts that belong to no campaign")

    status = models.CharField(max_length=16, choices=Status, default=Status.DRAFT, editable=False)
    priority = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(100)])
    start_at = models.DateTimeField(null=True, blank=True, help_text="when a scheduled campaign starts")
    started_at = models.DateTimeField(null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    paused_reason = models.CharField(max_length=255, blank=True, editable=False)
    concurrency_limit = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])

    agent = models.ForeignKey(
        "organizations.Agent", models.PROTECT, null=True, blank=True, db_constraint=False, related_name="campaigns"
    )
    phone_number = models.ForeignKey(
        "organizations.PhoneNumber", models.PROTECT, null=True, blank=True, db_constraint=False, related_name="+"
    )
    whatsapp_channel = models.ForeignKey(
        "organizations.WhatsAppChannel", models.PROTECT, null=True, blank=True, db_constraint=False, related_name="+"
    )
    email_channel = models.ForeignKey(
        "organizations.EmailChannel", models.PROTECT, null=True, blank=True, db_constraint=False, related_name="+"
    )
    configuration = models.ForeignKey(
        "campaigns.Configuration",
        models.PROTECT,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="campaigns",
        help_text="where set, its windows and retries replace the campaign's own",
    )

    goal = models.TextField(null=True, blank=True, help_text="in the operator's words, for the analyzer")
    goal_spec = models.JSONField(default=dict, blank=True, help_text='{"objectives": […]}')
    goal_logic = models.CharField(max_length=8, choices=GoalLogic, default=GoalLogic.ALL)

    first_contact_channel = models.CharField(max_length=16, choices=Channel, default=Channel.CALL)
    call_opening_message = models.TextField(null=True, blank=True)
    whatsapp_first_message = models.TextField(null=True, blank=True)
    whatsapp_after_attempts = models.PositiveSmallIntegerField(default=3, validators=[MinValueValidator(1)])
    call_attempt_delays = ArrayField(
        models.PositiveIntegerField(), default=default_call_delays, blank=True, help_text="minutes between calls"
    )
    retry_policy = models.JSONField(default=dict, blank=True, help_text="what differs by outcome; empty: nothing")
    email_subject = models.CharField(max_length=255, null=True, blank=True)
    email_first_message = models.TextField(null=True, blank=True)
    email_after_attempts = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="unanswered calls before an email follows"
    )
    failure_limit_percent = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        default=50,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="share of the latest attempts that may fail for technical reasons; empty: no limit",
    )
    working_hours = models.JSONField(
        default=default_working_hours, blank=True, help_text="windows in the person's own time"
    )

    objects = AliveManager.from_queryset(CampaignQuerySet)()
    all_objects = CampaignQuerySet.as_manager()

    class Meta:
        base_manager_name = "all_objects"
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "external_id"], condition=ALIVE, name="campaign_external_id_unique"
            ),
            models.UniqueConstraint(
                fields=["organization"], condition=models.Q(is_adhoc=True), name="campaign_one_adhoc"
            ),
            models.CheckConstraint(condition=models.Q(priority__lte=100), name="campaign_priority_range"),
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="campaign_status_known"),
            models.CheckConstraint(condition=models.Q(whatsapp_after_attempts__gte=1), name="campaign_whatsapp_after"),
            models.CheckConstraint(
                condition=models.Q(failure_limit_percent__range=(1, 100)), name="campaign_failure_limit_range"
            ),
            models.CheckConstraint(
                condition=~models.Q(status=Status.SCHEDULED) | models.Q(start_at__isnull=False),
                name="campaign_scheduled_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-created_at", "id"], name="campaign_recent"),
            models.Index(
                fields=["-priority", "id"], condition=ALIVE & models.Q(status=Status.RUNNING), name="campaign_running"
            ),
            models.Index(
                fields=["start_at"],
                condition=models.Q(status__in=[Status.SCHEDULED, Status.PAUSED], start_at__isnull=False),
                name="campaign_due_to_start",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_purged(self) -> bool:
        return self.is_deleted and not self.name

    @property
    def follows_up_by_whatsapp(self) -> bool:
        return bool(self.whatsapp_channel_id and self.whatsapp_first_message)


class Stage(Timestamped):
    """A column of a campaign's board. Targets name their stage by `key`."""

    class Semantic(models.TextChoices):
        NEW = "new"
        ACTIVE = "active"
        WON = "won"
        LOST = "lost"

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="+")
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="stages", db_constraint=False)
    key = models.CharField(max_length=64)
    name = models.CharField(max_length=255)
    position = models.PositiveSmallIntegerField()
    semantic_type = models.CharField(max_length=8, choices=Semantic)
    color = models.CharField(max_length=32, null=True, blank=True)
    is_system = models.BooleanField(default=False)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["campaign", "key"], name="stage_key_unique")]

    def __str__(self) -> str:
        return self.name

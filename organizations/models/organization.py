from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from lib.db.models import ALIVE, AliveManager, SoftDeleted, SoftDeleteQuerySet, Timestamped


class Organization(SoftDeleted):
    """A tenant. Nothing of it is visible to another."""

    class Analyzer(models.TextChoices):
        MODEL = "model", "language model, or the local one where none is set up"
        LOCAL = "local", "local, by words alone: nothing leaves the platform"

    name = models.CharField(max_length=255)
    slug = models.SlugField(max_length=64)
    timezone = models.CharField(max_length=64, blank=True, help_text="IANA zone of people whose own zone is unknown")
    default_region = models.CharField(
        max_length=2, blank=True, help_text="ISO country of phone numbers written without a country code"
    )
    concurrency_limit = models.PositiveIntegerField(
        default=10, validators=[MinValueValidator(1), MaxValueValidator(10_000)], help_text="live calls at once"
    )
    minimum_gap_minutes = models.PositiveIntegerField(
        default=10, help_text="between two contacts of one address, across campaigns and channels"
    )
    daily_contact_cap = models.PositiveIntegerField(default=5, help_text="contacts of one address within 24 hours")
    analyzer = models.CharField(max_length=16, choices=Analyzer, default=Analyzer.MODEL)
    dialing_stopped_at = models.DateTimeField(null=True, blank=True, help_text="kill switch: set while nothing dials")
    dialing_stopped_reason = models.CharField(max_length=255, blank=True)

    objects = AliveManager.from_queryset(SoftDeleteQuerySet)()
    all_objects = SoftDeleteQuerySet.as_manager()

    class Meta:
        base_manager_name = "all_objects"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["slug"], condition=ALIVE, name="organization_slug_unique"),
            models.CheckConstraint(
                condition=models.Q(concurrency_limit__range=(1, 10_000)), name="organization_concurrency_range"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    OWNER = "owner"
    ADMIN = "admin"
    OPERATOR = "operator"
    VIEWER = "viewer"


class Membership(Timestamped):
    """What a user may do in an organization."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="memberships")
    user = models.ForeignKey("organizations.User", models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role, default=Role.OPERATOR)

    class Meta:
        ordering = ["organization__name", "user__email"]
        constraints = [models.UniqueConstraint(fields=["organization", "user"], name="membership_unique")]

    def __str__(self) -> str:
        return f"{self.user}: {self.role}"

    @property
    def is_admin(self) -> bool:
        return self.role in (Role.OWNER, Role.ADMIN)


class Blackout(Timestamped):
    """Days on which an organization contacts nobody, by the calendar of the person, both ends included."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="blackouts")
    name = models.CharField(max_length=255)
    first_day = models.DateField()
    last_day = models.DateField()

    class Meta:
        ordering = ["first_day"]
        constraints = [
            models.CheckConstraint(condition=models.Q(last_day__gte=models.F("first_day")), name="blackout_in_order")
        ]

    def __str__(self) -> str:
        return self.name


class RulesChange(models.Model):
    """A mark that something changed which decides about an organization's contacts; written by triggers.

    Rows and not one counter, so that two changes of one organization never wait for each other.
    """

    id = models.BigAutoField(primary_key=True)
    organization_id = models.UUIDField()
    real_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["organization_id", "id"], name="rules_change_organization")]

    def __str__(self) -> str:
        return str(self.id)

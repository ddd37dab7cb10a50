from __future__ import annotations

from django.core.validators import MinValueValidator, URLValidator
from django.db import models

from lib.db.models import ALIVE, AliveManager, SoftDeleted, SoftDeleteQuerySet


class ProviderAccount(SoftDeleted):
    """An organization's account with a vendor: its credentials (encrypted) and its limits."""

    class Kind(models.TextChoices):
        ELEVENLABS = "elevenlabs", "ElevenLabs Agents"
        WHATSAPP = "whatsapp", "WhatsApp Cloud API"
        EMAIL = "email", "Email"
        ANALYSIS = "analysis", "Model endpoint (OpenAI-compatible)"

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="provider_accounts")
    kind = models.CharField(max_length=16, choices=Kind)
    name = models.CharField(max_length=255)
    credentials_encrypted = models.TextField(blank=True, editable=False)
    base_url = models.CharField(
        "base URL",
        max_length=255,
        blank=True,
        validators=[URLValidator(schemes=["https", "http", "smtp", "smtps", "smtp+starttls"])],
        help_text="empty: the platform's setting for this vendor",
    )
    concurrency_limit = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    calls_per_second = models.FloatField(null=True, blank=True, help_text="pace of new calls; empty: no limit")
    paced_until = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="real time before which nothing new goes out here"
    )
    refusals = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="times in a row the vendor could not take a request, for backing off"
    )
    stopped_at = models.DateTimeField(null=True, blank=True, help_text="kill switch: set while nothing goes out here")
    stopped_reason = models.CharField(max_length=255, blank=True)

    objects = AliveManager.from_queryset(SoftDeleteQuerySet)()
    all_objects = SoftDeleteQuerySet.as_manager()

    class Meta:
        base_manager_name = "all_objects"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Agent(SoftDeleted):
    """A voice agent: who speaks for the organization."""

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="agents")
    provider_account = models.ForeignKey(
        ProviderAccount, models.PROTECT, related_name="agents", db_constraint=False, null=True, blank=True
    )
    owner = models.ForeignKey(
        "organizations.User", models.SET_NULL, null=True, blank=True, help_text="empty: everybody in the organization"
    )
    name = models.CharField(max_length=255)
    external_id = models.CharField("provider's agent id", max_length=255, blank=True)
    language = models.CharField(max_length=16, blank=True)
    timezone = models.CharField(max_length=64, blank=True)
    opening_message = models.TextField(blank=True)

    objects = AliveManager.from_queryset(SoftDeleteQuerySet)()
    all_objects = SoftDeleteQuerySet.as_manager()

    class Meta:
        base_manager_name = "all_objects"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class PhoneNumber(SoftDeleted):
    """A number calls are placed from."""

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="phone_numbers")
    provider_account = models.ForeignKey(
        ProviderAccount, models.PROTECT, related_name="phone_numbers", db_constraint=False, null=True, blank=True
    )
    number = models.CharField(max_length=16, help_text="E.164")
    external_id = models.CharField("provider's number id", max_length=255, blank=True)
    label = models.CharField(max_length=255, blank=True)
    concurrency_limit = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])

    objects = AliveManager.from_queryset(SoftDeleteQuerySet)()
    all_objects = SoftDeleteQuerySet.as_manager()

    class Meta:
        base_manager_name = "all_objects"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], condition=ALIVE, name="phone_number_unique"),
            models.CheckConstraint(condition=models.Q(number__regex=r"^\+[1-9][0-9]{6,14}$"), name="phone_number_e164"),
        ]

    def __str__(self) -> str:
        return self.label or self.number


class WhatsAppChannel(SoftDeleted):
    """A WhatsApp sender."""

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="whatsapp_channels")
    provider_account = models.ForeignKey(
        ProviderAccount, models.PROTECT, related_name="whatsapp_channels", db_constraint=False, null=True, blank=True
    )
    name = models.CharField(max_length=255)
    external_id = models.CharField("provider's phone number id", max_length=255, blank=True)
    template_name = models.CharField(
        max_length=512, blank=True, help_text="approved template used outside the 24-hour window; {{1}} is the message"
    )
    template_language = models.CharField(max_length=16, blank=True)

    objects = AliveManager.from_queryset(SoftDeleteQuerySet)()
    all_objects = SoftDeleteQuerySet.as_manager()

    class Meta:
        base_manager_name = "all_objects"
        verbose_name = "WhatsApp channel"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class EmailChannel(SoftDeleted):
    """An email sender."""

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="email_channels")
    provider_account = models.ForeignKey(
        ProviderAccount, models.PROTECT, related_name="email_channels", db_constraint=False, null=True, blank=True
    )
    name = models.CharField(max_length=255)
    from_address = models.EmailField()
    reply_to = models.EmailField(blank=True)

    objects = AliveManager.from_queryset(SoftDeleteQuerySet)()
    all_objects = SoftDeleteQuerySet.as_manager()

    class Meta:
        base_manager_name = "all_objects"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

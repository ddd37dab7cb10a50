from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models

from lib.db.models import TenantQuerySet, Timestamped


class ApiKeyQuerySet(TenantQuerySet):
    def usable(self, at: datetime) -> ApiKeyQuerySet:
        """Return keys that are neither revoked nor expired at `at`."""
        unexpired = models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=at)
        return self.filter(unexpired, revoked_at__isnull=True)


class ApiKey(Timestamped):
    """A credential of a program. Only the hash of its secret is kept; the secret is shown once, when it is issued.

    One table serves the four forms of token: what differs is how a dialect writes `public_id` and secret into a header.
    """

    class Kind(models.TextChoices):
        UMANIZE = "umanize", "Umanize (X-API-Key)"
        AGENTALK = "agentalk", "Agentalk (organization.secret)"
        ANYREACH = "anyreach", "Anyreach (ak_…)"
        PERSONAL = "personal", "Personal token (pat_…)"

    organization = models.ForeignKey(
        "organizations.Organization", models.CASCADE, related_name="api_keys", null=True, blank=True
    )
    user = models.ForeignKey(
        "organizations.User",
        models.CASCADE,
        related_name="api_keys",
        null=True,
        blank=True,
        help_text="the person a personal token stands for; for other keys, who owns what the key creates",
    )
    kind = models.CharField(max_length=16, choices=Kind)
    name = models.CharField(max_length=255, blank=True)
    public_id = models.CharField(max_length=32, unique=True, editable=False)
    secret_hash = models.CharField(max_length=64, editable=False)
    scopes = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(organization__isnull=False) | models.Q(kind="personal", user__isnull=False),
                name="api_key_has_an_owner",
            )
        ]

    def __str__(self) -> str:
        return self.name or self.public_id

    def is_usable(self, at: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > at)

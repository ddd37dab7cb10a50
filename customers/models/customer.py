from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Upper

from lib.db.models import ALIVE, AliveManager, SoftDeleted, SoftDeleteQuerySet, TenantQuerySet, Timestamped


class CustomerQuerySet(SoftDeleteQuerySet):
    def matching(self, text: str) -> CustomerQuerySet:
        """Return customers whose name, email, phone or customer id contains `text`, without regard to case."""
        found = models.Q()
        for field in ("name", "surname", "email", "phone", "customer_id"):
            found |= models.Q(**{f"{field}__icontains": text})
        return self.filter(found)


class Customer(SoftDeleted):
    """A person an organization may contact."""

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="customers")
    customer_id = models.CharField(max_length=255, null=True, blank=True, help_text="the organization's own id")
    name = models.CharField(max_length=255, null=True, blank=True)
    surname = models.CharField(max_length=255, null=True, blank=True)
    email = models.CharField(max_length=254, null=True, blank=True)
    phone = models.CharField(max_length=16, null=True, blank=True, help_text="E.164")
    other_phones = ArrayField(models.CharField(max_length=16), default=list, blank=True, help_text="tried next, E.164")
    status = models.CharField(max_length=50, null=True, blank=True)
    timezone = models.CharField(max_length=64, blank=True, help_text="IANA; empty: from the phone number's region")
    language = models.CharField(max_length=16, blank=True)
    tags = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    custom_fields = models.JSONField(default=dict, blank=True)
    agent = models.ForeignKey(
        "organizations.Agent", models.SET_NULL, null=True, blank=True, db_constraint=False, related_name="+"
    )
    owner = models.ForeignKey("organizations.User", models.SET_NULL, null=True, blank=True, related_name="+")
    whatsapp_user_id = models.CharField(max_length=128, blank=True, editable=False)
    last_inbound_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="opens WhatsApp's 24 hours")
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = AliveManager.from_queryset(CustomerQuerySet)()
    all_objects = CustomerQuerySet.as_manager()

    class Meta:
        base_manager_name = "all_objects"
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "customer_id"], condition=ALIVE, name="customer_id_unique"),
            models.CheckConstraint(
                condition=models.Q(phone__isnull=True) | models.Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"),
                name="customer_phone_e164",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "phone"], condition=ALIVE, name="customer_phone"),
            models.Index(fields=["organization", "email"], condition=ALIVE, name="customer_email"),
            models.Index(fields=["organization", "-created_at", "id"], name="customer_recent"),
            *[
                GinIndex(OpClass(Upper(field), name="gin_trgm_ops"), name=f"customer_{field}_search")
                for field in ("name", "surname", "email", "phone", "customer_id")
            ],
        ]

    def __str__(self) -> str:
        return self.full_name or self.customer_id or str(self.id)

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.name, self.surname) if part)

    @property
    def phones(self) -> list[str]:
        """Return the numbers in the order they are tried."""
        return [number for number in (self.phone, *self.other_phones) if number]


class CustomField(Timestamped):
    """A field an organization keeps about its customers beyond the built-in ones."""

    class Type(models.TextChoices):
        TEXT = "text"
        NUMBER = "number"
        BOOLEAN = "boolean"
        DATE = "date"

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="custom_fields")
    key = models.SlugField(max_length=64)
    label = models.CharField(max_length=255)
    type = models.CharField(max_length=16, choices=Type, default=Type.TEXT)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["label"]
        constraints = [models.UniqueConstraint(fields=["organization", "key"], name="custom_field_unique")]

    def __str__(self) -> str:
        return self.label

from __future__ import annotations

from django.db import models

from lib.db.models import Identified, TenantQuerySet, Timestamped


class ImportJob(Timestamped):
    """One file of people on its way into the database.

    Conservation holds at every commit: ``rows_total`` read so far = created + updated + duplicate + rejected + blank.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        COMPLETED = "completed"
        FAILED = "failed"

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="import_jobs")
    campaign = models.ForeignKey(
        "campaigns.Campaign", models.SET_NULL, null=True, blank=True, db_constraint=False, related_name="import_jobs"
    )
    created_by = models.ForeignKey("organizations.User", models.SET_NULL, null=True, blank=True, related_name="+")
    filename = models.CharField(max_length=255)
    file = models.FileField(upload_to="imports/", blank=True)
    mapping = models.JSONField(default=dict, help_text="{field: column header}")
    default_region = models.CharField(max_length=2, blank=True)
    dry_run = models.BooleanField(default=False)
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    error = models.TextField(blank=True)
    rows_total = models.PositiveIntegerField(default=0)
    rows_created = models.PositiveIntegerField(default=0)
    rows_updated = models.PositiveIntegerField(default=0)
    rows_duplicate = models.PositiveIntegerField(default=0)
    rows_rejected = models.PositiveIntegerField(default=0)
    rows_blank = models.PositiveIntegerField(default=0)
    targets_created = models.PositiveIntegerField(default=0)
    targets_skipped = models.PositiveIntegerField(default=0)
    last_row = models.PositiveIntegerField(
        default=0, help_text="rows up to here are committed; a restart goes on after"
    )
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.filename


class ImportRejection(Identified):
    """One row that was not imported, or not as it stood, and why."""

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="+")
    job = models.ForeignKey(ImportJob, models.CASCADE, related_name="rejections", db_constraint=False)
    row = models.PositiveIntegerField(help_text="line of the sheet, the header being 1")
    field = models.CharField(max_length=255, blank=True)
    message = models.CharField(max_length=500)
    values = models.JSONField(default=list, help_text="the row's cells as they were read")

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["row"]
        indexes = [models.Index(fields=["job", "row"], name="import_rejection_row")]

    def __str__(self) -> str:
        return f"row {self.row}: {self.message}"

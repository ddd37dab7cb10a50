from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from lib.db.models import Identified, TenantQuerySet, Timestamped


class ImportJob(Timestamped):
    """One file of people on its way into the database.

    Conservation holds at every commit: ``rows_total`` read so far = created + updated + duplicate + rejected + blank.
    A *draft* waits for somebody to say how it is to be read; it and its dry runs write nobody.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
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
    file_removed_at = models.DateTimeField(
        null=True, blank=True, help_text="the file, the cells of rejected rows and what undo needs were removed then"
    )
    headers = models.JSONField(default=list, help_text="names of the columns, as read")
    mapping = models.JSONField(default=dict, help_text="{field: column header}")
    default_region = models.CharField(max_length=2, blank=True)
    dry_run = models.BooleanField(default=False)
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    error = models.TextField(blank=True)
    rows_expected = models.PositiveIntegerField(
        null=True, blank=True, help_text="rows of the file, about; null: unknown"
    )
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
    customers_taken_back = models.PositiveIntegerField(default=0)
    targets_taken_back = models.PositiveIntegerField(default=0)
    customers_restored = models.PositiveIntegerField(default=0, help_text="updated ones with their former values again")
    undo_requested_at = models.DateTimeField(null=True, blank=True)
    undo_requested_by = models.ForeignKey(
        "organizations.User", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = "import"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.filename

    @property
    def rows_accepted(self) -> int:
        return self.rows_created + self.rows_updated

    @property
    def is_draft(self) -> bool:
        """Say whether nobody has started it in earnest: it wrote nobody, and may be looked at and changed."""
        return self.dry_run

    @property
    def is_over(self) -> bool:
        return self.state in (self.State.COMPLETED, self.State.FAILED)

    @property
    def is_being_undone(self) -> bool:
        return self.undo_requested_at is not None and self.undone_at is None


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


class ImportBatch(Identified):
    """What one commit of an import wrote, so that it can be taken back. Removed together with the file."""

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="+")
    job = models.ForeignKey(ImportJob, models.CASCADE, related_name="batches", db_constraint=False)
    last_row = models.PositiveIntegerField()
    created = ArrayField(models.UUIDField(), default=list, help_text="customers")
    enrolled = ArrayField(models.UUIDField(), default=list, help_text="targets, also those brought back")
    changed = models.JSONField(default=dict, help_text="{customer: {field: [before, after]}}; emptied when undone")
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "last_row"], name="import_batch_once")]

    def __str__(self) -> str:
        return f"up to row {self.last_row}"


class ImportRemnant(Identified):
    """Something undoing an import could not take back, and why."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer", "created customer"
        TARGET = "target", "enrolment"
        CHANGE = "change", "changed values"

    class Reason(models.TextChoices):
        CONTACTED = "contacted", "they have been contacted, or are being contacted right now"
        WROTE = "wrote", "they have written to us"
        ENROLLED = "enrolled", "they are in a campaign that this import did not put them in"
        CHANGED = "changed", "somebody has changed this since"
        DELETED = "deleted", "the customer was deleted since"

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="+")
    job = models.ForeignKey(ImportJob, models.CASCADE, related_name="remnants", db_constraint=False)
    kind = models.CharField(max_length=16, choices=Kind)
    object_id = models.UUIDField(help_text="of the customer; of the target for an enrolment")
    reason = models.CharField(max_length=16, choices=Reason)
    fields = models.JSONField(default=list, help_text="names of the fields that keep their imported values")

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["job", "id"], name="import_remnant_job")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.reason}"


class ImportMapping(Timestamped):
    """What an organization last took the columns of such a file for."""

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="+")
    headers_key = models.CharField(max_length=64, help_text="hash of the set of headers")
    choices = models.JSONField(default=dict, help_text="{header: choice}")

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "headers_key"], name="import_mapping_once")]

    def __str__(self) -> str:
        return f"{len(self.choices)} columns"

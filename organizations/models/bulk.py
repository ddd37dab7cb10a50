from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from lib.db.models import Identified, TenantQuerySet, Timestamped


class BulkJob(Timestamped):
    """One action on many rows of one organization, carried out by workers row after row.

    Conservation holds at every commit: the rows up to `position` = done + skipped + failed, each once.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        COMPLETED = "completed"
        STOPPED = "stopped"

    UNFINISHED: ClassVar[tuple[str, ...]] = (State.QUEUED, State.RUNNING)

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="bulk_jobs")
    created_by = models.ForeignKey("organizations.User", models.SET_NULL, null=True, blank=True, related_name="+")
    action = models.CharField(max_length=64, help_text="its name among the registered actions")
    title = models.CharField(max_length=255, help_text="what is done, in words")
    options = models.JSONField(default=dict, help_text="what the action was told, such as the stage")
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    why_stopped = models.CharField(max_length=255, blank=True)
    rows_total = models.PositiveIntegerField()
    rows_done = models.PositiveIntegerField(default=0)
    rows_skipped = models.PositiveIntegerField(default=0, help_text="the domain refused them, with a reason")
    rows_failed = models.PositiveIntegerField(default=0, help_text="they could not be carried out")
    reasons = models.JSONField(default=dict, help_text="{reason: {rows: number, first: [ids]}}")
    leased_until = models.DateTimeField(null=True, blank=True, help_text="real time; a worker has it until then")
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = "bulk action"
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["leased_until"], condition=models.Q(state__in=["queued", "running"]), name="bulk_job_unfinished"
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def position(self) -> int:
        """Return how many rows have been seen to."""
        return self.rows_done + self.rows_skipped + self.rows_failed

    @property
    def is_over(self) -> bool:
        return self.state not in self.UNFINISHED


class BulkPart(Identified):
    """Some of the rows that were chosen for a job, in their order. Removed once the job is over."""

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="+")
    job = models.ForeignKey(BulkJob, models.CASCADE, related_name="parts", db_constraint=False)
    first_row = models.PositiveIntegerField(help_text="how many rows of the job stand before it")
    row_ids = ArrayField(models.UUIDField())

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "first_row"], name="bulk_part_once")]

    def __str__(self) -> str:
        return f"from row {self.first_row + 1}"

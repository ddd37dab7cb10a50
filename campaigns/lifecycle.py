"""Which moves a campaign's status may make. Drawn in docs/states.md; a trigger enforces the same table."""

from django.db import models

from lib.lifecycle import Lifecycle


class Status(models.TextChoices):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    CLOSED = "closed"


CAMPAIGN_LIFECYCLE = Lifecycle.of(
    "campaign",
    {
        Status.DRAFT: [Status.SCHEDULED, Status.RUNNING, Status.COMPLETED, Status.CLOSED],
        Status.SCHEDULED: [Status.DRAFT, Status.RUNNING, Status.PAUSED, Status.COMPLETED, Status.CLOSED],
        Status.RUNNING: [Status.PAUSED, Status.COMPLETED, Status.CLOSED],
        Status.PAUSED: [Status.SCHEDULED, Status.RUNNING, Status.COMPLETED, Status.CLOSED],
        Status.COMPLETED: [Status.RUNNING, Status.CLOSED],
        Status.CLOSED: [],
    },
)

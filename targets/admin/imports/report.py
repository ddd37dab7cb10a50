"""Put together what the pages of one import show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count

from customers.imports import preview_rejections
from customers.models import ImportJob
from targets.import_undo import undo_progress, why_not_undone
from targets.imports import progress_of

State = ImportJob.State

_REASONS_SHOWN = 12
_REMNANTS_SHOWN = 50
COLOURS = {
    "draft": "default",
    "being tried out": "info",
    "tried out": "default",
    "queued": "info",
    "running": "info",
    "completed": "success",
    "failed": "danger",
    "being undone": "info",
    "undone": "warning",
}


def standing(job: ImportJob) -> str:
    """Return where an import stands, in a word or three."""
    if job.undone_at is not None:
        return "undone"
    if job.is_being_undone:
        return "being undone"
    if job.is_draft and job.state in (State.QUEUED, State.RUNNING):
        return "being tried out"
    if job.is_draft and job.state == State.COMPLETED:
        return "tried out"
    return str(job.state)


def in_words(job: ImportJob) -> str:
    """Return what became of an import's rows, in a line."""
    counts = {
        "new": job.rows_created,
        "updated": job.rows_updated,
        "duplicate": job.rows_duplicate,
        "rejected": job.rows_rejected,
        "blank": job.rows_blank,
    }
    return ", ".join(f"{count:,} {word}" for word, count in counts.items() if count) or "-"


def is_busy(job: ImportJob) -> bool:
    """Say whether something about the import goes on, so that its page looks again."""
    return job.state in (State.QUEUED, State.RUNNING) or job.is_being_undone


def report_of(job: ImportJob) -> dict[str, Any]:
    """Return what the status of an import shows."""
    busy = is_busy(job)
    return {
        "is_busy": busy,
        "standing": standing(job),
        "standing_colour": COLOURS[standing(job)],
        "percent": _percent(job) if busy else None,
        "tiles": _tiles(job),
        "reasons": reasons_of(job) if job.rows_rejected else (),
        "rejected": preview_rejections(job=job) if job.rows_rejected and not busy else (),
        "why_not_undone": why_not_undone(job) if job.is_over and not job.is_draft else "",
        "remnants": _remnants(job),
        "remnants_shown": _REMNANTS_SHOWN,
    }


def reasons_of(job: ImportJob) -> Sequence[Any]:
    """Return why rows were rejected and how many for each reason, the commonest first."""
    counted = job.rejections.values("field", "message").annotate(rows=Count("pk"))
    return list(counted.order_by("-rows", "field", "message")[:_REASONS_SHOWN])


def _percent(job: ImportJob) -> int | None:
    done = undo_progress(job) if job.is_being_undone else progress_of(job)
    return None if done is None else int(done * 100)


def _tiles(job: ImportJob) -> list[tuple[str, int, str]]:
    would = "would be " if job.is_draft else ""
    tiles = [
        ("New", job.rows_created, f"{would}created"),
        ("Known", job.rows_updated, f"{would}brought up to date"),
        ("Duplicate", job.rows_duplicate, "named before in the file"),
        ("Rejected", job.rows_rejected, "with a reason"),
        ("Blank", job.rows_blank, "nothing in any cell"),
    ]
    if job.campaign_id:
        tiles += [
            ("Enrolled", job.targets_created, "in the campaign"),
            ("Not enrolled", job.targets_skipped, "there before"),
        ]
    return tiles


def _remnants(job: ImportJob) -> dict[str, Any]:
    if job.undo_requested_at is None:
        return {}
    counted = job.remnants.values("kind", "reason").annotate(number=Count("pk")).order_by("kind", "-number")
    kinds, reasons = dict(job.remnants.model.Kind.choices), dict(job.remnants.model.Reason.choices)
    groups = [
        {"kind": kinds[found["kind"]], "words": reasons[found["reason"]], "number": found["number"]}
        for found in counted
    ]
    return {"groups": groups, "rows": list(job.remnants.order_by("id")[:_REMNANTS_SHOWN])}

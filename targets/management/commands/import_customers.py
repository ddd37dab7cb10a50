from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.core.management.base import CommandError
from django.db.models import Count
from rich import progress as rich_progress
from rich.console import Console

from campaigns.models import Campaign
from customers.imports import FIELDS, ImportReport, Progress, create_import, run_import, stream_rejected_rows
from customers.models import ImportJob
from organizations.management.answers import Answer, AnsweringCommand, find_organization
from organizations.models import Organization
from targets.imports import enrol_in

_EXIT_SOME_REJECTED = 2
_REASONS_SHOWN = 10


def _column(text: str) -> tuple[str, str]:
    field, equals, header = text.partition("=")
    if not (field and equals and header):
        raise ArgumentTypeError("write FIELD=HEADER, such as phone=Mobile")
    return field.strip(), header.strip()


class Command(AnsweringCommand):
    help = (
        "Import people from a CSV file or an Excel workbook. Exits with 0 where every row was accepted, was a"
        " duplicate or blank; with 2 where some rows were rejected; with 1 where the file cannot be used."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", metavar="FILE", type=Path, help="a .csv or .xlsx file whose first row names the columns"
        )
        parser.add_argument("--organization", required=True, metavar="ORGANIZATION", help="slug or id")
        parser.add_argument(
            "--campaign", type=UUID, metavar="ID", help="enrol everybody who is accepted in this campaign"
        )
        parser.add_argument("--dry-run", action="store_true", help="tell what would happen, and write nothing")
        parser.add_argument(
            "--map",
            action="append",
            type=_column,
            default=[],
            metavar="FIELD=HEADER",
            help="which column holds a field, where its header does not say so; may be given several times. Fields:"
            f" {', '.join(FIELDS)}, and the keys of the organization's custom fields",
        )
        parser.add_argument(
            "--region",
            default="",
            metavar="CC",
            help="country of phone numbers without a country code, such as IT; if left out, the organization's",
        )
        parser.add_argument("--errors", type=Path, metavar="FILE", help="write the rejected rows to this CSV file")
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        self._rejected = 0
        super().handle(*args, **options)
        if self._rejected:
            sys.exit(_EXIT_SOME_REJECTED)

    def answer(self, options: dict[str, Any]) -> Answer:
        organization = find_organization(options["organization"])
        campaign = _find_campaign(organization, options["campaign"]) if options["campaign"] else None
        with _opened(options["file"]) as file:
            job = create_import(
                organization=organization,
                filename=options["file"].name,
                campaign_id=campaign.pk if campaign else None,
                mapping=_mapping(options["map"]),
                default_region=options["region"],
                dry_run=options["dry_run"],
            )
            try:
                with _progress(file, hidden=options["json"]) as progress:
                    report = run_import(job=job, source=file, enrol=enrol_in(campaign), progress=progress)
                self._rejected = report.job.rows_rejected
                if options["errors"]:
                    _write_errors(report, options["errors"])
                return _answer(report, options["errors"])
            finally:
                if options["dry_run"]:  # its rejected rows are personal data nobody will look for
                    job.delete()


def _find_campaign(organization: Organization, key: UUID) -> Campaign:
    found: Campaign | None = Campaign.objects.for_organization(organization).filter(pk=key).first()
    if found is None:
        raise CommandError(f"{organization.slug} has no campaign {key}")
    return found


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
    with file:
        yield file


def _mapping(columns: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    mapping: dict[str, list[str]] = {}
    for field, header in columns:
        mapping.setdefault(field, []).append(header)
    return mapping


@contextmanager
def _progress(file: IO[bytes], *, hidden: bool) -> Iterator[Progress | None]:
    """Show on a terminal how much of the file has been read."""
    console = Console(stderr=True)
    if hidden or not console.is_terminal:
        yield None
        return
    columns = (
        rich_progress.TextColumn("{task.fields[rows]:,} rows"),
        rich_progress.BarColumn(),
        rich_progress.TaskProgressColumn(),
    )
    # Drawn after each batch, which is often enough: no thread of its own is needed.
    with rich_progress.Progress(*columns, console=console, auto_refresh=False, transient=True) as bar:
        size = file.seek(0, 2)
        file.seek(0)
        task = bar.add_task("", total=size, rows=0)

        def show(job: ImportJob) -> None:
            bar.update(task, completed=file.tell(), rows=job.rows_total)
            bar.refresh()

        yield show


def _write_errors(report: ImportReport, path: Path) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            file.writelines(stream_rejected_rows(job=report.job, headers=report.headers))
    except OSError as error:
        raise CommandError(f"the rows were imported, but {path} cannot be written: {error.strerror}") from error


def _answer(report: ImportReport, errors: Path | None) -> Answer:
    job, columns = report.job, report.columns
    facts: dict[str, Any] = {
        "rows": job.rows_total,
        "created": job.rows_created,
        "updated": job.rows_updated,
        "duplicate": job.rows_duplicate,
        "rejected": job.rows_rejected,
        "blank": job.rows_blank,
    }
    if job.campaign_id:
        facts |= {"targets_created": job.targets_created, "targets_skipped": job.targets_skipped}
    fields = [*columns.fields.items(), *(("other_phones", header) for header in columns.other_phones)]
    facts["columns"] = [f"{field}={header}" for field, header in fields]
    facts["custom_fields"] = [f"{key}={header}" for header, key in columns.custom.items()]
    facts["rejections"] = _reasons(job)
    facts["errors_file"] = str(errors) if errors else None
    headline = "Nothing was written; this is what would happen." if job.dry_run else "Imported the file."
    return Answer(headline, facts)


def _reasons(job: ImportJob) -> list[str]:
    """Return the commonest reasons, most frequent first, such as ``12x email: This is not a valid email address.``"""
    counted = job.rejections.values("field", "message").annotate(rows=Count("pk")).order_by("-rows", "field", "message")
    return [f"{found['rows']}x {found['field'] or 'row'}: {found['message']}" for found in counted[:_REASONS_SHOWN]]

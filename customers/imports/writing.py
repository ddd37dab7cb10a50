"""Write a batch into the database: COPY for what is new, one UPDATE for the people who are known."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from customers.imports.matching import Decision, Fate
from customers.imports.rows import Rejection
from customers.models import ImportBatch, ImportJob
from customers.services.cleaning import MOST_PHONES, MOST_TAGS
from customers.services.customers import CustomerData
from lib.ids import new_id
from organizations.services import json_safe

_LONGEST_MESSAGE = 500

# What COPY is told, with the types of the table: binary values are not converted by the server.
_NEW = {
    "id": "uuid", "organization_id": "uuid", "owner_id": "uuid", "created_at": "timestamptz",
    "updated_at": "timestamptz", "customer_id": "varchar", "name": "varchar", "surname": "varchar", "email": "varchar",
    "phone": "varchar", "other_phones": "varchar[]", "status": "varchar", "timezone": "varchar", "language": "varchar",
    "tags": "varchar[]", "custom_fields": "jsonb", "whatsapp_user_id": "varchar",
}  # fmt: skip
_REJECTED = {
    "id": "uuid", "organization_id": "uuid", "job_id": "uuid", "row": "int4", "field": "varchar", "message": "varchar",
    "values": "jsonb",
}  # fmt: skip

# How what the file says (s) changes what is known (c). An empty cell changes nothing, a list only grows.
_MERGED = {
    "customer_id": "coalesce(s.customer_id, c.customer_id)",
    "name": "coalesce(s.name, c.name)",
    "surname": "coalesce(s.surname, c.surname)",
    "email": "coalesce(s.email, c.email)",
    "phone": "coalesce(s.phone, c.phone)",
    "other_phones": """array(
        SELECT number FROM unnest(c.other_phones || s.other_phones) WITH ORDINALITY AS all_phones (number, place)
        WHERE number IS DISTINCT FROM coalesce(s.phone, c.phone) GROUP BY number ORDER BY min(place)
        LIMIT %(most_phones)s)""",
    "status": "coalesce(s.status, c.status)",
    "timezone": "coalesce(nullif(s.timezone, ''), c.timezone)",
    "language": "coalesce(nullif(s.language, ''), c.language)",
    "tags": """array(
        SELECT tag FROM unnest(c.tags || s.tags) WITH ORDINALITY AS all_tags (tag, place)
        GROUP BY tag ORDER BY min(place) LIMIT %(most_tags)s)""",
    "custom_fields": "c.custom_fields || s.custom_fields",
}
# A row nothing changes about is not rewritten.
_MERGE = f"""
UPDATE customers_customer c
   SET {", ".join(f"{column} = {merged}" for column, merged in _MERGED.items())}, updated_at = %(at)s
  FROM jsonb_to_recordset(%(given)s) AS s (id uuid, {", ".join(f"{column} {_NEW[column]}" for column in _MERGED)})
 WHERE c.id = s.id AND c.organization_id = %(organization)s
   AND ({", ".join(f"c.{column}" for column in _MERGED)}) IS DISTINCT FROM ({", ".join(_MERGED.values())})
RETURNING c.id, {", ".join(f"c.{column}" for column in _MERGED)}
"""  # noqa: S608  # put together from the constants above alone
# Locked, so that what is read is what the merge changes.
_BEFORE = f"""
SELECT id, {", ".join(_MERGED)} FROM customers_customer
 WHERE id = ANY(%(ids)s) AND organization_id = %(organization)s ORDER BY id FOR NO KEY UPDATE
"""  # noqa: S608  # as above

# {field: [before, after]} of somebody; of `custom_fields` only the keys that differ, as ``custom_fields.<key>``, whose
# *before* is a list: of the one value, or empty where there was none.
Changes = dict[str, list[Any]]


def write_people(*, job: ImportJob, decisions: Sequence[Decision], at: datetime) -> dict[str, Changes]:
    """Create the new customers of a batch and merge what the file says into the known ones. Ignores duplicates.

    Returns what it changed about known ones, by their id. Raises IntegrityError where somebody has meanwhile given one
    of the customer ids to another customer.
    """
    new = [decision for decision in decisions if decision.fate is Fate.CREATED]
    known = [decision for decision in decisions if decision.fate is Fate.UPDATED]
    if new:
        _copy("customers_customer", _NEW, (_new_row(job, decision, at) for decision in new))
    return _merge(job, known, at) if known else {}


def write_batch(
    *, job: ImportJob, last_row: int, created: Sequence[UUID], enrolled: Sequence[UUID], changed: Mapping[str, Changes]
) -> None:
    """Keep what a batch wrote, for undoing it."""
    ImportBatch.objects.create(
        organization_id=job.organization_id,
        job=job,
        last_row=last_row,
        created=list(created),
        enrolled=list(enrolled),
        changed=json_safe(changed),
    )


def write_rejections(*, job: ImportJob, rejections: Sequence[Rejection]) -> None:
    """Keep the rows of a batch that cannot be imported, with the reason."""
    if rejections:
        _copy("customers_importrejection", _REJECTED, (_rejected_row(job, rejection) for rejection in rejections))


def _merge(job: ImportJob, known: Sequence[Decision], at: datetime) -> dict[str, Changes]:
    parameters: dict[str, Any] = {
        "ids": [item.customer for item in known],
        "given": json.dumps([{"id": str(item.customer), **_facts(item.person.data)} for item in known]),
        "organization": job.organization_id,
        "at": at,
        "most_phones": MOST_PHONES,
        "most_tags": MOST_TAGS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_BEFORE, parameters)
        before = {customer: values for customer, *values in cursor.fetchall()}
        cursor.execute(_MERGE, parameters)
        return {str(customer): _changes(before[customer], after) for customer, *after in cursor.fetchall()}


def _changes(before: Sequence[Any], after: Sequence[Any]) -> Changes:
    changes: Changes = {}
    for column, old, new in zip(_MERGED, before, after, strict=True):
        if column == "custom_fields":
            old, new = _object(old), _object(new)
            changed = [key for key in new if key not in old or old[key] != new[key]]
            changes |= {f"{column}.{key}": [[old[key]] if key in old else [], new[key]] for key in changed}
        elif old != new:
            changes[column] = [old, new]
    return changes


def _object(stored: Any) -> dict[str, Any]:
    """Return what a jsonb column holds: Django reads such columns as texts."""
    found: dict[str, Any] = json.loads(stored) if isinstance(stored, str) else stored
    return found


def _new_row(job: ImportJob, decision: Decision, at: datetime) -> tuple[Any, ...]:
    facts = _facts(decision.person.data)
    whatsapp_user_id = ""
    return (
        decision.customer,
        job.organization_id,
        job.created_by_id,
        at,
        at,
        *(facts[column] for column in _MERGED),
        whatsapp_user_id,
    )


def _facts(data: CustomerData) -> dict[str, Any]:
    return {column: getattr(data, column) for column in _MERGED}


def _rejected_row(job: ImportJob, rejection: Rejection) -> tuple[Any, ...]:
    message = rejection.message[:_LONGEST_MESSAGE]
    return new_id(), job.organization_id, job.pk, rejection.row, rejection.field, message, list(rejection.cells)


def _copy(table: str, columns: Mapping[str, str], rows: Iterable[tuple[Any, ...]]) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,  # which Django does for `execute` but not for `copy`
        cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types(list(columns.values()))
        for row in rows:
            copy.write_row(row)

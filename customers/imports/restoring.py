"""Give customers the values back that a batch of an import changed, where nobody has changed them since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from customers.imports.writing import Changes
from customers.models import Customer, ImportRemnant

Reason = ImportRemnant.Reason

_CUSTOM = "custom_fields."


@dataclass(frozen=True, slots=True)
class Kept:
    """Fields of a customer that keep what the import gave them, and why."""

    customer: UUID
    reason: Reason
    fields: list[str]


def restore_changes(*, organization_id: UUID, changed: Mapping[str, Changes]) -> tuple[int, list[Kept]]:
    """Undo `changed` (``{customer: {field: [before, after]}}``); return how many customers, and what could not be.

    A field goes back only where it holds exactly what the import gave it. Locks the customers; the caller is in a
    transaction.
    """
    rows = Customer.objects.for_organization(organization_id).filter(pk__in=list(changed)).order_by("pk")
    present = {str(row.pk): row for row in rows.select_for_update(no_key=True)}
    kept = [Kept(UUID(key), Reason.DELETED, sorted(changes)) for key, changes in changed.items() if key not in present]
    restored = 0
    for key, row in present.items():
        back = {field: before for field, (before, after) in changed[key].items() if _value(row, field) == after}
        lost = sorted(set(changed[key]) - set(back))
        if lost:
            kept.append(Kept(row.pk, Reason.CHANGED, lost))
        if back:
            _save(row, back)
            restored += 1
    return restored, kept


def _value(row: Customer, field: str) -> Any:
    if field.startswith(_CUSTOM):
        return row.custom_fields.get(field.removeprefix(_CUSTOM))
    return getattr(row, field)


def _save(row: Customer, back: Mapping[str, Any]) -> None:
    """Write the former values. A customer id is no conflict: an import gives one only to who had none."""
    for field, before in back.items():
        if not field.startswith(_CUSTOM):
            setattr(row, field, before)
        elif before:
            [row.custom_fields[field.removeprefix(_CUSTOM)]] = before
        else:
            row.custom_fields.pop(field.removeprefix(_CUSTOM), None)
    row.save(update_fields=[*sorted({field.partition(".")[0] for field in back}), "updated_at"])

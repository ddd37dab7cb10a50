"""Insert many rows that differ in a few columns only, in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import connection
from django.db.models import Model


def insert_variations(template: Model, varied: Mapping[str, Sequence[object]]) -> None:
    """Insert a row like the unsaved `template` for each place of the sequences in `varied`.

    `varied` maps attribute names (``customer_id``, not ``customer``) to as many values each; all other columns have
    the template's values. Many times cheaper than `bulk_create` where the table is wide.
    """
    fields = {field.attname: field for field in template._meta.concrete_fields}
    constant = [field for name, field in fields.items() if name not in varied]
    chosen = [fields[name] for name in varied]
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in (*chosen, *constant))
    arrays = ", ".join(f"%s::{field.db_type(connection)}[]" for field in chosen)
    places = ", ".join(f"v{number}" for number in range(len(chosen)))
    values = [field.get_db_prep_save(getattr(template, field.attname), connection) for field in constant]
    placeholders = ", ".join(["%s"] * len(constant))
    table = connection.ops.quote_name(template._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) SELECT {places}, {placeholders} FROM unnest({arrays}) AS v ({places})",  # noqa: S608  # names of the model's own columns
            [*values, *(list(values) for values in varied.values())],
        )

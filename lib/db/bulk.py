"""Insert many rows of a wide table in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Field, JSONField, Model
from psycopg.types.json import Jsonb


def insert_rows(rows: Sequence[Model]) -> None:
    """Insert new rows of one model, every column as it stands on them, in one statement; triggers fire as ever.

    It names each value the rows have in common only once: many times cheaper than `bulk_create` where the table is
    wide and its rows are much alike. Where a constraint refuses one, none is written. Raises IntegrityError.
    """
    if not rows:
        return
    alike: dict[Field[Any, Any], Any] = {}
    varied: dict[Field[Any, Any], list[Any]] = {}
    for field in rows[0]._meta.concrete_fields:
        values = [field.pre_save(row, add=True) for row in rows]
        if field.primary_key or any(value != values[0] for value in values):
            varied[field] = values
        else:
            alike[field] = values[0]
    _insert(rows[0], alike, varied)


def insert_alike(template: Model, differing: Mapping[str, Sequence[Any]]) -> None:
    """Insert rows that are as `template` but for the columns in `differing`, {attribute: a value for each row}.

    Cheaper still than `insert_rows`: no row is made into an object. The primary key has to be among them. Raises
    IntegrityError.
    """
    fields = {field.attname: field for field in template._meta.concrete_fields}
    varied = {fields.pop(name): list(values) for name, values in differing.items()}
    if any(varied.values()):
        _insert(template, {field: field.pre_save(template, add=True) for field in fields.values()}, varied)


def _insert(
    template: Model, alike: Mapping[Field[Any, Any], Any], varied: Mapping[Field[Any, Any], Sequence[Any]]
) -> None:
    names = [f"v{number}" for number in range(len(varied))]
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in (*varied, *alike))
    selected = ", ".join(_value(field, name) for field, name in zip(varied, names, strict=True))
    arrays = ", ".join(f"%s::{_array_type(field)}" for field in varied)
    placeholders = "".join(", %s" for _ in alike)
    constants = [field.get_db_prep_save(value, connection) for field, value in alike.items()]
    table = connection.ops.quote_name(template._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) SELECT {selected}{placeholders}"  # noqa: S608  # the model's own names
            f" FROM unnest({arrays}) AS v ({', '.join(names)})",
            [*constants, *(_sent(field, values) for field, values in varied.items())],
        )


def _is_array(field: Field[Any, Any]) -> bool:
    return str(field.db_type(connection)).endswith("[]")


def _array_type(field: Field[Any, Any]) -> str:
    """Return the type of all values together. Lists go as JSON: `unnest` would take apart an array of arrays."""
    return "jsonb[]" if _is_array(field) else f"{field.db_type(connection)}[]"


def _value(field: Field[Any, Any], name: str) -> str:
    return f"ARRAY(SELECT jsonb_array_elements_text({name}))::{field.db_type(connection)}" if _is_array(field) else name


def _sent(field: Field[Any, Any], values: Sequence[Any]) -> list[Any]:
    if _is_array(field) or isinstance(field, JSONField):
        return [None if value is None else Jsonb(value) for value in values]
    return list(values)

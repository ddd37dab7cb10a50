"""Migration operations for what Django's model state cannot say: tenant keys, guarded moves, append-only tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import RunSQL
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import ForeignKey, Model


def tenant_columns(model: type[Model]) -> Iterator[ForeignKey[Any, Any]]:
    """Yield the foreign keys of `model` that lead to another table of the same organization."""
    if not _has_organization(model):
        return
    for field in model._meta.concrete_fields:
        if isinstance(field, ForeignKey) and field.name != "organization" and _has_organization(field.related_model):
            yield field


def tenant_key_name(table: str) -> str:
    return f"{table}_tenant_key"


def tenant_reference_name(table: str, column: str) -> str:
    return f"{table}_{column}_tenant_fk"


class InstallTenantKeys(Operation):
    """Give every tenant table of the app ``UNIQUE (organization_id, id)`` and composite foreign keys to its parents.

    A composite key ``(organization_id, x_id)`` makes a reference into another organization impossible, whatever the
    code does. It stands in for Django's single-column constraint, so those fields carry ``db_constraint=False``.
    Running it again adds only what is new.
    """

    reduces_to_sql = True
    reversible = True

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The model state does not know these constraints."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        models = [m for m in to_state.apps.get_app_config(app_label).get_models() if _has_organization(m)]
        for model in models:
            table = model._meta.db_table
            schema_editor.execute(_add_once(table, tenant_key_name(table), "UNIQUE (organization_id, id)"))
        for model in models:
            for field in tenant_columns(model):
                schema_editor.execute(_reference_sql(model, field))

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Leave the constraints to the tables' own removal."""

    def describe(self) -> str:
        return "Install composite tenant keys"


def _has_organization(model: Any) -> bool:
    return model is not None and any(f.name == "organization" for f in model._meta.concrete_fields)


def _reference_sql(model: type[Model], field: ForeignKey[Any, Any]) -> str:
    table, column = model._meta.db_table, field.column
    parent = field.related_model._meta.db_table
    body = (
        f'FOREIGN KEY (organization_id, "{column}") REFERENCES "{parent}" (organization_id, id)'
        " DEFERRABLE INITIALLY DEFERRED"
    )
    return _add_once(table, tenant_reference_name(table, column), body)


def _add_once(table: str, name: str, body: str) -> str:
    return f"""
    DO $do$ BEGIN
      IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = '{name}' AND conrelid = '"{table}"'::regclass) THEN
        ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {body};
      END IF;
    END $do$"""  # noqa: S608 - table and constraint names of our own models


def guard_moves(table: str, column: str, pairs: Iterable[tuple[str, str]]) -> RunSQL:
    """Return an operation that refuses, by trigger, every move of `column` that is not in `pairs`.

    Also defines ``<table>_may_move(from, to)``, which a test compares with the Python table of moves.
    """
    listed = ", ".join(f"('{source}', '{target}')" for source, target in sorted(pairs))
    return RunSQL(
        f"""
        CREATE OR REPLACE FUNCTION {table}_may_move(source text, target text) RETURNS boolean
          LANGUAGE sql IMMUTABLE AS $$ SELECT (source, target) IN ({listed}) $$;
        CREATE OR REPLACE FUNCTION {table}_guard() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.{column} IS DISTINCT FROM OLD.{column} AND NOT {table}_may_move(OLD.{column}, NEW.{column}) THEN
            RAISE EXCEPTION 'illegal move of {table} from % to %', OLD.{column}, NEW.{column} USING ERRCODE = '23514';
          END IF;
          RETURN NEW;
        END $$;
        CREATE OR REPLACE TRIGGER {table}_guard BEFORE UPDATE OF {column} ON {table}
          FOR EACH ROW EXECUTE FUNCTION {table}_guard();
        """,  # noqa: S608 - names of our own tables and states
        RunSQL.noop,
    )


def note_rules_changes(table: str, column: str = "organization_id") -> RunSQL:
    """Return an operation that marks, whenever a row changes, that the rules of the organization in `column` did."""
    return RunSQL(
        f"""
        CREATE OR REPLACE TRIGGER {table}_rules_changed AFTER INSERT OR UPDATE OR DELETE ON {table}
          FOR EACH ROW EXECUTE FUNCTION organizations_rules_changed('{column}');
        """,
        RunSQL.noop,
    )


def append_only(table: str) -> RunSQL:
    """Return an operation that makes rows of `table` impossible to change or delete (TRUNCATE stays, for tests)."""
    return RunSQL(
        f"""
        CREATE OR REPLACE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION '{table} is append-only' USING ERRCODE = '23514';
        END $$;
        CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
          FOR EACH ROW EXECUTE FUNCTION {table}_append_only();
        """,
        RunSQL.noop,
    )

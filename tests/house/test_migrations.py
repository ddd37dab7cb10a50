"""A release is put in place while the one before it still runs: migrations must leave that one working."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import models
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

# Migrations up to these numbers came before the rule.
FREE = {"organizations": 5, "customers": 4, "campaigns": 5, "targets": 5}
# What the release before still reads or writes. To be done by the release after, when nothing uses it any more.
TAKES_AWAY = (operations.RemoveField, operations.RenameField, operations.DeleteModel, operations.RenameModel)


def complaints(migration: Migration) -> Iterator[str]:
    """Say what of a migration would break the release before it, or stop it from writing."""
    made = {each.name_lower for each in migration.operations if isinstance(each, operations.CreateModel)}
    for operation in migration.operations:
        about = getattr(operation, "model_name_lower", "")
        complaint = _complaint(operation)
        if complaint and about not in made:
            yield f"{migration.app_label}.{migration.name}: {complaint}"


def _complaint(operation: Operation) -> str:
    match operation:
        case operations.AddField(field=field) if not _may_be_left_out(field):
            return f"{operation.name} has no db_default, so that the release before cannot insert"
        case operations.AddIndex() | operations.RemoveIndex() if type(operation).__module__.startswith(
            "django.db.migrations"
        ):
            return f"use the concurrent form of {type(operation).__name__}, which does not stop writers"
        case _ if isinstance(operation, TAKES_AWAY):
            return f"{type(operation).__name__} takes away what the release before uses"
    return ""


def _may_be_left_out(field: models.Field[object, object]) -> bool:
    return field.null or field.many_to_many or field.has_db_default()


def migration_of(*some: Operation) -> Migration:
    made: Migration = type("Migration", (Migration,), {"operations": list(some)})("0099_new", "campaigns")
    return made


def test_a_new_migration_leaves_the_release_before_it_working() -> None:
    migrations = [
        migration
        for (app, name), migration in MigrationLoader(None).disk_migrations.items()
        if app in FREE and int(name[:4]) > FREE[app]
    ]
    assert [complaint for migration in migrations for complaint in complaints(migration)] == []


@pytest.mark.parametrize(
    "operation",
    [
        operations.AddField("campaign", "priority", models.IntegerField(default=0)),
        operations.RemoveField("campaign", "goal"),
        operations.AddIndex("campaign", models.Index(fields=["goal"], name="campaign_goal")),
        operations.DeleteModel("campaign"),
    ],
)
def test_what_would_break_the_release_before_is_told(operation: Operation) -> None:
    assert len(list(complaints(migration_of(operation)))) == 1


def test_what_only_adds_is_fine() -> None:
    migration = migration_of(
        operations.AddField("campaign", "priority", models.IntegerField(db_default=0)),
        operations.AddField("campaign", "note", models.TextField(null=True)),
        operations.CreateModel("Season", [("id", models.AutoField(primary_key=True))]),
        operations.AddIndex("season", models.Index(fields=["id"], name="season_id")),
    )
    assert list(complaints(migration)) == []

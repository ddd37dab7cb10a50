"""Empty the database after a test that committed, at the cost of what the test wrote and not of all there is."""

from __future__ import annotations

from django.apps import apps
from django.db import connection
from django.test import TransactionTestCase

# Made by the migrations and changed by no test. Django's own `flush` empties these too and makes them anew every time.
_KEPT = {"django_migrations", "django_content_type", "auth_permission"}


def empty_used_tables() -> None:
    """Empty every table that holds anything, but for those that describe the models."""
    models = apps.get_models(include_auto_created=True)
    tables = {model._meta.db_table for model in models if model._meta.managed} - _KEPT
    found = " UNION ALL ".join(f"SELECT '{t}' WHERE EXISTS (SELECT FROM \"{t}\")" for t in sorted(tables))  # noqa: S608 - ours
    with connection.cursor() as cursor:
        cursor.execute(found)
        used = ", ".join(f'"{table}"' for (table,) in cursor.fetchall())
        if used:
            cursor.execute(f"TRUNCATE {used} CASCADE")


def empty_after_tests() -> None:
    """Let every test of committed data end so, in place of `flush`, which took longer than most of these tests."""
    TransactionTestCase._fixture_teardown = lambda _case: empty_used_tables()  # type: ignore[attr-defined]  # the stubs leave it out

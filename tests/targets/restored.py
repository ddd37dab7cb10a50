"""Copy the test's own database as a backup would, and put the copy back as a restore would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from tests.targets.world import set_clock


class Backup:
    """A copy of the whole database as it was when this was made. Whoever is connected is thrown out."""

    def __init__(self, at: Any) -> None:
        self.at = at
        self.original = str(connection.settings_dict["NAME"])
        self.copy = f"{self.original}_backup"
        with _from_outside() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{self.copy}" WITH (FORCE)')
            _disconnect_everybody(cursor, self.original)
            cursor.execute(f'CREATE DATABASE "{self.copy}" TEMPLATE "{self.original}"')
        set_clock(self.at)

    def restore(self) -> None:
        """Put the copy in the place of the database, which is lost with all that happened since."""
        with _from_outside() as cursor:
            cursor.execute(f'DROP DATABASE "{self.original}" WITH (FORCE)')
            cursor.execute(f'ALTER DATABASE "{self.copy}" RENAME TO "{self.original}"')
        set_clock(self.at)


@contextmanager
def _from_outside() -> Iterator[Any]:
    connection.close()
    with connection._nodb_cursor() as cursor:
        yield cursor


def _disconnect_everybody(cursor: Any, database: str) -> None:
    cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])

"""Keep the planner's picture of a table true while one process fills it."""

from __future__ import annotations

from django.db import connection

_FIRST = 2_000
_FACTOR = 10


class Growth:
    """Have a table measured when a process has written some rows into it, and again at ten times as many.

    Where the statistics know nothing of a tenant, the planner takes all its rows for one, and reads all of them for
    every look-up by the tenant and a key. Autovacuum measures only after a tenth of the whole table has changed.
    """

    def __init__(self, table: str) -> None:
        self._table = connection.ops.quote_name(table)
        self._rows = 0
        self._next = _FIRST

    def add(self, rows: int) -> None:
        """Count rows that were written. Measuring waits for nobody, and does nothing for who may not."""
        self._rows += rows
        if self._rows >= self._next:
            self._next = _FACTOR * self._rows
            with connection.cursor() as cursor:
                cursor.execute(f"ANALYZE (SKIP_LOCKED) {self._table}")

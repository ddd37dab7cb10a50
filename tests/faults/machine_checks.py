"""The invariants as one prepared statement, so that asking after every step costs one round trip and no planning."""

from __future__ import annotations

from django.db import connection

from targets.invariants import _NAMES, QUERIES, outside_hours

_STATEMENT = "machine_checks"
_FACTS = {
    "enrolled": "SELECT count(*) FROM targets_campaigntarget",
    "moves": "SELECT coalesce(max(id), 0) FROM targets_attemptevent",
}
_OVERDUE = """SELECT count(*) FROM targets_attempt WHERE state IN ({live})
              AND lease_until < clock_timestamp() - interval '60 seconds'"""


class Checks:
    """Counts violations of every invariant, in the connection of the day."""

    def __init__(self) -> None:
        self.enrolled = 0
        self._hours_checked_at = -1
        self._prepared_in: object = None

    def count_violations(self) -> dict[str, int]:
        """Return how many rows each invariant's query finds, by name; hours are looked at when an attempt moved."""
        names = [*QUERIES, *_FACTS]
        with connection.cursor() as cursor:
            if self._prepared_in is not connection.connection:
                counts = [f"(SELECT count(*) FROM ({sql.format(**_NAMES)}) q)" for _meaning, sql in QUERIES.values()]  # noqa: S608 - ours
                facts = [f"({sql})" for sql in _FACTS.values()]
                cursor.execute("DEALLOCATE ALL")
                cursor.execute(f"PREPARE {_STATEMENT} AS SELECT {', '.join([*counts, *facts])}")
                self._prepared_in = connection.connection
            cursor.execute(f"EXECUTE {_STATEMENT}")
            found = dict(zip(names, cursor.fetchone(), strict=True))
        self.enrolled, moves = found.pop("enrolled"), found.pop("moves")
        found["I4"] = 0
        if moves != self._hours_checked_at:
            found["I4"] = len(list(outside_hours()))
            self._hours_checked_at = moves
        return found

    def overdue(self) -> int:
        """Return how many live attempts are over their lease by more than the sweep may take."""
        with connection.cursor() as cursor:
            cursor.execute(_OVERDUE.format(**_NAMES))
            number: int = cursor.fetchone()[0]
        return number

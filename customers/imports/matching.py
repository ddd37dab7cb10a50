"""Say for each row of a batch whether it is somebody new, somebody known, or somebody the file named before.

A row is matched against everybody known when its turn comes, the rows before it included: by customer id, else by
email, else by phone; of several, the oldest; and two different customer ids are never one person
(`customers.services.identity` says the same for one person). Who was matched or created by a row of the file is
remembered, and the next row that means them is a duplicate. One thing is seen only from the next batch on: which of
several known customers a row means, after an earlier row of its batch has given one of them another address or id.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from django.db import DatabaseError, connection

from customers.imports.rows import Person
from lib.ids import new_id

# The people a row may mean. In a dry run nothing is written, so there what the file would have made of somebody is
# kept with them in `import_seen` and laid over the table of customers.
_PEOPLE = """
SELECT id, organization_id, customer_id, email, phone, created_at FROM customers_customer WHERE deleted_at IS NULL
"""
# Subqueries that return a value, unlike EXISTS, are never planned as a scan of the whole of `import_seen`.
_PEOPLE_OF_A_DRY_RUN = """
SELECT id, organization_id, customer_id, email, phone, created_at FROM customers_customer c
 WHERE deleted_at IS NULL AND (SELECT true FROM import_seen WHERE import_seen.id = c.id) IS NULL
UNION ALL SELECT id, organization_id, customer_id, email, phone, created_at FROM import_seen
"""
_OPEN = """
CREATE TEMP TABLE import_seen AS
  SELECT id, organization_id, customer_id, email, phone, created_at FROM customers_customer WITH NO DATA;
CREATE UNIQUE INDEX ON import_seen (id);
CREATE TEMP VIEW import_people AS {people}
"""
_INDEX = """
CREATE INDEX ON import_seen (customer_id); CREATE INDEX ON import_seen (email); CREATE INDEX ON import_seen (phone)
"""
_CLOSE = "DROP VIEW IF EXISTS pg_temp.import_people; DROP TABLE IF EXISTS pg_temp.import_seen"
# Ordered by a pair as one value: no index has that order, so each look-up goes by its key and sorts the few it finds.
_MATCH = """
SELECT given.place, found.id, found.customer_id, found.kind,
       (SELECT true FROM import_seen WHERE import_seen.id = found.id)
  FROM unnest(%(customer_ids)s::text[], %(emails)s::text[], %(phones)s::text[])
       WITH ORDINALITY AS given (customer_id, email, phone, place)
 CROSS JOIN LATERAL (
   (SELECT 0 AS kind, id, customer_id FROM import_people
     WHERE organization_id = %(organization)s AND customer_id = given.customer_id LIMIT 1)
   UNION ALL
   (SELECT 1, id, customer_id FROM import_people
     WHERE organization_id = %(organization)s AND email = given.email
       AND (given.customer_id IS NULL OR customer_id IS NULL)
     ORDER BY (created_at, id) LIMIT 1)
   UNION ALL
   (SELECT 2, id, customer_id FROM import_people
     WHERE organization_id = %(organization)s AND phone = given.phone
       AND (given.customer_id IS NULL OR customer_id IS NULL)
     ORDER BY (created_at, id) LIMIT 1)
   ORDER BY kind LIMIT 1
 ) AS found
"""
_REMEMBER = "INSERT INTO import_seen (id) SELECT unnest(%(ids)s::uuid[])"
_REMEMBER_IN_A_DRY_RUN = """
INSERT INTO import_seen
SELECT given.id, %(organization)s, coalesce(given.customer_id, c.customer_id), coalesce(given.email, c.email),
       coalesce(given.phone, c.phone), coalesce(c.created_at, clock_timestamp())
  FROM unnest(%(ids)s::uuid[], %(customer_ids)s::text[], %(emails)s::text[], %(phones)s::text[])
       AS given (id, customer_id, email, phone)
  LEFT JOIN customers_customer c ON c.id = given.id
"""


_Keys = tuple[str | None, str | None, str | None]  # customer id, email, phone


class Fate(StrEnum):
    """What becomes of a row that is in order."""

    CREATED = "created"
    UPDATED = "updated"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Decision:
    """Which customer a row means, and what becomes of the row."""

    person: Person
    customer: UUID
    fate: Fate


class _Known(NamedTuple):
    """Somebody a row may mean, found by the key of place `kind` in `_keys`."""

    customer: UUID
    customer_id: str | None
    kind: int
    seen: bool | None


@contextmanager
def matching(*, organization_id: UUID, dry_run: bool) -> Iterator[Matcher]:
    """Keep what the rows of one file have met, in temporary tables of this connection. One file at a time."""
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE)  # a file that was given up may have left them behind
        cursor.execute(_OPEN.format(people=_PEOPLE_OF_A_DRY_RUN if dry_run else _PEOPLE))
        if dry_run:
            cursor.execute(_INDEX)
    try:
        yield Matcher(organization_id, dry_run)
    finally:
        with suppress(DatabaseError), connection.cursor() as cursor:  # a lost connection took them with it
            cursor.execute(_CLOSE)


class Matcher:
    """What the rows of one file have met so far. See `matching`."""

    def __init__(self, organization_id: UUID, dry_run: bool) -> None:
        self._organization_id = organization_id
        self._dry_run = dry_run

    def decide(self, people: Sequence[Person]) -> list[Decision]:
        """Return what becomes of the rows of a batch, in their order. Needs the lock of `lock_identities`."""
        batch = _Batch(self._known(people))
        return [batch.decide(place, person) for place, person in enumerate(people, start=1)]

    def remember(self, decisions: Sequence[Decision]) -> None:
        """Make later rows that mean the same people duplicates."""
        first = [decision for decision in decisions if decision.fate is not Fate.DUPLICATE]
        given = self._arrays([decision.person for decision in first])
        statement = _REMEMBER_IN_A_DRY_RUN if self._dry_run else _REMEMBER
        with connection.cursor() as cursor:
            cursor.execute(statement, {**given, "ids": [decision.customer for decision in first]})

    def _known(self, people: Sequence[Person]) -> dict[int, _Known]:
        """Return whom the database knows a row to mean, by the row's place in the batch, from 1."""
        with connection.cursor() as cursor:
            cursor.execute(_MATCH, self._arrays(people))
            return {place: _Known(*found) for place, *found in cursor.fetchall()}

    def _arrays(self, people: Sequence[Person]) -> dict[str, Any]:
        return {
            "organization": self._organization_id,
            "customer_ids": [person.data.customer_id for person in people],
            "emails": [person.data.email for person in people],
            "phones": [person.data.phone for person in people],
        }


class _Batch:
    """The rows of a batch as they meet each other, on top of what the database knew when the batch began."""

    def __init__(self, known: dict[int, _Known]) -> None:
        self._known = known
        self._seen: dict[UUID, _Keys] = {}  # whom this batch named, with the keys it gave them; None is as it was
        # Who has a key by now and was named by this batch: of those without a customer id, and of those with one.
        self._holders: dict[tuple[int, str, bool], UUID] = {}

    def decide(self, place: int, person: Person) -> Decision:
        known = self._known.get(place)
        customer = self._meant(person, known)
        if customer is None:
            return self._first(person, new_id(), Fate.CREATED, None)
        if customer in self._seen or (known and known.seen):
            return Decision(person, customer, Fate.DUPLICATE)
        return self._first(person, customer, Fate.UPDATED, known.customer_id if known else None)

    def _meant(self, person: Person, known: _Known | None) -> UUID | None:
        """Return the customer a row means by the first of its keys that leads to anybody."""
        keys = _keys(person)
        for kind, key in enumerate(keys):
            if known and known.kind == kind and self._still_is(keys, known):
                return known.customer
            holder = self._holder(kind, key, may_have_id=kind == 0 or keys[0] is None) if key else None
            if holder:
                return holder
        return None

    def _still_is(self, keys: _Keys, known: _Known) -> bool:
        """Say whether the batch has left the customer the key they were found by, and given them no other id."""
        now = self._seen.get(known.customer, (None, None, None))
        return now[known.kind] in (None, keys[known.kind]) and (not now[0] or not keys[0] or now[0] == keys[0])

    def _holder(self, kind: int, key: str, *, may_have_id: bool) -> UUID | None:
        without_id = self._holders.get((kind, key, False))
        return without_id or (self._holders.get((kind, key, True)) if may_have_id else None)

    def _first(self, person: Person, customer: UUID, fate: Fate, customer_id: str | None) -> Decision:
        """Enter the first row of the file that means a customer."""
        keys = _keys(person)
        has_id = bool(keys[0] or customer_id)
        self._seen[customer] = keys
        for kind, key in enumerate(keys):
            if key:
                self._holders.setdefault((kind, key, has_id), customer)
        return Decision(person, customer, fate)


def _keys(person: Person) -> _Keys:
    return person.data.customer_id, person.data.email, person.data.phone

"""Does PostgreSQL, asked in its own words, find the same contacts outside their hours as our evaluator does?

No rule about hours is decided in SQL: the server has time zones of its own, of another release. It serves as a second
opinion, in zones whose rules it shares, and only from instants to local times: the way back has two answers on some
days, and Python and PostgreSQL choose different ones.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from lib import zones
from lib.windows import Window
from targets.invariants import outside_hours
from targets.lifecycle import UNSENT_STATES
from targets.models import Attempt
from tests.factories import AttemptFactory, TargetFactory
from tests.lib.tzif import EPOCH, SECOND, read_zone

FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
ATTEMPTS = 4000
# Their rules changed in the newest releases, which reach servers last.
RULES_NEWER_THAN_SERVERS = {"America/Havana", "America/Inuvik", "America/Rainy_River", "America/Winnipeg"}
# PostgreSQL reads these as abbreviations, without summer time, whatever its zone of that name says.
READ_AS_ABBREVIATIONS = {"CET", "EET", "MET", "WET"}

LOCAL_TIMES = """
    SELECT extract(epoch FROM (at AT TIME ZONE %(zone)s) - (at AT TIME ZONE 'UTC'))::int
    FROM unnest(%(instants)s::timestamptz[]) WITH ORDINALITY AS i(at, n) ORDER BY n
"""
OUTSIDE_HOURS = """
    SELECT a.id FROM targets_attempt a
    WHERE a.state <> ALL (%(unsent)s::text[]) AND (
      coalesce(a.decision->'hours', '{}') = '{}'
      OR EXISTS (
        SELECT FROM jsonb_each(a.decision->'hours') AS place(zone, windows)
        CROSS JOIN LATERAL (SELECT a.submit_started_at AT TIME ZONE place.zone AS local) AS l
        WHERE NOT EXISTS (
          SELECT FROM jsonb_to_recordset(place.windows) AS w(days jsonb, start time, "end" time)
          WHERE CASE
            WHEN w.start < w."end" THEN w.days @> to_jsonb(extract(isodow FROM local)::int - 1)
              AND local::time >= w.start AND local::time < w."end"
            ELSE (w.days @> to_jsonb(extract(isodow FROM local)::int - 1) AND local::time >= w.start)
              OR (w.days @> to_jsonb((extract(isodow FROM local)::int + 5) %% 7) AND local::time < w."end")
          END)))
"""

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_triggers(db: None) -> None:
    """Let attempts be written as no engine would. The test's transaction brings the triggers back."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE targets_attempt DISABLE TRIGGER USER")


def probes(name: str) -> list[datetime]:
    """Return instants that tell a zone's rules: around its changes, and every fortnight."""
    changes = [change + n * SECOND for change in read_zone(name).changes(FIRST, LAST) for n in (-1, 0)]
    return changes + [FIRST + timedelta(days=14 * n) for n in range(78)]


@cache
def zones_that_differ() -> frozenset[str]:
    """Return the zones in which PostgreSQL's local time is not that of our tzdata."""
    differing = set()
    with connection.cursor() as cursor:
        for name in zones.available():
            instants, file = probes(name), read_zone(name)
            cursor.execute(LOCAL_TIMES, {"zone": name, "instants": instants})
            theirs = [offset for (offset,) in cursor.fetchall()]
            if theirs != [file.offset((instant - EPOCH) // SECOND) for instant in instants]:
                differing.add(name)
    return frozenset(differing)


def test_the_servers_time_zones_differ_from_ours_only_where_it_is_known() -> None:
    unexplained = {
        name
        for name in zones_that_differ() - READ_AS_ABBREVIATIONS
        if zones.canonical(name) not in RULES_NEWER_THAN_SERVERS
    }
    assert unexplained == set(), (
        f"PostgreSQL and tzdata {zones.TZDATA_VERSION} disagree about the hour in {sorted(unexplained)}: one is "
        "out of date. No contact depends on PostgreSQL's time zones, but it cannot be a second opinion on these."
    )


def test_the_server_takes_some_zones_for_abbreviations() -> None:
    """Why no rule about hours may be evaluated there: a person in the zone MET would be called an hour off."""
    assert zones_that_differ() >= READ_AS_ABBREVIATIONS


def random_window(chosen: random.Random) -> Window:
    days = frozenset(chosen.sample(range(7), chosen.randint(1, 7)))
    start, end = (time(chosen.randrange(24), chosen.choice([0, 0, 15, 30])) for _ in range(2))
    shape = chosen.random()
    if shape < 0.1:
        return Window(days, time(0), time(0))
    if shape < 0.3:
        return Window(days, start, time(0))
    return Window(days, start, end if end != start else time(0))


def random_instant(chosen: random.Random, name: str, windows: list[Window]) -> datetime:
    """Return an instant near a change of time, or within a microsecond of a window's start or end, or anywhere."""
    changes = read_zone(name).changes(FIRST, LAST)
    at = FIRST + timedelta(seconds=chosen.randrange(94_000_000), microseconds=chosen.randrange(1_000_000))
    if changes and chosen.random() < 0.5:
        at = chosen.choice(changes) + timedelta(seconds=chosen.randint(-172_800, 172_800))
    if windows and chosen.random() < 0.4:
        edge = chosen.choice([edge for window in windows for edge in (window.start, window.end)])
        midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
        wall = midnight + timedelta(hours=edge.hour, minutes=edge.minute, microseconds=chosen.randint(-1, 1))
        at = wall - read_zone(name).offset((at - EPOCH) // SECOND) * SECOND
    return at


def random_decision(chosen: random.Random, names: list[str]) -> tuple[dict[str, Any], datetime]:
    """Return the hours of one or two zones, and an instant to judge by them."""
    hours: dict[str, list[dict[str, Any]]] = {}
    for name in chosen.sample(names, chosen.choice([1, 1, 2])):
        windows = [random_window(chosen) for _ in range(chosen.choice([0, 1, 1, 2, 3]))]
        hours[name] = [window.to_json() for window in windows]
        at = random_instant(chosen, name, windows)
    return ({} if chosen.random() < 0.01 else {"hours": hours}), at


def test_both_find_the_same_contacts_outside_their_hours() -> None:
    chosen = random.Random(20261121)
    names = sorted(set(zones.available()) - zones_that_differ() - READ_AS_ABBREVIATIONS)
    assert len(names) > 500
    target = TargetFactory()
    attempts = []
    for number in range(1, ATTEMPTS + 1):
        decision, at = random_decision(chosen, names)
        fields = {"state": "failed", "number": number, "decision": decision, "submit_started_at": at, "ended_at": at}
        attempts.append(AttemptFactory.build(target=target, **fields))
    Attempt.objects.bulk_create(attempts, batch_size=500)

    ours = {attempt_id for attempt_id, _at in outside_hours()}

    with connection.cursor() as cursor:
        cursor.execute(OUTSIDE_HOURS, {"unsent": [str(state) for state in UNSENT_STATES]})
        theirs: set[UUID] = {attempt_id for (attempt_id,) in cursor.fetchall()}
    assert ours == theirs
    assert ATTEMPTS * 0.2 < len(ours) < ATTEMPTS * 0.9  # neither answer is the usual one

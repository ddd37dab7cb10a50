"""The clock of decisions is one line, in Python and in SQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from lib import clock
from lib.clock import SESSION_VARIABLE, SimulatedClock
from lib.db.clock import AppClock, read_clock
from organizations.models import Organization
from tests.factories import OrganizationFactory

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)
LINES = [
    SimulatedClock(NOW, NOW, 1.0),
    SimulatedClock(NOW, datetime(2026, 3, 29, 0, 30, tzinfo=UTC), 60.0),
    SimulatedClock(NOW - timedelta(days=40, seconds=0.123456), datetime(2031, 2, 28, 23, 59, tzinfo=UTC), 2880.0),
    SimulatedClock(NOW - timedelta(hours=30), NOW - timedelta(days=1000), 0.25),
    SimulatedClock(NOW + timedelta(days=2), NOW, 7.5),
]
# PostgreSQL rounds an interval multiplied by a number at each of its parts.
ROUNDING = timedelta(milliseconds=1)


@contextmanager
def simulated_in_database(line: SimulatedClock | None) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SESSION_VARIABLE, str(line or "")])
        yield
        cursor.execute("SELECT set_config(%s, '', true)", [SESSION_VARIABLE])


@pytest.mark.parametrize("zone", ["UTC", "Europe/Rome", "America/New_York"])
@pytest.mark.parametrize("line", LINES, ids=lambda line: f"rate {line.rate}")
def test_sql_and_python_read_the_same_time_off_a_simulated_clock(line: SimulatedClock, zone: str) -> None:
    with simulated_in_database(line), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('TimeZone', %s, true)", [zone])
        # As seconds: Django takes every time it reads for one in the connection's own zone, which is UTC.
        cursor.execute(
            "SELECT extract(epoch FROM clock_timestamp()), extract(epoch FROM app_clock()),"
            " extract(epoch FROM clock_timestamp())"
        )
        before, at, after = (datetime.fromtimestamp(float(seconds), UTC) for seconds in cursor.fetchone())
    assert line.at(before) - ROUNDING <= at <= line.at(after) + ROUNDING


def test_a_clock_that_stands_still_stands_at_the_same_instant_in_both() -> None:
    line = SimulatedClock(NOW, datetime(2026, 10, 25, 0, 59, 59, 999_999, tzinfo=UTC), 0.0)
    with simulated_in_database(line):
        assert read_clock() == line.simulated_anchor == line.at(datetime.now(UTC))


def test_without_a_simulation_it_is_the_real_time() -> None:
    before = datetime.now(UTC)
    with simulated_in_database(None):
        at = read_clock()
    assert before <= at <= datetime.now(UTC)


def test_the_clock_moves_on_within_a_transaction() -> None:
    assert read_clock() < read_clock()


def test_the_clock_can_be_compared_with_in_a_query() -> None:
    OrganizationFactory(dialing_stopped_at=clock.now() - timedelta(hours=1))
    OrganizationFactory(dialing_stopped_at=clock.now() + timedelta(hours=1))
    assert Organization.objects.filter(dialing_stopped_at__lte=AppClock()).count() == 1

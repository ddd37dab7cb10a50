"""Read the clock of decisions in the database: the twin of `lib.clock`, for comparisons made under locks."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import DateTimeField, Func, Model

from lib import clock
from lib.clock import SESSION_VARIABLE

APP_CLOCK_SQL = f"""
CREATE OR REPLACE FUNCTION app_clock() RETURNS timestamptz LANGUAGE plpgsql VOLATILE AS $$
DECLARE line text := current_setting('{SESSION_VARIABLE}', true);
BEGIN
  IF line IS NULL OR line = '' THEN RETURN clock_timestamp(); END IF;
  RETURN split_part(line, ',', 2)::timestamptz
       -- in seconds: an interval's days would be added by the session's calendar, summer time included
       + make_interval(secs => extract(epoch FROM clock_timestamp() - split_part(line, ',', 1)::timestamptz)::float8
                               * split_part(line, ',', 3)::float8);
END $$;
"""


class AppClock(Func):
    """The clock of decisions as an expression; evaluated when its row is, so also after a lock wait."""

    function = "app_clock"
    arity = 0
    output_field = DateTimeField()


class RealClock(Func):
    """The machine's clock as an expression, for leases and time-outs."""

    function = "clock_timestamp"
    arity = 0
    output_field = DateTimeField()


def read_clock() -> datetime:
    """Return ``app_clock()`` as of now. Ask after taking locks, so that waiting for them is not hidden."""
    return _read("SELECT app_clock()")


def read_real_clock() -> datetime:
    """Return the database machine's time: leases are compared with it, because worker machines may disagree."""
    return _read("SELECT clock_timestamp()")


def _read(sql: str) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        row = cursor.fetchone()
    at: datetime = row[0]
    return at


class ClockedUpdateField(DateTimeField[Any, datetime]):
    """Hold the time of the row's last save by the clock in force (Django's ``auto_now`` knows only the real one)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["editable"] = False
        kwargs["default"] = clock.now
        super().__init__(*args, **kwargs)

    def pre_save(self, model_instance: Model, add: bool) -> datetime:
        value = clock.now()
        setattr(model_instance, self.attname, value)
        return value

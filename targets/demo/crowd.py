"""Fill a campaign with a crowd of made-up people, to see how pages and queries bear a million rows.

Rows are made by the database, a batch a statement, with every column that has one value taken from an instance of the
model: so a column that is added later needs nothing here. Triggers fire as ever, so counters are right. Nobody of the
crowd can be reached: +1 555 is no area code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

from campaigns.counters import fold_counters
from campaigns.models import Campaign, CampaignEvent
from customers.models import Customer
from lib import clock, zones
from targets.models import Attempt, CampaignTarget

MOST = 5_000_000
BATCH = 50_000
EVERY_HOUR = [{"days": list(range(7)), "start": "00:00", "end": "24:00"}]
_ZONE = "America/New_York"
# Every so-manieth of the crowd has been called, the others wait.
_CALLED_EVERY = 5
_DAYS_OF_CALLS = 14

# A version 7 UUID in the order of the numbers; PostgreSQL before 18 cannot make one.
_ID = (
    "(lpad(to_hex({milliseconds} + n), 12, '0') || '7' || substr(md5({kind} || n), 1, 3)"
    " || 'a' || substr(md5({kind} || n), 4, 15))::uuid"
)
_IS_CALLED = f"mod(n, {_CALLED_EVERY}) = 0"
_IS_WON = f"mod(n, {_CALLED_EVERY * 4}) = 0"
_CALLED_AT = f"%(now)s::timestamptz - make_interval(secs => mod(n * 17, {_DAYS_OF_CALLS * 86_400}))"


def seed_crowd(*, campaign: Campaign, count: int, on_progress: Callable[[int], None] = lambda done: None) -> int:
    """Put `count` new people into a campaign, a fifth of them called before; return how many there are. Batches commit.

    Give every call of one campaign the same or a higher count: whoever is there already is left alone.
    """
    there = CampaignTarget.all_objects.filter(campaign=campaign).count()
    if not there:
        # The calls made up below were made while the campaign ran, or they would break a promise of the engine.
        began = clock.now() - timedelta(days=_DAYS_OF_CALLS + 1)
        CampaignEvent.objects.create(campaign_id=campaign.pk, old_status="draft", new_status="running", at=began)
    for first in range(there, count, BATCH):
        last = min(first + BATCH, count) - 1
        _seed_batch(campaign, first, last)
        on_progress(last + 1)
    while fold_counters():
        pass
    with connection.cursor() as cursor:
        for model in (Customer, CampaignTarget, Attempt):
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")
    return max(there, count)


@transaction.atomic
def _seed_batch(campaign: Campaign, first: int, last: int) -> None:
    now = clock.now()
    made = int(campaign.created_at.timestamp() * 1000)
    ids = {kind: _ID.format(milliseconds=made, kind=f"'{kind}{campaign.pk}'") for kind in ("c", "t", "a")}
    common = {"organization_id": campaign.organization_id, "created_at": now, "updated_at": now}
    mine = {**common, "campaign_id": campaign.pk}
    given = {"first": first, "last": last, "now": now}
    customer = Customer(**common, timezone=_ZONE)
    _insert(customer, {"id": ids["c"], "name": "'Person ' || n", "surname": "'Number'", "phone": _phone()}, given)
    _insert(CampaignTarget(**mine), _target(ids), given)
    sent: dict[str, Any] = {"channel": "call", "number": 1, "state": "completed"}
    sent |= {"state_since": datetime.now(UTC), "lease_until": now}
    sent["decision"] = {"hours": {_ZONE: EVERY_HOUR}, "blackouts": [], "tzdata": zones.TZDATA_VERSION}
    called = f"WHERE {_IS_CALLED}"
    _insert(Attempt(**mine, **sent), _attempt(ids), given, called)


def _phone() -> str:
    return "'+1555' || lpad(n::text, 7, '0')"


def _target(ids: Mapping[str, str]) -> dict[str, str]:
    return {
        "id": ids["t"],
        "customer_id": ids["c"],
        "state": f"CASE WHEN {_IS_CALLED} THEN 'done' ELSE 'ready' END",
        "done_reason": f"CASE WHEN {_IS_WON} THEN 'goal_met' WHEN {_IS_CALLED} THEN 'declined' ELSE '' END",
        "stage": f"CASE WHEN {_IS_WON} THEN 'won' WHEN {_IS_CALLED} THEN 'lost' ELSE 'new' END",
        "next_attempt_at": f"CASE WHEN NOT {_IS_CALLED} THEN %(now)s::timestamptz + make_interval(secs => n) END",
        "goal_met_at": f"CASE WHEN {_IS_WON} THEN {_CALLED_AT} END",
        "last_contacted_at": f"CASE WHEN {_IS_CALLED} THEN {_CALLED_AT} END",
        "last_outcome": f"CASE WHEN {_IS_CALLED} THEN 'answered' ELSE '' END",
        "calls_made": f"CASE WHEN {_IS_CALLED} THEN 1 ELSE 0 END",
        "calls_answered": f"CASE WHEN {_IS_CALLED} THEN 1 ELSE 0 END",
    }


def _attempt(ids: Mapping[str, str]) -> dict[str, str]:
    moments = ("reserved_at", "submit_started_at", "accepted_at", "ended_at")
    return {
        "id": ids["a"],
        "target_id": ids["t"],
        "customer_id": ids["c"],
        "address": _phone(),
        "outcome": "'answered'",
        "provider_id": "'crowd_' || n",
        "duration_seconds": "30 + mod(n, 200)",
        **dict.fromkeys(moments, _CALLED_AT),
    }


def _insert(template: Model, varied: Mapping[str, str], given: Mapping[str, Any], where: str = "") -> None:
    """Insert a row for each number from `first` to `last`: `varied` as SQL over n, the rest as it is on `template`."""
    columns, expressions, values = [], [], dict(given)
    for field in template._meta.concrete_fields:
        column = str(field.column)
        columns.append(connection.ops.quote_name(column))
        if column in varied:
            expressions.append(varied[column])
        else:
            expressions.append(f"%({column})s")
            values[column] = field.get_db_prep_save(getattr(template, field.attname), connection)
    table = connection.ops.quote_name(template._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(expressions)}"  # noqa: S608 - the models' own names
            f" FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n {where}",
            values,
        )

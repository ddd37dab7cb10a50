"""What must hold at every moment, as queries that return a row for each violation.

The numbers are those of docs/reliability.md. `check_invariants` runs all of them, a scheduled task the cheap ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from django.db import connection

from lib.windows import CallingCalendar, DateRange, Window, is_open
from targets.history import TECHNICAL_OUTCOMES
from targets.lifecycle import LIVE_STATES, UNSENT_STATES, VOID_STATES
from targets.models import Attempt

Rows = list[tuple[Any, ...]]

_NAMES = {
    "live": ", ".join(f"'{state}'" for state in LIVE_STATES),
    "void": ", ".join(f"'{state}'" for state in VOID_STATES),
    "technical": ", ".join(f"'{outcome}'" for outcome in TECHNICAL_OUTCOMES),
}

# name: (what is violated, SQL). Every query's rows start with the id of what is wrong.
QUERIES: Mapping[str, tuple[str, str]] = {
    "I1": (
        "two attempts that count share a number",
        """SELECT target_id, channel, number FROM targets_attempt WHERE state NOT IN ({void})
           GROUP BY 1, 2, 3 HAVING count(*) > 1""",
    ),
    "I3": (
        "an address was contacted again within its quiet time",
        """SELECT x.id, y.id FROM targets_attempt x JOIN targets_attempt y
             ON x.organization_id = y.organization_id AND x.address = y.address AND x.id < y.id AND x.quiet && y.quiet
           WHERE x.state NOT IN ({void}) AND y.state NOT IN ({void})""",
    ),
    "I5": (
        "somebody was contacted after an opt-out was in force",
        """SELECT l.attempt_id, s.id FROM customers_dialledger l JOIN customers_suppression s
             ON s.address_hash = l.address_hash AND (s.organization_id IS NULL OR s.organization_id = l.organization_id)
           WHERE (s.channel = '' OR s.channel = l.channel) AND l.submitted_at > s.created_at
             AND (s.lifted_at IS NULL OR s.lifted_at > l.submitted_at)
             AND (s.expires_at IS NULL OR s.expires_at > l.submitted_at)""",
    ),
    "I6": (
        "more calls were live than the limit the claim saw",
        """WITH moves AS (
             SELECT e.id, e.attempt_id, e.organization_id, e.new_state,
               (e.new_state IN ({live}))::int - (coalesce(e.old_state, '') IN ({live}))::int AS change
             FROM targets_attemptevent e JOIN targets_attempt a ON a.id = e.attempt_id WHERE a.channel = 'call'),
           running AS (
             SELECT *, sum(change) OVER (PARTITION BY organization_id ORDER BY id) AS live FROM moves)
           SELECT r.attempt_id, r.live FROM running r JOIN targets_attempt a ON a.id = r.attempt_id
           WHERE r.new_state = 'reserved' AND r.live > (a.decision->>'organization_limit')::int""",
    ),
    "I7": (
        "a target's state and its attempts disagree",
        """SELECT t.id, t.state FROM targets_campaigntarget t WHERE
             (t.state = 'contacting') <> EXISTS (
               SELECT 1 FROM targets_attempt a WHERE a.target_id = t.id AND a.state IN ({live}))
           UNION ALL
           SELECT t.id, t.state FROM targets_campaigntarget t WHERE t.state = 'verifying' AND NOT EXISTS (
             SELECT 1 FROM targets_outboxmessage o WHERE o.target_id = t.id AND o.sent_at IS NULL)""",
    ),
    "I8": (
        "something is stuck",
        """SELECT id, state FROM targets_attempt WHERE state IN ({live})
             AND lease_until < clock_timestamp() - interval '60 seconds'
           UNION ALL SELECT id, 'inbox' FROM targets_inboxevent WHERE processed_at IS NULL
             AND received_at < clock_timestamp() - interval '15 minutes'
           UNION ALL SELECT id, 'outbox' FROM targets_outboxmessage WHERE sent_at IS NULL
             AND created_at < clock_timestamp() - interval '60 minutes'""",
    ),
    "I10": (
        "an attempt's log and its state disagree, or a move was illegal",
        """SELECT a.id, a.state FROM targets_attempt a WHERE a.state IS DISTINCT FROM (
             SELECT e.new_state FROM targets_attemptevent e WHERE e.attempt_id = a.id ORDER BY e.id DESC LIMIT 1)
           UNION ALL SELECT attempt_id, old_state || ' > ' || new_state FROM targets_attemptevent
             WHERE old_state IS NOT NULL AND NOT targets_attempt_may_move(old_state, new_state)""",
    ),
    "I12": (
        "somebody was contacted while the campaign was not running",
        """WITH periods AS (
             SELECT campaign_id, new_status, at AS since, lead(at) OVER (PARTITION BY campaign_id ORDER BY id) AS until
             FROM campaigns_campaignevent)
           SELECT a.id, a.submit_started_at FROM targets_attempt a
           WHERE a.submit_started_at IS NOT NULL AND NOT jsonb_exists(a.decision, 'reconciled') AND NOT EXISTS (
             SELECT 1 FROM periods p WHERE p.campaign_id = a.campaign_id AND p.new_status = 'running'
               AND p.since <= a.submit_started_at AND (p.until IS NULL OR p.until >= a.submit_started_at))""",
    ),
    "I13": (
        "more calls were made than the policy allowed",
        # Not counted: technical failures, and what a person found never to have happened. Only a number beyond the
        # maximum can be one too many.
        """SELECT a.id, a.number FROM targets_attempt a WHERE a.state NOT IN ({void}) AND a.channel = 'call'
             AND a.submit_started_at IS NOT NULL AND a.number > (a.decision->>'maximum_calls')::int
             AND (a.decision->>'maximum_calls')::int <= (
               SELECT count(*) FROM targets_attempt b WHERE b.target_id = a.target_id AND b.round = a.round
                 AND b.channel = 'call'
                 AND b.state NOT IN ({void}) AND b.submit_started_at IS NOT NULL AND b.number < a.number
                 AND b.outcome NOT IN ({technical}) AND NOT (b.state = 'gave_up' AND EXISTS (
                   SELECT 1 FROM targets_reviewitem r WHERE r.attempt_id = b.id AND r.decision = 'not_called')))""",
    ),
    "counters": (
        "the counters disagree with the rows they count",
        """WITH kept AS (
             SELECT campaign_id, name, sum(value) AS value FROM (
               SELECT campaign_id, name, value FROM campaigns_counter
               UNION ALL SELECT campaign_id, name, delta FROM campaigns_counterdelta) c GROUP BY 1, 2),
           counted AS (
             SELECT campaign_id, name, count(*) AS value FROM (
               SELECT campaign_id, unnest(targets_campaigntarget_counters(t)) AS name FROM targets_campaigntarget t
               UNION ALL SELECT campaign_id, unnest(targets_attempt_counters(a)) FROM targets_attempt a) c
             GROUP BY 1, 2)
           SELECT campaign_id, name, kept.value, counted.value FROM kept FULL JOIN counted USING (campaign_id, name)
           WHERE coalesce(kept.value, 0) <> coalesce(counted.value, 0)""",
    ),
}
# Cheap enough for every minute: they read indexes or small sets.
_EVERY_MINUTE = ("I1", "I5", "I7", "I8", "I12", "I13")


def check_invariants() -> dict[str, Rows]:
    """Return the violations of every invariant, by name; an empty list each where all is well."""
    results = {name: _rows(sql) for name, (_meaning, sql) in QUERIES.items()}
    results["I4"] = list(outside_hours())
    return dict(sorted(results.items(), key=_in_order))


def check_live_invariants() -> dict[str, Rows]:
    """Return the violations of the invariants that are checked every minute."""
    return {name: _rows(QUERIES[name][1]) for name in _EVERY_MINUTE}


def meaning(name: str) -> str:
    """Return in words what a violation of `name` is."""
    return QUERIES[name][0] if name in QUERIES else EXTRA_MEANINGS[name]


EXTRA_MEANINGS = {
    "I2": "the provider placed a call for an attempt that never was, or two for one",
    "I4": "somebody was contacted outside their hours",
    "I9": "the provider placed a call nobody here knows of",
}


def _rows(sql: str) -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(sql.format(**_NAMES))
        rows: Rows = cursor.fetchall()
    return rows


def _in_order(item: tuple[str, Rows]) -> tuple[int, str]:
    name = item[0]
    return (int(name[1:]) if name[1:].isdigit() else 99, name)


def outside_hours() -> Iterator[tuple[Any, ...]]:
    """Yield (attempt, time) for contacts outside the hours and days the decision saw, by evaluating them again."""
    sent = Attempt.objects.exclude(state__in=UNSENT_STATES).order_by("pk")
    for attempt_id, at, decision in sent.values_list("pk", "submit_started_at", "decision").iterator(2000):
        hours = decision.get("hours") or {}
        days = [DateRange(*map(date.fromisoformat, ends)) for ends in decision.get("blackouts", ())]
        if not hours or not all(_open_in(zone, windows, days, at) for zone, windows in hours.items()):
            yield attempt_id, at


def _open_in(zone: str, windows: list[dict[str, Any]], blackouts: list[DateRange], at: datetime) -> bool:
    calendar = CallingCalendar(
        tuple(Window.from_json(window) for window in windows), blackout_dates=frozenset(blackouts)
    )
    return is_open(calendar, at, [zone])


def check_against_provider(placed: Callable[[], Iterator[Mapping[str, Any]]]) -> dict[str, Rows]:
    """Compare with the provider's own record of placed calls: dicts with ``reference`` and ``conversation_id``."""
    states = {str(pk): state for pk, state in Attempt.objects.values_list("pk", "state")}
    known = set(Attempt.objects.exclude(provider_id="").values_list("provider_id", flat=True))
    seen: dict[str, int] = {}
    wrong: Rows = []
    unknown: Rows = []
    for call in placed():
        reference = str(call["reference"])
        seen[reference] = seen.get(reference, 0) + 1
        if states.get(reference) in (None, *VOID_STATES, "reserved") or seen[reference] > 1:
            wrong.append((reference, states.get(reference), seen[reference]))
        if call["conversation_id"] not in known:
            unknown.append((call["conversation_id"], reference))
    return {"I2": wrong, "I9": unknown}

"""Pause a campaign whose latest attempts fail for technical reasons, and say why: going on would burn its people.

Only what the provider or we got wrong counts: a busy line or an unanswered call is no failure, and a provider that
merely asks to wait is waited for. A person whose calls fail again and again counts once: towards its end a campaign
dials little else than such people, which says nothing about the provider.
"""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

import structlog
from django.db import connection

from campaigns.models import Campaign
from campaigns.services.lifecycle import pause_campaign
from lib.lifecycle import TransitionRefused
from providers.base import RefusalCode

log = structlog.get_logger(__name__)

# The latest attempts that are looked at, and how many of them there must be before they say anything.
SAMPLE = 20
FEWEST = 10

_ABOUT_THE_PERSON = [RefusalCode.INVALID_ADDRESS, RefusalCode.OPTED_OUT, RefusalCode.OUTSIDE_SESSION]
_ASKS_TO_WAIT = [RefusalCode.RATE_LIMITED, RefusalCode.NO_CAPACITY]


def _is_failure(attempt: str) -> str:
    return (
        f"({attempt}.state IN ('unknown', 'gave_up', 'not_placed', 'failed')"
        f" OR ({attempt}.state = 'rejected' AND {attempt}.error_code <> ALL(%(harmless)s)))"
    )


# Since the campaign was last started or resumed: what an operator has seen does not trip the breaker again.
_FAILING = f"""
SELECT c.id, sample.failed, sample.seen, sample.commonest FROM campaigns_campaign c
CROSS JOIN LATERAL (
  SELECT max(e.at) AS at FROM campaigns_campaignevent e WHERE e.campaign_id = c.id AND e.new_status = 'running'
) AS started
CROSS JOIN LATERAL (
  SELECT count(*) AS seen, count(*) FILTER (WHERE is_failure) AS failed,
         mode() WITHIN GROUP (ORDER BY why) FILTER (WHERE is_failure) AS commonest
  FROM (
    SELECT {_is_failure("a")} AS is_failure,
           coalesce(nullif(error_code, ''), nullif(outcome, ''), state) AS why
    FROM targets_attempt a
    WHERE a.campaign_id = c.id AND a.state NOT IN ('reserved', 'submitting', 'accepted', 'released')
      AND NOT (a.state = 'rejected' AND a.error_code = ANY(%(waits)s))
      AND a.reserved_at >= started.at
      AND NOT ({_is_failure("a")} AND EXISTS (
        SELECT FROM targets_attempt b
        WHERE b.target_id = a.target_id AND b.reserved_at >= started.at AND b.reserved_at < a.reserved_at
          AND {_is_failure("b")}))
    ORDER BY a.reserved_at DESC LIMIT %(sample)s) AS latest) AS sample
WHERE c.status = 'running' AND c.deleted_at IS NULL AND c.failure_limit_percent IS NOT NULL
  AND sample.seen >= %(fewest)s AND sample.failed * 100 >= sample.seen * c.failure_limit_percent
"""  # noqa: S608  # put together from the constants above alone


def trip_breakers() -> int:
    """Pause every running campaign too many of whose latest attempts failed; return how many. Copies may run."""
    return sum(_trip(*row) for row in _failing())


def _failing() -> list[tuple[UUID, int, int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            _FAILING,
            {"harmless": _ABOUT_THE_PERSON + _ASKS_TO_WAIT, "waits": _ASKS_TO_WAIT, "sample": SAMPLE, "fewest": FEWEST},
        )
        rows: list[tuple[UUID, int, int, str]] = cursor.fetchall()
    return rows


def _trip(campaign_id: UUID, failed: int, seen: int, commonest: str) -> bool:
    reason = f"{failed} of the latest {seen} attempts failed, most of them: {commonest}"
    log.error("campaign.breaker_tripped", campaign=str(campaign_id), failed=failed, seen=seen, commonest=commonest)
    with suppress(TransitionRefused):  # somebody paused or ended it meanwhile
        pause_campaign(campaign=Campaign(pk=campaign_id), reason=reason)
        return True
    return False

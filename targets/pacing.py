"""Keep the pace of an account with a vendor: so many requests a second, and none while the vendor asks to wait.

Times here are real time of the database's clock: vendors count in it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Q

from lib.db.clock import RealClock
from lib.retry import backoff
from organizations.models import ProviderAccount

# Requests are claimed so far ahead of their turn; a worker waits for a turn no longer than this.
LOOK_AHEAD = timedelta(seconds=2)
_BACKOFF_BASE_SECONDS = 2.0
_BACKOFF_CAP_SECONDS = 300.0
# A vendor that took requests for so long after its last refusal starts anew.
_TOGETHER = timedelta(seconds=1)
_FORGIVEN_AFTER = timedelta(minutes=5)

_TAKE_TURN = """
UPDATE organizations_provideraccount
SET paced_until = greatest(coalesce(paced_until, clock_timestamp()), clock_timestamp())
                + make_interval(secs => 1.0 / calls_per_second)
WHERE id = %s AND calls_per_second > 0
  AND (paced_until IS NULL OR paced_until <= clock_timestamp() + make_interval(secs => %s))
RETURNING extract(epoch FROM paced_until - make_interval(secs => 1.0 / calls_per_second) - clock_timestamp())
"""


def turns_left(organization_id: UUID) -> dict[UUID, int]:
    """Return how many more requests may be claimed now, for the organization's accounts that keep a pace: one query."""
    paced = Q(calls_per_second__gt=0) | Q(paced_until__gt=RealClock())
    accounts = ProviderAccount.objects.for_organization(organization_id).filter(paced)
    rows = accounts.values_list("pk", "calls_per_second", "paced_until", RealClock())
    return {key: _turns(rate, paced_until, now) for key, rate, paced_until, now in rows}


def _turns(rate: float | None, paced_until: datetime | None, now: datetime) -> int:
    if not rate:
        return 0  # its vendor asked to wait
    left = now + LOOK_AHEAD - max(paced_until or now, now)
    return max(1, int(left.total_seconds() * rate)) if left > timedelta(0) else 0


def take_turn(account_id: UUID) -> float | None:
    """Take the next turn of an account; return the seconds until it comes, None where it is too far away to wait.

    An account without a pace has its turn at once, unless its vendor asked to wait.
    """
    accounts = ProviderAccount.all_objects.filter(pk=account_id)
    rate, paced_until, now = accounts.values_list("calls_per_second", "paced_until", RealClock()).get()
    if not rate:
        return None if paced_until and paced_until > now else 0.0
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_TURN, [account_id, LOOK_AHEAD.total_seconds()])
        row = cursor.fetchone()
    return max(0.0, float(row[0])) if row else None


def back_off(account_id: UUID, *, retry_after_seconds: float | None) -> None:
    """Send nothing new through an account whose vendor could not take a request, for a while.

    As long as the vendor asked, or longer and longer by our own rule. Refusals that come together count once.
    """
    accounts = ProviderAccount.all_objects.filter(pk=account_id)
    before = accounts.values_list("refusals", "paced_until", RealClock()).first()
    if before is None:
        return
    refusals, paced_until, now = before
    wait = timedelta(seconds=retry_after_seconds or 0)
    if paced_until is None or paced_until <= now + _TOGETHER:
        refusals = 1 if paced_until is None or paced_until < now - _FORGIVEN_AFTER else refusals + 1
        wait = max(wait, backoff(refusals, _BACKOFF_BASE_SECONDS, _BACKOFF_CAP_SECONDS))
    later = Q(paced_until__isnull=True) | Q(paced_until__lt=now + wait)
    accounts.filter(later).update(paced_until=now + wait, refusals=min(refusals, 1000))

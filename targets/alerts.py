"""Look for what an operator has to know before people notice it: a few numbers, each with its limit.

A task looks every minute, logs an error for each, and leaves them where the admin's home page reads them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Min

from campaigns.context import campaign_context
from lib import clock
from lib.db.clock import read_clock
from organizations.models import SystemFlag
from organizations.switches import dialing_stopped_reason
from targets.capacity import Capacity
from targets.demand import Demand, read_demand
from targets.lifecycle import ENDED_STATES, UNSENT_STATES, AttemptState
from targets.models import Attempt, CampaignTarget, ReviewItem

log = structlog.get_logger(__name__)

_ALERT, _HEARTBEAT = "alert:", "heartbeat:"
# Shares are those of the latest calls; fewer cases than this are an accident.
_LATEST = 1_000
_FEWEST = 3
UNKNOWN_SHARE = 0.005
POLLED_SHARE = 0.01
# Somebody due for so long, with a line free, is being passed by. On the clock of decisions.
NEGLECTED_AFTER = timedelta(seconds=60)
# Real time: a worker that takes nothing from its queue for so long is to be started anew.
SILENT_AFTER = timedelta(seconds=120)
REVIEW_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that is wrong, with its number in words."""

    name: str
    words: str


def note_heartbeat(queue: str) -> None:
    """Note that a worker takes tasks from `queue`, in real time."""
    fields = {"value": "alive", "changed_at": datetime.now(UTC)}
    SystemFlag.objects.update_or_create(key=f"{_HEARTBEAT}{queue}", defaults=fields)


def check_alerts() -> Sequence[Alert]:
    """Return what is wrong now, log it, and keep it for `standing_alerts`."""
    alerts = [*_shares(), *_neglect(), *_silence(), *_waiting_questions()]
    for alert in alerts:
        log.error("alert", alert=alert.name, words=alert.words)
    with transaction.atomic():
        kept = {f"{_ALERT}{alert.name}": alert.words[:255] for alert in alerts}
        SystemFlag.objects.filter(key__startswith=_ALERT).exclude(key__in=kept).delete()
        for key, words in kept.items():
            SystemFlag.objects.update_or_create(key=key, defaults={"value": words, "changed_at": clock.now()})
    return alerts


def standing_alerts() -> list[Alert]:
    """Return what was wrong when it was last looked at: one query."""
    flags = SystemFlag.objects.filter(key__startswith=_ALERT).values_list("key", "value")
    return [Alert(key.removeprefix(_ALERT), words) for key, words in flags]


def _shares() -> Iterator[Alert]:
    calls = Attempt.objects.filter(channel=CampaignTarget.Channel.CALL).exclude(state__in=UNSENT_STATES)
    latest = list(calls.order_by("-id").values_list("state", "error_code", "result_source")[:_LATEST])
    in_doubt = (AttemptState.UNKNOWN, AttemptState.GAVE_UP)
    unknown = sum(state in in_doubt or code == "in_doubt" for state, code, _source in latest)
    if unknown >= _FEWEST and unknown > UNKNOWN_SHARE * len(latest):
        yield Alert("unknown", f"{unknown} of the latest {len(latest)} calls were in doubt")
    ended = [source for state, _code, source in latest if state in ENDED_STATES]
    polled = ended.count("poll")
    if polled >= _FEWEST and polled > POLLED_SHARE * len(ended):
        yield Alert("polled", f"{polled} of the latest {len(ended)} results had to be asked for: webhooks are missing")


def _neglect() -> Iterator[Alert]:
    """Yield an alert where somebody is due and has been passed by though there is a line for them."""
    at, simulated = read_clock(), clock.simulated()
    patience = NEGLECTED_AFTER * max(1.0, simulated.rate if simulated else 1.0)
    capacity = Capacity()
    late = [
        demand for demand in read_demand(at) if demand.oldest < at - patience and _could_be_served(demand, capacity)
    ]
    if late:
        oldest = min(late, key=lambda demand: demand.oldest)
        minutes = int((at - oldest.oldest).total_seconds() // 60)
        yield Alert("neglected", f"somebody has been due for {minutes} min with a free line in {len(late)} queue(s)")


def _could_be_served(demand: Demand, capacity: Capacity) -> bool:
    campaign = campaign_context(demand.campaign_id, demand.organization_id).campaign
    if dialing_stopped_reason(campaign.organization):
        return False
    capacity.read_turns(demand.organization_id)
    account = campaign.agent.provider_account if campaign.agent else None
    is_call = demand.channel == CampaignTarget.Channel.CALL
    return not (is_call and capacity.limits_reached(campaign, campaign.phone_number, account))


def _silence() -> Iterator[Alert]:
    flags = SystemFlag.objects.filter(key__startswith=_HEARTBEAT).values_list("key", "changed_at")
    heard = {key.removeprefix(_HEARTBEAT): at for key, at in flags}
    now = datetime.now(UTC)
    for queue in sorted(settings.CELERY_TASK_QUEUES):  # type: ignore[misc]  # the settings make it from a dict
        at = heard.get(queue)
        if at is None:
            yield Alert(f"silent.{queue}", f"no worker has ever taken a task from the queue {queue}")
        elif now - at > SILENT_AFTER:
            yield Alert(
                f"silent.{queue}", f"no worker has taken a task from the queue {queue} since {at:%d %b %H:%M} UTC"
            )


def _waiting_questions() -> Iterator[Alert]:
    waiting = ReviewItem.objects.filter(decided_at__isnull=True).aggregate(number=Count("id"), oldest=Min("created_at"))
    if waiting["oldest"] is not None and clock.now() - waiting["oldest"] > REVIEW_AFTER:
        yield Alert("reviews", f"{waiting['number']} questions wait for a person, the oldest for over an hour")

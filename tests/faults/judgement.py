"""Judge a run: our rows by the invariants, and both by the simulator's own record, which is the ground truth."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection

from providers.network import TOTAL_SECONDS
from targets.invariants import check_against_provider, check_invariants
from targets.lifecycle import VOID_STATES, AttemptState, TargetState
from targets.models import Attempt, AttemptEvent, CampaignTarget, InboxEvent, OutboxMessage
from targets.timing import HORIZON, SUBMIT_DEADLINE_SECONDS
from tests.faults.population import GAP_MINUTES, Run
from tests.faults.system import RATE, System, wait_until
from tests.faults.verdict import Verdict

T = TypeVar("T")
Facts = list[dict[str, Any]]

_TERMINAL = (TargetState.DONE, TargetState.SUPPRESSED, TargetState.REVIEW)
_MAXIMUM_CALLS = 3
_REST_SECONDS = 90
# From the stamp of a decision to the call: the deadline and the request's own time-out, plus a blink.
_SENDING = timedelta(seconds=SUBMIT_DEADLINE_SECONDS + TOTAL_SECONDS + 0.1)
# Broken for these means that somebody was called who should not have been.
_DUPLICATES = ("I1", "I2", "I3", "I13")


def steadily(ask: Callable[[], T]) -> T:
    """Ask the database again when it has just gone away."""
    for _ in range(100):
        try:
            return ask()
        except (OperationalError, InterfaceError):
            connection.close()
            wait_until(lambda: False, 0.2, pause=0.2)
    return ask()


def open_work(run: Run) -> dict[str, int]:
    """Count what has not come to an end: targets, live attempts, unread webhooks and unsent effects."""
    targets = CampaignTarget.all_objects.filter(campaign__in=run.campaigns)
    work = {
        "targets": targets.exclude(state__in=_TERMINAL).count(),
        "attempts": Attempt.objects.live().filter(campaign__in=run.campaigns).count(),
        "webhooks": InboxEvent.objects.filter(
            processed_at__isnull=True, provider_account__organization__in=run.organizations
        ).count(),
        "effects": OutboxMessage.objects.filter(
            sent_at__isnull=True, organization_id__in=[each.pk for each in run.organizations]
        ).count(),
    }
    return {name: count for name, count in work.items() if count}


def converge(run: Run, seconds: float) -> float | None:
    """Wait until nothing is open; return how many seconds it took, None where it took too long."""
    return wait_until(lambda: not steadily(lambda: open_work(run)), seconds, pause=0.5)


def read_facts(path: Path) -> Iterable[dict[str, Any]]:
    """Yield the simulator's facts that are whole; one that is being written has no end yet."""
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            return


def judge(run: Run, system: System, *, after: timedelta = HORIZON) -> Verdict:
    """Wait for the run to come to rest, and say which promises were not kept.

    It has to come to rest `after` so much of the engine's own patience and a minute and a half.
    """
    verdict = Verdict()
    verdict.converged_seconds = converge(run, after.total_seconds() + _REST_SECONDS * system.slack)
    left = open_work(run)
    verdict.require(verdict.converged_seconds is not None, f"not at rest: {left}")
    facts = list(read_facts(system.log_path))
    _judge_invariants(run, verdict, facts)
    _judge_calls(run, verdict, facts)
    _judge_people(run, verdict)
    _judge_limits(run, verdict, system)
    return verdict


def _judge_invariants(run: Run, verdict: Verdict, facts: Facts) -> None:
    rows = check_invariants() | check_against_provider(lambda: iter(placed(ours(run, facts))))
    for name, found in rows.items():
        verdict.require(not found, name, len(found))
    verdict.duplicates += sum(len(rows[name]) for name in _DUPLICATES)


def placed(facts: Facts) -> Facts:
    return [fact for fact in facts if fact["fact"] == "call_placed"]


def ours(run: Run, facts: Facts) -> Facts:
    """Return the facts about the people of this run."""
    numbers = set(
        CampaignTarget.all_objects.filter(campaign__in=run.campaigns).values_list("customer__phone", flat=True)
    )
    return [fact for fact in facts if fact.get("to") in numbers]


def _judge_calls(run: Run, verdict: Verdict, facts: Facts) -> None:
    calls = placed(ours(run, facts))
    verdict.dials = len(calls)
    attempts = dict(Attempt.objects.filter(campaign__in=run.campaigns).values_list("pk", "state"))
    targets = dict(Attempt.objects.filter(campaign__in=run.campaigns).values_list("pk", "target_id"))
    void = [call for call in calls if attempts.get(UUID(call["reference"]), "") in ("", *VOID_STATES)]
    verdict.require(not void, "a call nobody counts", len(void))
    per_target = Counter(targets.get(UUID(call["reference"])) for call in calls)
    often = [target for target, number in per_target.items() if number > _MAXIMUM_CALLS]
    verdict.require(not often, "more calls than allowed", len(often))
    soon = _too_soon(calls)
    verdict.require(not soon, "called again too soon", soon)
    open_ends = [call for call in calls if attempts.get(UUID(call["reference"])) == AttemptState.ACCEPTED]
    verdict.require(not open_ends, "a call without an end", len(open_ends))
    late = late_sends(run, facts)
    verdict.figures["late sends"] = str(late)
    verdict.duplicates += len(often) + soon


def _too_soon(calls: Facts) -> int:
    """Count calls to one number within the gap, less what the two may take from the decision to the call."""
    gap = timedelta(minutes=GAP_MINUTES) - _SENDING * RATE
    per_number: defaultdict[str, list[datetime]] = defaultdict(list)
    for call in calls:
        per_number[call["to"]].append(datetime.fromisoformat(call["at"]))
    pairs = ((earlier, later) for times in per_number.values() for earlier, later in pairwise(times))
    return sum(later - earlier < gap for earlier, later in pairs)


def late_sends(run: Run, facts: Facts) -> int:
    """Count requests that reached the provider later after their decision than a sender may take."""
    moves = AttemptEvent.objects.filter(campaign_id__in=[each.pk for each in run.campaigns], new_state="submitting")
    decided = dict(moves.values_list("attempt_id", "real_at"))
    asked = [fact for fact in ours(run, facts) if fact["fact"] == "dial_requested"]
    return sum(
        datetime.fromisoformat(fact["real_at"]) - decided[UUID(fact["reference"])] > _SENDING
        for fact in asked
        if UUID(fact["reference"]) in decided
    )


def _judge_people(run: Run, verdict: Verdict) -> None:
    """Everybody who was enrolled is still there, and has come to an end."""
    states = dict(CampaignTarget.all_objects.filter(campaign__in=run.campaigns).values_list("pk", "state"))
    missing = run.enrolled - set(states)
    stuck = [target for target, state in states.items() if state not in _TERMINAL]
    verdict.lost = len(missing) + len(stuck)
    verdict.require(not verdict.lost, "people lost", verdict.lost)
    verdict.figures["people"] = str(len(states))
    review = sum(state == TargetState.REVIEW for state in states.values())
    if review:
        verdict.figures["in review"] = str(review)


def _judge_limits(run: Run, verdict: Verdict, system: System) -> None:
    """No account ever had more calls in the air than the highest limit its organization ever had."""
    peaks: Mapping[str, int] = system.stats()["max_live_by_from"]
    for organization in run.organizations:
        peak = peaks.get(f"phone-{organization.slug}", 0)
        verdict.require(peak <= run.limits[organization.pk], "more calls at once than the limit")
    verdict.figures["peak"] = ", ".join(
        f"{peaks.get(f'phone-{organization.slug}', 0)}/{run.limits[organization.pk]}"
        for organization in run.organizations
    )

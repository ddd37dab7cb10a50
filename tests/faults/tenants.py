"""F12: a vendor that wants to be left alone, and an organization that would take every line there is."""

from __future__ import annotations

import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from customers.models import Customer
from targets.models import CampaignTarget
from tests.faults.judgement import judge, ours, read_facts, steadily
from tests.faults.population import Run, add_people, populate
from tests.faults.system import System, wait_until
from tests.faults.verdict import Verdict

_WITHOUT_OPT_OUT = ("agrees", "declines", "busy_then_books", "always_voicemail", "undecided", "silent")
_LINES = 8
_WARM_UP_SECONDS = 2
_FIRST_CALL_SECONDS = 30
# A delay this short is nobody's harm, whatever multiple of an even shorter one it is.
_HARMLESS_SECONDS = 1.0


def want_to_be_left_alone(system: System, *, people: int) -> Verdict:
    """F12: one organization has ten times the people of another, and for a while everything is answered with 429."""
    pause = 5  # real seconds, as a vendor means them: an account is left alone by the real clock
    run = populate(system, "F12", people // 5, personas=_WITHOUT_OPT_OUT)
    add_people(run, people, theirs=0, personas=_WITHOUT_OPT_OUT)
    with system.crew() as crew:
        crew.wait_ready()
        system.set_faults(voice={"rate_limited": 1.0, "retry_after_seconds": pause})
        time.sleep(3 * pause)
        system.set_faults()
        verdict = judge(run, system)
    asked = [fact for fact in ours(run, list(read_facts(system.log_path))) if fact["fact"] == "dial_requested"]
    early = _asked_again_within(timedelta(seconds=pause), asked)
    verdict.require(not early, "asked again before Retry-After", early)
    limited = sum(fact["answer"] == "rate_limited" for fact in asked)
    verdict.require(limited > 0, "nothing was limited")
    most = len(run.organizations) * (_LINES + 3 * pause)  # what was under way, and one a second for each account
    verdict.require(limited <= most, f"more than {most} requests to who wants to be left alone", limited)
    verdict.figures["refused"] = f"{limited} of {len(asked)} requests"
    return verdict


def _asked_again_within(pause: timedelta, asked: list[dict[str, Any]]) -> int:
    """Count requests for a number that was refused with 429 less than `pause` before."""
    by_number: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for fact in asked:
        by_number[fact["to"]].append(fact)
    return sum(
        datetime.fromisoformat(later["real_at"]) - datetime.fromisoformat(first["real_at"]) < pause
        for facts in by_number.values()
        for first, later in pairwise(facts)
        if first["answer"] == "rate_limited"
    )


def crowd_the_lines(system: System, *, people: int, seconds: float) -> Verdict:
    """F12-shares: all lines of the platform are wanted by one organization; another's people hardly wait longer."""
    run = populate(system, "F12-shares", 2, limit=_LINES, personas=_WITHOUT_OPT_OUT)
    with system.crew(PLATFORM_CONCURRENCY_LIMIT=str(_LINES)) as crew:
        crew.wait_ready()
        _delays(system, run, _WARM_UP_SECONDS)  # everybody's first task is a slow one
        alone = _delays(system, run, seconds)
        steadily(lambda: add_people(run, people, theirs=0, personas=_WITHOUT_OPT_OUT))
        crowded = _delays(system, run, seconds)
        left = steadily(lambda: _waiting(run))
        verdict = judge(run, system)
    before, after = _p95(alone), _p95(crowded)
    verdict.require(left > 0, "the crowd was gone before the others came")
    verdict.require(None not in (*alone, *crowded), "somebody was not called in half a minute")
    verdict.require(after <= max(2 * before, _HARMLESS_SECONDS * system.slack), "another organization's people waited")
    verdict.figures["p95 of the wait"] = f"{before:.2f} s alone, {after:.2f} s in the crowd"
    verdict.figures["people"] = f"{len(alone)}, {len(crowded)}, and {people} in the crowd"
    return verdict


def _waiting(run: Run) -> int:
    return CampaignTarget.objects.filter(organization=run.organizations[0], state="ready", calls_made=0).count()


def _delays(system: System, run: Run, seconds: float) -> list[float | None]:
    """Have the second organization enrol somebody every half second; return how long each waited for the request."""
    enrolled: dict[str, datetime] = {}
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        known = set(run.enrolled)
        steadily(lambda: add_people(run, 1, theirs=1, personas=_WITHOUT_OPT_OUT))
        enrolled |= dict.fromkeys(_phones(run.enrolled - known), datetime.now(UTC))
        time.sleep(0.5)
    wait_until(lambda: _first_requests(system).keys() >= enrolled.keys(), _FIRST_CALL_SECONDS * system.slack)
    first = _first_requests(system)
    return [(first[phone] - at).total_seconds() if phone in first else None for phone, at in enrolled.items()]


def _phones(targets: set[UUID]) -> list[str]:
    return list(Customer.objects.filter(targets__in=targets).values_list("phone", flat=True))


def _first_requests(system: System) -> dict[str, datetime]:
    """Return when each number was first asked for."""
    first: dict[str, datetime] = {}
    for fact in read_facts(system.log_path):
        if fact["fact"] == "dial_requested":
            first.setdefault(fact["to"], datetime.fromisoformat(fact["real_at"]))
    return first


def _p95(delays: list[float | None]) -> float:
    known = sorted(delay for delay in delays if delay is not None)
    return max(known[int(len(known) * 0.95)], 0.0) if known else 0.0

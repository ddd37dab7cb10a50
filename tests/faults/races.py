"""F9, F10 and F11: two of everything, limits that change, and people who say no at full speed."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime

from django.db import connection

from campaigns.services.lifecycle import pause_campaign, resume_campaign
from customers.models import Customer, Suppression
from customers.suppressions import suppress as suppress_address
from lib.errors import DomainError
from organizations.models import Organization
from targets.models import AttemptEvent
from tests.faults.judgement import Facts, judge, ours, read_facts
from tests.faults.messenger import Line, Messenger
from tests.faults.population import Run, add_people, populate
from tests.faults.system import System
from tests.faults.verdict import Verdict

_PATIENT = ("agrees", "declines", "busy_then_books", "never_answers", "undecided")


def have_two_of_everything(system: System, *, people: int) -> Verdict:
    """F9: two beats, two sweeps at a time, six workers: nothing is done twice, not even asked twice."""
    run = populate(system, "F9", people)
    with system.crew(workers=6, beats=2):
        verdict = judge(run, system)
    asked = sum(fact["fact"] == "dial_requested" for fact in ours(run, list(read_facts(system.log_path))))
    verdict.require(asked <= verdict.dials * 1.02, "more requests than calls")
    verdict.figures["requests"] = f"{asked} for {verdict.dials} calls"
    return verdict


def change_limits(system: System, *, people: int, seconds: float) -> Verdict:
    """F10: lower and raise the limits while calls are on: never more than the highest, never more again once below."""
    run = populate(system, "F10", people, limit=20, personas=_PATIENT)
    organization = run.organizations[0]
    lowered: list[tuple[datetime, datetime]] = []
    with system.crew(workers=6) as crew:
        crew.wait_ready()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            _limit(organization, 3)
            since = datetime.now(UTC)
            time.sleep(5)
            lowered.append((since, datetime.now(UTC)))
            _limit(organization, 20)
            add_people(run, 10, personas=_PATIENT)
            time.sleep(2)
        verdict = judge(run, system)
    over = _over_the_limit(run, ours(run, list(read_facts(system.log_path))), 3, lowered)
    verdict.require(not over, "a call above a lowered limit", over)
    verdict.figures["lowered"] = f"{len(lowered)} times"
    return verdict


def _limit(organization: Organization, limit: int) -> None:
    Organization.objects.filter(pk=organization.pk).update(concurrency_limit=limit)


def _over_the_limit(run: Run, facts: Facts, limit: int, periods: list[tuple[datetime, datetime]]) -> int:
    """Count calls claimed and placed in the periods that made it more than `limit` at a time.

    Whoever was claimed before a period, under the old limit, may still be called in it.
    """
    moves = AttemptEvent.objects.filter(organization_id=run.organizations[0].pk, new_state="reserved")
    claimed = {str(attempt): at for attempt, at in moves.values_list("attempt_id", "real_at")}
    mine = f"phone-{run.organizations[0].slug}"
    live: set[str] = set()
    over = 0
    for fact in facts:
        if fact["fact"] == "call_ended":
            live.discard(fact["conversation_id"])
        if fact["fact"] != "call_placed" or fact["from"] != mine:
            continue
        live.add(fact["conversation_id"])
        at, since_when = datetime.fromisoformat(fact["real_at"]), claimed.get(fact["reference"])
        in_force = any(since_when and since < since_when and at < until for since, until in periods)
        over += in_force and len(live) > limit
    return over


def refuse_at_full_speed(system: System, *, people: int, seconds: float) -> Verdict:
    """F11: opt out by service, by keyword and in calls, and pause and resume, against workers at full speed."""
    run = populate(system, "F11", people)
    stop = threading.Event()
    done: list[str] = []
    with system.crew(workers=6) as crew:
        crew.wait_ready()
        jobs: list[Callable[[], None]] = [
            lambda: _opt_out_now_and_then(run, stop, done),
            lambda: _write_stop_now_and_then(system, run, stop, done),
            lambda: _pause_now_and_then(run, stop, done),
        ]
        with ThreadPoolExecutor(len(jobs)) as pool:
            futures = [pool.submit(job) for job in jobs]
            time.sleep(seconds)
            stop.set()
            for future in futures:
                future.result()
        verdict = judge(run, system)
    for way in ("opted out", "wrote stop", "paused"):
        verdict.figures[way] = str(done.count(way))
        verdict.require(way in done, f"nobody {way}")
    suppressed = Suppression.objects.filter(organization__in=run.organizations).count()
    verdict.figures["suppressions"] = str(suppressed)
    return verdict


def _somebody(run: Run) -> Customer:
    people = Customer.objects.filter(organization__in=run.organizations)
    somebody: Customer = people[random.randrange(people.count())]
    return somebody


def _opt_out_now_and_then(run: Run, stop: threading.Event, done: list[str]) -> None:
    try:
        while not stop.wait(0.1):
            person = _somebody(run)
            suppress_address(
                organization=person.organization, address=str(person.phone), source=Suppression.Source.OPERATOR
            )
            done.append("opted out")
    finally:
        connection.close()


def _pause_now_and_then(run: Run, stop: threading.Event, done: list[str]) -> None:
    try:
        while not stop.wait(0.1):
            campaign = random.choice(run.campaigns)
            with suppress(DomainError):
                pause_campaign(campaign=campaign, reason="a race")
                done.append("paused")
                time.sleep(random.uniform(0, 0.4))
                resume_campaign(campaign=campaign)
        for campaign in run.campaigns:
            with suppress(DomainError):
                resume_campaign(campaign=campaign)
    finally:
        connection.close()


def _write_stop_now_and_then(system: System, run: Run, stop: threading.Event, done: list[str]) -> None:
    messengers = {organization.pk: Messenger.of(organization) for organization in run.organizations}
    try:
        with closing(Line(system)) as line:
            while not stop.wait(0.2):
                person = _somebody(run)
                messenger = messengers[person.organization_id]
                if line.post(messenger, messenger.written(str(person.phone), "STOP")) == 200:
                    done.append("wrote stop")
                add_people(run, 2)
    finally:
        connection.close()

"""The smallest happenings in which a mistake of the dial protocol does harm.

Each runs one happening on real PostgreSQL with the real simulator and returns complaints: none from the engine as it
is, at least one from an engine with the matching seeded bug.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError
from django.db.models import F

from campaigns.models import Campaign
from campaigns.services.lifecycle import pause_campaign, resume_campaign
from customers.models import Suppression
from customers.suppressions import suppress
from lib import clock
from organizations.models import Organization, ProviderAccount
from organizations.services import read_credentials
from providers.simulator.faults import DialFaults, Faults, WebhookFaults
from providers.simulator.webhooks import elevenlabs_signature
from targets import submission
from targets.claims import Claim, claim_due_work
from targets.inbox import ReceiveResult, process_inbox, receive_webhook
from targets.invariants import check_against_provider, check_invariants
from targets.models import Attempt, InboxEvent
from targets.submission import submit_attempt
from targets.sweep import sweep
from tests.faults.interleaving import after_statement, at_point, beside
from tests.faults.population import ALL_DAY
from tests.targets.world import World, clear_clock, set_clock

NEW_YORK = "+12125550101"
Complaints = list[str]
Scenario = Callable[[World, Organization], Complaints]

_READS_SUPPRESSIONS = r'(?s)SELECT.*FROM "customers_suppression"'


def judged(world: World) -> Complaints:
    """Return the invariants that are broken, the comparison with the simulator's record included."""
    rows = check_invariants() | check_against_provider(lambda: iter(world.placed()))
    return [f"{name}: {found[0]}" for name, found in rows.items() if found]


def _one(world: World, acme: Organization, persona: str = "agrees") -> Claim:
    """Enrol one person whom one may call at any time, and claim the call. Real time from here on."""
    clear_clock()
    world.enrol(world.campaign(acme, working_hours=ALL_DAY), world.person(acme, persona, NEW_YORK))
    [claim] = claim_due_work(worker="test")
    return claim


def _send(claim: Claim) -> object:
    return submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence)


def _let_pass(delta: timedelta) -> None:
    """Let so much real time pass for every attempt."""
    past = datetime.now(UTC) - delta
    Attempt.objects.update(lease_until=past, state_since=past)


def call_in_doubt_and_missing_from_the_list(world: World, acme: Organization) -> Complaints:
    """The provider takes a call, answers 500, tells nothing and does not list it yet; a sweep comes by."""
    world.simulator.world.faults = Faults(
        voice=DialFaults(accepted_then_500=1), webhooks=WebhookFaults(lost=1), list_lag_seconds=1e9
    )
    _send(_one(world, acme))
    _let_pass(timedelta(minutes=2))
    sweep()
    _look_up_what_is_left(world)
    return judged(world)


def _look_up_what_is_left(world: World) -> None:
    """Let the provider list everything again, and the sweep ask."""
    world.simulator.world.faults = Faults(webhooks=WebhookFaults(lost=1))
    world.wait(lambda: world.simulator.stats()["scheduled"] == 0)
    _let_pass(timedelta(minutes=2))
    sweep()


def answer_of_500_after_the_call_was_taken(world: World, acme: Organization) -> Complaints:
    """The provider takes a call and answers 500."""
    world.simulator.world.faults = Faults(voice=DialFaults(accepted_then_500=1), webhooks=WebhookFaults(lost=1))
    _send(_one(world, acme))
    _look_up_what_is_left(world)
    return judged(world)


def straight_path(world: World, acme: Organization) -> Complaints:
    """One call, as it should be."""
    _send(_one(world, acme))
    world.hear()
    return judged(world)


def long_pause_before_sending(world: World, acme: Organization) -> Complaints:
    """A process stands still for an hour between deciding and sending; meanwhile the call is given up as not placed."""
    claim = _one(world, acme)
    asleep = [0.0]

    def sleep_an_hour() -> None:
        asleep[0] = 3600.0
        for _ in range(2):
            _let_pass(timedelta(hours=1))
            sweep()

    with pytest.MonkeyPatch.context() as patch:
        awake = SimpleNamespace(monotonic=lambda: time.monotonic() + asleep[0], sleep=time.sleep)
        patch.setattr(submission, "time", awake)
        with at_point("W5", sleep_an_hour):
            _send(claim)
    return judged(world)


def two_claims_at_once(world: World, acme: Organization) -> Complaints:
    """Two processes claim at the same moment where one line is free."""
    clear_clock()
    Organization.objects.filter(pk=acme.pk).update(concurrency_limit=1)
    people = [world.person(acme, "agrees", f"+1212555{number:04d}") for number in range(100, 140)]
    world.enrol(world.campaign(acme, working_hours=ALL_DAY), *people)
    with at_point("W1", lambda: beside(lambda: claim_due_work(worker="other")).exception(5)):
        claim_due_work(worker="one")
    return judged(world)


def opt_out_while_deciding(world: World, acme: Organization) -> Complaints:
    """A person opts out after the suppressions were read and before the call is decided."""
    claim = _one(world, acme)

    def opt_out() -> None:
        source = Suppression.Source.OPERATOR
        waiting.append(beside(lambda: suppress(organization=acme, address=NEW_YORK, source=source)))

    waiting: list[object] = []
    with after_statement(_READS_SUPPRESSIONS, opt_out):
        _send(claim)
    _finish(waiting)
    return judged(world)


def pause_while_deciding(world: World, acme: Organization) -> Complaints:
    """An operator pauses the campaign after it was seen running and before the call is decided."""
    claim = _one(world, acme)
    campaign = Campaign.objects.get()
    waiting: list[object] = []
    with after_statement(
        _READS_SUPPRESSIONS, lambda: waiting.append(beside(lambda: pause_campaign(campaign=campaign)))
    ):
        _send(claim)
    _finish(waiting)
    return judged(world)


def resume_while_deciding(world: World, acme: Organization) -> Complaints:
    """A transaction begins while the campaign is paused, and decides once it runs again."""
    claim = _one(world, acme)
    campaign = Campaign.objects.get()
    pause_campaign(campaign=campaign)

    def resume() -> None:
        beside(lambda: resume_campaign(campaign=campaign)).result(5)

    with after_statement("pg_advisory_xact_lock_shared", resume):
        _send(claim)
    return judged(world)


def _finish(waiting: list[object]) -> None:
    for future in waiting:
        future.result(10)  # type: ignore[attr-defined]  # futures of different types


def message_after_its_lease(world: World, acme: Organization) -> Complaints:
    """A worker takes up a claim whose lease is over."""
    claim = _one(world, acme)
    Attempt.objects.update(lease_until=datetime.now(UTC) - timedelta(seconds=1))
    _send(claim)
    return ["sent without a lease"] if world.placed() else judged(world)


def news_before_the_answer(world: World, acme: Organization) -> Complaints:
    """A call fails so fast that its webhook, which names no reference of ours, overtakes the answer."""
    world.simulator.world.faults = Faults(webhooks=WebhookFaults(early=1))
    claim = _one(world, acme, persona="never_answers")

    def read_the_news() -> None:
        world.wait(lambda: InboxEvent.objects.exists())
        process_inbox()

    with at_point("W7", read_the_news):
        _send(claim)
    InboxEvent.objects.update(next_try_at=datetime.now(UTC) - timedelta(seconds=1))
    process_inbox()
    ended = Attempt.objects.filter(state__in=["completed", "failed"]).exists()
    return judged(world) if ended else ["the news is lost"]


def _event(acme: Organization) -> tuple[ProviderAccount, bytes, dict[str, str]]:
    account = ProviderAccount.objects.get(organization=acme, kind="elevenlabs")
    body = b'{"type": "post_call_transcription", "event_timestamp": 1, "data": {"conversation_id": "conv_1"}}'
    signature = elevenlabs_signature(body, read_credentials(account)["webhook_secret"])
    return account, body, {name.lower(): value for name, value in signature.items()}


def _deliver(acme: Organization) -> ReceiveResult:
    account, body, headers = _event(acme)
    return receive_webhook(receiver="elevenlabs", account_id=account.pk, body=body, headers=headers)


def same_event_twice_at_once(world: World, acme: Organization) -> Complaints:
    """Two deliveries of one event arrive at the same moment."""
    world.campaign(acme)
    try:
        with at_point("H1", lambda: beside(lambda: _deliver(acme)).exception(5)):
            _deliver(acme)
    except IntegrityError:
        return ["an authentic webhook was answered with an error"]
    return [] if InboxEvent.objects.get().deliveries == 2 else ["a delivery was not counted"]


def death_after_the_answer(world: World, acme: Organization) -> Complaints:
    """Web dies right after it answered a webhook: what was answered with success must be in the database."""
    world.campaign(acme)
    answered = _deliver(acme)
    stored = beside(InboxEvent.objects.count).result(5)  # only what is committed is seen from there
    return [] if (answered, stored) == (ReceiveResult.STORED, 1) else ["answered and not stored"]


def half_past_eight_in_new_york(world: World, acme: Organization) -> Complaints:
    """It is half past eight where the person lives, and half past twelve in Greenwich."""
    set_clock(datetime(2026, 6, 1, 12, 30, tzinfo=UTC))
    world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))
    for claim in claim_due_work(worker="test"):
        _send(claim)
    local = [datetime.fromisoformat(call["at"]).astimezone(ZoneInfo("America/New_York")) for call in world.placed()]
    return [f"called at {at:%H:%M}" for at in local if not 9 <= at.hour < 19] or judged(world)


def worker_whose_clock_is_wrong(world: World, acme: Organization) -> Complaints:
    """A worker's own clock says noon; by the database's it is six in the morning where the person lives."""
    set_clock(datetime(2026, 6, 1, 10, 0, tzinfo=UTC))
    world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))
    line = clock.simulated()
    assert line
    noon = line.simulated_anchor + timedelta(hours=6)
    clock.install(clock.SimulatedClock(line.real_anchor, noon, line.rate))
    for claim in claim_due_work(worker="test"):
        _send(claim)
    return ["called at six in the morning"] if world.placed() else judged(world)


def refusals_without_end(world: World, acme: Organization) -> Complaints:
    """The provider refuses every call; for a minute somebody looks for work every five seconds."""
    monday = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)
    set_clock(monday)
    world.simulator.world.faults = Faults(voice=DialFaults(success_false=1))
    world.enrol(world.campaign(acme), world.person(acme, "agrees", NEW_YORK))
    for second in range(0, 60, 5):
        set_clock(monday + timedelta(seconds=second))
        ProviderAccount.objects.update(paced_until=None)
        for claim in claim_due_work(worker="test"):
            _send(claim)
    asked = Attempt.objects.filter(state="rejected").count()
    return judged(world) if 1 < asked <= 3 else [f"{asked} requests in a minute"]


def the_fence_has_moved(world: World, acme: Organization) -> Complaints:
    """Somebody took the attempt over after its owner read it and before the owner marks it."""
    claim = _one(world, acme)

    def take_over() -> None:
        beside(lambda: Attempt.objects.update(fence=F("fence") + 1)).exception(5)

    with after_statement("pg_advisory_xact_lock_shared", take_over):
        _send(claim)
    return ["sent with an old fence"] if world.placed() else judged(world)

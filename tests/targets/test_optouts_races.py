"""Opt-outs beside dials, claims, enrolments and each other: nobody is contacted after one, nobody waits forever.

All on real PostgreSQL, each side on a connection of its own. A deadlock would surface as an exception of one side.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from customers.models import Customer, DialLedger, Suppression
from customers.suppressions import suppress
from lib import clock
from lib.clock import SESSION_VARIABLE, SimulatedClock
from organizations.models import Organization
from targets.checks import Held
from targets.claims import Claim, claim_due_work
from targets.enrolment import enrol
from targets.invariants import check_invariants
from targets.models import Attempt, CampaignTarget
from targets.optout_pass import apply_suppressions
from targets.optouts import opt_out_address, opt_out_person
from targets.submission import release_attempt, submit_attempt
from tests.connections import run_together
from tests.targets.conftest import MONDAY
from tests.targets.world import World

ROUNDS = 10
PEOPLE = 12
EMAIL_OF = "person{}@example.com"
LINE = SimulatedClock(real_anchor=datetime.now(UTC), simulated_anchor=MONDAY, rate=1.0)


@pytest.fixture
def acme(acme: Organization) -> Organization:
    acme.concurrency_limit = 1_000
    acme.save()
    return acme


@pytest.fixture(autouse=True)
def _room(settings: Settings) -> None:
    settings.PLATFORM_CONCURRENCY_LIMIT = 1_000


@pytest.fixture
def world(world: World) -> World:
    """Let the clock run, from one line on every connection: where it stands still, no time says who was first."""
    go_by(LINE)
    return world


def go_by(line: SimulatedClock) -> None:
    clock.install(line)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, false)", [SESSION_VARIABLE, str(line)])


def together(*calls: Callable[[], object]) -> list[object]:
    """Run the calls at once, each by the same clock."""

    def by_the_clock(call: Callable[[], object]) -> Callable[[], object]:
        def run() -> object:
            go_by(LINE)
            return call()

        return run

    return list(run_together(*map(by_the_clock, calls)))


def phone(number: int) -> str:
    return f"+1212555{number:04d}"


def people(world: World, organization: Organization, first: int) -> list[Customer]:
    """Make people of whom every third has a second number."""
    made = []
    for n in range(first, first + PEOPLE):
        others = [phone(5_000 + n)] if n % 3 == 0 else []
        world.forced.update(dict.fromkeys(others, "agrees"))
        made.append(world.person(organization, "agrees", phone(n), other_phones=others, email=EMAIL_OF.format(n)))
    return made


def no_exception(results: list[object]) -> None:
    assert [result for result in results if isinstance(result, BaseException)] == []


def no_dial_after_its_opt_out() -> None:
    """Compare the ledger with the rules by their times, and our tables with each other."""
    late = [
        (dial.attempt_id, rule.pk)
        for rule in Suppression.objects.all()
        for dial in DialLedger.objects.filter(address_hash=rule.address_hash, submitted_at__gt=rule.created_at)
    ]
    assert late == []
    assert {name: rows for name, rows in check_invariants().items() if rows} == {}


def in_shares(claims: list[Claim], workers: int) -> list[Callable[[], object]]:
    def work(share: list[Claim]) -> Callable[[], object]:
        return lambda: [submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence) for claim in share]

    return [work(claims[n::workers]) for n in range(workers)]


@pytest.mark.parametrize("how", ["address", "person", "platform", "below"])
def test_no_dial_is_stamped_after_an_opt_out_of_its_address(world: World, acme: Organization, how: str) -> None:
    campaign = world.campaign(acme)
    for round_ in range(ROUNDS):
        made = people(world, acme, round_ * PEOPLE)
        world.enrol(campaign, *made)
        claims = claim_due_work(worker="test")
        assert len(claims) >= PEOPLE  # and who was given back to be tried at the next number
        random.Random(round_).shuffle(made)
        no_exception(together(*in_shares(claims, 3), *[_opting_out(made[n::2], how) for n in range(2)]))
        apply_suppressions()
        no_dial_after_its_opt_out()
    assert Suppression.objects.count() >= ROUNDS * PEOPLE
    assert DialLedger.objects.exists()
    assert not Attempt.objects.filter(state="reserved").exists()


def _opting_out(customers: list[Customer], how: str) -> Callable[[], object]:
    def opt_out(customer: Customer) -> object:
        address = customer.phones[0]
        if how == "person":
            opt_out_person(customer=customer, source="keyword")
        elif how == "below":
            suppress(organization=customer.organization, address=address, source="operator")
        else:
            owner = None if how == "platform" else customer.organization
            opt_out_address(organization=owner, address=address, source="api")
        return None

    return lambda: [opt_out(customer) for customer in customers]


def test_an_opt_out_beside_a_claim_leaves_nobody_to_be_dialed(world: World, acme: Organization) -> None:
    campaign = world.campaign(acme)
    for round_ in range(ROUNDS):
        made = people(world, acme, round_ * PEOPLE)
        world.enrol(campaign, *made)
        claimed, *others = together(
            lambda: claim_due_work(worker="test"), *[_opting_out(made[n::2], "person") for n in range(2)]
        )
        assert isinstance(claimed, list)
        no_exception(list(others))
        states = [submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence) for claim in claimed]
        assert set(states) <= {"released", None}
        apply_suppressions()
        assert claim_due_work(worker="test") == []
        assert {target.state for target in CampaignTarget.objects.filter(customer__in=made)} == {"suppressed"}
    assert world.placed() == []
    no_dial_after_its_opt_out()


def test_an_opt_out_beside_an_enrolment_leaves_nobody_to_be_dialed(world: World, acme: Organization) -> None:
    campaign = world.campaign(acme)
    world.enrol(campaign, world.person(acme, "agrees", phone(9_999)))
    for round_ in range(ROUNDS):
        made = people(world, acme, round_ * PEOPLE)
        ids = [customer.pk for customer in made]
        results = together(
            lambda ids=ids: enrol(campaign=campaign, customer_ids=ids),  # type: ignore[misc]  # binds the round's people
            *[_opting_out(made[n::2], "person") for n in range(2)],
        )
        no_exception(results)
        for claim in claim_due_work(worker="test"):
            submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence)
        assert {target.state for target in CampaignTarget.objects.filter(customer__in=made)} == {"suppressed"}
    assert len(world.placed()) == 1
    no_dial_after_its_opt_out()


def test_opt_outs_of_the_same_people_in_any_order_never_wait_in_a_circle(world: World, acme: Organization) -> None:
    first, second = world.campaign(acme), world.campaign(acme, name="Autumn")
    for round_ in range(ROUNDS):
        made = people(world, acme, round_ * PEOPLE)
        world.enrol(first, *made)
        world.enrol(second, *made)
        claims = claim_due_work(worker="test")
        backwards = made[::-1]
        results = together(
            *in_shares(claims, 1),
            _opting_out(made, "person"),
            _opting_out(backwards, "person"),
            _opting_out(backwards, "address"),
            lambda claims=claims: [_given_back(claim.attempt_id) for claim in claims],  # type: ignore[misc]  # as above
        )
        no_exception(results)
        apply_suppressions()
        assert not CampaignTarget.objects.filter(customer__in=made, state="ready").exists()
        assert not Attempt.objects.filter(customer__in=made, state="reserved").exists()
    no_dial_after_its_opt_out()


def _given_back(attempt_id: UUID) -> object:
    """Do what the sweep does with an attempt whose lease is over."""
    with transaction.atomic():
        return release_attempt(attempt_id, Held("lease_expired", datetime(2026, 6, 1, 15, tzinfo=UTC)))

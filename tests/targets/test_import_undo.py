"""Taking an import back: what goes, what stays and why, and that it may meet itself and the engine."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pytest
from django.core.files.base import ContentFile

from campaigns.models import Campaign
from customers.exceptions import CannotUndo
from customers.imports import create_import, reading, run_import
from customers.models import Customer, DialLedger, ImportBatch, ImportJob, ImportRemnant
from customers.services import soft_delete_customer, update_customer
from organizations.models import AuditEvent, Organization
from organizations.services import Actor
from targets import import_undo
from targets.claims import Claim, claim_due_work
from targets.enrolment import enrol
from targets.import_undo import drain_undos, undo_import, undo_progress, why_not_undone
from targets.imports import enrol_in
from targets.invariants import check_invariants
from targets.lifecycle import VOID_STATES
from targets.models import Attempt, CampaignTarget, InboundMessage
from targets.submission import submit_attempt
from tests.connections import run_together
from tests.customers.files import as_csv
from tests.factories import CampaignFactory, CustomerFactory, UserFactory
from tests.targets.conftest import MONDAY
from tests.targets.world import World, set_clock

PEOPLE = 6
HEADERS = ("Customer ID", "First name", "Phone", "Tags", "Notes")


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BATCH_ROWS", 2)


def new_people(number: int = PEOPLE) -> list[tuple[str, ...]]:
    return [(f"N{n}", f"Person {n}", f"+1212555{n:04}", "", "") for n in range(number)]


def imported(organization: Organization, rows: Sequence[Sequence[str]], campaign: Campaign | None = None) -> ImportJob:
    job = create_import(organization=organization, filename="people.csv", campaign_id=campaign.pk if campaign else None)
    return run_import(job=job, source=io.BytesIO(as_csv(rows, HEADERS)), enrol=enrol_in(campaign)).job


def undone(job: ImportJob, **how: Any) -> ImportJob:
    undo_import(job=job, **how)
    drain_undos()
    job.refresh_from_db()
    return job


def remnants(job: ImportJob) -> set[tuple[str, str]]:
    return set(ImportRemnant.objects.filter(job=job).values_list("kind", "reason"))


def test_what_nobody_touched_is_gone_as_if_it_had_never_been_imported(acme: Organization) -> None:
    campaign = CampaignFactory(organization=acme)
    known = CustomerFactory(
        organization=acme, customer_id="K", phone="+12125559999", name="Old", tags=["a"], custom_fields={"notes": "x"}
    )
    job = undone(imported(acme, [*new_people(), ("K", "New", "+12125559999", "b", "y")], campaign))
    assert list(Customer.objects.all()) == [known]
    known.refresh_from_db()
    assert (known.name, known.tags, known.custom_fields) == ("Old", ["a"], {"notes": "x"})
    assert not CampaignTarget.objects.exists()
    assert (job.customers_taken_back, job.targets_taken_back, job.customers_restored) == (PEOPLE, PEOPLE + 1, 1)
    assert job.undone_at is not None
    assert remnants(job) == set()


def test_the_same_file_can_be_imported_again_afterwards(acme: Organization) -> None:
    campaign = CampaignFactory(organization=acme)
    undone(imported(acme, new_people(), campaign))
    again = imported(acme, new_people(), campaign)
    assert (again.rows_created, again.targets_created) == (PEOPLE, PEOPLE)


def test_who_was_changed_wrote_or_was_enrolled_otherwise_stays_and_is_listed(acme: Organization) -> None:
    job = imported(acme, new_people())
    changed, enrolled, wrote = Customer.objects.order_by("customer_id")[:3]
    update_customer(customer=changed, changes={"status": "vip"})
    target = CampaignTarget.objects.get(
        pk=next(
            iter(enrol(campaign=CampaignFactory(organization=acme), customer_ids=[enrolled.pk]).target_ids.values())
        )
    )
    other = enrol(campaign=target.campaign, customer_ids=[wrote.pk])
    InboundMessage.objects.create(
        organization=acme,
        customer=wrote,
        target_id=other.target_ids[wrote.pk],
        channel="whatsapp",
        provider_id="m",
        text="hello",
    )
    job = undone(job)
    assert set(Customer.objects.all()) == {changed, enrolled, wrote}
    assert remnants(job) == {("customer", "changed"), ("customer", "enrolled"), ("customer", "wrote")}
    assert job.customers_taken_back == PEOPLE - 3


def test_values_somebody_changed_since_stay_and_the_others_come_back(acme: Organization) -> None:
    known = CustomerFactory(
        organization=acme, customer_id="K", phone="+12125559999", name="Old", tags=["a"], custom_fields={"size": 3}
    )
    job = imported(acme, [("K", "New", "+12125559999", "b", "y")])
    update_customer(customer=known, changes={"name": "Newest"})
    job = undone(job)
    known.refresh_from_db()
    assert (known.name, known.tags, known.custom_fields) == ("Newest", ["a"], {"size": 3})
    assert remnants(job) == {("change", "changed")}
    assert ImportRemnant.objects.get().fields == ["name"]


def test_a_customer_id_the_import_gave_is_taken_away_again(acme: Organization) -> None:
    known = CustomerFactory(organization=acme, customer_id=None, phone="+12125559999", name="Old")
    job = imported(acme, [("K", "New", "+12125559999", "", "")])
    assert Customer.objects.get().customer_id == "K"
    undone(job)
    known.refresh_from_db()
    assert (known.customer_id, known.name) == (None, "Old")


def test_changes_to_somebody_deleted_since_are_listed(acme: Organization) -> None:
    known = CustomerFactory(organization=acme, customer_id="K", phone="+12125559999", name="Old")
    job = imported(acme, [("K", "New", "+12125559999", "", "")])
    soft_delete_customer(customer=known)
    assert remnants(undone(job)) == {("change", "deleted")}


def test_undoing_twice_changes_nothing_more_and_is_audited_once(acme: Organization) -> None:
    actor = Actor(user=UserFactory())
    job = undone(imported(acme, new_people()), actor=actor)
    counts, at = (job.customers_taken_back, job.targets_taken_back), job.undone_at
    again = CustomerFactory(organization=acme, customer_id="N0")
    job = undone(job, actor=actor)
    assert ((job.customers_taken_back, job.targets_taken_back), job.undone_at) == (counts, at)
    assert list(Customer.objects.all()) == [again]
    events = AuditEvent.objects.filter(object_id=job.pk, action__startswith="import.und").order_by("at")
    assert [(event.action, event.user) for event in events] == [
        ("import.undo_requested", actor.user),
        ("import.undone", actor.user),
    ]
    assert events[1].changes["customers_taken_back"] == [None, PEOPLE]


def test_several_at_once_take_everything_back_once(acme: Organization) -> None:
    campaign = CampaignFactory(organization=acme)
    job = imported(acme, new_people(), campaign)
    results = run_together(*[lambda: undone(ImportJob.objects.get(pk=job.pk)) for _ in range(4)])
    assert [result for result in results if isinstance(result, Exception)] == []
    job.refresh_from_db()
    assert (job.customers_taken_back, job.targets_taken_back) == (PEOPLE, PEOPLE)
    assert not Customer.objects.exists()


def test_an_undo_that_is_cut_short_goes_on_after_its_last_batch(
    acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_undo, "_AT_ONCE", 1)
    job = undo_import(job=imported(acme, new_people()))
    assert (job.customers_taken_back, job.undone_at) == (2, None)
    assert undo_progress(job) == pytest.approx(1 / 3)
    with monkeypatch.context() as broken:
        broken.setattr(import_undo._BatchUndo, "save_remnants", lambda self: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            drain_undos()
    assert Customer.objects.count() == PEOPLE - 2
    drain_undos()
    job.refresh_from_db()
    assert (job.customers_taken_back, Customer.objects.count()) == (PEOPLE, 0)


def test_what_cannot_be_undone_says_why(acme: Organization) -> None:
    queued = create_import(organization=acme, filename="people.csv", file=ContentFile(as_csv(new_people(), HEADERS)))
    with pytest.raises(CannotUndo, match="not over"):
        undo_import(job=queued)
    dry = create_import(organization=acme, filename="people.csv", dry_run=True)
    assert why_not_undone(dry) == "nothing was imported"
    empty = imported(acme, [])
    assert "brought nobody" in why_not_undone(empty)
    old = imported(acme, new_people())
    ImportBatch.objects.all().delete()
    assert "older than" in why_not_undone(old)


def test_nobody_of_another_organization_is_touched(acme: Organization, globex: Organization) -> None:
    theirs = imported(globex, new_people())
    undone(imported(acme, new_people()))
    assert set(Customer.objects.values_list("organization__slug", flat=True)) == {"globex"}
    theirs.refresh_from_db()
    assert theirs.undo_requested_at is None


@pytest.mark.django_db(transaction=True)
def test_who_was_called_stays_with_every_row_of_the_dial_ledger(acme: Organization, world: World) -> None:
    campaign = world.campaign(acme)
    called = world.person(acme, "agrees", "+12125550140", customer_id="K")
    world.enrol(campaign, called)
    job = imported(acme, new_people(2), campaign)
    world.forced.update({"+12125550000": "agrees", "+12125550001": "agrees"})
    world.step()
    dialed = DialLedger.objects.count()
    assert dialed == 3
    job = undone(job)
    assert DialLedger.objects.count() == dialed
    assert (Customer.objects.count(), CampaignTarget.objects.count()) == (3, 3)
    assert remnants(job) == {("target", "contacted"), ("customer", "contacted")}
    assert {name: rows for name, rows in check_invariants().items() if rows} == {}


@pytest.mark.django_db(transaction=True)
def test_an_undo_and_the_dials_of_the_same_people_agree_about_each(acme: Organization, world: World) -> None:
    campaign = world.campaign(acme)
    world.forced.update({f"+1212555{n:04}": "agrees" for n in range(PEOPLE)})
    other = world.enrol(campaign, world.person(acme, "agrees", "+12125550140"))
    job = imported(acme, new_people(), campaign)
    claims = claim_due_work(worker="test")
    assert len(claims) == PEOPLE + 1

    def send(claim: Claim) -> None:
        set_clock(MONDAY)  # of this thread's connection
        submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence)

    def take_back() -> None:
        set_clock(MONDAY)
        undone(ImportJob.objects.get(pk=job.pk))

    sends = [lambda claim=claim: send(claim) for claim in claims]
    results = run_together(*sends, take_back)
    assert [result for result in results if isinstance(result, Exception)] == []
    world.hear()
    sent = set(Attempt.objects.exclude(state__in=VOID_STATES).values_list("target_id", flat=True))
    assert other.pk in sent
    assert set(CampaignTarget.objects.values_list("pk", flat=True)) == sent
    assert len(world.placed()) == len(sent) == DialLedger.objects.count()
    job.refresh_from_db()
    assert job.targets_taken_back == PEOPLE + 1 - len(sent)
    assert {name: rows for name, rows in check_invariants().items() if rows} == {}

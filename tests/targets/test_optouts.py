"""An opt-out takes effect at once on everything that is planned, and on nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from django.db import transaction

from customers.models import Customer, Suppression
from customers.services.addresses import lock_for_contact
from customers.suppressions import is_suppressed, lift_suppression, suppress
from lib import clock
from organizations.models import Organization, ProviderAccount
from providers.base import InboundEvent
from targets.attempts import lock_attempt
from targets.enrolment import enrol
from targets.events import apply_event, lock_opt_outs
from targets.invariants import check_invariants
from targets.models import Attempt, CampaignTarget, OutboxMessage
from targets.optout_pass import apply_suppressions
from targets.optouts import MOST_BEHIND_ONE_ADDRESS, move_on_barred, opt_out_address, opt_out_person
from targets.optouts import opt_out_whoever_wrote as opt_out_writer
from tests.connections import PATIENCE_SECONDS, start_beside, wait_until_blocked
from tests.factories import AttemptFactory, CampaignFactory, CustomerFactory, ProviderAccountFactory, TargetFactory
from tests.targets.world import World

PHONE, OTHER, EMAIL = "+12125550101", "+12125550102", "ada@example.com"


@pytest.fixture
def ada(acme: Organization) -> Customer:
    customer: Customer = CustomerFactory(organization=acme, phone=PHONE, email=EMAIL)
    return customer


def target_of(customer: Customer, **fields: object) -> CampaignTarget:
    campaign = CampaignFactory(organization=customer.organization)
    target: CampaignTarget = TargetFactory(campaign=campaign, customer=customer, **fields)
    return target


def stands(target: CampaignTarget) -> tuple[str, str]:
    target.refresh_from_db()
    return target.state, target.hold_reason


def nothing_broken() -> bool:
    return not any(check_invariants().values())


def stop(organization: Organization | None, address: str = PHONE, **fields: Any) -> None:
    opt_out_address(organization=organization, address=address, source="api", **fields)


def test_whoever_waits_at_the_address_is_suppressed_with_the_reason_and_the_stage(ada: Customer) -> None:
    first, second = target_of(ada), target_of(ada)
    stranger = target_of(CustomerFactory(organization=ada.organization))
    stop(ada.organization)
    for target in (first, second):
        assert stands(target) == ("suppressed", "suppressed.api")
        assert (target.stage, target.next_attempt_at) == ("lost", None)
    assert stands(stranger) == ("ready", "")
    assert nothing_broken()


def test_another_organization_is_not_touched_but_by_a_rule_of_the_platform(ada: Customer, globex: Organization) -> None:
    theirs = target_of(CustomerFactory(organization=globex, phone=PHONE))
    stop(ada.organization)
    assert stands(theirs) == ("ready", "")
    stop(None)
    assert stands(theirs) == ("suppressed", "suppressed.api")


def test_a_rule_for_another_channel_leaves_the_next_call(ada: Customer) -> None:
    target = target_of(ada)
    stop(ada.organization, channel="whatsapp")
    stop(ada.organization, EMAIL)
    assert stands(target) == ("ready", "")


def test_a_person_with_another_number_is_tried_there(ada: Customer) -> None:
    Customer.objects.filter(pk=ada.pk).update(other_phones=[OTHER])
    target = target_of(ada)
    stop(ada.organization)
    assert stands(target) == ("ready", "")
    stop(ada.organization, OTHER)
    assert stands(target) == ("suppressed", "suppressed.api")


def test_the_numbers_of_a_target_count_instead_of_the_persons(ada: Customer) -> None:
    target = target_of(ada, phones=[OTHER])
    stop(ada.organization)
    assert stands(target) == ("ready", "")
    stop(ada.organization, OTHER)
    assert stands(target) == ("suppressed", "suppressed.api")


@pytest.mark.parametrize(("numbers", "state"), [([], "suppressed"), ([OTHER], "ready")])
def test_an_attempt_not_sent_yet_is_given_back(ada: Customer, numbers: list[str], state: str) -> None:
    Customer.objects.filter(pk=ada.pk).update(other_phones=numbers)
    target = target_of(ada, state="contacting")
    attempt = AttemptFactory(target=target)
    stop(ada.organization)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.error_code) == ("released", "suppressed.api")
    assert stands(target) == (state, "suppressed.api")
    assert nothing_broken()


@pytest.mark.parametrize("state", ["submitting", "unknown", "accepted"])
def test_a_call_that_is_live_goes_on_and_its_target_with_it(ada: Customer, state: str) -> None:
    target = target_of(ada, state="contacting")
    attempt = AttemptFactory(target=target, state=state, submit_started_at=clock.now(), provider_id="conv")
    stop(ada.organization)
    attempt.refresh_from_db()
    assert attempt.state == state
    assert stands(target) == ("contacting", "")


@pytest.mark.parametrize("state", ["verifying", "review", "done"])
def test_who_is_being_read_or_decided_about_or_done_stays(ada: Customer, state: str) -> None:
    target = target_of(ada, state=state, done_reason="goal_met" if state == "done" else "")
    stop(ada.organization)
    assert stands(target) == (state, "")


def test_who_said_it_is_not_reached_at_any_address_any_more(ada: Customer, globex: Organization) -> None:
    Customer.objects.filter(pk=ada.pk).update(other_phones=[OTHER])
    ada.refresh_from_db()
    by_phone, by_email = target_of(ada), target_of(ada, next_channel="email")
    elsewhere = target_of(ada, phones=["+12125550103"])
    opt_out_person(customer=ada, source="in_call", reason="said in a call", also=["+12125550104"])
    for target in (by_phone, by_email, elsewhere):
        assert stands(target) == ("suppressed", "suppressed.in_call")
    for address in (PHONE, OTHER, EMAIL, "+12125550103", "+12125550104"):
        rule = is_suppressed(organization_id=ada.organization_id, address=address, channel="call", at=clock.now())
        assert rule is not None
        assert (rule.source, rule.reason) == ("in_call", "said in a call")
    assert not Suppression.objects.filter(organization=globex).exists()


def test_who_writes_stop_speaks_for_everybody_behind_the_number_unless_it_is_a_switchboard(acme: Organization) -> None:
    family = [CustomerFactory(organization=acme, phone=PHONE, email=f"{name}@example.com") for name in ("ada", "bea")]
    firm = CustomerFactory.create_batch(MOST_BEHIND_ONE_ADDRESS + 1, organization=acme, phone=OTHER)
    for address in (PHONE, OTHER):
        opt_out_writer(organization=acme, address=address, customer=None, source="keyword")
    at = clock.now()

    def emails_barred(people: Iterable[Customer]) -> set[bool]:
        asked = [str(person.email) for person in people]
        return {bool(is_suppressed(organization_id=acme.pk, address=email, channel="email", at=at)) for email in asked}

    assert emails_barred(family) == {True}
    assert emails_barred(firm) == {False}
    assert is_suppressed(organization_id=acme.pk, address=OTHER, channel="call", at=at)


def test_a_row_somebody_holds_is_not_waited_for_and_is_moved_on_later(ada: Customer) -> None:
    target = target_of(ada)
    with transaction.atomic():
        CampaignTarget.objects.select_for_update().get(pk=target.pk)
        beside = start_beside(lambda: stop(ada.organization))
        beside.result(PATIENCE_SECONDS)
        assert CampaignTarget.objects.get(pk=target.pk).state == "ready"
    assert OutboxMessage.objects.get().body == {"targets": [str(target.pk)]}
    assert apply_suppressions() == 1
    assert stands(target) == ("suppressed", "suppressed.api")
    assert not OutboxMessage.objects.exists()


def test_more_targets_than_one_transaction_moves_are_moved_later(
    ada: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("targets.optouts.MOST_AT_ONCE", 2)
    targets = [target_of(ada) for _ in range(5)]
    stop(ada.organization)
    assert sorted(stands(target)[0] for target in targets) == ["ready"] * 3 + ["suppressed"] * 2
    apply_suppressions()
    assert {stands(target)[0] for target in targets} == {"suppressed"}


def test_lifting_a_rule_starts_nothing_again_by_itself(ada: Customer) -> None:
    target = target_of(ada)
    stop(ada.organization)
    lift_suppression(suppression=Suppression.objects.get())
    apply_suppressions()
    assert stands(target) == ("suppressed", "suppressed.api")


def test_an_address_no_rule_can_be_looked_up_for_is_not_contacted(ada: Customer) -> None:
    target = target_of(ada, phones=["0212 555"])
    with transaction.atomic():
        assert move_on_barred([target.pk]) == []
    assert stands(target) == ("suppressed", "address.unreadable")


def test_who_may_not_be_contacted_is_enrolled_as_suppressed_and_named(ada: Customer) -> None:
    bea = CustomerFactory(organization=ada.organization)
    suppress(organization=ada.organization, address=PHONE, source="import")
    campaign = CampaignFactory(organization=ada.organization)
    result = enrol(campaign=campaign, customer_ids=[ada.pk, bea.pk])
    assert (result.created, dict(result.suppressed)) == (2, {ada.pk: "suppressed.import"})
    target = CampaignTarget.objects.get(customer=ada)
    assert (target.state, target.stage, target.hold_reason) == ("suppressed", "lost", "suppressed.import")
    assert CampaignTarget.objects.get(customer=bea).state == "ready"
    assert nothing_broken()


def test_who_comes_back_after_an_opt_out_comes_back_suppressed(ada: Customer) -> None:
    target = target_of(ada)
    CampaignTarget.objects.filter(pk=target.pk).soft_delete()
    suppress(organization=ada.organization, address=PHONE, source="import")
    enrol(campaign=target.campaign, customer_ids=[ada.pk])
    assert stands(target) == ("suppressed", "suppressed.import")


def test_a_dial_goes_to_the_next_number_when_the_first_is_barred_below(world: World, acme: Organization) -> None:
    person = world.person(acme, "agrees", PHONE, other_phones=[OTHER])
    world.forced[OTHER] = "agrees"
    target = world.enrol(world.campaign(acme), person)
    suppress(organization=acme, address=PHONE, source="operator")
    world.step()
    assert [call["to"] for call in world.placed()] == [OTHER]
    target.refresh_from_db()
    assert target.state == "done"


def test_a_person_whose_numbers_are_all_barred_between_two_calls_is_not_planned_again(
    world: World, acme: Organization
) -> None:
    target = world.enrol(world.campaign(acme), world.person(acme, "never_answers", PHONE))
    attempts: list[Attempt] = []

    def bar_while_it_rings() -> None:
        attempts.extend(Attempt.objects.filter(state="accepted"))
        suppress(organization=acme, address=PHONE, source="operator")

    hear = world.hear

    def barred_meanwhile() -> None:
        bar_while_it_rings()
        hear()

    world.hear = barred_meanwhile  # type: ignore[method-assign]  # between dial and result
    world.step()
    assert len(attempts) == 1
    assert stands(target) == ("suppressed", "suppressed.operator")


def test_a_stop_word_bars_every_address_of_who_wrote_it(world: World, acme: Organization) -> None:
    campaign = world.campaign(acme)
    person = world.person(acme, "agrees", PHONE, other_phones=[OTHER], email=EMAIL)
    target = world.enrol(campaign, person)
    account = ProviderAccount.objects.get(organization=acme, kind="whatsapp")
    event = InboundEvent(provider_id="wamid.1", from_address=OTHER, text="STOP", at=clock.now(), raw={})
    with transaction.atomic():
        lock_opt_outs([event], account)
        assert apply_event(event, account=account, body_hash="0" * 64) == "applied"
    assert stands(target) == ("suppressed", "suppressed.keyword")
    assert Suppression.objects.filter(organization=acme, source="keyword", channel="").count() == 3
    assert world.step() == 0


def test_news_of_an_attempt_and_a_stop_word_in_one_delivery_lock_addresses_first(ada: Customer) -> None:
    """A dial holds the address and wants the target; the webhook must not hold the target and want the address."""
    target = target_of(ada, state="contacting")
    attempt = AttemptFactory(target=target)
    account = ProviderAccountFactory(organization=ada.organization, kind="whatsapp")
    event = InboundEvent(provider_id="wamid.1", from_address=PHONE, text="STOP", at=clock.now(), raw={})

    def webhook() -> None:
        with transaction.atomic():
            lock_opt_outs([event], account)
            lock_attempt(attempt.pk)
            apply_event(event, account=account, body_hash="0" * 64)

    with transaction.atomic():
        lock_for_contact(ada.organization_id, PHONE)
        beside = start_beside(webhook)
        wait_until_blocked()
        lock_attempt(attempt.pk)
    beside.result(PATIENCE_SECONDS)
    assert stands(target) == ("suppressed", "suppressed.keyword")

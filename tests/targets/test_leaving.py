"""A customer who is taken out of the book is not contacted by any campaign."""

from __future__ import annotations

from datetime import timedelta

import pytest

from customers.exceptions import CustomerNotFound
from customers.models import Customer
from organizations.models import Organization
from targets.claims import claim_due_work
from targets.leaving import remove_customer
from targets.models import Attempt, CampaignTarget
from targets.submission import submit_attempt
from tests.factories import CustomerFactory
from tests.targets.conftest import MONDAY
from tests.targets.test_straight_path import no_invariant_broken
from tests.targets.world import World, set_clock

NEW_YORK = "+12125550101"


def test_nobody_calls_somebody_who_was_removed(world: World, acme: Organization) -> None:
    person = world.person(acme, "agrees", NEW_YORK)
    world.enrol(world.campaign(acme), person)
    world.enrol(world.campaign(acme, name="Autumn"), person)
    remove_customer(customer=person)
    for hours in range(3):
        set_clock(MONDAY + timedelta(hours=hours))
        assert world.step() == 0
    assert world.placed() == []
    assert not CampaignTarget.objects.exists()


def test_an_attempt_that_is_only_reserved_is_not_sent(world: World, acme: Organization) -> None:
    person = world.person(acme, "agrees", NEW_YORK)
    world.enrol(world.campaign(acme), person)
    [claim] = claim_due_work(worker="test")
    remove_customer(customer=person)
    assert submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence) == "released"
    assert Attempt.objects.get().error_code == "target.deleted"
    assert world.placed() == []
    no_invariant_broken(world)


@pytest.mark.django_db
def test_who_is_gone_cannot_be_removed_again(acme: Organization) -> None:
    customer = CustomerFactory(organization=acme)
    remove_customer(customer=customer)
    assert not Customer.objects.exists()
    with pytest.raises(CustomerNotFound):
        remove_customer(customer=customer)

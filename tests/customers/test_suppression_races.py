"""A dial and an opt-out of one address at the same time: one of them is first, and the times say which."""

from __future__ import annotations

import threading
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from customers.models import DialLedger, Suppression
from customers.services.addresses import lock_for_contact
from customers.suppressions import is_suppressed, record_dial, suppress
from lib.db.clock import read_clock
from organizations.models import Organization
from tests.connections import PATIENCE_SECONDS, run_together, start_beside, wait_until_blocked
from tests.factories import OrganizationFactory

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = "+393471234567"


@pytest.fixture
def acme(transactional_db: None) -> Organization:
    organization: Organization = OrganizationFactory(slug="acme")
    return organization


def take_locks_of_a_dial(organization_id: UUID) -> None:
    lock_for_contact(organization_id, PHONE)


def dial(organization_id: UUID) -> datetime | None:
    """Do what a dial does in the transaction that decides; return its time, None where it is forbidden."""
    with transaction.atomic():
        take_locks_of_a_dial(organization_id)
        at = read_clock()
        if is_suppressed(organization_id=organization_id, address=PHONE, channel="call", at=at):
            return None
        record_dial(organization_id=organization_id, attempt_id=uuid4(), channel="call", address=PHONE, at=at)
        return at


@pytest.mark.parametrize("whole_platform", [False, True])
def test_an_opt_out_waits_for_a_dial_being_decided_and_is_stamped_after_it(
    acme: Organization, whole_platform: bool
) -> None:
    organization = None if whole_platform else acme
    with transaction.atomic():
        dialed_at = dial(acme.pk)
        opt_out = start_beside(lambda: suppress(organization=organization, address=PHONE, source="keyword"))
        wait_until_blocked()
        assert not opt_out.done()
        still_deciding = read_clock()
    suppression = opt_out.result(PATIENCE_SECONDS)
    assert dialed_at is not None
    assert dialed_at < still_deciding < suppression.created_at


def test_a_dial_waits_for_an_opt_out_being_written_and_obeys_it(acme: Organization) -> None:
    with transaction.atomic():
        suppress(organization=acme, address=PHONE, source="keyword")
        other = start_beside(lambda: dial(acme.pk))
        wait_until_blocked()
    assert other.result(PATIENCE_SECONDS) is None


def test_dials_do_not_wait_for_each_other(acme: Organization) -> None:
    with transaction.atomic():
        take_locks_of_a_dial(acme.pk)
        assert start_beside(lambda: dial(acme.pk)).result(PATIENCE_SECONDS) is not None


def test_an_opt_out_of_another_organization_does_not_wait(acme: Organization) -> None:
    globex = OrganizationFactory(slug="globex")
    with transaction.atomic():
        take_locks_of_a_dial(acme.pk)
        opt_out = start_beside(lambda: suppress(organization=globex, address=PHONE, source="api"))
        assert opt_out.result(PATIENCE_SECONDS).organization_id == globex.pk


def test_no_dial_is_ever_stamped_after_the_opt_out(acme: Organization) -> None:
    opted_out = threading.Event()

    def dial_until_forbidden() -> int:
        placed = 0
        while dial(acme.pk):
            placed += 1
            if placed == 5:
                opted_out.set()
        return placed

    def opt_out_soon() -> int:
        opted_out.wait(PATIENCE_SECONDS)
        suppress(organization=acme, address=PHONE, source="in_call")
        return 0

    placed = run_together(*[dial_until_forbidden] * 3, opt_out_soon)
    suppression = Suppression.objects.get()
    assert DialLedger.objects.count() == sum(count for count in placed if isinstance(count, int)) >= 5
    assert not DialLedger.objects.filter(submitted_at__gte=suppression.created_at).exists()


def test_opt_outs_at_the_same_time_make_one_rule(acme: Organization) -> None:
    rules = run_together(*[lambda: suppress(organization=acme, address=PHONE, source="api")] * 5)
    assert len({rule.pk for rule in rules if isinstance(rule, Suppression)}) == 1
    assert Suppression.objects.count() == 1

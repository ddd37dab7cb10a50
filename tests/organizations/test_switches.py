from __future__ import annotations

import pytest
from django.db.transaction import TransactionManagementError
from pytest_django import DjangoAssertNumQueries

from organizations import switches
from organizations.exceptions import PlatformQuarantined
from organizations.models import AuditEvent, Organization, SystemFlag
from organizations.services import Actor
from tests.factories import ProviderAccountFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_dialing_is_on_until_somebody_stops_it(
    acme: Organization, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert switches.dialing_stopped_reason(acme) == ""


@pytest.mark.parametrize("value", ["stopped", "quarantined"])
def test_the_platforms_switch_stops_every_organization(
    acme: Organization, globex: Organization, value: switches.Dialing
) -> None:
    switches.set_dialing(value=value, reason="restored from backup")
    for organization in (acme, globex):
        assert switches.dialing_stopped_reason(organization) == f"the platform is {value}: restored from backup"


def test_a_stop_of_the_platform_is_taken_back_and_both_are_on_record(acme: Organization) -> None:
    ada = UserFactory()
    switches.set_dialing(value="stopped", reason="drill", actor=Actor(user=ada))
    switches.set_dialing(value="on", actor=Actor(user=ada))

    assert switches.dialing_stopped_reason(acme) == ""
    events = AuditEvent.objects.order_by("at").values_list("action", "user", "organization")
    assert list(events) == [("platform.dialing_stopped", ada.pk, None), ("platform.dialing_on", ada.pk, None)]


@pytest.mark.parametrize("value", ["on", "stopped"])
def test_a_quarantine_is_not_ended_by_a_switch(acme: Organization, value: switches.Dialing) -> None:
    switches.set_dialing(value="quarantined", reason="restored")
    with pytest.raises(PlatformQuarantined, match="reconcile"):
        switches.set_dialing(value=value)
    assert "quarantined" in switches.dialing_stopped_reason(acme)


def test_an_account_is_stopped_once_and_says_why(acme: Organization) -> None:
    account = ProviderAccountFactory(organization=acme)
    first = switches.stop_account(account=account, reason="unpaid")
    second = switches.stop_account(account=account, reason="again")
    assert (second.stopped_at, second.stopped_reason) == (first.stopped_at, "unpaid")
    again = switches.resume_account(account=account)
    assert (again.stopped_at, again.stopped_reason) == (None, "")
    assert list(AuditEvent.objects.order_by("at").values_list("action", "organization")) == [
        ("provider_account.stopped", acme.pk),
        ("provider_account.resumed", acme.pk),
    ]


@pytest.mark.django_db(transaction=True)
def test_the_switches_are_held_only_inside_a_transaction(acme: Organization) -> None:
    with pytest.raises(TransactionManagementError):
        switches.share_switches(acme.pk)


def test_a_value_nobody_knows_stops_too(acme: Organization) -> None:
    SystemFlag.objects.create(key=switches.DIALING_FLAG, value="of")
    assert switches.dialing_stopped_reason(acme)


def test_an_organizations_switch_stops_nobody_else(acme: Organization, globex: Organization) -> None:
    acme = switches.stop_dialing(organization=acme, reason="complaint")
    assert switches.dialing_stopped_reason(acme) == "complaint"
    assert switches.dialing_stopped_reason(globex) == ""
    assert switches.dialing_stopped_reason(switches.resume_dialing(organization=acme)) == ""


def test_a_stop_without_a_reason_is_a_stop(acme: Organization) -> None:
    assert switches.dialing_stopped_reason(switches.stop_dialing(organization=acme))


def test_a_reason_too_long_is_cut_and_the_stop_holds(acme: Organization) -> None:
    assert switches.dialing_stopped_reason(switches.stop_dialing(organization=acme, reason="x" * 300)) == "x" * 255
    switches.set_dialing(value="stopped", reason="y" * 300)
    assert switches.dialing_stopped_reason(acme).endswith("y" * 255)


def test_turning_a_switch_that_is_turned_already_is_no_news(acme: Organization) -> None:
    switches.resume_dialing(organization=acme)
    first = switches.stop_dialing(organization=acme, reason="first")
    second = switches.stop_dialing(organization=acme, reason="second")
    assert (second.dialing_stopped_at, second.dialing_stopped_reason) == (first.dialing_stopped_at, "first")
    switches.resume_dialing(organization=acme)
    assert list(AuditEvent.objects.order_by("at").values_list("action", flat=True)) == [
        "organization.dialing_stopped",
        "organization.dialing_resumed",
    ]

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from organizations import switches
from organizations.models import AuditEvent, Organization, SystemFlag

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
    switches.set_dialing(value="on")
    assert switches.dialing_stopped_reason(acme) == ""


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

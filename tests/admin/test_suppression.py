from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from customers.models import Customer, Suppression
from customers.suppressions import is_suppressed, suppress
from lib import clock
from organizations.models import AuditEvent, Organization, Role
from targets.optout_pass import apply_suppressions
from tests import factories
from tests.admin.conftest import Login
from tests.admin.pages import complaints, page
from tests.admin.test_roles import BUTTON
from tests.admin.world import member

ADDRESS = "+393471234567"


def suppressed(organization: Organization) -> bool:
    return bool(is_suppressed(organization_id=organization.pk, address=ADDRESS, channel="call", at=clock.now()))


def test_an_operator_stops_contacts_of_an_address(login: Login, acme: Organization) -> None:
    client = login(member(acme, Role.OPERATOR))
    response = client.post(page(Suppression, "add"), {"address": "347 123 4567", "reason": "phoned us"})
    assert complaints(response) == {}
    suppression = Suppression.objects.get()
    assert suppressed(acme)
    assert (suppression.source, suppression.reason) == (Suppression.Source.OPERATOR, "phoned us")
    assert ADDRESS not in client.get(page(Suppression, "change", suppression.pk)).content.decode()


def test_what_is_no_address_is_refused_in_the_form(login: Login, acme: Organization) -> None:
    client = login(member(acme, Role.OPERATOR))
    assert "address" in complaints(client.post(page(Suppression, "add"), {"address": "nobody"}))
    assert not Suppression.objects.exists()


def test_only_superusers_suppress_for_the_whole_platform(
    login: Login, root: Client, acme: Organization, globex: Organization
) -> None:
    client = login(member(acme, Role.OWNER))
    client.post(page(Suppression, "add"), {"address": ADDRESS, "organization": ""})
    assert not suppressed(globex)
    assert complaints(root.post(page(Suppression, "add"), {"address": ADDRESS, "organization": ""})) == {}
    assert suppressed(globex)


def test_a_lifted_suppression_no_longer_holds(login: Login, acme: Organization) -> None:
    suppression = suppress(organization=acme, address=ADDRESS, source="operator")
    login(member(acme, Role.OPERATOR)).post(page(Suppression, "lift", suppression.pk), BUTTON)
    assert not suppressed(acme)


def test_a_suppression_is_found_by_the_address_it_hides(root: Client, acme: Organization) -> None:
    suppression = suppress(organization=acme, address=ADDRESS, source="operator")
    for term, found in (("+39 347 123 4567", True), ("+39 347 123 4568", False)):
        text = root.get(page(Suppression, "changelist"), {"q": term}).content.decode()
        assert (page(Suppression, "change", suppression.pk) in text) is found


def test_a_number_without_a_country_code_is_refused_where_no_country_is_known(root: Client) -> None:
    organization = factories.OrganizationFactory(default_region="")
    data = {"organization": str(organization.pk), "name": "Ada", "phone": "347 123 4567", "custom_fields": "{}"}
    assert "phone" in complaints(root.post(page(Customer, "add"), data))


def test_a_deleted_customer_comes_back(root: Client, acme: Organization) -> None:
    customer = factories.CustomerFactory(organization=acme)
    for button, is_deleted in (("delete_row", True), ("restore_row", False)):
        root.post(page(Customer, button, customer.pk), BUTTON)
        customer.refresh_from_db()
        assert customer.is_deleted is is_deleted


@pytest.mark.parametrize("term", ["347 123 4567", "0039 347-1234567", "+393471234567", " tel. +39 347 123.45.67"])
def test_a_suppression_is_found_by_its_address_in_any_form(
    login: Login, acme: Organization, globex: Organization, term: str
) -> None:
    mine = suppress(organization=acme, address=ADDRESS, source="operator")
    theirs = suppress(organization=globex, address=ADDRESS, source="operator")
    text = login(member(acme, Role.VIEWER)).get(page(Suppression, "changelist"), {"q": term}).content.decode()
    assert page(Suppression, "change", mine.pk) in text
    assert page(Suppression, "change", theirs.pk) not in text


def test_a_suppression_made_with_a_former_key_is_found(root: Client, acme: Organization, settings: Settings) -> None:
    rule = suppress(organization=acme, address=ADDRESS, source="operator")
    settings.ADDRESS_HASH_KEYS = ["a newer key, as long as any key must be", *settings.ADDRESS_HASH_KEYS]
    settings.ADDRESS_HASH_KEY_VERSION = 2
    text = root.get(page(Suppression, "changelist"), {"q": ADDRESS}).content.decode()
    assert page(Suppression, "change", rule.pk) in text


def test_who_lifts_a_suppression_is_in_the_audit_log(login: Login, acme: Organization) -> None:
    rule = suppress(organization=acme, address=ADDRESS, source="operator")
    operator = member(acme, Role.OPERATOR)
    login(operator).post(page(Suppression, "lift", rule.pk), BUTTON)
    entry = AuditEvent.objects.get(action="suppression.lifted")
    assert (entry.user, entry.object_id, entry.organization) == (operator, rule.pk, acme)


def test_nobody_lifts_a_rule_of_the_platform_for_their_organization(login: Login, acme: Organization) -> None:
    rule = suppress(organization=None, address=ADDRESS, source="operator")
    login(member(acme, Role.OWNER)).post(page(Suppression, "lift", rule.pk), BUTTON)
    assert suppressed(acme)


def test_what_an_operator_forbids_reaches_who_waits_for_a_call(login: Login, acme: Organization) -> None:
    customer = factories.CustomerFactory(organization=acme, phone=ADDRESS)
    target = factories.TargetFactory(campaign=factories.CampaignFactory(organization=acme), customer=customer)
    login(member(acme, Role.OPERATOR)).post(page(Suppression, "add"), {"address": ADDRESS})
    apply_suppressions()
    target.refresh_from_db()
    assert (target.state, target.hold_reason) == ("suppressed", "suppressed.operator")

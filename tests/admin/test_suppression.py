from __future__ import annotations

from django.test import Client

from customers.models import Customer, Suppression
from customers.suppressions import is_suppressed, suppress
from lib import clock
from organizations.models import Organization, Role
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

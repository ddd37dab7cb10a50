from __future__ import annotations

from django.contrib.admin.models import LogEntry
from django.test import Client

from customers.models import Customer
from organizations.models import Agent, AuditEvent, Blackout, Organization, Role
from tests import factories
from tests.admin.conftest import Login
from tests.admin.pages import complaints, page
from tests.admin.world import Furnished, member


def test_what_a_form_changes_is_audited_with_who_did_it(login: Login, acme: Organization) -> None:
    user, agent = member(acme, Role.ADMIN), factories.AgentFactory(organization=acme)
    data = {"name": "Renamed", "provider_account": str(agent.provider_account_id), "timezone": "Europe/Rome"}
    response = login(user).post(page(Agent, "change", agent.pk), data, headers={"x-request-id": "from-a-proxy"})
    assert complaints(response) == {}
    event = AuditEvent.objects.get(object_id=agent.pk)
    assert (event.action, event.user, event.organization) == ("agent.updated", user, acme)
    assert event.request_id == "from-a-proxy"


def test_what_is_deleted_for_good_is_audited(login: Login, acme: Organization, ours: Furnished) -> None:
    blackout = Blackout.objects.get(organization=acme)
    client = login(member(acme, Role.ADMIN))
    client.post(page(Blackout, "delete", blackout.pk), {"post": "yes"})
    assert not Blackout.objects.exists()
    assert AuditEvent.objects.get(object_id=blackout.pk).action == "blackout.deleted"


def test_the_history_of_a_row_is_what_the_audit_log_tells(login: Login, acme: Organization, ours: Furnished) -> None:
    client = login(member(acme, Role.VIEWER))
    text = client.get(page(type(ours.campaign), "history", ours.campaign.pk), follow=True).content.decode()
    assert f"{ours.mark}.done" in text
    assert "dialing_stopped" not in text


def test_no_name_of_a_person_is_left_in_a_log_that_outlives_them(root: Client, acme: Organization) -> None:
    data = {"organization": str(acme.pk), "name": "Ada", "phone": "+393471234567", "custom_fields": "{}"}
    assert complaints(root.post(page(Customer, "add"), data)) == {}
    customer = Customer.objects.get(name="Ada")
    assert complaints(root.post(page(Customer, "change", customer.pk), data | {"surname": "Lovelace"})) == {}
    assert not LogEntry.objects.exists()
    assert "Ada" not in str(list(AuditEvent.objects.values()))
    assert "Lovelace" not in str(list(AuditEvent.objects.values()))


def test_a_time_zone_that_does_not_exist_is_refused(root: Client, acme: Organization) -> None:
    agent = factories.AgentFactory(organization=acme)
    assert "timezone" in complaints(root.post(page(Agent, "change", agent.pk), {"name": "A", "timezone": "Mars/Base"}))

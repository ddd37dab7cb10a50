"""The kill switches as operators find them."""

from __future__ import annotations

import pytest
from django.test import Client

from organizations.models import AuditEvent, Organization, ProviderAccount, Role, SystemFlag
from organizations.quarantine import check_database
from organizations.switches import is_quarantined, platform_stopped_reason, set_dialing
from tests.admin.conftest import Login
from tests.admin.pages import page
from tests.admin.world import Furnished, member

BUTTON = {"_form_submitted": "on"}


def test_an_operator_stops_and_resumes_an_account(login: Login, acme: Organization, ours: Furnished) -> None:
    operator = member(acme, Role.OPERATOR)
    client, account = login(operator), ours.attempt.provider_account
    assert account is not None

    client.post(page(ProviderAccount, "stop", account.pk), {**BUTTON, "reason": "unpaid"})
    account.refresh_from_db()
    assert (account.stopped_at is not None, account.stopped_reason) == (True, "unpaid")
    client.post(page(ProviderAccount, "resume", account.pk), BUTTON)
    account.refresh_from_db()
    assert account.stopped_at is None

    events = AuditEvent.objects.filter(user=operator).order_by("at").values_list("action", flat=True)
    assert list(events) == ["provider_account.stopped", "provider_account.resumed"]


def test_the_page_of_a_person_says_that_their_account_is_stopped(root: Client, ours: Furnished) -> None:
    account = ours.attempt.provider_account
    assert account is not None
    root.post(page(ProviderAccount, "stop", account.pk), {**BUTTON, "reason": "unpaid"})
    text = root.get(page(type(ours.target), "change", ours.target.pk)).content.decode()
    assert "the provider account is stopped: unpaid" in text


@pytest.mark.parametrize("role", [Role.OWNER, Role.OPERATOR])
def test_the_platforms_switch_is_out_of_an_organizations_reach(login: Login, acme: Organization, role: Role) -> None:
    set_dialing(value="stopped", reason="drill")
    client = login(member(acme, role))
    assert client.get(page(SystemFlag, "changelist")).status_code == 403
    assert client.post(page(SystemFlag, "change", "dialing"), {"value": "on"}).status_code in (403, 404)
    assert platform_stopped_reason() == "the platform is stopped: drill"


def test_a_superuser_turns_the_platforms_switch_and_it_is_on_record(root: Client) -> None:
    set_dialing(value="stopped", reason="drill")
    assert root.post(page(SystemFlag, "change", "dialing"), {"value": "on", "reason": ""}).status_code == 302
    assert platform_stopped_reason() == ""
    assert AuditEvent.objects.filter(action="platform.dialing_on", user__is_superuser=True).exists()


def test_nobody_ends_a_quarantine_by_the_switch(root: Client) -> None:
    set_dialing(value="quarantined", reason="restored")
    text = root.post(page(SystemFlag, "change", "dialing"), {"value": "on", "reason": ""}).content.decode()
    assert "the platform is quarantined after a restore" in text
    assert is_quarantined()


def test_the_machinerys_own_flags_are_not_offered_as_switches(root: Client) -> None:
    check_database()
    assert "cluster" not in root.get(page(SystemFlag, "changelist")).content.decode()
    assert root.get(page(SystemFlag, "change", "cluster")).status_code == 404

"""What each role may do in its own organization."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client

from campaigns.lifecycle import Status
from campaigns.models import Campaign
from customers.models import Customer
from organizations.models import Membership, Organization, Role, User
from targets.models import CampaignTarget
from tests import factories
from tests.admin.conftest import Login
from tests.admin.pages import MODELS, NAMES, complaints, page, rows_of
from tests.admin.world import Furnished, member

BUTTON = {"_form_submitted": "on"}


def buttons_of(model: type[Model]) -> list[str]:
    pages: Any = admin.site.get_model_admin(model)
    return [str(name) for name in pages._extract_action_names(pages.actions_detail)]


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_a_viewer_writes_nothing(model: type[Model], login: Login, acme: Organization, ours: Furnished) -> None:
    client = login(member(acme, Role.VIEWER))
    assert client.get(page(model, "add")).status_code == 403
    assert client.post(page(model, "add"), {}).status_code == 403
    for row in rows_of(model, acme)[:1]:
        assert client.post(page(model, "change", row.pk), {}).status_code in (403, 404)
        assert client.post(page(model, "delete", row.pk), {"post": "yes"}).status_code in (403, 404)
        for button in buttons_of(model):
            assert client.post(page(model, button, row.pk), BUTTON).status_code in (403, 404)


@pytest.mark.parametrize("role", [*Role, None])
def test_facts_are_written_by_nobody(
    role: Role | None, login: Login, root: Client, acme: Organization, ours: Furnished
) -> None:
    client = login(member(acme, role)) if role else root
    facts = [model for model in MODELS if getattr(admin.site.get_model_admin(model), "add_needs", None) is None]
    names = {model._meta.label for model in facts}
    assert {"targets.Attempt", "targets.AttemptEvent", "customers.DialLedger", "organizations.AuditEvent"} <= names
    for model in facts:
        row = rows_of(model, acme)[0]
        assert client.post(page(model, "add"), {}).status_code == 403
        assert client.post(page(model, "change", row.pk), {}).status_code in (403, 404)
        assert client.post(page(model, "delete", row.pk), {"post": "yes"}).status_code in (403, 404)


def test_an_operator_runs_a_campaign(login: Login, acme: Organization, ours: Furnished) -> None:
    client = login(member(acme, Role.OPERATOR))
    client.post(page(Campaign, "start", ours.campaign.pk), BUTTON)
    ours.campaign.refresh_from_db()
    assert ours.campaign.status == Status.RUNNING


def test_an_operator_cannot_change_what_a_campaign_does(login: Login, acme: Organization, ours: Furnished) -> None:
    client = login(member(acme, Role.OPERATOR))
    assert client.post(page(Campaign, "change", ours.campaign.pk), {"name": "Mine"}).status_code == 403
    assert client.post(page(Campaign, "close", ours.campaign.pk), BUTTON).status_code == 403
    assert client.get(page(Campaign, "add")).status_code == 403


def test_an_operator_looks_after_customers(login: Login, acme: Organization) -> None:
    client = login(member(acme, Role.OPERATOR))
    response = client.post(page(Customer, "add"), {"name": "Ada", "phone": "347 123 4567", "custom_fields": "{}"})
    assert complaints(response) == {}
    customer = Customer.objects.get(name="Ada")
    assert (customer.organization, customer.phone) == (acme, "+393471234567")


def test_an_operator_issues_no_keys(login: Login, acme: Organization) -> None:
    client = login(member(acme, Role.OPERATOR))
    assert client.get("/admin/organizations/apikey/add/").status_code == 403


def test_an_admin_makes_no_owner(login: Login, acme: Organization, ours: Furnished) -> None:
    client = login(member(acme, Role.ADMIN))
    newcomer: User = factories.UserFactory(email="new@example.com")
    data = {"email": "new@example.com", "role": Role.OWNER}
    assert "Only an owner" in client.post(page(Membership, "add"), data).content.decode()
    assert not newcomer.memberships.exists()
    colleague = Membership.objects.get(user=member(acme, Role.OPERATOR))
    response = client.post(page(Membership, "change", colleague.pk), {"role": Role.OWNER})
    assert "Only an owner" in response.content.decode()
    colleague.refresh_from_db()
    assert colleague.role == Role.OPERATOR


def test_an_admin_cannot_touch_an_owner(login: Login, acme: Organization, ours: Furnished) -> None:
    client = login(member(acme, Role.ADMIN))
    membership = Membership.objects.get(user=ours.owner)
    assert client.post(page(Membership, "change", membership.pk), {"role": Role.VIEWER}).status_code == 403
    assert client.post(page(Membership, "delete", membership.pk), {"post": "yes"}).status_code == 403
    assert client.post(page(User, "change", ours.owner.pk), {"email": "x@example.com"}).status_code == 403
    password = {**BUTTON, "password": "a long new password"}
    assert client.post(page(User, "set_password", ours.owner.pk), password).status_code == 403


def test_an_admin_does_not_take_over_who_also_works_elsewhere(
    login: Login, acme: Organization, globex: Organization
) -> None:
    shared = member(acme, Role.OPERATOR)
    Membership.objects.create(organization=globex, user=shared, role=Role.OWNER)
    client = login(member(acme, Role.OWNER))
    assert client.get(page(User, "change", shared.pk)).status_code == 200
    password = {**BUTTON, "password": "a long new password"}
    assert client.post(page(User, "set_password", shared.pk), password).status_code == 403


def test_an_admin_does_not_take_over_a_superuser(login: Login, acme: Organization) -> None:
    boss = member(acme, Role.OPERATOR, is_superuser=True)
    client = login(member(acme, Role.OWNER))
    assert client.post(page(User, "change", boss.pk), {"email": "x@example.com"}).status_code == 403


def test_nobody_makes_themselves_a_superuser(login: Login, acme: Organization) -> None:
    colleague = member(acme, Role.OPERATOR)
    client = login(member(acme, Role.OWNER))
    data = {"email": colleague.email, "name": "Colleague", "is_active": "on", "is_superuser": "on"}
    assert client.post(page(User, "change", colleague.pk), data).status_code == 302
    colleague.refresh_from_db()
    assert colleague.name == "Colleague"
    assert not colleague.is_superuser


def test_an_admin_brings_a_colleague_in(login: Login, acme: Organization) -> None:
    client = login(member(acme, Role.ADMIN))
    data = {
        "email": "ada@example.com",
        "name": "Ada",
        "password": "a long new password",
        "is_staff": "on",
        "organization": str(acme.pk),
        "role": Role.OPERATOR,
    }
    response = client.post(page(User, "add"), data)
    assert complaints(response) == {}
    ada = User.objects.get(email="ada@example.com")
    assert ada.check_password("a long new password")
    assert [(m.organization, m.role) for m in ada.memberships.all()] == [(acme, Role.OPERATOR)]
    assert not ada.is_superuser


def test_a_weak_password_is_explained(login: Login, acme: Organization) -> None:
    client = login(member(acme, Role.ADMIN))
    data = {"email": "ada@example.com", "password": "short", "organization": str(acme.pk), "role": Role.OPERATOR}
    assert "too short" in client.post(page(User, "add"), data).content.decode()
    assert not User.objects.filter(email="ada@example.com").exists()


def test_an_organization_does_not_raise_its_own_limits(login: Login, acme: Organization) -> None:
    client = login(member(acme, Role.OWNER))
    data = {
        "name": "Acme again",
        "slug": "other",
        "concurrency_limit": 9999,
        "minimum_gap_minutes": 5,
        "daily_contact_cap": 3,
        "analyzer": "model",
        "timezone": "Europe/Rome",
        "default_region": "it",
    }
    response = client.post(page(Organization, "change", acme.pk), data)
    assert complaints(response) == {}
    acme.refresh_from_db()
    assert (acme.name, acme.slug, acme.concurrency_limit) == ("Acme again", "acme", 10)
    assert (acme.minimum_gap_minutes, acme.default_region) == (5, "IT")


def test_a_personal_token_is_issued_to_oneself_only(login: Login, acme: Organization) -> None:
    me, colleague = member(acme, Role.ADMIN), member(acme, Role.OWNER)
    client = login(me)
    for user, expected in ((colleague, 200), (me, 302)):
        response = client.post("/admin/organizations/apikey/add/", {"kind": "personal", "user": str(user.pk)})
        assert response.status_code == expected
    assert [key.user for key in acme.api_keys.all()] == [me]


OPERATING = {Role.OWNER, Role.ADMIN, Role.OPERATOR}
BUTTONS = [
    (Campaign, "clone", OPERATING - {Role.OPERATOR}),
    *((CampaignTarget, button, OPERATING) for button in ("move_stage", "verify", "leave", "suppress_person")),
]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("model", "button", "allowed"), BUTTONS)
def test_a_button_works_for_the_roles_it_is_for(
    model: type[Model], button: str, allowed: set[Role], role: Role, login: Login, acme: Organization, ours: Furnished
) -> None:
    row = ours.campaign if model is Campaign else ours.target
    client = login(member(acme, role))
    response = client.post(page(model, button, row.pk), BUTTON | {"stage": "won"})
    assert response.status_code == (200 if role in allowed else 403)
    assert ("HX-Redirect" in response.headers) is (role in allowed)

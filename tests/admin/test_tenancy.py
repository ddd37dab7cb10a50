"""Nobody sees, finds out about, or changes anything of an organization they do not work in."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client

from campaigns.lifecycle import Status
from campaigns.models import Campaign, Configuration
from customers.models import Customer
from organizations.models import Agent, Membership, Organization, Role, User
from targets.models import CampaignTarget
from tests import factories
from tests.admin.conftest import OPEN, SECRET, Login
from tests.admin.pages import MODELS, NAMES, OF_THE_PLATFORM, page, rows_of
from tests.admin.world import Furnished, member

TENANT_MODELS = [model for model in MODELS if model._meta.label not in OF_THE_PLATFORM]
PLATFORM_MODELS = [model for model in MODELS if model._meta.label in OF_THE_PLATFORM]


def text_of(response: Any) -> str:
    text: str = response.content.decode()
    return text


@pytest.mark.parametrize("role", Role)
def test_no_page_shows_anything_of_another_organization(
    role: Role, login: Login, acme: Organization, ours: Furnished, theirs: Furnished
) -> None:
    client = login(member(acme, role))
    for model in TENANT_MODELS:
        addresses = [page(model, "changelist"), page(model, "changelist") + "?deleted=too", page(model, "add")]
        addresses += [page(model, "change", row.pk) for row in rows_of(model, acme)]
        for address in addresses:
            response = client.get(address, follow=True)
            assert response.status_code in (200, 403), address
            assert SECRET not in text_of(response), address
    assert SECRET not in text_of(client.get("/admin/"))
    assert OPEN in text_of(client.get(page(CampaignTarget, "changelist")))


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("model", TENANT_MODELS, ids=[model._meta.label for model in TENANT_MODELS])
def test_the_rows_of_another_organization_are_not_found(
    model: type[Model], role: Role, login: Login, acme: Organization, globex: Organization, theirs: Furnished
) -> None:
    client = login(member(acme, role))
    rows = rows_of(model, globex)
    assert rows
    for kind in ("change", "history"):
        assert client.get(page(model, kind, rows[0].pk)).status_code == 404
    assert client.post(page(model, "change", rows[0].pk), {}).status_code in (403, 404)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("model", PLATFORM_MODELS, ids=[model._meta.label for model in PLATFORM_MODELS])
def test_the_platforms_own_records_are_for_superusers(
    model: type[Model], role: Role, login: Login, acme: Organization, ours: Furnished
) -> None:
    client = login(member(acme, role))
    assert client.get(page(model, "changelist")).status_code == 403
    for row in rows_of(model, acme)[:1]:
        assert client.get(page(model, "change", row.pk)).status_code in (403, 404)


def test_every_model_without_an_organization_is_known_to_be_so() -> None:
    closed = {
        name
        for name, model in zip(NAMES, MODELS, strict=True)
        if not getattr(admin.site.get_model_admin(model), "organization_path", "")
    }
    assert closed <= OF_THE_PLATFORM


@pytest.mark.parametrize("model", TENANT_MODELS, ids=[model._meta.label for model in TENANT_MODELS])
def test_who_works_nowhere_sees_no_page(model: type[Model], login: Login, ours: Furnished) -> None:
    nobody: User = factories.UserFactory(is_staff=True)
    assert login(nobody).get(page(model, "changelist")).status_code == 403


def test_who_works_nowhere_is_told_so(login: Login, ours: Furnished) -> None:
    nobody: User = factories.UserFactory(is_staff=True)
    text = text_of(login(nobody).get("/admin/"))
    assert "You belong to no organization yet" in text
    assert OPEN not in text


def test_a_membership_of_a_deleted_organization_opens_nothing(login: Login, acme: Organization) -> None:
    user = member(acme, Role.OWNER)
    Organization.objects.filter(pk=acme.pk).update(deleted_at=acme.created_at)
    assert login(user).get(page(Customer, "changelist")).status_code == 403


def test_a_filter_by_a_foreign_row_finds_nothing_and_names_nothing(
    login: Login, acme: Organization, ours: Furnished, theirs: Furnished
) -> None:
    client = login(member(acme, Role.OWNER))
    for query in ({"campaign": str(theirs.campaign.pk)}, {"organization": str(theirs.organization.pk)}):
        response = client.get(page(CampaignTarget, "changelist"), query)
        assert SECRET not in text_of(response)


def test_a_search_finds_nobody_of_another_organization(
    login: Login, acme: Organization, ours: Furnished, theirs: Furnished
) -> None:
    client = login(member(acme, Role.OWNER))
    for term in (SECRET, str(theirs.target.pk), "Rossi"):
        for model in (CampaignTarget, Customer):
            response = client.get(page(model, "changelist"), {"q": term})
            assert page(CampaignTarget, "change", theirs.target.pk) not in text_of(response)
            assert page(Customer, "change", theirs.customer.pk) not in text_of(response)


def test_choices_offered_elsewhere_stay_within_the_organization(
    login: Login, acme: Organization, ours: Furnished, theirs: Furnished
) -> None:
    client = login(member(acme, Role.OWNER))
    query = {"app_label": "targets", "model_name": "campaigntarget", "field_name": "campaign", "term": ""}
    found = client.get("/admin/autocomplete/", query).json()["results"]
    assert [row["text"] for row in found] == [f"{OPEN} campaign"]


def test_a_reference_into_another_organization_is_refused(
    login: Login, acme: Organization, ours: Furnished, theirs: Furnished
) -> None:
    client = login(member(acme, Role.OWNER))
    account = theirs.campaign.agent.provider_account if theirs.campaign.agent else None
    assert account is not None
    response = client.post(page(Agent, "add"), {"name": "Spy", "provider_account": str(account.pk)})
    assert "Select a valid choice" in text_of(response)
    assert not Agent.objects.filter(name="Spy").exists()


def test_even_a_superuser_cannot_mix_organizations(
    root: Client, acme: Organization, ours: Furnished, theirs: Furnished
) -> None:
    account = theirs.campaign.agent.provider_account if theirs.campaign.agent else None
    assert account is not None
    data = {"organization": str(acme.pk), "name": "Spy", "provider_account": str(account.pk)}
    assert "This belongs to another organization." in text_of(root.post(page(Agent, "add"), data))


def test_a_bulk_action_leaves_foreign_rows_alone(
    login: Login, acme: Organization, ours: Furnished, theirs: Furnished
) -> None:
    client = login(member(acme, Role.OWNER))
    chosen = [theirs.customer.pk, ours.customer.pk]
    data: dict[str, Any] = {"action": "delete_selected_rows", "_selected_action": chosen}
    client.post(page(Customer, "changelist"), data)
    ours.customer.refresh_from_db()
    theirs.customer.refresh_from_db()
    assert ours.customer.is_deleted
    assert not theirs.customer.is_deleted


def test_a_button_of_a_foreign_row_is_not_found(
    login: Login, acme: Organization, ours: Furnished, theirs: Furnished
) -> None:
    client = login(member(acme, Role.OWNER))
    address = page(type(theirs.campaign), "start", theirs.campaign.pk)
    assert client.get(address).status_code == 404
    assert client.post(address, {"_form_submitted": "on"}).status_code == 404
    theirs.campaign.refresh_from_db()
    assert theirs.campaign.status == Status.DRAFT


def test_who_works_in_two_organizations_may_do_in_each_what_they_may_there(
    login: Login, acme: Organization, globex: Organization, ours: Furnished, theirs: Furnished
) -> None:
    user = member(acme, Role.OWNER)
    Membership.objects.create(organization=globex, user=user, role=Role.VIEWER)
    client = login(user)
    text = text_of(client.get(page(Customer, "changelist")))
    assert OPEN in text
    assert SECRET in text
    data: dict[str, Any] = {"action": "delete_selected_rows", "_selected_action": [theirs.customer.pk]}
    client.post(page(Customer, "changelist"), data)
    theirs.customer.refresh_from_db()
    assert not theirs.customer.is_deleted
    assert client.post(page(Customer, "change", theirs.customer.pk), {"name": "X"}).status_code == 403
    choices = text_of(client.get(page(Customer, "add")))
    assert f'value="{acme.pk}"' in choices
    assert f'value="{globex.pk}"' not in choices


FRAGMENTS = [
    (Campaign, "live", "get", {}),
    (Campaign, "live", "get", {"part": "charts"}),
    (Campaign, "preview", "post", {}),
    (Configuration, "preview", "post", {}),
    (Campaign, "clone", "post", {"_form_submitted": "on"}),
    (CampaignTarget, "call_back", "post", {"_form_submitted": "on", "at": "2099-01-01T10:00"}),
    (CampaignTarget, "move_stage", "post", {"_form_submitted": "on", "stage": "won"}),
    (CampaignTarget, "suppress_person", "post", {"_form_submitted": "on"}),
]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("model", "kind", "method", "data"), FRAGMENTS)
def test_no_part_of_a_page_serves_another_organization(
    model: type[Model],
    kind: str,
    method: str,
    data: dict[str, str],
    role: Role,
    login: Login,
    acme: Organization,
    globex: Organization,
    ours: Furnished,
    theirs: Furnished,
) -> None:
    client = login(member(acme, role))
    [row, *_] = rows_of(model, globex)
    response = getattr(client, method)(page(model, kind, row.pk), data)
    assert response.status_code == 404
    assert SECRET not in text_of(response)
    [own, *_] = rows_of(model, acme)
    assert SECRET not in text_of(getattr(client, method)(page(model, kind, own.pk), data))


def test_a_list_reached_from_home_by_another_organizations_id_is_empty(
    login: Login, acme: Organization, globex: Organization, ours: Furnished, theirs: Furnished
) -> None:
    client = login(member(acme, Role.OWNER))
    address = f"{page(CampaignTarget, 'changelist')}?organization={globex.pk}"
    response = client.get(address, follow=True)
    assert response.status_code == 200
    assert SECRET not in text_of(response)

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from unfold.admin import ModelAdmin

from campaigns.models import Configuration
from customers.models import Customer
from organizations.admin_base.paginator import CappedPaginator
from organizations.models import Organization, PhoneNumber
from organizations.switches import set_dialing
from tests.admin.pages import MODELS, NAMES, page, rows_of
from tests.admin.world import Furnished
from tests.factories import CustomerFactory


def title(response: Any) -> str:
    """Return the head line of a page, with how many a list found."""
    [found] = re.findall(r"<h1.*?</h1>", response.content.decode(), re.DOTALL)
    return str(found)


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_every_list_opens_without_rows(model: type[Model], root: Client) -> None:
    assert root.get(page(model, "changelist")).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_every_page_opens(model: type[Model], root: Client, acme: Organization, ours: Furnished) -> None:
    set_dialing(value="stopped", reason="a test")
    rows = rows_of(model, acme)
    assert rows, f"furnish() makes no {model._meta.label}"
    listed = root.get(page(model, "changelist"))
    assert listed.status_code == 200
    assert page(model, "change", rows[0].pk) in listed.content.decode()
    for kind in ("change", "history"):
        assert root.get(page(model, kind, rows[0].pk), follow=True).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_the_page_to_add_opens_where_rows_are_added_by_hand(model: type[Model], root: Client, ours: Furnished) -> None:
    pages = admin.site.get_model_admin(model)
    expected = 403 if getattr(pages, "add_needs", None) is None else 200
    assert root.get(page(model, "add")).status_code == expected


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
@pytest.mark.parametrize("term", ["rossi", "%", "+39 347", "01a1fd98-b8f0-712c-ba4c-e432217c9833"])
def test_every_search_takes_any_text(model: type[Model], term: str, root: Client, ours: Furnished) -> None:
    assert root.get(page(model, "changelist"), {"q": term}).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_a_list_offers_all_of_it_only_to_who_narrowed_it(model: type[Model], root: Client, ours: Furnished) -> None:
    assert "result" not in title(root.get(page(model, "changelist")))
    if admin.site.get_model_admin(model).search_fields:
        assert "result" in title(root.get(page(model, "changelist"), {"q": "rossi"}))


def test_a_list_longer_than_is_counted_gives_no_false_number(
    root: Client, ours: Furnished, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        CustomerFactory(organization=ours.organization, name=f"Ada {number}")
    searched = page(Customer, "changelist"), {"q": "Ada"}
    assert "4 results" in title(root.get(*searched))
    monkeypatch.setattr(CappedPaginator, "cap", 3)
    cut = root.get(*searched)
    assert "result" not in title(cut)
    assert "more than 3" in cut.content.decode()


def test_no_json_is_an_empty_field(root: Client, ours: Furnished) -> None:
    text = root.get(page(Configuration, "add")).content.decode()
    found = re.search(r'<textarea name="first_call_overrides"[^>]*>([^<]*)</textarea>', text)
    assert found is not None
    assert found[1].strip() == ""


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_every_page_is_of_the_theme(model: type[Model]) -> None:
    assert isinstance(admin.site.get_model_admin(model), ModelAdmin)


def test_a_row_that_does_not_exist_is_not_found(root: Client, ours: Furnished) -> None:
    missing = page(type(ours.campaign), "change", ours.target.pk)
    assert root.get(missing).status_code == 404


def test_who_is_not_logged_in_is_asked_to(client: Client, db: None) -> None:
    response = client.get(page(MODELS[0], "changelist"))
    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")


def test_nothing_is_loaded_from_elsewhere(root: Client, ours: Furnished) -> None:
    for address in ("/admin/", page(type(ours.campaign), "change", ours.campaign.pk)):
        text = root.get(address).content.decode()
        loaded = re.findall(r"""(?:src|<link[^>]*href)=["'](?:https?:)?//[^"']*""", text)
        assert loaded == []


def test_what_is_taken_is_refused_in_words(root: Client, ours: Furnished) -> None:
    taken = PhoneNumber.objects.get(organization=ours.organization)
    data = {
        "organization": str(ours.organization.pk),
        "number": taken.number,
        "provider_account": str(taken.provider_account_id),
        "label": "Again",
    }
    response = root.post(page(PhoneNumber, "add"), data)
    text = response.content.decode()
    assert response.status_code == 200
    assert "Constraint" not in text
    assert "Another phone number has the same number." in text

"""How much a page asks of the database: the same for one row as for many, and never a count of everything."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.models import Customer
from organizations.admin_base.paginator import CappedPaginator
from organizations.models import Organization
from tests import factories
from tests.admin.pages import MODELS, NAMES, page
from tests.admin.world import Furnished, furnish

BIG = [
    "campaigns.ActivityEvent",
    "customers.Customer",
    "customers.DialLedger",
    "organizations.AuditEvent",
    "targets.Attempt",
    "targets.AttemptEvent",
    "targets.CampaignTarget",
    "targets.Conversation",
    "targets.InboxEvent",
    "targets.OutboxMessage",
]


def queries_of(client: Client, address: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in captured]


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_a_list_asks_as_much_for_many_rows_as_for_one(
    model: type[Model], root: Client, acme: Organization, ours: Furnished
) -> None:
    address = page(model, "changelist")
    queries_of(root, address)
    few = queries_of(root, address)
    for number in range(3):
        furnish(factories.OrganizationFactory(), f"MORE{number}")
    assert len(queries_of(root, address)) == len(few)


@pytest.mark.parametrize("name", BIG)
def test_the_list_of_a_big_table_is_not_counted_to_its_end(name: str, root: Client, ours: Furnished) -> None:
    [model] = [model for model in MODELS if model._meta.label == name]
    counts = [sql for sql in queries_of(root, page(model, "changelist")) if "COUNT(*)" in sql]
    assert counts
    assert [sql for sql in counts if "LIMIT 10001" not in sql] == []


@pytest.mark.parametrize("name", BIG)
def test_a_big_table_is_listed_in_an_order_an_index_has(name: str, root: Client, ours: Furnished) -> None:
    [model] = [model for model in MODELS if model._meta.label == name]
    table = model._meta.db_table
    asked = queries_of(root, page(model, "changelist"))
    [listed] = [sql for sql in asked if sql.startswith(f'SELECT "{table}".') and " ORDER BY " in sql]
    assert listed.endswith(f' ORDER BY "{table}"."id" DESC')


def test_a_page_of_a_target_costs_the_same_however_long_its_story(root: Client, ours: Furnished) -> None:
    address = page(type(ours.target), "change", ours.target.pk)
    queries_of(root, address)
    short = queries_of(root, address)
    for number in range(2, 6):
        factories.AttemptFactory(target=ours.target, number=number, state="released", address=f"+3934700000{number:02}")
    assert len(queries_of(root, address)) == len(short)


def test_counting_stops_where_nobody_leafs_on(acme: Organization) -> None:
    for _ in range(4):
        factories.CustomerFactory(organization=acme)
    paginator = CappedPaginator(Customer.objects.order_by("pk"), 2)
    assert (paginator.count, paginator.num_pages, paginator.is_capped) == (4, 2, False)
    small = CappedPaginator(Customer.objects.order_by("pk"), 2)
    small.cap = 3
    assert (small.count, small.num_pages, small.is_capped) == (3, 2, True)


def test_every_list_that_is_not_big_is_known(db: None) -> None:
    small = {name for name, model in zip(NAMES, MODELS, strict=True) if not _is_capped(model)}
    assert small == {
        "campaigns.Campaign",
        "campaigns.Configuration",
        "customers.CustomField",
        "customers.ImportJob",
        "organizations.Agent",
        "organizations.ApiKey",
        "organizations.Blackout",
        "organizations.EmailChannel",
        "organizations.Membership",
        "organizations.Organization",
        "organizations.PhoneNumber",
        "organizations.ProviderAccount",
        "organizations.SystemFlag",
        "organizations.User",
        "organizations.WhatsAppChannel",
    }


def _is_capped(model: type[Model]) -> bool:
    return bool(admin.site.get_model_admin(model).paginator is CappedPaginator)

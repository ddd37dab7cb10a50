from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError

from campaigns.counters import read_counters
from campaigns.models import Campaign
from customers.models import Customer
from lib.db.bulk import insert_rows
from organizations.models import Organization
from targets.models import CampaignTarget
from tests.factories import CampaignFactory, CustomerFactory, TargetFactory

pytestmark = pytest.mark.django_db

TEXT = "tab\t, newline\n, backslash \\, quote ', \\N, brace {}, \u00e9\U0001f600"


def test_inserted_rows_are_what_saved_ones_would_be(acme: Organization) -> None:
    made = {"name": TEXT, "surname": None, "tags": [TEXT, ""], "custom_fields": {"a": [1, None, TEXT]}, "email": ""}
    saved = CustomerFactory(organization=acme, **made)
    inserted = CustomerFactory.build(organization=acme, **made)
    insert_rows([inserted])
    rows = Customer.objects.in_bulk([saved.pk, inserted.pk])
    own = ("id", "created_at", "updated_at", "customer_id", "phone")
    assert [getattr(rows[inserted.pk], name) for name in made] == list(made.values())
    for field in Customer._meta.concrete_fields:
        if field.attname not in own:
            assert getattr(rows[inserted.pk], field.attname) == getattr(rows[saved.pk], field.attname)
    assert rows[inserted.pk].updated_at == inserted.updated_at


def test_rows_may_differ_in_every_sort_of_column(acme: Organization) -> None:
    differences: list[dict[str, Any]] = [
        {"name": TEXT, "tags": [TEXT, ""], "other_phones": [], "custom_fields": {"a": [1, None, TEXT]}, "email": None},
        {"name": None, "tags": [], "other_phones": ["+12125550100", "+12125550101"], "custom_fields": {}, "email": ""},
    ]
    rows = [CustomerFactory.build(organization=acme, **difference) for difference in differences]
    insert_rows(rows)
    found = Customer.objects.in_bulk([row.pk for row in rows])
    for row, difference in zip(rows, differences, strict=True):
        assert {name: getattr(found[row.pk], name) for name in difference} == difference


def test_triggers_count_inserted_rows(acme: Organization) -> None:
    campaign: Campaign = CampaignFactory(organization=acme)
    people = CustomerFactory.create_batch(3, organization=acme)
    insert_rows([TargetFactory.build(campaign=campaign, organization=acme, customer=person) for person in people])
    assert CampaignTarget.objects.filter(campaign=campaign).count() == 3
    assert read_counters([campaign.pk])[campaign.pk]["targets"] == 3
    insert_rows([])
    assert CampaignTarget.objects.filter(campaign=campaign).count() == 3


def test_one_row_that_is_refused_keeps_all_out(acme: Organization) -> None:
    person = CustomerFactory.build(organization=acme)
    with pytest.raises(IntegrityError):
        insert_rows([person, CustomerFactory.build(organization=acme, customer_id=person.customer_id)])

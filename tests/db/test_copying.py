from __future__ import annotations

import pytest
from django.db import IntegrityError

from campaigns.counters import read_counters
from campaigns.models import Campaign
from customers.models import Customer
from lib.db.copying import copy_rows
from organizations.models import Organization
from targets.models import CampaignTarget
from tests.factories import CampaignFactory, CustomerFactory, TargetFactory

pytestmark = pytest.mark.django_db

TEXT = "tab\t, newline\n, backslash \\, quote ', \\N, brace {}, \u00e9\U0001f600"


def test_copied_rows_are_what_saved_ones_would_be(acme: Organization) -> None:
    made = {"name": TEXT, "surname": None, "tags": [TEXT, ""], "custom_fields": {"a": [1, None, TEXT]}, "email": ""}
    saved = CustomerFactory(organization=acme, **made)
    copied = CustomerFactory.build(organization=acme, **made)
    copy_rows([copied])
    rows = Customer.objects.in_bulk([saved.pk, copied.pk])
    own = ("id", "created_at", "updated_at", "customer_id", "phone")
    assert [getattr(rows[copied.pk], name) for name in made] == list(made.values())
    for field in Customer._meta.concrete_fields:
        if field.attname not in own:
            assert getattr(rows[copied.pk], field.attname) == getattr(rows[saved.pk], field.attname)
    assert rows[copied.pk].updated_at == copied.updated_at


def test_triggers_count_copied_rows(acme: Organization) -> None:
    campaign: Campaign = CampaignFactory(organization=acme)
    people = CustomerFactory.create_batch(3, organization=acme)
    copy_rows([TargetFactory.build(campaign=campaign, organization=acme, customer=person) for person in people])
    assert CampaignTarget.objects.filter(campaign=campaign).count() == 3
    assert read_counters([campaign.pk])[campaign.pk]["targets"] == 3
    copy_rows([])
    assert CampaignTarget.objects.filter(campaign=campaign).count() == 3


def test_one_row_that_is_refused_keeps_all_out(acme: Organization) -> None:
    person = CustomerFactory.build(organization=acme)
    with pytest.raises(IntegrityError):
        copy_rows([person, CustomerFactory.build(organization=acme, customer_id=person.customer_id)])

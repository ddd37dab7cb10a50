"""What the planner believes of a tenant whose rows came after the table was last measured."""

from __future__ import annotations

import pytest
from django.db import connection

from customers.models import Customer
from lib.db.statistics import Growth
from organizations.models import Organization
from tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db


def believed(organization: Organization) -> float:
    """Return how many customers of the organization the planner expects."""
    with connection.cursor() as cursor:
        cursor.execute(
            "EXPLAIN (FORMAT JSON) SELECT FROM customers_customer WHERE organization_id = %s", [organization.pk]
        )
        return float(cursor.fetchone()[0][0]["Plan"]["Plan Rows"])


def test_a_table_is_measured_when_rows_have_come_and_again_at_ten_times_as_many(
    acme: Organization, globex: Organization
) -> None:
    table = Customer._meta.db_table
    CustomerFactory.create_batch(30, organization=acme)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {table}")
    assert believed(globex) < 5
    growth = Growth(table)

    CustomerFactory.create_batch(30, organization=globex)
    growth.add(1_999)
    assert believed(globex) < 5
    growth.add(1)
    assert believed(globex) == 30

    CustomerFactory.create_batch(30, organization=globex)
    growth.add(17_999)
    assert believed(globex) < 60
    growth.add(1)
    assert believed(globex) == 60

"""No row can refer to a row of another organization, whatever the code does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import ForeignKey, Model

from organizations.models import Organization
from tests.factories import AgentFactory, CampaignFactory, CustomerFactory

pytestmark = pytest.mark.django_db

# Columns of every foreign key in the database, with the tables at both ends.
FOREIGN_KEYS = """
SELECT con.conrelid::regclass::text, con.confrelid::regclass::text,
       ARRAY(SELECT attname::text FROM unnest(con.conkey) WITH ORDINALITY AS k(number, place)
             JOIN pg_attribute ON attrelid = con.conrelid AND attnum = k.number ORDER BY place),
       ARRAY(SELECT attname::text FROM unnest(con.confkey) WITH ORDINALITY AS k(number, place)
             JOIN pg_attribute ON attrelid = con.confrelid AND attnum = k.number ORDER BY place)
FROM pg_constraint con WHERE con.contype = 'f' AND con.connamespace = 'public'::regnamespace
"""


def rows(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def tenant_tables() -> set[str]:
    query = (
        "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attname = 'organization_id'"
    )
    return {table for (table,) in rows(query)}


def references_between_tenant_tables() -> Iterator[tuple[str, str, str]]:
    """Yield (table, column, parent) of every foreign key the models declare between two tenant tables."""
    tenants = [model for model in apps.get_models() if has_organization(model)]
    for model in tenants:
        for field in model._meta.concrete_fields:
            if isinstance(field, ForeignKey) and field.related_model in tenants:
                yield model._meta.db_table, field.column, field.related_model._meta.db_table


def has_organization(model: type[Model]) -> bool:
    return any(isinstance(f, ForeignKey) and f.name == "organization" for f in model._meta.concrete_fields)


def test_every_reference_between_tenant_tables_carries_the_organization() -> None:
    declared = set(references_between_tenant_tables())
    enforced = {
        (table, columns[1], parent)
        for table, parent, columns, parent_columns in rows(FOREIGN_KEYS)
        if columns[0] == "organization_id" and parent_columns == ["organization_id", "id"]
    }
    assert len(declared) > 20
    assert declared == enforced


def test_no_reference_between_tenant_tables_does_without_the_organization() -> None:
    tenants = tenant_tables()
    alone = [
        (table, columns)
        for table, parent, columns, _ in rows(FOREIGN_KEYS)
        if len(columns) == 1 and table in tenants and parent in tenants
    ]
    assert alone == []


def test_every_constraint_of_a_tenant_key_is_checked() -> None:
    assert rows("SELECT conname FROM pg_constraint WHERE NOT convalidated") == []


def test_a_reference_into_another_organization_does_not_survive_the_transaction(
    acme: Organization, globex: Organization
) -> None:
    ours, theirs = CampaignFactory(organization=acme), AgentFactory(organization=globex)
    with pytest.raises(IntegrityError, match="campaigns_campaign_agent_id_tenant_fk"), transaction.atomic():
        type(ours).objects.filter(pk=ours.pk).update(agent=theirs)
        check_now()


def test_a_row_does_not_move_to_another_organization_without_what_it_refers_to(
    acme: Organization, globex: Organization
) -> None:
    customer = CustomerFactory(organization=acme, agent=AgentFactory(organization=acme))
    with pytest.raises(IntegrityError, match="customers_customer_agent_id_tenant_fk"), transaction.atomic():
        type(customer).objects.filter(pk=customer.pk).update(organization=globex)
        check_now()


def check_now() -> None:
    """Check what is otherwise checked at the end of the transaction, which a test never reaches."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

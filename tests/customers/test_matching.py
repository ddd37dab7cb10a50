"""Whole files against a model that takes one row after the other, as `customers.imports.matching` promises."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.imports import reading
from customers.models import Customer
from lib.ids import new_id
from organizations.models import Organization
from tests.customers.files import counts, import_rows

# Few values, so that people collide in every way.
Keys = tuple[str, str, str]
IDS = st.sampled_from(["", "", "1", "2", "3"])
EMAILS = st.sampled_from(["", "a@example.com", "b@example.com", "c@example.com"])
PHONES = st.sampled_from(["", "+393470000001", "+393470000002", "+393470000003"])
ROWS = st.tuples(IDS, EMAILS, PHONES).filter(lambda keys: bool(keys[1] or keys[2]))
HEADERS = ("Customer ID", "Email", "Phone")
numbers = count()


@dataclass
class Model:
    """People in the order they became known, and what a file made of them."""

    people: list[list[str]]
    named: set[int] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)

    def take(self, row: Keys) -> None:
        found = self.meant(row)
        if found is None:
            self.people.append(list(row))
            self.tell(len(self.people) - 1, "created")
        elif found in self.named:
            self.tell(found, "duplicate")
        else:
            self.people[found] = [given or known for given, known in zip(row, self.people[found], strict=True)]
            self.tell(found, "updated")

    def meant(self, row: Keys) -> int | None:
        for kind in range(3):
            for place, person in enumerate(self.people):
                same = row[kind] and person[kind] == row[kind]
                if same and (person[0] == row[0] or not (person[0] and row[0])):
                    return place
        return None

    def tell(self, place: int, fate: str) -> None:
        self.named.add(place)
        self.counts[fate] = self.counts.get(fate, 0) + 1


def known_people(organization: Organization) -> list[list[str]]:
    rows = Customer.objects.for_organization(organization).order_by("created_at", "id")
    return [[key or "" for key in keys] for keys in rows.values_list("customer_id", "email", "phone")]


def organization_with(people: list[Keys]) -> Organization:
    """Make an organization that knows these people, oldest first, whoever of them share what."""
    number = next(numbers)
    organization: Organization = Organization.objects.create(name="Acme", slug=f"acme-{number}")
    taken: set[str] = set()
    for customer_id, email, phone in people:
        own = customer_id if customer_id not in taken else ""
        taken.add(own)
        Customer.objects.create(
            id=new_id(), organization=organization, customer_id=own or None, email=email or None, phone=phone or None
        )
    return organization


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(known=st.lists(ROWS, max_size=4), rows=st.lists(ROWS, min_size=1, max_size=7))
@pytest.mark.django_db
def test_a_file_does_what_its_rows_do_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch, known: list[Keys], rows: list[Keys]
) -> None:
    monkeypatch.setattr(reading, "BATCH_ROWS", 1)
    organization = organization_with(known)
    model = Model(known_people(organization))
    for row in rows:
        model.take(row)
    tried = import_rows(organization, rows, HEADERS, dry_run=True).job
    done = import_rows(organization, rows, HEADERS).job
    assert counts(done) == counts(tried) == model.counts
    assert sorted(known_people(organization)) == sorted(model.people)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROWS, min_size=1, max_size=9), size=st.integers(min_value=1, max_value=9))
@pytest.mark.django_db
def test_where_a_batch_ends_makes_no_difference(monkeypatch: pytest.MonkeyPatch, rows: list[Keys], size: int) -> None:
    monkeypatch.setattr(reading, "BATCH_ROWS", size)
    organization = organization_with([])
    model = Model([])
    for row in rows:
        model.take(row)
    tried = import_rows(organization, rows, HEADERS, dry_run=True).job
    done = import_rows(organization, rows, HEADERS).job
    assert counts(done) == counts(tried) == model.counts
    assert sorted(known_people(organization)) == sorted(model.people)

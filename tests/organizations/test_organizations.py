from __future__ import annotations

import pytest

from lib.errors import InvalidField
from organizations.exceptions import DuplicateSlug
from organizations.models import AuditEvent, Organization
from organizations.services import create_organization, set_concurrency_limit

pytestmark = pytest.mark.django_db


def test_a_slug_is_made_from_the_name() -> None:
    assert create_organization(name=" Öko Energie GmbH ").slug == "oko-energie-gmbh"


def test_a_name_of_which_nothing_can_be_spelt_still_gets_a_slug() -> None:
    assert create_organization(name="日本").slug == "organization"


def test_a_made_slug_steps_aside_for_one_that_is_taken() -> None:
    slugs = [create_organization(name="Acme").slug for _ in range(3)]
    assert slugs == ["acme", "acme-2", "acme-3"]


def test_a_long_name_leaves_room_for_a_number_in_its_slug() -> None:
    slugs = [create_organization(name="a" * 255).slug for _ in range(2)]
    assert slugs == ["a" * 56, "a" * 56 + "-2"]


def test_a_chosen_slug_that_is_taken_is_refused(acme: Organization) -> None:
    with pytest.raises(DuplicateSlug) as refusal:
        create_organization(name="Another", slug="acme")
    assert refusal.value.data == {"slug": "acme"}
    assert not Organization.objects.filter(name="Another").exists()


def test_the_slug_of_a_deleted_organization_is_free_again(acme: Organization) -> None:
    Organization.objects.filter(pk=acme.pk).soft_delete()
    assert create_organization(name="Acme").slug == "acme"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "   "),
        ("name", "a" * 256),
        ("slug", "not a slug"),
        ("timezone", "Mars/Olympus"),
        ("timezone", "../../etc/passwd"),
        ("default_region", "XX"),
        ("concurrency_limit", 0),
        ("concurrency_limit", 10_001),
    ],
)
def test_a_field_that_makes_no_sense_is_named(field: str, value: object) -> None:
    with pytest.raises(InvalidField) as refusal:
        create_organization(**{"name": "Acme", field: value})  # type: ignore[arg-type]  # wrong types are the point
    assert refusal.value.field == field
    assert not Organization.objects.exists()


def test_a_region_may_be_written_in_small_letters() -> None:
    assert create_organization(name="Acme", default_region="it").default_region == "IT"


def test_creating_is_audited_within_the_new_organization() -> None:
    organization = create_organization(name="Acme")
    event = AuditEvent.objects.get()
    assert (event.organization, event.action, event.object_type, event.object_id) == (
        organization,
        "organization.created",
        "organizations.organization",
        organization.pk,
    )


def test_the_limit_of_live_calls_is_changed_within_its_range_and_written_down(acme: Organization) -> None:
    assert set_concurrency_limit(organization=acme, limit=25).concurrency_limit == 25
    event = AuditEvent.objects.get(action="organization.concurrency_limit_set")
    assert event.changes == {"concurrency_limit": [10, 25]}
    for limit in (0, 10_001):
        with pytest.raises(InvalidField):
            set_concurrency_limit(organization=acme, limit=limit)
    acme.refresh_from_db()
    assert acme.concurrency_limit == 25

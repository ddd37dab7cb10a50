from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from phonenumbers import SUPPORTED_REGIONS

from lib.db.constraints import broken_constraint
from lib.db.validation import check_fields
from lib.errors import InvalidField
from lib.zones import zone
from organizations.exceptions import DuplicateSlug
from organizations.models import Organization
from organizations.services.audit import Actor, changes_between, record_audit

_LONGEST_STEM = 56  # leaves room for a number in a column of 64 characters


def find_organization(organization_id: UUID) -> Organization | None:
    """Return the organization with this id, None where there is none (any more)."""
    found: Organization | None = Organization.objects.filter(pk=organization_id).first()
    return found


def create_organization(
    *,
    name: str,
    slug: str = "",
    timezone: str = "",
    default_region: str = "",
    concurrency_limit: int = 10,
    actor: Actor | None = None,
) -> Organization:
    """Create a tenant. Without a `slug`, a free one is made from the name.

    `timezone` is an IANA name, `default_region` an ISO 3166 country of two letters, `concurrency_limit` a number of
    live calls. Raises DuplicateSlug, InvalidField.
    """
    organization = Organization(
        name=name.strip(),
        slug=slug or _stem(name),
        timezone=timezone,
        default_region=default_region.upper(),
        concurrency_limit=concurrency_limit,
    )
    _check(organization)
    for candidate in [slug] if slug else _free_slugs(name):
        organization.slug = candidate
        if _created(organization, actor):
            return organization
    raise DuplicateSlug(slug)


@transaction.atomic
def set_concurrency_limit(*, organization: Organization, limit: int, actor: Actor | None = None) -> Organization:
    """Set how many calls of the organization may be live at once; it holds for the next claim. Raises InvalidField."""
    row: Organization = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    before = {"concurrency_limit": row.concurrency_limit}
    row.concurrency_limit = limit
    check_fields(row)
    changed = changes_between(before, row)
    if changed:
        row.save(update_fields=["concurrency_limit", "updated_at"])
        record_audit(
            organization=row, action="organization.concurrency_limit_set", subject=row, changes=changed, actor=actor
        )
    return row


def _check(organization: Organization) -> None:
    check_fields(organization)
    if organization.timezone and zone(organization.timezone) is None:
        raise InvalidField("timezone", "this is no IANA time zone, such as Europe/Rome")
    if organization.default_region and organization.default_region not in SUPPORTED_REGIONS:
        raise InvalidField("default_region", "this is no ISO 3166 country of two letters, such as IT")


def _stem(name: str) -> str:
    return slugify(name)[:_LONGEST_STEM].strip("-") or "organization"


def _free_slugs(name: str) -> Iterator[str]:
    stem = _stem(name)
    yield stem
    for number in count(2):
        yield f"{stem}-{number}"


def _created(organization: Organization, actor: Actor | None) -> bool:
    """Write the row and its audit line; return False where its slug is taken."""
    try:
        with transaction.atomic():
            organization.save(force_insert=True)
            record_audit(organization=organization, action="organization.created", subject=organization, actor=actor)
    except IntegrityError as error:
        if broken_constraint(error) == "organization_slug_unique":
            return False
        raise
    return True

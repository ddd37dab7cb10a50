"""Rows for requests to name: rich ones of acme, made anew as requests use them up, and globex's, not to be seen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.apps import apps

from campaigns.models import Configuration
from campaigns.services.configurations import create_configuration
from customers.models import CustomField
from lib import clock
from organizations.models import Organization
from targets.models import Appointment, Conversation
from tests.api.umanize.rows import ids_in
from tests.factories import AttemptFactory, CampaignFactory, CustomerFactory, OrganizationFactory, TargetFactory

MARK = "Xyzzy-of-Globex"  # in every text of globex's
_WEEK = [{"days": [0, 1, 2, 3, 4], "start": "09:00", "end": "18:00"}]
_ENDED: list[dict[str, Any]] = [
    {"state": "reserved"},
    {"state": "completed", "outcome": "answered", "duration_seconds": 42},
    {"state": "completed", "outcome": "no_answer"},
    {"state": "failed", "error_message": "the line broke"},
    {"state": "unknown"},
]


class Population:
    """Two organizations with rows of every kind. `ids_of_others` are the ids of everything that is globex's."""

    def __init__(self) -> None:
        self.acme: Organization = OrganizationFactory(name="Acme", slug="acme")
        self.globex: Organization = OrganizationFactory(name=MARK, slug="globex")
        self.theirs = rows_of(self.globex, MARK)
        self.ids_of_others = _every_id(self.globex)
        rows_of(self.acme, "Acme")
        rows_of(self.acme, "Acme too")

    def fresh(self) -> dict[str, str]:
        """Return the ids of new rows of acme that belong together, by what the dialects call them in paths."""
        return rows_of(self.acme, "Acme's own")


def rows_of(organization: Organization, mark: str) -> dict[str, str]:
    """Make rows of every kind with `mark` in their texts; return their ids by what the dialects call them."""
    ids: dict[str, Any] = dict(ids_in(organization))
    named = Configuration.objects.for_organization(organization).count() + 1
    configuration = create_configuration(
        organization=organization, name=f"{mark} {named}", windows=_WEEK, initial_context={"of": mark}
    )
    unused = create_configuration(organization=organization, name=f"{mark} unused {named}")
    campaign = CampaignFactory(
        organization=organization,
        name=f"{mark} {named}",
        external_id=f"{mark}-{named}".replace(" ", "-"),
        configuration=configuration,
        agent=None,
        phone_number=None,
        goal=mark,
        call_opening_message=mark,
        status="running",
    )
    customer = CustomerFactory(organization=organization, name=mark, surname=mark, tags=[mark])
    target = TargetFactory(
        campaign=campaign, customer=customer, external_id=f"{mark}-{named}".replace(" ", "-"), data={"of": mark}
    )
    _call(target, mark, _ENDED[named % len(_ENDED)])
    if named == 1:
        CustomField.objects.create(organization=organization, key="plan", label=mark, type=CustomField.Type.TEXT)
    TargetFactory(campaign_id=ids["campaign_id"], organization=organization, ai_reason=mark, ai_label="positive")
    ids |= {
        "used_campaign": campaign.pk,
        "contact_id": target.pk,
        "config_id": unused.pk,
        "used_config": configuration.pk,
    }
    ids |= {"used_target": target.pk, "used_customer": customer.pk}
    return {slot: str(key) for slot, key in ids.items()}


def _call(target: Any, mark: str, how: Mapping[str, Any]) -> None:
    sent = (
        {}
        if how["state"] == "reserved"
        else {"submit_started_at": datetime.now(UTC), "provider_id": f"{mark}-{target.pk}"}
    )
    attempt = AttemptFactory(target=target, **{**sent, **how})
    Conversation.objects.create(
        attempt=attempt, organization=target.organization, summary=mark, turns=[{"speaker": "person", "text": mark}]
    )
    Appointment.objects.create(
        organization=target.organization, target=target, attempt=attempt, starts_at=clock.now(), label=mark
    )


def _every_id(organization: Organization) -> frozenset[str]:
    found = {str(organization.pk)}
    for model in apps.get_models():
        names = {field.name for field in model._meta.get_fields()}
        if "organization" in names:
            found |= {
                str(key) for key in model._base_manager.filter(organization=organization).values_list("pk", flat=True)
            }
    return frozenset(key for key in found if len(key) == 36)

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from campaigns.models import Campaign
from customers.exceptions import DuplicateCustomerId
from customers.models import Customer
from customers.services import CustomerData
from lib.errors import InvalidField
from organizations.models import Organization
from targets.claims import claim_due_work
from targets.enrolment import UNKNOWN_AGENT
from targets.exceptions import CampaignNotOpen, NoAddress
from targets.models import CampaignTarget
from targets.new_people import SAME_EMAIL, SAME_PHONE, NewPersonResult, enrol_new_person
from tests.connections import run_together
from tests.factories import CampaignFactory, CustomerFactory, OrganizationFactory, TargetFactory

ADA: dict[str, Any] = {"customer_id": "c-1", "name": "Ada", "email": "ada@example.com", "phone": "+39 347 123 4567"}


@pytest.fixture
def campaign(acme: Organization) -> Campaign:
    hours = [{"days": list(range(7)), "start": "00:00", "end": "24:00"}]
    made: Campaign = CampaignFactory(organization=acme, status="running", working_hours=hours)
    return made


def enrolled(campaign: Campaign, **fields: Any) -> NewPersonResult:
    return enrol_new_person(campaign=campaign, data=CustomerData(**{**ADA, **fields}))


@pytest.mark.django_db
def test_somebody_new_is_written_down_enrolled_and_due_at_once(campaign: Campaign) -> None:
    result = enrolled(campaign)
    assert result.created
    target = CampaignTarget.objects.get(pk=result.target_id)
    assert (target.customer.phone, target.next_channel, target.state) == ("+393471234567", "call", "ready")
    assert len(claim_due_work(worker="test")) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("again", "reason"),
    [
        ({}, SAME_EMAIL),
        ({"customer_id": "c-2", "email": "ADA@example.com ", "phone": None}, SAME_EMAIL),
        ({"customer_id": "c-2", "email": None, "phone": "+39 347 1234567"}, SAME_PHONE),
        ({"customer_id": "c-2", "email": "other@example.com"}, SAME_PHONE),
    ],
)
def test_who_has_the_same_email_or_phone_is_skipped(campaign: Campaign, again: dict[str, Any], reason: str) -> None:
    enrolled(campaign)
    assert enrolled(campaign, **again) == NewPersonResult(reason=reason)
    assert Customer.objects.count() == CampaignTarget.objects.count() == 1


@pytest.mark.django_db
def test_another_number_of_somebody_in_the_campaign_is_theirs_too(campaign: Campaign) -> None:
    customer = CustomerFactory(organization=campaign.organization, other_phones=["+393471234567"])
    TargetFactory(campaign=campaign, customer=customer)
    assert enrolled(campaign).reason == SAME_PHONE


@pytest.mark.django_db
def test_somebody_of_another_campaign_is_enrolled_as_they_are(campaign: Campaign) -> None:
    first = enrolled(CampaignFactory(organization=campaign.organization))
    second = enrolled(campaign, name="Ada Maria")
    assert first.created
    assert second.created
    assert Customer.objects.get().name == "Ada"


@pytest.mark.django_db
def test_whom_the_caller_may_not_use_is_not_touched(campaign: Campaign) -> None:
    enrolled(CampaignFactory(organization=campaign.organization))
    nobody = partial(enrol_new_person, campaign=campaign, may_use=lambda customer: False)
    with pytest.raises(DuplicateCustomerId):
        nobody(data=CustomerData(**ADA))
    assert nobody(data=CustomerData(**{**ADA, "customer_id": "c-2"})).created
    assert Customer.objects.count() == 2


@pytest.mark.django_db
def test_who_was_removed_from_the_campaign_comes_back(campaign: Campaign) -> None:
    result = enrolled(campaign)
    CampaignTarget.objects.all().soft_delete()
    assert enrolled(campaign) == result


@pytest.mark.django_db
@pytest.mark.parametrize("nothing", [{"email": None, "phone": None}, {"email": " ", "phone": ""}])
def test_without_email_and_phone_nobody_can_be_reached(campaign: Campaign, nothing: dict[str, Any]) -> None:
    with pytest.raises(NoAddress):
        enrolled(campaign, **nothing)


@pytest.mark.django_db
def test_a_wrong_phone_an_unknown_agent_and_an_ended_campaign_write_nothing(campaign: Campaign) -> None:
    with pytest.raises(InvalidField):
        enrolled(campaign, phone="12")
    Campaign.objects.filter(pk=campaign.pk).update(status="completed")
    with pytest.raises(CampaignNotOpen):
        enrolled(campaign)
    assert not Customer.objects.exists()
    assert not CampaignTarget.objects.exists()


@pytest.mark.django_db
def test_an_agent_nobody_knows_is_the_reason(campaign: Campaign) -> None:
    result = enrol_new_person(campaign=campaign, data=CustomerData(**ADA), assigned_agent_id=uuid4())
    assert result == NewPersonResult(reason=UNKNOWN_AGENT)


@pytest.mark.django_db(transaction=True)
def test_ten_requests_at_once_enrol_one_person() -> None:
    campaign = CampaignFactory(organization=OrganizationFactory(), status="running")
    results = run_together(*[partial(enrolled, campaign, customer_id=f"c-{n % 3}") for n in range(10)])
    assert [result.created for result in results if isinstance(result, NewPersonResult)].count(True) == 1
    assert len([result for result in results if isinstance(result, NewPersonResult)]) == 10
    assert Customer.objects.count() == CampaignTarget.objects.count() == 1

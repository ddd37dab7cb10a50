from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection

from campaigns.services.lifecycle import close_campaign
from organizations.models import Organization
from targets.enrolment import UNKNOWN_AGENT, UNKNOWN_CUSTOMER, EnrolmentResult, enrol
from targets.exceptions import CampaignNotOpen
from targets.models import CampaignTarget
from tests.factories import AgentFactory, CampaignFactory, CustomerFactory, WhatsAppChannelFactory


@pytest.fixture
def acme(db: None) -> Organization:
    from tests.factories import OrganizationFactory

    organization: Organization = OrganizationFactory(slug="acme")
    return organization


def test_each_customer_becomes_a_target_that_is_due(acme: Organization) -> None:
    campaign = CampaignFactory(organization=acme)
    customers = CustomerFactory.create_batch(3, organization=acme)

    result = enrol(campaign=campaign, customer_ids=[customer.pk for customer in customers])

    assert (result.created, result.skipped, dict(result.rejected)) == (3, 0, {})
    targets = CampaignTarget.objects.filter(campaign=campaign)
    assert {(t.state, t.stage, t.next_channel) for t in targets} == {("ready", "new", "call")}
    assert dict(result.target_ids) == {t.customer_id: t.pk for t in targets}


def test_somebody_enrolled_twice_is_skipped_and_named_once(acme: Organization) -> None:
    campaign, customer = CampaignFactory(organization=acme), CustomerFactory(organization=acme)

    first = enrol(campaign=campaign, customer_ids=[customer.pk, customer.pk])
    second = enrol(campaign=campaign, customer_ids=[customer.pk])

    assert (first.created, first.skipped, second.created, second.skipped) == (1, 0, 0, 1)


def test_a_removed_target_comes_back_as_it_stood(acme: Organization) -> None:
    campaign, customer = CampaignFactory(organization=acme), CustomerFactory(organization=acme)
    enrol(campaign=campaign, customer_ids=[customer.pk])
    CampaignTarget.objects.update(calls_made=2)
    CampaignTarget.objects.all().soft_delete()

    result = enrol(campaign=campaign, customer_ids=[customer.pk])

    assert result.created == 1
    assert CampaignTarget.objects.get().calls_made == 2


def test_strangers_are_rejected_alike_whether_missing_deleted_or_another_organizations(
    acme: Organization, globex: Organization
) -> None:
    campaign = CampaignFactory(organization=acme)
    foreign, deleted = CustomerFactory(organization=globex), CustomerFactory(organization=acme)
    type(deleted).objects.filter(pk=deleted.pk).soft_delete()
    strangers = [uuid4(), foreign.pk, deleted.pk]

    result = enrol(campaign=campaign, customer_ids=strangers)

    assert dict(result.rejected) == dict.fromkeys(strangers, UNKNOWN_CUSTOMER)
    assert not CampaignTarget.all_objects.exists()


def test_another_organizations_agent_is_rejected(acme: Organization, globex: Organization) -> None:
    campaign, customer = CampaignFactory(organization=acme), CustomerFactory(organization=acme)
    foreign = AgentFactory(organization=globex)

    result = enrol(campaign=campaign, customer_ids=[customer.pk], assigned_agent_ids={customer.pk: foreign.pk})

    assert dict(result.rejected) == {customer.pk: UNKNOWN_AGENT}


def test_a_closed_campaign_takes_nobody(acme: Organization) -> None:
    campaign, customer = CampaignFactory(organization=acme), CustomerFactory(organization=acme)
    close_campaign(campaign=campaign)

    with pytest.raises(CampaignNotOpen):
        enrol(campaign=campaign, customer_ids=[customer.pk])


def test_a_campaign_that_writes_first_plans_a_message(acme: Organization) -> None:
    campaign = CampaignFactory(
        organization=acme,
        first_contact_channel="whatsapp",
        whatsapp_channel=WhatsAppChannelFactory(organization=acme),
        whatsapp_first_message="Hello",
    )
    enrol(campaign=campaign, customer_ids=[CustomerFactory(organization=acme).pk])

    assert CampaignTarget.objects.get().next_channel == "whatsapp"


def test_enrolling_a_hundred_costs_as_many_queries_as_enrolling_one(
    acme: Organization, django_assert_max_num_queries: object
) -> None:
    campaign = CampaignFactory(organization=acme)
    customers = CustomerFactory.create_batch(100, organization=acme)

    with django_assert_max_num_queries(14):  # type: ignore[operator]  # pytest-django's fixture is a context maker
        enrol(campaign=campaign, customer_ids=[customer.pk for customer in customers])


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_enrol_each_customer_once() -> None:
    campaign = CampaignFactory()
    customers = CustomerFactory.create_batch(20, organization=campaign.organization)

    def work() -> EnrolmentResult:
        try:
            return enrol(campaign=campaign, customer_ids=[customer.pk for customer in customers])
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _n: work(), range(4)))

    assert sum(result.created for result in results) == 20
    assert sum(result.skipped for result in results) == 60
    assert CampaignTarget.objects.count() == 20

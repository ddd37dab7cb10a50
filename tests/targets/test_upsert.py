"""People as a program lists them: who is changed, who is added, and what reaches the call."""

from __future__ import annotations

from typing import Any

import pytest

from campaigns.models import Campaign
from campaigns.services import create_configuration
from customers.models import Customer
from organizations.models import Organization
from targets.claims import claim_due_work
from targets.configurations import change_configuration
from targets.enrolment import enrol
from targets.exceptions import TargetInContact, TargetNotFound
from targets.models import Attempt, CampaignTarget
from targets.submission import submit_attempt
from targets.target_waiting import why_target_waits
from targets.upsert import UpsertResult, update_campaign_and_targets, upsert_targets, withdraw_target
from targets.upsert_rows import InvalidRows, TargetRow
from tests.connections import run_together
from tests.factories import CampaignFactory
from tests.providers.vendor_server import VendorServer, answer
from tests.targets.world import World

ALWAYS = [{"days": list(range(7)), "start": "00:00", "end": "24:00"}]


@pytest.fixture
def campaign(acme: Organization) -> Campaign:
    made: Campaign = CampaignFactory(organization=acme, status="running", working_hours=ALWAYS)
    return made


def row(external_id: str | None = "p1", number: str = "+12125550101", **given: Any) -> TargetRow:
    return TargetRow(None, external_id, {"phones": [number], **given})


def upsert(campaign: Campaign, *rows: TargetRow) -> UpsertResult:
    return upsert_targets(campaign=campaign, rows=rows)


def test_two_requests_at_once_make_one_contact(campaign: Campaign) -> None:
    results = run_together(*[lambda: upsert(campaign, row())] * 3)
    counts = [(result.inserted, result.updated) for result in results if isinstance(result, UpsertResult)]
    assert sorted(counts) == [(0, 1), (0, 1), (1, 0)]
    assert CampaignTarget.objects.count() == Customer.objects.count() == 1


def test_requests_that_name_the_same_contacts_in_other_orders_do_not_block_each_other(campaign: Campaign) -> None:
    rows = [row(f"p{n}", f"+1212555{n:04}") for n in range(50)]
    upsert(campaign, *rows)
    results = run_together(lambda: upsert(campaign, *rows), lambda: upsert(campaign, *reversed(rows)))
    assert [result.updated for result in results if isinstance(result, UpsertResult)] == [50, 50]


def test_a_change_of_the_campaign_with_people_and_people_alone_do_not_block_each_other(campaign: Campaign) -> None:
    rows = [row(f"p{n}", f"+1212555{n:04}") for n in range(20)]

    def both(name: str) -> UpsertResult:
        return update_campaign_and_targets(campaign=campaign, changes={"name": name}, rows=rows)

    results = run_together(lambda: both("a"), lambda: upsert(campaign, *rows), lambda: both("b"))
    counts = [(result.inserted, result.updated) for result in results if isinstance(result, UpsertResult)]
    assert sorted(counts) == [(0, 20), (0, 20), (20, 0)]


def test_the_external_id_of_who_was_removed_is_free(campaign: Campaign) -> None:
    first = upsert(campaign, row()).target_ids
    CampaignTarget.objects.filter(pk__in=first).soft_delete()  # by whatever way, keeping its external id
    again = upsert(campaign, row())
    assert (again.inserted, again.target_ids != first) == (1, True)
    assert CampaignTarget.all_objects.get(pk=first[0]).external_id is None
    CampaignTarget.objects.filter(pk__in=again.target_ids).soft_delete()
    (other,) = upsert(campaign, row("p2")).target_ids
    assert upsert(campaign, TargetRow(str(other), "p1", {})).updated == 1
    assert CampaignTarget.objects.get(pk=other).external_id == "p1"


def test_a_contact_is_removed_once_and_not_in_a_call(campaign: Campaign) -> None:
    (key,) = upsert(campaign, row()).target_ids
    target = CampaignTarget.objects.get(pk=key)
    claim_due_work(worker="test")
    with pytest.raises(TargetInContact):
        withdraw_target(target=target)
    CampaignTarget.objects.filter(pk=key).update(state="ready")
    withdraw_target(target=target)
    with pytest.raises(TargetNotFound):
        withdraw_target(target=target)


def test_every_row_that_cannot_be_read_is_told_with_the_place_of_the_fault(campaign: Campaign) -> None:
    with pytest.raises(InvalidRows) as refusal:
        upsert(campaign, *(row(f"p{n}", "nobody") for n in range(30)))
    assert [(index, fault.field, fault.place) for index, fault in refusal.value.faults.items()] == [
        (index, "phones", 0) for index in range(30)
    ]
    assert "nobody" not in f"{refusal.value.message}{refusal.value.faults}"


def test_a_contact_of_a_person_who_was_enrolled_is_somebody_else(campaign: Campaign, acme: Organization) -> None:
    (customer_id,) = (CampaignTarget.objects.get(pk=key).customer_id for key in upsert(campaign, row()).target_ids)
    other: Campaign = CampaignFactory(organization=acme, status="running")
    enrol(campaign=other, customer_ids=[customer_id])
    upsert(other, row("p2"))
    assert Customer.objects.filter(phone="+12125550101").count() == 2
    third: Campaign = CampaignFactory(organization=acme, status="running")
    (key,) = upsert(third, row()).target_ids
    assert CampaignTarget.objects.get(pk=key).customer_id == customer_id


def test_one_number_listed_twice_keeps_its_gap(world: World, acme: Organization) -> None:
    campaign = world.campaign(acme, working_hours=ALWAYS)
    upsert(campaign, row("p1"), row("p2"))
    Campaign.objects.update(status="running")
    world.forced["+12125550101"] = "agrees"
    assert world.step() == 1
    assert world.step() == 0
    waiting = CampaignTarget.objects.get(state="ready")
    assert waiting.hold_reason in ("minimum_gap", "address_busy")


def test_what_is_said_of_a_call_reaches_the_provider_whole(world: World, acme: Organization) -> None:
    configuration = create_configuration(
        organization=acme,
        name="Hours",
        windows=ALWAYS,
        agent_version="7",
        agent_config={"agent": {"language": "es"}, "tts": {"speed": 1.1}},
        initial_context={"shop": "north", "source": "configuration"},
    )
    campaign = world.campaign(acme, configuration=configuration)
    Campaign.objects.update(status="running")
    data = {"name": "Ada", "visits": [1, {"at": None}], "vip": True, "nothing": None, "shop": "south"}
    upsert(campaign, row(data=data, initial_context={"source": "contact"}, agent_config={"turn": {"seconds": 3}}))
    (claim,) = claim_due_work(worker="test")
    with VendorServer().will(answer(400, {"detail": "no"})) as vendor:
        agent = campaign.agent
        assert agent is not None
        assert agent.provider_account is not None
        type(agent.provider_account).objects.filter(pk=agent.provider_account_id).update(base_url=vendor.url)
        submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence)
    (request,) = vendor.received
    opening = request.json()["conversation_initiation_client_data"]
    said = {name: opening["dynamic_variables"][name] for name in ("name", "visits", "vip", "nothing", "shop", "source")}
    assert said == {
        "name": "Ada", "visits": '[1, {"at": null}]', "vip": True, "nothing": "", "shop": "south", "source": "contact",
    }  # fmt: skip
    assert opening["dynamic_variables"]["agent_version"] == "7"
    told = opening["conversation_config_override"]
    assert (told["tts"], told["turn"], told["agent"]["language"]) == ({"speed": 1.1}, {"seconds": 3}, "es")
    assert Attempt.objects.get().error_code


def test_who_follows_a_configuration_without_hours_is_told_to_wait_for_them(acme: Organization) -> None:
    configuration = create_configuration(organization=acme, name="Later")
    campaign: Campaign = CampaignFactory(organization=acme, status="running", configuration=configuration)
    (key,) = upsert(campaign, row()).target_ids
    assert claim_due_work(worker="test") == []
    target = CampaignTarget.objects.select_related("customer").get(pk=key)
    assert (target.state, target.hold_reason) == ("ready", "hours.no_windows")
    words = {rule.name: rule.words for rule in why_target_waits(target).rules}
    assert "open from" not in words["hours.no_windows"]
    change_configuration(configuration=configuration, changes={"windows": ALWAYS})
    assert len(claim_due_work(worker="test")) == 1


def test_a_change_of_anything_but_hours_leaves_who_waits_alone(acme: Organization) -> None:
    configuration = create_configuration(organization=acme, name="Later")
    campaign: Campaign = CampaignFactory(organization=acme, status="running", configuration=configuration)
    (key,) = upsert(campaign, row()).target_ids
    claim_due_work(worker="test")
    held_until = CampaignTarget.objects.get(pk=key).next_attempt_at
    change_configuration(configuration=configuration, changes={"max_retries": 7})
    assert CampaignTarget.objects.get(pk=key).next_attempt_at == held_until


def test_another_number_brings_back_only_who_could_not_be_reached_and_has_calls_left(campaign: Campaign) -> None:
    keys = upsert(campaign, *(row(f"p{n}", f"+1212555{n:04}") for n in range(4))).target_ids
    ends = [("unreachable", 0), ("uncallable", 1), ("unreachable", 4), ("exhausted", 0)]
    for key, (reason, calls) in zip(keys, ends, strict=True):
        gone = {"state": "done", "done_reason": reason, "next_attempt_at": None, "calls_made": calls}
        CampaignTarget.objects.filter(pk=key).update(**gone)
    upsert(campaign, *(row(f"p{n}", f"+1212555{n + 50:04}") for n in range(4)))
    states = CampaignTarget.objects.in_bulk(keys)
    assert [states[key].state for key in keys] == ["ready", "ready", "done", "done"]

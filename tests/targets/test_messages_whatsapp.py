"""When WhatsApp is written to in free text and when by template, and what its refusals lead to."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from customers.models import Customer, Suppression
from organizations.models import Organization, ProviderAccount, WhatsAppChannel
from providers.simulator.faults import Faults, MessageFaults
from targets.models import Attempt, CampaignTarget
from tests.providers import vendor_server as vendor
from tests.providers.vendor_server import VendorServer
from tests.providers.whatsapp import samples
from tests.targets.conftest import MONDAY
from tests.targets.messages import (
    NEW_YORK,
    person,
    reply,
    sent,
    the_message,
    to_be_written,
    webhook,
    whatsapp_account,
    writing_campaign,
)
from tests.targets.test_straight_path import no_invariant_broken
from tests.targets.world import World, set_clock

ACCEPTED = vendor.answer(200, {"messages": [{"id": "wamid.1"}], "contacts": [{"user_id": "US.1"}]})


def asked_for(world: World) -> list[tuple[str, str]]:
    """Return the kind of every message that was asked for, and the answer."""
    facts = map(json.loads, world.log_path.read_text().splitlines())
    return [(fact["kind"], fact["answer"]) for fact in facts if fact["fact"] == "message_requested"]


def test_who_has_not_written_gets_the_template_with_the_text_as_its_parameter(world: World, acme: Organization) -> None:
    campaign = writing_campaign(world, acme, whatsapp_first_message="Hello {{name}}!\n\n  Will you come?")
    to_be_written(world, campaign, person(world, acme), "whatsapp")
    with VendorServer() as meta:
        ProviderAccount.objects.filter(kind="whatsapp").update(base_url=meta.url)
        meta.will(ACCEPTED)
        world.step()
        [request] = meta.received

    body = request.json()
    assert (body["to"], body["type"], body["biz_opaque_callback_data"]) == (NEW_YORK, "template", str(the_message().pk))
    assert body["template"]["name"] == "follow_up"
    assert body["template"]["language"] == {"code": "en"}
    [component] = body["template"]["components"]
    assert component["parameters"] == [{"type": "text", "text": "Hello Ana! Will you come?"}]


@pytest.mark.parametrize(
    ("ago", "kind"), [(timedelta(hours=23, minutes=59), "text"), (timedelta(hours=24), "template")]
)
def test_a_persons_message_opens_the_window_for_a_day(
    world: World, acme: Organization, ago: timedelta, kind: str
) -> None:
    to_be_written(world, writing_campaign(world, acme), person(world, acme), "whatsapp")
    assert reply(whatsapp_account(), "Who is this?", at=MONDAY - ago) == "applied"
    with VendorServer() as meta:
        ProviderAccount.objects.filter(kind="whatsapp").update(base_url=meta.url)
        meta.will(ACCEPTED)
        world.step()
        [request] = meta.received

    assert request.json()["type"] == kind
    if kind == "text":
        assert request.json()["text"]["body"] == "Hello Ana!"


def test_an_old_message_that_comes_late_does_not_shorten_the_window(world: World, acme: Organization) -> None:
    customer = person(world, acme)
    to_be_written(world, writing_campaign(world, acme), customer, "whatsapp")
    reply(whatsapp_account(), "second", at=MONDAY - timedelta(hours=1))
    reply(whatsapp_account(), "first", at=MONDAY - timedelta(hours=30))

    customer.refresh_from_db()
    assert customer.last_inbound_at == MONDAY - timedelta(hours=1)


def in_a_window_only_we_see(world: World, acme: Organization, **fields: Any) -> CampaignTarget:
    """Enrol somebody who wrote an hour ago by our record and never by WhatsApp's, and send them the message."""
    customer = person(world, acme, last_inbound_at=MONDAY - timedelta(hours=1))
    target = to_be_written(world, writing_campaign(world, acme, **fields), customer, "whatsapp")
    world.step()
    target.refresh_from_db()
    return target


def test_where_whatsapp_counts_the_window_differently_the_next_try_is_the_template(
    world: World, acme: Organization
) -> None:
    target = in_a_window_only_we_see(world, acme)
    assert (target.state, target.next_channel, target.hold_reason) == ("ready", "whatsapp", "provider.outside_session")

    set_clock(MONDAY + timedelta(minutes=2))
    world.step()

    assert asked_for(world) == [("text", "131047"), ("template", "accepted")]
    target.refresh_from_db()
    assert (target.whatsapp_sent, target.refusals) == (1, 0)
    no_invariant_broken(world)


def test_a_window_that_turns_out_closed_later_leads_to_the_template_as_well(world: World, acme: Organization) -> None:
    world.simulator.world.faults = Faults(whatsapp=MessageFaults(refused_later=1))
    target = in_a_window_only_we_see(world, acme, first_contact_channel="whatsapp")
    first = the_message()
    assert (first.state, first.delivery_status, first.error_code) == ("completed", "failed", "outside_session")
    assert (target.state, target.next_channel, target.whatsapp_sent) == ("ready", "whatsapp", 0)

    set_clock(MONDAY + timedelta(minutes=11))
    world.step()

    assert [kind for kind, _answer in asked_for(world)] == ["text", "template"]
    second = Attempt.objects.get(channel="whatsapp", number=2)
    assert second.address == first.address
    target.refresh_from_db()
    assert (target.next_channel, target.whatsapp_sent) == ("call", 1)
    no_invariant_broken(world)


def test_without_a_template_the_message_waits_and_says_why(world: World, acme: Organization) -> None:
    campaign = writing_campaign(world, acme)
    WhatsAppChannel.objects.update(template_name="")
    target = to_be_written(world, campaign, person(world, acme), "whatsapp")

    world.step()

    target.refresh_from_db()
    assert (target.state, target.hold_reason) == ("ready", "campaign.no_whatsapp_template")
    assert asked_for(world) == []


def test_who_writes_again_is_written_to_freely_again(world: World, acme: Organization) -> None:
    in_a_window_only_we_see(world, acme)
    set_clock(MONDAY + timedelta(minutes=2))
    reply(whatsapp_account(), "Hello?", at=MONDAY + timedelta(minutes=2))

    world.step()

    assert [kind for kind, _answer in asked_for(world)] == ["text", "text"]


def test_a_number_without_whatsapp_can_still_be_called(world: World, acme: Organization) -> None:
    target = to_be_written(world, writing_campaign(world, acme), person(world, acme, "invalid_number"), "whatsapp")

    world.step()

    target.refresh_from_db()
    assert (the_message().state, the_message().error_code) == ("rejected", "invalid_address")
    assert (target.state, target.next_channel) == ("ready", "call")


def test_a_message_that_turns_out_undeliverable_counts_as_tried_and_is_seen(world: World, acme: Organization) -> None:
    world.simulator.world.faults = Faults(whatsapp=MessageFaults(refused_later=1))
    target = to_be_written(world, writing_campaign(world, acme), person(world, acme, "invalid_number"), "whatsapp")

    world.step()

    target.refresh_from_db()
    message = the_message()
    assert (message.state, message.delivery_status, message.error_code) == ("completed", "failed", "invalid_address")
    assert message.error_message.startswith("131026")
    assert (target.state, target.next_channel, target.whatsapp_sent) == ("ready", "call", 0)
    assert target.last_contacted_at is None
    set_clock(target.next_attempt_at or MONDAY)
    world.step()
    assert [call["to"] for call in world.placed()] == [NEW_YORK]
    assert len(sent(world)) == 1


def test_a_goal_met_by_a_message_that_failed_is_taken_back(world: World, acme: Organization) -> None:
    wish = {"objectives": [{"type": "contact", "channels": ["whatsapp"]}]}
    campaign = writing_campaign(world, acme, goal_spec=wish, goal="")
    other = person(world, acme, phone="+12125550177", email="other@example.com")
    target = to_be_written(world, campaign, person(world, acme), "whatsapp")
    world.enrol(campaign, other)
    CampaignTarget.objects.filter(customer=other).update(next_attempt_at=MONDAY + timedelta(days=1))
    with VendorServer() as meta:
        ProviderAccount.objects.filter(kind="whatsapp").update(base_url=meta.url)
        meta.will(ACCEPTED)
        world.step()
    target.refresh_from_db()
    assert target.done_reason == "goal_met"

    failed = samples.status(
        "failed", id="wamid.1", biz_opaque_callback_data=str(the_message().pk), errors=[{"code": 131026}]
    )
    assert webhook(whatsapp_account(), samples.delivery(statuses=[failed])) == "applied"

    target.refresh_from_db()
    assert (target.state, target.goal_met_at, target.next_channel) == ("ready", None, "call")
    assert target.stage != "won"
    no_invariant_broken(world)


REFUSALS = [
    (131026, "rejected", "invalid_address", "ready"),
    (131050, "rejected", "opted_out", "suppressed"),
    (130429, "rejected", "rate_limited", "ready"),
    (132000, "rejected", "misconfigured", "ready"),
    (190, "rejected", "unauthorized", "ready"),
]


@pytest.mark.parametrize(("code", "attempt_state", "error_code", "target_state"), REFUSALS)
def test_a_refusal_voids_the_message_and_says_why(
    world: World, acme: Organization, code: int, attempt_state: str, error_code: str, target_state: str
) -> None:
    campaign = writing_campaign(world, acme)
    target = to_be_written(world, campaign, person(world, acme), "whatsapp")
    with VendorServer() as meta:
        ProviderAccount.objects.filter(kind="whatsapp").update(base_url=meta.url)
        meta.will(vendor.answer(400, {"error": {"code": code, "message": "no"}}))
        world.step()

    target.refresh_from_db()
    campaign.refresh_from_db()
    assert (the_message().state, the_message().error_code) == (attempt_state, error_code)
    assert (target.state, target.whatsapp_sent) == (target_state, 0)
    assert (campaign.status == "paused") == (error_code in ("misconfigured", "unauthorized"))
    no_invariant_broken(world)


@pytest.mark.parametrize("late", [False, True])
def test_who_told_whatsapp_to_stop_is_suppressed_there_for_good(world: World, acme: Organization, late: bool) -> None:
    target = to_be_written(world, writing_campaign(world, acme), person(world, acme), "whatsapp")
    refusal = {"code": 131050, "message": "stopped"}
    with VendorServer() as meta:
        ProviderAccount.objects.filter(kind="whatsapp").update(base_url=meta.url)
        meta.will(ACCEPTED if late else vendor.answer(400, {"error": refusal}))
        world.step()
    if late:
        status = samples.status(
            "failed", id="wamid.1", biz_opaque_callback_data=str(the_message().pk), errors=[refusal]
        )
        assert webhook(whatsapp_account(), samples.delivery(statuses=[status])) == "applied"

    target.refresh_from_db()
    rule = Suppression.objects.get()
    assert (rule.channel, rule.source, rule.organization) == ("whatsapp", "provider", acme)
    assert (target.state, target.hold_reason) == ("suppressed", "suppressed.provider")
    assert Customer.objects.get().phone == NEW_YORK

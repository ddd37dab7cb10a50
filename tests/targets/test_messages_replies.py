"""What people write back reaches the operator, and a wish to be left alone reaches everything."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from customers.models import Customer, Suppression
from organizations.models import Organization, ProviderAccount, User
from targets.models import CampaignTarget, InboundMessage
from tests.admin.pages import page
from tests.factories import UserFactory
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


@pytest.fixture
def written(world: World, acme: Organization) -> CampaignTarget:
    """Return somebody who was just written to over WhatsApp; the message is wamid.1 to the person US.1."""
    target = to_be_written(world, writing_campaign(world, acme), person(world, acme), "whatsapp")
    with VendorServer() as meta:
        ProviderAccount.objects.filter(kind="whatsapp").update(base_url=meta.url)
        meta.will(ACCEPTED)
        world.step()
    ProviderAccount.objects.filter(kind="whatsapp").update(base_url="")
    target.refresh_from_db()
    return target


@pytest.fixture
def operator() -> Client:
    user: User = UserFactory(is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(user)
    return client


def test_an_ordinary_reply_is_on_the_targets_page_and_stops_nothing(written: CampaignTarget, operator: Client) -> None:
    assert reply(whatsapp_account(), "Is there parking <b>nearby</b>?", at=MONDAY) == "applied"

    text = operator.get(page(CampaignTarget, "change", written.pk)).content.decode()
    assert "Is there parking &lt;b&gt;nearby&lt;/b&gt;?" in text
    assert not Suppression.objects.exists()
    written.refresh_from_db()
    assert written.state == "ready"


def test_how_far_a_message_came_and_why_it_failed_is_on_the_targets_page(
    written: CampaignTarget, operator: Client
) -> None:
    error = {"code": 131026, "title": "Message undeliverable"}
    failed = samples.status("failed", id="wamid.1", biz_opaque_callback_data=str(the_message().pk), errors=[error])
    webhook(whatsapp_account(), samples.delivery(statuses=[failed]))

    text = operator.get(page(CampaignTarget, "change", written.pk)).content.decode()
    assert "131026 Message undeliverable" in text
    assert "delivery: failed" in text


@pytest.mark.parametrize("words", ["STOP", "no stop calling me", "Non scrivetemi più per favore", "BAJA!", "🛑"])
def test_a_stop_word_ends_every_channel_at_once(world: World, written: CampaignTarget, words: str) -> None:
    assert reply(whatsapp_account(), words, at=MONDAY) == "applied"

    assert {(rule.channel, rule.source) for rule in Suppression.objects.all()} == {("", "keyword")}
    for hours in (1, 5, 30):
        set_clock(MONDAY + timedelta(hours=hours))
        world.step()
    written.refresh_from_db()
    assert written.state == "suppressed"
    assert world.placed() == []
    assert InboundMessage.objects.get().text == words
    no_invariant_broken(world)


@pytest.mark.parametrize("parts", [{"context": {"id": "wamid.1"}}, {"from_user_id": "US.1"}], ids=["quote", "user id"])
def test_a_stop_word_counts_where_the_vendor_hides_the_number(
    written: CampaignTarget, parts: dict[str, object]
) -> None:
    hidden = {"from": "", "from_user_id": "US.2", **parts}

    assert reply(whatsapp_account(), "STOP", at=MONDAY, **hidden) == "applied"

    assert Suppression.objects.exists()
    assert InboundMessage.objects.get().target_id == written.pk
    written.refresh_from_db()
    assert written.state == "suppressed"


def test_the_vendors_own_switch_is_obeyed_where_the_number_is_hidden(written: CampaignTarget) -> None:
    preference = {"user_id": "US.1", "category": "marketing_messages", "value": "stop", "timestamp": "1790416800"}

    result = webhook(whatsapp_account(), samples.delivery("user_preferences", user_preferences=[preference]))

    assert result == "applied"
    rule = Suppression.objects.get()
    assert (rule.channel, rule.source) == ("whatsapp", "provider")


def test_a_reply_from_another_number_of_the_person_is_theirs(world: World, acme: Organization) -> None:
    customer = person(world, acme, other_phones=["+12125550188"])
    target = world.enrol(writing_campaign(world, acme), customer)
    world.step()

    reply(whatsapp_account(), "Who called me?", at=MONDAY, **{"from": "12125550188"})

    message = InboundMessage.objects.get()
    assert (message.customer_id, message.target_id) == (customer.pk, target.pk)


def test_a_stranger_who_writes_stop_is_left_alone_from_then_on(world: World, acme: Organization) -> None:
    writing_campaign(world, acme)

    assert reply(whatsapp_account(), "STOP", at=MONDAY) == "applied"

    later = to_be_written(world, writing_campaign(world, acme, name="Autumn"), person(world, acme), "whatsapp")
    world.step()
    later.refresh_from_db()
    assert (later.state, later.hold_reason) == ("suppressed", "suppressed.keyword")
    assert sent(world) == []
    assert Customer.objects.get().phone == NEW_YORK

"""Emails through an email service, and what its webhooks make of them: real HTTP both ways, against the simulator."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from customers.models import Suppression
from customers.suppressions import is_suppressed
from lib.db.clock import read_clock
from organizations.models import Organization, ProviderAccount
from organizations.services import read_credentials
from providers.base import EMAIL_DELIVERY_RANK, Accepted, DeliveryEvent, DeliveryStatus, RefusalCode, Refused
from providers.simulator.faults import Faults
from targets.answers import apply_answer
from targets.attempts import lock_attempt
from targets.deliveries import apply_delivery
from targets.inbox import ReceiveResult, process_inbox, receive_webhook
from targets.models import Attempt, CampaignTarget, InboundMessage, InboxEvent
from targets.simulation import simulated_email_service, write_simulator_accounts
from targets.timing import INBOX_GIVE_UP_AFTER
from tests.factories import OrganizationFactory
from tests.providers.email.tracking_samples import body_of, headers_of
from tests.targets.messages import person, sent, the_message, to_be_written, writing_campaign
from tests.targets.test_straight_path import no_invariant_broken
from tests.targets.world import World

ROUGH = {"webhooks": {"duplicated": 1, "delayed": 1, "early": 1, "forged": 1, "delay_seconds": 0.2}}


def to_be_mailed(world: World, organization: Organization, address: str, **fields: Any) -> CampaignTarget:
    channel = simulated_email_service(organization, world.simulator.url)
    campaign = writing_campaign(world, organization, email_channel=channel, **fields)
    write_simulator_accounts(world.accounts_path)
    return to_be_written(world, campaign, person(world, organization, email=address), "email")


def mailed(world: World, organization: Organization, address: str, **faults: Any) -> Attempt:
    """Send one email through the service, hear everything that is told of it, and return its attempt."""
    to_be_mailed(world, organization, address)
    world.simulator.world.faults = Faults.read(faults)
    world.step()
    return the_message()


def account_of(organization: Organization) -> ProviderAccount:
    account: ProviderAccount = ProviderAccount.objects.get(organization=organization, name="Simulated email service")
    return account


def told(account: ProviderAccount, event: str, **about: Any) -> str:
    """Deliver one webhook of the service by hand and apply it; return what became of it."""
    body = body_of("postmark", event, **about)
    headers = headers_of("postmark", body, secret=read_credentials(account)["webhook_secret"])
    received = receive_webhook(receiver="email", account_id=account.pk, body=body, headers=headers)
    assert received is ReceiveResult.STORED
    process_inbox()
    return InboxEvent.objects.latest("received_at").result


def suppression() -> tuple[str, str, str]:
    rule = Suppression.objects.get()
    return rule.channel, rule.source, rule.reason


def test_an_email_is_sent_by_http_and_followed_until_it_is_opened(world: World, acme: Organization) -> None:
    attempt = mailed(world, acme, "ana@example.com")

    [email] = sent(world)
    assert (email["reference"], email["message_id"], email["to"]) == (
        str(attempt.pk),
        attempt.provider_id,
        "ana@example.com",
    )
    assert (attempt.state, attempt.delivery_status, attempt.result_source) == ("completed", "read", "answer")
    assert {event.receiver for event in InboxEvent.objects.all()} == {"email.postmark"}
    results = list(InboxEvent.objects.values_list("result", flat=True))
    assert len(results) == 2
    assert set(results) <= {"applied", "known"}  # the news that it was opened may be the first
    assert not Suppression.objects.exists()
    no_invariant_broken(world)


@pytest.mark.parametrize("faults", [{}, ROUGH], ids=["smoothly", "twice, late, early and forged"])
@pytest.mark.parametrize(
    ("address", "status", "rule"),
    [
        ("unread@example.com", "delivered", None),
        ("ana@example.com", "read", None),
        ("slow@example.com", "delivered", None),
        ("away@example.com", "delivered", None),
        ("full@example.com", "failed", None),
        ("bounces@example.com", "failed", ("email", "provider", "bounced")),
        ("complains@example.com", "delivered", ("email", "provider", "complained")),
        ("leaves@example.com", "read", ("email", "unsubscribe", "unsubscribed")),
    ],
)
def test_an_email_ends_as_its_receiver_wants(
    world: World,
    acme: Organization,
    address: str,
    status: str,
    rule: tuple[str, str, str] | None,
    faults: dict[str, Any],
) -> None:
    attempt = mailed(world, acme, address, **faults)

    assert (attempt.state, attempt.delivery_status) == ("completed", status)
    rules = Suppression.objects.values_list("channel", "source", "reason")
    assert list(rules) == ([rule] if rule else [])
    assert not InboundMessage.objects.exists()
    assert InboxEvent.objects.filter(processed_at__isnull=True).count() == 0
    assert len(sent(world)) == 1
    no_invariant_broken(world)


def test_an_address_that_bounced_is_not_written_to_by_what_was_planned(world: World, acme: Organization) -> None:
    first = to_be_mailed(world, acme, "bounces@example.com", name="First")
    second_campaign = writing_campaign(world, acme, name="Second", email_channel=first.campaign.email_channel)
    second = to_be_written(world, second_campaign, first.customer, "email")
    CampaignTarget.objects.filter(pk=second.pk).update(next_attempt_at=read_clock() + timedelta(days=1))

    world.step()

    second.refresh_from_db()
    assert (second.state, second.hold_reason) == ("suppressed", "suppressed.provider")
    attempt = the_message()
    assert (attempt.error_code, attempt.error_message) == ("invalid_address", "bounced 5.1.1")
    assert (
        is_suppressed(organization_id=acme.pk, address="bounces@example.com", channel="email", at=read_clock())
        == Suppression.objects.get()
    )
    assert not is_suppressed(organization_id=acme.pk, address="bounces@example.com", channel="call", at=read_clock())
    no_invariant_broken(world)


def test_an_address_the_service_refuses_is_not_tried_again(world: World, acme: Organization) -> None:
    attempt = mailed(world, acme, "inactive@example.com")

    assert (attempt.state, attempt.error_code) == ("rejected", "invalid_address")
    assert not sent(world)
    no_invariant_broken(world)


@pytest.mark.parametrize("fault", ["accepted_then_500", "accepted_then_reset"])
def test_a_webhook_tells_what_the_answer_did_not(world: World, acme: Organization, fault: str) -> None:
    attempt = mailed(world, acme, "ana@example.com", email={fault: 1})

    assert (attempt.state, attempt.delivery_status, attempt.result_source) == ("completed", "read", "webhook")
    assert attempt.provider_id == sent(world)[0]["message_id"]
    assert len(sent(world)) == 1
    no_invariant_broken(world)


@pytest.mark.parametrize(
    ("fault", "state", "code"),
    [("before_500", "unknown", "in_doubt"), ("rate_limited", "rejected", "rate_limited")],
)
def test_an_email_the_service_did_not_take(world: World, acme: Organization, fault: str, state: str, code: str) -> None:
    attempt = mailed(world, acme, "ana@example.com", email={fault: 1})

    assert (attempt.state, attempt.error_code) == (state, code)
    assert not sent(world)
    no_invariant_broken(world)


def test_a_service_that_asks_to_slow_down_is_left_alone_as_a_whole(world: World, acme: Organization) -> None:
    began = datetime.now(UTC)
    mailed(world, acme, "ana@example.com", email={"rate_limited": 1, "retry_after_seconds": 600})

    paced_until = account_of(acme).paced_until
    assert paced_until is not None
    assert paced_until >= began + timedelta(seconds=600)


def test_an_event_that_comes_before_our_own_answer_is_kept(world: World, acme: Organization) -> None:
    attempt = mailed(world, acme, "unread@example.com", webhooks={"early": 1})

    assert (attempt.state, attempt.delivery_status) == ("completed", "delivered")
    no_invariant_broken(world)


def test_an_event_of_an_email_nobody_knows_waits_and_is_told(
    world: World, acme: Organization, caplog: pytest.LogCaptureFixture
) -> None:
    mailed(world, acme, "unread@example.com")
    assert told(account_of(acme), "opened") == "unmatched"
    waiting = InboxEvent.objects.filter(processed_at__isnull=True)
    assert waiting.count() == 1

    late = InboxEvent.objects.latest("received_at").received_at - INBOX_GIVE_UP_AFTER
    waiting.update(received_at=late, next_try_at=late)
    process_inbox()

    assert waiting.count() == 0
    assert "unmatched_for_good" in caplog.text
    assert the_message().delivery_status == "delivered"


def test_whoever_complains_of_an_email_nobody_knows_is_spared_at_once(world: World, acme: Organization) -> None:
    target = to_be_mailed(world, acme, "ana@example.com")

    told(account_of(acme), "complained", to="Ana@Example.com")

    assert suppression() == ("email", "provider", "complained")
    assert world.step() == 0
    target.refresh_from_db()
    assert target.state == "suppressed"
    no_invariant_broken(world)


def test_a_complaint_that_names_nobody_is_about_whom_we_wrote_to(world: World, acme: Organization) -> None:
    attempt = mailed(world, acme, "unread@example.com")

    assert told(account_of(acme), "complained", to="", reference=str(attempt.pk)) == "applied"

    assert is_suppressed(organization_id=acme.pk, address=attempt.address, channel="email", at=read_clock())


def test_an_email_is_also_found_by_the_id_the_service_gave(world: World, acme: Organization) -> None:
    attempt = mailed(world, acme, "unread@example.com")

    assert told(account_of(acme), "opened", reference="", MessageID=attempt.provider_id) == "applied"

    assert the_message().delivery_status == "read"


@pytest.mark.parametrize("event", ["dead", "opened"])
def test_the_webhook_of_one_tenant_says_nothing_of_another_s_email(
    world: World, acme: Organization, event: str
) -> None:
    attempt = mailed(world, acme, "unread@example.com")
    globex = OrganizationFactory(name="Globex", slug="globex")
    simulated_email_service(globex, world.simulator.url)

    about = {"reference": str(attempt.pk), "MessageID": attempt.provider_id}
    assert told(account_of(globex), event, to="unread@example.com", **about) == "unmatched"

    assert the_message().delivery_status == "delivered"
    assert not is_suppressed(organization_id=acme.pk, address="unread@example.com", channel="email", at=read_clock())


def test_after_any_news_in_any_order_the_furthest_stands(world: World, acme: Organization) -> None:
    attempt = mailed(world, acme, "ana@example.com", email={"before_500": 1})
    assert attempt.state == "unknown"
    answer = "answer"
    news = [answer, *(status for status in DeliveryStatus if status is not DeliveryStatus.ACCEPTED)]
    for order in permutations(news, 3):
        with transaction.atomic():
            for one in order:
                if one == answer:
                    apply_answer(attempt_id=attempt.pk, answer=Accepted("pm-1"))
                    continue
                status = DeliveryStatus(one)
                no = Refused(RefusalCode.OTHER, "bounced") if status is DeliveryStatus.FAILED else None
                with transaction.atomic():
                    event = DeliveryEvent("pm-1", status, refusal=no)
                    apply_delivery(lock_attempt(attempt.pk), event, source="webhook")
            statuses = [DeliveryStatus.ACCEPTED if one == answer else DeliveryStatus(one) for one in order]
            furthest = max(statuses, key=lambda status: EMAIL_DELIVERY_RANK[status])
            row = Attempt.objects.get(pk=attempt.pk)
            assert (row.state, row.delivery_status) == ("completed", furthest), order
            assert row.error_code == ("other" if furthest is DeliveryStatus.FAILED else ""), order
            transaction.set_rollback(True)


def test_an_email_that_came_back_after_it_was_taken_did_not_arrive() -> None:
    rank = EMAIL_DELIVERY_RANK
    assert rank[DeliveryStatus.DELIVERED] < rank[DeliveryStatus.FAILED] < rank[DeliveryStatus.READ]
    assert sorted(rank.values()) == list(range(len(DeliveryStatus)))


def test_a_webhook_is_kept_as_it_came_but_for_its_password(world: World, acme: Organization) -> None:
    simulated_email_service(acme, world.simulator.url)
    account = account_of(acme)
    body = body_of("postmark", "opened") + b"\n"
    secret = read_credentials(account)["webhook_secret"]
    headers = headers_of("postmark", body, secret=secret)

    response = Client().post(f"/webhooks/email/{account.pk}", body, content_type="application/json", headers=headers)

    assert (response.status_code, json.loads(response.content)) == (200, {"status": "ok"})
    event = InboxEvent.objects.get()
    assert bytes(event.body) == body
    assert event.headers == {"content-type": "application/json"}

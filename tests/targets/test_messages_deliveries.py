"""How far a message came never goes back, in whatever order the news of it arrives."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.db import transaction

from organizations.models import Organization, ProviderAccount
from providers.base import DELIVERY_RANK, Accepted, DeliveryEvent, DeliveryStatus, RefusalCode, Refused
from targets.answers import apply_answer
from targets.attempts import lock_attempt
from targets.deliveries import apply_delivery
from targets.models import Attempt, CampaignTarget
from tests.providers import vendor_server as vendor
from tests.providers.vendor_server import VendorServer
from tests.targets.messages import person, the_message, to_be_written, writing_campaign
from tests.targets.test_straight_path import no_invariant_broken
from tests.targets.world import World

ANSWER = "answer"
NEWS = [ANSWER, *(status for status in DeliveryStatus if status is not DeliveryStatus.ACCEPTED)]
UNDELIVERABLE = Refused(RefusalCode.INVALID_ADDRESS, "131026 undeliverable")


@pytest.fixture
def attempt(world: World, acme: Organization) -> Attempt:
    """Return a message that was sent and of which nothing was heard yet."""
    to_be_written(world, writing_campaign(world, acme), person(world, acme), "whatsapp")
    with VendorServer() as meta:
        ProviderAccount.objects.filter(kind="whatsapp").update(base_url=meta.url)
        meta.will(vendor.answer(500, {}))
        world.step()
    assert the_message().state == "unknown"
    return the_message()


def tell(attempt: Attempt, news: str) -> None:
    if news == ANSWER:
        apply_answer(attempt_id=attempt.pk, answer=Accepted("wamid.1"))
        return
    status = DeliveryStatus(news)
    refusal = UNDELIVERABLE if status is DeliveryStatus.FAILED else None
    with transaction.atomic():
        apply_delivery(lock_attempt(attempt.pk), DeliveryEvent("wamid.1", status, refusal=refusal), source="webhook")


def furthest(told: Sequence[str]) -> DeliveryStatus:
    statuses = [DeliveryStatus.ACCEPTED if news == ANSWER else DeliveryStatus(news) for news in told]
    return max(statuses, key=lambda status: DELIVERY_RANK[status])


def test_after_any_news_in_any_order_the_status_is_the_furthest_that_was_told(attempt: Attempt) -> None:
    seen: list[Sequence[str]] = []

    def look(told: Sequence[str]) -> None:
        row, target = Attempt.objects.get(pk=attempt.pk), CampaignTarget.objects.get()
        expected = furthest(told)
        failed = expected is DeliveryStatus.FAILED
        assert (row.state, row.delivery_status) == ("completed", expected), told
        assert (row.error_code, target.whatsapp_sent) == (("invalid_address", 0) if failed else ("", 1)), told
        assert (target.state, target.next_channel) == ("ready", "call"), told
        seen.append(told)

    def go_on(told: Sequence[str]) -> None:
        """Tell each news that is left, look, go on from there, and take it all back: beginnings are told once."""
        for news in NEWS:
            if news not in told and len(told) < 4:
                with transaction.atomic():
                    tell(attempt, news)
                    look([*told, news])
                    go_on([*told, news])
                    transaction.set_rollback(True)

    go_on([])
    assert [sum(len(told) == length for told in seen) for length in (1, 2, 3, 4)] == [6, 30, 120, 360]


def test_the_same_news_twice_changes_nothing(world: World, attempt: Attempt) -> None:
    for news in NEWS:
        tell(attempt, news)
        before = Attempt.objects.values().get(pk=attempt.pk)
        tell(attempt, news)
        assert Attempt.objects.values().get(pk=attempt.pk) == before
    no_invariant_broken(world)


def test_news_of_a_message_that_was_refused_contradicts_and_changes_nothing(world: World, attempt: Attempt) -> None:
    apply_answer(attempt_id=attempt.pk, answer=Refused(RefusalCode.OTHER, "no"))
    before = Attempt.objects.values().get(pk=attempt.pk)

    with transaction.atomic():
        news = DeliveryEvent("wamid.1", DeliveryStatus.DELIVERED)
        assert apply_delivery(lock_attempt(attempt.pk), news, source="webhook") == "conflict"

    assert Attempt.objects.values().get(pk=attempt.pk) == before
    no_invariant_broken(world)


def test_news_that_names_no_message_is_ignored(attempt: Attempt) -> None:
    with transaction.atomic():
        news = DeliveryEvent("", DeliveryStatus.DELIVERED, reference=str(attempt.pk))
        assert apply_delivery(lock_attempt(attempt.pk), news, source="webhook") == "ignored"

    assert Attempt.objects.get(pk=attempt.pk).state == "unknown"

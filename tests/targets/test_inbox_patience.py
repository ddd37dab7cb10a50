"""News about what nobody here knows: looked at again and again, ever more seldom, and in the end left to a person."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from organizations.models import Organization, ProviderAccount
from targets.inbox import process_inbox
from targets.models import InboxEvent
from targets.simulation import connect_to_simulator
from targets.timing import INBOX_GIVE_UP_AFTER, INBOX_RETRY
from tests.providers.whatsapp import samples

BLINK = timedelta(seconds=5)


def kept(organization: Organization, age: timedelta, body: bytes) -> InboxEvent:
    """Keep a webhook as if it had come `age` ago, to be looked at now."""
    connect_to_simulator(organization, number="+13125550100")
    now = datetime.now(UTC)
    event: InboxEvent = InboxEvent.objects.create(
        receiver="whatsapp",
        provider_account=ProviderAccount.objects.get(organization=organization, kind="whatsapp"),
        event_key="somebody-elses",
        body=body,
        received_at=now - age,
        next_try_at=now,
    )
    return event


def of_another_program() -> bytes:
    sent_elsewhere = samples.status("delivered", id="wamid.OF-ANOTHER-PROGRAM", biz_opaque_callback_data="theirs")
    return json.dumps(samples.delivery(statuses=[sent_elsewhere])).encode()


@pytest.mark.parametrize(
    ("age", "pause"),
    [
        (timedelta(0), timedelta(0)),
        (timedelta(minutes=2), timedelta(minutes=1)),
        (timedelta(minutes=9), INBOX_GIVE_UP_AFTER - timedelta(minutes=9)),
    ],
)
def test_an_event_nobody_knows_is_left_alone_for_half_as_long_as_it_has_waited(
    acme: Organization, age: timedelta, pause: timedelta
) -> None:
    event = kept(acme, age, of_another_program())

    assert process_inbox() == 0

    event.refresh_from_db()
    assert (event.result, event.processed_at, event.tries) == ("unmatched", None, 1)
    left_alone = event.next_try_at - datetime.now(UTC)
    assert INBOX_RETRY + pause - BLINK < left_alone < INBOX_RETRY + pause + BLINK


def test_an_event_nobody_knows_is_given_up_and_says_so(acme: Organization) -> None:
    event = kept(acme, INBOX_GIVE_UP_AFTER + BLINK, of_another_program())

    assert process_inbox() == 1

    event.refresh_from_db()
    assert event.result == "unmatched"
    assert event.processed_at is not None


def test_an_event_that_cannot_be_applied_is_tried_for_ever_but_seldom(
    acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_named: object) -> str:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr("targets.inbox.apply_event", fail)
    event = kept(acme, timedelta(days=3), of_another_program())

    assert process_inbox(limit=1) == 0

    event.refresh_from_db()
    assert (event.error, event.processed_at) == ("RuntimeError", None)
    pause = event.next_try_at - datetime.now(UTC)
    assert INBOX_GIVE_UP_AFTER - BLINK < pause < INBOX_GIVE_UP_AFTER + INBOX_RETRY + BLINK

"""Whatever a mail server says or leaves unsaid, no email goes out twice, and the person's outreach goes on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from organizations.models import Organization, ProviderAccount
from organizations.services import set_credentials
from providers.simulator.faults import Faults, MessageFaults, WebhookFaults
from targets.claims import claim_due_work
from targets.models import Attempt, AttemptEvent, CampaignTarget, ReviewItem
from targets.submission import submit_attempt
from targets.sweep import sweep
from targets.timing import GIVE_UP_AFTER
from tests.providers.mail_server import DROP, MailServer
from tests.targets.conftest import MONDAY
from tests.targets.messages import person, sent, the_message, to_be_written, writing_campaign
from tests.targets.test_straight_path import no_invariant_broken
from tests.targets.world import World, set_clock


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


def emailed_through(mail: MailServer, world: World, acme: Organization) -> CampaignTarget:
    """Have one email sent through a mail server that says what the test wants."""
    target = to_be_written(world, writing_campaign(world, acme), person(world, acme), "email")
    ProviderAccount.objects.filter(kind="email").update(base_url=f"smtp://127.0.0.1:{mail.port}")
    world.step()
    target.refresh_from_db()
    return target


def age(**delta: float) -> None:
    """Let real time pass for the message: its lease is over, and its state has stood that long."""
    past = datetime.now(UTC) - timedelta(**delta)
    Attempt.objects.filter(pk=the_message().pk).update(lease_until=past, state_since=past)


def test_an_email_whose_answer_is_lost_stays_unknown_and_keeps_its_address(
    mail: MailServer, world: World, acme: Organization
) -> None:
    target = emailed_through(mail.will(MESSAGE=DROP), world, acme)

    assert (the_message().state, target.state) == ("unknown", "contacting")
    age(minutes=5)
    assert sweep()["looked_up"] == 0
    set_clock(MONDAY + timedelta(hours=3))
    assert claim_due_work(worker="test") == []
    assert len(mail.messages) == 1
    no_invariant_broken(world)


def test_an_email_nobody_can_find_out_about_counts_as_tried_and_the_next_step_comes(
    mail: MailServer, world: World, acme: Organization
) -> None:
    target = emailed_through(mail.will(MESSAGE=DROP), world, acme)

    age(seconds=(GIVE_UP_AFTER + timedelta(minutes=1)).total_seconds())
    assert sweep()["looked_up"] == 1

    target.refresh_from_db()
    attempt = the_message()
    assert (attempt.state, attempt.error_code) == ("gave_up", "in_doubt")
    assert attempt.error_message
    assert (target.state, target.next_channel, target.email_sent) == ("ready", "call", 0)
    assert not ReviewItem.objects.exists()
    no_invariant_broken(world)


def test_an_email_in_doubt_is_never_sent_again(mail: MailServer, world: World, acme: Organization) -> None:
    target = emailed_through(mail.will(MESSAGE=DROP), world, acme)
    age(seconds=(GIVE_UP_AFTER + timedelta(minutes=1)).total_seconds())
    sweep()
    mail.will(MESSAGE="250 taken")

    for hour in (1, 2, 4, 7, 30, 60):
        set_clock(MONDAY + timedelta(hours=hour))
        world.step()

    target.refresh_from_db()
    assert (target.state, target.done_reason) == ("done", "exhausted")
    assert len(mail.messages) == 1
    no_invariant_broken(world)


@pytest.mark.parametrize("step", ["MAIL", "RCPT"])
def test_an_email_that_was_never_offered_is_tried_again(
    mail: MailServer, world: World, acme: Organization, step: str
) -> None:
    target = emailed_through(mail.will(**{step: DROP}), world, acme)
    assert (the_message().state, target.state, target.hold_reason) == ("rejected", "ready", "provider.unreachable")

    mail.will(**{step: "250 fine"})
    set_clock(MONDAY + timedelta(minutes=5))
    world.step()

    assert len(mail.messages) == 1
    assert Attempt.objects.get(state="completed").number == 1
    no_invariant_broken(world)


def test_an_address_the_mail_server_does_not_know_is_not_written_to_again(
    mail: MailServer, world: World, acme: Organization
) -> None:
    target = emailed_through(mail.will(RCPT="550 5.1.1 no such user"), world, acme)

    assert (the_message().state, the_message().error_code) == ("rejected", "invalid_address")
    assert (target.state, target.next_channel) == ("ready", "call")
    assert target.email_sent == 0


def test_greylisting_is_waited_for(mail: MailServer, world: World, acme: Organization) -> None:
    target = emailed_through(mail.will(RCPT="450 4.2.0 come back"), world, acme)
    assert (target.state, target.hold_reason) == ("ready", "provider.rate_limited")

    mail.will(RCPT="250 fine")
    set_clock(MONDAY + timedelta(minutes=5))
    world.step()

    assert len(mail.messages) == 1


def test_wrong_credentials_pause_the_campaign(mail: MailServer, world: World, acme: Organization) -> None:
    campaign = writing_campaign(world, acme)
    account = ProviderAccount.objects.get(kind="email")
    set_credentials(account=account, credentials={"username": "u", "password": "wrong"})
    to_be_written(world, campaign, person(world, acme), "email")
    ProviderAccount.objects.filter(kind="email").update(base_url=f"smtp://127.0.0.1:{mail.port}")
    mail.will(AUTH="535 5.7.8 no")

    world.step()

    campaign.refresh_from_db()
    assert (campaign.status, campaign.paused_reason) == ("paused", "email: the provider answered unauthorized")
    assert mail.messages == []


def test_a_claim_delivered_twice_sends_one_email(world: World, acme: Organization) -> None:
    to_be_written(world, writing_campaign(world, acme), person(world, acme), "email")
    [claim] = claim_due_work(worker="test")

    answers = [submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence) for _ in range(2)]

    assert answers == ["completed", None]
    assert len(sent(world)) == 1


def test_a_worker_that_dies_after_its_decision_has_nobody_write_for_it(world: World, acme: Organization) -> None:
    target = to_be_written(world, writing_campaign(world, acme), person(world, acme), "email")
    claim_due_work(worker="test")
    attempt = the_message()
    past = datetime.now(UTC) - timedelta(minutes=10)
    Attempt.objects.filter(pk=attempt.pk).update(
        state="submitting", submit_started_at=MONDAY, lease_until=past, state_since=past
    )

    assert sweep()["unknown"] == 1
    age(seconds=(GIVE_UP_AFTER + timedelta(minutes=1)).total_seconds())
    sweep()

    target.refresh_from_db()
    assert (the_message().state, target.state) == ("gave_up", "ready")
    assert sent(world) == []


def test_a_whatsapp_message_in_doubt_is_settled_by_its_status(world: World, acme: Organization) -> None:
    world.simulator.world.faults = Faults(whatsapp=MessageFaults(accepted_then_500=1))
    target = to_be_written(world, writing_campaign(world, acme), person(world, acme), "whatsapp")

    world.step()

    target.refresh_from_db()
    attempt = the_message()
    assert (attempt.state, attempt.result_source, attempt.error_code) == ("completed", "webhook", "")
    assert target.whatsapp_sent == 1
    assert len(sent(world)) == 1
    no_invariant_broken(world)


def test_news_that_comes_after_giving_up_is_kept_and_disturbs_nothing(world: World, acme: Organization) -> None:
    world.simulator.world.faults = Faults(
        whatsapp=MessageFaults(accepted_then_500=1), webhooks=WebhookFaults(delayed=1, delay_seconds=0.2)
    )
    target = to_be_written(world, writing_campaign(world, acme), person(world, acme), "whatsapp")
    [claim] = claim_due_work(worker="test")
    submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence)
    age(seconds=(GIVE_UP_AFTER + timedelta(minutes=1)).total_seconds())
    sweep()
    # The next step, a call, is under way when the news of the message comes.
    target.refresh_from_db()
    set_clock(target.next_attempt_at or MONDAY)
    [call] = claim_due_work(worker="test")

    world.hear()

    target.refresh_from_db()
    message = Attempt.objects.get(channel="whatsapp")
    assert message.state == "completed"
    assert (target.state, target.whatsapp_sent) == ("contacting", 1)
    moves = AttemptEvent.objects.filter(attempt_id=message.pk).order_by("id").values_list("new_state", flat=True)
    assert list(moves) == ["reserved", "submitting", "unknown", "gave_up", "completed"]
    assert submit_attempt(attempt_id=call.attempt_id, fence=call.fence) == "accepted"

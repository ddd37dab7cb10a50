"""What an email to one person says, who it is from, and how it offers to leave."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parseaddr
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from customers.models import Suppression
from organizations.models import EmailChannel, Organization, ProviderAccount
from organizations.services import set_credentials
from targets.claims import claim_due_work
from targets.models import CampaignTarget
from targets.submission import submit_attempt
from tests.targets.conftest import MONDAY
from tests.targets.messages import ANA, person, sent, the_message, to_be_written, writing_campaign
from tests.targets.test_straight_path import no_invariant_broken
from tests.targets.world import World, set_clock


def emailed(world: World, acme: Organization, **fields: Any) -> dict[str, Any]:
    """Send one email and return what the mail server took."""
    to_be_written(world, writing_campaign(world, acme), person(world, acme, **fields), "email")
    world.step()
    [email] = sent(world)
    return email


def test_an_email_is_personal_and_comes_from_the_channel(world: World, acme: Organization) -> None:
    email = emailed(world, acme, surname="Rossi")

    assert (email["to"], email["from"]) == (ANA, "hello@acme.example")
    assert email["subject"] == "Ana, one question"
    assert email["text"].startswith("Dear Ana Rossi,\n\nwill you come? Yours, Acme\n")
    assert parseaddr(email["headers"]["From"]) == ("Acme", "hello@acme.example")
    assert email["headers"]["Reply-To"] == "desk@acme.example"
    attempt = the_message()
    assert (attempt.state, attempt.delivery_status, attempt.address) == ("completed", "accepted", ANA)
    assert attempt.text == "Ana, one question\n\nDear Ana Rossi,\n\nwill you come? Yours, Acme"
    assert CampaignTarget.objects.get().email_sent == 1
    no_invariant_broken(world)


def test_an_email_follows_the_unanswered_calls(world: World, acme: Organization) -> None:
    campaign = writing_campaign(world, acme, whatsapp_channel=None, email_after_attempts=2)
    target = world.enrol(campaign, person(world, acme))

    for hours in (0, 1, 2, 6, 12):
        set_clock(MONDAY + timedelta(hours=hours, minutes=hours))
        world.step()

    target.refresh_from_db()
    assert (target.state, target.done_reason) == ("done", "exhausted")
    assert (target.calls_made, target.email_sent) == (3, 1)
    assert len(sent(world)) == 1
    no_invariant_broken(world)


def test_the_message_id_is_the_attempts(world: World, acme: Organization) -> None:
    email = emailed(world, acme)

    attempt = the_message()
    assert email["message_id"] == f"<{attempt.pk}@acme.example>"
    assert email["reference"] == str(attempt.pk)
    assert attempt.provider_id == email["message_id"]


def test_one_click_is_offered_over_tls(world: World, acme: Organization, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://outbound.example"
    headers = emailed(world, acme)["headers"]

    url, mailto = headers["List-Unsubscribe"].strip().split(", ")
    assert url.startswith("<https://outbound.example/unsubscribe/")
    assert mailto == "<mailto:desk@acme.example?subject=unsubscribe>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_without_tls_the_way_out_is_in_the_text(world: World, acme: Organization) -> None:
    email = emailed(world, acme)

    assert email["headers"]["List-Unsubscribe"] == "<mailto:desk@acme.example?subject=unsubscribe>"
    assert "List-Unsubscribe-Post" not in email["headers"]
    assert "/unsubscribe/" in email["text"]


def test_the_link_in_an_email_ends_the_emails(world: World, acme: Organization, client: Client) -> None:
    link = emailed(world, acme)["text"].rsplit("Unsubscribe: ", 1)[1].strip()

    assert client.post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200

    rule = Suppression.objects.get()
    assert (rule.organization, rule.channel, rule.source) == (acme, "email", "unsubscribe")
    again = to_be_written(world, writing_campaign(world, acme, name="Autumn"), the_message().customer, "email")
    world.step()
    again.refresh_from_db()
    assert (again.state, again.hold_reason) == ("suppressed", "suppressed.unsubscribe")
    assert len(sent(world)) == 1


@pytest.mark.parametrize(
    ("language", "words"), [("es-MX", "Darse de baja: "), ("it", "Annulla l'iscrizione: "), ("fr", "Unsubscribe: ")]
)
def test_the_way_out_is_in_the_persons_language(world: World, acme: Organization, language: str, words: str) -> None:
    assert f"\n{words}http" in emailed(world, acme, language=language)["text"]


def test_a_name_cannot_write_headers_markup_or_other_peoples_names(world: World, acme: Organization) -> None:
    email = emailed(world, acme, name="<b>Ana</b> {{organization}}\r\nBcc: eve@example.net", surname="{{name}}")

    assert email["subject"] == "<b>Ana</b> {{organization}} Bcc: eve@example.net, one question"
    assert "Bcc" not in email["headers"]
    assert email["to"] == ANA
    assert "{{organization}}" in email["text"]
    assert "{{name}}" in email["text"]


def test_an_organizations_name_of_any_letters_is_the_senders(world: World, acme: Organization) -> None:
    acme.name = 'Caf\N{LATIN SMALL LETTER E WITH ACUTE} "Ol\N{LATIN SMALL LETTER E WITH ACUTE}", S.A. <x@example.net>'
    acme.save()

    assert parseaddr(emailed(world, acme)["headers"]["From"])[1] == "hello@acme.example"


LACKING: dict[str, tuple[dict[str, Any], str]] = {
    "a channel": ({"email_channel": None}, "campaign.no_email_channel"),
    "a subject": ({"email_subject": " "}, "campaign.no_email_subject"),
    "a text": ({"email_first_message": None}, "campaign.no_email_message"),
}


@pytest.mark.parametrize("lacking", LACKING)
def test_a_campaign_that_lacks_something_waits_and_says_what(world: World, acme: Organization, lacking: str) -> None:
    fields, reason = LACKING[lacking]
    target = to_be_written(world, writing_campaign(world, acme), person(world, acme), "email")
    type(target.campaign).objects.filter(pk=target.campaign_id).update(**fields)

    [claim] = claim_due_work(worker="test")

    assert submit_attempt(attempt_id=claim.attempt_id, fence=claim.fence) == "released"
    target.refresh_from_db()
    assert (target.state, target.hold_reason) == ("ready", reason)
    assert sent(world) == []


@pytest.mark.parametrize("lacking", ["account", "server", "readable server"])
def test_an_account_that_cannot_be_used_holds_the_email(
    world: World, acme: Organization, settings: Settings, lacking: str
) -> None:
    target = to_be_written(world, writing_campaign(world, acme), person(world, acme), "email")
    expected = "provider_unusable"
    if lacking == "account":
        EmailChannel.objects.update(provider_account=None)
        expected = "campaign.no_email_channel"
    elif lacking == "server":
        settings.EMAIL_BASE_URL = ""
    else:
        ProviderAccount.objects.filter(kind="email").update(base_url="https://mail.example")

    world.step()

    target.refresh_from_db()
    assert (target.state, target.hold_reason) == ("ready", expected)
    assert sent(world) == []


def test_a_deleted_channel_sends_nothing(world: World, acme: Organization) -> None:
    target = to_be_written(world, writing_campaign(world, acme), person(world, acme), "email")
    EmailChannel.objects.filter(organization=acme).update(deleted_at=MONDAY)

    world.step()

    target.refresh_from_db()
    assert target.hold_reason == "campaign.no_email_channel"
    assert sent(world) == []


def test_a_stopped_account_sends_nothing(world: World, acme: Organization) -> None:
    target = to_be_written(world, writing_campaign(world, acme), person(world, acme), "email")
    account = ProviderAccount.objects.get(kind="email")
    account.stopped_at = account.created_at
    account.save()
    set_credentials(account=account, credentials={})

    world.step()

    target.refresh_from_db()
    assert target.hold_reason == "provider_stopped"
    assert sent(world) == []

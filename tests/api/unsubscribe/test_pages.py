"""The link in an email: asking never unsubscribes, posting does, and nobody learns anything from it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.core.signing import Signer
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from api.unsubscribe.words import WORDS, language_of
from campaigns.models import Campaign
from customers.models import DialLedger, Suppression
from customers.services.addresses import address_hash
from customers.suppressions import is_suppressed, record_dial
from lib import clock
from organizations.models import Organization
from targets.models import Attempt, CampaignTarget
from targets.unsubscription import make_token, read_token
from tests.api.unreachable import closed_port, database_at
from tests.factories import AttemptFactory, CampaignFactory, CustomerFactory, TargetFactory

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response  # the stubs' name for what a client returns

pytestmark = pytest.mark.django_db

ANA, PHONE, OTHER_PHONE = "ana@example.com", "+393470000001", "+393470000002"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def attempt(acme: Organization) -> Attempt:
    """Return an email that went to Ana."""
    ana = CustomerFactory(organization=acme, email=ANA, phone=PHONE, other_phones=[OTHER_PHONE])
    target = TargetFactory(campaign=CampaignFactory(organization=acme), customer=ana)
    sent: Attempt = AttemptFactory(target=target, channel="email", address=ANA)
    record_dial(organization_id=acme.pk, attempt_id=sent.pk, channel="email", address=ANA, at=clock.now())
    return sent


@pytest.fixture
def mail_program() -> Client:
    """Return a client without cookies that insists on Django's own protection of forms."""
    return Client(enforce_csrf_checks=True)


def address_of(attempt: Attempt) -> str:
    return f"/unsubscribe/{make_token(attempt.pk)}"


def barred(organization: Organization, address: str) -> set[str]:
    """Return the channels on which an address may not be contacted."""
    return {
        channel
        for channel in ("call", "whatsapp", "email")
        if is_suppressed(organization_id=organization.pk, address=address, channel=channel, at=clock.now())
    }


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_following_the_link_unsubscribes_nobody(mail_program: Client, attempt: Attempt, method: str) -> None:
    response = mail_program.generic(method, address_of(attempt))

    assert response.status_code == 200
    assert not Suppression.objects.exists()


def test_one_click_of_a_mail_program_stops_the_emails_alone(mail_program: Client, attempt: Attempt) -> None:
    response = mail_program.post(address_of(attempt), ONE_CLICK)

    assert (response.status_code, response["Content-Type"]) == (200, "text/html; charset=utf-8")
    rule = Suppression.objects.get()
    assert (rule.organization, rule.channel, rule.source) == (attempt.organization, "email", "unsubscribe")
    assert barred(attempt.organization, ANA) == {"email"}
    assert barred(attempt.organization, PHONE) == set()


def test_one_click_may_come_as_a_form_in_the_urls_way(mail_program: Client, attempt: Attempt) -> None:
    body = "List-Unsubscribe=One-Click"
    response = mail_program.generic("POST", address_of(attempt), body, "application/x-www-form-urlencoded")

    assert response.status_code == 200
    assert barred(attempt.organization, ANA) == {"email"}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"", "text/plain"), (b"\xff\x00{", "application/json"), (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
     (b"--", "multipart/form-data"), (b"a=1&" * 2000, "application/x-www-form-urlencoded")],
)  # fmt: skip
def test_a_body_nobody_can_read_unsubscribes_all_the_same(
    mail_program: Client, attempt: Attempt, body: bytes, content_type: str
) -> None:
    assert mail_program.generic("POST", address_of(attempt), body, content_type).status_code == 200
    assert barred(attempt.organization, ANA) == {"email"}


def test_doing_it_again_changes_nothing(mail_program: Client, attempt: Attempt) -> None:
    first, second = (mail_program.post(address_of(attempt), ONE_CLICK) for _ in range(2))

    assert first.content == second.content
    assert Suppression.objects.count() == 1


def test_the_second_button_stops_every_contact_at_every_address(mail_program: Client, attempt: Attempt) -> None:
    mail_program.post(address_of(attempt), {"scope": "everything"})

    everything = {"call", "whatsapp", "email"}
    assert [barred(attempt.organization, address) for address in (ANA, PHONE, OTHER_PHONE)] == [everything] * 3
    assert set(Suppression.objects.values_list("source", flat=True)) == {"unsubscribe"}


def test_another_organization_may_still_write(mail_program: Client, attempt: Attempt, globex: Organization) -> None:
    mail_program.post(address_of(attempt), {"scope": "everything"})

    assert barred(globex, ANA) == set()


def test_the_link_works_after_the_campaign_is_deleted(mail_program: Client, attempt: Attempt) -> None:
    Campaign.all_objects.filter(pk=attempt.campaign_id).soft_delete()
    CampaignTarget.all_objects.filter(pk=attempt.target_id).soft_delete()

    mail_program.post(address_of(attempt), ONE_CLICK)

    assert barred(attempt.organization, ANA) == {"email"}


@pytest.mark.parametrize("what", ["deleted for good", "erased"])
@pytest.mark.parametrize(("form", "expected"), [(ONE_CLICK, 1), ({"scope": "everything"}, 3)])
def test_the_link_works_when_only_the_ledger_is_left(
    mail_program: Client, attempt: Attempt, what: str, form: dict[str, str], expected: int
) -> None:
    link, organization = address_of(attempt), attempt.organization
    if what == "erased":
        Attempt.objects.update(address="")
    else:
        Campaign.all_objects.filter(pk=attempt.campaign_id).delete()
        assert not Attempt.objects.exists()

    mail_program.post(link, form)

    assert len(barred(organization, ANA)) == expected


def forged(attempt: Attempt) -> dict[str, str]:
    real = make_token(attempt.pk)
    encoded = real.partition(".")[0]
    return {
        "nonsense": "nonsense",
        "cut": real[:-1],
        "of another attempt": f"{make_token(uuid4()).partition('.')[0]}.{real.partition('.')[2]}",
        "of an attempt that never was": make_token(uuid4()),
        "signed for something else": Signer(sep=".", salt="sessions").sign(encoded),
        "signed, and no id": Signer(sep=".", salt="targets.unsubscription").sign("AAAA"),
        "in letters of no alphabet": "\N{SNOWMAN}.\N{SNOWMAN}",
    }


FORGED = ["nonsense", "cut", "of another attempt", "of an attempt that never was", "signed for something else",
          "signed, and no id", "in letters of no alphabet"]  # fmt: skip


def seen(response: Response) -> tuple[int, bytes, dict[str, str]]:
    """Return what somebody sees of an answer, without the id every request has of its own."""
    headers = {name: value for name, value in response.items() if name != "X-Request-ID"}
    return response.status_code, response.content, headers


@pytest.mark.parametrize("how", FORGED)
def test_a_link_that_is_not_ours_is_answered_alike_and_stops_nothing(
    mail_program: Client, attempt: Attempt, how: str
) -> None:
    bad, good = f"/unsubscribe/{forged(attempt)[how]}", address_of(attempt)

    assert seen(mail_program.get(bad)) == seen(mail_program.get(good))
    answers = [seen(mail_program.post(bad, form)) for form in (ONE_CLICK, {"scope": "everything"})]
    assert not Suppression.objects.exists()
    assert answers == [seen(mail_program.post(good, form)) for form in (ONE_CLICK, {"scope": "everything"})]


def test_a_guess_costs_the_database_nothing(
    mail_program: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        mail_program.post("/unsubscribe/a-guess.of-mine", ONE_CLICK)


def test_the_link_holds_nothing_of_the_person(attempt: Attempt) -> None:
    token = make_token(attempt.pk)

    assert re.fullmatch(r"[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}", token)
    assert read_token(token) == attempt.pk
    assert address_hash(ANA) == DialLedger.objects.get().address_hash
    assert address_hash(ANA) not in token


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_only_asking_and_posting_are_understood(mail_program: Client, attempt: Attempt, method: str) -> None:
    assert mail_program.generic(method, address_of(attempt)).status_code == 405
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("language", WORDS)
def test_a_page_is_plain_accessible_and_runs_nothing(mail_program: Client, attempt: Attempt, language: str) -> None:
    accepted = {"Accept-Language": f"{language}-XX,{language};q=0.9"}
    for response in (
        mail_program.get(address_of(attempt), headers=accepted),
        mail_program.post(address_of(attempt), ONE_CLICK, headers=accepted),
    ):
        html = response.content.decode()
        assert f'<html lang="{language}">' in html
        assert html.count("<h1>") == 1
        assert "<main>" in html
        assert "<script" not in html
        assert " style=" not in html
        assert all(re.search(r"\w", label) for label in re.findall(r"<button[^>]*>([^<]*)</button>", html))
        assert "default-src 'none'" in response["Content-Security-Policy"]
        assert (response["Cache-Control"], response["Referrer-Policy"]) == ("no-store", "no-referrer")


def test_every_language_says_everything() -> None:
    assert {frozenset(words) for words in WORDS.values()} == {frozenset(WORDS["en"])}


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("", "en"), ("es", "es"), ("fr-CH, it;q=0.8, en;q=0.5", "it"), ("zz", "en"), ("ES-ar", "es"), ("," * 9999, "en")],
)
def test_a_page_speaks_the_first_language_we_know(accepted: str, language: str) -> None:
    assert language_of(accepted) == language


@pytest.mark.django_db(transaction=True)
def test_a_wish_that_cannot_be_recorded_is_not_confirmed(mail_program: Client) -> None:
    link = f"/unsubscribe/{make_token(uuid4())}"
    with database_at(closed_port()):
        response = mail_program.post(link, ONE_CLICK)

    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0
    assert WORDS["en"]["later"] in response.content.decode()

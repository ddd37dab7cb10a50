from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django import Settings

from lib.crypto import SecretBox
from organizations.credentials import EMAIL_SERVICES, credentials_of
from organizations.models import AuditEvent, EmailChannel, Organization, ProviderAccount, Role
from organizations.services import read_credentials, set_credentials
from tests.admin.conftest import Login
from tests.admin.pages import complaints, page
from tests.admin.world import Furnished, member
from tests.factories import ProviderAccountFactory

ASKED = re.compile(r'<(?:input|select)[^>]* name="([a-z_]+)"')


def account_of(organization: Organization, kind: str = "email", **credentials: str) -> ProviderAccount:
    account: ProviderAccount = ProviderAccountFactory(organization=organization, kind=kind, name="Account")
    set_credentials(account=account, credentials=credentials)
    return account


def asked_for(client: Client, account: ProviderAccount) -> set[str]:
    """Return the names of what the page of an account lets somebody fill in, but for what every account has."""
    text = client.get(page(ProviderAccount, "change", account.pk)).content.decode()
    common = {"name", "base_url", "concurrency_limit", "calls_per_second", "csrfmiddlewaretoken", "s"}  # s: the search
    return {name for name in ASKED.findall(text) if not name.startswith("_")} - common


@pytest.mark.parametrize(
    ("kind", "service", "asked"),
    [
        ("elevenlabs", "", {"api_key", "webhook_secret", "previous_webhook_secret", "telephony"}),
        ("whatsapp", "", {"access_token", "webhook_secret", "previous_webhook_secret", "verify_token"}),
        ("analysis", "", {"api_key", "model"}),
        ("email", "", {"username", "password"}),
        ("email", "postmark", {"api_key", "message_stream", "webhook_secret", "previous_webhook_secret"}),
        ("email", "mailjet", {"api_key", "api_secret", "webhook_secret", "previous_webhook_secret"}),
    ],
)
def test_a_page_asks_for_what_its_kind_needs_alone(
    root: Client, ours: Furnished, kind: str, service: str, asked: set[str]
) -> None:
    account = account_of(ours.organization, kind, **({"service": service} if service else {}))
    assert asked_for(root, account) == asked


@pytest.mark.parametrize("service", EMAIL_SERVICES)
def test_every_email_service_has_a_page(root: Client, ours: Furnished, service: str) -> None:
    account = account_of(ours.organization, service=service)
    assert asked_for(root, account) == {credential.name for credential in credentials_of("email", service)}
    text = root.get(page(ProviderAccount, "change", account.pk)).content.decode()
    assert EMAIL_SERVICES[service] in text


def test_a_new_account_leads_to_the_page_that_asks_for_its_credentials(root: Client, ours: Furnished) -> None:
    data = {"organization": str(ours.organization.pk), "kind": "email", "service": "postmark", "name": "Letters"}
    response = root.post(page(ProviderAccount, "add"), data)
    account = ProviderAccount.objects.get(name="Letters")
    assert response.headers["Location"] == page(ProviderAccount, "change", account.pk)
    assert read_credentials(account) == {"service": "postmark"}


def test_an_account_added_from_another_page_goes_back_to_it(root: Client, ours: Furnished) -> None:
    data = {"organization": str(ours.organization.pk), "kind": "elevenlabs", "name": "Voice", "_popup": "1"}
    response = root.post(page(ProviderAccount, "add"), data)
    assert response.status_code == 200
    assert str(ProviderAccount.objects.get(name="Voice").pk) in response.content.decode()


def test_a_new_account_that_sends_no_email_has_no_email_service(root: Client, ours: Furnished) -> None:
    data = {"organization": str(ours.organization.pk), "kind": "whatsapp", "service": "postmark", "name": "Chat"}
    root.post(page(ProviderAccount, "add"), data)
    assert read_credentials(ProviderAccount.objects.get(name="Chat")) == {}


def test_the_kind_of_an_account_stays(root: Client, ours: Furnished) -> None:
    account = account_of(ours.organization, service="postmark", api_key="pm")
    data = {"kind": "whatsapp", "service": "mailgun", "name": "Account"}
    assert complaints(root.post(page(ProviderAccount, "change", account.pk), data)) == {}
    account.refresh_from_db()
    assert (account.kind, read_credentials(account)["service"]) == ("email", "postmark")


def test_stored_credentials_are_never_shown(root: Client, ours: Furnished) -> None:
    account = ProviderAccount.objects.get(name=f"{ours.mark} account")
    text = root.get(page(ProviderAccount, "change", account.pk)).content.decode()
    assert f"{ours.mark}-secret-credential" not in text
    assert account.credentials_encrypted not in text
    assert "stored; leave it empty to keep it" in text


def test_an_empty_field_keeps_a_credential_and_a_filled_one_replaces_it(root: Client, ours: Furnished) -> None:
    account = ProviderAccount.objects.get(name=f"{ours.mark} account")
    data = {"telephony": "twilio", "name": "Renamed", "webhook_secret": "whsec-new"}
    response = root.post(page(ProviderAccount, "change", account.pk), data)
    assert complaints(response) == {}
    account.refresh_from_db()
    stored = {"api_key": f"{ours.mark}-secret-credential", "webhook_secret": "whsec-new", "telephony": "twilio"}
    assert (account.name, read_credentials(account)) == ("Renamed", stored)
    changes = AuditEvent.objects.filter(object_id=account.pk).values_list("changes", flat=True)
    assert "whsec-new" not in str(list(changes))


def test_a_refused_form_does_not_echo_what_was_typed_as_a_credential(root: Client, ours: Furnished) -> None:
    account = ProviderAccount.objects.get(name=f"{ours.mark} account")
    data = {"name": "", "webhook_secret": "whsec-new"}
    response = root.post(page(ProviderAccount, "change", account.pk), data)
    assert response.status_code == 200
    assert "whsec-new" not in response.content.decode()


def test_an_email_service_is_set_up_with_its_secrets_and_says_where_to_deliver(
    root: Client, ours: Furnished, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://outbound.example"
    account = account_of(ours.organization, service="postmark")
    data = {
        "name": "Mail",
        "api_key": "pm-token-1",
        "webhook_secret": "hook:pm-secret-1",
    }
    assert complaints(root.post(page(ProviderAccount, "change", account.pk), data)) == {}

    account.refresh_from_db()
    stored = {"service": "postmark", "api_key": "pm-token-1", "webhook_secret": "hook:pm-secret-1"}
    assert read_credentials(account) == stored
    text = root.get(page(ProviderAccount, "change", account.pk)).content.decode()
    assert f"https://outbound.example/webhooks/email/{account.pk}" in text
    assert "pm-token-1" not in text
    assert "pm-secret-1" not in text
    [event] = AuditEvent.objects.filter(object_id=account.pk, action="provider_account.credentials_set")[:1]
    assert "pm-secret-1" not in str(event.changes)


def test_a_service_that_signs_nothing_wants_a_user_and_a_password(root: Client, ours: Furnished) -> None:
    account = account_of(ours.organization, service="brevo")
    data = {"name": "Renamed", "webhook_secret": "no-colon-in-here"}

    assert "webhook_secret" in complaints(root.post(page(ProviderAccount, "change", account.pk), data))

    account.refresh_from_db()
    assert (account.name, read_credentials(account)) == ("Account", {"service": "brevo"})


def test_a_mail_server_is_not_heard(root: Client, ours: Furnished) -> None:
    account = account_of(ours.organization, service="mail_server", username="u")
    text = root.get(page(ProviderAccount, "change", account.pk)).content.decode()
    assert f"/webhooks/email/{account.pk}" not in text


def test_a_setting_is_shown_and_an_empty_one_is_taken_away(root: Client, ours: Furnished) -> None:
    account = account_of(ours.organization, service="postmark", api_key="pm", message_stream="broadcast-7")
    change = page(ProviderAccount, "change", account.pk)
    assert 'value="broadcast-7"' in root.get(change).content.decode()
    assert complaints(root.post(change, {"name": "Account", "message_stream": ""})) == {}
    account.refresh_from_db()
    assert read_credentials(account) == {"service": "postmark", "api_key": "pm"}


def test_a_secret_can_be_deleted(root: Client, ours: Furnished) -> None:
    account = account_of(ours.organization, "whatsapp", webhook_secret="new", previous_webhook_secret="old")
    data = {"name": "Account", "forget": ["previous_webhook_secret"]}
    assert complaints(root.post(page(ProviderAccount, "change", account.pk), data)) == {}
    account.refresh_from_db()
    assert read_credentials(account) == {"webhook_secret": "new"}


def test_what_no_key_opens_is_said_and_kept(root: Client, ours: Furnished, settings: Settings) -> None:
    account = account_of(ours.organization, service="postmark", api_key="pm")
    kept = ProviderAccount.objects.get(pk=account.pk).credentials_encrypted
    settings.FIELD_ENCRYPTION_KEYS = [SecretBox.new_key()]
    assert "cannot be read" in root.get(page(ProviderAccount, "change", account.pk)).content.decode()
    data = {"name": "Renamed", "api_key": "other"}
    assert complaints(root.post(page(ProviderAccount, "change", account.pk), data)) == {}
    account.refresh_from_db()
    assert (account.name, account.credentials_encrypted) == ("Renamed", kept)


def test_whoever_may_not_configure_sees_no_field_of_a_credential(login: Login, ours: Furnished) -> None:
    account = account_of(ours.organization, service="postmark", api_key="pm", message_stream="broadcast-7")
    viewer = login(member(ours.organization, Role.VIEWER))
    assert asked_for(viewer, account) == set()
    assert "broadcast-7" not in viewer.get(page(ProviderAccount, "change", account.pk)).content.decode()


def test_an_email_sender_says_which_account_it_sends_through(root: Client, ours: Furnished) -> None:
    account = account_of(ours.organization)
    data = {
        "organization": str(ours.organization.pk),
        "name": "News",
        "from_address": "news@example.org",
        "provider_account": str(account.pk),
    }
    assert complaints(root.post(page(EmailChannel, "add"), data)) == {}
    assert EmailChannel.objects.get(name="News").provider_account == account

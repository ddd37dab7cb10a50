from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django import Settings

from lib import clock
from organizations.models import ApiKey, AuditEvent, EmailChannel, Organization, ProviderAccount
from organizations.services import authenticate_token, read_credentials, set_credentials
from tests.admin.pages import complaints, page
from tests.admin.test_roles import BUTTON
from tests.admin.world import Furnished
from tests.factories import ProviderAccountFactory

TOKEN = re.compile(r"um_[A-Za-z0-9]+\.[A-Za-z0-9]+")


def test_a_new_token_is_shown_once(root: Client, acme: Organization) -> None:
    data = {"organization": str(acme.pk), "kind": "umanize", "name": "CRM", "scopes": ["campaigns:read"]}
    shown = root.post(page(ApiKey, "add"), data, follow=True).content.decode()
    found = TOKEN.search(shown)
    assert found
    key = authenticate_token(kind=ApiKey.Kind.UMANIZE, token=found[0], at=clock.now())
    assert key is not None
    assert (key.organization, key.name, key.scopes) == (acme, "CRM", ["campaigns:read"])
    for address in (page(ApiKey, "changelist"), page(ApiKey, "change", key.pk), page(ApiKey, "history", key.pk)):
        text = root.get(address).content.decode()
        assert found[0] not in text
        assert key.secret_hash not in text


def test_a_key_without_an_organization_is_refused_in_the_form(root: Client, acme: Organization) -> None:
    response = root.post(page(ApiKey, "add"), {"kind": "umanize"})
    assert response.status_code == 200
    assert not ApiKey.objects.exists()


def test_a_revoked_key_opens_nothing(root: Client, ours: Furnished) -> None:
    key = ApiKey.objects.get(organization=ours.organization)
    text = root.post(page(ApiKey, "revoke", key.pk), BUTTON)
    assert text.headers["HX-Redirect"] == page(ApiKey, "change", key.pk)
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert "revoked" in root.get(page(ApiKey, "change", key.pk)).content.decode()
    assert AuditEvent.objects.filter(action="api_key.revoked", object_id=key.pk).exists()


def test_stored_credentials_are_never_shown(root: Client, ours: Furnished) -> None:
    account = ProviderAccount.objects.get(name=f"{ours.mark} account")
    text = root.get(page(ProviderAccount, "change", account.pk)).content.decode()
    assert f"{ours.mark}-secret-credential" not in text
    assert account.credentials_encrypted not in text
    assert "api_key" in text


def test_an_empty_field_keeps_a_credential_and_a_filled_one_replaces_it(root: Client, ours: Furnished) -> None:
    account = ProviderAccount.objects.get(name=f"{ours.mark} account")
    data = {"kind": "elevenlabs", "name": "Renamed", "webhook_secret": "whsec-new"}
    response = root.post(page(ProviderAccount, "change", account.pk), data)
    assert complaints(response) == {}
    account.refresh_from_db()
    stored = {"api_key": f"{ours.mark}-secret-credential", "webhook_secret": "whsec-new"}
    assert (account.name, read_credentials(account)) == ("Renamed", stored)
    changes = AuditEvent.objects.filter(object_id=account.pk).values_list("changes", flat=True)
    assert "whsec-new" not in str(list(changes))


def test_a_refused_form_does_not_echo_what_was_typed_as_a_credential(root: Client, ours: Furnished) -> None:
    account = ProviderAccount.objects.get(name=f"{ours.mark} account")
    data = {"kind": "elevenlabs", "name": "", "webhook_secret": "whsec-new"}
    response = root.post(page(ProviderAccount, "change", account.pk), data)
    assert response.status_code == 200
    assert "whsec-new" not in response.content.decode()


def mail_account(organization: Organization, **credentials: str) -> ProviderAccount:
    account: ProviderAccount = ProviderAccountFactory(organization=organization, kind="email", name="Mail")
    set_credentials(account=account, credentials=credentials)
    return account


def test_an_email_service_is_set_up_with_its_secrets_and_says_where_to_deliver(
    root: Client, ours: Furnished, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://outbound.example"
    account = mail_account(ours.organization)
    data = {
        "kind": "email",
        "name": "Mail",
        "service": "postmark",
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


@pytest.mark.parametrize("stored", [{}, {"service": "brevo"}])
def test_a_service_that_signs_nothing_wants_a_user_and_a_password(
    root: Client, ours: Furnished, stored: dict[str, str]
) -> None:
    account = mail_account(ours.organization, **stored)
    chosen = {} if stored else {"service": "postmark"}
    data = {"kind": "email", "name": "Mail", "webhook_secret": "no-colon-in-here", **chosen}

    assert "webhook_secret" in complaints(root.post(page(ProviderAccount, "change", account.pk), data))

    account.refresh_from_db()
    assert read_credentials(account) == stored


def test_a_mail_server_is_not_heard(root: Client, ours: Furnished) -> None:
    account = mail_account(ours.organization, service="mail_server", username="u")
    text = root.get(page(ProviderAccount, "change", account.pk)).content.decode()
    assert f"/webhooks/email/{account.pk}" not in text


def test_an_email_sender_says_which_account_it_sends_through(root: Client, ours: Furnished) -> None:
    account = mail_account(ours.organization)
    data = {
        "organization": str(ours.organization.pk),
        "name": "News",
        "from_address": "news@example.org",
        "provider_account": str(account.pk),
    }
    assert complaints(root.post(page(EmailChannel, "add"), data)) == {}
    assert EmailChannel.objects.get(name="News").provider_account == account

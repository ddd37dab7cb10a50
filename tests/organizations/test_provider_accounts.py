from __future__ import annotations

import pytest
from pytest_django import Settings

from lib.crypto import SecretBox, SecretError
from organizations.models import AuditEvent, Organization, ProviderAccount
from organizations.services import read_credentials, set_credentials
from tests.factories import ProviderAccountFactory

pytestmark = pytest.mark.django_db

CREDENTIALS = {"api_key": "sk-very-secret", "webhook_secret": "wsec-öffentlich"}


def stored(account: ProviderAccount) -> ProviderAccount:
    row: ProviderAccount = ProviderAccount.objects.get(pk=account.pk)
    return row


def test_credentials_come_back_as_they_were_given(acme: Organization) -> None:
    account = ProviderAccountFactory(organization=acme)
    set_credentials(account=account, credentials=CREDENTIALS)
    assert read_credentials(stored(account)) == CREDENTIALS


def test_credentials_lie_encrypted_in_the_table_and_not_in_the_audit_log(acme: Organization) -> None:
    account = ProviderAccountFactory(organization=acme)
    set_credentials(account=account, credentials=CREDENTIALS)
    rows = [*ProviderAccount.objects.values(), *AuditEvent.objects.values()]
    assert AuditEvent.objects.filter(action="provider_account.credentials_set").exists()
    assert not any(secret in str(rows) for secret in CREDENTIALS.values())


def test_an_account_without_credentials_has_none(acme: Organization) -> None:
    account = ProviderAccountFactory(organization=acme)
    assert read_credentials(account) == {}
    set_credentials(account=account, credentials=CREDENTIALS)
    set_credentials(account=account, credentials={})
    assert read_credentials(stored(account)) == {}


def test_a_new_key_in_front_leaves_old_credentials_readable(acme: Organization, settings: Settings) -> None:
    account = ProviderAccountFactory(organization=acme)
    set_credentials(account=account, credentials=CREDENTIALS)
    old_keys = settings.FIELD_ENCRYPTION_KEYS
    settings.FIELD_ENCRYPTION_KEYS = [SecretBox.new_key(), *old_keys]
    assert read_credentials(account) == CREDENTIALS
    settings.FIELD_ENCRYPTION_KEYS = settings.FIELD_ENCRYPTION_KEYS[:1]
    with pytest.raises(SecretError):
        read_credentials(account)

"""Keep the secrets of an organization's accounts with vendors."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.db import transaction

from lib.crypto import SecretBox
from organizations.models import ProviderAccount
from organizations.services.audit import Actor, record_audit


@transaction.atomic
def set_credentials(*, account: ProviderAccount, credentials: Mapping[str, str], actor: Actor | None = None) -> None:
    """Replace the credentials of `account`; they are stored encrypted, and empty ones clear them."""
    account.credentials_encrypted = _box().encrypt(dict(credentials)) if credentials else ""
    account.save(update_fields=["credentials_encrypted", "updated_at"])
    record_audit(
        organization=account.organization,
        action="provider_account.credentials_set",
        subject=account,
        actor=actor,
    )


def read_credentials(account: ProviderAccount) -> dict[str, str]:
    """Return the credentials of `account`, empty where none are set.

    Raises lib.crypto.SecretError where the configured keys cannot read them.
    """
    if not account.credentials_encrypted:
        return {}
    credentials: dict[str, str] = _box().decrypt(account.credentials_encrypted)
    return credentials


def _box() -> SecretBox:
    return SecretBox(settings.FIELD_ENCRYPTION_KEYS)

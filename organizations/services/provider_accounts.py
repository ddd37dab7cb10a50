"""Keep the secrets of an organization's accounts with vendors."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.db import transaction

from lib.crypto import SecretBox
from organizations.credentials import SERVICE, merge_credentials
from organizations.models import ProviderAccount
from organizations.services.audit import Actor, record_audit
from providers.email.services import SERVICES


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


def change_credentials(
    *,
    account: ProviderAccount,
    given: Mapping[str, str],
    forgotten: frozenset[str] = frozenset(),
    actor: Actor | None = None,
) -> None:
    """Replace those credentials of `account` that are `given`, and delete those `forgotten`.

    An empty secret says nothing, an empty setting is deleted. Writes nothing where nothing changes. Raises
    InvalidField, and lib.crypto.SecretError where the configured keys cannot read what is stored.
    """
    if not given and not forgotten:
        return
    stored = read_credentials(account)
    merged = merge_credentials(account.kind, stored, given, forgotten)
    if merged != stored:
        set_credentials(account=account, credentials=merged, actor=actor)


def read_credentials(account: ProviderAccount) -> dict[str, str]:
    """Return the credentials of `account`, empty where none are set.

    Raises lib.crypto.SecretError where the configured keys cannot read them.
    """
    if not account.credentials_encrypted:
        return {}
    credentials: dict[str, str] = _box().decrypt(account.credentials_encrypted)
    return credentials


def webhook_address(account: ProviderAccount) -> str:
    """Return where the vendor of `account` delivers its webhooks, "" where nothing of it is heard."""
    is_heard = account.kind in (ProviderAccount.Kind.ELEVENLABS, ProviderAccount.Kind.WHATSAPP)
    if account.kind == ProviderAccount.Kind.EMAIL:
        is_heard = read_credentials(account).get(SERVICE) in SERVICES
    path = f"/webhooks/{account.kind}/{account.pk}"
    return f"{settings.PUBLIC_URL.rstrip('/')}{path}" if is_heard else ""


def _box() -> SecretBox:
    return SecretBox(settings.FIELD_ENCRYPTION_KEYS)

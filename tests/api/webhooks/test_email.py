"""Tracking webhooks of email services at the door: proven and kept, or refused and forgotten."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.test import Client

from organizations.models import Organization, ProviderAccount
from organizations.services import set_credentials
from targets.models import InboxEvent
from tests.factories import OrganizationFactory, ProviderAccountFactory
from tests.providers.email.tracking_samples import SENDERS, body_of, headers_of

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response  # the stubs' name for what a client returns

pytestmark = pytest.mark.django_db


def account_of(organization: Organization, service: str, /, **credentials: str) -> ProviderAccount:
    account: ProviderAccount = ProviderAccountFactory(organization=organization, kind="email")
    kept = {"service": service, "webhook_secret": SENDERS[service].secret} if service in SENDERS else {}
    set_credentials(account=account, credentials={**kept, **credentials})
    return account


def deliver(account_id: object, service: str, event: str = "delivered", **how: Any) -> Response:
    now = datetime.now(UTC)
    about = {"at": now, "secret": how.get("secret", SENDERS[service].secret)} if service == "mailgun" else {}
    body = body_of(service, event, **about)
    headers = headers_of(service, body, secret=how.get("secret"), at=now)
    del headers["content-type"]
    client = Client(enforce_csrf_checks=True)
    path = f"/webhooks/email/{account_id}"
    return client.generic("POST", path, body, how.get("content_type", "application/json"), headers=headers)


@pytest.mark.parametrize("service", SENDERS)
def test_an_authentic_webhook_is_kept_for_its_service(acme: Organization, service: str) -> None:
    account = account_of(acme, service)
    assert deliver(account.pk, service).status_code == 200
    event = InboxEvent.objects.get()
    assert (event.receiver, event.provider_account) == (f"email.{service}", account)
    assert "authorization" not in event.headers


@pytest.mark.parametrize("service", SENDERS)
def test_a_second_delivery_is_accepted_and_counted(acme: Organization, service: str) -> None:
    account = account_of(acme, service)
    assert [deliver(account.pk, service).status_code for _ in range(2)] == [200, 200]
    assert InboxEvent.objects.get().deliveries == 2


@pytest.mark.parametrize("service", SENDERS)
def test_nobody_learns_which_accounts_exist_or_what_they_use(acme: Organization, service: str) -> None:
    other = next(name for name in SENDERS if name != service)
    answers = {
        (response.status_code, response.content)
        for response in (
            deliver(account_of(acme, service).pk, service, secret="hook:Z3Vlc3M="),
            deliver(uuid4(), service),
            deliver(account_of(acme, "none at all").pk, service),
            deliver(account_of(acme, "", service="mail_server", webhook_secret="hook:x").pk, service),
            deliver(account_of(acme, "", service="pigeon", webhook_secret="hook:x").pk, service),
            deliver(account_of(acme, service, webhook_secret="").pk, service),
            deliver(account_of(acme, other, webhook_secret="hook:another").pk, service),
            deliver(ProviderAccountFactory(organization=acme, kind="whatsapp").pk, service),
        )
    }
    assert answers == {(401, b'{"detail": "Unauthorized"}')}
    assert not InboxEvent.objects.exists()


@pytest.mark.parametrize("service", SENDERS)
def test_the_secret_of_another_tenant_opens_nothing(acme: Organization, service: str) -> None:
    mine = account_of(acme, service)
    globex = account_of(OrganizationFactory(slug="globex"), service, webhook_secret="hook:Z2xvYmV4")
    assert deliver(mine.pk, service, secret="hook:Z2xvYmV4").status_code == 401
    assert deliver(globex.pk, service).status_code == 401
    assert not InboxEvent.objects.exists()


def test_the_former_secret_is_taken_while_it_is_rotated(acme: Organization) -> None:
    account = account_of(acme, "postmark", webhook_secret="hook:new", previous_webhook_secret="hook:old")
    assert deliver(account.pk, "postmark", secret="hook:old").status_code == 200
    assert deliver(account.pk, "postmark", "opened", secret="hook:new").status_code == 200
    assert deliver(account.pk, "postmark", "clicked", secret="hook:older").status_code == 401
    assert InboxEvent.objects.count() == 2


def test_a_webhook_is_json(acme: Organization) -> None:
    account = account_of(acme, "mailgun")
    form = "application/x-www-form-urlencoded"
    assert deliver(account.pk, "mailgun", content_type=form).status_code == 415
    assert not InboxEvent.objects.exists()

from __future__ import annotations

import re

from django.test import Client

from lib import clock
from organizations.models import ApiKey, AuditEvent, Organization
from organizations.services import authenticate_token
from tests.admin.pages import page
from tests.admin.test_roles import BUTTON
from tests.admin.world import Furnished

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

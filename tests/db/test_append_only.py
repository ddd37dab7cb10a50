from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from customers.models import DialLedger
from lib.ids import new_id
from organizations.models import AuditEvent, Organization

pytestmark = pytest.mark.django_db


def audit_event(organization: Organization) -> AuditEvent:
    return AuditEvent.objects.create(
        organization=organization, action="campaign.created", object_type="campaigns.campaign", object_id=new_id()
    )


def ledger_line(organization: Organization) -> DialLedger:
    return DialLedger.objects.create(
        organization_id=organization.pk, attempt_id=new_id(), channel="call", address_hash="0" * 64
    )


@pytest.mark.parametrize(("make", "change"), [(audit_event, {"action": "else"}), (ledger_line, {"channel": "email"})])
def test_what_is_written_for_the_record_is_neither_changed_nor_deleted(
    acme: Organization, make: Any, change: dict[str, str]
) -> None:
    row = make(acme)
    rows = type(row).objects.filter(pk=row.pk)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        rows.update(**change)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        rows.delete()
    assert rows.get() == row

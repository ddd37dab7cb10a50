"""Stop and resume all contacts: of the whole platform, or of one organization.

Whoever dials asks `dialing_stopped_reason` in the transaction that decides, with the organization's row locked, so
that a stop committed before is obeyed.
"""

from __future__ import annotations

from typing import Literal

import structlog
from django.db import transaction

from lib import clock
from organizations.models import Organization, SystemFlag
from organizations.services.audit import Actor, record_audit

log = structlog.get_logger(__name__)

DIALING_FLAG = "dialing"
ON = "on"
_LONGEST_REASON = 255  # cut rather than refused: a stop must never fail for its wording
Dialing = Literal["on", "stopped", "quarantined"]


def dialing_stopped_reason(organization: Organization) -> str:
    """Return why nobody of `organization` may be contacted now, empty where they may.

    Reads the platform's switch afresh (one query) and the organization's from the instance given.
    """
    flag = SystemFlag.objects.filter(key=DIALING_FLAG).exclude(value=ON).first()
    if flag:
        return f"the platform is {flag.value}" + (f": {flag.reason}" if flag.reason else "")
    if organization.dialing_stopped_at:
        return organization.dialing_stopped_reason or "the organization is stopped"
    return ""


def set_dialing(*, value: Dialing, reason: str = "") -> None:
    """Turn the platform's switch: "on", "stopped" by an operator, or "quarantined" after a restore from backup."""
    fields = {"value": value, "reason": reason[:_LONGEST_REASON], "changed_at": clock.now()}
    SystemFlag.objects.update_or_create(key=DIALING_FLAG, defaults=fields)
    log.warning("dialing.switched", value=value, reason=reason)


@transaction.atomic
def stop_dialing(*, organization: Organization, reason: str = "", actor: Actor | None = None) -> Organization:
    """Stop every new contact of `organization`; what is under way goes on. Returns the fresh row."""
    row = _locked(organization)
    if row.dialing_stopped_at is None:
        row.dialing_stopped_at, row.dialing_stopped_reason = clock.now(), reason[:_LONGEST_REASON]
        _save(row, "organization.dialing_stopped", actor)
    return row


@transaction.atomic
def resume_dialing(*, organization: Organization, actor: Actor | None = None) -> Organization:
    """Allow contacts of `organization` again. Returns the fresh row."""
    row = _locked(organization)
    if row.dialing_stopped_at is not None:
        row.dialing_stopped_at, row.dialing_stopped_reason = None, ""
        _save(row, "organization.dialing_resumed", actor)
    return row


def _locked(organization: Organization) -> Organization:
    row: Organization = Organization.all_objects.select_for_update(no_key=True).get(pk=organization.pk)
    return row


def _save(row: Organization, action: str, actor: Actor | None) -> None:
    row.save(update_fields=["dialing_stopped_at", "dialing_stopped_reason", "updated_at"])
    record_audit(organization=row, action=action, subject=row, actor=actor)

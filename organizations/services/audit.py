"""Write down who changed what, in the transaction of the change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model

from organizations.models import ApiKey, AuditEvent, Organization, User


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person, a program with a key, or (neither) the platform itself."""

    user: User | None = None
    api_key: ApiKey | None = None
    request_id: str = ""


PLATFORM = Actor()


def record_audit(
    *,
    organization: Organization | None,
    action: str,
    subject: Model,
    changes: Mapping[str, list[Any]] | None = None,
    actor: Actor | None = None,
) -> None:
    """Record that `actor` did `action` to `subject`; `changes` is ``{field: [before, after]}``.

    Never pass personal data or secrets in `changes`. `subject` needs a UUID as its primary key.
    """
    by = actor or PLATFORM
    AuditEvent.objects.create(
        organization=organization,
        user=by.user,
        api_key_id=by.api_key.pk if by.api_key else None,
        action=action,
        object_type=subject._meta.label_lower,
        object_id=subject.pk,
        changes=json_safe(changes or {}),
        request_id=by.request_id,
    )


def changes_between(before: Mapping[str, Any], subject: Model) -> dict[str, list[Any]]:
    """Return ``{attribute: [before, now]}`` for the attributes of `subject` whose value is not that of `before`."""
    now = {attribute: getattr(subject, attribute) for attribute in before}
    return {attribute: [before[attribute], value] for attribute, value in now.items() if value != before[attribute]}


def json_safe(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return `changes` in JSON's own types: ids and times become texts."""
    plain: dict[str, Any] = json.loads(json.dumps(changes, cls=DjangoJSONEncoder))
    return plain

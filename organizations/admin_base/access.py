"""Say what the person behind an admin request may do, and who they are for the audit log."""

from __future__ import annotations

from typing import cast

import structlog
from django.http import HttpRequest

from organizations.access import Access, Capability, read_access
from organizations.models import User
from organizations.services.audit import Actor

__all__ = ["Access", "Capability", "access_of", "actor_of"]


class _Request(HttpRequest):
    access: Access


def access_of(request: HttpRequest) -> Access:
    """Return the access of whoever sent `request`; one query a request. Nobody and inactive people may do nothing."""
    request = cast(_Request, request)
    if "access" not in request.__dict__:
        request.access = read_access(request.user)
    return request.access


def actor_of(request: HttpRequest) -> Actor:
    """Return who acts, for the audit log."""
    user = request.user if isinstance(request.user, User) else None
    return Actor(user=user, request_id=str(structlog.contextvars.get_contextvars().get("request_id", "")))

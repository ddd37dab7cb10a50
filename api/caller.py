"""Say who is asking."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from lib.db.models import Reach
from organizations.models import ApiKey, Organization, Role, User
from organizations.services import Actor


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, and in which organization. A program with no user of its own acts as an admin."""

    organization: Organization
    user: User | None = None
    api_key: ApiKey | None = None
    role: str = Role.ADMIN
    sees_every_organization: bool = False  # of a superuser who named none; what they create is `organization`'s

    @property
    def is_admin(self) -> bool:
        return self.role in (Role.OWNER, Role.ADMIN)

    @property
    def may_write(self) -> bool:
        return self.role != Role.VIEWER

    @property
    def credential(self) -> str:
        """Return what tells this caller's credential from every other, without telling the credential."""
        if self.api_key is not None:
            return f"key:{self.api_key.pk}"
        return f"user:{self.user.pk}" if self.user is not None else f"organization:{self.organization.pk}"

    @property
    def reach(self) -> Organization | Reach:
        """Return whose rows the caller sees, for `for_organization`."""
        return Reach.EVERY_ORGANIZATION if self.sees_every_organization else self.organization

    @property
    def actor(self) -> Actor:
        """Return who the audit log is to name."""
        request_id = structlog.contextvars.get_contextvars().get("request_id", "")
        return Actor(user=self.user, api_key=self.api_key, request_id=request_id)

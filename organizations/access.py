"""Say what a person may do, and in which organizations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from uuid import UUID

from organizations.models import Membership, Role, User


class Capability(Enum):
    """What an operation asks of whoever starts it; the value lists the roles that have it."""

    VIEW = frozenset[str | None](Role)
    OPERATE = frozenset[str | None]({Role.OWNER, Role.ADMIN, Role.OPERATOR})
    CONFIGURE = frozenset[str | None]({Role.OWNER, Role.ADMIN})
    PLATFORM = frozenset[str | None]()  # no role of an organization suffices: superusers only


@dataclass(frozen=True, slots=True)
class Access:
    """The roles of one person, by organization. A superuser may do everything everywhere."""

    is_superuser: bool
    roles: Mapping[UUID, str] = field(default_factory=lambda: MappingProxyType({}))

    def may(self, capability: Capability, organization_id: UUID | None) -> bool:
        """Say whether the person has `capability` in that organization. None is no organization: the platform."""
        return self.is_superuser or self._role(organization_id) in capability.value

    def _role(self, organization_id: UUID | None) -> str | None:
        return self.roles.get(organization_id) if organization_id else None

    def may_somewhere(self, capability: Capability) -> bool:
        return self.is_superuser or bool(self.organizations(capability))

    def organizations(self, capability: Capability) -> frozenset[UUID]:
        """Return the organizations in which the person's role has `capability`; of no use for superusers."""
        return frozenset(key for key, role in self.roles.items() if role in capability.value)

    def may_grant(self, role: str, organization_id: UUID | None) -> bool:
        """Say whether the person may give or take `role` there: nobody hands out more than they have."""
        if self.is_superuser or self._role(organization_id) == Role.OWNER:
            return True
        return role != Role.OWNER and self.may(Capability.CONFIGURE, organization_id)


def read_access(user: object) -> Access:
    """Return what `user` may do now; one query. Nobody and inactive people may do nothing."""
    if not isinstance(user, User) or not user.is_active or not user.is_staff:
        return Access(is_superuser=False)
    if user.is_superuser:
        return Access(is_superuser=True)
    memberships = Membership.objects.filter(user=user, organization__deleted_at__isnull=True)
    return Access(is_superuser=False, roles=dict(memberships.values_list("organization_id", "role")))

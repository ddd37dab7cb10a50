from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q

from lib.db.constraints import broken_constraint
from lib.db.validation import check_fields
from organizations.exceptions import AlreadyMember, DuplicateEmail, WeakPassword
from organizations.models import Membership, Organization, Role, User
from organizations.services.audit import Actor, record_audit


def create_user(
    *, email: str, password: str, name: str = "", is_staff: bool = False, is_superuser: bool = False
) -> User:
    """Create somebody who can log in. Raises InvalidField, WeakPassword, DuplicateEmail."""
    user = User(email=email.strip().lower(), name=name.strip(), is_staff=is_staff, is_superuser=is_superuser)
    check_fields(user, exclude=["password"])
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise WeakPassword(error.messages) from error
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        if broken_constraint(error) == "organizations_user_email_key":
            raise DuplicateEmail from error
        raise
    return user


def role_in(*, user: User, organization: Organization) -> str | None:
    """Return what a user may do in an organization: their role there; None where they have none, or may not log in."""
    if not user.is_active:
        return None
    if user.is_superuser:
        return Role.ADMIN
    membership = user.memberships.filter(organization=organization).first()
    return membership.role if membership else None


@dataclass(frozen=True, slots=True)
class FoundMembership:
    """An organization, and what somebody may do there."""

    organization: Organization
    role: str


def find_membership(*, user: User, organization: str) -> FoundMembership | None:
    """Return the organization a user names by id or slug, with their role; None where they have nothing to do there."""
    try:
        named = Q(pk=UUID(organization))
    except ValueError:
        named = Q(slug=organization)
    found = Organization.objects.filter(named).first() if "\0" not in organization else None
    role = role_in(user=user, organization=found) if found else None
    return FoundMembership(found, role) if found and role else None


def add_member(*, organization: Organization, user: User, role: Role, actor: Actor | None = None) -> Membership:
    """Let `user` work in `organization`. Raises InvalidField, AlreadyMember."""
    membership = Membership(organization=organization, user=user, role=role)
    check_fields(membership, exclude=["organization", "user"])
    try:
        with transaction.atomic():
            membership.save(force_insert=True)
            record_audit(
                organization=organization,
                action="membership.created",
                subject=membership,
                changes={"role": [None, role]},
                actor=actor,
            )
    except IntegrityError as error:
        if broken_constraint(error) == "membership_unique":
            raise AlreadyMember from error
        raise
    return membership

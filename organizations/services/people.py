from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

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

from __future__ import annotations

import pytest

from lib.errors import InvalidField
from organizations.exceptions import AlreadyMember, DuplicateEmail, WeakPassword
from organizations.models import AuditEvent, Membership, Organization, Role, User
from organizations.services import Actor, add_member, create_user
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


def test_a_user_logs_in_with_the_password_they_were_given() -> None:
    user = create_user(email=" Ada@Example.com ", password=PASSWORD)
    assert User.objects.get_by_natural_key("ADA@example.com") == user
    assert user.check_password(PASSWORD)


def test_an_address_is_one_user_however_it_is_written() -> None:
    create_user(email="ada@example.com", password=PASSWORD)
    with pytest.raises(DuplicateEmail) as refusal:
        create_user(email="ADA@EXAMPLE.COM", password=PASSWORD)
    assert "ada" not in str(refusal.value).lower()


@pytest.mark.parametrize("password", ["short", "password1234", "ada@example.com"])
def test_a_password_that_can_be_guessed_is_refused_with_reasons(password: str) -> None:
    with pytest.raises(WeakPassword) as refusal:
        create_user(email="ada@example.com", password=password)
    assert refusal.value.reasons
    assert not User.objects.exists()


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(InvalidField) as refusal:
        create_user(email="nobody", password=PASSWORD)
    assert refusal.value.field == "email"


def test_a_member_has_a_role_and_the_audit_log_says_who_gave_it(acme: Organization) -> None:
    admin, user = UserFactory(), UserFactory()
    membership = add_member(
        organization=acme, user=user, role=Role.VIEWER, actor=Actor(user=admin, request_id="request-1")
    )
    event = AuditEvent.objects.get(object_id=membership.pk)
    assert (event.user, event.request_id, event.changes) == (admin, "request-1", {"role": [None, "viewer"]})


def test_nobody_is_a_member_twice(acme: Organization) -> None:
    user = UserFactory()
    add_member(organization=acme, user=user, role=Role.VIEWER)
    with pytest.raises(AlreadyMember):
        add_member(organization=acme, user=user, role=Role.OWNER)
    assert Membership.objects.get(user=user).role == Role.VIEWER


def test_a_role_that_does_not_exist_is_refused(acme: Organization) -> None:
    with pytest.raises(InvalidField):
        add_member(organization=acme, user=UserFactory(), role="emperor")  # type: ignore[arg-type]  # the point

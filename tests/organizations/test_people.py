from __future__ import annotations

import pytest

from lib.errors import InvalidField
from organizations.exceptions import AlreadyMember, DuplicateEmail, WeakPassword
from organizations.models import AuditEvent, Membership, Organization, Role, User
from organizations.services import Actor, add_member, create_user, find_membership, role_in
from tests.factories import PASSWORD, MembershipFactory, UserFactory

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


def test_somebody_names_an_organization_by_id_or_slug_and_finds_only_their_own(
    acme: Organization, globex: Organization
) -> None:
    user = UserFactory()
    MembershipFactory(organization=acme, user=user, role=Role.VIEWER)
    for name in (str(acme.pk), "acme"):
        found = find_membership(user=user, organization=name)
        assert found is not None
        assert (found.organization, found.role) == (acme, Role.VIEWER)
    for name in (str(globex.pk), "globex", "nowhere", "", "a\0b", "x" * 300):
        assert find_membership(user=user, organization=name) is None
    Organization.objects.filter(pk=acme.pk).soft_delete()
    assert find_membership(user=user, organization="acme") is None


def test_a_role_is_that_of_the_membership_unless_somebody_may_do_everything_or_nothing(acme: Organization) -> None:
    member, stranger, root = UserFactory(), UserFactory(), UserFactory(is_superuser=True)
    MembershipFactory(organization=acme, user=member, role=Role.OPERATOR)
    assert [role_in(user=user, organization=acme) for user in (member, stranger, root)] == ["operator", None, "admin"]
    for user in (member, root):
        user.is_active = False
        assert role_in(user=user, organization=acme) is None

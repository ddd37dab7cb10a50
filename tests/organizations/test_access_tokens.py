from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from django.conf import settings

from organizations.exceptions import ChooseOrganization, InvalidLogin, NotAMember
from organizations.models import Organization, Role, User
from organizations.services.access_tokens import (
    ACCESS_LIFETIME,
    REFRESH_LIFETIME,
    log_in,
    read_access_token,
    refresh_login,
)
from tests.factories import PASSWORD, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def user(acme: Organization) -> User:
    made: User = UserFactory(email="ada@example.com")
    MembershipFactory(organization=acme, user=made, role=Role.OPERATOR)
    return made


def test_a_login_stands_for_the_user_in_their_organization(user: User, acme: Organization) -> None:
    session = read_access_token(token=log_in(email="Ada@Example.com", password=PASSWORD).access)
    assert session is not None
    assert (session.user, session.organization, session.role) == (user, acme, Role.OPERATOR)


@pytest.mark.parametrize(("email", "password"), [("ada@example.com", "wrong"), ("nobody@example.com", PASSWORD)])
def test_a_wrong_guess_does_not_say_what_was_wrong(user: User, email: str, password: str) -> None:
    with pytest.raises(InvalidLogin, match="no active user has this email and password"):
        log_in(email=email, password=password)


def test_a_disabled_user_cannot_log_in(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)
    with pytest.raises(InvalidLogin):
        log_in(email=user.email, password=PASSWORD)


def test_who_works_in_two_organizations_names_one(user: User, acme: Organization, globex: Organization) -> None:
    MembershipFactory(organization=globex, user=user, role=Role.ADMIN)
    with pytest.raises(ChooseOrganization):
        log_in(email=user.email, password=PASSWORD)
    for named in ("globex", str(globex.pk)):
        session = read_access_token(token=log_in(email=user.email, password=PASSWORD, organization=named).access)
        assert session is not None
        assert (session.organization, session.role) == (globex, Role.ADMIN)


@pytest.mark.parametrize("wanted", ["globex", "nowhere", ""])
def test_nobody_enters_an_organization_they_do_not_belong_to(user: User, globex: Organization, wanted: str) -> None:
    if not wanted:
        user.memberships.all().delete()
    with pytest.raises(NotAMember):
        log_in(email=user.email, password=PASSWORD, organization=wanted)


def test_a_superuser_names_any_organization(acme: Organization) -> None:
    user = User.objects.create_superuser("root@example.com", PASSWORD)
    with pytest.raises(ChooseOrganization):
        log_in(email=user.email, password=PASSWORD)
    session = read_access_token(token=log_in(email=user.email, password=PASSWORD, organization="acme").access)
    assert session is not None
    assert session.role == Role.ADMIN


def disable(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def change_password(user: User) -> None:
    user.set_password("another long password")
    user.save()


def leave(user: User) -> None:
    user.memberships.all().delete()


def close_the_organization(user: User) -> None:
    Organization.objects.all().soft_delete()


@pytest.mark.parametrize("end", [disable, change_password, leave, close_the_organization])
def test_what_a_token_stands_on_is_asked_every_time(user: User, end: Callable[[User], None]) -> None:
    tokens = log_in(email=user.email, password=PASSWORD)
    assert read_access_token(token=tokens.access) is not None
    end(user)
    assert read_access_token(token=tokens.access) is None
    assert refresh_login(token=tokens.refresh) is None


def test_a_changed_role_holds_at_once(user: User) -> None:
    tokens = log_in(email=user.email, password=PASSWORD)
    user.memberships.update(role=Role.VIEWER)
    session = read_access_token(token=tokens.access)
    assert session is not None
    assert session.role == Role.VIEWER


def test_each_token_is_good_for_its_own_purpose_and_time(user: User) -> None:
    at = datetime.now(UTC)
    tokens = log_in(email=user.email, password=PASSWORD, at=at)
    assert read_access_token(token=tokens.access, at=at + ACCESS_LIFETIME - 2 * SECOND) is not None
    assert read_access_token(token=tokens.access, at=at + ACCESS_LIFETIME) is None
    assert refresh_login(token=tokens.refresh, at=at + REFRESH_LIFETIME - 2 * SECOND) is not None
    assert refresh_login(token=tokens.refresh, at=at + REFRESH_LIFETIME) is None
    assert read_access_token(token=tokens.refresh) is None
    assert refresh_login(token=tokens.access) is None


@pytest.mark.parametrize(
    "claims", [{}, {"typ": "access"}, {"typ": "access", "sub": 1, "org": [], "pwd": "", "exp": "x"}]
)
@pytest.mark.parametrize("algorithm", ["HS256", "none"])
def test_what_somebody_else_signed_is_nothing(user: User, claims: dict[str, object], algorithm: str) -> None:
    key = "" if algorithm == "none" else settings.SECRET_KEY.ljust(32, "x")
    assert read_access_token(token=jwt.encode(claims, key, algorithm=algorithm)) is None
    genuine = log_in(email=user.email, password=PASSWORD).access
    unsigned = jwt.encode(jwt.decode(genuine, options={"verify_signature": False}), "", algorithm="none")
    for forged in (unsigned, genuine[:-2], genuine + "x", "", "a.b.c", "é"):
        assert read_access_token(token=forged) is None


def test_tokens_do_not_show_in_what_is_logged(user: User) -> None:
    tokens = log_in(email=user.email, password=PASSWORD)
    assert tokens.access not in repr(tokens)

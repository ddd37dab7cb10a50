from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from organizations.models import Organization, User
from tests import factories
from tests.admin.world import Furnished, furnish

OPEN = "ACMEMARK"
SECRET = "GLOBEXMARK"

Login = Callable[[User], Client]


@pytest.fixture
def login() -> Login:
    """Return a browser in which somebody is logged in."""

    def log_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return log_in


@pytest.fixture
def superuser(db: None) -> User:
    user: User = factories.UserFactory(is_staff=True, is_superuser=True)
    return user


@pytest.fixture
def root(login: Login, superuser: User) -> Client:
    return login(superuser)


@pytest.fixture
def ours(acme: Organization) -> Furnished:
    return furnish(acme, OPEN)


@pytest.fixture
def theirs(globex: Organization) -> Furnished:
    return furnish(globex, SECRET)

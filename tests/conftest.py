"""Give the suite its servers and its two organizations.

The settings module is named here and not in pyproject.toml: pytest-django reads settings named there before this file
runs, and then it would be too late to say where the servers are.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import django
import hypothesis
import pytest

from tests.workers import keep_apart

if TYPE_CHECKING:
    from organizations.models import Organization

pytest_plugins = ["tests.parallel"]

if not os.environ.get("DATABASE_URL"):
    from launcher.services import ensure_environment

    ensure_environment(data_dir=Path(__file__).resolve().parent.parent / "var" / "test", durable=False)
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:6379/0")
keep_apart(os.environ)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
# Now, not in pytest_configure: the conftest files of folders named on the command line are imported before that.
django.setup()

from tests.emptying import empty_after_tests  # noqa: E402 - needs Django to be set up

empty_after_tests()

# How long an example takes says nothing on a machine that others use too.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")


@pytest.fixture
def acme(db: None) -> Organization:
    from tests.factories import OrganizationFactory

    return OrganizationFactory(name="Acme", slug="acme")


@pytest.fixture
def globex(db: None) -> Organization:
    from tests.factories import OrganizationFactory

    return OrganizationFactory(name="Globex", slug="globex")

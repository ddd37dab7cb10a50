"""What a user can set, run or meet is written down."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from campaigns.lifecycle import CAMPAIGN_LIFECYCLE
from config.celery import app
from config.celery_settings import QUEUES, ROUTES, SCHEDULE
from lib.lifecycle import Lifecycle
from targets.lifecycle import ATTEMPT_LIFECYCLE, TARGET_LIFECYCLE

CHECKOUT = Path(__file__).resolve().parents[2]
OUR_APPS = {"organizations", "customers", "campaigns", "targets", "api"}


def test_every_variable_the_settings_read_is_in_the_example() -> None:
    read = set()
    for path in (CHECKOUT / "config" / "settings").glob("*.py"):
        read |= set(re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', path.read_text()))
    example = (CHECKOUT / ".env.example").read_text()
    listed = set(re.findall(r"^#? ?([A-Z_]+)=", example, re.MULTILINE))
    assert read - listed == set()


def test_every_route_and_every_schedule_is_a_task_that_exists() -> None:
    app.loader.import_default_modules()
    tasks = {name for name in app.tasks if not name.startswith("celery.")}
    assert set(ROUTES) == tasks
    assert {entry["task"] for entry in SCHEDULE.values()} <= tasks
    assert set(ROUTES.values()) <= set(QUEUES)


def test_every_schedule_is_an_interval_whose_hints_expire() -> None:
    for entry in SCHEDULE.values():
        assert isinstance(entry["schedule"], float)
        assert entry["options"]["expires"]


def test_every_command_says_what_it_does() -> None:
    ours = {name: module for name, module in get_commands().items() if module in OUR_APPS}
    assert ours
    assert [name for name, module in ours.items() if len(load_command_class(module, name).help) < 20] == []


@pytest.mark.parametrize(
    "lifecycle", [CAMPAIGN_LIFECYCLE, TARGET_LIFECYCLE, ATTEMPT_LIFECYCLE], ids=lambda lifecycle: str(lifecycle.subject)
)
def test_every_move_is_drawn_and_no_other(lifecycle: Lifecycle) -> None:
    page = (CHECKOUT / "docs" / "states.md").read_text()
    section = page.partition(f"## {lifecycle.subject.capitalize()}\n")[2].partition("\n## ")[0]
    drawn = set(re.findall(r"^ +(\w+) --> (\w+): .+$", section, re.MULTILINE))
    assert drawn == lifecycle.pairs

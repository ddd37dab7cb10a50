from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from organizations.models import Organization, SystemFlag
from organizations.switches import dialing_stopped_reason
from tests.factories import ProviderAccountFactory

pytestmark = pytest.mark.django_db


def dialing(*arguments: str) -> dict[str, Any]:
    output = StringIO()
    call_command("dialing", *arguments, "--json", stdout=output)
    facts: dict[str, Any] = json.loads(output.getvalue())
    return facts


def test_everything_is_on_until_somebody_stops_it() -> None:
    assert dialing("status") == {"platform": "on", "stopped organizations": [], "stopped accounts": []}


def test_the_platform_is_stopped_and_resumed() -> None:
    assert dialing("stop", "--reason", "drill")["platform"] == "the platform is stopped: drill"
    assert dialing("resume")["platform"] == "on"


def test_one_organization_is_stopped_and_resumed(acme: Organization, globex: Organization) -> None:
    told = dialing("stop", "--organization", "acme", "--reason", "complaint")
    assert (told["platform"], told["stopped organizations"]) == ("on", ["acme: complaint"])
    acme.refresh_from_db()
    assert dialing_stopped_reason(acme) == "complaint"
    assert dialing("resume", "--organization", "acme")["stopped organizations"] == []


def test_one_account_is_stopped_and_resumed(acme: Organization) -> None:
    account = ProviderAccountFactory(organization=acme, name="Main")
    told = dialing("stop", "--account", str(account.pk), "--reason", "unpaid")
    assert told["stopped accounts"] == [f"{account.pk} (acme: Main): unpaid"]
    assert dialing("resume", "--account", str(account.pk))["stopped accounts"] == []


def test_a_stop_says_why() -> None:
    with pytest.raises(CommandError, match="--reason"):
        dialing("stop")
    assert not SystemFlag.objects.exists()


@pytest.mark.parametrize("key", ["main", "01a1fd98-b8f0-712c-ba4c-e432217c9833"])
def test_an_account_nobody_knows_is_one_clear_line(key: str) -> None:
    with pytest.raises(CommandError, match="there is no provider account"):
        dialing("stop", "--account", key, "--reason", "x")


def test_a_quarantine_is_not_lifted_by_resuming() -> None:
    assert dialing("quarantine", "--reason", "restored by hand")["platform"].startswith("the platform is quarantined")
    with pytest.raises(CommandError, match="reconcile"):
        dialing("resume")

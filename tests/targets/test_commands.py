from __future__ import annotations

import json
import stat
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from campaigns.models import Campaign
from campaigns.readiness import check_readiness
from organizations.models import ApiKey, Organization, User
from targets.models import CampaignTarget
from tests.factories import AttemptFactory, TargetFactory

pytestmark = pytest.mark.django_db


def run(name: str, *arguments: str) -> str:
    output = StringIO()
    call_command(name, *arguments, stdout=output)
    return output.getvalue()


@pytest.fixture
def accounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "simulator" / "accounts.json"
    monkeypatch.setenv("SIMULATOR_ACCOUNTS", str(path))
    return path


def test_seeding_makes_two_organizations_and_a_campaign_that_is_ready(accounts: Path) -> None:
    seeded = json.loads(run("seed_demo", "--json"))

    campaign = Campaign.objects.get(pk=seeded["campaign_id"])
    assert set(Organization.objects.values_list("slug", flat=True)) == {"acme", "globex"}
    assert campaign.organization.slug == seeded["organization"] == "acme"
    assert check_readiness(campaign).can_start
    assert CampaignTarget.objects.filter(campaign=campaign).count() == 12
    assert User.objects.get(email=seeded["admin_email"]).check_password(seeded["admin_password"])


def test_seeding_again_changes_nothing_and_keeps_the_login(accounts: Path) -> None:
    first, second = json.loads(run("seed_demo", "--json")), json.loads(run("seed_demo", "--json"))

    assert first == second
    assert (CampaignTarget.objects.count(), ApiKey.objects.count()) == (12, 1)


def test_the_files_with_secrets_are_for_their_owner_only(accounts: Path) -> None:
    run("seed_demo")

    for path in (accounts, accounts.with_name("login.json")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_revoked_key_is_replaced_when_seeding_again(accounts: Path) -> None:
    first = json.loads(run("seed_demo", "--json"))
    ApiKey.objects.update(revoked_at="2026-01-01T00:00:00Z")

    assert json.loads(run("seed_demo", "--json"))["api_key"] != first["api_key"]


def test_campaign_status_adds_up_and_says_what_it_waits_for(capsys: pytest.CaptureFixture[str]) -> None:
    target = TargetFactory()

    facts = json.loads(run("campaign_status", str(target.campaign_id), "--json"))

    assert facts["targets"] == {"total": 1, "contacted": 0, "remaining": 1, "succeeded": 0, "failed": 0}
    assert facts["stages"] == {"new": 1}
    held = "held: the campaign is draft"
    assert facts["waiting"] == [{"count": 1, "reason": held, "until": None, "words": held}]
    run("campaign_status", str(target.campaign_id))
    assert "waiting: 1 held: the campaign is draft" in capsys.readouterr().out


@pytest.mark.parametrize("campaign", ["spring", "9f2c1f6e-3a53-4c8e-9d29-6f1f0a4f6c11"])
def test_campaign_status_of_no_campaign_is_one_clear_line(campaign: str) -> None:
    with pytest.raises(CommandError, match="there is no such campaign"):
        run("campaign_status", campaign)


def test_check_invariants_is_silent_about_what_is_well() -> None:
    TargetFactory()

    results = json.loads(run("check_invariants", "--json"))

    assert {"I1", "I3", "I4", "I5", "I6", "I7", "I8", "I10", "I12", "I13", "counters"} <= set(results)
    assert not any(results.values())


def test_check_invariants_fails_where_something_is_broken(capsys: pytest.CaptureFixture[str]) -> None:
    AttemptFactory()  # live, though its target is not in contact

    with pytest.raises(SystemExit) as ended:
        run("check_invariants")

    assert ended.value.code == 1
    assert "a target's state and its attempts disagree" in capsys.readouterr().out


def test_check_invariants_compares_with_the_simulators_record(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text(json.dumps({"fact": "call_placed", "reference": str(uuid4()), "conversation_id": "conv_1"}) + "\n")

    with pytest.raises(SystemExit):
        run("check_invariants", "--simulator-log", str(log))
    with pytest.raises(CommandError, match="cannot be read"):
        run("check_invariants", "--simulator-log", str(tmp_path / "missing"))

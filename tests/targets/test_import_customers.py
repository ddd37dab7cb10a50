"""The command that imports people and enrols them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from customers.models import Customer, ImportJob, ImportRejection
from organizations.models import Organization
from targets.models import CampaignTarget
from tests.customers.files import as_csv
from tests.factories import CampaignFactory, CustomerFactory, TargetFactory

GOOD = [("1", "Ada", "", "ada@example.com", "+39 347 123 4567"), ("2", "Grace", "", "grace@example.com", "")]
BAD = ("3", "Bad", "", "bad@", "=1+1")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "people.csv"


def run(path: Path, organization: Organization, *options: str) -> None:
    call_command("import_customers", str(path), "--organization", organization.slug, *options)


def run_for_facts(
    capsys: pytest.CaptureFixture[str], path: Path, organization: Organization, *options: str
) -> tuple[int, dict[str, Any]]:
    """Return the exit status and what the command told as JSON."""
    status = 0
    try:
        run(path, organization, "--json", *options)
    except SystemExit as ended:
        status = int(str(ended.code))
    facts: dict[str, Any] = json.loads(capsys.readouterr().out)
    return status, facts


def test_a_file_in_order_is_imported(capsys: pytest.CaptureFixture[str], path: Path, acme: Organization) -> None:
    path.write_bytes(as_csv([*GOOD, GOOD[0], ("", "", "", "", "")]))
    status, facts = run_for_facts(capsys, path, acme)
    assert status == 0
    told = {name: facts[name] for name in ("rows", "created", "updated", "duplicate", "rejected", "blank")}
    assert told == {"rows": 4, "created": 2, "updated": 0, "duplicate": 1, "rejected": 0, "blank": 1}
    assert "phone=Phone" in facts["columns"]
    assert Customer.objects.count() == 2


def test_rejected_rows_show_in_the_exit_status_and_in_a_file(
    capsys: pytest.CaptureFixture[str], path: Path, tmp_path: Path, acme: Organization
) -> None:
    path.write_bytes(as_csv([*GOOD, BAD]))
    errors = tmp_path / "errors.csv"
    status, facts = run_for_facts(capsys, path, acme, "--errors", str(errors))
    assert (status, facts["rejected"], facts["errors_file"]) == (2, 1, str(errors))
    assert facts["rejections"] == ["1x phone: This is not a phone number."]
    with errors.open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file))[1] == [
            "4",
            "phone",
            "This is not a phone number.",
            "3",
            "Bad",
            "",
            "bad@",
            "'=1+1",
        ]


def test_people_are_told_in_lines(capsys: pytest.CaptureFixture[str], path: Path, acme: Organization) -> None:
    path.write_bytes(as_csv(GOOD))
    run(path, acme)
    out = capsys.readouterr().out
    assert out.startswith("Imported the file.")
    assert "created        2" in out


def test_a_dry_run_tells_the_same_and_leaves_nothing_behind(
    capsys: pytest.CaptureFixture[str], path: Path, acme: Organization
) -> None:
    campaign = CampaignFactory(organization=acme)
    path.write_bytes(as_csv([*GOOD, BAD]))
    tried = run_for_facts(capsys, path, acme, "--dry-run", "--campaign", str(campaign.pk))
    for model in (Customer, CampaignTarget, ImportJob, ImportRejection):
        assert not model.objects.exists()
    assert run_for_facts(capsys, path, acme, "--campaign", str(campaign.pk)) == tried


def test_accepted_people_are_enrolled_once(capsys: pytest.CaptureFixture[str], path: Path, acme: Organization) -> None:
    campaign = CampaignFactory(organization=acme)
    known = CustomerFactory(organization=acme, customer_id="2")
    TargetFactory(campaign=campaign, customer=known)
    path.write_bytes(as_csv([*GOOD, GOOD[0], BAD]))
    _status, facts = run_for_facts(capsys, path, acme, "--campaign", str(campaign.pk))
    assert (facts["targets_created"], facts["targets_skipped"]) == (1, 1)
    assert CampaignTarget.objects.filter(campaign=campaign).count() == 2
    assert ImportJob.objects.get().campaign == campaign


def test_columns_and_the_country_can_be_told(
    capsys: pytest.CaptureFixture[str], path: Path, acme: Organization
) -> None:
    path.write_bytes(as_csv([("020 7946 0001", "Ada")], ["Contact", "Chi"]))
    status, facts = run_for_facts(capsys, path, acme, "--map", "phone=Contact", "--map", "name=chi", "--region", "gb")
    assert (status, facts["custom_fields"]) == (0, [])
    assert Customer.objects.values_list("phone", "name").get() == ("+442079460001", "Ada")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--map", "phon=Phone"], "there is no field phon"),
        (["--map", "phone=Telefon"], "the file has no column Telefon"),
        (["--map", "phone"], "FIELD=HEADER"),
        (["--region", "XX"], "ISO 3166"),
        (["--campaign", str(uuid4())], "has no campaign"),
    ],
)
def test_options_that_make_no_sense_import_nothing(
    path: Path, acme: Organization, options: list[str], told: str
) -> None:
    path.write_bytes(as_csv(GOOD))
    with pytest.raises(CommandError, match=told):
        run(path, acme, *options)
    assert not Customer.objects.exists()


def test_a_campaign_of_another_organization_is_not_found(path: Path, acme: Organization, globex: Organization) -> None:
    path.write_bytes(as_csv(GOOD))
    with pytest.raises(CommandError, match="has no campaign"):
        run(path, acme, "--campaign", str(CampaignFactory(organization=globex).pk))


def test_a_file_that_is_not_there_or_not_a_table_is_told(path: Path, acme: Organization) -> None:
    with pytest.raises(CommandError, match="No such file"):
        run(path, acme)
    path.write_bytes(b"")
    with pytest.raises(CommandError, match="empty"):
        run(path, acme)

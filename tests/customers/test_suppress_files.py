"""Do-not-contact lists as files: what comes in is counted row by row, what goes out gives no address away."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from customers.models import Suppression
from customers.services.rules import Change
from customers.services.suppression_files import SuppressionImport
from customers.suppressions import is_suppressed, lift_suppression, suppress
from lib import clock
from organizations.models import Organization
from tests.customers.files import as_csv
from tests.lib.tabular.workbooks import DATE_STYLE, workbook

PHONE, OTHER, EMAIL = "+393471234567", "+393471234568", "ada@example.com"
Written = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(
        *rows: tuple[str, ...], headers: tuple[str, ...] = ("address", "channel", "reason", "expires_at")
    ) -> Path:
        path = tmp_path / "list.csv"
        path.write_bytes(as_csv(rows, headers))
        return path

    return write


def run(path: Path, *arguments: str) -> dict[str, Any]:
    """Import the list, and return the facts after checking that every row is accounted for."""
    out = io.StringIO()
    try:
        call_command("import_suppressions", str(path), "--json", *arguments, stdout=out)
        status = 0
    except SystemExit as ended:
        status = int(ended.code or 0)
    facts: dict[str, Any] = json.loads(out.getvalue())
    assert facts["rows"] == sum(facts[name] for name in ("created", "prolonged", "already", "rejected", "blank"))
    assert status == (2 if facts["rejected"] else 0)
    return facts


def read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


def blocked(organization: Organization, address: str, channel: str = "call", **later: int) -> bool:
    at = clock.now() + timedelta(**later)
    return is_suppressed(organization_id=organization.pk, address=address, channel=channel, at=at) is not None


def test_every_row_is_accounted_for_and_a_second_run_changes_nothing(acme: Organization, written: Written) -> None:
    path = written(
        ("347 123 4567", "", "asked by letter", ""),
        ("0039 347-1234568", "whatsapp", "", "2099-01-31"),
        (" Ada@EXAMPLE.com ", "email", "", ""),
        ("+39 347 123 4567", "", "the same again", ""),
        ("", "", "", ""),
        ("not a number", "", "", ""),
        (PHONE, "fax", "", ""),
        (PHONE, "", "", "2020-01-01"),
        (PHONE, "", "", "soon"),
        (EMAIL, "call", "", ""),
    )
    first = run(path, "--organization", "acme")
    names = ("rows", "created", "already", "rejected", "blank")
    assert [first[name] for name in names] == [10, 3, 1, 5, 1]
    assert [run(path, "--organization", "acme")[name] for name in names] == [10, 0, 4, 5, 1]
    assert blocked(acme, PHONE)
    assert blocked(acme, OTHER, "whatsapp")
    assert not blocked(acme, OTHER)
    assert blocked(acme, EMAIL, "email")
    rule = Suppression.objects.get(channel="")
    assert (rule.source, rule.reason) == ("import", "asked by letter")


def test_rejected_rows_are_written_to_a_file_that_can_be_corrected_and_imported(
    acme: Organization, written: Written, tmp_path: Path
) -> None:
    path = written((PHONE, "fax", "=1+1", ""), (OTHER, "", "", ""))
    rejected = tmp_path / "wrong.csv"
    facts = run(path, "--organization", "acme", "--rejected", str(rejected))
    [row] = read(rejected)
    assert (row["Row"], row["address"], row["reason"]) == ("2", f"'{PHONE}", "'=1+1")
    assert "whatsapp" in row["Rejected because"]
    assert facts["rejected_file"] == str(rejected)
    rejected.write_text(rejected.read_text().replace("fax", "call"))
    assert run(rejected, "--organization", "acme")["created"] == 1
    assert blocked(acme, PHONE)


def test_no_file_of_rejected_rows_is_left_where_there_are_none(
    acme: Organization, written: Written, tmp_path: Path
) -> None:
    run(written((PHONE, "", "", "")), "--organization", "acme")
    assert [path.name for path in tmp_path.iterdir()] == ["list.csv"]


def test_a_later_expiry_prolongs_and_the_last_day_still_counts(acme: Organization, written: Written) -> None:
    acme.timezone = "America/New_York"
    acme.save()
    run(written((PHONE, "", "", "2098-01-31")), "--organization", "acme")
    assert run(written((PHONE, "", "", "2099-01-31")), "--organization", "acme")["prolonged"] == 1
    assert Suppression.objects.get().expires_at == datetime(2099, 2, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize("whole_platform", [True, False])
def test_rows_marked_for_the_platform_need_an_import_for_the_platform(
    acme: Organization, globex: Organization, written: Written, whole_platform: bool
) -> None:
    path = written((PHONE, "yes"), (OTHER, "no"), headers=("phone", "platform"))
    facts = run(path, *(["--platform"] if whole_platform else ["--organization", "acme"]))
    assert (facts["created"], facts["rejected"]) == (1, 1)
    assert blocked(globex, PHONE) is whole_platform
    assert blocked(acme, OTHER) is not whole_platform
    assert not blocked(globex, OTHER)


def test_numbers_without_a_country_are_read_as_the_region_says(acme: Organization, written: Written) -> None:
    path = written(("2125550123",), headers=("phone",))
    assert run(path, "--platform")["rejected"] == 1
    assert run(path, "--platform", "--region", "US")["created"] == 1
    assert blocked(acme, "+12125550123")


def test_a_workbook_is_read_too(acme: Organization, tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    day = (72716.0, DATE_STYLE)  # 1 February 2099
    cells: dict[str, Any] = {"A1": "Phone", "B1": "Expires at", "A2": 393471234567.0, "B2": day}
    path.write_bytes(workbook([("List", cells, True)]))
    assert run(path, "--organization", "acme")["created"] == 1
    assert blocked(acme, PHONE)
    assert Suppression.objects.get().expires_at is not None


def test_a_file_with_two_columns_of_addresses_is_imported_one_column_at_a_time(
    acme: Organization, written: Written
) -> None:
    path = written((PHONE, EMAIL), headers=("phone", "email"))
    with pytest.raises(CommandError, match="several columns"):
        run(path, "--organization", "acme")
    assert not Suppression.objects.exists()
    for column in ("phone", "email"):
        assert run(path, "--organization", "acme", "--column", column)["created"] == 1


def test_an_import_that_stops_keeps_whole_batches_and_goes_on_when_run_again(acme: Organization) -> None:
    rows = [(f"+39347{n:07d}",) for n in range(650)]
    rows[310] = ("nobody",)
    rows[620] = ("nobody",)
    content = as_csv(rows, ("phone",))
    cut_short = SuppressionImport(acme).run(io.BytesIO(content), "list.csv")
    assert next(cut_short).number == 312
    del cut_short
    assert Suppression.objects.count() == 599
    whole = SuppressionImport(acme)
    assert [row.number for row in whole.run(io.BytesIO(content), "list.csv")] == [312, 622]
    assert (whole.changes[Change.CREATED], whole.changes[Change.ALREADY], whole.rows) == (49, 599, 650)


def test_an_export_has_hashes_and_hints_but_no_address(
    acme: Organization, globex: Organization, tmp_path: Path
) -> None:
    suppress(organization=acme, address=PHONE, source="keyword", reason="=cmd")
    lift_suppression(suppression=suppress(organization=acme, address=EMAIL, source="api"))
    suppress(organization=globex, address=OTHER, source="api")
    path = tmp_path / "out.csv"
    for arguments, expected in (([], ["567"]), (["--all"], ["567", "a…@"])):
        call_command("export_suppressions", str(path), "--organization", "acme", *arguments, stdout=io.StringIO())
        rows = read(path)
        assert [row["address_hint"] for row in rows] == expected
        assert rows[0]["reason"] == "'=cmd"
        assert len(rows[0]["address_hash"]) == 64
        assert PHONE[1:] not in path.read_text()


def test_a_list_is_checked_against_the_rules_of_the_organization_and_the_platform(
    acme: Organization, globex: Organization, written: Written, tmp_path: Path
) -> None:
    suppress(organization=acme, address=PHONE, channel="call", source="in_call")
    suppress(organization=None, address=EMAIL, source="operator")
    suppress(organization=globex, address=OTHER, source="api")
    listed = written(("347 123 4567",), (EMAIL,), (OTHER,), ("nobody",), headers=("address",))
    path, out = tmp_path / "out.csv", io.StringIO()
    call_command(
        "export_suppressions", str(path), "--organization", "acme", "--check", str(listed), "--json", stdout=out
    )
    assert json.loads(out.getvalue()) == {"addresses": 4, "suppressed": 2, "free": 1, "unreadable": 1}
    told = [(row["row"], row["channel"], row["source"], row["owner"]) for row in read(path)]
    assert told[:3] == [
        ("2", "call", "in_call", "organization"),
        ("3", "all", "operator", "platform"),
        ("4", "", "", ""),
    ]
    assert [row["suppressed"] for row in read(path)][:3] == ["yes", "yes", "no"]

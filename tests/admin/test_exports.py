"""Lists handed out as CSV: what is listed, nothing of others, safe in a spreadsheet, and written down."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from customers.models import Customer
from organizations.admin_base import exports
from organizations.models import AuditEvent, Organization, Role
from targets.models import Attempt, CampaignTarget
from tests.admin.conftest import OPEN, SECRET, Login
from tests.admin.pages import page
from tests.admin.world import Furnished, member
from tests.factories import CustomerFactory

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXPORTED = [Customer, CampaignTarget, Attempt]


def exported(client: Client, model: type[Model], **query: str) -> list[dict[str, str]]:
    response = client.post(page(model, "export"), QUERY_STRING="&".join(f"{k}={v}" for k, v in query.items()))
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith("attachment")
    return list(csv.DictReader(io.StringIO(response.getvalue().decode(), newline="")))


def workbook(client: Client, model: type[Model], **query: str) -> list[list[Any]]:
    """Return the cells of a list exported as a workbook, the header first."""
    asked = "&".join(f"{k}={v}" for k, v in query.items())
    response = client.post(page(model, "export"), {"format": "xlsx"}, QUERY_STRING=asked)
    assert response["Content-Type"] == XLSX
    assert response["Content-Disposition"].endswith('.xlsx"')
    return cells_of(response.getvalue())


def cells_of(content: bytes) -> list[list[Any]]:
    rows: list[list[Any]] = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    return rows


@pytest.mark.parametrize("model", EXPORTED)
def test_a_member_takes_away_their_own_rows_alone(
    model: type[Model], login: Login, acme: Organization, ours: Furnished, theirs: Furnished
) -> None:
    client = login(member(acme, Role.OPERATOR))
    rows = exported(client, model)
    assert len(rows) == 1
    assert OPEN in str(rows)
    assert SECRET not in str(rows)
    assert exported(client, model, organization=str(theirs.organization.pk)) == []


@pytest.mark.parametrize("model", EXPORTED)
def test_who_exports_is_audited_and_not_what_they_searched_for(
    model: type[Model], login: Login, acme: Organization, ours: Furnished
) -> None:
    user = member(acme, Role.OPERATOR)
    exported(login(user), model, q=OPEN)
    event = AuditEvent.objects.get(action__endswith=".exported")
    assert (event.user, event.organization, event.object_id) == (user, acme, acme.pk)
    assert event.changes == {"filters": [None, ["search"]]}


@pytest.mark.parametrize("model", EXPORTED)
def test_a_viewer_exports_nothing_and_is_offered_nothing(
    model: type[Model], login: Login, acme: Organization, ours: Furnished
) -> None:
    viewer, operator = login(member(acme, Role.VIEWER)), login(member(acme, Role.OPERATOR))
    assert viewer.post(page(model, "export")).status_code == 403
    assert "Export these" not in viewer.get(page(model, "changelist")).content.decode()
    assert "Export these" in operator.get(page(model, "changelist")).content.decode()
    assert not AuditEvent.objects.filter(action__endswith=".exported").exists()


def test_a_link_starts_no_export(login: Login, acme: Organization) -> None:
    assert login(member(acme, Role.OWNER)).get(page(Customer, "export")).status_code == 405


def test_a_filter_that_makes_no_sense_leads_back_to_the_list(login: Login, acme: Organization) -> None:
    response = login(member(acme, Role.OWNER)).post(page(Customer, "export"), QUERY_STRING="created_at__gte=x")
    assert response.status_code in (302, 400)


def test_the_filters_and_the_search_of_the_list_hold(login: Login, acme: Organization) -> None:
    for name in ("Ada", "Grace"):
        CustomerFactory(organization=acme, name=name)
    CustomerFactory(organization=acme, name="Gone", deleted_at="2026-01-01T00:00:00Z")
    client = login(member(acme, Role.OPERATOR))
    assert [row["name"] for row in exported(client, Customer)] == ["Grace", "Ada"]
    assert [row["name"] for row in exported(client, Customer, q="Grac")] == ["Grace"]
    assert [row["name"] for row in exported(client, Customer, deleted="only")] == ["Gone"]


def test_no_cell_is_a_formula(login: Login, acme: Organization) -> None:
    CustomerFactory(organization=acme, name="=cmd|' /C calc'!A0", phone="+393471234567", tags=["@a", "b"])
    [row] = exported(login(member(acme, Role.OPERATOR)), Customer)
    assert row["name"].startswith("'=")
    assert row["phone"] == "'+393471234567"
    assert row["tags"] == "'@a, b"


def test_rows_are_read_in_parts_each_once(login: Login, acme: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "ROWS_AT_ONCE", 3)
    people = {str(CustomerFactory(organization=acme).pk) for _ in range(7)}
    rows = list(exports.in_parts(Customer.objects.filter(organization=acme), ["id"]))
    assert [str(pk) for [pk] in rows] == sorted(people, reverse=True)
    with CaptureQueriesContext(connection) as captured:
        for _row in exports.in_parts(Customer.objects.filter(organization=acme), ["name"]):
            pass
    assert len(captured) == 3


def test_a_superuser_takes_all_and_it_is_the_platforms_own_event(
    root: Client, ours: Furnished, theirs: Furnished
) -> None:
    assert len(exported(root, Customer)) == 2
    assert AuditEvent.objects.get(action="customers.exported").organization is None
    assert len(exported(root, Customer, organization=str(theirs.organization.pk))) == 1
    assert AuditEvent.objects.filter(action="customers.exported", organization=theirs.organization).count() == 1


@pytest.mark.parametrize("model", EXPORTED)
def test_a_workbook_holds_what_the_csv_does(
    model: type[Model], login: Login, acme: Organization, ours: Furnished, theirs: Furnished
) -> None:
    client = login(member(acme, Role.OPERATOR))
    [row], [header, cells] = exported(client, model), workbook(client, model)
    assert header == list(row)
    assert SECRET not in str(cells)
    as_text = {name: str(cell) for name, cell in zip(header, cells, strict=True)}
    assert {n: as_text[n] for n in row if not row[n].startswith("'") and not as_text[n].endswith(".0")}.items() <= (
        row.items()
    )
    assert OPEN in str(cells)
    assert AuditEvent.objects.filter(action__endswith=".exported").count() == 2


def test_a_workbook_holds_texts_and_no_formula_and_no_link(login: Login, acme: Organization) -> None:
    wild = ["=1+1", "+393471234567", "@SUM(A1)", "https://example.com", "-2", "{=1}", "internal:Sheet1!A1", "007"]
    for name in wild:
        CustomerFactory(organization=acme, name=name)
    client = login(member(acme, Role.OPERATOR))
    header, *rows = workbook(client, Customer)
    assert sorted(row[header.index("name")] for row in rows) == sorted(wild)
    content = client.post(page(Customer, "export"), {"format": "xlsx"}).getvalue()
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet


def test_a_list_longer_than_a_sheet_is_refused_in_words_and_not_cut(
    login: Login, acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MOST_SHEET_ROWS", 3)
    client = login(member(acme, Role.OPERATOR))
    CustomerFactory.create_batch(2, organization=acme)
    assert len(workbook(client, Customer)) == 3
    CustomerFactory(organization=acme)
    response = client.post(page(Customer, "export"), {"format": "xlsx"}, follow=True)
    assert "more rows than a sheet of Excel takes" in response.content.decode()
    assert len(exported(client, Customer)) == 3

"""Is an exported cell ever a formula?"""

import csv
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from lib.phone import normalize
from lib.tabular import stream_workbook, write_csv_safe


def written(*cells: object) -> str:
    file = io.StringIO(newline="")
    assert write_csv_safe(file, [f"h{n}" for n in range(len(cells))], [cells]) == 1
    return file.getvalue().split("\r\n", 1)[1]


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+34611223344", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "'=1", '"=1', "\N{NO-BREAK SPACE}=1",
     "\N{FULLWIDTH EQUALS SIGN}1", -5, "\tx", "\rx"],
)  # fmt: skip
def test_a_cell_that_starts_like_a_formula_gets_an_apostrophe(cell: object) -> None:
    assert written(cell).startswith("\"'")


@pytest.mark.parametrize("cell", ["Ana", "ana@example.com", "2026-01-01", 5, "a=b", "3 - 2", "O'Brien", ""])
def test_an_ordinary_cell_is_left_alone(cell: object) -> None:
    assert written(cell) == f'"{cell}"\r\n'


def test_nothing_is_an_empty_cell() -> None:
    assert written(None, "x") == '"","x"\r\n'


def test_headers_are_neutralised_too() -> None:
    file = io.StringIO(newline="")
    assert write_csv_safe(file, ["=cmd()"], []) == 0
    assert file.getvalue() == '"\'=cmd()"\r\n'


@settings(max_examples=60, deadline=None, database=None)
@given(st.text())
def test_no_cell_starts_with_a_formula_character(cell: str) -> None:
    (read,) = next(csv.reader(io.StringIO(written(cell), newline="")))
    assert not read.lstrip(" \t\r\n").lstrip("\"'").startswith(("=", "+", "-", "@")) or read.startswith("'")
    assert read in (cell, f"'{cell}")


def test_an_exported_phone_number_can_be_imported_again() -> None:
    (cell,) = next(csv.reader(io.StringIO(written("+34611223344"))))
    assert normalize(cell, default_region=None) == "+34611223344"


def sheet_of(*rows: list[object]) -> list[list[Any]]:
    content = b"".join(stream_workbook([f"h{n}" for n in range(len(rows[0]))], rows))
    found: list[list[Any]] = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    return found[1:]


def test_a_workbook_keeps_texts_as_texts_and_numbers_as_numbers() -> None:
    row: list[object] = ["=1+1", "+34611223344", "http://example.com", "007", 7, -1.5, None, "", True, 2**60, "x"]
    [read] = sheet_of(row)
    assert read == ["=1+1", "+34611223344", "http://example.com", "007", 7.0, -1.5, "", "", "True", str(2**60), "x"]


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_no_sheet_has_as_a_number_is_a_text(number: float) -> None:
    assert sheet_of([number]) == [[str(number)]]


def test_a_text_too_long_for_a_cell_is_cut_and_says_so() -> None:
    [[read]] = sheet_of(["x" * 40_000])
    assert len(str(read)) == 32_767
    assert str(read).endswith("(cut: a cell of a sheet holds no more)")


def test_more_rows_than_a_sheet_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lib.tabular.writer.MOST_SHEET_ROWS", 3)
    assert len(sheet_of(["a"], ["b"])) == 2
    with pytest.raises(ValueError, match="at most 3 rows"):
        sheet_of(["a"], ["b"], ["c"])


@settings(max_examples=40, deadline=None, database=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1))
def test_a_workbook_says_every_text_as_it_is(cell: str) -> None:
    assert sheet_of([cell, "end"]) == [[cell, "end"]]

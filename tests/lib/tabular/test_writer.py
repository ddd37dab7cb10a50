"""Is an exported cell ever a formula?"""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.phone import normalize
from lib.tabular import write_csv_safe


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

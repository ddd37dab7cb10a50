"""What is read of an Excel workbook, and what a hostile one can do."""

import io
import zipfile

import pytest

from lib.tabular import Limits, TableError, TableErrorCode, open_table
from tests.lib.tabular.workbooks import DATE_STYLE, Cell, workbook


def read(content: bytes, limits: Limits | None = None) -> tuple[tuple[str, ...], list[tuple[int, list[str]]]]:
    with open_table(io.BytesIO(content), "leads.xlsx", limits or Limits()) as table:
        return table.headers, [(row.number, list(row.values.values())) for row in table.rows]


def sheet(cells: dict[str, Cell | tuple[float, int]], *, visible: bool = True, name: str = "Leads") -> bytes:
    return workbook([(name, cells, visible)])


def test_a_phone_number_kept_as_a_number_keeps_its_digits() -> None:
    _headers, rows = read(sheet({"A1": "phone", "A2": 34611223344.0, "A3": 34611223344}))
    assert rows == [(2, ["34611223344"]), (3, ["34611223344"])]


def test_numbers_dates_and_truths_become_text() -> None:
    cells: dict[str, Cell | tuple[float, int]] = {
        "A1": "a", "B1": "b", "C1": "c", "D1": "d",
        "A2": 0.5, "B2": True, "C2": (46_113, DATE_STYLE), "D2": (46_113.75, DATE_STYLE),
    }  # fmt: skip
    assert read(sheet(cells))[1] == [(2, ["0.5", "true", "2026-04-01", "2026-04-01T18:00:00"])]


def test_a_number_too_long_to_be_exact_is_left_recognisable() -> None:
    assert read(sheet({"A1": "phone", "A2": 3.4e20}))[1] == [(2, ["3.4e+20"])]


def test_rows_keep_their_numbers_and_columns_their_places() -> None:
    headers, rows = read(sheet({"B3": "name", "D3": "phone", "B4": "Ana", "D6": "x"}))
    assert headers == ("Column 1", "name", "Column 3", "phone")
    assert rows == [(4, ["", "Ana", "", ""]), (5, ["", "", "", ""]), (6, ["", "", "", "x"])]


def test_the_first_visible_sheet_is_read() -> None:
    both = workbook([("Lists", {"A1": "hidden"}, False), ("Leads", {"A1": "name", "A2": "Ana"}, True)])
    assert read(both) == (("name",), [(2, ["Ana"])])


def test_text_with_line_breaks_quotes_and_accents_arrives_whole() -> None:
    text = 'Calle "Mayor", 3\nMadrid \N{LATIN SMALL LETTER E WITH ACUTE}\N{EURO SIGN}'
    assert read(sheet({"A1": "address", "A2": text}))[1] == [(2, [text])]


@pytest.mark.parametrize("farthest", ["XFD1048576", "XFD20000"])
def test_a_cell_at_the_end_of_the_world_does_not_take_the_process_with_it(farthest: str) -> None:
    with pytest.raises(TableError) as refused:
        read(sheet({"A1": "name", farthest: "x"}))
    assert refused.value.code is TableErrorCode.DAMAGED


def _zip_of(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04" + b"garbage" * 100,
        _zip_of("readme.txt", b"not a workbook"),
        sheet({"A1": "name"})[:-100],
        sheet({"A1": "name"})[:-100] + b"PK" * 500_000,  # more than a pipe holds: the child is gone before it is read
    ],
    ids=["garbage", "another zip", "cut off", "large and cut off"],
)
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(TableError) as refused:
        read(content)
    assert refused.value.code is TableErrorCode.DAMAGED


@pytest.mark.parametrize("content", [sheet({}), sheet({"A1": "name"}, visible=False)], ids=["no cells", "hidden"])
def test_a_workbook_without_anything_to_see_is_empty(content: bytes) -> None:
    with pytest.raises(TableError) as refused:
        read(content)
    assert refused.value.code is TableErrorCode.EMPTY


def test_more_rows_than_allowed_are_refused() -> None:
    cells: dict[str, Cell | tuple[float, int]] = {f"A{n}": n for n in range(1, 6)}
    with pytest.raises(TableError) as refused:
        read(sheet(cells), Limits(max_rows=3))
    assert refused.value.code is TableErrorCode.TOO_MANY_ROWS


def test_a_reader_may_stop_early() -> None:
    cells: dict[str, Cell | tuple[float, int]] = {f"A{n}": "x" * 1000 for n in range(1, 2000)}
    with open_table(io.BytesIO(sheet(cells)), "leads.xlsx") as table:
        assert next(table.rows).number == 2

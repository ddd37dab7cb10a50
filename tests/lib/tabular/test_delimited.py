"""What is read of the CSV files people really have."""

import codecs
import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from lib.tabular import Limits, Row, RowProblem, TableError, TableErrorCode, open_table

SPANISH = "nombre,tel\u00e9fono\nA\u00f1a \u00c1lvarez,611 22 33 44\n"


def read(content: bytes, name: str = "leads.csv", limits: Limits | None = None) -> tuple[tuple[str, ...], list[Row]]:
    with open_table(io.BytesIO(content), name, limits or Limits()) as table:
        return table.headers, list(table.rows)


def values(content: bytes) -> list[list[str]]:
    return [list(row.values.values()) for row in read(content)[1]]


@pytest.mark.parametrize(
    "content",
    [
        SPANISH.encode(),
        codecs.BOM_UTF8 + SPANISH.encode(),
        SPANISH.encode("utf-16"),
        codecs.BOM_UTF16_BE + SPANISH.encode("utf-16-be"),
        SPANISH.encode("utf-16-le"),
        SPANISH.encode("utf-16-be"),
        SPANISH.encode("cp1252"),
        SPANISH.replace("\n", "\r\n").encode("cp1252"),
        SPANISH.replace("\n", "\r").encode(),
    ],
    ids=["utf-8", "bom", "utf-16", "utf-16be bom", "utf-16le", "utf-16be", "windows-1252", "crlf", "cr"],
)
def test_a_file_is_read_in_the_encoding_it_was_written_in(content: bytes) -> None:
    headers, rows = read(content)
    assert headers == ("nombre", "tel\u00e9fono")
    assert [(row.number, dict(row.values), row.problem) for row in rows] == [
        (2, {"nombre": "A\u00f1a \u00c1lvarez", "tel\u00e9fono": "611 22 33 44"}, None)
    ]


def test_one_accent_far_down_decides_the_encoding_of_the_whole_file() -> None:
    content = b"name\n" + b"Ana\n" * 40_000 + "Jos\u00e9\n".encode("cp1252")
    assert read(content)[1][-1].values == {"name": "Jos\u00e9"}


def test_one_broken_byte_in_utf8_spoils_its_row_only() -> None:
    content = "name\nJos\u00e9\nMar\u00eda\n".encode() + b"Jos\xe9\n" + "\u00c1lvaro\n".encode()
    assert [row.problem for row in read(content)[1]] == [None, None, RowProblem.UNREADABLE_CHARACTERS, None]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    assert read(f"name{delimiter}phone\nAna{delimiter}1\n".encode())[0] == ("name", "phone")


def test_a_delimiter_inside_quotes_is_none() -> None:
    content = b'"last, first, middle name";phone\n"Perez, Ana, M";1\n'
    assert read(content)[0] == ("last, first, middle name", "phone")
    assert values(content) == [["Perez, Ana, M", "1"]]


def test_the_line_with_which_excel_names_the_delimiter_is_obeyed() -> None:
    assert read(b"sep=|\r\nname, first|phone\r\nAna|1\r\n")[0] == ("name, first", "phone")


def test_one_column_needs_no_delimiter() -> None:
    assert values(b"phone\n611223344\n") == [["611223344"]]


def test_a_line_break_inside_quotes_is_part_of_the_cell() -> None:
    content = b'name,notes\nAna,"two\r\nlines"\nEva,x\n'
    assert values(content) == [["Ana", "two\r\nlines"], ["Eva", "x"]]
    assert [row.number for row in read(content)[1]] == [2, 3]  # as a spreadsheet counts


def test_blank_rows_are_counted_and_told() -> None:
    _headers, rows = read(b"\n\nname,phone\nAna,1\n\n , \nEva,2\n")
    assert [(row.number, row.is_blank) for row in rows] == [(4, False), (5, True), (6, True), (7, False)]


def test_short_rows_are_filled_and_long_ones_flagged() -> None:
    _headers, rows = read(b"name,phone\nAna\nEva,1,\nPaz,2,3\n")
    assert [(list(row.values.values()), row.problem) for row in rows] == [
        (["Ana", ""], None),
        (["Eva", "1"], None),  # an empty cell too many is a trailing delimiter
        (["Paz", "2"], RowProblem.TOO_MANY_CELLS),
    ]


def test_headers_are_tidied_and_told_apart() -> None:
    headers, rows = read(b"  full   name ,phone,,phone,Phone,\nAna,1,x,2,3\n")
    assert headers == ("full name", "phone", "Column 3", "phone (2)", "Phone")
    assert rows[0].problem is None


def test_a_nul_is_taken_out_and_told() -> None:
    _headers, rows = read(b"name\nA\x00na\n" + b"Eva\n" * 50)
    assert (rows[0].values["name"], rows[0].problem) == ("Ana", RowProblem.NUL_CHARACTER)
    assert rows[1].problem is None


def test_a_long_cell_is_cut_and_told() -> None:
    _headers, rows = read(b"name\n" + b"x" * 20_000 + b"\nEva\n")
    assert (len(rows[0].values["name"]), rows[0].problem) == (10_000, RowProblem.CELL_TOO_LONG)
    assert rows[1].problem is None


def test_a_quote_that_is_never_closed_does_not_swallow_rows_in_silence() -> None:
    _headers, rows = read(b'name\nAna\n"Eva\nPaz\nSol\n')
    assert [(row.number, row.problem) for row in rows] == [(2, None), (3, RowProblem.UNCLOSED_QUOTE)]


def test_a_last_row_without_a_line_end_is_complete() -> None:
    assert [row.problem for row in read(b'name\n"Ana"')[1]] == [None]


def test_a_quote_left_open_in_a_large_file_stops_the_reading() -> None:
    with pytest.raises(TableError, match="Row 3") as refused:
        read(b'name\nAna\n"Eva\n' + b"Paz\n" * 50_000)
    assert refused.value.code is TableErrorCode.DAMAGED


def test_a_line_without_end_stops_the_reading() -> None:
    with pytest.raises(TableError) as refused:
        read(b"name\n" + b"x," * 1_000_000)
    assert refused.value.code is TableErrorCode.DAMAGED


def test_a_million_columns_are_refused() -> None:
    with pytest.raises(TableError) as refused:
        read(b"a," * 500_000 + b"a")
    assert refused.value.code is TableErrorCode.TOO_MANY_COLUMNS


def test_more_rows_than_allowed_are_refused_after_those_allowed() -> None:
    taken: list[int] = []
    with open_table(io.BytesIO(b"n\n1\n2\n3\n"), "n.csv", Limits(max_rows=2)) as table:  # noqa: SIM117  # two steps
        with pytest.raises(TableError) as refused:
            taken.extend(row.number for row in table.rows)
    assert refused.value.code is TableErrorCode.TOO_MANY_ROWS


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "leads.csv", TableErrorCode.EMPTY),
        (b"", "leads.xlsx", TableErrorCode.EMPTY),
        (b"\n \n,,\n", "leads.csv", TableErrorCode.EMPTY),
        (b"name\n", "leads.pdf", TableErrorCode.UNSUPPORTED),
        (b"name\n", "leads", TableErrorCode.UNSUPPORTED),
        (b"name\n", "leads.xlsx", TableErrorCode.UNSUPPORTED),
        (b"PK\x03\x04rest", "leads.csv", TableErrorCode.UNSUPPORTED),
        (b"\xd0\xcf\x11\xe0rest", "leads.xlsx", TableErrorCode.UNSUPPORTED),
        (b"\x1f\x8b\x08\x00" + bytes(range(256)) * 20, "leads.csv", TableErrorCode.UNSUPPORTED),
        (b"name\n" * 300, "leads.csv", TableErrorCode.TOO_LARGE),
        (b"PK\x03\x04" * 300, "leads.xlsx", TableErrorCode.TOO_LARGE),
    ],
)
def test_a_file_that_is_no_table_is_refused(content: bytes, name: str, code: TableErrorCode) -> None:
    with pytest.raises(TableError) as refused:
        read(content, name, Limits(max_bytes=1000, max_workbook_bytes=1000) if len(content) < 2000 else None)
    assert refused.value.code is code


def test_a_header_alone_is_a_table_without_rows() -> None:
    assert read(b"name,phone\n") == (("name", "phone"), [])


def test_a_path_is_opened_and_a_file_left_open(tmp_path: Path) -> None:
    path = tmp_path / "stored-under-a-random-name"
    path.write_bytes(b"name\nAna\n")
    with open_table(path, "leads.csv") as table:
        assert [dict(row.values) for row in table.rows] == [{"name": "Ana"}]
    with path.open("rb") as file:
        for _again in range(2):
            with open_table(file, "leads.csv") as table:
                assert next(table.rows).values == {"name": "Ana"}
        assert not file.closed


def _tall(rows: int) -> Iterator[bytes]:
    yield b"name,phone,notes\n"
    for number in range(rows):
        yield b"Ana Alvarez,+34611%06d,notes on this lead that are long enough to fill a file\n" % number


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "tall"
    with path.open("wb") as file:
        file.writelines(_tall(40_000))
    tracemalloc.start()
    try:
        with open_table(path, "leads.csv") as table:
            count = sum(1 for _row in table.rows)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 40_000
    assert peak < path.stat().st_size // 2

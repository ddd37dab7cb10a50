"""Make small Excel workbooks, cell by cell, without a library that would refuse to make bad ones."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-"
_HIDDEN = ' state="hidden"'
DATE_STYLE = 1

Cell = str | int | float | bool
# A sheet: its name, its cells by address ("B3"), and whether people see it.
Sheet = tuple[str, Mapping[str, Cell | tuple[float, int]], bool]


def _cell(address: str, value: Cell | tuple[float, int]) -> str:
    if isinstance(value, tuple):
        return f'<c r="{address}" s="{value[1]}"><v>{value[0]}</v></c>'
    if isinstance(value, bool):
        return f'<c r="{address}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str):
        return f'<c r="{address}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f'<c r="{address}"><v>{value!r}</v></c>'


def _sheet_xml(cells: Mapping[str, Cell | tuple[float, int]]) -> str:
    rows: dict[int, list[str]] = {}
    for address, value in cells.items():
        rows.setdefault(int(address.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")), []).append(_cell(address, value))
    body = "".join(f'<row r="{number}">{"".join(row)}</row>' for number, row in sorted(rows.items()))
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>'


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """Return an .xlsx file with these sheets; style 1 is a date."""
    numbers = range(1, len(sheets) + 1)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}officedocument.spreadsheetml.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}officedocument.spreadsheetml.styles+xml"/>'
        + "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" '
            f'ContentType="{_TYPES}officedocument.spreadsheetml.worksheet+xml"/>'
            for n in numbers
        )
        + "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        + "".join(
            f'<sheet name="{name}" sheetId="{n}" r:id="s{n}"{"" if visible else _HIDDEN}/>'
            for n, (name, _cells, visible) in zip(numbers, sheets, strict=True)
        )
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="s{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
        )
        + f'<Relationship Id="styles" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
        '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
    }
    for n, (_name, cells, _visible) in zip(numbers, sheets, strict=True):
        parts[f"xl/worksheets/sheet{n}.xml"] = _sheet_xml(cells)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{content}')
    return file.getvalue()

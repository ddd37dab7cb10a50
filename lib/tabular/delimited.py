"""Read the records of delimited text: CSV as Excel, databases and people's scripts write it in any country."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Generator, Iterator
from itertools import islice
from typing import IO

from lib.tabular.table import REPLACEMENT, Record, TableError, TableErrorCode

_CHUNK_BYTES = 1 << 17
_SAMPLE = 1 << 16
_LONGEST_LINE = 1 << 20  # characters
_DELIMITERS = (",", ";", "\t", "|")
_BLANK = " \r\n" + "".join(_DELIMITERS)
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n?")  # what Excel writes and reads to name the delimiter
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_TEXT = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_NON_ASCII = re.compile(r"[^\x00-\x7f]")


def read_delimited(file: IO[bytes]) -> Generator[Record]:
    """Yield the records of a seekable file, blank lines as records without cells. Raises TableError.

    Bytes that are no text in the file's encoding become the replacement character.
    """
    encoding = _encoding(file)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
    try:
        yield from _records(text)
    finally:
        text.detach()  # else the caller's file is closed together with the text


def _records(text: io.TextIOWrapper) -> Generator[Record]:
    delimiter = _delimiter(text)
    lines = _Lines(text)
    number = 0
    try:
        for number, cells in enumerate(csv.reader(lines, delimiter=delimiter), start=1):  # noqa: B007  # told in the error
            # A complete record never asks for another line, so one that met the end of the file is unfinished.
            yield cells, lines.exhausted
    except csv.Error:  # the module's own limit on a cell, 131,072 characters
        message = f"Row {number + 1} has a cell that never ends. Is a quotation mark missing?"
        raise TableError(TableErrorCode.DAMAGED, message) from None


class _Lines:
    """The lines of a text, with their ends, none longer than a machine's memory allows."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self.exhausted = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(_LONGEST_LINE)
        if not line:
            self.exhausted = True
            raise StopIteration
        if len(line) == _LONGEST_LINE:
            raise TableError(TableErrorCode.DAMAGED, "The file has a line of more than a million characters.")
        return line


def _encoding(file: IO[bytes]) -> str:
    start = file.read(_SAMPLE)
    for mark, encoding in _BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return encoding
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) > len(start) // 4:  # Latin text in UTF-16: every other byte is zero
        return "utf-16-le" if odd > even else "utf-16-be"
    if len(_NOT_TEXT.findall(start)) > len(start) // 100:
        raise TableError(TableErrorCode.UNSUPPORTED, "The file is not text. Save it as CSV (.csv) or Excel (.xlsx).")
    file.seek(0)
    return "utf-8" if _is_utf8(file) else "cp1252"


def _is_utf8(file: IO[bytes]) -> bool:
    """Say whether the whole file reads better as UTF-8: the first odd letter may be a million rows down."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    good = bad = 0
    while chunk := file.read(_CHUNK_BYTES):
        text = decoder.decode(chunk)
        if not text.isascii():
            broken = text.count(REPLACEMENT)
            bad += broken
            good += len(_NON_ASCII.findall(text)) - broken
    return good >= bad


def _delimiter(text: io.TextIOWrapper) -> str:
    """Return the delimiter that cuts the first line that is not blank into most cells, leaving the text at its start.

    A line ``sep=;`` at the top decides, and is skipped.
    """
    start = text.tell()
    named = _SEPARATOR_LINE.fullmatch(text.readline(_LONGEST_LINE))
    if named:
        return named.group(1)
    text.seek(start)
    sample = text.read(_SAMPLE)
    text.seek(start)
    return max(_DELIMITERS, key=lambda delimiter: _width(sample, delimiter))


def _width(sample: str, delimiter: str) -> int:
    try:
        records = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        return next((len(cells) for cells in islice(records, 100) if any(cell.strip(_BLANK) for cell in cells)), 0)
    except csv.Error:
        return 0

"""Records in a spreadsheet, as `qualicity targets template` makes it: a header, and under it a record a row."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from qualicity.csv_pieces import OddLine, Piece
from qualicity.errors import InputError
from targets.records.cells import PIECE, NoCell, as_text, piece

_KEY = "record_id"
_LAST_ROW = 1 << 20
_LAST_COLUMN = 1 << 10
"""Of a sheet: programs write rows up to this one; no form is as wide."""
_COMMENT = "#"
_BROKEN = (
    InvalidFileException, zipfile.BadZipFile, zlib.error, SyntaxError, ArithmeticError, AttributeError, LookupError,
    NotImplementedError, OSError, TypeError, ValueError,
)  # fmt: skip
"""What the library says of a workbook whose parts do not fit each other; of what is no XML, a kind of SyntaxError."""
_MEND = "fill in the form that `qualicity targets template SCHEMA --format xlsx` writes, or save the sheet as CSV UTF-8"


def sheet_header(name: str, file: BinaryIO) -> tuple[list[str], list[str]]:
    """Return the names of the columns, and the cells of the first record.

    Raises:
        InputError: the file is no workbook, or no sheet of it has a header of records.
    """
    rows = _rows(name, file)
    _, header = next(rows)
    return header, next((cells for _, cells in rows), [])


def sheet_pieces(name: str, file: BinaryIO, columns: Sequence[str]) -> Iterator[Piece]:
    """Yield the records under the header.

    Args:
        name: of the file.
        file: can be read in any order.
        columns: the header's names, in order.
    """
    cells: list[list[str | None]] = []
    lines: list[int] = []
    odd: list[OddLine] = []
    rows = _rows(name, file)
    next(rows)
    for line, row in rows:
        if any(row[len(columns) :]):
            odd.append(OddLine(line, f"a cell behind the last of {len(columns)} columns", ",".join(row).encode()))
            continue
        cells.append([*row[: len(columns)], *[""] * (len(columns) - len(row))])
        lines.append(line)
        if len(cells) == PIECE:
            yield piece(columns, cells, lines, odd)
            cells, lines, odd = [], [], []
    yield piece(columns, cells, lines, odd)


def _rows(name: str, file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    """Yield the header of the first sheet that has one and the rows under it, with their numbers; no comments."""
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except _BROKEN as error:
        raise InputError(f"{name} is no Excel workbook: {error}", _MEND) from error
    try:
        for sheet in book.worksheets:
            rows = _texts(sheet)
            header = next(rows, None)
            if header is not None and _KEY in [cell.strip().lower() for cell in header[1]]:
                yield header
                yield from rows
                return
    except _BROKEN as error:
        raise InputError(f"{name} is a broken workbook: {error}", _MEND) from error
    finally:
        book.close()
    raise InputError(f"{name}: no sheet has a header with {_KEY}", _MEND)


def _texts(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    sheet.reset_dimensions()  # what a sheet says of its size is not believed: rows would be filled up to it
    for number, row in enumerate(sheet.iter_rows(max_row=_LAST_ROW, values_only=True), 1):
        if len(row) > _LAST_COLUMN:
            raise InputError(f"row {number} of a sheet has {len(row):,} columns: no form has so many", _MEND)
        texts = [_text(value) for value in row]
        while texts and not texts[-1].strip():
            texts.pop()
        if texts and not texts[0].startswith(_COMMENT):
            yield number, texts


def _text(value: Any) -> str:
    try:
        return as_text(value) or ""
    except NoCell:  # what Excel calls an error or an array: no column takes it
        return str(value)

"""Files of records as columns of text: CSV, JSON and spreadsheets, whatever they are wrapped in.

The kind is told by content, not by name. A row that has not the shape of a record never stops the others.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qualicity.csv_pieces import OddLine, Piece, check_first_line, csv_pieces
from qualicity.errors import InputError
from qualicity.gzipped import looked_into, unwrapped
from targets.records.json_rows import first_object, is_json, json_pieces
from targets.records.sheets import sheet_header, sheet_pieces

WANTED = "a file of records has one record a row, under the names of the form's columns (`qualicity targets template`)"
ENCODINGS = ("utf-8", "gbk")

_WORKBOOK = b"PK\x03\x04"
_SAMPLE = 1 << 20
_COMMENT = b"#"
_SCHEMA = "schema"
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True)
class RecordFile:
    """A file that was looked at.

    Attributes:
        columns: names of its header; None = JSON, where each record has keys of its own.
        tag: what its first record says under `schema`; empty = nothing.
        pieces: yields the rows under given names (those of the form), each piece with the bytes on disk read so far.
    """

    path: Path
    columns: tuple[str, ...] | None
    tag: str
    pieces: Callable[[Sequence[str]], Iterator[tuple[Piece, int]]]

    @property
    def name(self) -> str:
        """Return the file's name without its folder."""
        return self.path.name

    @property
    def size(self) -> int:
        """Return the bytes of the file on disk."""
        return self.path.stat().st_size


def open_records(path: Path, encoding: str = "utf-8") -> RecordFile:
    """Look at a file and find its columns.

    Args:
        path: of the file; gzipped or not.
        encoding: of a CSV file, one of `ENCODINGS`.

    Raises:
        InputError: the file cannot be read, is cut off, or holds no records; the message says what it is.
    """
    with looked_into(path) as (disk, gzipped), unwrapped(disk, gzipped, whole=False) as file:
        start = file.read(_SAMPLE)
    if start.startswith(_WORKBOOK):
        return _workbook(path, gzipped=gzipped)
    if is_json(start):
        return _json(path, gzipped=gzipped)
    return _csv(path, start, encoding, gzipped=gzipped)


def _workbook(path: Path, *, gzipped: bool) -> RecordFile:
    with path.open("rb") as disk, unwrapped(disk, gzipped, whole=True) as file:
        names, first = sheet_header(str(path), file)
    columns = header(str(path), names)

    def pieces(_known: Sequence[str]) -> Iterator[tuple[Piece, int]]:
        with path.open("rb") as disk, unwrapped(disk, gzipped, whole=True) as file:
            for piece in sheet_pieces(str(path), file, columns):
                yield piece, disk.tell()

    return RecordFile(path, columns, _tag(columns, first), pieces)


def _json(path: Path, *, gzipped: bool) -> RecordFile:
    with path.open("rb") as disk, unwrapped(disk, gzipped, whole=False) as file:
        first = first_object(str(path), file)

    def pieces(known: Sequence[str]) -> Iterator[tuple[Piece, int]]:
        with path.open("rb") as disk, unwrapped(disk, gzipped, whole=False) as file:
            for piece in json_pieces(str(path), file, known):
                yield piece, disk.tell()

    return RecordFile(path, None, str(first.get(_SCHEMA) or ""), pieces)


def _tag(columns: Sequence[str], first: Sequence[str]) -> str:
    """Return what a row says under `schema`."""
    return dict(zip(columns, first, strict=False)).get(_SCHEMA, "").strip()


# CSV


def _csv(path: Path, start: bytes, encoding: str, *, gzipped: bool) -> RecordFile:
    if encoding == "utf-8" and b"\0" not in start:  # of UTF-16 every half may read as GBK
        _refuse_gbk(str(path), start)
    number, line, rest = _header(_recoded(start, encoding))
    text = check_first_line(str(path), line, WANTED)
    if not text.strip():
        raise InputError(f"{path} is empty", f"give a file that begins with its header; {WANTED}")
    names = _cells(str(path), text)
    columns = header(str(path), names)
    unnamed = [f"column {place}" for place in range(len(columns) + 1, len(names) + 1)]

    def pieces(_known: Sequence[str]) -> Iterator[tuple[Piece, int]]:
        with path.open("rb") as disk, unwrapped(disk, gzipped, whole=False) as raw:
            file = raw if encoding == "utf-8" else cast("BinaryIO", _Recoded(raw, encoding))
            for _ in range(number):
                file.readline()
            for piece in csv_pieces(file, [*columns, *unnamed], line=number + 1, comments=True):
                yield _without(piece, unnamed), disk.tell()

    return RecordFile(path, columns, _tag(columns, _first_record(rest)), pieces)


def _cells(name: str, line: str) -> list[str]:
    """Return the cells of a header.

    Raises:
        InputError: one is longer than any cell may be.
    """
    try:
        return next(csv.reader([line]))
    except csv.Error as error:
        raise InputError(f"{name}: the first line is no header: {error}", WANTED) from error


def _first_record(lines: Iterator[str]) -> list[str]:
    """Return the cells of the first record; of one that cannot be read, none: its row is refused."""
    try:
        return next(csv.reader(line for line in lines if not line.startswith(_COMMENT.decode())), [])
    except csv.Error:
        return []


def _without(piece: Piece, unnamed: Sequence[str]) -> Piece:
    """Return a piece without the columns that have no name; a row that says something there is an odd line."""
    if not unnamed:
        return piece
    filled = np.zeros(len(piece), bool)
    for name in unnamed:
        filled |= np.asarray(pc.not_equal(pc.utf8_trim_whitespace(piece.columns[name].cast(pa.string())), ""))
    odd = [
        OddLine(int(piece.line[row]), "a cell behind the last column of the header", piece.payload(row))
        for row in np.flatnonzero(filled).tolist()
    ]
    kept = np.flatnonzero(~filled)
    columns = {name: column.take(pa.array(kept)) for name, column in piece.columns.items() if name not in unnamed}
    return Piece(columns, piece.line[kept], lambda row: piece.payload(int(kept[row])), [*piece.odd, *odd])


def _header(start: bytes) -> tuple[int, bytes, Iterator[str]]:
    """Return the number of the header's line, which stands behind comments; the line; and the lines behind it."""
    lines = io.BytesIO(start)
    for number, line in enumerate(lines, 1):
        content = line.removeprefix(codecs.BOM_UTF8)
        if content.strip() and not content.startswith(_COMMENT):
            return number, content, (rest.decode(errors="replace") for rest in lines)
    return 1, b"", iter(())


def header(name: str, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the column names of a header in their canonical spelling.

    Raises:
        InputError: one is there twice, or has no name.
    """
    found = tuple(column.strip().lower() for column in columns)
    while found and not found[-1]:  # spreadsheets leave empty columns behind the last
        found = found[:-1]
    for separator, word in _SEPARATORS.items():
        if len(found) == 1 and separator in found[0]:
            raise InputError(f"{name}: its columns are separated by {word}", f"use commas; {WANTED}")
    twice = sorted({column for column in found if found.count(column) > 1})
    if not all(found):
        raise InputError(f"{name}: a column of the header has no name", WANTED)
    if twice:
        raise InputError(f"{name}: columns stand twice in the header: {', '.join(twice)}", WANTED)
    return found


def _refuse_gbk(name: str, start: bytes) -> None:
    """Refuse a file whose Chinese lines are all in GBK: every one of them would be refused.

    Raises:
        InputError: it is.
    """
    foreign = 0
    lines = start.splitlines()
    for line in lines[:-1] if len(start) == _SAMPLE else lines:
        if line.isascii():
            continue
        if _reads(line, "utf-8"):
            return
        foreign += _reads(line, "gb18030")
    if foreign > 1:  # a single one may be a character that was cut in two
        raise InputError(f"{name} is in GBK, not in UTF-8", "say --encoding gbk, or save it as CSV UTF-8")


def _reads(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _recoded(data: bytes, encoding: str) -> bytes:
    """Return text in UTF-8; bytes that are none stay as they are, and their row is refused for them."""
    if encoding == "utf-8":
        return data
    return data.decode("gb18030", "surrogateescape").encode("utf-8", "surrogateescape")


class _Recoded:
    """A file in another encoding, read in UTF-8 by whole lines: no byte of GBK but the line end is a line end."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file = file
        self._encoding = encoding

    def read(self, size: int) -> bytes:
        """Return about so many bytes, up to the end of a line."""
        data = self._file.read(size)
        return _recoded(data + self._file.readline() if data else data, self._encoding)

    def readline(self) -> bytes:
        """Return a line."""
        return _recoded(self._file.readline(), self._encoding)

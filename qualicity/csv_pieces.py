"""Rows of a CSV file as columns of text, block by block, with exact line numbers and nothing dropped on the way.

A block is split by Arrow when it is UTF-8 and its quotes, if any, just enclose cells. Where one stands otherwise, or
Arrow finds anything odd (a stray CR), Python's `csv` reads the block line by line; both agree on every
well-formed file.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv

from qualicity.errors import InputError
from qualicity.model import Column

BLOCK = 1 << 25
"""Bytes read at once: some 700,000 rows."""
NOT_UTF8 = "not UTF-8"
"""Problem of a line."""

_QUOTE = b'"'
_BEFORE = np.isin(np.arange(256), list(b",\n"))  # bytes that may stand before a quote that begins a cell
_BEHIND = np.isin(np.arange(256), list(b",\r\n"))  # and behind one that ends it
_TEXT = pa.dictionary(pa.int32(), pa.string())
_COMMENT = b"#"
_COMMENTS = re.compile(rb"^#[^\n]*", re.MULTILINE)

_BYTE_ORDER_MARKS = {codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}
_FOREIGN = {
    b"PK\x03\x04": "an Excel workbook or a zip",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"SQLite format 3": "an SQLite database",
}


class OddLine(NamedTuple):
    """A line that has not the shape of a row."""

    line: int  # of the file, 1-based
    problem: str  # one line for people
    text: bytes  # as it stood in the file


@dataclass(frozen=True)
class Piece:
    """A piece of a file, as columns."""

    columns: Mapping[str, pa.DictionaryArray]  # texts without nulls
    line: Column  # (n,) int64: where each row stands in the file
    payload: Callable[[int], bytes]  # index of a row -> the row as it stood in the file
    odd: Sequence[OddLine]

    def __len__(self) -> int:
        return len(self.line)


def csv_pieces(
    file: BinaryIO, columns: Sequence[str], *, block: int = BLOCK, line: int = 2, comments: bool = False
) -> Iterator[Piece]:
    """Yield the rows that follow the header.

    A line without any content is no row. A line of another shape than the header's is an odd one.

    Args:
        file: open for reading, placed behind the header's line.
        columns: the header's names, in order.
        block: bytes to read at once.
        line: number of the line at which the file is placed.
        comments: lines that begin with `#` are no rows.
    """
    left = b""
    while data := left + _whole_lines(file, block - len(left)):
        left = b""
        count = data.count(b"\n") + (not data.endswith(b"\n"))
        # a quoted text that runs over a comment's line is still open before it: it is not plainly quoted
        plain = _COMMENTS.sub(b"", data) if comments and _COMMENT in data else data
        plainly = _plainly_quoted(plain) and _is_utf8(plain)
        piece = _split_at_once(plain, count, columns, line) if plainly else None
        if piece is None:
            feed = _Feed(data, file)
            piece = _split_exactly(feed, columns, line, comments=comments)
            line += feed.taken
            left = feed.left()
        else:
            line += count
        yield piece


def check_first_line(name: str, line: bytes, wanted: str) -> str:
    """Return the first line of a text file as text.

    Args:
        name: of the file.
        line: its bytes.
        wanted: what a file should be; stands in the mend.

    Raises:
        InputError: it is no text in UTF-8, or it is HTML.
    """
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if line.startswith(mark):
            raise InputError(f"{name} line 1: the file is in {encoding}", f"save it as UTF-8; {wanted}")
    for magic, kind in _FOREIGN.items():
        if line.startswith(magic):
            raise InputError(f"{name} line 1: the file is {kind}, not CSV", f"export it as CSV in UTF-8; {wanted}")
    if b"\x00" in line:
        raise InputError(f"{name} line 1: the file is binary, or in UTF-16", f"save it as CSV in UTF-8; {wanted}")
    try:
        text = line.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{name} line 1: not UTF-8{_gb18030(line)}", f"save it as UTF-8; {wanted}") from error
    if text.lstrip().startswith("<"):
        raise InputError(
            f"{name} line 1: the file is HTML, not CSV: {text.strip()[:60]}",
            "the download gave an error page: fetch the file again",
        )
    if "\r" in text.rstrip("\r\n"):
        raise InputError(f"{name} line 1: lines end in CR alone", "save it with line ends LF or CRLF")
    return text


def _gb18030(line: bytes) -> str:
    """Return what a line says if it is in GB 18030, which covers GBK and GB 2312."""
    try:
        return f" (in GBK it reads {line.decode('gb18030').strip()[:60]!r})"
    except UnicodeDecodeError:
        return ""


def _whole_lines(file: BinaryIO, size: int) -> bytes:
    """Read about so many bytes, up to the end of a line."""
    data = file.read(max(size, 0))
    return data + file.readline() if data and not data.endswith(b"\n") else data


def _plainly_quoted(data: bytes) -> bool:
    """Return whether quotes only enclose whole cells, none of which holds a quote or a line end."""
    if _QUOTE not in data:
        return True
    text = np.frombuffer(b"\n" + data + b"\n", np.uint8)
    quotes = np.flatnonzero(text == ord(_QUOTE))
    begins, ends = quotes[0::2], quotes[1::2]
    if len(begins) != len(ends):
        return False
    lines = np.flatnonzero(text == ord("\n"))
    return bool(
        _BEFORE[text[begins - 1]].all()
        and _BEHIND[text[ends + 1]].all()
        and (np.searchsorted(quotes, lines) % 2 == 0).all()  # no line ends within quotes
    )


def _split_at_once(data: bytes, count: int, columns: Sequence[str], first: int) -> Piece | None:
    """Split a block of `count` plainly quoted lines; None when it holds what only the exact way can tell."""
    odd: list[pyarrow.csv.InvalidRow] = []

    def note(row: pyarrow.csv.InvalidRow) -> str:
        odd.append(row)
        return "skip"

    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(data),
            read_options=pyarrow.csv.ReadOptions(
                use_threads=False, block_size=len(data) + 1, column_names=list(columns)
            ),
            parse_options=pyarrow.csv.ParseOptions(
                quote_char=_QUOTE.decode() if _QUOTE in data else False,
                ignore_empty_lines=False,
                invalid_row_handler=note,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(columns, _TEXT), null_values=[], strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    if len(table) + len(odd) != count:
        return None  # a CR within a line
    skipped = np.array([row.number - 1 for row in odd], np.int64)
    line = np.delete(np.arange(count, dtype=np.int64), skipped)
    bounds = _Bounds(data)
    arrays = {name: table.column(name).combine_chunks() for name in columns}
    written = ~_blank(arrays, len(table))
    line = line[written]
    return Piece(
        columns=arrays if written.all() else {name: array.filter(pa.array(written)) for name, array in arrays.items()},
        line=line + first,
        payload=lambda row: bounds.line(int(line[row])),
        odd=[
            OddLine(first + row.number - 1, _wrong_width(row.actual_columns, columns), row.text.encode())
            for row in odd
            if row.text.strip()
        ],
    )


class _Bounds:
    """Where the lines of a block begin and end, found when somebody asks."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._ends: list[int] | None = None

    def line(self, number: int) -> bytes:
        """Return line `number` (from 0) without its end."""
        if self._ends is None:
            self._ends = [-1, *np.flatnonzero(np.frombuffer(self._data, np.uint8) == ord("\n")).tolist()]
            self._ends.append(len(self._data))
        return self._data[self._ends[number] + 1 : self._ends[number + 1]].rstrip(b"\r\n")


def _blank(arrays: dict[str, pa.DictionaryArray], length: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which rows have no content in any column."""
    blank = np.ones(length, bool)
    for array in arrays.values():
        codes = [code for code, text in enumerate(array.dictionary.to_pylist()) if not text.strip()]
        if not codes:
            return np.zeros(length, bool)
        blank &= np.isin(array.indices.to_numpy(), codes)
    return blank


class _Feed:
    """The lines of a block for `csv.reader`, and of the file behind it where a quoted text runs on."""

    def __init__(self, data: bytes, file: BinaryIO) -> None:
        self._lines = deque(io.BytesIO(data))
        self._file = file
        self._own = len(self._lines)
        self.taken = 0
        self.record: list[bytes] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._lines.popleft() if self._lines else self._file.readline()
        if not line:
            raise StopIteration
        self.taken += 1
        self.record.append(line)
        return line.decode("utf-8", "surrogateescape")

    def more(self) -> bool:
        """Return whether lines of the block wait; begin a new record."""
        self.record = []
        return self.taken < self._own

    def skip(self, mark: bytes) -> bool:
        """Leave the next line out if it begins with a mark; return whether it did."""
        found = self._lines[0].startswith(mark)
        if found:
            self._lines.popleft()
            self.taken += 1
        return found

    def give_back(self, lines: Sequence[bytes]) -> None:
        """Let lines be read again, as records of their own."""
        self._lines.extendleft(reversed(lines))
        self.taken -= len(lines)

    def left(self) -> bytes:
        """Return what was read beyond the block and given back."""
        return b"".join(self._lines)


def _split_exactly(feed: _Feed, columns: Sequence[str], first: int, *, comments: bool) -> Piece:
    """Split lines the way RFC 4180 and Python's `csv` do.

    When a record of several lines is none (a quote that nobody closed), only its first line is rejected
    and the next ones are read again: one bad line never swallows good ones.
    """
    reader = csv.reader(feed, strict=True)
    cells: list[list[str]] = []
    places: list[tuple[int, bytes]] = []
    odd: list[OddLine] = []
    while feed.more():
        if comments and feed.skip(_COMMENT):
            continue
        line = first + feed.taken
        fields: list[str] = []
        try:
            fields = next(reader)
            problem = "" if len(fields) == len(columns) else _wrong_width(len(fields), columns)
        except csv.Error as error:
            problem = str(error).partition(" - ")[0]
        if not problem and not all(map(_is_utf8, feed.record)):
            problem = NOT_UTF8
        if not problem:
            cells.append(fields)
            places.append((line, b"".join(feed.record).rstrip(b"\r\n")))
        else:
            if feed.record[0].strip():
                odd.append(OddLine(line, problem, feed.record[0].rstrip(b"\r\n")))
            feed.give_back(feed.record[1:])
    written = [any(map(str.strip, row)) for row in cells]
    kept = [row for row, some in zip(cells, written, strict=True) if some]
    places = [place for place, some in zip(places, written, strict=True) if some]
    by_column = list(zip(*kept, strict=True)) or [()] * len(columns)
    return Piece(
        columns={
            name: pa.array(texts, pa.string()).dictionary_encode()
            for name, texts in zip(columns, by_column, strict=True)
        },
        line=np.array([line for line, _ in places], np.int64),
        payload=lambda row: places[row][1],
        odd=odd,
    )


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _wrong_width(found: int, columns: Sequence[str]) -> str:
    return f"{found} columns where the header has {len(columns)}"

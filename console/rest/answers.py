"""How the API answers: rows in pages, as JSON, CSV or Parquet; what has not changed is not sent again.

A list answers `{"rows": [...], "next": ADDRESS or null}`; each row is what the command line prints with --json.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import urlencode

import msgspec
from fastapi import Depends, Query, Request
from fastapi.responses import Response

from console.errors import TooLargeError
from console.headers import ANSWERS, JSON
from qualicity.errors import Retryable

Row = Mapping[str, Any]
Form = Literal["json", "csv", "parquet"]

MOST = 10_000
"""Rows of a page at most; an export has all."""

MOST_OF_FILE = 500_000
"""Rows of a file at most."""

_RISKY = frozenset("=+-@\t\r\n")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)

Limit = Annotated[int, Query(ge=1, le=MOST, description="Rows of a page at most.")]
Offset = Annotated[int, Query(ge=0, le=10**9, description="Rows before the first.")]
Wanted = Annotated[Form, Query(alias="format", description="csv and parquet hold all rows; their columns are fields.")]

USUAL = 1000
"""Rows of a page, where nobody says how many."""


class Shape(NamedTuple):
    """How rows are answered: as a page, or all of them as a file."""

    form: Form
    limit: int
    offset: int

    def most(self, bound: int) -> int:
        """Return how many rows are looked at, `bound` where all are: the page's, those before it, and one after."""
        return min(bound, self.offset + self.limit + 1) if self.form == "json" else bound


async def _shape(form: Wanted = "json", limit: Limit = USUAL, offset: Offset = 0) -> Shape:
    return Shape(form, limit, offset)


Shaped = Annotated[Shape, Depends(_shape)]


def one(request: Request, content: object, status: int = 200, headers: Mapping[str, str] = {}) -> Response:
    """Return one thing as JSON."""
    return answer(request, msgspec.json.encode(content) + b"\n", JSON, status, headers)


def listed(request: Request, rows: Iterable[Row], shape: Shape, *, name: str) -> Response:
    """Return rows: a page of them as JSON, or all as a file.

    Args:
        request: that is answered.
        rows: all of them, in a stable order; only as many are asked for as are sent.
        shape: of the answer.
        name: of the file, without its ending.
    """
    form, limit, offset = shape
    if form == "json":
        found = list(islice(rows, offset, offset + limit + 1))
        following = None
        if len(found) > limit:
            asked = [(key, value) for key, value in request.query_params.multi_items() if key != "offset"]
            following = f"?{urlencode([*asked, ('offset', str(offset + limit))])}"
        return one(request, {"rows": found[:limit], "next": following})
    with _turn():
        content, kind = (as_csv(rows), "text/csv; charset=utf-8") if form == "csv" else (as_parquet(rows), PARQUET)
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name)
    return answer(request, content, kind, 200, {"Content-Disposition": f'attachment; filename="{plain}.{form}"'})


@contextmanager
def _turn() -> Iterator[None]:
    """Wait for a turn to write a file: each may take some hundred megabytes.

    Raises:
        Retryable: too many are being written.
    """
    if not _FILES.acquire(timeout=_FILE_SECONDS):
        raise Retryable("too many files are being written at this moment", "wait a little, and try again")
    try:
        yield
    finally:
        _FILES.release()


_FILES = threading.BoundedSemaphore(2)
_FILE_SECONDS = 5.0

PARQUET = "application/vnd.apache.parquet"


def as_csv(rows: Iterable[Row]) -> bytes:
    """Return rows as CSV: nested fields as `outer.inner`, lists as JSON; nothing a spreadsheet would carry out.

    Raises:
        TooLargeError: there are more than a file may hold.
    """
    columns = columns_of(rows)
    if not columns:
        return b""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(map(_cell, row) for row in zip(*columns.values(), strict=True))
    return text.getvalue().encode()


def as_parquet(rows: Iterable[Row]) -> bytes:
    """Return rows as Parquet: the columns of `as_csv`, numbers as numbers.

    Raises:
        TooLargeError: there are more than a file may hold.
    """
    import pyarrow as pa  # noqa: PLC0415 - Arrow takes longer to load than most answers
    from pyarrow import parquet  # noqa: PLC0415 - as above

    columns = {name: _column(values) for name, values in columns_of(rows).items()}
    types = {name: pa.string() if all(value is None for value in own) else None for name, own in columns.items()}
    sink = io.BytesIO()
    table = pa.table({name: pa.array(own, types[name]) for name, own in columns.items()})
    parquet.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def columns_of(rows: Iterable[Row]) -> dict[str, list[Any]]:
    """Return rows as columns, in the order in which their fields appear; None where a row has no such field.

    Raises:
        TooLargeError: there are more than a file may hold.
    """
    columns: dict[str, list[Any]] = {}
    count = 0
    for count, row in enumerate(rows, 1):
        if count > MOST_OF_FILE:
            raise TooLargeError(f"there are more than {MOST_OF_FILE:,} rows", "ask for shorter spans or fewer places")
        for name, value in flat(row).items():
            column = columns.setdefault(name, [])
            column.extend([None] * (count - 1 - len(column)))
            column.append(value)
    for column in columns.values():
        column.extend([None] * (count - len(column)))
    return columns


_PLAIN = frozenset({str, int, float, bool, type(None)})


def flat(row: Row) -> dict[str, Any]:
    """Return a row without nesting: `coverage.pm25.valid`; lists as JSON."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if type(value) in _PLAIN:  # most are: they are not asked what else they might be
            found[name] = value
        elif isinstance(value, Mapping):
            found |= {f"{name}.{inner}": what for inner, what in flat(value).items()}
        elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
            found[name] = msgspec.json.encode(value).decode()
        else:
            found[name] = value
    return found


def _cell(value: object) -> str:
    """Return a value as a cell; a text that a spreadsheet would take for a formula begins with an apostrophe."""
    text = _text(value)
    risky = isinstance(value, str) and text[:1] in _RISKY and not _NUMBER.fullmatch(text)
    return f"'{text}" if risky else text


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _column(values: Sequence[object]) -> Sequence[object]:
    """Return values of one kind: texts where they are of several, or are integers beyond 64 bits."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float}:
        return [float(value) if isinstance(value, int) else value for value in values]
    if len(kinds) <= 1 and not (kinds == {int} and any(_beyond(value) for value in values)):
        return values
    return [None if value is None else _text(value) for value in values]


def _beyond(value: object) -> bool:
    return isinstance(value, int) and not -(2**63) <= value < 2**63


def answer(request: Request, content: bytes, kind: str, status: int = 200, headers: Mapping[str, str] = {}) -> Response:
    """Return an answer with its digest as ETag; 304 where the client has it."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    own = {**ANSWERS, "ETag": tag, **headers}
    known = _tags(request.headers.get("if-none-match", ""))
    if request.method in {"GET", "HEAD"} and known & {tag, "*"}:
        return Response(None, 304, own)
    return Response(content, status, own, kind)


def _tags(header: str) -> set[str]:
    return {one.strip().removeprefix("W/") for one in header.split(",")}

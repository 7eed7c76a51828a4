"""Records in JSON: one object a line, an array of objects, or an object whose `records` is such an array.

Keys are the columns of the form. The place of a record is its line; in an array, its number.
"""

from __future__ import annotations

import codecs
import itertools
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, BinaryIO

import msgspec

from qualicity.csv_pieces import OddLine, Piece
from qualicity.errors import InputError
from targets.records.cells import PIECE, NoCell, as_text, piece

_MEND = 'give an object a line, an array of objects, or {"records": [...]}, in UTF-8'
_NO_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)  # the last of what is nested without end
_OBJECT = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


class _Wrapped(msgspec.Struct):
    records: list[msgspec.Raw]


def is_json(start: bytes) -> bool:
    """Return whether a file that begins so is JSON."""
    return start.removeprefix(codecs.BOM_UTF8).lstrip()[:1] in {b"[", b"{"}


def json_pieces(name: str, file: BinaryIO, known: Sequence[str]) -> Iterator[Piece]:
    """Yield the records of a file as columns `known`; one with another key, or that is no object, is an odd line.

    Raises:
        InputError: an array does not end, or holds what is no JSON.
    """
    rows = _numbered(name, file)
    while some := list(itertools.islice(rows, PIECE)):
        yield _piece(some, known)


def first_object(name: str, file: BinaryIO) -> dict[str, Any]:
    """Return the first record that can be read; an empty one where there is none.

    Raises:
        InputError: as `json_pieces`.
    """
    for _, raw in _numbered(name, file):
        try:
            return _OBJECT.decode(raw)
        except _NO_JSON:
            continue
    return {}


def _piece(rows: Sequence[tuple[int, bytes]], known: Sequence[str]) -> Piece:
    cells: list[list[str | None]] = []
    lines: list[int] = []
    odd: list[OddLine] = []
    allowed = set(known)
    for line, raw in rows:
        try:
            record = _OBJECT.decode(raw)
            problem = ", ".join(f"the form has no column {key!r}" for key in record if key not in allowed)
            texts = [as_text(record.get(column)) for column in known]
        except (*_NO_JSON, NoCell) as error:
            problem = str(error)
        if problem:
            odd.append(OddLine(line, problem, bytes(raw)))
        else:
            cells.append(texts)
            lines.append(line)
    return piece(known, cells, lines, odd)


def _numbered(name: str, file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield the records with their places."""
    first = file.readline().removeprefix(codecs.BOM_UTF8)
    if _whole(first):
        lines: Iterable[bytes] = itertools.chain([first], file)
        for number, line in enumerate(lines, 1):
            if content := line.strip():
                yield number, content
        return
    data = first + file.read()
    kind: Any = list[msgspec.Raw] if data.lstrip().startswith(b"[") else _Wrapped
    try:
        found = msgspec.json.decode(data, type=kind)
    except _NO_JSON as error:
        raise InputError(f"{name} is no JSON of records: {error}", _MEND) from error
    for number, raw in enumerate(found if isinstance(found, list) else found.records, 1):
        yield number, bytes(memoryview(raw))


def _whole(line: bytes) -> bool:
    """Return whether a line holds a whole object, and no list of records."""
    try:
        return "records" not in _OBJECT.decode(line)
    except _NO_JSON:
        return False

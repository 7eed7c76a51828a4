"""The annex for machines: every table and every figure's numbers as CSV and Parquet, under a data package descriptor.

A column of a table is a column of its resource: `ID` holds the value, exact where a decimal can be; `ID_printed`, or
`ID_zh` and `ID_en`, what is printed, where that is not the value itself; `ID_marks` what must be said of it; `ID_key`
what explains it where that is not the row's `explain_key`.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from qualicity.network import Name
from reports.layout import basis, say
from reports.model import LANGUAGES, Cell, Column, Figure, KeyFigures, Language, Paper, Row, Table, Value, blocks_of
from reports.printing import printed

DESCRIPTOR = "datapackage.json"
KEY = "explain_key"

_TYPES: Mapping[str, pa.DataType] = {
    "string": pa.string(), "number": pa.float64(), "integer": pa.int64(), "date": pa.date32(),
}  # fmt: skip


def resources(paper: Paper) -> list[Table]:
    """Return all tables of a paper, those of its figures and boxes of key figures among them, in order."""
    found: list[Table] = []
    for _, block in blocks_of(paper):
        if isinstance(block, Table):
            found.append(block)
        elif isinstance(block, Figure):
            found.append(block.data)
        elif isinstance(block, KeyFigures):
            found.append(_boxed(block))
    return found


def annex(paper: Paper) -> dict[str, bytes]:
    """Return the files of the annex by name: two a table, and the descriptor. The same paper gives the same bytes."""
    files: dict[str, bytes] = {}
    described: list[dict[str, Any]] = []
    for table in resources(paper):
        fields = _fields(table)
        kinds = (("csv", "text/csv", _csv), ("parquet", "application/vnd.apache.parquet", _parquet))
        for kind, mediatype, write in kinds:
            content = write(fields, table.rows)
            files[f"{table.id}.{kind}"] = content
            described.append(_resource(table, fields, kind, mediatype, content))
    files[DESCRIPTOR] = _descriptor(paper, described)
    return files


def _boxed(box: KeyFigures) -> Table:
    """Return a box of key figures as a table: a row a figure."""
    columns = (
        Column("figure", say("annex_figure")),
        Column("value", say("annex_value"), "number"),
        Column("unit", say("annex_unit")),
        Column("beside", say("annex_beside")),
    )
    rows = []
    for one in box.figures:
        column = Column("value", one.name, "number", decimals=one.decimals)
        shown = Name(*(printed(one.cell, column, language) for language in LANGUAGES))
        value = Cell(one.cell.value, shown, one.cell.key, one.cell.marks)
        rows.append(Row((Cell(None, one.name), value, Cell(one.unit), Cell(None, one.beside)), one.cell.key))
    return Table(box.id, say("annex_box"), columns, tuple(rows))


# columns of a resource

_Read = Callable[[Row], Value]


@dataclass(frozen=True)
class _Field:
    """A column of a resource: its name, type, what it says of itself, and how it is read from a row."""

    name: str
    kind: str
    title: Name
    read: _Read
    unit: str = ""

    def described(self) -> dict[str, Any]:
        """Return it as the descriptor has it."""
        unit = {"unit": self.unit} if self.unit else {}
        return {"name": self.name, "type": self.kind, "title": f"{self.title.zh} / {self.title.en}", **unit}


def _fields(table: Table) -> list[_Field]:
    found: list[_Field] = []
    for place, column in enumerate(table.columns):
        cells = [row.cells[place] for row in table.rows]
        kind = _kind([cell.value for cell in cells])
        if any(cell.value is not None for cell in cells) or column.kind != "text":
            found.append(_Field(column.id, kind, column.name, _value(place), column.unit))
        found += _printed(place, column, cells)
        if any(cell.marks for cell in cells):
            found.append(_Field(f"{column.id}_marks", "string", column.name, _marks(place)))
        if any(cell.key for cell in cells):
            found.append(_Field(f"{column.id}_key", "string", column.name, _key(place)))
    return [*found, _Field(KEY, "string", say("annex_key"), lambda row: row.key)]


def _printed(place: int, column: Column, cells: Sequence[Cell]) -> list[_Field]:
    """Return the columns of what is printed, where that is not the value itself; one where it is alike in both."""
    texts = {language: [printed(cell, column, language) for cell in cells] for language in LANGUAGES}
    if texts["zh"] == texts["en"]:
        if texts["zh"] == [_text(cell.value) for cell in cells]:
            return []
        return [_Field(f"{column.id}_printed", "string", column.name, _shown(place, column, "zh"))]
    return [
        _Field(f"{column.id}_{language}", "string", column.name, _shown(place, column, language))
        for language in LANGUAGES
    ]


def _kind(values: Sequence[Value]) -> str:
    known = [value for value in values if value is not None]
    if known and all(isinstance(value, dt.date) for value in known):
        return "date"
    if known and all(isinstance(value, int) and not isinstance(value, bool) for value in known):
        return "integer"
    numbers = known and all(isinstance(value, int | float | Fraction | Decimal) for value in known)
    return "number" if numbers else "string"


def _value(place: int) -> _Read:
    return lambda row: row.cells[place].value


def _shown(place: int, column: Column, language: Language) -> _Read:
    return lambda row: printed(row.cells[place], column, language)


def _marks(place: int) -> _Read:
    return lambda row: " ".join(row.cells[place].marks)


def _key(place: int) -> _Read:
    return lambda row: row.cells[place].key or row.key


def _text(value: Value) -> str:
    """Return a value as CSV holds it: exact where a decimal can be, else the nearest float's shortest text."""
    if value is None:
        return ""
    if isinstance(value, Fraction):
        return _decimal(value)
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _decimal(value: Fraction) -> str:
    """Return a fraction as a decimal, if it is one; else as the nearest float."""
    if value.denominator == 1:
        return str(value.numerator)
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return format(Decimal(value.numerator) / Decimal(value.denominator), "f") if rest == 1 else repr(float(value))


# files


def _csv(fields: Sequence[_Field], rows: Sequence[Row]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")  # RFC 4180
    writer.writerow([one.name for one in fields])
    writer.writerows([_text(one.read(row)) for one in fields] for row in rows)
    return text.getvalue().encode()


def _parquet(fields: Sequence[_Field], rows: Sequence[Row]) -> bytes:
    columns = {
        one.name: pa.array([_arrow(one.read(row), one.kind) for row in rows], _TYPES[one.kind]) for one in fields
    }
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, compression="zstd")
    return sink.getvalue()


def _arrow(value: Value, kind: str) -> object:
    if value is None or kind in {"integer", "date"}:
        return value
    return float(value) if kind == "number" and not isinstance(value, str | dt.date) else _text(value)


def _resource(table: Table, fields: Sequence[_Field], kind: str, mediatype: str, content: bytes) -> dict[str, Any]:
    tabular = {"profile": "tabular-data-resource", "encoding": "utf-8"} if kind == "csv" else {}
    return {
        "name": table.id if kind == "csv" else f"{table.id}-{kind}",
        "path": f"{table.id}.{kind}",
        "title": f"{table.caption.zh} / {table.caption.en}",
        "format": kind,
        "mediatype": mediatype,
        **tabular,
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "schema": {"fields": [one.described() for one in fields], "missingValues": [""]},
    }


def _descriptor(paper: Paper, described: Sequence[Mapping[str, Any]]) -> bytes:
    content = {
        "profile": "data-package",
        "name": paper.id,
        "title": f"{paper.title.zh} / {paper.title.en}",
        "description": " ".join(f"{label.zh} / {label.en}" for label in paper.labels),
        "qualicity": {
            "city": paper.city.id,
            "period": paper.period.text,
            "as_of": paper.as_of.isoformat(),
            "synthetic": paper.synthetic,
            "basis": {name.en: value for name, value in basis(paper)},
        },
        "resources": described,
    }
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()

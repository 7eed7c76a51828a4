"""Stand-ins for tests: records in memory, verdicts that a ledger could hold, a scope."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from targets.computation import Scope
from targets.records.filed import COLUMNS, filed
from targets.records.schema import schema as schema_of
from targets.records.types import arrow_type
from targets.tally import TEXT


class MemoryRecords:
    """Records that all count, from dictionaries, typed as their schemas say; what no record names is null."""

    def __init__(self, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        self._tables = {
            schema: [_whole(row, number) for number, row in enumerate(rows)] for schema, rows in tables.items()
        }

    def table(self, schema: str, columns: Sequence[str]) -> pa.Table:
        """Return the records of a schema, in the order of their ids."""
        rows = sorted(self._tables.get(schema, ()), key=lambda row: str(row["record_id"]))
        types = {name: arrow_type(schema_of(schema).column(name)) for name in columns}
        return pa.table({name: _column([row.get(name) for row in rows], kind) for name, kind in types.items()})

    def count(self, schema: str) -> int:
        """Return how many records of a schema count."""
        return len(self._tables.get(schema, ()))

    def filed(self, schema: str, column: str = "", code: str = "") -> pa.Table:
        """Return what has come of a schema; a row may name the filing that brought it."""
        rows = [row for row in self._tables.get(schema, ()) if not column or row.get(column) == code]
        types = {
            name: pa.int64() if name == "filing" else arrow_type(schema_of(schema).column(name)) for name in COLUMNS
        }
        columns = {name: [row.get(name, 1 if name == "filing" else None) for row in rows] for name in COLUMNS}
        return filed(pa.table({name: _column(columns[name], kind) for name, kind in types.items()}))


def records(tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> MemoryRecords:
    """Return records in memory, by schema; what every record has is filled in where a row does not say it.

    A row's id is its number, its period the year of its `event_date` (2015-12-31 where it names none).
    """
    return MemoryRecords(tables)


@dataclass
class MemoryVerdicts:
    """Verdicts by what they are about: the rows that the ledger would hold, or the readings give."""

    days: Mapping[int, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    under: Mapping[tuple[str, int], Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    rated: Mapping[tuple[str, int], Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    def air_days(self, year: int) -> Sequence[Mapping[str, Any]]:
        """Return the city's days of a year."""
        return self.days.get(year, ())

    def air_days_under(self, law: str, year: int) -> Sequence[Mapping[str, Any]]:
        """Return the city's days of a year under a law to compare with."""
        return self.under.get((law, year), ())

    def rates(self, name: str, year: int) -> Sequence[Mapping[str, Any]]:
        """Return the rates of a year."""
        return self.rated.get((name, year), ())


def scope(
    first: int = 2010, last: int = 2015, today: dt.date = dt.date(2016, 3, 1), peers: tuple[str, ...] = ()
) -> Scope:
    """Return what is asked for of the example city."""
    return Scope("shenzhen", "440300", first, last, today, peers)


def _whole(row: Mapping[str, Any], number: int) -> dict[str, Any]:
    event = row.get("event_date", dt.date(2015, 12, 31))
    common = {
        "record_id": f"r{number:06d}",
        "dept": "MSA",
        "district": "440300",
        "period_start": dt.date(event.year, 1, 1),
        "period_end": dt.date(event.year, 12, 31),
        "event_date": event,
        "reported_at": dt.date(event.year + 1, 1, 15),
        "status": "final",
        "synthetic": False,
    }
    return common | dict(row)


def _column(values: list[Any], kind: pa.DataType) -> pa.Array:
    return pa.array(values, pa.string()).dictionary_encode().cast(TEXT) if kind == TEXT else pa.array(values, kind)

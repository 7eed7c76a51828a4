"""Rows of a tally that rest on verdicts of the ledger: their ids are the keys that `explain` takes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

import pyarrow as pa

from targets.tally import SCHEMA

LEDGER = "ledger"
"""Stands for the schema of a tally of verdicts."""


class VerdictRow(NamedTuple):
    """One verdict as it is counted.

    Attributes:
        key: such as `air/shenzhen/2014-03-05`.
        part, whole: what it counts in numerator and denominator; without part it was not judged.
        on: last day that it rests on.
        excluded: code of words.toml; None = counted.
    """

    key: str
    period: str
    part: Decimal | None
    whole: Decimal
    on: dt.date
    excluded: str | None = None


def verdict_rows(rows: Iterable[VerdictRow]) -> pa.Table:
    """Return the rows of a tally."""
    listed = list(rows)
    columns: dict[str, Any] = {
        "record_id": [row.key for row in listed],
        "period": [row.period for row in listed],
        "entity": [None for _ in listed],
        "part": [row.part for row in listed],
        "whole": [row.whole for row in listed],
        "excluded": [row.excluded for row in listed],
        "event_date": [row.on for row in listed],
        "provisional": [False for _ in listed],
        "synthetic": [False for _ in listed],
    }
    return pa.table({name: _column(values, SCHEMA.field(name).type) for name, values in columns.items()}).cast(SCHEMA)


def _column(values: list[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(kind):
        return pa.array(values, pa.string()).dictionary_encode()
    return pa.array(values, kind)

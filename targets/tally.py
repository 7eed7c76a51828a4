"""Which records an indicator counts: the figure and its explanation come from the same rows.

A tally has a row for each record that was looked at, also for those that are left out, and why. Columns:
`record_id`, `period` (`2015`, `2015H1`, `2015-11`), `entity` (what is counted once: a firm, a standard, a project; null
where records themselves are counted), `part` and `whole` (decimal128(24, 6): what counts in the numerator and in the
denominator), `excluded` (a code of words.toml; null = counted), `event_date`, `provisional`, `synthetic`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from targets.records.base import Records

AMOUNT = pa.decimal128(24, 6)
TEXT = pa.dictionary(pa.int32(), pa.string())

SCHEMA = pa.schema(
    [
        ("record_id", pa.string()),
        ("period", TEXT),
        ("entity", TEXT),
        ("part", AMOUNT),
        ("whole", AMOUNT),
        ("excluded", TEXT),
        ("event_date", pa.date32()),
        ("provisional", pa.bool_()),
        ("synthetic", pa.bool_()),
    ]
)


@dataclass(frozen=True)
class Tally:
    """The rows of one indicator, and the schema of the records (one tally a schema)."""

    schema: str
    rows: pa.Table


ONE = pa.scalar(Decimal(1), AMOUNT)

NEEDED = ("record_id", "status", "synthetic", "event_date", "period_start", "period_end", "reported_at")
"""Columns of every record that a tally needs."""


def looked_at(records: Records, schema: str, *columns: str) -> pa.Table:
    """Return the records of a schema with what a tally needs of each, and more columns."""
    return records.table(schema, [*NEEDED, *columns]).unify_dictionaries().combine_chunks()


def tallied(
    records: pa.Table,
    period: pa.Array,
    *,
    entity: Any = None,
    part: Any = ONE,
    whole: Any = ONE,
    excluded: pa.Array | None = None,
    event: Any = None,
    provisional: Any = None,
) -> pa.Table:
    """Return the rows of a tally, one for each record.

    Args:
        records: with `record_id`, `status`, `synthetic`, `event_date` and `period_end`.
        period: of each, as text; a row without one is left out.
        entity: what is counted once; None = records themselves are counted.
        part: amounts or flags of the numerator; null where it is not known.
        whole: amounts or flags of the denominator.
        excluded: codes, null = counted; see `excluding`.
        event: dates on which rows rest; None = the record's event, or the end of its period where it names none.
        provisional: flags of records that may still change for another reason than their status.
    """
    size = records.num_rows
    event = pc.coalesce(records["event_date"], records["period_end"]) if event is None else event
    unsettled = pc.fill_null(among(records["status"], "provisional"), False)
    if provisional is not None:
        unsettled = pc.or_(unsettled, pc.fill_null(provisional, False))
    columns = {
        "record_id": records["record_id"].cast(pa.string()),
        "period": period,
        "entity": pa.nulls(size, TEXT) if entity is None else entity,
        "part": amounts(part, size),
        "whole": amounts(whole, size),
        "excluded": pa.nulls(size, TEXT) if excluded is None else excluded,
        "event_date": event,
        "provisional": unsettled,
        "synthetic": pc.fill_null(records["synthetic"], False),
    }
    table = pa.table(columns).select(SCHEMA.names)
    return table.filter(pc.is_valid(table["period"])).cast(SCHEMA)


def among(column: Any, *codes: str) -> pa.Array:
    """Return whether each text is one of some codes, null where nothing is said."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    found = pa.array([value in codes for value in array.dictionary.to_pylist()], pa.bool_())
    return pc.take(found, array.indices)


def joined(*columns: Any) -> pa.Array:
    """Return texts side by side as one name of an entity; null where any is."""
    texts = [column.cast(pa.string()) for column in columns]
    whole = pc.binary_join_element_wise(*texts, " ")
    return (whole.combine_chunks() if isinstance(whole, pa.ChunkedArray) else whole).dictionary_encode()


def amounts(values: Any, size: int) -> Any:
    """Return flags, whole numbers or decimals as amounts; one value for all rows where a scalar is given."""
    if isinstance(values, pa.Scalar):
        return pa.repeat(values.cast(AMOUNT), size)
    if pa.types.is_boolean(values.type):
        return values.cast(pa.int32()).cast(AMOUNT)
    if pa.types.is_int64(values.type):
        return values.cast(pa.decimal128(19, 0)).cast(AMOUNT)
    return values.cast(AMOUNT)


def excluding(size: int, reasons: Sequence[tuple[str, Any]]) -> pa.Array:
    """Return for each row the first reason whose flag is true, null where none is; an unknown flag is no reason.

    Args:
        size: number of rows.
        reasons: codes of words.toml, each with its flags.
    """
    codes = np.full(size, -1, np.int32)
    for number, (_, flags) in reversed(list(enumerate(reasons))):
        codes[np.asarray(pc.fill_null(flags, False), dtype=bool)] = number
    names = pa.array([code for code, _ in reasons], pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), names)


def months_of(dates: Any) -> pa.Array:
    """Return the month of each date as the text of a period (`2015-11`), null of none."""
    dates = dates.combine_chunks() if isinstance(dates, pa.ChunkedArray) else dates
    unknown = np.asarray(dates.is_null())
    if unknown.all():
        return pa.nulls(len(dates), TEXT)
    days = np.asarray(dates.cast(pa.int32()).fill_null(pc.min(dates).cast(pa.int32())))
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int32)  # since 1970-01
    first = int(months.min())
    names = [str(np.datetime64(number, "M")) for number in range(first, int(months.max()) + 1)]
    return pa.DictionaryArray.from_arrays(pa.array(months - first, mask=unknown), pa.array(names, pa.string()))


def years_of(numbers: Any) -> pa.Array:
    """Return whole numbers of years as texts of periods, null of none."""
    encoded = (numbers.combine_chunks() if isinstance(numbers, pa.ChunkedArray) else numbers).dictionary_encode()
    return recoded(encoded, str)


def recoded(column: Any, name: Callable[[Any], str | None]) -> pa.Array:
    """Return a dictionary column with each of its values replaced by another name, or by null."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    names = pa.array([name(value) for value in array.dictionary.to_pylist()], pa.string()).dictionary_encode()
    return pa.DictionaryArray.from_arrays(pc.take(names.indices, array.indices), names.dictionary)

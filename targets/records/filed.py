"""What has come of a form: of which departments, districts and periods, since when and by which filing.

A correction makes nothing late: what it stands for was reported when the first record about the same department,
district and period was.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

ABOUT = ("dept", "district", "period_start", "period_end")
COLUMNS = (*ABOUT, "reported_at", "synthetic", "filing")
"""Columns of records that are looked at."""

NOTHING = pa.table(
    {
        **{name: pa.array([], pa.string()) for name in ABOUT[:2]},
        **{name: pa.array([], pa.date32()) for name in (*ABOUT[2:], "reported_at")},
        "filing": pa.array([], pa.int64()),
        "synthetic": pa.array([], pa.bool_()),
    }
)
"""Nothing has come."""

_NUMBERS = 1 << 32
"""More than there are filings."""


def filed(rows: pa.Table) -> pa.Table:
    """Return department, district and period of records, each once, in order.

    Args:
        rows: `COLUMNS` of the records that count, and of those in whose place they stand.

    Returns:
        `ABOUT`, `reported_at` and `filing` of the first report, `synthetic` where any of them is.
    """
    days = np.asarray(rows["reported_at"].cast(pa.int32())).astype(np.int64)
    first = days * _NUMBERS + np.asarray(rows["filing"].cast(pa.int64()))
    columns = {name: _plain(rows[name]) for name in ABOUT}
    made_up = pc.fill_null(rows["synthetic"], False)
    table = pa.table({**columns, "first": first, "synthetic": made_up})
    found = table.group_by(list(ABOUT)).aggregate([("first", "min"), ("synthetic", "any")])
    found = found.sort_by([(name, "ascending") for name in ABOUT])
    least = np.asarray(found["first_min"])
    return pa.table(
        {
            **{name: found[name] for name in ABOUT},
            "reported_at": pa.array((least // _NUMBERS).astype(np.int32)).cast(pa.date32()),
            "filing": pa.array(least % _NUMBERS),
            "synthetic": found["synthetic_any"],
        }
    )


def same_about(rows: pa.Table, one: pa.Array, other: pa.Array) -> pa.Array:
    """Return which of two lists of rows, taken in pairs, are about the same department, district and period."""
    same = pa.array(np.ones(len(one), bool))
    for name in ABOUT:
        column = _plain(rows[name])
        same = pc.and_(same, pc.equal(column.take(one), column.take(other)).combine_chunks())
    return same


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return texts as texts: dictionaries are not compared."""
    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column

"""Which records an indicator counts: the figure and its explanation come from the same rows.

A tally has a row for each record that was looked at, also for those that are left out, and why. Columns:
`record_id`, `period` (`2015`, `2015H1`, `2015-11`), `entity` (what is counted once: a firm, a standard, a project; null
where records themselves are counted), `part` and `whole` (decimal128(24, 6): what counts in the numerator and in the
denominator), `excluded` (a code of words.toml; null = counted), `event_date`, `provisional`, `synthetic`.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

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

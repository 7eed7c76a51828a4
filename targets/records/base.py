"""What the modules ask of the records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import pyarrow as pa


class Records(Protocol):
    """The records that count: every correction applied, every withdrawal and duplicate left out.

    What counts is a function of all that is on file; the order of filing never matters.
    """

    def table(self, schema: str, columns: Sequence[str]) -> pa.Table:
        """Return the records of a schema (`R_ps`) that count, in the order of their ids.

        Args:
            schema: its id.
            columns: names, those that every record has among them (`record_id`, `dept`, `district`,
                `period_start`, `period_end`, `event_date`, `reported_at`, `status`, `synthetic`, ...).

        Returns:
            text and choices as dictionary of strings, dates as date32, flags as bool, whole numbers as int64,
            decimals as decimal128(24, 6), each null where the record says nothing.
        """
        ...

    def count(self, schema: str) -> int:
        """Return how many records of a schema count."""
        ...

    def filed(self, schema: str, column: str = "", code: str = "") -> pa.Table:
        """Return of which departments, districts and periods records have come (`targets/records/filed.py`).

        Args:
            schema: its id.
            column: only of records that have `code` in it; empty = of all.
            code: see `column`.
        """
        ...

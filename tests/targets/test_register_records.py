"""A row of the register names the very forms that its computation asks for: nobody files for nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pyarrow as pa
import pytest

from targets.computation import Scope
from targets.evaluation import ROLLED_UP, computations
from targets.records.schema import schema
from targets.records.types import ARROW, TEXT
from targets.register import indicator, register
from targets.testing import MemoryRecords, MemoryVerdicts

LATER = {"prd.ms_cert_firms": {"R_fr"}, "brd.prov_rank": {"R_br"}}
"""Forms that are looked at once another is on file."""


class AskedRecords:
    """Nothing is on file; remembers what is asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def table(self, name: str, columns: Sequence[str]) -> pa.Table:
        """Return an empty table with the columns' own types."""
        self.asked.add(name)
        return pa.table({column: pa.array([], ARROW.get(schema(name).column(column).type, TEXT)) for column in columns})

    def count(self, name: str) -> int:
        """Return none."""
        self.asked.add(name)
        return 0

    def filed(self, name: str, column: str = "", code: str = "") -> pa.Table:
        """Return nothing: whether a form has come is no record of it."""
        return MemoryRecords({}).filed(name, column, code)


def test_every_row_is_computed() -> None:
    """But the promise as a whole, which is rolled up."""
    assert set(computations()) == {row.id for row in register().rows} - {ROLLED_UP}


@pytest.mark.parametrize("name", [row.id for row in register().rows if row.id != ROLLED_UP])
def test_a_row_names_the_forms_that_it_is_computed_from(name: str) -> None:
    """And of a site where nothing is filed it says which records, or which verdicts, are missing."""
    records = AskedRecords()
    computed = computations()[name](records, MemoryVerdicts(), Scope("sz", "440300", 2010, 2015, dt.date(2016, 3, 1)))
    assert set(indicator(name).records) - LATER.get(name, set()) == records.asked
    assert computed.series.missing
    assert {schema for schema in computed.series.missing if schema.startswith("R_")} <= records.asked
    assert not [point for point in computed.series.points if point.value is not None]

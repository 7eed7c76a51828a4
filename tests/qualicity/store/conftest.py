"""Batches for the store's tests: recognisable rows, in registries of their own."""

from __future__ import annotations

import numpy as np
import pytest

from qualicity.model import Batch, Registry
from qualicity.testing import hourly

START = 1_451_577_600_000  # 2016-01-01 00:00 +08:00
DAY = 86_400_000


class Numbered:
    """Batches 0, 1, 2, ... of 50 rows, each at a station of its own, 20 days apart."""

    rows = 50

    def batch(self, number):
        """Return a batch."""
        values = np.arange(float(self.rows)) + number * 100
        return Batch(hourly(Registry(), f"s{number}", "pm25", START + number * DAY * 20, values, received=number))

    def expected(self, count):
        """Return what a store with the first batches holds, in order: (seq, station, value)."""
        values = [(f"s{n}", float(value)) for n in range(count) for value in self.batch(n).observations["value"]]
        return [(seq, *value) for seq, value in enumerate(values, 1)]

    def held(self, tables):
        """Return the same of what a store yields."""
        return [(row["seq"], row["station"], row["value"]) for table in tables for row in table.rows()]


@pytest.fixture
def numbered():
    """Return the maker of numbered batches."""
    return Numbered()

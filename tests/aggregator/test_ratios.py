"""Readings in ppb under a law in ppb and ppm: what was sent comes back, in the state of its day or of any other."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from aggregator.hours import Hours
from aggregator.law_hours import law_hours
from qualicity.canonical import MAX_DECIMALS, canonical_values
from qualicity.model import Observations, Registry
from qualicity.periods import day_start
from qualicity.standards.load import TABLE_ORDER, air_law

TENTHS = np.arange(1, 5001)  # of a ppb
DAYS = -(-len(TENTHS) // 24) + 4
PPB = {"ppb": 0, "ppm": 3}
"""Decimals that a unit has more than ppb for the same amount."""


def _hours(first_day):
    """Return hours of all gases, with two days without readings on both sides."""
    cells = np.full(DAYS * 24, np.nan)
    value = np.full((1, len(TABLE_ORDER), DAYS, 24), np.nan)
    for place, name in enumerate(TABLE_ORDER):
        if name not in {"pm25", "pm10"}:
            rows = Observations.build(
                Registry(), len(TENTHS), value=TENTHS / 10, unit="ppb", parameter=name, start=day_start(first_day)
            )
            cells[48 : 48 + len(TENTHS)] = canonical_values(rows)
            value[0, place] = cells.reshape(DAYS, 24)
    nothing = np.zeros(value.shape, np.int64)
    return Hours(
        ("s",), TABLE_ORDER, first_day, value, ~np.isnan(value), nothing.astype(np.int32), nothing,
        (MAX_DECIMALS,) * len(TABLE_ORDER),
    )  # fmt: skip


@pytest.mark.parametrize("first_day", [dt.date(2010, 1, 1), dt.date(2024, 1, 1)])
def test_every_tenth_of_a_ppb_comes_back_exactly(first_day):
    """By integers: 54 ppb of ozone are 105.9411 ug/m3, and again 54.000 ppb; of CO likewise to a tenth of a ppb."""
    law = air_law("US-NAAQS")
    found = law_hours(_hours(first_day), law).grid
    for item, unit in enumerate(law.units):
        if unit in PPB:
            code = found.code[0, item]
            sent = (code[code > 0] - found.big - found.bias).astype(np.int64)
            step = 10 ** (found.decimals[item] - PPB[unit] - 1)
            assert np.array_equal(sent, TENTHS * step), law.items[item]

"""Running statistics of every hour: the same as those of that hour, and as fractions counted one by one."""

from __future__ import annotations

import datetime as dt
import os
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.hours import Hours
from aggregator.provisional import provisional, provisional_series, rows
from qualicity.periods import HOUR_MS, day_start
from qualicity.standards.load import air_law

EXAMPLES = int(os.environ.get("QUALICITY_EXAMPLES", "40"))
FIRST = dt.date(2016, 3, 1)
START = day_start(FIRST)
DAYS = 3


def _hours(law, seed, missing, invalid, decimals):
    """Return random hours of two stations, some not observed, some observed and invalid."""
    dice = np.random.default_rng(seed)
    shape = (2, len(law.parameters), DAYS, 24)
    observed = dice.random(shape) >= missing
    value = np.rint((dice.random(shape) * 50 - 1) * 10**decimals) / 10**decimals
    value[~observed | (dice.random(shape) < invalid)] = np.nan
    return Hours(("a", "b"), law.parameters, FIRST, value, observed, np.zeros(shape, np.int32),
                 np.zeros(shape, np.int64), (decimals,) * len(law.parameters))  # fmt: skip


def _counted(hours, law, s, p, last):
    """Return {statistic: (value, valid, expected, observed)} of the hours before `last`, with fractions."""
    value, observed = hours.value[s, p].reshape(-1), hours.observed[s, p].reshape(-1)
    rule, found = law.day_rule[p], {}
    running = next(one for one in law.day_rule if one.kind == "max-running")
    for span, least in (
        (1, 1),
        (running.window, running.min_hours),
        (24, rule.min_hours if rule.kind == "mean" else 24),
    ):
        if span > last:
            continue
        known = [Fraction(repr(v)) for v in value[last - span : last].tolist() if v == v]  # noqa: PLR0124 - not NaN
        mean = None
        if known:
            scaled = sum(known) / len(known) * 10 ** law.digits[p]
            mean = round(scaled) / 10 ** law.digits[p]
        found[f"{span}h"] = (mean, len(known) >= least, span, int(observed[last - span : last].sum()))
    return found


@pytest.mark.parametrize("standard", ["GB3095-2012", "GB3095-2026"])
@settings(max_examples=EXAMPLES, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    missing=st.sampled_from([0.0, 0.05, 0.5, 0.95]),
    invalid=st.sampled_from([0.0, 0.3]),
    decimals=st.integers(0, 4),
    chosen=st.sets(st.integers(0, DAYS * 24 - 1), min_size=1, max_size=4),
)
def test_every_hour_is_what_it_would_have_been(standard, seed, missing, invalid, decimals, chosen):
    """Hour by hour through `provisional`, and through fractions; only hours that were observed give any."""
    law = air_law(standard)
    hours = _hours(law, seed, missing, invalid, decimals)
    found = {}
    for one in provisional_series(hours, law):
        for row in rows(one, hours, one.given):
            found.setdefault((row.station, row.parameter, row.end), {})[row.statistic] = row

    for hour in chosen:
        then = {}
        for row in provisional(hours, law, START + (hour + 1) * HOUR_MS):
            then.setdefault((row.station, row.parameter), {})[row.statistic] = row
        for s, station in enumerate(hours.stations):
            for p, parameter in enumerate(law.parameters):
                own = found.get((station, parameter, START + (hour + 1) * HOUR_MS), {})
                if hours.observed[s, p].reshape(-1)[hour]:
                    assert own == then[station, parameter]
                    assert {name: row[4:] for name, row in own.items()} == _counted(hours, law, s, p, hour + 1)
                else:
                    assert own == {}
                    assert all(row.end <= START + hour * HOUR_MS for row in then.get((station, parameter), {}).values())


def test_nothing_is_given_before_the_grid_begins():
    """A moment before the first hour is over, there is none."""
    law = air_law("GB3095-2012")
    hours = _hours(law, 1, 0.0, 0.0, 0)

    assert list(provisional(hours, law, START + HOUR_MS - 1)) == []
    assert list(provisional(hours, law, START - 5 * HOUR_MS)) == []
    assert len(list(provisional(hours, law, START + HOUR_MS))) == 2 * len(law.parameters)


def test_a_tie_is_rounded_to_the_even_digit():
    """Half to even, in the law's last digit."""
    law = air_law("GB3095-2012")
    hours = _hours(law, 1, 0.0, 0.0, 0)
    p = law.parameters.index("pm25")
    hours.value[0, p, 0, :8] = [0, 1, 0, 1, 0, 1, 0, 1]  # 0.5
    hours.value[1, p, 0, :8] = [1, 2, 1, 2, 1, 2, 1, 2]  # 1.5
    eight = next(one for one in provisional_series(hours, law) if one.statistic == "8h")

    assert law.digits[p] == 0
    assert eight.value[:, p, 7].tolist() == [0.0, 2.0]

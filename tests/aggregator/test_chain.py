"""The kernel equals a slow chain in fractions, on data made to be awkward.

Days: `aggregator.offline_verify`, which shares no code with the kernel (it is what auditors run). Years: the
loops below, written from the text.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
import os
from dataclasses import replace
from fractions import Fraction

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator import air, offline_verify
from aggregator.air import judge_days
from aggregator.coverage import Calendar
from aggregator.evidence import _column
from aggregator.grid import encode
from aggregator.index import INVALID
from aggregator.year import NO_VALUE, judge_year
from qualicity.standards.load import air_law

LAWS = ("GB3095-2012", "GB3095-2026", "GB3095-2026-2031")
DAYS = 6
EXAMPLES = int(os.environ.get("QUALICITY_EXAMPLES", "40"))
MISSING = -(10**9)


def _plain(law):
    """Return a law as the auditors' script reads it."""
    content = msgspec.to_builtins(law)
    extra = {column.name: column for column in law.index.extra}
    content["index"]["day"] = [_column(column, extra) for column in law.index.day]
    return content


def _integers(dice, law, stations, decimals, missing, *, negative):
    """Return hours as integers of 10**-decimals: on nodes and limits, on ties, in runs, with holes at the edges."""
    hours = np.empty((stations, 6, DAYS, 24), np.int64)
    for p in range(6):
        unit = 10 ** decimals[p]
        nodes = [int(node * unit) for node in law.index.day[p].nodes]
        tie = max(1, 10 ** (decimals[p] - law.digits[p]))
        for s in range(stations):
            for d in range(DAYS):
                node = nodes[dice.integers(0, len(nodes))]
                series = [
                    lambda nodes=nodes: dice.integers(0, max(2, nodes[3]), 24),
                    lambda node=node: node + dice.integers(-1, 2, 24),
                    lambda node=node, tie=tie: node + tie * dice.permutation(np.arange(24) % 2),
                    lambda node=node: np.full(24, node),
                    lambda nodes=nodes: np.repeat(dice.integers(0, 2 * nodes[2] + 3, 3), 8),
                ][dice.integers(0, 5)]()
                hours[s, p, d] = series - (dice.integers(0, 5) * unit if negative and dice.random() < 0.3 else 0)
    if not negative:
        hours = np.maximum(hours, 0)
    hours[dice.random(hours.shape) < missing] = MISSING
    for s, p, d in np.argwhere(dice.random(hours.shape[:3]) < 0.3).tolist():
        holes = dice.choice([1, 3, 4, 5, 8, 9, 10, 11, 16, 17, 23, 24])
        where = (np.arange(holes) + dice.integers(0, 24)) % 24 if dice.random() < 0.5 else dice.permutation(24)[:holes]
        hours[s, p, d, where] = MISSING
    return hours


def _slow_days(hours, law, decimals, members):
    """Return [station or city][day] -> (values, (aqi, primary, level, verdict)), in fractions."""
    plain = _plain(law)

    def series(s, p, d):
        return [None if v == MISSING else Fraction(int(v), 10 ** decimals[p]) for v in hours[s, p, d]]

    def exact(s, p, d):
        return offline_verify.day_value(series(s, p, d), plain["day_rule"][p], law.day_limit[p], law.digits[p])

    def rounded(value, p):
        return None if value is None else offline_verify.round_half_even(value, law.digits[p])

    result = []
    for s in range(len(hours)):
        days = []
        for d in range(DAYS):
            values = {name: rounded(exact(s, p, d), p) for p, name in enumerate(law.parameters)}
            peaks = {
                name: max((v for v in series(s, p, d) if v is not None), default=None)
                for p, name in enumerate(law.parameters)
            }
            days.append((values, offline_verify.judge(values, peaks, plain, ())))
        result.append(days)
    for stations in members:
        days = []
        for d in range(DAYS):
            values = {}
            for p, name in enumerate(law.parameters):
                known = [v for s in stations if (v := exact(s, p, d)) is not None]
                least = Fraction(3, 4) if len(stations) >= 4 else Fraction(1, 2)
                enough = known and Fraction(len(known), len(stations)) >= least
                values[name] = rounded(sum(known, Fraction(0)) / len(known), p) if enough else None
            days.append((values, offline_verify.judge(values, None, plain, ())))
        result.append(days)
    return result


def _fast_days(days, law):
    verdicts = {1: "COMPLIES", 0: "EXCEEDS", -1: "NOT_ASSESSABLE"}
    result = []
    for e in range(len(days.value)):
        rows = []
        for d in range(days.value.shape[2]):
            values = {
                name: None if days.value[e, p, d] == INVALID else int(days.value[e, p, d])
                for p, name in enumerate(law.parameters)
            }
            aqi = None if days.aqi[e, d] < 0 else int(days.aqi[e, d])
            primary = [name for p, name in enumerate(law.parameters) if days.primary[e, d] >> p & 1]
            level = int(days.level[e, d]) or None
            rows.append((values, (aqi, primary, level, verdicts[int(days.verdict[e, d])])))
        result.append(rows)
    return result


def _membership(members, stations):
    matrix = np.zeros((len(members), stations), bool)
    for city, own in enumerate(members):
        matrix[city, own] = True
    return matrix


def _values(hours, decimals):
    scale = 10.0 ** np.asarray(decimals)[:, None, None]
    return np.where(hours == MISSING, np.nan, hours / scale)


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 2**32 - 1),
    name=st.sampled_from(LAWS),
    decimals=st.sampled_from([(0, 0, 0, 0, 1, 0), (1, 1, 1, 1, 2, 1), (3,) * 6, (0,) * 6, (4,) * 6]),
    missing=st.sampled_from([0.0, 0.02, 0.1, 0.4]),
    sizes=st.sampled_from([[1], [3], [4], [2, 1], [5, 2], [2, 4]]),
    negative=st.booleans(),
)
def test_days_equal_the_slow_chain(seed, name, decimals, missing, sizes, negative):
    """Values, index, primary pollutants, level and verdict, of every station and city."""
    dice, law = np.random.default_rng(seed), air_law(name)
    hours = _integers(dice, law, sum(sizes), decimals, missing, negative=negative)
    edges = np.cumsum([0, *sizes])
    members = [list(range(a, b)) for a, b in itertools.pairwise(edges)]

    grid = encode(_values(hours, decimals), decimals)
    stations, cities = judge_days(grid, law, cities=_membership(members, sum(sizes)))

    assert _fast_days(stations, law) + _fast_days(cities, law) == _slow_days(hours, law, decimals, members)


def _slow_year(days, law, calendar):
    """Return what the text says of one entity's year, in fractions."""
    items = []
    for p in range(6):
        known = [(int(v), m) for v, m in zip(days.value[0, p], calendar.month_of_day, strict=True) if v != INVALID]
        values = sorted(v for v, _ in known)
        months = [sum(m == month for _, m in known) for month in range(12)]
        enough = len(known) >= 324 and all(n >= (25 if m == 1 else 27) for m, n in enumerate(months))
        if not known:
            items.append((None, None, None))
            continue
        place = 1 + Fraction((len(values) - 1) * law.year.percentile[p], 100)
        low = math.floor(place)
        above = values[min(low, len(values) - 1)]
        percentile = round(values[low - 1] + (above - values[low - 1]) * (place - low))
        mean = round(Fraction(sum(values), len(values)))
        digits = 10 ** law.digits[p]
        meets = percentile <= law.day_limit[p] * digits
        if law.year_limit[p] is not None:
            meets = meets and mean <= law.year_limit[p] * digits
        items.append((mean, percentile, bool(meets) if enough else None))
    return items


@pytest.mark.parametrize("seed", range(6))
def test_years_equal_the_slow_chain(seed):
    """Means, percentiles and each item's test, with years just valid and just not."""
    dice, law = np.random.default_rng(seed), air_law(LAWS[seed % 3])
    year = (2015, 2016)[seed % 2]
    dates = [dt.date(year, 1, 1) + dt.timedelta(n) for n in range(366 if year == 2016 else 365)]
    calendar = Calendar.of_days(dates)
    base = judge_days(encode(np.full((1, 6, len(dates), 24), 10.0), (0,) * 6), law)[0]
    value = dice.integers(0, 120, base.value.shape).astype(np.int16)
    value[dice.random(value.shape) < (0.0, 0.02, 0.08, 0.12, 0.5, 1.0)[seed]] = INVALID
    days = replace(base, value=value)

    result = judge_year(days, law, calendar)

    for p, (mean, percentile, meets) in enumerate(_slow_year(days, law, calendar)):
        assert int(result.mean[0, p]) == (NO_VALUE if mean is None else mean)
        assert int(result.percentile[0, p]) == (NO_VALUE if percentile is None else percentile)
        assert {1: True, 0: False, -1: None}[int(result.verdict[0, p])] == meets


def test_chunks_order_and_float_width_change_nothing(monkeypatch):
    """The same bytes for any chunk of stations, any order of stations, float32 and float64."""
    law, decimals = air_law("GB3095-2012"), (0, 0, 0, 0, 1, 0)
    hours = _integers(np.random.default_rng(5), law, 9, decimals, 0.1, negative=False)
    members = [[0, 1, 2, 3], [4, 5, 6, 7, 8]]
    grid = encode(_values(hours, decimals), decimals)
    wide = encode(_values(hours, decimals), (4,) * 6)
    expected = judge_days(grid, law, cities=_membership(members, 9))
    assert grid.code.dtype == np.float32
    assert wide.code.dtype == np.float64

    def same(one, two):
        return all((a == b).all() for a, b in zip(vars(one).values(), vars(two).values(), strict=True))

    for chunk in (1, 2, 5, 100):
        monkeypatch.setattr(air, "CHUNK", chunk)
        for again in (grid, wide):
            stations, cities = judge_days(again, law, cities=_membership(members, 9))
            assert same(stations, expected[0])
            assert same(cities, expected[1])
    order = np.random.default_rng(6).permutation(9)
    shuffled = encode(_values(hours[order], decimals), decimals)
    moved = [[int(np.flatnonzero(order == s)[0]) for s in own] for own in members]
    assert same(judge_days(shuffled, law, cities=_membership(moved, 9))[1], expected[1])

"""Days under laws to compare with equal a slow chain in fractions, written from the words of the laws.

The windows, the minima and the bands of the United States' index stand here a second time, by hand: the chain shares
neither code nor tables with the kernel, but for the limits and the nodes of the API.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from dataclasses import replace
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

from aggregator.air import judge_days
from aggregator.grid import encode
from aggregator.hours import Hours
from aggregator.index import INVALID, sub_index, sub_index_table
from aggregator.judging import judge_hours
from aggregator.law_hours import factor_of, hour_sums, law_hours, within
from aggregator.rounding import greatest_within, round_quotients, rounded
from qualicity.gases import gas_factor
from qualicity.standards.load import TABLE_ORDER, air_law, comparison_tables, index, limit_tables
from qualicity.standards.states import measured_state

DAY, HOUR_OF_DAY = 24, 24
TURN = dt.date(2018, 9, 1)
"""From this day on concentrations of gases refer to 298.15 K, before it to 273 K."""

MEAN, GREATEST = ("mean", 0, 24, 18), ("max", 0, 24, 18)
CHINESE, EUROPEAN = ("run", range(8, 25), 13), ("run", range(1, 25), 18)
ITEMS = {
    "GB3095-1996": {
        "so2:24h": ("mean", -12, 12, 18), "no2:24h": ("mean", -12, 12, 18), "pm10:24h": ("mean", -12, 12, 12),
    },
    "WHO-2021": {
        "so2:24h": MEAN, "no2:24h": MEAN, "no2:1h": GREATEST, "pm10:24h": MEAN, "pm25:24h": MEAN, "co:24h": MEAN,
        "co:8h": CHINESE, "co:1h": GREATEST, "o3:8h": CHINESE,
    },
    "EU-2008-50": {
        "so2:24h": MEAN, "so2:1h": GREATEST, "no2:1h": GREATEST, "pm10:24h": MEAN, "pm25:24h": MEAN,
        "co:8h": EUROPEAN, "o3:8h": EUROPEAN,
    },
    "EU-2024-2881": {
        "so2:24h": MEAN, "so2:1h": GREATEST, "no2:24h": MEAN, "no2:1h": GREATEST, "pm10:24h": MEAN, "pm25:24h": MEAN,
        "co:24h": MEAN, "co:8h": EUROPEAN, "o3:8h": EUROPEAN,
    },
    "US-NAAQS": {
        "so2:1h": GREATEST, "so2:24h": MEAN, "no2:1h": GREATEST, "pm10:24h": MEAN, "pm25:24h": MEAN, "co:8h": EUROPEAN,
        "co:1h": GREATEST, "o3:8h": ("run", range(15, 32), 13), "o3:1h": GREATEST,
    },
}  # fmt: skip
"""How each item comes from hours: a mean or the greatest of hours from .. to .., counted from midnight, with so many
valid; or the greatest mean of eight hours that end at the hours named, so many of them with six valid."""

HIGHEST = {"EU-2008-50", "EU-2024-2881", "US-NAAQS"}

BANDS = ((0, 50), (51, 100), (101, 150), (151, 200), (201, 300), (301, 500))
UNITED_STATES = {
    "o3:8h": (0, 54, 55, 70, 71, 85, 86, 105, 106, 200),
    "o3:1h": (None, None, None, None, 125, 164, 165, 204, 205, 404, 405, 604),
    "pm25:24h": (0, 90, 91, 354, 355, 554, 555, 1254, 1255, 2254, 2255, 3254),
    "pm10:24h": (0, 54, 55, 154, 155, 254, 255, 354, 355, 424, 425, 604),
    "co:8h": (0, 44, 45, 94, 95, 124, 125, 154, 155, 304, 305, 504),
    "so2:1h": (0, 35, 36, 75, 76, 185, 186, 304),
    "so2:24h": (None,) * 8 + (305, 604, 605, 1004),
    "no2:1h": (0, 53, 54, 100, 101, 360, 361, 649, 650, 1249, 1250, 2049),
}
"""Ends of the bands of EPA-454/B-24-002 table 6, in units of the last digit."""

ROUNDINGS = {"half-even": ROUND_HALF_EVEN, "half-up": ROUND_HALF_UP, "truncate": ROUND_DOWN}


def _round(value, rule):
    """Round a fraction to an integer by a rule."""
    whole, rest = divmod(abs(value), 1)
    up = {"truncate": False, "half-up": rest >= Fraction(1, 2)}.get(
        rule, rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2 == 1)
    )
    return int((whole + up) * (1 if value >= 0 else -1))


def _united_states(item, value):
    """Return the sub-index by the bands above; None = there is none."""
    ends = UNITED_STATES[item]
    pairs = list(zip(ends[::2], ends[1::2], BANDS, strict=False))
    value = max(value, 0)
    if pairs[0][0] is None and value < next(low for low, _, _ in pairs if low is not None):
        return None
    if value > ends[-1] and item in {"o3:8h", "so2:1h"}:
        return {"o3:8h": 300, "so2:1h": 200}[item]
    low, high, (first, last) = next((p for p in pairs if p[0] is not None and value <= p[1]), pairs[-1])
    return _round(Fraction((last - first) * (value - low), high - low) + first, "half-up")


def _api(item, value):
    column = next(column for column in index("API").extra if column.name == item)
    nodes = [int(node * 1000) for node in column.nodes]
    levels = (0, 50, 100, 200, 300, 400, 500)
    if value > nodes[-1]:
        return 500
    upper = max(1, next(i for i, node in enumerate(nodes) if value <= node))
    share = Fraction(max(value, 0) - nodes[upper - 1], nodes[upper] - nodes[upper - 1])
    return math.ceil(levels[upper - 1] + share * (levels[upper] - levels[upper - 1]))


def _index_of(standard, values):
    """Return (sub-indexes by item, index, primary parameters) of rounded values by item."""
    if standard == "GB3095-1996":
        iaqi = {item: _api(item, value) for item, value in values.items() if value is not None}
        greatest = max(iaqi.values(), default=None)
        aqi = greatest if greatest is not None and (len(iaqi) == 3 or greatest > 100) else None
    elif standard == "US-NAAQS":
        known = {item: value for item, value in values.items() if value is not None and item in UNITED_STATES}
        own = {item: found for item, value in known.items() if (found := _united_states(item, value)) is not None}
        iaqi = {item: value for item, value in own.items() if item != "so2:24h"}
        for item, other in (("o3:8h", "o3:1h"), ("so2:1h", "so2:24h")):
            if known.get(item, 0) > UNITED_STATES[item][-1] and other in own:
                iaqi[item] = own[other]
        aqi = max(iaqi.values(), default=None)
    else:
        return {}, None, []
    named = [name for name in TABLE_ORDER if any(i.startswith(f"{name}:") and v == aqi for i, v in iaqi.items())]
    return iaqi, aqi, named if (aqi or 0) > 50 else []


class _Slow:
    """Days of stations and of their city, hour by hour."""

    def __init__(self, hours: Hours, standard: str) -> None:
        self.hours, self.standard, self.law = hours, standard, air_law(standard)

    def hour(self, station, item, hour):
        """Return one hour of an item in the law's unit, counted from the first day's midnight; None = missing."""
        name, place = self.law.parameters[item], TABLE_ORDER.index(self.law.parameters[item])
        day, of_day = divmod(hour + DAY, HOUR_OF_DAY)
        value = self.hours.value[station, place, day, of_day]
        if np.isnan(value):
            return None
        exact = Fraction(str(value))
        unit, date = self.law.units[item], self.hours.first_day + dt.timedelta(days=int(day))
        if unit in {"ppb", "ppm"}:
            into = gas_factor(name, "mg/m3" if name == "co" else "ug/m3", measured_state(date), unit)
            digits = 4 if unit == "ppb" or name == "co" else 7
            return Fraction(_round(exact * Fraction(into) * 10**digits, "half-even"), 10**digits)
        if self.standard == "GB3095-1996":
            if date >= TURN and name != "pm10":
                exact = Fraction(_round(exact * Fraction("298.15") / 273 * 10**4, "half-even"), 10**4)
            return exact / 1000
        return exact

    def day(self, station, item, day):
        """Return (exact value or None, hours beyond the limit) of an item's day of a station."""
        rule, law = ITEMS[self.standard][law_item := self.law.items[item]], self.law
        unit = 10 ** law.digits[item]

        def known(begin, end):
            found = (self.hour(station, item, day * DAY + hour) for hour in range(begin, end))
            return [value for value in found if value is not None]

        def beyond(value):
            return _round(value * unit, law.rounding) > law.day_top[item]

        if rule[0] == "run":
            windows = [own for end in rule[1] if len(own := known(end - 8, end)) >= 6]
            best = max((sum(own) / len(own) for own in windows), default=None)
            return best if best is not None and (len(windows) >= rule[2] or beyond(best)) else None, 0
        own = known(rule[1], rule[2])
        if rule[0] == "mean":
            return sum(own) / len(own) if len(own) >= rule[3] else None, 0
        has_limit = law_item != "o3:1h"
        best = max(own, default=None)
        valid = best is not None and (len(own) >= rule[3] or (has_limit and beyond(best)))
        return best if valid else None, sum(map(beyond, own)) if has_limit else 0

    def entity(self, found, count):
        """Return what the items of one entity's day come to, from exact values and hours beyond by item."""
        law, items = self.law, self.law.items
        values = {
            item: None if exact is None else _round(exact * 10**digits, law.rounding)
            for item, (exact, _), digits in zip(items, found, law.digits, strict=True)
        }
        iaqi, aqi, primary = _index_of(self.standard, values)
        limits = {item: limit for item, limit in zip(items, law.day_top, strict=True) if limit != 2**15 - 1}
        exceeds = any(values[item] is not None and values[item] > limit for item, limit in limits.items())
        complete = all(values[item] is not None for item in limits)
        return {
            "values": values,
            "over": [hours for _, hours in found],
            "count": count,
            "iaqi": iaqi,
            "aqi": aqi,
            "primary": primary,
            "level": None if aqi is None else 1 + sum(aqi > top for top in law.index.class_tops),
            "verdict": 0 if exceeds else 1 if complete else -1,
            "complete": complete,
        }

    def stations(self, days):
        """Return the exact days: [station][day][item]."""
        return [
            [[self.day(s, i, d) for i in range(len(self.law.items))] for d in range(days)]
            for s in range(len(self.hours.stations))
        ]

    def city(self, of_day):
        """Return a city's exact items from those of its stations on a day, and how many stations are valid."""
        together, counts = [], []
        for item, column in enumerate(zip(*of_day, strict=True)):
            known = [exact for exact, _ in column if exact is not None]
            share = Fraction(3, 4) if len(column) >= 4 else Fraction(1, 2)
            value = None
            if known:
                value = max(known) if self.standard in HIGHEST else sum(known) / len(known)
                few = Fraction(len(known), len(column)) < share
                top = _round(value * 10 ** self.law.digits[item], self.law.rounding)
                if few and not (self.standard in HIGHEST and top > self.law.day_top[item]):
                    value = None
            complies = value is None or top <= self.law.day_top[item]
            mean = self.standard not in HIGHEST
            together.append((value, 0 if mean and complies else max(hours for _, hours in column)))
            counts.append(len(known))
        return together, counts


def _fast(days, law, e, d):
    """Return the kernel's day in the words of the slow one."""
    values = days.value[e, :, d].tolist()
    iaqi, aqi, bits = days.iaqi[e, :, d].tolist(), int(days.aqi[e, d]), int(days.primary[e, d])
    return {
        "values": {i: None if v == INVALID else v for i, v in zip(law.items, values, strict=True)},
        "over": days.over[e, :, d].tolist(),
        "count": days.count[e, :, d].tolist(),
        "iaqi": {i: v for i, v in zip(law.items, iaqi, strict=True) if v >= 0},
        "aqi": None if aqi < 0 else aqi,
        "primary": [name for p, name in enumerate(TABLE_ORDER) if bits >> p & 1],
        "level": int(days.level[e, d]) or None,
        "verdict": int(days.verdict[e, d]),
        "complete": bool(days.complete[e, d]),
    }


def _hours(value, first=dt.date(2019, 6, 1), decimals=(4,) * 6):
    """Return hours of natural days: value (S, 6, D, 24), the first and the last day around the others."""
    zero = np.zeros(value.shape, np.int64)
    names = tuple(f"s{n}" for n in range(len(value)))
    return Hours(names, TABLE_ORDER, first, value, ~np.isnan(value), zero.astype(np.int32), zero, decimals)


def _stations(count):
    return [SimpleNamespace(id=f"s{n}", not_monitored=(), purpose="assessment", zone_class="II") for n in range(count)]


def _awkward(dice, law, stations, days, decimals):
    """Return hours around limits and nodes, on ties, in runs, far beyond, with gaps; padded by a day on both sides."""
    value = np.empty((stations, 6, days + 2, 24))
    typical = dict.fromkeys(TABLE_ORDER, 60.0) | {"co": 6.0}
    calm, whole = dice.random((stations, days + 2)) < 0.5, dice.random((stations, days + 2)) < 0.5
    for p, name in enumerate(TABLE_ORDER):
        items = [i for i, parameter in enumerate(law.parameters) if parameter == name and law.day_limit[i].is_finite()]
        factors = [float(factor_of(name, law, law.units[i], dt.date(2019, 6, 1))) for i in items]
        limits = [float(law.day_limit[i]) / factor for i, factor in zip(items, factors, strict=True)]
        step = 10.0 ** -decimals[p]
        for s in range(stations):
            for d in range(days + 2):
                limit = limits[dice.integers(0, len(limits))] if limits else typical[name]
                value[s, p, d] = [
                    lambda limit=limit: dice.uniform(0, 1.2 * limit, 24),
                    lambda limit=limit, step=step: limit + step * dice.integers(-1, 2, 24),
                    lambda limit=limit: np.repeat(dice.uniform(0, 2 * limit, 3), 8),
                    lambda limit=limit: np.full(24, limit),
                    lambda limit=limit: limit / 2 + dice.permutation(np.arange(24) % 2) * max(1, limit / 60),
                    lambda limit=limit: dice.uniform(0, 12 * limit, 24),
                    lambda limit=limit, step=step: dice.uniform(0, limit / 2, 24) - 20 * step,
                    lambda limit=limit: np.where(np.arange(24) == dice.integers(0, 24), 3 * limit, limit / 5),
                ][dice.integers(0, 8)]()  # fmt: skip
                if calm[s, d]:
                    value[s, p, d] = np.minimum(value[s, p, d], min([*limits, limit]) * 0.9)
        value[:, p] = np.round(value[:, p], decimals[p])
    for s, p, d in np.argwhere((dice.random(value.shape[:3]) < 0.3) & ~whole[:, None]).tolist():
        holes = dice.choice([1, 3, 5, 6, 7, 11, 12, 13, 18, 24])
        where = (np.arange(holes) + dice.integers(0, 24)) % 24 if dice.random() < 0.5 else dice.permutation(24)[:holes]
        value[s, p, d, where] = np.nan
    return value


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("standard", sorted(ITEMS))
def test_days_equal_the_slow_chain(standard, seed):
    """Values, hours beyond, index, primary pollutants, class and verdict, of every station and of the city."""
    law, dice = air_law(standard), np.random.default_rng(seed)
    stations, days = (4, 3, 1, 5)[seed], (2, 3, 3, 2)[seed]
    decimals = ((0, 0, 0, 0, 1, 0), (1, 1, 1, 1, 2, 1), (4,) * 6, (2, 0, 1, 3, 0, 0))[seed]
    first = (dt.date(2019, 6, 1), TURN - dt.timedelta(days=2), dt.date(2012, 2, 28), TURN - dt.timedelta(days=1))[seed]
    hours = _hours(_awkward(dice, law, stations, days, decimals), first, decimals)

    judged = judge_hours(hours, _stations(stations), standard)

    slow = _Slow(hours, standard)
    exact = slow.stations(days)
    natural = (~np.isnan(hours.value[:, :, 1:-1])).sum(axis=3)
    for d in range(days):
        for s in range(stations):
            counts = [_count(slow, natural, s, i, d) for i in range(len(law.items))]
            assert _fast(judged.stations, law, s, d) == slow.entity(exact[s][d], counts), (s, d)
        together, valid = slow.city([exact[s][d] for s in range(stations)])
        assert _fast(judged.city, law, 0, d) == slow.entity(together, valid), d


def _count(slow, natural, station, item, day):
    """Return the valid hours of an item's day: of windows that begin on the day before, those of the natural day."""
    rule = ITEMS[slow.standard][slow.law.items[item]]
    begin = 7 if rule[0] == "run" and rule[1].start == 15 else 0 if rule[0] == "run" else rule[1]
    found = [slow.hour(station, item, day * DAY + begin + hour) for hour in range(24)]
    count = sum(value is not None for value in found)
    if begin == 0:
        assert count == natural[station, TABLE_ORDER.index(slow.law.parameters[item]), day]
    return count


def test_the_items_are_those_that_stand_here():
    """Every law to compare with is in the slow chain, with all its items, in its order."""
    assert set(comparison_tables()) == set(ITEMS)
    assert all(air_law(standard).items == tuple(items) for standard, items in ITEMS.items())


# the edges of days


def _one(standard, parameter, hour, value=900.0, rest=10.0):
    """Judge one day in which a single hour, counted from its midnight, is high; return (law, the station's days)."""
    hours = np.full((1, 6, 3, 24), rest)
    hours.reshape(1, 6, 72)[0, TABLE_ORDER.index(parameter), 24 + hour] = value
    judged = judge_hours(_hours(hours, decimals=(0,) * 6), _stations(1), standard)
    return judged.law, judged.stations


@pytest.mark.parametrize(("standard", "item", "hour", "counts"), [
    ("EU-2008-50", "o3:8h", -8, False), ("EU-2008-50", "o3:8h", -7, True), ("EU-2008-50", "o3:8h", 23, True),
    ("EU-2008-50", "o3:8h", 24, False), ("EU-2024-2881", "co:8h", -8, False), ("EU-2024-2881", "co:8h", -7, True),
    ("US-NAAQS", "o3:8h", 6, False), ("US-NAAQS", "o3:8h", 7, True), ("US-NAAQS", "o3:8h", 30, True),
    ("US-NAAQS", "o3:8h", 31, False), ("US-NAAQS", "o3:1h", 0, True), ("US-NAAQS", "o3:1h", -1, False),
    ("US-NAAQS", "co:8h", -7, True), ("US-NAAQS", "co:8h", -8, False), ("WHO-2021", "o3:8h", 0, True),
    ("WHO-2021", "o3:8h", -1, False), ("WHO-2021", "o3:8h", 24, False), ("GB3095-1996", "pm10:24h", -13, False),
    ("GB3095-1996", "pm10:24h", -12, True), ("GB3095-1996", "pm10:24h", 11, True),
    ("GB3095-1996", "pm10:24h", 12, False),
])  # fmt: skip
def test_an_hour_belongs_to_the_day_of_its_windows(standard, item, hour, counts):
    """From 17:00 of the day before, from 07:00 to 07:00, from noon to noon: the hour at each edge and the next one."""
    law, days = _one(standard, item.partition(":")[0], hour)
    _, plain = _one(standard, item.partition(":")[0], hour, value=10.0)
    place = law.items.index(item)

    assert (days.value[0, place, 0] != plain.value[0, place, 0]) is np.bool_(counts)


def test_a_reading_counts_in_the_state_of_its_own_civil_day():
    """Noon to noon over the turn of 2018: the afternoon of 31 August is at 273 K, the morning after at 298.15 K."""
    hours = np.full((1, 6, 3, 24), 100.0)
    judged = judge_hours(_hours(hours, TURN - dt.timedelta(days=1), (0,) * 6), _stations(1), "GB3095-1996")

    total = 12 * Fraction(100) + 12 * Fraction(_round(Fraction("29815") / 273 * 10**4, "half-even"), 10**4)
    assert judged.sums.decimals == (7, 7, 3)
    assert judged.sums.total[0, :, 0].tolist() == [int(total * 10**4), int(total * 10**4), 2400]
    assert int(judged.stations.value[0, 0, 0]) == _round(total / 24, "half-even") == 105


@pytest.mark.parametrize("day", [dt.date(2012, 5, 1), dt.date(2019, 5, 1)])
@pytest.mark.parametrize(("parameter", "unit"), [("so2", "ppb"), ("no2", "ppb"), ("o3", "ppb"), ("co", "ppm")])
def test_a_reading_that_was_sent_in_ppb_comes_back(parameter, unit, day):
    """Three decimals survive the way to canonical units and back, at both states: 4.4 ppm of CO is not 4.3."""
    law = air_law("US-NAAQS")
    item = law.items.index(f"{parameter}:1h")
    sent = np.concatenate([np.arange(0, 700, 0.1), np.arange(0, 30, 0.001)]).round(3)
    sent = np.resize(sent if unit == "ppb" else sent / 10, 24 * 1600).round(3)
    factor = float(gas_factor(parameter, unit, measured_state(day), "mg/m3" if parameter == "co" else "ug/m3"))
    value = np.full((1, 6, 1602, 24), np.nan)
    value[0, TABLE_ORDER.index(parameter), 1:-1] = np.round(sent * factor, 4).reshape(1600, 24)
    hours = law_hours(_hours(value, day - dt.timedelta(days=1601 if day < TURN else 1)), law)

    into = law.units[item]
    code = hours.grid.code[0, item].reshape(-1) - hours.grid.big - hours.grid.bias
    steps = 10 ** (hours.grid.decimals[item] - (3 if unit == into else 6))
    expected = np.rint(sent * 1000) * steps
    assert hours.grid.decimals[item] == (7 if parameter == "o3" else 4)
    assert np.array_equal(code, expected)


# what is taken


@pytest.mark.parametrize("standard", limit_tables())
def test_a_law_in_force_takes_the_hours_as_they_are(standard):
    """No margin, no conversion: the codes of the hours themselves."""
    hours = _hours(np.random.default_rng(3).integers(0, 300, (2, 6, 4, 24)).astype(float), decimals=(0,) * 6)
    found, own = law_hours(hours, air_law(standard)), encode(hours.value, hours.decimals)

    assert found.grid.code.tobytes() == own.code.tobytes()
    assert (found.grid.decimals, found.grid.bias, dict(found.longer)) == (own.decimals, own.bias, {})


def test_sums_of_hours_are_exact():
    """In the law's unit, with the readings' decimals; negative values and gaps too."""
    dice = np.random.default_rng(4)
    value = np.round(dice.uniform(-5, 400, (2, 6, 5, 24)), 3)
    value[dice.random(value.shape) < 0.2] = np.nan
    hours = _hours(value, decimals=(3,) * 6)
    for standard in ("WHO-2021", "EU-2024-2881"):
        law = air_law(standard)
        sums = hour_sums(law_hours(hours, law))
        for item, name in enumerate(law.parameters):
            own = within(hours).value[:, TABLE_ORDER.index(name)]
            assert sums.decimals[item] == 3
            assert np.array_equal(sums.total[:, item], np.nansum(np.rint(own * 1000), axis=2))
            assert np.array_equal(sums.count[:, item], (~np.isnan(own)).sum(axis=2))


def test_what_a_plan_leaves_out_need_not_be_valid():
    """Every other item within its limit: the day complies."""
    value = np.full((1, 6, 3, 24), 1.0)
    value[:, TABLE_ORDER.index("co")] = np.nan
    station = _stations(1)
    assert int(judge_hours(_hours(value), station, "EU-2008-50").stations.verdict[0, 0]) == -1
    station[0].not_monitored = ("co",)
    assert int(judge_hours(_hours(value), station, "EU-2008-50").stations.verdict[0, 0]) == 1


def test_a_highest_station_beyond_the_limit_counts_however_few_there_are():
    """One of five is valid: within the limit it says nothing of the city, beyond it all that is needed."""
    for concentration, verdict in ((40.0, -1), (60.0, 0)):
        value = np.full((5, 6, 3, 24), 1.0)
        value[:, TABLE_ORDER.index("pm10")] = np.nan
        value[2, TABLE_ORDER.index("pm10")] = concentration
        assert int(judge_hours(_hours(value), _stations(5), "EU-2008-50").city.verdict[0, 0]) == verdict


def test_a_mean_of_many_stations_with_many_decimals_is_exact():
    """Twelve hours are enough for PM10 of 1996: the common denominator of 12..24 hours is beyond what floats hold."""
    dice = np.random.default_rng(5)
    value = np.round(dice.uniform(0, 3000, (40, 6, 3, 24)), 4)
    value[dice.random(value.shape) < 0.2] = np.nan
    city = judge_hours(_hours(value), _stations(40), "GB3095-1996").city
    days = value[:, 2].reshape(40, 72)[:, 12:36]
    means = [sum(map(Fraction, map(str, own[~np.isnan(own)]))) / int((~np.isnan(own)).sum()) for own in days]
    assert int(city.value[0, 2, 0]) == _round(sum(means) / 40, "half-even")


@pytest.mark.parametrize(("above", "index_of_day"), [(-1, 9), (None, -1), (8, 9), (9, -1)])
def test_an_index_with_an_item_missing_is_published_as_the_table_says(above, index_of_day):
    """Ozone of one hour lacks 7 of 24 hours: it has no limit, so the day is complete and its index is not (CO is 9)."""
    value = np.full((1, 6, 3, 24), 1.0)
    value[0, TABLE_ORDER.index("o3"), 1, :7] = np.nan
    law = air_law("US-NAAQS")
    other = replace(law, index=replace(law.index, incomplete_day_above=above))
    given = law_hours(_hours(value), other)
    days, _ = judge_days(given.grid, other, longer=given.longer)

    assert (bool(days.complete[0, 0]), int(days.verdict[0, 0])) == (True, 1)
    assert int(days.aqi[0, 0]) == index_of_day


# sub-indexes

US_VECTORS = [
    ("pm25:24h", "9.0", 50), ("pm25:24h", "9.1", 51), ("pm25:24h", "35.4", 100), ("pm25:24h", "35.5", 101),
    ("pm25:24h", "55.4", 150), ("pm25:24h", "125.4", 200), ("pm25:24h", "225.4", 300), ("pm25:24h", "225.5", 301),
    ("pm25:24h", "325.4", 500), ("pm25:24h", "425.4", 699), ("pm25:24h", "35.9", 102), ("pm25:24h", "0.0", 0),
    ("o3:8h", "0.054", 50), ("o3:8h", "0.055", 51), ("o3:8h", "0.070", 100), ("o3:8h", "0.085", 150),
    ("o3:8h", "0.105", 200), ("o3:8h", "0.200", 300), ("o3:8h", "0.201", 300), ("o3:8h", "0.078", 126),
    ("o3:1h", "0.124", -1), ("o3:1h", "0.125", 101), ("o3:1h", "0.164", 150), ("o3:1h", "0.604", 500),
    ("pm10:24h", "54", 50), ("pm10:24h", "154", 100), ("pm10:24h", "604", 500), ("co:8h", "8.4", 90),
    ("co:8h", "50.4", 500), ("so2:1h", "304", 200), ("so2:1h", "305", 200), ("so2:24h", "304", -1),
    ("so2:24h", "305", 201), ("so2:24h", "604", 300), ("so2:24h", "1004", 500), ("no2:1h", "2049", 500),
    ("no2:1h", "53", 50), ("no2:1h", "54", 51),
]  # fmt: skip


@pytest.mark.parametrize(("item", "text", "expected"), US_VECTORS)
def test_sub_indexes_of_the_united_states(item, text, expected):
    """EPA-454/B-24-002 table 6 and its examples; -1 = none."""
    found = index("US-AQI-2024")
    column = next(column for column in found.extra if column.name == item)
    assert sub_index(found, column, int(Decimal(text).scaleb(column.digits))) == expected


@pytest.mark.parametrize("name", ["US-AQI-2024", "API"])
def test_every_sub_index_equals_the_bands(name):
    """All concentrations that a day may have: the table, the function and the words."""
    found = index(name)
    for column in found.extra:
        table = sub_index_table(found, column)
        assert table[INVALID] == -1
        if name == "API" and column.name not in ITEMS["GB3095-1996"]:
            continue
        slow = _api if name == "API" else _united_states
        values = [*range(-3, 1300), *range(1300, 4000, 7), 2**15 - 1]
        expected = [-1 if (own := slow(column.name, value)) is None else min(own, 2**15 - 1) for value in values]
        assert [int(table[value & 0xFFFF]) for value in values] == expected
        assert [sub_index(found, column, value) for value in values[::7]] == expected[::7]


# rounding


@pytest.mark.parametrize("rule", sorted(ROUNDINGS))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_way_of_rounding_equals_decimals(rule, dtype):
    """Floats, integers and Python's integers, with ties and signs, for every denominator of a day."""
    for denominator in (1, 2, 4, 5, 8, 20, 24, 168, 1000):
        numerator = np.arange(-2 * denominator - 3, 6 * denominator)
        expected = [int((Decimal(int(n)) / denominator).quantize(Decimal(1), ROUNDINGS[rule])) for n in numerator]
        quotient = numerator.astype(dtype) / dtype(denominator)
        round_quotients(quotient, rule)
        assert quotient.tolist() == expected
        assert rounded(numerator, denominator, rule).tolist() == expected
        assert rounded(numerator.astype(object), denominator, rule).tolist() == expected


@pytest.mark.parametrize("rule", sorted(ROUNDINGS))
def test_quotients_next_to_whole_numbers_are_not_taken_for_them(rule):
    """At the bound below which floats may be used, one less and one more than what divides."""
    for dtype, bound in ((np.float32, 2**23), (np.float64, 2**52)):
        for denominator in (3, 7, 24, 168):
            whole = bound // denominator - 2
            near = [whole * denominator + step for step in (-1, 0, 1, denominator // 2, denominator // 2 + 1)]
            quotient = np.asarray(near, dtype) / dtype(denominator)
            round_quotients(quotient, rule)
            assert quotient.tolist() == [_round(Fraction(value, denominator), rule) for value in near]


@pytest.mark.parametrize("rule", sorted(ROUNDINGS))
@pytest.mark.parametrize("steps", [0, 1, 3])
def test_the_greatest_hour_within_a_limit(rule, steps):
    """It rounds to the limit, and the next one does not."""
    for top in (0, 35, 100, 120, 125):
        most = greatest_within(top, steps, rule)
        assert _round(Fraction(most, 10**steps), rule) <= top < _round(Fraction(most + 1, 10**steps), rule)


# the laws in force


@pytest.mark.parametrize("standard", ["GB3095-2026", "EU-2008-50", "US-NAAQS", "GB3095-1996"])
def test_a_concentration_beyond_what_a_day_can_hold_exceeds(standard):
    """50 mg/m3 of dust is not a negative number of the last digit: it stays at the greatest."""
    law = air_law(standard)
    value = np.full((1, 6, 3, 24), 1.0)
    value[0, TABLE_ORDER.index("pm10")] = 50_000.0
    judged = judge_hours(_hours(value, decimals=(0,) * 6), _stations(1), standard)
    for days in (judged.stations, judged.city):
        assert int(days.value[0, law.parameters.index("pm10"), 0]) == 2**15 - 1
        assert int(days.verdict[0, 0]) == 0
        assert int(days.aqi[0, 0]) in {500 if "GB" in standard else 2**15 - 1, -1}


DIGEST = {
    "GB3095-2012": "9d8d12f13c3803e8e5cf5d9e",
    "GB3095-2012-XG1": "9d8d12f13c3803e8e5cf5d9e",
    "GB3095-2026": "0f88763c62681a15e9d7f26f",
    "GB3095-2026-2031": "4dc86d69a5b5bc7add0ebac6",
}


@pytest.mark.parametrize("standard", limit_tables())
def test_days_under_laws_in_force_are_what_they_were(standard):
    """Every array of a random month, as it was before laws to compare with came."""
    dice = np.random.default_rng(11)
    value = np.rint(dice.gamma(1.5, 60 * dice.random((12, 6, 30, 1)) ** 3, (12, 6, 30, 24)))
    value[:, TABLE_ORDER.index("co")] /= 10
    value[:, TABLE_ORDER.index("o3")] *= 2
    value[dice.random(value.shape) < 0.05] = np.nan
    cities, plan = dice.random((3, 12)) < 0.6, dice.random((12, 6)) < 0.1
    sha = hashlib.sha256()
    for grade in ("I", "II"):
        for days in judge_days(
            encode(value, (0, 0, 0, 0, 1, 0)), air_law(standard, grade), not_monitored=plan, cities=cities
        ):
            for name in ("value", "count", "windows", "iaqi", "aqi", "primary", "level", "verdict", "complete"):
                sha.update(getattr(days, name).tobytes())
    assert sha.hexdigest()[:24] == DIGEST[standard]

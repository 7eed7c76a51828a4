"""A year of 30 water sources and of 200 outlets by the hour: from rows in memory to drafts, beside pandas.

    python benchmarks/water_year.py [OUTLETS] [RUNS]

Sources: 29 items (the basic and the supplementary ones of GB 3838), a sample a month of each; every day, month,
quarter and the year is judged. Beside it the same with an hourly value of every item, which no source has. Outlets:
five items and the flow, an hourly mean each, by GB 18918; every day is judged, sixteen outlets at once, as the service
does, and every month, quarter and the year gathered from the days. Rows stand in the order in which they arrived.
Sources, days and longer periods of outlets are the year, from rows in memory to every draft of a station but an hour's.

The peer is one of the outlets' days. It makes the same flow-weighted daily means, 75 % rule, loads and verdicts in
floating point: once from a wide frame in memory, beside our kernel alone; once from the same rows in a long frame, with
a dict a day as its result, beside our rows to days (which look at revisions, flags, units and detection limits too).
All must agree on every verdict, and on means and loads to nine digits. CPU time of this process, medians of alternating
runs.
"""

from __future__ import annotations

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[_name] = "1"  # before the libraries are imported

import datetime as dt
import gc
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import msgspec
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aggregator.discharge.days import judge_days
from aggregator.discharge.effective import flows_of
from aggregator.discharge.hours import Hours, Odd
from aggregator.discharge.judge import DischargeJudge
from aggregator.discharge.laws import Segment, law_of
from aggregator.discharge.plan import Plan
from aggregator.station_tasks import STATIONS_AT_ONCE
from aggregator.stations import Result
from aggregator.water.judge import WaterJudge
from qualicity.canonical import NO_VALUE
from qualicity.checks import default_rules
from qualicity.model import Observations, Registry, Statistic
from qualicity.network import ChannelSettings, Outlet, Station, Water
from qualicity.periods import HOUR_MS, Period, day_start, days_between, period_of
from qualicity.standards.load_water import water_law
from qualicity.store.ledger import Draft

YEAR_OF = ("sources, all periods", "outlets, days", "outlets, longer periods")
"""What is judged of a year."""

YEAR = 2025
FIRST, LAST = dt.date(YEAR, 1, 1), dt.date(YEAR, 12, 31)
DAYS = days_between(FIRST, LAST)
HOURS = len(DAYS) * 24
SOURCES = 30
ITEMS = ("cod", "nh3n", "tp", "tn", "ph", "flow")
UNITS = {"ph": "1", "flow": "L/s"}
DECIMALS = {"cod": 1, "nh3n": 2, "tp": 3, "tn": 2, "ph": 2, "flow": 2}
TYPICAL = {"cod": 38.0, "nh3n": 3.0, "tp": 0.35, "tn": 11.0, "ph": 7.4, "flow": 60.0}
SPREAD = {"cod": 4.5, "nh3n": 0.8, "tp": 0.06, "tn": 1.5, "ph": 0.25, "flow": 12.0}


def outlets(count: int) -> list[Station]:
    """Return outlets of municipal plants, and their channels."""
    channels = tuple(ChannelSettings(name, UNITS.get(name, "mg/L")) for name in ITEMS)
    law = Outlet(kind="municipal", standard="GB18918-2002", grade="1A")
    return [
        Station(f"outlet{n:03}", "city", medium="wastewater", purpose="outlet", outlet=law, channels=channels)
        for n in range(count)
    ]


def hours(count: int) -> NDArray[np.float64]:
    """Return hours (outlets, items, HOURS) as instruments print them; NaN = missing, whole days as well as hours."""
    dice = np.random.default_rng(1)
    value = np.empty((count, len(ITEMS), HOURS))
    for p, name in enumerate(ITEMS):
        level = TYPICAL[name] + SPREAD[name] * np.repeat(dice.normal(size=(count, HOURS // 24)), 24, axis=1)
        drawn = np.maximum(level + SPREAD[name] * dice.normal(size=(count, HOURS)), 0.01)
        value[:, p] = np.round(drawn, DECIMALS[name])
    lost = np.repeat(dice.random((count, len(ITEMS), HOURS // 24)) < 0.02, 24, axis=2)
    value[lost & (dice.random(value.shape) < 0.6)] = np.nan
    value[dice.random(value.shape) < 0.004] = np.nan
    return value


def rows_of(value: NDArray[np.float64], stations: Sequence[Station]) -> Observations:
    """Return hours as rows in the order of arrival: all channels of an hour, then the next hour."""
    registry = Registry()
    names = np.asarray([registry.code(station.id) for station in stations])
    items = np.asarray([registry.code(name) for name in ITEMS])
    units = np.asarray([registry.code(UNITS.get(name, "mg/L")) for name in ITEMS])
    order = value.transpose(2, 0, 1)  # hour, outlet, item
    at = np.flatnonzero(~np.isnan(order).reshape(-1))
    hour, s, p = np.unravel_index(at, order.shape)
    return Observations.build(
        registry, len(at),
        seq=np.arange(1, len(at) + 1), station=names[s], parameter=items[p], unit=units[p],
        statistic=Statistic.MEAN, period=3600, start=day_start(FIRST) + HOUR_MS * hour.astype(np.int64),
        value=order.reshape(-1)[at], device_flag=registry.code("N"), source=registry.code("hj212/2017/32"),
        received=day_start(FIRST) + HOUR_MS * (hour.astype(np.int64) + 1),
    )  # fmt: skip


def sources(count: int) -> list[Station]:
    """Return reservoirs that supply drinking water: a laboratory finds every basic and supplementary item."""
    law = water_law("GB3838-2002", "reservoir")
    items = [item for item in law.items if item.group != "specific"]
    channels = tuple(
        ChannelSettings(item.parameter, item.unit, sampling="manual", expected_interval=31 * 86_400) for item in items
    )
    water = Water(body="reservoir")
    return [
        Station(f"source{n:02}", "city", medium="water", purpose="source", water=water, channels=channels)
        for n in range(count)
    ]


def samples_of(stations: Sequence[Station]) -> Observations:
    """Return a sample a month of each item of each source, near what it may be."""
    dice, registry, columns = np.random.default_rng(2), Registry(), []
    law = water_law("GB3838-2002", "reservoir")
    for station in stations:
        for item in law.items:
            if item.group == "specific":
                continue
            bound = item.bound(law.classes, law.target)
            ends = [float(end) for end in (bound.low, bound.high) if end is not None] if bound else []
            middle = sum(ends) / len(ends) if ends else 20.0
            for month in range(1, 13):
                at = day_start(dt.date(YEAR, month, 5)) + 10 * HOUR_MS
                near = dice.uniform(1.02, 1.4) if bound and bound.low is not None else dice.uniform(0.7, 0.995)
                value = round(middle * near if len(ends) < 2 else middle + dice.normal() / 3, 7)
                columns.append((at, station.id, item.parameter, item.unit, value))
    at, names, items, units, value = zip(*sorted(columns), strict=True)
    return Observations.build(
        registry, len(columns),
        seq=np.arange(1, len(columns) + 1), start=np.asarray(at), value=np.asarray(value),
        station=np.asarray([registry.code(text) for text in names]),
        parameter=np.asarray([registry.code(text) for text in items]),
        unit=np.asarray([registry.code(text) for text in units]),
    )  # fmt: skip


def by_the_hour(samples: Observations, stations: Sequence[Station]) -> list[tuple[Observations, Sequence[Station]]]:
    """Return sources as if an instrument measured each item by the hour, some at once: their rows, and they."""
    own = [
        msgspec.structs.replace(
            station,
            channels=tuple(
                msgspec.structs.replace(channel, sampling="automatic", expected_interval=3600)
                for channel in station.channels
            ),
        )
        for station in stations
    ]
    parts: list[tuple[Observations, Sequence[Station]]] = []
    for at in range(0, len(own), STATIONS_AT_ONCE):
        some = own[at : at + STATIONS_AT_ONCE]
        codes = [samples.registry.find(station.id) for station in some]
        first = np.isin(samples["station"], codes) & (samples["start"] < day_start(dt.date(YEAR, 2, 1)))
        once = samples.take(np.flatnonzero(first))
        hour = np.repeat(np.arange(HOURS, dtype=np.int64), len(once))
        rows = once.take(np.tile(np.arange(len(once)), HOURS))
        rows = rows.replace(
            start=day_start(FIRST) + HOUR_MS * hour,
            period=np.full(len(rows), 3600, np.int32),
            statistic=np.full(len(rows), Statistic.MEAN, np.int32),
            seq=np.arange(1, len(rows) + 1),
        )
        parts.append((rows, some))
    return parts


def judge_outlets(
    parts: Sequence[Observations], stations: Sequence[Station], periods: Sequence[Period]
) -> Iterator[list[Draft]]:
    """Yield the drafts of outlets, some at once, as the service writes them; `parts` are their rows."""
    judge, rules = DischargeJudge(), default_rules()
    for n, rows in enumerate(parts):
        some = stations[n * STATIONS_AT_ONCE : (n + 1) * STATIONS_AT_ONCE]
        yield judge.judge([rows], some, periods, rules=rules, marks=[])


def judge_sources(rows: Observations, stations: Sequence[Station], periods: Sequence[Period]) -> list[Draft]:
    """Return the drafts of sources."""
    return WaterJudge().judge([rows], stations, periods, rules=default_rules(), marks=[])


def gather_outlets(
    days: Mapping[str, Mapping[str, Result]], stations: Sequence[Station], periods: Sequence[Period]
) -> int:
    """Gather longer periods of outlets from their days; return how many drafts there are."""
    judge = DischargeJudge()
    return sum(len(judge.gather(station, periods, days[station.id])) for station in stations)


@dataclass(frozen=True)
class Answer:
    """What the peers must agree on, by outlet and day: NaN = no mean; 1 complies, 0 exceeds, -1 neither."""

    mean: NDArray[np.float64]  # (outlets, weighted items, days)
    load: NDArray[np.float64]
    count: NDArray[np.int64]  # valid hours
    verdict: NDArray[np.int64]


WEIGHTED = ("cod", "nh3n", "tp", "tn")


def limits() -> tuple[NDArray[np.float64], tuple[float, float], int]:
    """Return what the law asks: limits of the weighted items in their order, the range of pH, hours needed."""
    law = law_of(outlets(1)[0].outlet, FIRST)
    assert law is not None
    high = [law.rules[name].warm.narrower(law.rules[name].cold).high for name in WEIGHTED]
    each = law.rules["ph"].each
    assert each.low is not None and each.high is not None and None not in high  # noqa: PT018 - one fact
    return (
        np.asarray(high, float) / 1e9,
        (each.low / 1e9, each.high / 1e9),
        -(-24 * law.share.numerator // law.share.denominator),
    )


def in_pandas(table: pd.DataFrame, count: int) -> Answer:
    """Return the answer from a wide frame, a row an hour, a column an outlet and item, as its users would."""
    high, (least, most), needed = limits()
    day = table.index.floor("D")
    volume = table.xs("flow", axis=1, level=1) * 3.6
    good = np.full((count, len(DAYS)), True)
    bad = np.zeros((count, len(DAYS)), bool)
    means, loads, counts = [], [], []
    for name, limit in zip(WEIGHTED, high, strict=True):
        value = table.xs(name, axis=1, level=1)
        weight = volume.where(value.notna() & (volume > 0))
        mass, water = (value * weight).groupby(day).sum(), weight.groupby(day).sum()
        valid = weight.groupby(day).count()
        counts.append(valid.to_numpy().T)
        enough = valid >= needed
        mean = (mass / water).where(enough).to_numpy().T
        means.append(mean)
        loads.append((mass / 1000).where(enough).to_numpy().T)
        good &= mean <= limit + 1e-12
        bad |= mean > limit + 1e-12
    acid = table.xs("ph", axis=1, level=1).where(~(volume == 0)).groupby(day)
    outside = ((acid.min() < least) | (acid.max() > most)).to_numpy().T
    good &= (acid.count() >= needed).to_numpy().T & ~outside
    bad |= outside
    verdict = np.where(bad, 0, np.where(good, 1, -1))
    return Answer(np.stack(means, 1), np.stack(loads, 1), np.stack(counts, 1), verdict)


def long(rows: Observations) -> pd.DataFrame:
    """Return rows as the peer's long table."""
    names = ("station", "parameter", "start", "value")
    return pd.DataFrame({name: np.ascontiguousarray(rows[name]) for name in names})


def from_rows(tables: Sequence[pd.DataFrame], parts: Sequence[Observations]) -> Iterator[list[dict[str, object]]]:
    """Yield the peer's dicts of days from its long tables, some outlets at once as ours."""
    high, texts_of_days = limits()[0].tolist(), [day.isoformat() for day in DAYS]
    for table, rows in zip(tables, parts, strict=True):
        frame = table.pivot_table(index="start", columns=["station", "parameter"], values="value", aggfunc="first")
        frame = frame.reindex(day_start(FIRST) + HOUR_MS * np.arange(HOURS))
        frame.index = pd.to_datetime(frame.index + 8 * HOUR_MS, unit="ms")
        names = list(dict.fromkeys(frame.columns.get_level_values(0)))
        texts = [rows.registry.text(int(code)) for code in frame.columns.get_level_values(1)]
        order = {code: number for number, code in enumerate(names)}
        stations = [order[code] for code in frame.columns.get_level_values(0)]
        frame.columns = pd.MultiIndex.from_arrays([stations, texts])
        answer = in_pandas(frame, len(names))
        columns = (answer.mean, answer.load, answer.count)
        means, loads, counts = (column.transpose(0, 2, 1).tolist() for column in columns)
        yield [
            {
                "period": text,
                "items": {
                    name: {
                        "value": value,
                        "limit": limit,
                        "unit": "mg/L",
                        "verdict": _said(value, limit),
                        "coverage": {"expected": 24, "valid": valid},
                    }
                    for name, value, limit, valid in zip(WEIGHTED, mean, high, count, strict=True)
                },
                "load": dict(zip(WEIGHTED, load, strict=True)),
                "verdict": verdict,
            }
            for s, verdicts in enumerate(answer.verdict.tolist())
            for text, mean, load, count, verdict in zip(
                texts_of_days, means[s], loads[s], counts[s], verdicts, strict=True
            )
        ]


def _said(value: float, limit: float) -> str:
    """Return the verdict of one mean; NaN is none."""
    return "COMPLIES" if value <= limit + 1e-12 else "EXCEEDS" if value > limit else "NOT_ASSESSABLE"


def answer_of(drafts: Sequence[Draft], count: int) -> Answer:
    """Return the answer that drafts give."""
    shape = (count, len(WEIGHTED), len(DAYS))
    mean, load = np.full(shape, np.nan), np.full(shape, np.nan)
    valid, verdict = np.zeros(shape, np.int64), np.zeros((count, len(DAYS)), np.int64)
    codes = {"COMPLIES": 1, "EXCEEDS": 0, "NOT_ASSESSABLE": -1}
    for n, draft in enumerate(drafts):
        s, d = divmod(n, len(DAYS))
        verdict[s, d] = codes[draft.result["verdict"]]
        for p, name in enumerate(WEIGHTED):
            item, kg = draft.result["items"][name], draft.result["load"][name]
            value, valid[s, p, d] = item["value"], item["coverage"]["valid"]
            mean[s, p, d], load[s, p, d] = (np.nan if x is None else x for x in (value, kg))
    return Answer(mean, load, valid, verdict)


def kernel_of(value: NDArray[np.float64], stations: Sequence[Station]) -> Callable[[], object]:
    """Return the judging of hours that lie in a grid already: sums, means, limits, verdicts, loads."""
    plan = Plan.of(stations)
    order = [ITEMS.index(name) for name in plan.parameters]
    grid = value[:, order].reshape(len(stations), len(order), len(DAYS), 24).transpose(0, 2, 1, 3)
    known = ~np.isnan(grid)
    exact = np.where(known, np.rint(np.where(known, grid, 0) * 1e9), NO_VALUE).astype(np.int64)
    flow = exact[:, :, plan.parameters.index("flow")]
    volume = np.where(flow == NO_VALUE, NO_VALUE, flow * 36)
    none = np.zeros(0, np.int64)
    hours_ = Hours(plan, len(DAYS), exact, exact, exact, known, volume, Odd(none, none, none, none, none))
    law = law_of(stations[0].outlet, FIRST)
    assert law is not None
    laws = [(Segment(0, len(DAYS), law),)] * len(stations)
    return lambda: judge_days(hours_, flows_of(hours_, Fraction(law.share)), laws, law.validity, {})


def kernels_of(value: NDArray[np.float64], stations: Sequence[Station]) -> Callable[[], object]:
    """Return the judging of all outlets, some at once."""
    some = [slice(at, at + STATIONS_AT_ONCE) for at in range(0, len(stations), STATIONS_AT_ONCE)]
    each = [kernel_of(value[own], stations[own]) for own in some]
    return lambda: [judge() for judge in each]


def wide(value: NDArray[np.float64]) -> pd.DataFrame:
    """Return hours as the peer's table."""
    index = pd.date_range(FIRST.isoformat(), periods=HOURS, freq="h")
    columns = pd.MultiIndex.from_product([range(len(value)), ITEMS])
    return pd.DataFrame(np.ascontiguousarray(value.reshape(-1, HOURS).T), index=index, columns=columns)


def _by_outlet(drafts: Sequence[Draft], stations: Sequence[Station]) -> Iterator[tuple[Station, Sequence[Draft]]]:
    for n, station in enumerate(stations):
        yield station, drafts[n * len(DAYS) : (n + 1) * len(DAYS)]


def measure(work: Mapping[str, Callable[[], object]], runs: int) -> dict[str, float]:
    """Return the median CPU seconds of each, run in turn after one warm-up."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for run in range(runs + 1):
        for name, function in work.items():
            gc.collect()
            began = time.process_time()
            function()
            if run:
                taken[name].append(time.process_time() - began)
    return {name: statistics.median(times) for name, times in taken.items()}


def main(count: int, runs: int) -> None:
    """Check that all agree, measure, print."""
    stations, value = outlets(count), hours(count)
    table = wide(value)
    parts = [
        rows_of(value[at : at + STATIONS_AT_ONCE], stations[at : at + STATIONS_AT_ONCE])
        for at in range(0, count, STATIONS_AT_ONCE)
    ]
    supply = sources(SOURCES)
    samples = samples_of(supply)
    days = [period_of(day, "day") for day in days_between(FIRST, LAST)]
    kinds = ("day", "month", "quarter", "year")
    periods = list(dict.fromkeys(period_of(day, kind) for kind in kinds for day in days_between(FIRST, LAST)))
    drafts = [draft for some in judge_outlets(parts, stations, days) for draft in some]
    ours, theirs = answer_of(drafts, count), in_pandas(table, count)
    assert np.array_equal(ours.verdict, theirs.verdict)
    assert np.array_equal(ours.count, theirs.count)
    np.testing.assert_allclose(ours.mean, theirs.mean, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(ours.load, theirs.load, rtol=1e-9, atol=1e-9)
    rows = {station.id: {draft.period: draft.result for draft in own} for station, own in _by_outlet(drafts, stations)}
    source_drafts = judge_sources(samples, supply, periods)
    assert {draft.result["verdict"] for draft in source_drafts} >= {"COMPLIES"}
    tables = [long(rows) for rows in parts]
    peer = np.asarray([day["verdict"] for some in from_rows(tables, parts) for day in some]).reshape(ours.verdict.shape)
    assert np.array_equal(ours.verdict, peer)
    longer = [period for period in periods if period.kind != "day"]
    number = dict(zip(YEAR_OF, (len(source_drafts), len(drafts), gather_outlets(rows, stations, longer)), strict=True))
    del drafts, source_drafts
    hourly = by_the_hour(samples, supply)
    gc.freeze()  # what is kept for measuring is no part of what is measured
    work: dict[str, Callable[[], object]] = {
        "sources, all periods": lambda: judge_sources(samples, supply, periods),
        "outlets, days": lambda: sum(map(len, judge_outlets(parts, stations, days))),
        "outlets, longer periods": lambda: gather_outlets(rows, stations, longer),
        "sources by the hour": lambda: [judge_sources(rows, some, periods) for rows, some in hourly],
        "outlets, kernel only": kernels_of(value, stations),
        "pandas, wide frame": lambda: in_pandas(table, count),
        "pandas, rows to dicts": lambda: sum(map(len, from_rows(tables, parts))),
    }
    seconds = measure(work, runs)
    readings = sum(len(rows) for rows in parts)
    verdicts = {code: int((ours.verdict == code).sum()) for code in (1, 0, -1)}
    print(f"{count} outlets x {len(ITEMS)} channels, {readings:,} hourly readings; {SOURCES} sources x "
          f"{len(supply[0].channels)} items, {len(samples):,} samples; medians of {runs} runs")  # fmt: skip
    print(f"outlet-days: {verdicts[1]:,} comply, {verdicts[0]:,} exceed, {verdicts[-1]:,} not assessable; all agree")
    for name, taken in seconds.items():
        per = f", {taken / number[name] * 1e6:.0f} us a draft, {number[name]:,} drafts" if name in number else ""
        print(f"{name:26}{taken:8.3f} CPU s{per}")
    print(f"the year, rows in memory to drafts: {sum(seconds[name] for name in YEAR_OF):.2f} CPU s")
    by_rows = seconds["pandas, rows to dicts"] / seconds["outlets, days"]
    by_hours = seconds["pandas, wide frame"] / seconds["outlets, kernel only"]
    print(
        f"ratio: from rows to days pandas takes {by_rows:.1f} times as long; from hours {by_hours:.1f} times our kernel"
    )


if __name__ == "__main__":
    arguments = [int(text) for text in sys.argv[1:]]
    main(*(arguments + [200, 3][len(arguments) :]))

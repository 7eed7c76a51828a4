"""The daily chain (hours to values, AQI and verdict) beside polars, pandas and DuckDB on the same work.

    python benchmarks/aggregation.py [STATIONS] [RUNS]

A year of hours with gaps as real ones have; GB 3095-2012, grade II. Every peer starts from its own table in
memory, uses one thread, and must come to the same index and verdict. CPU time of this process, medians of
alternating runs.
"""

from __future__ import annotations

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "POLARS_MAX_THREADS"):
    os.environ[_name] = "1"  # before the libraries are imported

import datetime as dt
import gc
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Mapping

import duckdb
import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray

from aggregator.air import compiled, judge_days
from aggregator.coverage import Calendar
from aggregator.grid import encode
from aggregator.year import judge_year
from qualicity.standards.load import TABLE_ORDER, air_law

LAW = air_law("GB3095-2012")
RULES = compiled(LAW)
DECIMALS = LAW.digits
DAYS = 365
OZONE = TABLE_ORDER.index("o3")
MEAN, MAX = LAW.day_rule[0], LAW.day_rule[OZONE]
TABLE = np.stack(RULES.tables)[:, :4096]
LIMIT = RULES.limit.astype(np.int64)
Answer = tuple[NDArray[np.int64], NDArray[np.int64]]


def hours(stations: int) -> NDArray[np.float64]:
    """Return hours (stations, 6, DAYS, 24) as integers of the law's last digit, NaN = missing."""
    dice = np.random.default_rng(1)
    typical = np.asarray([20, 40, 80, 50, 10, 80])[:, None, None]
    value = np.rint(dice.gamma(2.0, np.broadcast_to(typical / 2, (stations, 6, DAYS, 24)))).clip(0, 900)
    holes = dice.random((stations, 6, DAYS)) < 0.167  # incomplete days ...
    value[holes[..., None] & (dice.random(value.shape) < 0.108)] = np.nan  # ... so that 1.8 % of the hours are missing
    return value


def answer(aqi: NDArray[np.int64], value: NDArray[np.float64]) -> Answer:
    """Return (index, verdict) from a peer's index and rounded values (stations, 6, days)."""
    bad = (value > LIMIT[:, None]).any(axis=1)
    return aqi, np.where(bad, 0, np.where(np.isnan(value).any(axis=1), -1, 1))


def indexes(value: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the index from rounded values: what the wide peers do with NumPy, as their users would."""
    known = ~np.isnan(value)
    sub = np.where(known, TABLE[np.arange(6)[:, None], np.where(known, value, 0).astype(int)], -1)
    greatest = sub.max(axis=1)
    return np.where(known.all(axis=1) | (greatest > 100), greatest, -1)


# the peers: each takes its own table and returns the answer


def in_pandas(table: pd.DataFrame, stations: int) -> Answer:
    """Return the answer from a wide frame, a column a channel."""
    ozone = table.columns % 6 == OZONE
    day = (table.index - pd.Timedelta("1h")).floor("D")
    groups = table.loc[:, ~ozone].groupby(day)
    count = groups.count()
    mean = (groups.sum() / count.where(count >= MEAN.min_hours)).round(0)
    window = table.loc[:, ozone].rolling(MAX.window, min_periods=MAX.min_hours).mean()
    ends = (window.index.hour - 1) % 24 + 1
    window = window[ends >= MAX.first_end]
    of_day = window.groupby((window.index - pd.Timedelta("1h")).floor("D"))
    best = of_day.max().round(0)
    best = best.where((of_day.count() >= MAX.min_windows) | (best > LIMIT[OZONE]))
    value = pd.concat([mean, best], axis=1).sort_index(axis=1).to_numpy().T.reshape(stations, 6, DAYS)
    return answer(indexes(value), value)


def in_polars(table: pl.DataFrame, stations: int) -> Answer:
    """Return the answer from a wide frame, a row a station and hour."""
    column = pl.col
    means = [name for name in TABLE_ORDER if name != "o3"]
    found = (
        table.lazy()
        .with_columns(window=column("o3").rolling_mean(MAX.window, min_samples=MAX.min_hours))
        .group_by("day", maintain_order=True)
        .agg(
            *[column(name).sum() for name in means],
            *[column(name).count().alias(f"{name}_count") for name in means],
            o3=column("window").filter(column("hour") >= MAX.first_end).max().round(0, mode="half_to_even"),
            windows=column("window").filter(column("hour") >= MAX.first_end).count(),
        )
        .with_columns(
            *[
                pl.when(column(f"{name}_count") >= MEAN.min_hours)
                .then((column(name) / column(f"{name}_count")).round(0, mode="half_to_even"))
                .alias(name)
                for name in means
            ],
            o3=pl.when((column("windows") >= MAX.min_windows) | (column("o3") > int(LIMIT[OZONE]))).then(column("o3")),
        )
        .select(*TABLE_ORDER)
        .collect()
    )
    value = found.to_numpy().reshape(stations, DAYS, 6).transpose(0, 2, 1)
    return answer(indexes(value), value)


def in_duckdb(connection: duckdb.DuckDBPyConnection, stations: int) -> Answer:
    """Return the answer from a long table, a row a reading."""
    ends = range(MAX.first_end, MAX.last_end + 1)
    sums = ", ".join(
        f"sum(v) filter (h between {e - 7} and {e}) s{e}, count(v) filter (h between {e - 7} and {e}) c{e}"
        for e in ends
    )
    best = ", ".join(f"case when c{e} >= {MAX.min_hours} then s{e} / c{e} end" for e in ends)
    count = " + ".join(f"(c{e} >= {MAX.min_hours})::int" for e in ends)
    query = f"""
        with means as (
            select channel, day, round_even(sum(v) / count(v), 0) v from hours
            where channel % 6 <> {OZONE} group by all having count(v) >= {MEAN.min_hours}),
        windows as (select channel, day, {sums} from hours where channel % 6 = {OZONE} group by all),
        ozone as (select channel, day, round_even(greatest({best}), 0) v, {count} n from windows)
        select * from means
        union all select channel, day, v from ozone where n >= {MAX.min_windows} or v > {LIMIT[OZONE]}
    """  # noqa: S608 - numbers of the law table
    found = connection.sql(query).fetchnumpy()
    value = np.full((stations * 6, DAYS), np.nan)
    known = ~np.ma.getmaskarray(np.ma.asarray(found["v"]))
    value[found["channel"][known], found["day"][known]] = found["v"][known]
    value = value.reshape(stations, 6, DAYS)
    return answer(indexes(value), value)


def tables(value: NDArray[np.float64]) -> tuple[pd.DataFrame, pl.DataFrame, duckdb.DuckDBPyConnection]:
    """Return the peers' own tables of the same hours."""
    stations = len(value)
    line = value.reshape(stations * 6, DAYS * 24)
    index = pd.date_range("2015-01-01 01:00", periods=DAYS * 24, freq="h")
    wide = pd.DataFrame(np.ascontiguousarray(line.T), index=index, columns=pd.RangeIndex(stations * 6))
    day = np.repeat(np.arange(stations * DAYS, dtype=np.int32), 24)
    hour = np.tile(np.arange(1, 25, dtype=np.int8), stations * DAYS)
    columns = {name: np.ascontiguousarray(value[:, p]).reshape(-1) for p, name in enumerate(TABLE_ORDER)}
    rows = pl.DataFrame({"day": day, "hour": hour, **{n: pl.Series(v, nan_to_null=True) for n, v in columns.items()}})
    connection = duckdb.connect(config={"threads": 1})
    long = pl.DataFrame(
        {
            "channel": np.repeat(np.arange(stations * 6, dtype=np.int32), DAYS * 24),
            "day": np.tile(np.repeat(np.arange(DAYS, dtype=np.int16), 24), stations * 6),
            "h": np.tile(np.arange(1, 25, dtype=np.int8), stations * 6 * DAYS),
            "v": pl.Series(line.reshape(-1), nan_to_null=True),
        }
    ).to_arrow()
    connection.register("given", long)
    connection.execute("create table hours as select * from given")
    connection.unregister("given")
    return wide, rows, connection


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


def main(stations: int, runs: int) -> None:
    """Check that all agree, measure, print."""
    integers = hours(stations)
    value = integers / 10.0 ** np.asarray(DECIMALS)[:, None, None]
    grid = encode(value, DECIMALS)
    wide, rows, connection = tables(integers)
    cities = np.zeros((-(-stations // 11), stations), bool)
    cities[np.arange(stations) // 11, np.arange(stations)] = True
    calendar = Calendar.of_days([dt.date(2015, 1, 1) + dt.timedelta(n) for n in range(DAYS)])

    def chain() -> None:
        own, together = judge_days(grid, LAW, cities=cities)
        judge_year(own, LAW, calendar)
        assert together is not None
        judge_year(together, LAW, calendar)

    work: dict[str, Callable[[], object]] = {
        "days from the grid": lambda: judge_days(grid, LAW),
        "days from float64": lambda: judge_days(encode(value, DECIMALS), LAW),
        "days, cities and years": chain,
        "polars": lambda: in_polars(rows, stations),
        "pandas": lambda: in_pandas(wide, stations),
        "DuckDB": lambda: in_duckdb(connection, stations),
    }
    days, _ = judge_days(grid, LAW)
    for name in ("polars", "pandas", "DuckDB"):
        aqi, verdict = work[name]()  # type: ignore[misc]
        assert np.array_equal(aqi, days.aqi), name
        assert np.array_equal(verdict, days.verdict), name
    tracemalloc.start()
    judge_days(grid, LAW)
    beyond = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    seconds = measure(work, runs)
    readings = int((~np.isnan(value)).sum())
    print(f"{stations} stations, {readings:,} readings, medians of {runs} runs; all agree on index and verdict")
    print(f"memory beyond the grid: {beyond:.1f} MB")
    print(f"{'':26}{'CPU ms':>10}{'M readings/s':>15}{'times ours':>12}")
    for name, taken in seconds.items():
        ratio = taken / seconds["days from the grid"]
        print(f"{name:26}{taken * 1000:10.1f}{readings / taken / 1e6:15.0f}{ratio:12.1f}")


if __name__ == "__main__":
    arguments = [int(text) for text in sys.argv[1:]]
    main(*(arguments + [150, 5][len(arguments) :]))

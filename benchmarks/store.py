"""Claims: journalled, sealed and read back, a city's year costs little beside the obvious ways.

A year of hourly readings (12 stations, six items, seeded; 630,720 rows) goes through the store. Peers, in the same
run on the same rows: SQLite with a row a reading (same file format, same durability), and DuckDB on one thread
writing and reading Parquet. Figures are CPU time of this process, medians of the rounds.

    python benchmarks/store.py [ROUNDS]
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import duckdb
import numpy as np

from qualicity.clock import SystemClock
from qualicity.model import COLUMNS, TEXTS, Batch, Observations, Registry, Statistic
from qualicity.periods import DAY_MS, HOUR_MS
from qualicity.store.embedded import EmbeddedStore

START = 1_451_577_600_000  # 2016-01-01 00:00 +08:00
HOURS = 8760
STATIONS = [f"station-{number:02}" for number in range(12)]
ITEMS = ("so2", "no2", "pm10", "pm25", "co", "o3")
BATCHES = (1_000, 5_000, 100_000)
CLAIM_YEAR = 0.5  # CPU s to load a city's year


def year(registry: Registry) -> Observations:
    """Return the readings in the order in which they would arrive."""
    channels = len(STATIONS) * len(ITEMS)
    rng = np.random.default_rng(2016)
    start = START + HOUR_MS * np.repeat(np.arange(HOURS), channels)
    return Observations.build(
        registry,
        HOURS * channels,
        station=np.tile(np.repeat([registry.code(name) for name in STATIONS], len(ITEMS)), HOURS),
        parameter=np.tile([registry.code(name) for name in ITEMS], HOURS * len(STATIONS)),
        statistic=Statistic.MEAN,
        start=start,
        period=3600,
        value=np.round(rng.gamma(2, 20, HOURS * channels), 1),
        unit="ug/m3",
        received=start + HOUR_MS + rng.integers(0, 3000, HOURS * channels),
        source="mqtt",
    )


def cpu(act: Callable[[], object]) -> float:
    """Return the CPU seconds of a call."""
    began = time.process_time()
    act()
    return time.process_time() - began


def journal_rows(folder: Path, rows: Observations, size: int) -> float:
    """Return the CPU s that SQLite needs for the same rows, one row a reading, in transactions of a size."""
    records = list(zip(*(rows[name].tolist() for name in COLUMNS), strict=True))
    with contextlib.closing(sqlite3.connect(folder / "rows.db", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute(f"CREATE TABLE readings ({', '.join(COLUMNS)})")
        insert = f"INSERT INTO readings VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608 - columns of a constant

        def write() -> None:
            for begin in range(0, len(records), size):
                database.execute("BEGIN IMMEDIATE")
                database.executemany(insert, records[begin : begin + size])
                database.execute("COMMIT")

        return cpu(write)


def journal(folder: Path, rows: Observations, size: int) -> float:
    """Return the CPU s of appending all rows in batches of a size."""
    batches = [Batch(rows.take(slice(begin, begin + size))) for begin in range(0, len(rows), size)]
    with EmbeddedStore(folder, writer=True, clock=SystemClock()) as store:
        return cpu(lambda: [store.append(batch) for batch in batches])


def archive(folder: Path, rows: Observations, figures: dict[str, list[float]]) -> None:
    """Measure sealing, compaction, loading and verification, and DuckDB doing the like."""
    day = {"start": START + 180 * DAY_MS, "end": START + 181 * DAY_MS}
    with (
        EmbeddedStore(folder, writer=True, clock=SystemClock()) as store,
        duckdb.connect(config={"threads": 1}) as database,
    ):
        store.append(Batch(rows))
        measured = {"seal": cpu(store.seal)}
        target = str(folder / "peer.parquet")
        arrow = database.read_parquet(str(next((folder / "archive").glob("*.parquet")))).to_arrow_table()
        database.register("rows", arrow)
        measured["DuckDB: write Parquet"] = cpu(
            lambda: database.execute(f"COPY rows TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
        )
        measured["compact into months"] = cpu(store.compact)
        measured["load the year"] = cpu(lambda: list(store.scan()))
        files = str(folder / "archive" / "2016*.parquet")
        query = "SELECT * FROM read_parquet(?) WHERE start >= ? AND start < ? ORDER BY seq"
        ask = lambda bounds: database.execute(query, [files, *bounds]).fetchnumpy()  # noqa: E731
        measured["DuckDB: load the year, by seq"] = cpu(lambda: ask((START, START + 366 * DAY_MS)))
        measured["load one day of it"] = cpu(lambda: list(store.scan(**day)))
        measured["DuckDB: load one day of it"] = cpu(lambda: ask(day.values()))
        measured["verify"] = cpu(store.verify)
        size = sum(path.stat().st_size for path in (folder / "archive").glob("20??-??-*.parquet"))
        measured["bytes a reading, in months"] = size / len(rows)
    for name, value in measured.items():
        figures.setdefault(name, []).append(value)


def main(rounds: int) -> None:
    """Measure and print."""
    registry = Registry()
    rows = year(registry)
    assert set(TEXTS) < set(rows.columns)
    print(f"{len(rows):,} readings, {rounds} rounds, medians of CPU time")
    for size in BATCHES:
        ours, peer = [], []
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as folder:
                ours.append(journal(Path(folder), rows, size))
                peer.append(journal_rows(Path(folder), rows, size))
        one, other = median(ours), median(peer)
        print(
            f"journal, batches of {size:>7,}: {len(rows) / one / 1e6:5.1f} M readings/CPU-s;"
            f" a row a reading {len(rows) / other / 1e6:4.1f} M: ratio {other / one:.1f}"
        )
    figures: dict[str, list[float]] = {}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            archive(Path(folder), rows, figures)
    result = {name: median(values) for name, values in figures.items()}
    for name, value in result.items():
        unit = "B" if name.startswith("bytes") else "CPU ms"
        print(f"{name:32} {value if unit == 'B' else value * 1000:8.1f} {unit}")
    for ours_, peer_ in (
        ("seal", "DuckDB: write Parquet"),
        ("load the year", "DuckDB: load the year, by seq"),
        ("load one day of it", "DuckDB: load one day of it"),
    ):
        print(f"ratio, {ours_}: DuckDB needs {result[peer_] / result[ours_]:.2f} times the time")
    assert result["load the year"] < CLAIM_YEAR


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)

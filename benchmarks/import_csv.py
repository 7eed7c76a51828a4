"""Claim: `qualicity import` takes at least 500,000 rows per CPU-second into a fresh store.

A file of some 2.6 million hourly rows (12 stations, six items, seeded) is imported by the command itself: parsed,
checked against the network, compared with what is known, committed to the journal with fsync, sealed into the
archive. Beside it DuckDB copies the same file, on one thread, into a table and into Parquet: it splits and types
the columns, and neither judges nor remembers anything. CPU time is that of the whole child process.

    python benchmarks/import_csv.py [HOURS] [ROUNDS]
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from statistics import median

CLAIM = 500_000  # rows per CPU-second
STATIONS = [f"station-{number:02}" for number in range(12)]
ITEMS = {"so2": "ug/m3", "no2": "ug/m3", "pm10": "ug/m3", "pm25": "ug/m3", "co": "mg/m3", "o3": "ug/m3"}
COLUMNS = {"station": "VARCHAR", "parameter": "VARCHAR", "time": "TIMESTAMPTZ", "value": "DOUBLE", "unit": "VARCHAR"}

IMPORT = "from console.cli import main; main()"
DUCKDB = """
import duckdb, sys
file, target = sys.argv[1:]
with duckdb.connect(target + ".db") as db:
    db.execute("SET threads = 1")
    read = f"read_csv('{file}', header = true, columns = {columns})"
    {statement}
"""
INTO_TABLE = 'db.execute(f"CREATE TABLE reading AS SELECT * FROM {read}")'
INTO_PARQUET = "db.execute(f\"COPY (SELECT * FROM {read}) TO '{target}.parquet' (FORMAT parquet, COMPRESSION zstd)\")"


def write_file(path: Path, hours: int) -> int:
    """Write the hourly readings; return the number of rows."""
    draw = random.Random(20161231)  # noqa: S311 - readings, not secrets
    first = datetime(2012, 1, 1, 1, tzinfo=timezone(timedelta(hours=8)))
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(COLUMNS) + "\n")
        for hour in range(hours):
            time = (first + timedelta(hours=hour)).isoformat()
            for station in STATIONS:
                for item, unit in ITEMS.items():
                    value = draw.randrange(1, 40) / 10 if item == "co" else draw.randrange(1, 300)
                    file.write(f"{station},{item},{time},{value},{unit}\n")
    return hours * len(STATIONS) * len(ITEMS)


def cpu_seconds(command: list[str]) -> float:
    """Run a command; return the user and system time of its process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def run_import(file: Path, target: Path, rows: int) -> float:
    """Import into a fresh store; return CPU-seconds."""
    options = ["--data", str(target), "--register", "--label", "end", "--json"]
    command = [sys.executable, "-c", IMPORT, "import", str(file), *options]
    seconds = cpu_seconds(command)
    again = subprocess.run(command, check=True, capture_output=True, text=True)
    counts = json.loads(again.stdout)
    assert counts == {"read": rows, "accepted": 0, "duplicates": rows, "conflicts": 0, "rejected": 0}, counts
    return seconds


def run_duckdb(statement: str) -> Callable[[Path, Path, int], float]:
    """Return a run of DuckDB with a statement."""
    script = DUCKDB.replace("{columns}", str(COLUMNS).replace("{", "{{").replace("}", "}}")).replace(
        "{statement}", statement
    )
    return lambda file, target, _: cpu_seconds([sys.executable, "-c", script, str(file), str(target)])


def main() -> None:
    """Measure and print the ratios."""
    hours = int(sys.argv[1]) if len(sys.argv) > 1 else 36_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    runs = {
        "qualicity import": run_import,
        "DuckDB into a table": run_duckdb(INTO_TABLE),
        "DuckDB into Parquet": run_duckdb(INTO_PARQUET),
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "readings.csv"
        rows = write_file(file, hours)
        print(f"{rows:,} rows, {file.stat().st_size / 1e6:.0f} MB, median of {rounds} rounds side by side")
        seconds: dict[str, list[float]] = {run: [] for run in runs}
        os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")  # as installed: compiled once
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        for number in range(rounds + 1):
            for run, call in runs.items():
                taken = call(file, folder / f"{run} {number}".replace(" ", "-"), rows)
                if number:  # the first round only warms up
                    seconds[run].append(taken)
    ours = median(seconds["qualicity import"])
    for run, times in seconds.items():
        rate = rows / median(times)
        print(f"{run:22} {median(times):6.2f} CPU-s  {rate:12,.0f} rows/CPU-s  {ours / median(times):5.2f} x our time")
    print(f"claim {CLAIM:,} rows/CPU-s: {'holds' if rows / ours >= CLAIM else 'DOES NOT HOLD'}")


if __name__ == "__main__":
    main()

"""Claim: a million records of product sampling are filed and judged in under 20 s, with less than 1 GB of memory.

A file with all columns of the form R_ps (30,000 producers, five years, seeded; some rows broken, some batches reported
twice, some records corrected or withdrawn) is filed by `qualicity targets import` and judged, all products of all
years, by `qualicity targets judge`. Beside it pandas does the same work by a script of its own: it reads the file,
checks every column and rule of the form, keeps good and refused rows in Parquet, applies corrections and withdrawals,
leaves out duplicates, and rates the years. The rates must agree. Seconds are those of the wall; memory is the peak of
a child process.

    python benchmarks/records.py [ROWS] [ROUNDS]
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv

from targets.records.identifiers import organisation_check
from targets.records.schema import schema

CLAIM_SECONDS, CLAIM_MB = 20.0, 1000.0
YEARS = range(2011, 2016)
PRODUCERS = 30_000
QUALICITY = "from console.cli import main; main()"
WRITE = "--write"
PANDAS = Path(__file__).with_name("records_pandas.py")


class Run(NamedTuple):
    """What a child process took."""

    seconds: float
    megabytes: float  # at its peak
    output: str


def write_file(path: Path, rows: int) -> None:
    """Write records; the last hundredth of them revises or repeats what stands before."""
    draw = np.random.default_rng(20151231)
    cells = _cells(draw, rows)
    _revise(draw, cells, rows)
    broken = draw.random(rows) < 0.001
    cells["items_failed"][broken] = "99"
    table = pa.table({name: cells[name] for name in schema("R_ps").names})
    pyarrow.csv.write_csv(table, path, pyarrow.csv.WriteOptions(quoting_style="none"))


def _cells(draw: np.random.Generator, rows: int) -> dict[str, np.ndarray]:
    days = np.datetime64("2011-01-01") + draw.integers(0, 1826, rows)
    years = days.astype("datetime64[Y]").astype(str)
    failed = draw.random(rows) < 0.07
    producer = draw.integers(0, PRODUCERS, rows)
    bodies = [f"{number:08}" for number in draw.choice(99_999_999, PRODUCERS, replace=False)]
    codes = np.array([body + organisation_check(body) for body in bodies])
    stage = draw.choice(["market", "production", "online"], rows, p=[0.6, 0.3, 0.1])
    scheme = draw.choice(
        ["city_routine", "provincial", "natl_supervision", "natl_tracking", "special", "complaint", "retest"],
        rows,
        p=[0.5, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05],
    )
    empty = np.full(rows, "")
    return {
        "record_id": _joined("PS-", np.char.zfill(np.arange(rows).astype(str), 8)),
        "schema": np.full(rows, "R_ps/1"),
        "dept": np.full(rows, "MSA"),
        "district": draw.choice([f"44030{number}" for number in range(3, 9)], rows),
        "period_start": _joined(years, "-01-01"),
        "period_end": _joined(years, "-12-31"),
        "event_date": days.astype(str),
        "reported_at": (days + draw.integers(0, 60, rows)).astype(str),
        "status": np.full(rows, "final").astype("U10"),
        "revises": empty.astype("U12"),
        "evidence_ref": empty,
        "note": np.where(draw.random(rows) < 0.1, "抽样单齐全", ""),
        "synthetic": np.full(rows, "true"),
        "scheme": scheme,
        "stage": stage,
        "campaign_id": _joined(_joined("C-", years), _joined("-", draw.integers(1, 41, rows).astype(str))),
        "product_code": _joined("P", np.char.zfill(draw.integers(1, 800, rows).astype(str), 4)),
        "product_list": years,
        "key_product": np.where(draw.random(rows) < 0.5, "true", "false"),
        "brand": _joined("品牌", draw.integers(0, 5000, rows).astype(str)),
        "producer_id": codes[producer],
        "producer_city": np.where(producer % 3 == 0, "440300", "440100"),
        "seller_id": np.where(stage == "production", "", codes[draw.integers(0, PRODUCERS, rows)]),
        "firm_size": np.array(["L", "M", "S", "micro"])[producer % 4],
        "lot_no": _joined(np.char.replace(days.astype(str), "-", ""), _joined("-", np.arange(rows).astype(str))),
        "sample_n": draw.integers(1, 20, rows).astype(str),
        "sampled_on": days.astype(str),
        "lab_id": _joined("LAB-", draw.integers(1, 40, rows).astype(str)),
        "standard_no": _joined("GB ", draw.integers(1000, 9999, rows).astype(str)),
        "items_tested": draw.integers(5, 30, rows).astype(str),
        "items_failed": np.where(failed, draw.integers(1, 4, rows), 0).astype(str).astype("U2"),
        "safety_item_failed": np.where(failed & (draw.random(rows) < 0.2), "true", "false"),
        "verdict": np.where(failed, "fail", "pass"),
        "nonconformity_class": np.where(failed, draw.choice(["A", "B", "C"], rows), ""),
        "tracking_panel_id": np.where(scheme == "natl_tracking", "panel-1", ""),
        "objection": np.full(rows, "none"),
    }


def _revise(draw: np.random.Generator, cells: dict[str, np.ndarray], rows: int) -> None:
    """Make the last hundredth corrections, withdrawals and repetitions, each of another batch that stands before."""
    last = rows // 100
    own = np.arange(rows - last, rows)
    of = draw.choice(rows - last, last, replace=False)
    for name, column in cells.items():
        if name != "record_id":
            column[own] = column[of]
    kind = np.arange(last) % 3  # 0 corrects, 1 withdraws, 2 repeats under another id
    cells["status"][own] = np.array(["corrected", "withdrawn", "final"])[kind]
    cells["revises"][own] = np.where(kind < 2, cells["record_id"][of], "")
    cells["reported_at"][own] = "2016-02-01"


def _joined(left: np.ndarray | str, right: np.ndarray | str) -> np.ndarray:
    return np.char.add(left, right)


def run(*command: str | Path) -> Run:
    """Run Python as a child; return its wall seconds, its peak of memory and what it printed."""
    read, write = os.pipe()
    began = time.perf_counter()
    child = os.posix_spawn(
        sys.executable,
        [sys.executable, *map(str, command)],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, write, 1), (os.POSIX_SPAWN_CLOSE, read)],
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        output = pipe.read()
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - began
    assert os.waitstatus_to_exitcode(status) == 0, command
    return Run(seconds, usage.ru_maxrss / 1024, output)


def qualicity(file: Path, folder: Path) -> tuple[list[Run], dict[str, list[int]]]:
    """File and judge; return both runs, and passed and inspected batches of the market by year."""
    options = ["--data", folder, "--json"]
    filed = run("-c", QUALICITY, "targets", "import", file, *options)
    span = ["--from", str(YEARS[0]), "--to", str(YEARS[-1])]
    judged = run("-c", QUALICITY, "targets", "judge", "--area", "product", *span, *options)
    rows = map(json.loads, judged.output.splitlines())
    rates = {
        str(row["year"]): [int(row["numerator"]), int(row["denominator"])]
        for row in rows
        if row["indicator"] == "prd.market_pass"
    }
    return [filed, judged], rates


def pandas(file: Path, folder: Path) -> tuple[list[Run], dict[str, list[int]]]:
    """Let pandas do it."""
    folder.mkdir()
    done = run(PANDAS, file, folder)
    return [done], json.loads(done.output)


def main() -> None:
    """Measure and print the ratio."""
    if sys.argv[1:2] == [WRITE]:
        write_file(Path(sys.argv[2]), int(sys.argv[3]))
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parent.parent)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "R_ps.csv"
        run(__file__, WRITE, file, str(rows))  # a child begins with the peak of memory of its parent
        os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")  # as installed: compiled once
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        print(f"{rows:,} records, {file.stat().st_size / 1e6:.0f} MB of CSV, median of {rounds} rounds side by side")
        taken: dict[str, list[list[Run]]] = {"qualicity": [], "pandas": []}
        for number in range(rounds + 1):
            ours, rates = qualicity(file, folder / f"ours {number}")
            theirs, same = pandas(file, folder / f"theirs {number}")
            assert rates == same, (rates, same)
            if number:  # the first round only warms up
                taken["qualicity"].append(ours)
                taken["pandas"].append(theirs)
    seconds = {name: median(sum(part.seconds for part in parts) for parts in runs) for name, runs in taken.items()}
    memory = {name: max(part.megabytes for parts in runs for part in parts) for name, runs in taken.items()}
    for name, whole in seconds.items():
        rate, ratio = rows / whole, whole / seconds["qualicity"]
        print(f"{name:10} {whole:6.2f} s  {rate:10,.0f} records/s  {memory[name]:6.0f} MB  {ratio:5.2f} x our time")
    filed, judged = (median(parts[place].seconds for parts in taken["qualicity"]) for place in (0, 1))
    print(f"of ours, filing {filed:.2f} s, judging {judged:.2f} s; rates by year agree: {rates}")
    holds = seconds["qualicity"] < CLAIM_SECONDS and memory["qualicity"] < CLAIM_MB
    print(f"claim under {CLAIM_SECONDS:.0f} s and {CLAIM_MB:.0f} MB: {'holds' if holds else 'DOES NOT HOLD'}")


if __name__ == "__main__":
    main()

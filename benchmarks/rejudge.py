"""One late reading in a year of twelve stations: what judging it costs, beside judging the whole year anew.

    python benchmarks/rejudge.py [RUNS]

Figures are CPU ms of this process, medians. The peer is the same pipeline from an empty ledger.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from aggregator.pipeline import Pipeline
from collector.files.channels import Declaration
from collector.replay import read_recording
from console.examples import example
from qualicity.clock import SystemClock
from qualicity.model import Batch, Registry
from qualicity.network_file import load_network
from qualicity.periods import HOUR_MS, day_start, parse_period
from qualicity.store.embedded import EmbeddedStore
from qualicity.store.ledger import Ledger
from qualicity.testing import hourly

DAY = parse_period("2016-05-05").first


def milliseconds(began: float) -> float:
    """Return CPU ms since a process time."""
    return (time.process_time() - began) * 1000


def main(runs: int) -> None:
    """Measure and print."""
    folder = example("beijing-2016")
    network, clock = load_network([folder / "network.toml"]), SystemClock()
    rows = read_recording(folder / "readings.parquet", network, Declaration(), clock).rows
    late, whole = [], []
    with tempfile.TemporaryDirectory() as data, EmbeddedStore(Path(data), writer=True, clock=clock) as store:
        store.append(Batch(rows))
        store.seal()
        store.compact()
        for run in range(runs):
            with Ledger(Path(data) / f"ledger{run}.db", clock) as ledger:
                pipeline = Pipeline(store, ledger, network, clock)
                began = time.process_time()
                pipeline.follow()
                pipeline.judge_due()
                whole.append(milliseconds(began))
                start, value = day_start(DAY) + 5 * HOUR_MS, 400.0 + 50 * run
                reading = hourly(Registry(), "Dongsi", "pm25", start, [value], revision=run + 1, received=clock.now())
                store.append(Batch(reading))
                began = time.process_time()
                pipeline.follow()
                changed = pipeline.judge_due()
                late.append(milliseconds(began))
                assert f"air/beijing/Dongsi/{DAY}" in changed
    one, all_days = statistics.median(late), statistics.median(whole)
    print(f"{len(rows):,} readings, {runs} runs, CPU ms: a late reading {one:.1f}, the whole year {all_days:.0f}")
    print(f"ratio: the whole year costs {all_days / one:.0f} times as much")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)

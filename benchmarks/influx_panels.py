"""Claim: with a year of Beijing's stations in InfluxDB, every query of a daily board takes less than 100 ms.

The example year is judged and written into a database, then each query of each panel is run as Grafana runs it:
once to warm up, then ten times; counted is the median of the whole answer, and it must be what the ledger says.
Panels of raw readings ask by windows that fit the screen (`$__interval`), the others read verdicts. The peer is what
a dashboard without verdicts would ask: the daily means of all stations from the hours.

Debian's influxd is started on loopback, or QUALICITY_INFLUX2_URL and QUALICITY_INFLUX2_TOKEN name a 2.x (org
`qualicity`, an empty bucket `qualicity`).

    python benchmarks/influx_panels.py
"""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from aggregator.pipeline import Pipeline
from collector.files.channels import Declaration
from collector.replay import read_recording
from console.examples import example
from dashboards.boards import boards
from dashboards.expected import Expected
from dashboards.projection.state import State
from dashboards.projection.writer import Writer
from dashboards.schema import READING
from dashboards.verify import Ends, verify
from qualicity.clock import SystemClock
from qualicity.errors import Retryable
from qualicity.model import Batch
from qualicity.network_file import load_network
from qualicity.periods import parse_period
from qualicity.store.embedded import EmbeddedStore
from qualicity.store.influx import Address, Influx, Series
from qualicity.store.influx_delivery import Sender
from qualicity.store.ledger import Ledger

CLAIM_MS = 100
TIMES = 10
COMPARE = ("GB3095-2012", "GB3095-2026", "GB3095-2026-2031")
YEAR = parse_period("2016")
DAILY_FROM_HOURS = (
    'SELECT mean("value") FROM "reading" WHERE time >= {start}ms AND time < {end}ms AND "period" = \'3600\''
    ' GROUP BY time(1d), "station", "parameter" tz(\'Asia/Shanghai\')'
)


@contextmanager
def database() -> Iterator[Address]:
    """Give an empty database."""
    if url := os.environ.get("QUALICITY_INFLUX2_URL"):
        yield Address(url, "qualicity", "qualicity", os.environ["QUALICITY_INFLUX2_TOKEN"], timeout=60)
        return
    with tempfile.TemporaryDirectory() as folder, socket.socket() as one, socket.socket() as two:
        for probe in (one, two):
            probe.bind(("127.0.0.1", 0))
        port, rpc = one.getsockname()[1], two.getsockname()[1]
        one.close()
        two.close()
        environment = {
            **os.environ,
            "INFLUXDB_REPORTING_DISABLED": "true",
            "INFLUXDB_BIND_ADDRESS": f"127.0.0.1:{rpc}",
            "INFLUXDB_META_DIR": f"{folder}/meta",
            "INFLUXDB_DATA_DIR": f"{folder}/data",
            "INFLUXDB_DATA_WAL_DIR": f"{folder}/wal",
            "INFLUXDB_HTTP_BIND_ADDRESS": f"127.0.0.1:{port}",
            "INFLUXDB_MONITOR_STORE_ENABLED": "false",
        }
        process = subprocess.Popen(
            [shutil.which("influxd") or "influxd", "-config", os.devnull],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        address = Address(f"http://127.0.0.1:{port}", "qualicity", timeout=60)
        try:
            with Influx(address) as influx:
                made = False
                while not made:
                    try:
                        influx.execute("CREATE DATABASE qualicity")
                        made = True
                    except Retryable:
                        time.sleep(0.1)
            yield address
        finally:
            process.terminate()
            process.wait()


class Timed:
    """Runs queries: once to warm up, then so many times; keeps the medians in ms."""

    def __init__(self, influx: Influx) -> None:
        self.influx = influx
        self.medians: dict[str, float] = {}

    def __call__(self, query: str) -> list[Series]:
        """Return the answer."""
        answer = self.influx.query(query)
        spent = []
        for _ in range(TIMES):
            began = time.perf_counter()
            self.influx.query(query)
            spent.append((time.perf_counter() - began) * 1000)
        self.medians[query] = statistics.median(spent)
        return answer


def main() -> None:
    """Measure and print."""
    folder, clock = example("beijing-2016"), SystemClock()
    network = load_network([folder / "network.toml"])
    rows = read_recording(folder / "readings.parquet", network, Declaration(), clock).rows
    with ExitStack() as opened:
        data = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        store = opened.enter_context(EmbeddedStore(data, writer=True, clock=clock))
        ledger = opened.enter_context(Ledger(data / "ledger.db", clock))
        state = opened.enter_context(State(data / "influx.db"))
        influx = opened.enter_context(Influx(opened.enter_context(database())))
        store.append(Batch(rows))
        pipeline = Pipeline(store, ledger, network, clock)
        pipeline.follow()
        pipeline.judge_due()
        began = time.perf_counter()
        writer = Writer(influx, pipeline, state, Sender(influx.write), compare=COMPARE)
        while writer.round():
            pass
        print(f"InfluxDB {influx.version}: {writer.sender.sent:,} points in {time.perf_counter() - began:.1f} s")
        run = Timed(influx)
        end = YEAR.end - 1
        shown = [board for board in boards() if board.id != "service"]  # nobody beats here
        checked = list(verify(shown, Expected(pipeline, COMPARE), network, run, Ends(end, end)))
        hours = DAILY_FROM_HOURS.format(start=YEAR.start, end=YEAR.end)
        run(hours)
    raw = {one.query for one in checked if f'FROM "{READING.name}"' in one.query}
    slowest: dict[tuple[str, str], tuple[float, bool]] = {}
    for one in checked:
        place, spent = (one.board, one.panel), run.medians[one.query]
        slowest[place] = max(slowest.get(place, (0.0, False)), (spent, one.query in raw))
    for (board, panel), (spent, of_readings) in sorted(slowest.items(), key=lambda item: -item[1][0]):
        print(f"{spent:7.1f} ms  {'raw  ' if of_readings else 'daily'}  {board}: {panel}")
    daily = [run.medians[one.query] for one in checked if one.query not in raw]
    wrong = [one for one in checked if one.problem]
    print(f"{len(checked)} queries, {sum(one.rows for one in checked):,} rows, {len(wrong)} differ from the ledger")
    print(
        f"daily boards: slowest {max(daily):.1f} ms, median {statistics.median(daily):.1f} ms; claimed < {CLAIM_MS} ms"
    )
    print(f"ratio: daily means from the hours take {run.medians[hours] / max(daily):.1f} times the slowest of them")
    for one in wrong:
        print(f"{one.board}: {one.panel}: {one.problem}", file=sys.stderr)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()

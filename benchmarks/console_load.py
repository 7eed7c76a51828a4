"""Claim: with a year of twelve stations, the first page takes < 300 ms of CPU; 100 mixed reads/s have a p99 < 250 ms.

The example year is collected and judged, the service's API part is started on it, and `wrk` (a public load tool) asks
for pages and rows, most of them drawn by chance from a year of days and hours. The peer is Python's own file server
with the same answers as files: what it would cost to make nothing.

    python benchmarks/console_load.py [SECONDS]
"""

from __future__ import annotations

import datetime as dt
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from aggregator.due import Aggregator
from aggregator.pipeline import Pipeline
from collector.embedded_broker import free_port
from collector.files.channels import Declaration
from collector.replay import read_recording
from console.examples import example
from console.site import open_site
from qualicity.clock import SystemClock
from qualicity.model import Batch
from qualicity.network_file import load_network

CPU_MS, RATE, P99_MS = 300, 100, 250
CONNECTIONS, PAUSE_MS = 24, 230
"""So many ask, and wait so long between: a little more than RATE where answers take a few ms."""

SEED = 20160305
STATIONS = ("Dongsi", "Tiantan", "Wanliu", "Guanyuan")

SCRIPT = """
local addresses = {}
for line in io.lines("ADDRESSES") do addresses[#addresses + 1] = line end
local function seed(thread) thread:set("number", math.random(1, #addresses)) end
function setup(thread) seed(thread) end
request = function()
  number = (number * 7919 + 104729) % #addresses
  local address = addresses[number + 1]
  if ANEW then
    asked = (asked or math.random(1, 1e9)) + 1
    address = address .. (address:find("?", 1, true) and "&" or "?") .. "n=" .. asked
  end
  return wrk.format("GET", address)
end
delay = function() return math.random(PAUSE - 100, PAUSE + 100) end
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format("rate %.1f p50 %.1f p99 %.1f worst %.1f refused %d\\n",
    summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    latency.max / 1000, errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
"""


def fill(folder: Path) -> None:
    """Collect and judge the example year."""
    source, clock = example("beijing-2016"), SystemClock()
    shutil.copy(source / "network.toml", folder)
    network = load_network([source / "network.toml"])
    rows = read_recording(source / "readings.parquet", network, Declaration(), clock).rows
    with open_site(folder, writer=True) as site:
        site.store.append(Batch(rows))
        site.store.seal()
        site.store.compact()
        aggregator = Aggregator(Pipeline(site.store, site.ledger, site.network, site.clock))
        aggregator.follow()
        aggregator.judge_due()


def addresses() -> list[str]:
    """Return a mix of reads, as people and programs ask."""
    dice = random.Random(SEED)  # noqa: S311 - seeded dice
    found = []
    for _ in range(1_000):
        day = dt.date(2016, 1, 1) + dt.timedelta(dice.randrange(366))
        station, month = dice.choice(STATIONS), f"{day:%Y-%m}"
        hours = f"phenomenonTime%20ge%20{day}T00:00:00Z%20and%20phenomenonTime%20lt%20{day}T12:00:00Z"
        found += [
            "/",
            "/?lang=en",
            "/air/beijing?year=2016",
            f"/air/beijing?year=2016&month={month}",
            f"/air/beijing/{station}?month={month}",
            f"/explain/air/beijing/{station}/{day}",
            f"/explain/air/beijing/{month}",
            f"/api/v1/assess/air?from={day}&to={day + dt.timedelta(6)}",
            "/api/v1/rate/air?year=2016",
            f"/api/v1/readings?station={station}&parameter=pm25&from={day}&to={day}",
            f"/api/v1/sensorthings/v1.1/Things('{station}')/Datastreams?$top=6",
            f"/api/v1/sensorthings/v1.1/Datastreams('{station}:pm25:1:MEAN')/Observations?$filter={hours}",
            "/marks",
            "/health",
            "/healthz",
        ]
    return found


@contextmanager
def running(command: Sequence[str], port: int, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server while a block runs."""
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30).close()
                break
            except OSError:
                time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait(20)


def cpu(pid: int) -> float:
    """Return the CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def first_page(port: int, pid: int, times: int = 20) -> float:
    """Return the CPU ms of the first page, made anew each time."""
    before = cpu(pid)
    for number in range(times):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/?n={number}").read()
    return (cpu(pid) - before) / times * 1000


def load(folder: Path, port: int, seconds: int, *, anew: bool = False) -> dict[str, float]:
    """Ask at RATE for a while, of what is kept or (`anew`) so that nothing is; return what wrk says."""
    script = folder / "load.lua"
    text = SCRIPT.replace("ADDRESSES", str(folder / "addresses")).replace("PAUSE", str(PAUSE_MS))
    script.write_text(text.replace("ANEW", str(anew).lower()), encoding="utf-8")
    command = ["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", script, f"http://127.0.0.1:{port}"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    line = re.search(r"^rate .*$", printed, re.MULTILINE)
    assert line, printed
    words = line[0].split()
    return {name: float(value) for name, value in zip(words[::2], words[1::2], strict=True)}


def keep_answers(folder: Path, port: int, wanted: Sequence[str]) -> None:
    """Write what the service answers as files, for the peer."""
    for address in dict.fromkeys(wanted):
        path = folder / "answers" / address.replace("?", "_").replace("/", "~")
        path.parent.mkdir(exist_ok=True)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{address}") as answer:
            path.write_bytes(answer.read())


def main(seconds: int) -> None:
    """Measure and print."""
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed: `apt-get install wrk`")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        site = folder / "site"
        site.mkdir()
        fill(site)
        wanted = addresses()
        (folder / "addresses").write_text("\n".join(wanted), encoding="utf-8")
        port = free_port()
        environment = {**os.environ, "QUALICITY_MQTT__URL": "", "QUALICITY_API__PORT": str(port)}
        command = [sys.executable, "-m", "console", "serve", "--only", "api", "--data", str(site)]
        with running(command, port, environment) as process:
            page = first_page(port, process.pid)
            keep_answers(folder, port, wanted[:1_500])  # each answers 200
            ours = load(folder, port, seconds)
            anew = load(folder, port, seconds, anew=True)
        shown = ["/" + quote(one.name) for one in (folder / "answers").iterdir()]
        (folder / "addresses").write_text("\n".join(shown), encoding="utf-8")
        other = free_port()
        files = [sys.executable, "-m", "http.server", str(other), "--bind", "127.0.0.1", "-d", str(folder / "answers")]
        with running(files, other, dict(os.environ)):
            peer = load(folder, other, seconds)
    print(f"first page: {page:.0f} ms of CPU (claim: < {CPU_MS})")
    for name, found in (("console", ours), ("console, nothing kept", anew), ("files", peer)):
        print(
            f"{name}: {found['rate']:.0f} reads/s, p50 {found['p50']:.1f} ms, p99 {found['p99']:.1f} ms,"
            f" worst {found['worst']:.1f} ms, {found['refused']:.0f} refused"
        )
    print(f"ratio of the p99, console to files: {ours['p99'] / peer['p99']:.1f} (claim: p99 < {P99_MS} ms at {RATE}/s)")
    assert not ours["refused"]
    assert not anew["refused"]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)

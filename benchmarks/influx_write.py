"""Claim: rendering readings as line protocol and sending them costs our process 1 CPU-second for at least 800,000.

Ours renders the columns of the log and sends pre-built lines, one request at a time. Beside it influxdb-client's own
batching API, with Point objects, sends the same readings. Both send to the same server: a process of its own that
answers as 2.x does and keeps every line, or the real one that QUALICITY_INFLUX2_URL and QUALICITY_INFLUX2_TOKEN name
(org `qualicity`, an empty bucket `qualicity`; then without the outages). CPU time is that of this process alone.

Then what each loses: in an outage, to one bad line, and when the process is killed while the server is away.

    python benchmarks/influx_write.py [READINGS] [OUTAGE_SECONDS]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from influxdb_client import InfluxDBClient, WriteOptions
from influxdb_client import Point as ClientPoint

from aggregator.pipeline import Pipeline
from dashboards.projection.readings import ReadingLines
from dashboards.projection.state import State
from dashboards.projection.writer import Writer
from qualicity.checks import default_rules
from qualicity.clock import SystemClock
from qualicity.errors import Retryable
from qualicity.model import Batch, Observations, Registry, Statistic
from qualicity.network import ChannelSettings, City, Network, Station
from qualicity.periods import HOUR_MS
from qualicity.store.embedded import EmbeddedStore
from qualicity.store.influx import Address, Influx
from qualicity.store.influx_delivery import Sender
from qualicity.store.ledger import Ledger
from qualicity.store.line_protocol import Lines

CLAIM = 800_000  # readings per CPU-second
ITEMS = ("so2", "no2", "pm10", "pm25", "o3", "nox")
NETWORK = Network(
    (City("shenzhen"),),
    tuple(
        Station(f"station-{n:02}", "shenzhen", channels=tuple(ChannelSettings(i, "ug/m3") for i in ITEMS))
        for n in range(40)
    ),
)
FIRST = 1_451_577_600_000  # 2016-01-01 00:00 +08:00, ms UTC

SERVER = r"""
import http.server, threading, time
lines, lock, down = set(), threading.Lock(), 0.0
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), "X-Influxdb-Version": "v2.9.1"}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        self.answer(*((200, str(len(lines)).encode()) if self.path == "/count" else (204,)))
    def do_POST(self):
        global down
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith("/down"):
            down = time.monotonic() + float(self.path.partition("=")[2])
            self.answer(204)
        elif self.path.startswith("/clear"):
            lines.clear()
            self.answer(204)
        elif time.monotonic() < down:
            self.close_connection = True  # as a server that is gone: no answer
            self.connection.close()
        elif b" value=bad" in body:
            self.answer(400, b'{"code":"invalid","message":"unable to parse: invalid boolean"}')
        else:
            with lock:
                lines.update(line for line in body.split(b"\n") if line and not line.startswith(b"#"))
            self.answer(204)
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""

PEER_KILLED = r"""
import os
import sys
import time
from influxdb_client import InfluxDBClient, Point, WriteOptions
client = InfluxDBClient(url=sys.argv[1], token="t", org="qualicity")
api = client.write_api(write_options=WriteOptions(batch_size=5_000))
for n in range(int(sys.argv[2])):
    api.write("qualicity", record=Point("reading").tag("station", "a").field("value", float(n)).time(n, "ms"))
time.sleep(1)
os.kill(os.getpid(), 9)
"""


@contextmanager
def server() -> Iterator[str]:
    """Run the server that takes everything; give its address."""
    process = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.kill()
        process.wait()


def ask(url: str, path: str, method: str = "GET") -> str:
    """Ask the server about itself."""
    with urllib.request.urlopen(urllib.request.Request(url + path, method=method), timeout=60) as answer:  # noqa: S310
        return str(answer.read().decode())


def readings(registry: Registry, count: int) -> Observations:
    """Return hourly means of 240 channels, channels interleaved as they arrive; one decimal, seeded."""
    channels = [(station.id, item) for station in NETWORK.stations for item in ITEMS]
    hours = count // len(channels)
    value = np.random.default_rng(1).integers(10, 3000, hours * len(channels)) / 10
    codes = np.asarray([[registry.code(text) for text in channel] for channel in channels])
    return Observations.build(
        registry,
        len(value),
        station=np.tile(codes[:, 0], hours),
        parameter=np.tile(codes[:, 1], hours),
        start=FIRST + HOUR_MS * np.repeat(np.arange(hours, dtype=np.int64), len(channels)),
        value=value,
        unit="ug/m3",
        period=3600,
        statistic=Statistic.MEAN,
        source="benchmark",
        received=FIRST + HOUR_MS * (1 + np.repeat(np.arange(hours, dtype=np.int64), len(channels))),
    )


def cpu(began: float) -> float:
    """Return CPU seconds of this process since a process time."""
    return time.process_time() - began


def our_stages(url: str, token: str, rows: Observations) -> dict[str, float]:
    """Return CPU seconds of rendering and of sending alone."""
    lines = ReadingLines(NETWORK, default_rules())
    lines.render(rows.take(slice(0, 1000)))
    spent = {"rendering": 0.0, "sending": 0.0}
    with Influx(Address(url, "qualicity", "qualicity", token)) as influx:
        sender = Sender(influx.write)
        for at in range(0, len(rows), 200_000):
            part = rows.take(slice(at, at + 200_000))
            began = time.process_time()
            rendered = lines.render(part)
            spent["rendering"] += cpu(began)
            began = time.process_time()
            assert sender.deliver(rendered) == []
            spent["sending"] += cpu(began)
    return spent


@contextmanager
def our_writer(url: str, token: str, rows: Observations) -> Iterator[Writer]:
    """Give the writer of a site whose log holds the readings."""
    clock = SystemClock()
    with (
        tempfile.TemporaryDirectory() as data,
        EmbeddedStore(Path(data), writer=True, clock=clock) as store,
        Ledger(Path(data) / "ledger.db", clock) as ledger,
        State(Path(data) / "influx.db") as state,
        Influx(Address(url, "qualicity", "qualicity", token, timeout=5)) as influx,
    ):
        store.append(Batch(rows))
        store.seal()
        yield Writer(influx, Pipeline(store, ledger, NETWORK, clock), state, Sender(influx.write))


def drained(writer: Writer) -> int:
    """Write until nothing is left, as the service does; return the number of rounds that failed."""
    failed = 0
    while True:
        try:
            if not writer.round():
                return failed
        except Retryable:
            failed += 1
            time.sleep(writer.sender.pause)


def points(rows: Observations) -> Iterator[ClientPoint]:
    """Yield the client's points with the same tags and fields."""
    text = rows.registry.text
    columns = (rows[name].tolist() for name in ("station", "parameter", "value", "start"))
    for station, parameter, value, start in zip(*columns, strict=True):
        point = ClientPoint("reading").tag("city", "shenzhen").tag("medium", "air").tag("parameter", text(parameter))
        point = point.tag("period", "3600").tag("poc", "1").tag("station", text(station)).tag("statistic", "mean")
        yield point.field("value", value).field("flags", 0).time(start, "ms")


def batching(url: str, token: str, records: Iterator[ClientPoint | str], *, lines: int = 5_000) -> None:
    """Send records by the client's batching API with its own retries, and wait for its end."""
    with (
        InfluxDBClient(url=url, token=token, org="qualicity") as client,
        client.write_api(write_options=WriteOptions(batch_size=lines)) as api,
    ):
        for record in records:
            api.write("qualicity", record=record)


def speed(url: str, token: str, count: int) -> None:
    """Print what a reading costs, ours and theirs."""
    rows = readings(Registry(), count)
    spent = our_stages(url, token, rows)
    with our_writer(url, token, rows) as writer:
        began = time.process_time()
        assert drained(writer) == 0
        whole = cpu(began)
    few = rows.take(slice(0, max(20_000, count // 40)))
    began = time.process_time()
    batching(url, token, points(few))
    theirs = len(few) / cpu(began)
    for name, seconds in spent.items():
        print(f"{name:<28}{len(rows) / seconds / 1e6:8.2f} M readings per CPU-second")
    both = len(rows) / sum(spent.values())
    print(f"{'rendering and sending':<28}{both / 1e6:8.2f} M; claimed: {CLAIM / 1e6:.1f} M")
    print(f"{'the writer, from the log on':<28}{len(rows) / whole / 1e6:8.2f} M (reads, late rows, positions as well)")
    print(f"{'batching API with Points':<28}{theirs / 1e6:8.3f} M")
    print(f"ratio: {both / theirs:.0f} times as many readings per CPU-second as the client's batching API")


def losses(url: str, count: int, outage: float) -> None:
    """Print what is lost in an outage, to one bad line, and by a kill."""
    rows = readings(Registry(), count)
    whole = len(rows)

    ask(url, "/clear", "POST")
    ask(url, f"/down?s={outage}", "POST")
    began = time.monotonic()
    with our_writer(url, "", rows) as writer:
        failed = drained(writer)
    print(
        f"outage of {outage:g} s: ours lost {whole - int(ask(url, '/count')):,} of {whole:,} ({failed} failed rounds,"
    )
    print(f"  done {time.monotonic() - began - outage:.1f} s after its end)")
    ask(url, "/clear", "POST")
    ask(url, f"/down?s={outage}", "POST")
    batching(url, "t", points(rows))
    print(f"  the batching API lost {whole - int(ask(url, '/count')):,} of {whole:,}; it held them in memory alone")

    ask(url, "/clear", "POST")
    with Influx(Address(url, "qualicity", "qualicity")) as influx:
        good = ReadingLines(NETWORK, default_rules()).render(rows)
        bad = b"reading,station=x value=bad 1\n"
        data = good.part(0, len(good)) + bad
        lines = Lines(memoryview(data), np.append(good.ends, len(data)))
        rejected = Sender(influx.write).deliver(lines)
    print(
        f"one bad line: ours lost {whole - int(ask(url, '/count')):,} good ones; kept with its reason: {len(rejected)}"
    )
    ask(url, "/clear", "POST")
    text = data.decode().splitlines()
    batching(url, "t", iter(text))
    print(f"  the batching API lost {whole - int(ask(url, '/count')):,} good ones, without an error to its caller")

    ask(url, "/clear", "POST")
    ask(url, "/down?s=10", "POST")
    subprocess.run([sys.executable, "-c", PEER_KILLED, url, str(whole)], check=False)
    print(f"killed while the server is away: the batching API lost {whole - int(ask(url, '/count')):,} of {whole:,};")
    print("  ours goes on from its position in the log: tests/services/test_projection_kill.py")


def main(count: int, outage: float) -> None:
    """Measure and print."""
    real = os.environ.get("QUALICITY_INFLUX2_URL", "")
    if real:
        speed(real, os.environ["QUALICITY_INFLUX2_TOKEN"], count)
        return
    with server() as url:
        speed(url, "t", count)
        losses(url, min(count, 100_000), outage)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000, float(sys.argv[2]) if len(sys.argv) > 2 else 60.0)

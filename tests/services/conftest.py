"""Real services on loopback: each test its own port and its own folder."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import ExitStack

import numpy as np
import pytest

from aggregator.pipeline import Pipeline
from collector.embedded_broker import EmbeddedBroker
from dashboards.projection.state import NAME, State
from dashboards.projection.writer import Writer
from qualicity.model import Batch
from qualicity.network import ChannelSettings, City, Network, Station
from qualicity.periods import DAY_MS, day_start
from qualicity.store.embedded import EmbeddedStore
from qualicity.store.influx import Address, Influx
from qualicity.store.influx_delivery import Sender
from qualicity.store.ledger import Ledger
from qualicity.testing import FakeClock, hourly


def _required(name, path):
    if path is None:
        if os.environ.get("QUALICITY_REQUIRE_SERVICES") == "1":
            pytest.fail(f"{name} is not installed, and skipping is forbidden")
        pytest.skip(f"{name} is not installed")
    return path


@pytest.fixture
def mosquitto(tmp_path):
    """A running mosquitto that keeps its sessions on disk."""
    _required("mosquitto", shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin"))
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    with EmbeddedBroker(kind="mosquitto", folder=folder) as broker:
        yield broker


def free_port():
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Influxd:
    """A real InfluxDB 1.x: own process, own folder, own ports; may be killed and started again."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder
        self.port, self.rpc = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None
        (folder / "influxdb.conf").write_text(
            f"""
            reporting-disabled = true
            bind-address = "127.0.0.1:{self.rpc}"
            [meta]
            dir = "{folder}/meta"
            [data]
            dir = "{folder}/data"
            wal-dir = "{folder}/wal"
            query-log-enabled = false
            [http]
            bind-address = "127.0.0.1:{self.port}"
            log-enabled = false
            [monitor]
            store-enabled = false
            """
        )

    def start(self):
        """Start it and wait until it answers."""
        command = [self.binary, "-config", str(self.folder / "influxdb.conf")]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(self.url + "/ping", timeout=1).close()  # noqa: S310 - loopback
            except (OSError, urllib.error.URLError):
                time.sleep(0.05)
            else:
                return
        raise AssertionError((self.folder / "log").read_text())

    def kill(self):
        """Kill it as a loss of power would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """Stop it for good."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)


@pytest.fixture
def influxd(tmp_path):
    """A running InfluxDB 1.x with an empty database `qualicity`."""
    folder = tmp_path / "influxd"
    folder.mkdir()
    server = Influxd(_required("influxd", shutil.which("influxd")), folder)
    server.start()
    with Influx(Address(server.url, "qualicity")) as influx:
        influx.execute("CREATE DATABASE qualicity")
    yield server
    server.stop()


ITEMS = ("so2", "no2", "pm10", "pm25", "co", "o3")
FIRST = dt.date(2016, 3, 1)


class AirSite:
    """A data folder with three stations of a city, its aggregator, and a writer into a database."""

    network = Network(
        (City("c"),),
        tuple(
            Station(
                name,
                "c",
                position=(116.0 + number / 10, 39.9),
                channels=tuple(ChannelSettings(item, "mg/m3" if item == "co" else "ug/m3") for item in ITEMS),
            )
            for number, name in enumerate(("a", "b", "d"))
        ),
    )

    def __init__(self, folder, url, days=20):
        self.folder = folder
        self.days = days
        self.clock = FakeClock(day_start(FIRST) + (days + 30) * DAY_MS)
        self.opened = ExitStack()
        self.store = self.opened.enter_context(EmbeddedStore(folder, writer=True, clock=self.clock))
        self.ledger = self.opened.enter_context(Ledger(folder / "ledger.db", self.clock))
        self.influx = self.opened.enter_context(Influx(Address(url, "qualicity", timeout=5)))
        self.state = self.opened.enter_context(State(folder / NAME))
        self.pipeline = Pipeline(self.store, self.ledger, self.network, self.clock)

    def writer(self, **more):
        """Return a writer as a start of the service makes it."""
        sender = Sender(self.influx.write, lines=2_000)
        return Writer(self.influx, self.pipeline, self.state, sender, compare=("GB3095-2026",), **more)

    def give(self, station, item, first, values, **columns):
        """Append hourly readings from a civil day's hour on."""
        start = day_start(FIRST) + first * 3_600_000
        unit = "mg/m3" if item == "co" else "ug/m3"
        self.store.append(Batch(hourly(self.store.registry, station, item, start, values, unit=unit, **columns)))

    def fill(self, seed=1):
        """Append hours of every channel, with holes."""
        dice = np.random.default_rng(seed)
        for station in ("a", "b", "d"):
            for item in ITEMS:
                values = dice.integers(1, 110, self.days * 24).astype(float)
                values[dice.random(len(values)) < 0.05] = np.nan
                self.give(station, item, 0, values / 20 if item == "co" else values)

    def judge(self):
        """Follow the log and judge all that is due."""
        self.pipeline.follow()
        return self.pipeline.judge_due()

    def drain(self, writer):
        """Write until nothing is left."""
        while writer.round():
            pass


@pytest.fixture
def air_site(tmp_path, influxd):
    """A filled and judged site whose writer has not run yet."""
    folder = tmp_path / "site"
    folder.mkdir()
    site = AirSite(folder, influxd.url)
    site.fill()
    site.judge()
    yield site
    site.opened.close()

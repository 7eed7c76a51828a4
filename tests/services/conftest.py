"""Real services on loopback: each test its own port and its own folder."""

from __future__ import annotations

import datetime as dt
import json
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from playwright.sync_api import sync_playwright

from aggregator.pipeline import Pipeline
from collector.embedded_broker import EmbeddedBroker, free_port
from dashboards.projection.state import NAME, State
from dashboards.projection.writer import Writer
from dashboards.testing_water import OUTLET, SECTION, SOURCE, fill, water_stations
from qualicity.model import Batch
from qualicity.network import ChannelSettings, City, Network, Station
from qualicity.periods import DAY_MS, day_start
from qualicity.store.embedded import EmbeddedStore
from qualicity.store.influx import Address, Influx
from qualicity.store.influx_delivery import Sender
from qualicity.store.influx_setup import prepare
from qualicity.store.influx_testing import FakeInflux
from qualicity.store.influx_testing_real import ORG, TOKEN, arguments, configuration, set_up
from qualicity.store.ledger import Ledger
from qualicity.testing import FakeClock, hourly


def _program(name):
    """Return a server's program; skip, visibly, where it is not installed, unless that is forbidden."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")
    if path is None:
        if os.environ.get("QUALICITY_REQUIRE_SERVICES") == "1":
            pytest.fail(f"{name} is not installed, and skipping is forbidden")
        pytest.skip(f"{name} is not installed")
    return path


@pytest.fixture(scope="session")
def program():
    """Give what finds a server's program."""
    return _program


@pytest.fixture(scope="module")
def browser(program):
    """The installed browser, driven by a library; for a module, since it holds the thread's event loop."""
    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=program("chromium"), args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def mosquitto(tmp_path):
    """A running mosquitto that keeps its sessions on disk."""
    _program("mosquitto")
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    with EmbeddedBroker(kind="mosquitto", folder=folder) as broker:
        yield broker


class ShippedBroker:
    """The real mosquitto with the shipped configuration, access list and secrets: only ports and paths are others."""

    def __init__(self, folder, binary, *stations):
        self.folder, self.binary, self.secrets, self.log = folder, binary, folder / "secrets", folder / "mosquitto.log"
        self.deploy, self.process = Path(__file__).parents[2] / "deploy", None
        self.make_secrets(*(word for station in stations for word in ("--station", station)))
        (folder / "data").mkdir()
        text = (self.deploy / "mosquitto" / "mosquitto.conf").read_text("utf-8")
        self.ports = {int(port): free_port() for port in re.findall(r"^listener (\d+)$", text, flags=re.MULTILINE)}
        for port, here in self.ports.items():
            text = text.replace(f"listener {port}\n", f"listener {here} 127.0.0.1\n")
        text = text.replace("/run/secrets/", f"{self.secrets}/").replace("/mosquitto/data/", f"{folder / 'data'}/")
        text = text.replace("/mosquitto/config/acl", str(self.deploy / "mosquitto" / "acl"))
        user = f"user {pwd.getpwuid(os.getuid()).pw_name}\n"
        (folder / "mosquitto.conf").write_text(f"{user}sys_interval 1\n{text}", "utf-8")

    def make_secrets(self, *arguments):
        """Run the script that makes them."""
        script = self.deploy / "make_secrets.py"
        subprocess.run([sys.executable, script, "--folder", self.secrets, *arguments], check=True, capture_output=True)

    def start(self):
        """Start it; return when every listener takes connections."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([self.binary, "-c", self.folder / "mosquitto.conf"], stdout=log, stderr=log)
        end = time.monotonic() + 30
        while not all(map(_answers, self.ports.values())):
            assert self.process.poll() is None, self.log.read_text("utf-8")
            assert time.monotonic() < end
            time.sleep(0.02)

    def stop(self):
        """End it on SIGTERM, with 0."""
        self.process.terminate()
        assert self.process.wait(30) == 0, self.log.read_text("utf-8")


def _answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="session")
def shipped_broker():
    """Give what makes such a broker: of a folder, and of the stations that get a password."""
    return lambda folder, *stations: ShippedBroker(folder, _program("mosquitto"), *stations)


class Influxd:
    """A real InfluxDB 1.x: own process, own folder, own ports; may be killed and started again."""

    org = token = ""

    def __init__(self, binary, folder, http=()):
        self.binary, self.folder = binary, folder
        self.port, self.rpc = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None
        (folder / "influxdb.conf").write_text(configuration(folder, self.port, self.rpc, http))

    @property
    def command(self):
        """Return how it is started."""
        return [self.binary, "-config", str(self.folder / "influxdb.conf")]

    @property
    def address(self):
        """Return the address of the database `qualicity`, with every right."""
        return Address(self.url, "qualicity", self.org, self.token, timeout=5)

    @property
    def environment(self):
        """Return the address as settings of a process."""
        return {**os.environ, "QUALICITY_INFLUX__URL": self.url, "QUALICITY_INFLUX__TOKEN": self.token}

    def make(self):
        """Make the database `qualicity`."""
        with Influx(self.address) as influx:
            influx.execute("CREATE DATABASE qualicity")

    def drop(self):
        """Drop it with all that stands in it."""
        with Influx(self.address) as influx:
            influx.execute("DROP DATABASE qualicity")

    def start(self):
        """Start it and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
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
    server = Influxd(_program("influxd"), folder)
    server.start()
    server.make()
    yield server
    server.stop()


class Influxd2(Influxd):
    """A real InfluxDB 2.x, set up with an organisation and a token that may everything."""

    org, token = ORG, TOKEN

    @property
    def command(self):
        """Return how it is started."""
        return [self.binary, *arguments(self.folder, self.port)]

    def start(self):
        """Start it, and set it up when it is new."""
        super().start()
        set_up(self.url)

    def make(self):
        """Make the bucket `qualicity`."""
        with Influx(self.address) as influx:
            list(prepare(influx, 0))

    def drop(self):
        """Drop it with all that stands in it."""
        with Influx(self.address) as influx:
            found = json.loads(influx.request("GET", "/api/v2/buckets", {"org": self.org})[2])["buckets"]
            [bucket] = [one["id"] for one in found if one["name"] == "qualicity"]
            influx.request("DELETE", f"/api/v2/buckets/{bucket}")


@pytest.fixture(params=["1.x", *(["2.x"] if os.environ.get("QUALICITY_INFLUXD2") else [])])
def any_influxd(request, tmp_path):
    """A running InfluxDB of each version at hand, with an empty database `qualicity`."""
    folder = tmp_path / "any-influxd"
    folder.mkdir()
    if request.param == "2.x":
        server = Influxd2(os.environ["QUALICITY_INFLUXD2"], folder)
    else:
        server = Influxd(_program("influxd"), folder)
    server.start()
    server.make()
    yield server
    server.stop()


@dataclass
class Database:
    """A fresh, empty database of a server, real or not.

    Attributes:
        server: which, for people.
        major: version that it should answer as.
        address: with the right to write.
        reader: with the right to read only; None where there is no such thing.
        most_bytes: of a request; 0 = no limit.
        fake: the server, when it is not real.
        keep_a_day: lets the database drop what is older than a day.
    """

    server: str
    major: int
    address: Address
    reader: Address | None = None
    most_bytes: int = 0
    fake: FakeInflux | None = None
    keep_a_day: Callable[[], object] = lambda: None


LIMIT = 60_000


@pytest.fixture(scope="session")
def influxd_1(tmp_path_factory):
    """A running InfluxDB 1.x that knows an administrator, a writer and a reader, and takes small requests only."""
    http = ["auth-enabled = true", f"max-body-size = {LIMIT}"]
    server = Influxd(_program("influxd"), tmp_path_factory.mktemp("influxd-1"), http)
    server.start()
    with Influx(Address(server.url, "")) as influx:
        influx.execute("CREATE USER admin WITH PASSWORD 'a' WITH ALL PRIVILEGES")
    with Influx(Address(server.url, "", username="admin", password="a")) as influx:
        influx.execute("CREATE USER writer WITH PASSWORD 'w'")
        influx.execute("CREATE USER reader WITH PASSWORD 'r'")
    yield server
    server.stop()


class Reached(NamedTuple):
    """An InfluxDB 2.x, and a token that may make buckets in its organisation."""

    url: str
    token: str
    org = "qualicity"


@pytest.fixture(scope="session")
def influxd_2(tmp_path_factory):
    """An InfluxDB 2.x: a binary or an address that the environment names, else skipped."""
    if os.environ.get("QUALICITY_INFLUX2_URL"):
        yield Reached(os.environ["QUALICITY_INFLUX2_URL"], os.environ["QUALICITY_INFLUX2_TOKEN"])
        return
    binary = os.environ.get("QUALICITY_INFLUXD2")
    if not binary:
        pytest.skip("no InfluxDB 2.x: QUALICITY_INFLUXD2 or QUALICITY_INFLUX2_URL and QUALICITY_INFLUX2_TOKEN name one")
    server = Influxd2(binary, tmp_path_factory.mktemp("influxd2"))
    server.start()
    yield Reached(server.url, server.token)
    server.stop()


def _database_1(server, name):
    with Influx(Address(server.url, name, username="admin", password="a")) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        admin.execute(f"GRANT ALL ON {name} TO writer")
        admin.execute(f"GRANT READ ON {name} TO reader")
    address = Address(server.url, name, username="writer", password="w", timeout=5)

    def keep_a_day():
        with Influx(Address(server.url, name, username="admin", password="a")) as admin:
            admin.execute(f"ALTER RETENTION POLICY autogen ON {name} DURATION 1d SHARD DURATION 1h")

    reader = replace(address, username="reader", password="r")
    return Database("1.x", 1, address, reader, LIMIT, keep_a_day=keep_a_day)


def _database_2(server, name):
    admin = Influx(Address(server.url, name, server.org, server.token))

    def asked(method, path, body=None, **query):
        return json.loads(admin.request(method, path, query, body)[2])

    org = asked("GET", "/api/v2/orgs", org=server.org)["orgs"][0]["id"]
    bucket = asked("POST", "/api/v2/buckets", {"orgID": org, "name": name})["id"]
    resource = {"type": "buckets", "id": bucket, "orgID": org}

    def token_for(*actions):
        permissions = [{"action": action, "resource": resource} for action in actions]
        return asked("POST", "/api/v2/authorizations", {"orgID": org, "permissions": permissions})["token"]

    def keep_a_day():
        rule = {"type": "expire", "everySeconds": 86_400, "shardGroupDurationSeconds": 3_600}
        asked("PATCH", f"/api/v2/buckets/{bucket}", {"retentionRules": [rule]})

    address = Address(server.url, name, server.org, token_for("read", "write"), timeout=5)
    return Database("2.x", 2, address, replace(address, token=token_for("read")), keep_a_day=keep_a_day)


def fake_database(opened, major, *, partial=False):
    """Return a database of a server that is not real."""
    fake = opened.enter_context(FakeInflux(major, partial=partial))
    fake.now = int(time.time() * 1000)
    fake.most_bytes = LIMIT if major != 2 else 1 << 40
    fake.tokens = {"writer:w": "write", "reader:r": "read"}
    address = Address(fake.url, "qualicity", "qualicity", "writer:w", timeout=5)
    reader = replace(address, token="reader:r")
    if major == 1:
        address = Address(fake.url, "qualicity", username="writer", password="w", timeout=5)
        reader = replace(address, username="reader", password="r")
    return Database(
        f"like {major}.x" + " partial" * partial,
        major,
        address,
        reader if major < 3 else None,
        LIMIT if major != 2 else 0,
        fake,
        lambda: fake.retention.update(qualicity=86_400_000),
    )


@pytest.fixture(scope="session")
def fake_server():
    """Makes the database of a server that is not real: opened, major version."""
    return fake_database


@pytest.fixture(params=["1.x", "2.x", "like 1.x", "like 2.x", "like 3.x", "like 3.x partial"])
def database(request):
    """A fresh database of each kind of server."""
    name = f"t{secrets.token_hex(6)}"
    if request.param == "1.x":
        yield _database_1(request.getfixturevalue("influxd_1"), name)
    elif request.param == "2.x":
        yield _database_2(request.getfixturevalue("influxd_2"), name)
    else:
        with ExitStack() as opened:
            yield fake_database(opened, int(request.param[5]), partial=request.param.endswith("partial"))


@pytest.fixture
def influx(database):
    """The client of a database, with the right to write."""
    with Influx(database.address) as influx:
        yield influx


ITEMS = ("so2", "no2", "pm10", "pm25", "co", "o3")
FIRST = dt.date(2016, 3, 1)


class AirSite:
    """A data folder with three stations of a city, its aggregator, and a writer into a database.

    Water sources and outlets are there too, and after `fill_water` verdicts about them.
    """

    first = FIRST

    network = Network(
        (City("c"),),
        (
            *(
                Station(
                    name,
                    "c",
                    position=(116.0 + number / 10, 39.9),
                    channels=tuple(ChannelSettings(item, "mg/m3" if item == "co" else "ug/m3") for item in ITEMS),
                )
                for number, name in enumerate(("a", "b", "d"))
            ),
            *water_stations(),
        ),
    )

    def __init__(self, folder, address, days=20):
        self.folder = folder
        self.days = days
        self.clock = FakeClock(day_start(FIRST) + (days + 30) * DAY_MS)
        self.opened = ExitStack()
        self.store = self.opened.enter_context(EmbeddedStore(folder, writer=True, clock=self.clock))
        self.ledger = self.opened.enter_context(Ledger(folder / "ledger.db", self.clock))
        self.influx = self.opened.enter_context(Influx(address))
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

    def fill_water(self):
        """Write verdicts about water, and a reading of each unit."""
        fill(self.ledger, FIRST, self.days)
        start = day_start(FIRST) + (self.days - 1) * DAY_MS
        for station, item, unit, values in (
            (SOURCE, "ph", "1", [7.2, 7.3]),
            (SECTION, "nh3n", "ug/L", [412.0]),
            (OUTLET, "flow", "m3/h", [63.0]),
        ):
            rows = hourly(self.store.registry, station, item, start, values, unit=unit)
            self.store.append(Batch(rows))

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
    site = AirSite(folder, influxd.address)
    site.fill()
    site.judge()
    yield site
    site.opened.close()

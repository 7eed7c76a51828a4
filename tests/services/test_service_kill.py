"""kill -9 of the whole service at random moments of a replay: nothing lost, and the verdicts of an undisturbed run."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from aggregator.assess import Assessment
from aggregator.pipeline import Pipeline
from collector.publisher import Outgoing, Publisher
from qualicity.clock import SystemClock
from qualicity.heartbeat import beat, heartbeats
from qualicity.model import Batch, Observations, Registry
from qualicity.network import ChannelSettings, City, Name, Network, NetworkFile, Station
from qualicity.network_text import write_network
from qualicity.periods import HOUR_MS, day_start
from qualicity.settings import MqttSettings
from qualicity.store.embedded import EmbeddedStore
from qualicity.store.ledger import Ledger
from qualicity.testing import MemoryStore, hourly

KILLS = int(os.environ.get("QUALICITY_KILLS", "3"))
SECONDS = 5.0  # at most, from one kill to the next
FIRST = dt.date(2016, 3, 1)
DAYS = 40
ITEMS = ("so2", "no2", "pm10", "pm25", "co", "o3")
UNITS = {item: "mg/m3" if item == "co" else "ug/m3" for item in ITEMS}
NETWORK = Network(
    (City("c", Name("城", "City")),),
    tuple(Station(f"s{n}", "c", channels=tuple(ChannelSettings(i, UNITS[i]) for i in ITEMS)) for n in range(4)),
)


def _values():
    """Return hours (4 stations, 6 items, hours) with holes, whole numbers; CO in tenths."""
    dice = np.random.default_rng(9)
    value = dice.integers(0, 110, (4, 6, DAYS * 24)).astype(float)
    value[:, ITEMS.index("co")] /= 20
    value[dice.random(value.shape) < 0.04] = np.nan
    return np.round(value, 2)


def _messages(value):
    """Yield one message a station and hour, as sensors send them."""
    for hour in range(value.shape[2]):
        for station in range(len(value)):
            known = {item: v for item, v in zip(ITEMS, value[station, :, hour].tolist(), strict=True) if v == v}  # noqa: PLR0124 - NaN differs from itself
            start = day_start(FIRST) + hour * HOUR_MS
            payload = {"t": start, "values": known, "u": {item: UNITS[item] for item in known}, "p": 3600}
            if known:
                yield Outgoing(hour, f"c/air/s{station}", json.dumps(payload).encode())


def _rows(store, ledger):
    """Return every day and year, without what tells when it was judged."""
    pipeline = Pipeline(store, ledger, NETWORK, SystemClock())
    last = FIRST + dt.timedelta(DAYS - 1)
    rows = []
    for level in ("city", "station"):
        asked = Assessment(pipeline, level=level)
        rows += [*asked.days(FIRST, last), *asked.years(FIRST, last)]
    return [{name: value for name, value in row.items() if name != "version"} for row in rows]


def _undisturbed(folder, value):
    """Return the rows of a run in memory."""
    registry = Registry()
    tables = [
        hourly(registry, f"s{s}", item, day_start(FIRST), value[s, p], unit=UNITS[item], received=SystemClock().now())
        for s in range(len(value))
        for p, item in enumerate(ITEMS)
    ]
    store = MemoryStore()
    store.append(Batch(Observations.concatenate(tables, registry)))
    with Ledger(folder / "memory.db", SystemClock()) as ledger:
        return _rows(store, ledger), len(store._rows)


class _Service:
    """`qualicity serve` in a process group of its own."""

    def __init__(self, folder, url):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        environment = {**os.environ, "QUALICITY_MQTT__URL": url, "QUALICITY_API__PORT": str(port)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "console", "serve", "--data", str(folder)],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def kill(self):
        """Kill every process of the group."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)

    def stop(self):
        """Drain; return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(40)


def _distinct(folder):
    """Return how many different readings the store holds."""
    if not (folder / "journal.db").exists():
        return 0
    with EmbeddedStore(folder, writer=False, clock=SystemClock()) as store:
        keys = [np.stack([t["station"], t["parameter"], t["start"]]) for t in store.tail(0, limit=10**7)]
    return np.unique(np.concatenate(keys, axis=1), axis=1).shape[1] if keys else 0


def _until(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.2)


@pytest.mark.parametrize("kills", [KILLS])
def test_kill_9_of_the_service_changes_no_verdict(mosquitto, tmp_path, kills):
    """Every published reading is stored, the store verifies, and all verdicts equal those of a run in memory."""
    seed = int(os.environ.get("QUALICITY_SEED", str(time.time_ns() % 1_000_000)))
    print(f"seed {seed}, {kills} kills")
    dice, value, folder = random.Random(seed), _values(), tmp_path / "data"
    folder.mkdir()
    (folder / "network.toml").write_text(write_network(NetworkFile(NETWORK.cities, NETWORK.stations)), encoding="utf-8")
    expected, readings = _undisturbed(tmp_path, value)
    beat(folder, "influx", 1, ready=True, state="of an earlier life that had a database", counters={})
    service = _Service(folder, mosquitto.url)
    _until((folder / "journal.db").exists, 60)
    assert "influx" not in {one.part for one in heartbeats(folder)}
    publisher = Publisher(MqttSettings(url=mosquitto.url))
    _until(lambda: any(beat.part == "collector" and beat.ready for beat in heartbeats(folder)), 60)  # it has subscribed
    thread = threading.Thread(
        target=publisher.publish, args=(_messages(value),), kwargs={"speed": 960 / (SECONDS * kills) / 1000}
    )
    thread.start()
    for _ in range(kills):
        time.sleep(dice.uniform(1.0, SECONDS))
        service.kill()
        service = _Service(folder, mosquitto.url)
    thread.join()
    assert publisher.counts.published == publisher.counts.acknowledged
    publisher.close()

    _until(lambda: _distinct(folder) == readings, 90)
    assert service.stop() == 0

    with (
        EmbeddedStore(folder, writer=True, clock=SystemClock()) as store,
        Ledger(folder / "ledger.db", SystemClock()) as ledger,
    ):
        assert store.verify() == []
        assert _rows(store, ledger) == expected

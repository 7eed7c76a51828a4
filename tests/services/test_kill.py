"""kill -9 of the collector at random moments while readings come through a real broker."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from collector.publisher import Outgoing, Publisher
from qualicity.clock import SystemClock
from qualicity.settings import MqttSettings
from qualicity.store.embedded import EmbeddedStore

KILLS = int(os.environ.get("QUALICITY_KILLS", "3"))
START = 1_780_272_000_000


class Collector:
    """The process under attack."""

    def __init__(self, folder: Path, url: str) -> None:
        script = Path(__file__).with_name("run_collector.py")
        self.process = subprocess.Popen(
            [sys.executable, script, folder, url], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def wait_until_connected(self) -> None:
        """Return when the broker has taken its subscription."""
        assert self.process.stdout.readline() == b"connected\n"

    def end(self, number: int) -> int:
        """End it by a signal; return its exit code."""
        self.process.send_signal(number)
        code = self.process.wait(30)
        self.process.stdout.close()
        return code


def readings():
    """One reading a ms of the sensors' clock, in turn from two stations; its value is its number."""
    number = 0
    while True:
        payload = json.dumps({"t": START + number * 1000, "v": number, "u": "ug/m3", "p": 0})
        yield Outgoing(number, f"c/air/s{number % 2 + 1}/pm25", payload.encode())
        number += 1


@pytest.fixture
def publishing(mosquitto):
    """A function that starts publishing; calling what it returns ends it and gives the count."""
    stop = threading.Event()
    publisher = Publisher(MqttSettings(url=mosquitto.url))
    thread = threading.Thread(target=lambda: publisher.publish(readings(), speed=3.0, stop=stop))

    def end() -> int:
        stop.set()
        thread.join(60)
        assert publisher.counts.published == publisher.counts.acknowledged
        return publisher.counts.acknowledged

    def begin():
        thread.start()
        return end

    yield begin
    stop.set()
    publisher.close()


def stored(folder: Path) -> tuple[dict[int, tuple[str, int]], int, list[object]]:
    """Return station and start of every stored value, the number of rows, and what verify finds."""
    with EmbeddedStore(folder, writer=True, clock=SystemClock()) as store:
        found = {}
        rows = 0
        for table in store.scan():
            rows += len(table)
            for row in table.rows():
                assert found.setdefault(int(row["value"]), (row["station"], row["start"])) == (
                    row["station"],
                    row["start"],
                )
        return found, rows, list(store.verify())


def test_no_acknowledged_reading_is_lost_by_kill_9(mosquitto, publishing, tmp_path):
    """Whatever the broker has acknowledged to the sensors is in the store in the end, once or more, unchanged."""
    seed = int(os.environ.get("QUALICITY_SEED", str(time.time_ns() % 1_000_000)))
    chance = random.Random(seed)
    folder = tmp_path / "data"
    folder.mkdir()
    collector = Collector(folder, mosquitto.url)
    collector.wait_until_connected()
    end = publishing()
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.0, 2.5))  # before it is connected, too
        collector.end(signal.SIGKILL)
        collector = Collector(folder, mosquitto.url)
    collector.wait_until_connected()
    published = end()
    collector_has_all(folder, published)
    assert collector.end(signal.SIGTERM) == 0
    found, rows, findings = stored(folder)
    print(f"seed {seed}: {KILLS} kills, {published} published, {rows} rows, {rows - len(found)} duplicates")
    missing = set(range(published)) - found.keys()
    assert not missing
    assert len(found) == published
    assert all(place == (f"s{number % 2 + 1}", START + number * 1000) for number, place in found.items())
    assert findings == []


def collector_has_all(folder: Path, published: int) -> None:
    """Wait until every published reading has been stored, or nothing more comes."""
    last, since = -1, time.monotonic()
    while time.monotonic() - since < 5:
        with EmbeddedStore(folder, writer=False, clock=SystemClock()) as store:
            head = store.head().seq
            values = np.concatenate([table["value"] for table in store.tail(0)] or [np.empty(0)])
        if len(np.unique(values)) >= published:
            return
        if head != last:
            last, since = head, time.monotonic()
        time.sleep(0.2)

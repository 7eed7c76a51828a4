"""kill -9 of the collector at random moments while loggers upload over HJ 212 and send again what nobody answered."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from collector.embedded_broker import free_port
from collector.hj212.device import Device, record, run_devices
from collector.testing import small_outlets
from qualicity.clock import SystemClock
from qualicity.store.embedded import EmbeddedStore

KILLS = int(os.environ.get("QUALICITY_KILLS", "2"))
LOGGERS = 20
EVERY = 0.1  # s between readings of one logger


class Collector:
    """The process under attack."""

    def __init__(self, folder: Path, port: int) -> None:
        self._port = port
        script = Path(__file__).with_name("run_gateway.py")
        self.process = subprocess.Popen(
            [sys.executable, script, folder, str(port), str(LOGGERS)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def wait_until_listening(self) -> None:
        """Return when loggers can connect."""
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with contextlib.suppress(ConnectionError), socket.create_connection(("127.0.0.1", self._port)):
                return
            time.sleep(0.02)
        raise TimeoutError("it does not listen")

    def end(self, number: int) -> int:
        """End it by a signal; return its exit code."""
        self.process.send_signal(number)
        code = self.process.wait(30)
        self.process.stdout.close()
        return code


class Fleet:
    """Loggers that measure all the time; each value is the number of its reading."""

    def __init__(self, port: int) -> None:
        loggers = small_outlets(outlets=LOGGERS).loggers
        self.devices = [
            Device(logger, address=("127.0.0.1", port), pause=0.1, overtime=1.0, recount=2) for logger in loggers
        ]
        self.put = {device.logger.station: set() for device in self.devices}
        self._stop, self._measuring = threading.Event(), threading.Event()
        self._threads = [
            threading.Thread(target=run_devices, args=(self.devices, self._stop)),
            threading.Thread(target=self._measure),
        ]

    def start(self) -> None:
        """Let them measure and upload."""
        for thread in self._threads:
            thread.start()

    def _measure(self) -> None:
        started, number = SystemClock().now(), 0
        while not self._measuring.wait(EVERY):
            number += 1
            for device in self.devices:
                self.put[device.logger.station].add(number)
                device.put(record("2011", started + number, {"w01018": str(number)}))

    def finish(self) -> None:
        """Let them measure no more, and wait until all is acknowledged."""
        self._measuring.set()
        end = time.monotonic() + 60
        while any(device.waiting for device in self.devices):
            assert time.monotonic() < end, "loggers still wait for answers"
            time.sleep(0.05)
        self.stop()

    def stop(self) -> None:
        """End them."""
        self._measuring.set()
        self._stop.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(30)


@pytest.fixture
def fleet():
    """Loggers; they are stopped with the test."""
    made = Fleet(free_port())
    yield made
    made.stop()


def test_what_a_logger_was_answered_for_is_stored_and_nothing_is_lost_by_kill_9(fleet, tmp_path):
    """All that the loggers have measured is in the store in the end, unchanged; so is all that was answered."""
    seed = int(os.environ.get("QUALICITY_SEED", str(time.time_ns() % 1_000_000)))
    chance = random.Random(seed)
    folder = tmp_path / "data"
    folder.mkdir()
    _, port = fleet.devices[0].address
    collector = Collector(folder, port)
    collector.wait_until_listening()
    fleet.start()
    for _ in range(KILLS):
        if chance.random() < 0.7:  # else perhaps before it listens
            collector.wait_until_listening()
        time.sleep(chance.uniform(0.0, 0.8))
        collector.end(signal.SIGKILL)
        collector = Collector(folder, port)
    collector.wait_until_listening()
    fleet.finish()
    assert collector.end(signal.SIGTERM) == 0

    found = {station: set() for station in fleet.put}
    rows = 0
    with EmbeddedStore(folder, writer=True, clock=SystemClock()) as store:
        for table in store.scan():
            rows += len(table)
            for row in table.rows():
                found[row["station"]].add(int(row["value"]))
        findings = list(store.verify())
        letters = list(store.dead_letters())
    measured = sum(map(len, fleet.put.values()))
    print(f"seed {seed}: {KILLS} kills, {measured} measured, {rows} rows, {rows - measured} twice")
    assert found == fleet.put
    assert sum(device.acknowledged for device in fleet.devices) == measured
    assert (findings, letters) == ([], [])

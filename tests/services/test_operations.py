"""Parts as an init system runs them: readiness, watchdog and drain by datagrams; each alone, the others absent."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from collector.embedded_broker import free_port
from collector.publisher import Outgoing, Publisher
from collector.testing import small_network
from qualicity.clock import SystemClock
from qualicity.heartbeat import heartbeats
from qualicity.network import NetworkFile
from qualicity.network_text import write_network
from qualicity.periods import HOUR_MS
from qualicity.settings import MqttSettings
from qualicity.store.embedded import EmbeddedStore


class Unit:
    """A process of ours, started as systemd starts a unit of Type=notify."""

    def __init__(self, folder, name, *arguments, **environment):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"{folder}/{name}.notify")
        self._socket.setblocking(False)
        self.heard = []
        self.log = folder / f"{name}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "console", "serve", "--data", folder / "data", *arguments],
                env={**os.environ, "NOTIFY_SOCKET": f"{folder}/{name}.notify", **environment},
                stdin=subprocess.PIPE, stdout=log, stderr=log,
            )  # fmt: skip

    def lines(self):
        """Return all that it has said."""
        while True:
            try:
                self.heard += self._socket.recv(4096).decode().splitlines()
            except BlockingIOError:
                return self.heard

    def said(self):
        """Return the events of its log: (part, event)."""
        found = [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]
        return [(line["part"], line["event"]) for line in found]

    def end(self, number=signal.SIGTERM):
        """End it; return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(60)
        if self._socket.fileno() >= 0:
            self.lines()
            self._socket.close()
            self.process.stdin.close()
        return code


@pytest.fixture
def site(tmp_path):
    """Yield a function that starts units on a site; what still runs is killed at the end."""
    network = small_network()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "network.toml").write_text(
        write_network(NetworkFile(network.cities, network.stations)), "utf-8"
    )
    units = []

    def start(name, *arguments, **environment):
        units.append(Unit(tmp_path, name, *arguments, **environment))
        return units[-1]

    yield start
    for unit in units:
        unit.end(signal.SIGKILL)


def _until(condition, unit, seconds=60):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert unit.process.poll() is None, unit.log.read_text("utf-8")
        assert time.monotonic() < deadline, unit.log.read_text("utf-8")
        time.sleep(0.05)
    return found


def _beat(folder, part):
    return next((beat for beat in heartbeats(folder) if beat.part == part), None)


def _publish(url, count):
    now = SystemClock().now() // HOUR_MS * HOUR_MS
    payloads = (json.dumps({"t": now - number * 60_000, "v": 1.5, "u": "ug/m3", "p": 60}) for number in range(count))
    publisher = Publisher(MqttSettings(url=url))
    publisher.publish(Outgoing(0, "c/air/s1/pm25", payload.encode()) for payload in payloads)
    publisher.close()


def test_intake_goes_on_without_the_others_and_a_late_reader_reads_on_from_the_archive(site, mosquitto, tmp_path):
    """What came while the aggregator was dead is sealed away before it starts; by then there is no collector."""
    data = tmp_path / "data"
    intake = site("collector", "--only", "collector", QUALICITY_MQTT__URL=mosquitto.url, QUALICITY_SUPERVISED="1")
    _until(lambda: (beat := _beat(data, "collector")) and beat.ready, intake)
    assert "READY=1" in intake.lines()
    _publish(mosquitto.url, 30)
    beat = _until(lambda: (beat := _beat(data, "collector")) and beat.counters["acknowledged"] == 30 and beat, intake)
    assert beat.counters["commit_seconds_count"] == beat.counters["commits"]
    assert beat.counters["arrival_lag_seconds_count"] >= 8
    assert intake.end() == 0
    assert "STOPPING=1" in intake.heard
    assert heartbeats(data) == []
    assert intake.said() == [("collector", "connected to the broker")]
    with EmbeddedStore(data, writer=True, clock=SystemClock()) as store:
        assert (store.seal(), store.waiting()) == (30, 0)

    reader = site("aggregator", "--only", "aggregator")
    _until(lambda: (beat := _beat(data, "aggregator")) and beat.counters.get("position") == 30, reader)
    assert _beat(data, "aggregator").counters["lag_rows"] == 0
    _until(lambda: "STATUS=following" in reader.lines(), reader)
    os.kill(reader.process.pid, signal.SIGSTOP)  # it hangs: nobody speaks for it
    before = len(reader.lines())
    time.sleep(1.3)
    assert len(reader.lines()) == before
    os.kill(reader.process.pid, signal.SIGCONT)
    _until(lambda: "WATCHDOG=1" in reader.lines()[before:], reader)
    assert reader.end() == 0
    assert "STOPPING=1" in reader.heard


def test_the_page_alone_says_what_does_not_run(site, tmp_path):
    """It is ready to answer, and says that the service is not."""
    port = free_port()
    page = site("api", "--only", "api", QUALICITY_API__PORT=str(port))
    _until(lambda: "READY=1" in page.lines(), page)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
        assert answer.status == 200
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz?verbose")
    with refused.value as answer:
        told = json.load(answer)
    assert told["not_ready"] == ["collector", "aggregator", "alerting"]
    assert "does not run" in told["checks"][0]["reason"]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        text = answer.read().decode()
    assert 'qualicity_part_up{part="api"} 1.0' in text
    assert 'qualicity_process_resident_memory_bytes{part="api"}' in text
    assert f"STATUS=serving http://127.0.0.1:{port}" in page.lines()
    assert page.end() == 0

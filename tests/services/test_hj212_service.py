"""The collector with a real broker and its HJ 212 gateway at once: one writer, each answered in its own way."""

from __future__ import annotations

import json
import threading
import time

import pytest

from collector.embedded_broker import free_port
from collector.hj212.device import Device, record, run_devices
from collector.intake import Intake
from collector.publisher import Outgoing, Publisher
from collector.service import run
from collector.testing import small_outlets
from qualicity.clock import SystemClock
from qualicity.settings import Hj212Settings, MqttSettings, Settings
from qualicity.store.embedded import EmbeddedStore

CLOCK = SystemClock()


@pytest.fixture
def site(mosquitto, tmp_path, monkeypatch):
    """A running collector on both; gives its settings, states, and what ends it."""
    settings = Settings(
        mqtt=MqttSettings(url=mosquitto.url), hj212=Hj212Settings(port=free_port(), handshake=False, history=False)
    )
    monkeypatch.setitem(Intake.run.__kwdefaults__, "every", 0.1)  # s between reports
    stop, connected, states = threading.Event(), threading.Event(), []

    def report(state):
        states.append(dict(state.gateway))
        if state.connected:
            connected.set()

    def serve():
        with EmbeddedStore(tmp_path, writer=True, clock=CLOCK) as store:
            run(settings, small_outlets(), store, stop, clock=CLOCK, report=report, folder=tmp_path)

    thread = threading.Thread(target=serve)
    thread.start()
    assert connected.wait(10)

    def end():
        stop.set()
        thread.join(20)
        assert not thread.is_alive()

    yield settings, states, end
    end()


def test_readings_come_by_both_ways_and_are_stored_by_one_writer(site, tmp_path):
    settings, states, end = site
    now = CLOCK.now() - 100_000
    devices = [
        Device(
            logger,
            [record("2011", now + n, {"w01018": str(n)}) for n in range(20)],
            address=("127.0.0.1", settings.hj212.port),
        )
        for logger in small_outlets().loggers
    ]
    stop = threading.Event()
    loggers = threading.Thread(target=run_devices, args=(devices, stop))
    loggers.start()
    publisher = Publisher(MqttSettings(url=settings.mqtt.url))
    messages = [
        Outgoing(n, "c/wastewater/o1/flow", json.dumps({"t": now + n, "v": n, "u": "L/s", "p": 0}).encode())
        for n in range(200)
    ]
    publisher.publish(iter(messages), speed=1e6, stop=threading.Event())
    until = time.monotonic() + 15
    while (any(device.waiting for device in devices) or states[-1]["hj212_loggers"] < 2) and time.monotonic() < until:
        time.sleep(0.05)
    stop.set()
    loggers.join(10)
    publisher.close()
    end()
    found = {}
    with EmbeddedStore(tmp_path, writer=False, clock=CLOCK) as store:
        for table in store.scan():
            for row in table.rows():
                found.setdefault((row["source"], row["station"], row["parameter"]), []).append(int(row["value"]))
    assert found == {
        ("mqtt", "o1", "flow"): [*range(200)],
        ("hj212/2017/32", "o1", "cod"): [*range(20)],
        ("hj212/2017/32", "o2", "cod"): [*range(20)],
    }
    assert max(state.get("hj212_loggers", 0) for state in states) == 2
    assert max(state.get("hj212_answered", 0) for state in states) == 40

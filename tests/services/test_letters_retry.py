"""A dead letter on its way to a reading: a real collector behind a broker, asked through the API."""

from __future__ import annotations

import time

import pytest

from collector.embedded_broker import EmbeddedBroker
from collector.publisher import Outgoing, Publisher
from console.access.testing import SignedIn
from console.alarms.testing import Browser
from console.api import application
from console.demo import broker_environment, part_process
from console.site import open_site
from qualicity.clock import SystemClock
from qualicity.heartbeat import heartbeats
from qualicity.periods import HOUR_MS
from qualicity.settings import MqttSettings

STATION = """
[[station]]
id = "{id}"
city = "beijing"
name = {{ zh = "{id}", en = "{id}" }}
channels = [{{ parameter = "pm25", unit = "ug/m3" }}]
"""
KNOWN = '[[city]]\nid = "beijing"\nname = { zh = "北京", en = "Beijing" }\n' + STATION.format(id="wl")
WAIT_SECONDS = 30.0


def wait(found, process, what):
    """Return what is found as soon as it is there."""
    end = time.monotonic() + WAIT_SECONDS
    while not (answer := found()):
        assert process.poll() is None, "the collector has ended"
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)
    return answer


@pytest.fixture
def broker():
    with EmbeddedBroker() as broker:
        yield broker


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "network.toml").write_text(KNOWN, encoding="utf-8")
    return tmp_path


class Desk:
    """An officer with the API, and the collector that runs for a while."""

    def __init__(self, folder, broker):
        self.folder, self.environment = folder, broker_environment(broker)
        self.api = Browser(application(folder, SystemClock(), access=SignedIn("officer-1", "officer")))

    def collector(self):
        """Run the collector while a block runs."""
        return part_process("collector", self.folder, self.environment)

    def connected(self, process):
        """Wait until this process is connected."""
        beats = lambda: [b for b in heartbeats(self.folder) if b.pid == process.pid and b.counters.get("connected")]  # noqa: E731 - asked again and again
        wait(beats, process, "the collector to connect")

    def letters(self):
        """Return the dead letters that wait."""
        answer = self.api.get("/api/v1/dead-letters")
        assert answer.status_code == 200, answer.text
        return answer.json()["rows"]

    def retry(self, **chosen):
        """Ask for letters to be treated again; return what came of it within seconds."""
        answer = self.api.post("/api/v1/dead-letters/retry", json=chosen)
        assert answer.status_code == 202
        return answer.json()

    def page(self):
        """Return the page of dead letters."""
        return self.api.get("/letters?lang=en").text


def test_a_letter_is_taken_once_by_the_collector_that_runs(folder, broker):
    """Its station is declared since: the collector learns that when it is started, and what waits is then done."""
    desk = Desk(folder, broker)
    at = int(time.time() * 1000) // HOUR_MS * HOUR_MS
    payload = b'{"t": %d, "v": 35, "u": "ug/m3"}' % at
    with desk.collector() as process:
        desk.connected(process)
        publisher = Publisher(MqttSettings(url=broker.url))
        publisher.publish([Outgoing(0, "beijing/air/new/pm25", payload)])
        publisher.close()
        (letter,) = wait(desk.letters, process, "the dead letter")
        assert letter["reason"] == "unknown channel"

        (folder / "network.toml").write_text(KNOWN + STATION.format(id="new"), encoding="utf-8")
        asked = desk.retry(ids=[letter["id"]])  # the collector knows the network of its start
        assert (asked["done"], asked["taken"], asked["still"][0]["reason"]) == (True, 0, "unknown channel")

    asked = desk.retry(ids=[letter["id"]])
    assert not asked["done"]  # it is kept while the collector is away
    assert "The collector does not run" in desk.page()
    with desk.collector() as process:
        wait(lambda: "1 treated: 1 taken (1 readings), 0 still dead" in desk.page(), process, "the request")
        assert desk.letters() == []
        again = desk.retry(reason="unknown channel")
        assert (again["done"], again["tried"], again["readings"]) == (True, 0, 0)

    with open_site(folder).reader() as site:
        entries = site.ledger.audit.entries(action="letter.retry")
        ((row,),) = (list(rows.rows()) for rows in site.store.tail(0))
    assert [(one.who, one.via) for one in entries] == [("officer-1", "api")] * 3
    assert (row["station"], row["value"]) == ("new", 35.0)

"""`qualicity replay` and `qualicity simulate` against a broker."""

from __future__ import annotations

import json
import threading
import time

import pytest
from typer.testing import CliRunner

from collector.embedded_broker import EmbeddedBroker
from collector.service import run
from console.cli import application
from qualicity.clock import SystemClock
from qualicity.network_file import load_network
from qualicity.settings import MqttSettings, Settings
from qualicity.store.embedded import EmbeddedStore

NETWORK = """
[[city]]
id = "c"

[[station]]
id = "s1"
city = "c"
channels = [
  { parameter = "pm25", unit = "ug/m3", label = "end" },
  { parameter = "co", unit = "mg/m3", label = "end", decimals = 1 },
]
"""
ROWS = """station,parameter,time,value,unit
s1,pm25,2026-01-01 01:00,35,ug/m3
s1,co,2026-01-01 01:00,0.8,mg/m3
s1,pm25,2026-01-01 02:00,36,ug/m3
s9,pm25,2026-01-01 02:00,36,ug/m3
"""


@pytest.fixture
def site(tmp_path):
    (tmp_path / "network.toml").write_text(NETWORK, encoding="utf-8")
    (tmp_path / "rows.csv").write_text(ROWS, encoding="utf-8")
    return tmp_path


@pytest.fixture
def collected(site, monkeypatch):
    """A collector on an embedded broker; gives the broker's URL, and a function that stops it and returns the rows."""
    with EmbeddedBroker() as broker, EmbeddedStore(site, writer=True, clock=SystemClock()) as store:
        stop, connected = threading.Event(), threading.Event()
        counted = []

        def report(state):
            if state.connected:
                connected.set()
            counted.append(state.readings)

        settings = Settings(mqtt=MqttSettings(url=broker.url, protocol=broker.protocol))
        monkeypatch.setenv("QUALICITY_MQTT__PROTOCOL", str(broker.protocol))
        network = load_network([site / "network.toml"])
        thread = threading.Thread(
            target=run, args=(settings, network, store, stop), kwargs={"clock": SystemClock(), "report": report}
        )
        thread.start()
        connected.wait(30)

        def rows(count):
            while counted[-1] < count:
                time.sleep(0.05)
            return [row for table in store.tail(0) for row in table.rows()]

        yield broker.url, rows
        stop.set()
        thread.join(30)


def invoke(*arguments):
    result = CliRunner().invoke(application(), [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_replay_publishes_a_file_and_counts(site, collected):
    url, rows = collected
    [counts] = invoke("replay", site / "rows.csv", "--broker", url, "--network", site / "network.toml", "--json")
    assert counts == {"readings": 3, "rejected": 1, "published": 2, "acknowledged": 2}
    found = rows(3)
    assert [(row["parameter"], row["value"], row["unit"]) for row in found] == [
        ("pm25", 35, "ug/m3"),
        ("co", 0.8, "mg/m3"),
        ("pm25", 36, "ug/m3"),
    ]
    assert found[0]["start"] == 1767196800000  # 2026-01-01 00:00 +08:00: the label is the end


def test_simulate_publishes_a_history_once(site, collected):
    url, rows = collected
    arguments = ["--broker", url, "--network", site / "network.toml", "--seed", 4, "--hours", 5, "--once", "--json"]
    [counts] = invoke("simulate", *arguments)
    assert counts == {"published": 5, "acknowledged": 5}
    assert len(rows(10)) == 10


def test_simulate_scores_and_writes_the_truth(site):
    truth = site / "truth.jsonl"
    scores = invoke(
        "simulate", "--network", site / "network.toml", "--faults", "gap,stuck", "--hours", 480, "--from", "2026-01-01",
        "--score", "--labels", truth, "--json",
    )  # fmt: skip
    assert {score["fault"] for score in scores} == {"stuck", "gap"}
    labels = [json.loads(line) for line in truth.read_text("utf-8").splitlines()]
    assert sum(score["labels"] for score in scores) == len(labels)
    assert all(score["recall"] == 1.0 for score in scores if score["fault"] == "gap")


def test_an_unknown_fault_is_wrong_use(site):
    from qualicity.errors import UsageError

    with pytest.raises(UsageError, match="no fault 'x'"):
        CliRunner().invoke(
            application(),
            ["simulate", "--network", str(site / "network.toml"), "--faults", "x"],
            catch_exceptions=False,
        )

"""A part that cannot work yet stops nobody else, says what is missing, and goes on by itself when it is there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from collector.embedded_broker import free_port
from qualicity.heartbeat import heartbeats
from qualicity.network import NetworkFile
from qualicity.network_text import write_network

OTHERS = ("collector", "archive", "aggregator", "targets", "alerting")


@pytest.fixture
def service(air_site, influxd, mosquitto):
    """Give `qualicity serve` with a writer's token that is not made yet: process, token file, address of health."""
    folder, network = air_site.folder, air_site.network
    (folder / "network.toml").write_text(write_network(NetworkFile(network.cities, network.stations)), "utf-8")
    air_site.opened.close()  # the collector is the one writer
    port = free_port()
    token = folder.parent / "write-token"
    environment = {
        **os.environ,
        "QUALICITY_INFLUX__URL": influxd.url,
        "QUALICITY_INFLUX__TOKEN_FILE": str(token),
        "QUALICITY_MQTT__URL": mosquitto.url,
        "QUALICITY_API__PORT": str(port),
    }
    with (folder.parent / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "console", "serve", "--data", str(folder)], env=environment, stdout=log, stderr=log
        )
    yield process, token, f"http://127.0.0.1:{port}/health/ready", folder
    process.terminate()
    assert process.wait(60) == 0, (folder.parent / "serve.log").read_text()


def _ready(url):
    """Return the answer's code and parts; None while nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - loopback
            return answer.status, json.load(answer)["parts"]
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)["parts"]
    except OSError:
        return None


def _until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.1)
    return found


def test_a_token_that_is_not_made_yet(service):
    process, token, url, folder = service
    code, parts = _until(lambda: _ready(url))
    assert (code, {part["part"] for part in parts}) == (503, {*OTHERS, "influx"})

    def others_are_well():
        code, parts = _ready(url)
        well = {part["part"]: part["well"] for part in parts}
        return code == 503 and well == {**dict.fromkeys(OTHERS, True), "influx": False}

    _until(others_are_well)
    [said] = [beat.state for beat in heartbeats(folder) if beat.part == "influx"]
    assert "influx.token_file" in said
    assert process.poll() is None
    token.write_text("made")
    _until(lambda: _ready(url)[0] == 200)

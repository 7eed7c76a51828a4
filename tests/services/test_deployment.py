"""The processes of docker-compose.yml from packages, with its configuration: only addresses and paths are others."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import yaml
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from collector.embedded_broker import free_port
from dashboards.files import dashboards
from qualicity.store.influx import Address, Influx

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
TEXT = (ROOT / "docker-compose.yml").read_text("utf-8")
COMPOSE = yaml.safe_load(re.sub(r"\$\$|\$\{\w+:-([^}]*)\}", lambda m: "$" if m[0] == "$$" else m[1], TEXT))
SERVICES = COMPOSE["services"]
STATION, OTHER = "liyuan", "honghu"


def until(done, seconds=30):
    """Return what `done` returns as soon as it is true."""
    deadline = time.monotonic() + seconds
    while not (found := done()):
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)
    return found


def translated(text, places):
    """Return a text of the containers with their addresses and paths as they are here."""
    for there, here in places.items():
        text = text.replace(there, str(here))
    return text


@contextmanager
def running(command, log, **options):
    """Run a process until the end of the block; it ends on SIGTERM, with 0."""
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, **options)
    try:
        yield process
        assert process.poll() is None, log.read_text("utf-8")
        process.send_signal(signal.SIGTERM)
        assert process.wait(45) == 0, log.read_text("utf-8")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


class Broker:
    """Clients of the real mosquitto with the shipped configuration, access list and secrets."""

    def __init__(self, shipped):
        self.shipped, self.secrets, self.process = shipped, shipped.secrets, shipped.process
        self.service, self.sensors = shipped.ports[1884], shipped.ports[1883]

    def password(self, user):
        """Return what the script made."""
        if user == "health":
            return (self.secrets / "mqtt_health").read_text("utf-8").split()[-1]
        name = "mqtt_collector_password" if user == "collector" else f"stations/{user}"
        return (self.secrets / name).read_text("utf-8").strip()

    @contextmanager
    def client(self, user, password=None):
        """Connect a client of MQTT 5, which is told what it may not; yield it with what the broker said and sent."""
        client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        if user:
            client.username_pw_set(user, self.password(user) if password is None else password)
        connected = threading.Event()
        client.reason, client.received, client.published = None, [], {}

        def on_connect(_client, _data, _flags, reason, _properties):
            client.reason = str(reason)
            connected.set()

        client.on_connect = on_connect
        client.on_message = lambda _client, _data, message: client.received.append(message.topic)
        client.on_publish = lambda _client, _data, number, reason, _properties: client.published.update(
            {number: str(reason)}
        )
        client.connect("127.0.0.1", self.service if user == "collector" else self.sensors)
        client.loop_start()
        try:
            assert connected.wait(10)
            yield client
        finally:
            client.disconnect()
            client.loop_stop()

    def reason(self, user, password=None):
        """Return what a client is told when it connects."""
        with self.client(user, password) as client:
            return client.reason


def publish(client, topic, payload="{}"):
    """Publish with QoS 1; return what the broker said."""
    number = client.publish(topic, payload, qos=1).mid
    return until(lambda: client.published.get(number))


def subscribe(client, topic):
    done = threading.Event()
    client.on_subscribe = lambda *_: done.set()
    client.subscribe(topic, qos=1)
    assert done.wait(10)


@pytest.fixture
def broker(tmp_path, shipped_broker):
    """The broker, running."""
    shipped = shipped_broker(tmp_path, STATION, OTHER)
    shipped.start()
    yield Broker(shipped)
    shipped.stop()


def test_the_broker_takes_only_those_it_knows(broker):
    """Nobody without a name, nobody with a wrong password; a renewed password counts after a SIGHUP."""
    assert broker.reason(None) == broker.reason(STATION, "wrong") == broker.reason("stranger", "x") == "Not authorized"
    assert broker.reason(STATION) == broker.reason("collector") == broker.reason("health") == "Success"

    old = broker.password(STATION)
    broker.shipped.make_secrets("--station", STATION, "--renew")
    broker.process.send_signal(signal.SIGHUP)
    until(lambda: broker.reason(STATION) == "Success")
    assert broker.reason(STATION, old) == "Not authorized"


TOPIC = "shenzhen/air/{}/pm25"


@pytest.mark.parametrize(
    ("user", "topic", "said"),
    [
        (STATION, TOPIC.format(STATION), "Success"),
        (STATION, f"shenzhen/air/{STATION}", "Success"),
        (STATION, TOPIC.format(OTHER), "Not authorized"),
        (STATION, f"shenzhen/air/{OTHER}", "Not authorized"),
        (STATION, STATION, "Not authorized"),
        (STATION, "$SYS/broker/uptime", "Not authorized"),
        ("health", TOPIC.format(STATION), "Not authorized"),
        ("collector", TOPIC.format(STATION), "Not authorized"),
        ("collector", "qualicity/alarms/o3-1h/shenzhen/state", "Success"),
        (STATION, "qualicity/alarms/o3-1h/shenzhen/state", "Not authorized"),
    ],
)
def test_a_sensor_speaks_for_its_own_station_only(broker, user, topic, said):
    """A connection each: the broker ends one that was refused."""
    with broker.client("collector") as collector:
        subscribe(collector, "#")
        with broker.client(user) as client:
            assert publish(client, topic).startswith(said)
        subscribe(collector, "none")  # its answer comes after all that was sent before
        assert collector.received == ([topic] if said == "Success" else [])


def test_a_sensor_hears_nobody(broker):
    """The health check hears the broker's own state and no sensor."""
    with broker.client(STATION) as sensor, broker.client("health") as health, broker.client("collector") as collector:
        for client in (sensor, health, collector):
            subscribe(client, "#")
        subscribe(health, "$SYS/broker/uptime")
        with broker.client(OTHER) as other:
            assert publish(other, TOPIC.format(OTHER)) == "Success"
        until(lambda: health.received)
        for client in (sensor, health, collector):
            subscribe(client, "none")
        assert collector.received == [TOPIC.format(OTHER)]
        assert set(health.received) == {"$SYS/broker/uptime"}
        assert sensor.received == []


def get(url):
    """Return status and text of an address."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - loopback
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def test_alertmanager_takes_the_shipped_configuration_and_an_alarm(tmp_path, program):
    """With the very arguments of the container."""
    port = free_port()
    places = {
        "/etc/alertmanager/": f"{DEPLOY / 'alertmanager'}/",
        "=/alertmanager": f"={tmp_path / 'data'}",
    }
    arguments = [translated(argument, places) for argument in SERVICES["alertmanager"]["command"]]
    command = [program("prometheus-alertmanager"), *arguments, f"--web.listen-address=127.0.0.1:{port}"]
    with running(command, tmp_path / "alertmanager.log"):
        url = f"http://127.0.0.1:{port}"
        until(lambda: get(f"{url}/-/ready")[0] == 200)
        status = json.loads(get(f"{url}/api/v2/status")[1])
        shipped = yaml.safe_load((DEPLOY / "alertmanager" / "alertmanager.yml").read_text("utf-8"))
        assert yaml.safe_load(status["config"]["original"])["route"]["group_by"] == shipped["route"]["group_by"]
        assert status["cluster"]["status"] == "disabled"
        alarm = [{"labels": {"alertname": "limit", "severity": "critical", "station": STATION}}]
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{url}/api/v2/alerts", json.dumps(alarm).encode(), headers)  # noqa: S310 - loopback
        urllib.request.urlopen(request, timeout=5).close()  # noqa: S310 - loopback
        (found,) = until(lambda: json.loads(get(f"{url}/api/v2/alerts")[1]))
        assert [receiver["name"] for receiver in found["receivers"]] == ["officers"]


def environment(name, places):
    """Return what a container of ours is given, with the addresses and paths of this machine.

    InfluxDB 1.x knows no tokens: their files are left out, as is what only .env sets.
    """
    given = {
        key: translated(str(value), places)
        for key, value in SERVICES[name]["environment"].items()
        if value is not None and not key.endswith("TOKEN_FILE")
    }
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("QUALICITY_")}
    return {**inherited, "PYTHONPATH": str(ROOT), **given}


def healthy(name, places):
    """Return whether the health check of a container is content."""
    _, _, option, program = SERVICES[name]["healthcheck"]["test"]
    command = [sys.executable, option, translated(program, places)]
    return not subprocess.run(command, env=environment(name, places), stderr=subprocess.DEVNULL, check=False).returncode


def well_parts(ready):
    """Return which parts of the service say that all is well; none while one is not."""
    status, text = get(ready)
    return {part["part"] for part in json.loads(text)["parts"] if part["well"]} if status == 200 else set()


def test_a_reading_passes_from_a_sensor_into_the_database(tmp_path, broker, influxd):
    """The one-shot's commands, then the services; the health checks of the containers are content, SIGTERM drains."""
    port = free_port()
    site = SERVICES["qualicity"]["volumes"][0].split(":")[0]
    places = {
        "mqtt://mosquitto:1884": f"mqtt://127.0.0.1:{broker.service}",
        "http://influxdb:8086": influxd.url,
        "/run/secrets/": f"{broker.secrets}/",
        "/etc/qualicity/": f"{ROOT / site}/",
        "/var/lib/qualicity/": f"{tmp_path}/site/",
        "0.0.0.0": "127.0.0.1",  # noqa: S104 - it is taken away
    }
    shim = tmp_path / "bin" / "qualicity"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m console "$@"\n', "utf-8")
    shim.chmod(0o755)
    given = environment("setup", places)
    given["PATH"] = f"{shim.parent}:{given['PATH']}"
    (script,) = SERVICES["setup"]["command"]
    setup = subprocess.run(
        [*SERVICES["setup"]["entrypoint"], translated(script, places)],
        env=given, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert setup.returncode == 0, setup.stdout + setup.stderr
    assert {path.stem for path in (tmp_path / "site" / "dashboards").iterdir()} == dashboards().keys()

    checked = {**places, "8414": str(port)}
    with ExitStack() as opened:
        for name in ("qualicity", "alerting"):
            given = {**environment(name, places), "QUALICITY_API__PORT": str(port)}
            command = [sys.executable, "-m", "console", *SERVICES[name]["command"]]
            opened.enter_context(running(command, tmp_path / f"{name}.log", env=given))
        ready = f"http://127.0.0.1:{port}/health/ready"
        until(lambda: {"collector", "archive", "aggregator", "targets", "alerting", "influx"} == well_parts(ready), 90)
        start = (int(time.time()) // 3600 - 1) * 3_600_000
        reading = json.dumps({"t": start + 3_600_000, "v": 35, "u": "ug/m3", "p": 3600})  # labelled by its end
        with broker.client(STATION) as sensor:
            assert publish(sensor, f"shenzhen/air/{STATION}/pm25", reading) == "Success"
        with Influx(Address(influxd.url, "qualicity")) as influx:
            query = f"SELECT value FROM reading WHERE station = '{STATION}' AND time = {start}ms"
            (series,) = until(lambda: influx.query(query))
        assert series.rows == [[start, 35.0]]
        until(lambda: "qualicity_alarms_standing_p1" in get(f"http://127.0.0.1:{port}/metrics")[1])
        assert [name for name in ("qualicity", "alerting") if not healthy(name, checked)] == []
    assert [name for name in ("qualicity", "alerting") if healthy(name, checked)] == []

"""`doctor` finds by trying what a real broker keeps and whom it lets in, and leaves nothing behind."""

from __future__ import annotations

import itertools
import json
import os
import pwd
import subprocess
import time

import pytest
from pydantic import SecretStr

from collector.embedded_broker import EmbeddedBroker, free_port
from collector.testing_service import RunningCollector
from collector.topics import TopicPattern
from console.broker_probe import Probe, probe_topic
from console.doctor_broker import QUEUED, examine_broker
from qualicity.settings import MqttSettings

TOKEN = "0badcafe"  # noqa: S105 - of ids and topics
ROLES = ("in", "out", "echo", "size", "nobody", "filters", "ear", "mouth")


def found(settings, queued=50, **more):
    """Return {name: (outcome, detail, mend)}; where the queue is not what is tested, few messages are sent."""
    checks = examine_broker(settings, token=TOKEN, queued=queued, **more)
    return {one.name: (one.outcome, one.detail, one.mend) for one in checks}


def outcomes(checks):
    return {name: outcome for name, (outcome, _, _) in checks.items()}


@pytest.fixture
def stock(tmp_path, program):
    """Start mosquitto as it comes: only its address is given; return how to reach it."""
    port, user = free_port(), pwd.getpwuid(os.getuid()).pw_name
    (tmp_path / "stock.conf").write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nuser {user}\n", "utf-8")
    command = [program("mosquitto"), "-c", tmp_path / "stock.conf"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    settings = MqttSettings(url=f"mqtt://127.0.0.1:{port}")
    end = time.monotonic() + 20
    while next(examine_broker(settings)).outcome != "ok":
        assert time.monotonic() < end
    yield settings
    process.terminate()
    assert process.wait(20) == 0


def test_a_stock_mosquitto_forgets_and_lets_everybody_in(stock):
    """1,000 messages of an absent client, 20 on their way, no limit of a packet, nobody asked who he is.

    The 20 are a warning where MQTT 5 does not widen them.
    """
    checks = found(stock, QUEUED)
    assert outcomes(checks) == {
        "broker": "ok",
        "broker session": "ok",
        "broker queue": "problem",
        "broker window": "ok",
        "broker payload": "warning",
        "broker anonymous": "warning",
        "broker subscription": "ok",
        "broker access": "warning",
        "broker stations": "ok",
        "broker persistence": "ok",
    }
    assert checks["broker queue"][1].startswith(f"1,000 of {QUEUED:,} messages")
    assert "max_queued_messages" in checks["broker queue"][2]
    assert checks["broker window"][1].startswith("20 messages")  # and MQTT 5 widens it
    outcome, detail, mend = found(stock.model_copy(update={"protocol": 4}))["broker window"]
    assert (outcome, detail.split(":")[0]) == ("warning", "20 messages come before one is acknowledged")
    assert "max_inflight_messages 1000" in mend


def test_the_embedded_broker_keeps_what_it_should():
    with EmbeddedBroker(kind="iotcore") as broker:
        checks = found(MqttSettings(url=broker.url, protocol=broker.protocol))
    told = {name for name, outcome in outcomes(checks).items() if outcome != "ok"}
    assert told == {"broker anonymous", "broker access"}  # loopback is what guards it


def test_a_broker_that_speaks_no_mqtt_5_is_told_with_the_setting():
    with EmbeddedBroker(kind="iotcore") as broker:
        *_, last = examine_broker(MqttSettings(url=broker.url, protocol=5))
    assert (last.outcome, "mqtt.protocol = 4" in last.mend) == ("problem", True)


# the shipped configuration


@pytest.fixture(scope="module")
def broker(tmp_path_factory, shipped_broker):
    made = shipped_broker(tmp_path_factory.mktemp("broker"), "s1", "probe")
    made.start()
    yield made
    made.stop()


def as_service(broker, **more):
    """Return the settings of the service beside the broker, with a station's user to try."""
    return MqttSettings(
        url=f"mqtt://127.0.0.1:{broker.ports[1884]}",
        username="collector",
        password_file=broker.secrets / "mqtt_collector_password",
        probe_username="probe",
        probe_password_file=broker.secrets / "stations" / "probe",
        **more,
    )


def as_service_elsewhere(broker):
    """Return the settings of the service on another machine."""
    return MqttSettings(
        url=f"mqtts://localhost:{broker.ports[8885]}",
        ca_file=broker.secrets / "mqtt_ca.crt",
        cert_file=broker.secrets / "mqtt_collector.crt",
        key_file=broker.secrets / "mqtt_collector.key",
    )


def station(broker, name):
    """Return a station's settings."""
    url = f"mqtts://localhost:{broker.ports[8883]}"
    password = broker.secrets / "stations" / name
    return MqttSettings(url=url, ca_file=broker.secrets / "mqtt_ca.crt", username=name, password_file=password)


def reading(value):
    return json.dumps({"t": 1_780_272_000_000 + value * 60_000, "v": value, "u": "ug/m3", "p": 60}).encode()


def test_the_shipped_configuration_is_well_and_a_running_collector_is_not_disturbed(broker, tmp_path):
    """It goes on with its connection, takes the next reading, and has seen nothing of the tries; no session is left."""
    settings = as_service(broker)
    with RunningCollector(settings, tmp_path) as collector, Probe(station(broker, "s1"), "") as sensor:
        before = collector.state.connections
        checks = found(settings, QUEUED)
        sensor.come()
        assert sensor.publish("c/air/s1/pm25", [reading(1)]) == ""
        collector.until(lambda state: state.received)
        state = collector.state
    assert set(outcomes(checks).values()) == {"ok"}, checks
    assert "1,052,672 bytes" in checks["broker payload"][1]
    assert "'probe' cannot speak for another station" in checks["broker stations"][1]
    assert (state.connections, state.received, state.readings, state.dead_letters) == (before, 1, 1, 0)
    for role in ROLES:
        with Probe(settings, f"qualicity-doctor-{TOKEN}-{role}") as probe:
            assert not probe.come(clean=False).session_present, role


def test_over_tls_with_a_certificate(broker):
    """Its days are counted; a short while before the end they are a warning."""
    settings = as_service_elsewhere(broker)
    checks = found(settings)
    assert set(outcomes(checks).values()) == {"ok"}, checks
    assert checks["broker"][1].endswith("answers over TLSv1.3")
    days = int(checks["broker certificate"][1].split()[2])
    assert days in {823, 824}
    _, late = itertools.islice(examine_broker(settings, now=lambda: time.time() + (days - 20) * 86_400), 2)
    assert (late.outcome, late.detail) == ("warning", "good for 20 days")


def test_where_client_ids_are_replaced_the_collectors_session_is_left_alone(broker):
    """On the port of sensors each client of a user gets the same session; what waits in the collector's stays there."""
    service = as_service(broker)
    on_sensors_port = service.model_copy(update={"url": f"mqtt://127.0.0.1:{broker.ports[1883]}"})
    with Probe(on_sensors_port, "", hold=True) as collector:
        collector.come(clean=False, expiry=600)
        collector.subscribe(["+/+/+/+"])
        collector.leave()
        with Probe(station(broker, "s1"), "") as sensor:
            sensor.come()
            sensor.publish("c/air/s1/pm25", [reading(number) for number in range(5)])
        checks = found(on_sensors_port)
        assert outcomes(checks) == {"broker": "ok", "broker session": "problem"}
        assert "1884" in checks["broker session"][2]
        assert collector.come(clean=False, expiry=0).session_present
        assert len(collector.listen(0.3, until=5)) == 5


def test_an_access_list_that_forbids_the_tries_is_told_with_the_line_to_add(broker):
    """As a station: it can neither read nor write the topics of the doctor."""
    settings = as_service(broker)
    as_station = settings.model_copy(
        update={"username": "s1", "password_file": broker.secrets / "stations" / "s1", "probe_username": ""}
    )
    outcome, detail, mend = found(as_station)["broker queue"]
    assert (outcome, "may not publish on qualicity/doctor/#" in detail) == ("warning", True)
    assert mend.endswith("topic readwrite qualicity/doctor/#")


# what keeps us out


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"url": "mqtt://127.0.0.1:1"}, "does not answer"),
        ({"password": SecretStr("wrong"), "password_file": None}, "refuses user 'collector'"),
        ({"username": ""}, "refuses a client without a user"),
    ],
)
def test_a_broker_that_does_not_take_us_is_one_problem(broker, change, told):
    checks = found(as_service(broker).model_copy(update=change))
    (outcome, detail, mend), *_ = reversed(checks.values())
    assert (outcome, told in detail, bool(mend)) == ("problem", True, True)


def test_no_broker_is_well():
    assert outcomes(found(MqttSettings(url=""))) == {"broker": "ok"}


def test_what_tls_says_is_told_with_its_mend(broker, tmp_path):
    """An unknown CA, a certificate of a station on the service's port, none, plain text there."""
    settings = as_service_elsewhere(broker)
    broker.make_secrets("--station", "s1", "--certificate")
    s1 = broker.secrets / "stations" / "s1.crt"
    cases = {
        "signed by nobody": {"ca_file": broker.secrets / "mqtt_service_ca.crt"},
        "does not know the CA": {"cert_file": s1, "key_file": s1.with_suffix(".key")},
        "asks for a certificate": {"cert_file": None, "key_file": None},
        "cuts off who greets it with TLS": {"url": f"mqtts://localhost:{broker.ports[1884]}"},
    }
    for told, change in cases.items():
        checks = found(settings.model_copy(update=change))
        outcome, detail, mend = checks["broker"]
        assert (outcome, told in detail, bool(mend), len(checks)) == ("problem", True, True, 1), (told, checks)


# topics of its own


@pytest.mark.parametrize("pattern", [
    "{city}/{medium}/{station}/{parameter}",
    "{station}",
    "{station}/{parameter}",
    "a/{city}/{station}/b/{parameter}",
    "x/y/{city}/{medium}/{station}/{parameter}",
])  # fmt: skip
def test_no_reading_has_a_topic_of_the_doctor(pattern):
    """Another number of levels than any form of the pattern; below its prefix, so that one line of an ACL allows it."""
    parsed = TopicPattern.parse(pattern)
    topic = probe_topic(pattern, "qualicity/doctor", TOKEN)
    assert topic.startswith(f"qualicity/doctor/{TOKEN}")
    for one in (topic, f"{topic}/size"):
        assert parsed.names(one) is None

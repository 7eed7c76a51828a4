"""Refused attempts against the real broker with the shipped configuration, and beside each the rightful way.

Byte by byte: what a client library would refuse to send must be refused by the broker. docs/broker.md shows the table.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import os
import signal
import ssl
import time
import warnings
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from collector.publisher import Outgoing, Publisher
from collector.testing_client import (
    PINGREQ,
    PINGRESP,
    PUBLISH,
    RawClient,
    alert,
    connect_packet,
    publish_packet,
    subscribe_packet,
)
from collector.testing_service import RunningCollector
from qualicity.errors import Permanent
from qualicity.settings import MqttSettings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "broker.md"
PASSWORDS, CERTIFICATES, PLAIN, SERVICE_TLS = 8883, 8884, 1883, 8885
OWN, OTHER = "c/air/s1/pm25", "c/air/s2/pm25"


def _certificates():
    spec = importlib.util.spec_from_file_location("certificates", ROOT / "deploy" / "certificates.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


certificates = _certificates()


def reading():
    """Return a good payload, of a second of its own."""
    reading.second += 1
    return json.dumps({"t": 1_780_272_000_000 + reading.second * 1000, "v": 35, "u": "ug/m3", "p": 60}).encode()


reading.second = 0


class Site:
    """The broker with a collector, and clients of two stations."""

    def __init__(self, broker, folder):
        self.broker, self.folder = broker, folder
        self.ca = broker.secrets / "mqtt_ca.crt"
        broker.make_secrets("--station", "s1", "--certificate")
        self.collector = RunningCollector(
            MqttSettings(
                url=f"mqtts://localhost:{broker.ports[SERVICE_TLS]}",
                ca_file=self.ca,
                cert_file=broker.secrets / "mqtt_collector.crt",
                key_file=broker.secrets / "mqtt_collector.key",
            ),
            folder,
        )

    @property
    def state(self):
        """Return how the collector is doing."""
        return self.collector.state

    def password(self, user):
        """Return what the script made."""
        return (self.broker.secrets / "stations" / user).read_text("utf-8").strip()

    def context(self, name=None, *, folder=None):
        """Return a client's TLS, with the certificate of that name."""
        context = ssl.create_default_context(cafile=self.ca)
        if name is not None:
            stem = (folder or self.broker.secrets) / name
            context.load_cert_chain(stem.with_suffix(".crt"), stem.with_suffix(".key"))
        return context

    def open(self, port, context=None):
        """Connect to a listener of the shipped configuration."""
        return RawClient(self.broker.ports[port], context)

    def raw(self, *, version=5, user="s1", **more):
        """Return a connection of a station over TLS that the broker has taken."""
        raw = self.open(PASSWORDS, self.context())
        assert raw.said(connect_packet(user, self.password(user), version=version, **more), version) == "CONNACK 0"
        return raw

    def foreign(self, name, *, authority=None, days=1, purpose=ExtendedKeyUsageOID.CLIENT_AUTH, shift=0):
        """Make a certificate of that name by a CA (default: the stations'); return the folder that it is in."""
        now = dt.datetime.now(dt.UTC) + dt.timedelta(days=shift)
        issuer = authority or certificates._read(self.broker.secrets, certificates.CA)
        folder = self.folder / "foreign"
        folder.mkdir(exist_ok=True)
        certificates._write(folder, "made", certificates._signed(issuer, name, purpose, now, days=days))
        return folder

    def said_with_certificate(self, port=CERTIFICATES, name="made", **more):
        """Return what a client with a certificate is told when it connects."""
        try:
            with self.open(port, self.context(name, **more)) as raw:
                raw.hear_alert()
                return raw.said(connect_packet())
        except ssl.SSLError as error:
            return alert(error)


# the rightful ways: each ends with a reading in the archive


def by_password(site):
    with site.raw() as raw:
        assert raw.said(publish_packet(OWN, reading())) == "PUBACK 0"


def by_certificate(site):
    with site.open(CERTIFICATES, site.context("stations/s1")) as raw:
        assert raw.said(connect_packet()) == "CONNACK 0"
        assert raw.said(publish_packet(OWN, reading())) == "PUBACK 0"


def by_plain_text(site):
    with site.open(PLAIN) as raw:
        assert raw.said(connect_packet("s1", site.password("s1"))) == "CONNACK 0"
        assert raw.said(publish_packet(OWN, reading())) == "PUBACK 0"


def of_all_parameters(site):
    with site.raw() as raw:
        start = json.loads(reading())["t"]
        payload = json.dumps({"t": start, "p": 60, "values": {"pm25": 7}}).encode()
        assert raw.said(publish_packet("c/air/s1", payload)) == "PUBACK 0"


def by_the_other_station(site):
    with site.raw(user="s2") as raw:
        assert raw.said(publish_packet(OTHER, reading())) == "PUBACK 0"


def by_the_gateway(site):
    with site.raw(user="gateway-north") as raw:
        assert raw.said(publish_packet(OWN, reading())) == "PUBACK 0"


def by_will(site):
    """A station that is cut off: its will on its own topic is sent."""
    with site.raw(will=(OWN, reading())):
        pass


# the attempts: each returns what is observed


def without_password(site):
    with site.open(PASSWORDS, site.context()) as raw:
        return raw.said(connect_packet(client_id="s1"))


def with_password(user, password):
    def attempt(site):
        with site.open(PASSWORDS, site.context()) as raw:
            return raw.said(connect_packet(user, password))

    return attempt


def publishing(topic, *, version=5, user="s1", **more):
    """Return an attempt to publish."""

    def attempt(site):
        with site.raw(version=version, user=user) as raw:
            return raw.said(publish_packet(topic, reading(), version=version, **more), version)

    return attempt


def at_most_once(site):
    """QoS 0 has no answer: the one to the next message comes after it."""
    with site.raw() as raw:
        raw.sock.sendall(publish_packet(OTHER, reading(), qos=0))
        return f"nothing; next message on its own topic: {raw.said(publish_packet(OWN, reading()))}"


def subscribing(topic, *, trigger=True):
    """Return an attempt to listen while another station publishes."""

    def attempt(site):
        with site.raw() as raw:
            said = raw.said(subscribe_packet(topic))
            if trigger:
                by_the_other_station(site)
            raw.sock.sendall(PINGREQ)  # its answer comes after all that was sent before
            kinds = []
            while PINGRESP not in kinds:
                kinds.append(raw.answer()[0])
            return f"{said}; {kinds.count(PUBLISH)} messages"

    return attempt


def on_the_services_port(site):
    return site.said_with_certificate(SERVICE_TLS, "stations/s1")


def of_another_ca(site):
    now = dt.datetime.now(dt.UTC)
    return site.said_with_certificate(folder=site.foreign("s1", authority=certificates._authority("of nobody", now)))


def expired(site):
    return site.said_with_certificate(folder=site.foreign("s1", shift=-3))


def of_a_server(site):
    return site.said_with_certificate(folder=site.foreign("s1", purpose=ExtendedKeyUsageOID.SERVER_AUTH))


def revoked(site):
    site.broker.make_secrets("--station", "s3", "--certificate")
    kept = {suffix: (site.broker.secrets / f"stations/s3{suffix}").read_bytes() for suffix in (".crt", ".key")}
    assert site.said_with_certificate(name="stations/s3") == "CONNACK 0"
    site.broker.make_secrets("--station", "s3", "--revoke")
    site.broker.process.send_signal(signal.SIGHUP)
    (site.folder / "stolen").mkdir()
    for suffix, content in kept.items():
        (site.folder / f"stolen/s3{suffix}").write_bytes(content)
    end = time.monotonic() + 10
    while (said := site.said_with_certificate(name="s3", folder=site.folder / "stolen")) == "CONNACK 0":
        assert time.monotonic() < end
        time.sleep(0.02)
    return said


def without_certificate(site):
    with site.open(CERTIFICATES, site.context()) as raw:
        try:
            raw.hear_alert()
        except ssl.SSLError as error:
            return alert(error)
        return raw.said(connect_packet("s1", site.password("s1")))


def named_by_a_wildcard(site):
    folder = site.foreign("+")
    with site.open(CERTIFICATES, site.context("made", folder=folder)) as raw:
        said = raw.said(connect_packet())
        return f"{said}; {raw.said(publish_packet(OTHER, reading()))}"


def plain_text_on_tls(site):
    with site.open(PASSWORDS) as raw:
        return raw.said(connect_packet("s1", site.password("s1")))


def tls_on_plain_text(site):
    try:
        with site.open(PLAIN, site.context()):
            return "connected"
    except ssl.SSLError as error:
        return alert(error)
    except ConnectionError:
        return "cut off"


def old_tls(site):
    context = site.context()
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that it is old is the point
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    try:
        with site.open(PASSWORDS, context):
            return "connected"
    except ssl.SSLError as error:
        return alert(error)


def sending(data):
    """Return an attempt to send bytes on a connection that was taken."""

    def attempt(site):
        with site.raw() as raw:
            return raw.said(data)

    return attempt


def oversized(site):
    """The length is refused, before what it announces is there."""
    with site.raw() as raw:
        return raw.said(publish_packet(OWN, b"x" * 1_052_672)[:1000])


def before_connecting(site):
    with site.open(PASSWORDS, site.context()) as raw:
        return raw.said(publish_packet(OWN, reading()))


def under_the_id_of(client_id):
    """Return an attempt to take a session: whoever has it must not lose it."""

    def attempt(site):
        before = site.state.connections
        with site.raw(user="s2") as other, site.raw(client_id=client_id) as raw:
            assert raw.said(publish_packet(OWN, reading())) == "PUBACK 0"
            assert other.said(publish_packet(OTHER, reading())) == "PUBACK 0"
        assert (site.state.connections, site.state.connected) == (before, True)
        return AS_ITSELF

    return attempt


def willing(topic):
    """Return an attempt to let the broker say it: the connection is cut, and the broker does not send the will."""

    def attempt(site):
        with site.open(PASSWORDS, site.context()) as raw:
            return raw.said(connect_packet("s1", site.password("s1"), will=(topic, reading())))

    return attempt


DENIED = "PUBACK 135 (not authorized)"
AS_ITSELF = "connected as s1; the other session goes on"
ATTEMPTS = [
    # attempt, how, what is observed, readings that pass beside it, the rightful way
    ("no password", without_password, "CONNACK 135 (not authorized)", 0, by_password),
    ("wrong password", with_password("s1", "wrong"), "CONNACK 135 (not authorized)", 0, by_password),
    ("user whom nobody knows", with_password("s9", "x"), "CONNACK 135 (not authorized)", 0, by_password),
    ("another station's topic", publishing(OTHER), DENIED, 0, by_the_other_station),
    ("the same without its parameter", publishing("c/air/s2"), DENIED, 0, of_all_parameters),
    ("the same at QoS 0", at_most_once, "nothing; next message on its own topic: PUBACK 0", 1, by_password),
    ("the same at QoS 2", publishing(OTHER, qos=2), "PUBREC 135 (not authorized)", 0, by_password),
    ("the same over MQTT 3.1.1", publishing(OTHER, version=4), "PUBACK 0", 0, by_password),
    ("the same, retained", publishing(OTHER, retain=True), DENIED, 0, by_password),
    ("a gateway, about a station not listed", publishing(OTHER, user="gateway-north"), DENIED, 0, by_the_gateway),
    ("topic of an alarm", publishing("qualicity/alarms/x/y/state"), DENIED, 0, by_password),
    ("topic of the broker", publishing("$SYS/broker/uptime"), DENIED, 0, by_password),
    ("last will on another's topic", willing(OTHER), "CONNACK 0", 0, by_will),
    ("subscription to all (`#`)", subscribing("#"), "SUBACK 1; 0 messages", 1, by_password),
    ("subscription to another station", subscribing("+/+/s2/#"), "SUBACK 1; 0 messages", 1, by_password),
    ("shared subscription", subscribing("$share/x/#"), "SUBACK 1; 0 messages", 1, by_password),
    ("subscription to `$SYS/#`", subscribing("$SYS/#", trigger=False), "SUBACK 1; 0 messages", 0, by_password),
    ("expired certificate", expired, "TLS: certificate expired", 0, by_certificate),
    ("certificate of another CA", of_another_ca, "TLS: unknown ca", 0, by_certificate),
    ("certificate of a server", of_a_server, "TLS: unsupported certificate", 0, by_certificate),
    ("revoked certificate", revoked, "TLS: certificate revoked", 0, by_certificate),
    ("no certificate", without_certificate, "TLS: certificate required", 0, by_certificate),
    ("certificate named `+`, another's topic", named_by_a_wildcard, f"CONNACK 0; {DENIED}", 0, by_certificate),
    ("a station on the service's port", on_the_services_port, "TLS: unknown ca", 0, by_certificate),
    ("plain text on the TLS port", plain_text_on_tls, "cut off", 0, by_password),
    ("TLS on the plain port", tls_on_plain_text, "cut off", 0, by_plain_text),
    ("TLS 1.1", old_tls, "TLS: protocol version", 0, by_password),
    ("payload over the limit", oversized, "DISCONNECT 149 (packet too large)", 0, by_password),
    ("topic with NUL", publishing("c/air/s1\0/pm25"), "DISCONNECT", 0, by_password),
    ("topic that is no UTF-8", publishing(b"c/air/s1/\xff"), "DISCONNECT", 0, by_password),
    ("topic with `#`", publishing("c/air/s1/#"), "DISCONNECT", 0, by_password),
    ("topic with `+`", publishing("c/air/s1/+"), "DISCONNECT", 0, by_password),
    ("empty topic", publishing(""), "DISCONNECT", 0, by_password),
    ("topic of 300 levels", publishing("c/air/s1" + "/x" * 297), "DISCONNECT", 0, by_password),
    ("alias in the place of a topic", publishing("", properties=b"\x23\0\x01"), "DISCONNECT", 0, by_password),
    ("second CONNECT", sending(connect_packet("s1", "x")), "cut off", 0, by_password),
    ("message before CONNECT", before_connecting, "cut off", 0, by_password),
    ("the collector's client id", under_the_id_of("qualicity-collector"), AS_ITSELF, 2, by_password),
    ("another station's client id", under_the_id_of("s2"), AS_ITSELF, 2, by_password),
    ("retained message on its own topic", publishing(OWN, retain=True), "PUBACK 0", 1, by_password),
]  # fmt: skip


def list_gateway(broker):
    """Let the gateway of the access list's example speak for one station, as the file says how."""
    shipped = broker.deploy / "mosquitto" / "acl"
    text = shipped.read_text("utf-8")
    for line, meant in (
        ("# user gateway-north\n", "user gateway-north\n"),
        ("# topic write +/+/liyuan/#\n", "topic write +/+/s1/#\n"),
    ):
        assert line in text
        text = text.replace(line, meant)
    (broker.folder / "acl").write_text(text, "utf-8")
    configuration = broker.folder / "mosquitto.conf"
    content = configuration.read_text("utf-8").replace(str(shipped), str(broker.folder / "acl"))
    configuration.write_text(content, "utf-8")


@pytest.fixture(scope="module")
def site(tmp_path_factory, shipped_broker):
    """The broker with the shipped configuration and a collector, for all attempts."""
    folder = tmp_path_factory.mktemp("site")
    broker = shipped_broker(folder, "s1", "s2", "gateway-north")
    list_gateway(broker)
    broker.start()
    made = Site(broker, folder)
    with made.collector:
        yield made
    broker.stop()


@pytest.mark.parametrize(("attempt", "observed", "passing", "rightful"), [
    pytest.param(how, observed, passing, rightful, id=name) for name, how, observed, passing, rightful in ATTEMPTS
])  # fmt: skip
def test_what_is_refused_and_the_rightful_way_beside_it(site, attempt, observed, passing, rightful):
    """No reading but those that are due comes in; after the attempt the next good one does."""
    before = site.state.received
    assert attempt(site) == observed
    rightful(site)
    site.collector.until(lambda state: state.received >= before + passing + 1)
    time.sleep(0.01)
    assert site.state.received == before + passing + 1
    assert site.state.dead_letters == 0


def test_a_renewed_certificate_of_the_broker_is_shown_after_a_signal(site):
    """New clients see it; the collector's connection stands."""

    def serial():
        with site.open(PASSWORDS, site.context()) as raw:
            return raw.sock.getpeercert()["serialNumber"]

    before, connections = serial(), site.state.connections
    site.broker.make_secrets("--host", "broker.example.org")
    site.broker.process.send_signal(signal.SIGHUP)
    end = time.monotonic() + 10
    while serial() == before:
        assert time.monotonic() < end
        time.sleep(0.02)
    received = site.state.received
    by_password(site)
    site.collector.until(lambda state: state.received == received + 1)
    assert site.state.connections == connections


def test_a_publisher_is_told_of_a_refusal_by_mqtt_5_and_not_by_mqtt_3(site):
    settings = MqttSettings(
        url=f"mqtt://127.0.0.1:{site.broker.ports[PLAIN]}", username="s1", password=site.password("s1")
    )
    told = Publisher(settings, protocol=5)
    with pytest.raises(Permanent, match=f"refuses a message on '{OTHER}': Not authorized"):
        told.publish([Outgoing(0, OWN, reading()), Outgoing(0, OTHER, reading())])
    told.close()
    untold = Publisher(settings)
    assert untold.publish([Outgoing(0, OTHER, reading())]).acknowledged == 1
    untold.close()


def test_a_publisher_sends_with_a_certificate_and_says_at_once_what_tls_will_never_allow(site, monkeypatch):
    before = site.state.received
    station = site.broker.secrets / "stations" / "s1.crt"
    settings = MqttSettings(
        url=f"mqtts://localhost:{site.broker.ports[CERTIFICATES]}",
        ca_file=site.ca,
        cert_file=station,
        key_file=station.with_suffix(".key"),
    )
    publisher = Publisher(settings)
    assert publisher.publish([Outgoing(0, OWN, reading())]).acknowledged == 1
    publisher.close()
    site.collector.until(lambda state: state.received == before + 1)
    stranger = Publisher(settings)
    unknown = ssl.SSLCertVerificationError()
    unknown.verify_code, unknown.verify_message = 20, "unknown issuer"

    def fails(*_):
        raise unknown

    monkeypatch.setattr(stranger._client, "connect", fails)  # paho leaves the socket of such a greeting open
    with pytest.raises(Permanent, match="signed by nobody whom we believe"):
        stranger.publish([Outgoing(0, OWN, reading())])


BEGIN, END = "<!-- attempts -->\n", "<!-- end of attempts -->\n"
WAYS = {
    by_password: "reading with a password over TLS",
    by_certificate: "reading with a certificate",
    by_plain_text: "reading in plain text on 1883",
    by_the_other_station: "the other station's own reading",
    of_all_parameters: "own topic without its parameter",
    by_the_gateway: "the gateway's reading of a station that is listed",
    by_will: "last will on its own topic",
}
"""What the rightful ways are called on the page."""


def table():
    """Return the attempts as a table of the page."""
    head = "| attempt | what the broker says | readings that pass | beside it, taken |\n|---|---|---|---|\n"
    rows = (f"| {name} | {said} | {passing} | {WAYS[way]} |\n" for name, _, said, passing, way in ATTEMPTS)
    return head + "".join(rows)


def test_the_page_shows_what_is_tested():
    """To write it anew: QUALICITY_WRITE_DOCS=1."""
    before, _, rest = DOCS.read_text("utf-8").partition(BEGIN)
    shown, _, after = rest.partition(END)
    if os.environ.get("QUALICITY_WRITE_DOCS") == "1":
        DOCS.write_text(before + BEGIN + table() + END + after, "utf-8")
    else:
        assert shown == table()

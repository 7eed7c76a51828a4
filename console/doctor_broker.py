"""Does the broker keep what a collector that is away would miss, and does it let in whom it should: found by trying.

The probes have client ids and topics of their own (`console/broker_probe.py`), and leave nothing behind.
"""

from __future__ import annotations

import contextlib
import ipaddress
import secrets
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from pydantic import SecretStr

from collector.receive import MAX_PAYLOAD
from collector.topics import TopicPattern
from console.broker_probe import TOPICS, Probe, Welcome, probe_topic
from console.check import Check
from qualicity.broker import BrokerUrl, parse_broker_url, tls_context, tls_error
from qualicity.errors import InputError, Permanent, QualicityError, Retryable
from qualicity.settings import MqttSettings

QUEUED: Final = 1_500
"""Messages published to an absent client: more than the 1,000 that mosquitto keeps by default."""
_WINDOW = 100
"""Messages on their way without acknowledgement, below which a long line is slow."""
_SMALL, _HUGE = 64 << 10, 2 * MAX_PAYLOAD
"""Bytes: a batch of some hundred readings must pass; what no sensor ever sends should not."""
_CONNECT_SECONDS = 5.0
_ALERT_SECONDS = 0.3
_LEAST_QUIET = 0.3
_SESSION_SECONDS = 60
_SOON_DAYS = 30
_DOCS = "see docs/broker.md"
_ACL = f"add to the broker's access list, for that user: topic readwrite {TOPICS}/#"


@dataclass(frozen=True)
class _Try:
    """What the tries have in common."""

    settings: MqttSettings
    token: str
    queued: int
    quiet: float = _LEAST_QUIET  # s without a message after which none is on its way

    def id(self, role: str) -> str:
        """Return a client id that nobody else has."""
        return f"qualicity-doctor-{self.token}-{role}"

    @property
    def topic(self) -> str:
        """Return a topic that is ours."""
        return probe_topic(self.settings.topic, TOPICS, self.token)

    @property
    def foreign(self) -> str:
        """Return a topic as of a station that is not there, longer than that of any reading."""
        levels = [f"qualicity-doctor-{self.token}" if level.startswith("{") else level
                  for level in TopicPattern.parse(self.settings.topic).levels]  # fmt: skip
        return "/".join([*levels, "probe", "probe"])

    @property
    def newest(self) -> bool:
        """Return whether MQTT 5 is spoken."""
        return self.settings.protocol == 5


def examine_broker(
    settings: MqttSettings, *, token: str = "", queued: int = QUEUED, now: Callable[[], float] = time.time
) -> Iterator[Check]:
    """Yield what is found of the broker; one line when none is configured, or it cannot be reached.

    Args:
        settings: broker, session, credentials.
        token: makes ids and topics ones of our own; empty = by chance.
        queued: messages that are published to an absent client.
        now: s since 1970, for the days that a certificate has left.
    """
    if not settings.url:
        yield Check("broker", "ok", "none: readings come by other ways")
        return
    broker = parse_broker_url(settings.url)
    attempt = _Try(settings, token or secrets.token_hex(4), queued)
    try:
        yield from _line(broker, settings, now())
        with Probe(settings, attempt.id("in"), hold=True) as probe:
            yield from _examine_session(attempt, probe)
    except ssl.SSLError as error:
        told = tls_error(error, settings.url)
        yield Check("broker", "problem", told.cause, told.mend)
    except OSError as error:
        yield Check("broker", "problem", f"{settings.url} does not answer: {error}", "start it, or set mqtt.url")
    except QualicityError as error:
        yield Check("broker", "problem", error.cause, error.mend or "check user, password and certificate in [mqtt]")


def _line(broker: BrokerUrl, settings: MqttSettings, now: float) -> Iterator[Check]:
    """Look at the way to the broker: does somebody answer, is it over TLS, and how long is the certificate good."""
    where = f"{broker.host}:{broker.port}"
    with socket.create_connection((broker.host, broker.port), _CONNECT_SECONDS) as plain:
        if broker.tls:
            with _greeted(plain, broker, settings) as sock:
                sock.settimeout(_ALERT_SECONDS)
                with contextlib.suppress(TimeoutError):
                    sock.recv(1)  # with TLS 1.3 our own certificate is refused only now
                end = ssl.cert_time_to_seconds(str((sock.getpeercert() or {})["notAfter"]))
                version = sock.version()
            yield Check("broker", "ok", f"{where} answers over {version}")
            yield _days_left(int((end - now) // 86_400))
            return
        if _is_loopback(plain.getpeername()[0]):
            yield Check("broker", "ok", f"{where} answers, loopback")
        else:
            text = (
                f"{where} answers in plain text: passwords and readings can be read, and readings changed, on the way"
            )
            yield Check("broker", "warning", text, f"use mqtts://, unless the network is yours alone; {_DOCS}")


def _greeted(plain: socket.socket, broker: BrokerUrl, settings: MqttSettings) -> ssl.SSLSocket:
    try:
        return tls_context(settings).wrap_socket(plain, server_hostname=broker.host)
    except ConnectionError as error:
        mend = "is it a port of plain text? then mqtt:// is its scheme"
        raise Permanent(f"{settings.url} cuts off who greets it with TLS: {error}", mend) from error


def _days_left(days: int) -> Check:
    text = f"good for {days} days"
    if days < _SOON_DAYS:
        return Check("broker certificate", "warning", text, f"renew it on the broker; {_DOCS}")
    return Check("broker certificate", "ok", text)


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


def _examine_session(attempt: _Try, probe: Probe) -> Iterator[Check]:
    """Try the session, then all that needs one."""
    settings = attempt.settings
    welcome = probe.come(clean=False, expiry=settings.session_expiry)
    if welcome.session_present:
        text = f"the broker puts another client id in the place of ours: this was the session of {settings.username!r}"
        mend = "let the service connect where client ids are free (in the shipped configuration: port 1884 or 8885)"
        yield Check("broker session", "problem", text, mend)
        return
    try:
        yield from _told(welcome, settings)
        quiet, hindered = _echo(attempt)
        attempt = replace(attempt, quiet=quiet)
        if hindered:
            yield Check("broker queue", "warning", f"cannot be tried: {hindered}", _ACL)
        else:
            yield from _absent(attempt, probe)
            yield from _payload(attempt, welcome)
    finally:
        with contextlib.suppress(QualicityError, OSError):
            probe.come(clean=True)  # the session, and what waits in it, is gone
        probe.leave()
    yield _anonymous(attempt)
    yield _may_subscribe(attempt)
    yield from _access(attempt)
    text = "whether it outlives the broker cannot be seen from here: on its machine look for"
    yield Check("broker persistence", "ok", f"{text} a file of its queue no older than its save interval; {_DOCS}")


def _told(welcome: Welcome, settings: MqttSettings) -> Iterator[Check]:
    """Judge what the broker says of itself when it takes the connection."""
    told = welcome.properties
    if told.get("MaximumQoS", 2) == 0:
        yield Check("broker QoS", "problem", "it takes QoS 0 only: nothing is redelivered", "allow QoS 1 on the broker")
    if isinstance(kept := told.get("SessionExpiryInterval"), int) and kept < settings.session_expiry:
        text = f"it keeps a session for {kept} s, and mqtt.session_expiry asks for {settings.session_expiry}"
        yield Check("broker session", "warning", text, "raise its limit, or lower mqtt.session_expiry")


def _echo(attempt: _Try) -> tuple[float, str]:
    """Publish to ourselves: return how long to wait for what may still come (s), and what hinders us."""
    who, where = f"user {attempt.settings.username!r}", f"{TOPICS}/#"
    with Probe(attempt.settings, attempt.id("echo")) as probe:
        probe.come()
        began = time.monotonic()
        if refused := probe.subscribe([attempt.topic]):
            return attempt.quiet, refused[0]
        quiet = max(_LEAST_QUIET, 5 * (time.monotonic() - began))
        if refusal := probe.publish(attempt.topic, [b"echo"]):
            return quiet, f"{who} may not publish on {where}: {refusal}"
        if not probe.listen(quiet, until=1):
            return quiet, f"what {who} publishes on {where} does not come back"
    return quiet, ""


def _absent(attempt: _Try, probe: Probe) -> Iterator[Check]:
    """Leave, let messages be published, come back: how many are there, and how many come before we acknowledge."""
    settings = attempt.settings
    probe.come(clean=False, expiry=_SESSION_SECONDS)
    probe.subscribe([attempt.topic])
    probe.leave()
    with Probe(settings, attempt.id("out")) as sender:
        sender.come()
        sender.publish(attempt.topic, [b"%d" % number for number in range(attempt.queued)])
    if not probe.come(clean=False, expiry=_SESSION_SECONDS).session_present:
        text = "the session is gone after the connection was: what is published while the collector is away is lost"
        yield Check("broker session", "problem", text, f"let the broker keep sessions; {_DOCS}")
        return
    yield Check("broker session", "ok", "it is there after a reconnect")
    window = widened = len(probe.listen(attempt.quiet, until=attempt.queued))
    if attempt.newest:
        probe.come(clean=False, expiry=_SESSION_SECONDS, receive_maximum=settings.receive_maximum)
        widened = len(probe.listen(attempt.quiet, until=min(attempt.queued, settings.receive_maximum)))
    yield _held(_drain(attempt, probe), attempt.queued)
    yield _window(window, widened, attempt)


def _drain(attempt: _Try, probe: Probe) -> int:
    """Return how many messages of the queue come to somebody who acknowledges."""
    probe.leave()
    with Probe(attempt.settings, attempt.id("in")) as reader:
        reader.come(clean=False, expiry=_SESSION_SECONDS)
        return len(set(reader.listen(attempt.quiet, until=attempt.queued)))


def _held(count: int, queued: int) -> Check:
    if count < queued:
        text = (
            f"{count:,} of {queued:,} messages were kept for a client that was away, and the others acknowledged, too"
        )
        return Check("broker queue", "problem", text, f"mosquitto: max_queued_messages 1000000; {_DOCS}")
    return Check("broker queue", "ok", f"all of {queued:,} messages were kept for a client that was away")


def _window(window: int, widened: int, attempt: _Try) -> Check:
    settings = attempt.settings
    text = f"{window:,} messages come before one is acknowledged"
    if settings.protocol == 5:
        text += f"; {widened:,} with mqtt.receive_maximum = {settings.receive_maximum}"
    if widened < min(_WINDOW, settings.receive_maximum, attempt.queued):
        mend = "mosquitto: max_inflight_messages 1000" + ("" if settings.protocol == 5 else ", or mqtt.protocol = 5")
        return Check("broker window", "warning", f"{text}: slow where the line is long", mend)
    return Check("broker window", "ok", text)


def _payload(attempt: _Try, welcome: Welcome) -> Iterator[Check]:
    """Find whether batches pass, and whether what no sensor sends is refused."""
    limit = welcome.properties.get("MaximumPacketSize")
    if isinstance(limit, int):
        if limit < _SMALL:
            yield Check(
                "broker payload", "problem", f"{limit:,} bytes at most", f"allow 1 MiB: batches are cut off; {_DOCS}"
            )
        else:
            yield Check("broker payload", "ok", f"{limit:,} bytes at most, as it says")
        return
    taken = [size for size in (_SMALL, _HUGE) if _takes(attempt, size)]
    if _SMALL not in taken:
        yield Check("broker payload", "problem", f"{_SMALL:,} bytes do not pass", f"allow 1 MiB; {_DOCS}")
    elif _HUGE in taken:
        text = f"{_HUGE:,} bytes pass: any sensor can fill the broker's memory"
        yield Check("broker payload", "warning", text, f"mosquitto: max_packet_size {MAX_PAYLOAD + 4096}; {_DOCS}")
    else:
        yield Check("broker payload", "ok", f"{_SMALL:,} bytes pass, {_HUGE:,} do not")


def _takes(attempt: _Try, size: int) -> bool:
    """Return whether a message of that size is acknowledged; nobody listens to its topic."""
    with Probe(attempt.settings, attempt.id("size")) as sender:
        sender.come()
        try:
            return not sender.publish(f"{attempt.topic}/size", [b"\0" * size])
        except (Retryable, OSError):
            return False


def _anonymous(attempt: _Try) -> Check:
    """Try to get in without showing anything."""
    nobody = attempt.settings.model_copy(
        update={"username": "", "password": SecretStr(""), "password_file": None, "cert_file": None, "key_file": None}
    )
    try:
        with Probe(nobody, attempt.id("nobody")) as probe:
            probe.come()
    except (QualicityError, OSError):
        return Check("broker anonymous", "ok", "who shows nothing is not let in")
    text = "anybody who reaches it is let in, and can send readings of any station"
    return Check(
        "broker anonymous", "warning", text, f"give every sensor a user, unless it listens on loopback alone; {_DOCS}"
    )


def _may_subscribe(attempt: _Try) -> Check:
    """Subscribe to what the collector subscribes to, and leave at once."""
    filters = TopicPattern.parse(attempt.settings.topic).filters
    with Probe(attempt.settings, attempt.id("filters"), hold=True) as probe:
        probe.come()
        refused = probe.subscribe(filters)
        probe.unsubscribe(filters)
    if refused:
        return Check("broker subscription", "problem", "; ".join(refused), "allow it in the broker's access list")
    return Check("broker subscription", "ok", f"{', '.join(filters)} at QoS 1")


def _access(attempt: _Try) -> Iterator[Check]:
    """Try whether the service, and a station whose user is given, may speak for a station that is none of theirs."""
    settings = attempt.settings
    if not _delivered(attempt, settings):
        yield Check("broker access", "ok", "the service's user cannot speak for a station")
    elif settings.username:
        text = f"user {settings.username!r} may speak for any station: who gets its password can, too"
        yield Check("broker access", "warning", text, f"let the service only read readings; {_DOCS}")
    else:
        yield Check("broker access", "warning", "any client may speak for any station", f"give each a user; {_DOCS}")
    if not settings.probe_username:
        text = "not tried: no station's user is given"
        yield Check("broker stations", "ok", f"{text} (mqtt.probe_username)")
        return
    station = settings.model_copy(
        update={
            "username": settings.probe_username,
            "password_file": settings.probe_password_file,
            "cert_file": None,
            "key_file": None,
        }
    )
    try:
        delivered = _delivered(attempt, station)
    except (Permanent, InputError) as error:
        yield Check("broker stations", "warning", f"cannot be tried: {error.cause}", "check mqtt.probe_username")
        return
    if delivered:
        text = f"user {settings.probe_username!r} may speak for another station"
        yield Check("broker stations", "problem", text, f"mosquitto: acl_file with `pattern write +/+/%u/#`; {_DOCS}")
    else:
        yield Check("broker stations", "ok", f"user {settings.probe_username!r} cannot speak for another station")


def _delivered(attempt: _Try, speaker: MqttSettings) -> bool:
    """Return whether what a user publishes as another station reaches who listens to all."""
    with Probe(attempt.settings, attempt.id("ear")) as ear, Probe(speaker, attempt.id("mouth")) as mouth:
        ear.come()
        ear.subscribe([attempt.foreign])
        mouth.come()
        with contextlib.suppress(Retryable):  # a broker may cut off who tries
            mouth.publish(attempt.foreign, [b"probe"])
        return bool(ear.listen(attempt.quiet, until=1))

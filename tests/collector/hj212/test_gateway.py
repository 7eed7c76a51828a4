"""The gateway on real sockets: what is answered, when, and who is sent away."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import itertools
import json
import re
import socket
import threading
import time
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from collector.deadletter import Reason
from collector.embedded_broker import free_port
from collector.hj212 import build, server, session
from collector.hj212.build import Link
from collector.hj212.connection import Connection
from collector.hj212.device import Device, record, run_devices
from collector.hj212.framing import Framer
from collector.hj212.gateway import open_gateway
from collector.hj212.keeper import Keeper
from collector.hj212.loggers import peers
from collector.hj212.memory import NAME, Memory
from collector.hj212.secrets import Secret, load_secrets
from collector.hj212.segment import encode, parse
from collector.hj212.server import Gateway
from collector.hj212.taker import Taker
from collector.intake import Intake
from collector.normalise import Normaliser
from collector.service import run
from collector.testing import mn_of, small_outlets
from collector.topics import TopicPattern
from collector.writer import GroupCommit
from qualicity.clock import SystemClock
from qualicity.errors import Permanent, Retryable
from qualicity.network import Logger
from qualicity.periods import HOUR_MS
from qualicity.settings import Hj212Settings, MqttSettings, Settings
from qualicity.store.embedded import EmbeddedStore
from qualicity.testing import MemoryStore

DOCS = (Path(__file__).parents[3] / "docs" / "hj212.md").read_text("utf-8")
COUNTERS = re.findall(r"^\| `(\S+)` \|", DOCS.partition("<!-- counters -->")[2].partition("<!-- end")[0], re.MULTILINE)
"""What the page says that is counted."""
PATTERN = TopicPattern.parse("{city}/{medium}/{station}/{parameter}")
CLOCK = SystemClock()
NUMBERS = itertools.count(1)


def link(number=1):
    """Return how the logger of outlet `number` writes."""
    return Link(mn_of(number), "123456", "32", "2017")


def frame(number=1, *, value="40.1", cn="2011", time=None):
    """Return an upload with a QN and a time of its own."""
    now = CLOCK.now() + next(NUMBERS)
    readings = [build.reading("w01018", **{"Rtd" if cn == "2011" else "Avg": value, "Flag": "N"})]
    return encode(build.upload(link(number), build.stamp_ms(now), cn, time or now, readings))


class Client:
    """A logger made of a socket."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self._framer = Framer()
        self._packets = []

    def send(self, data):
        """Write bytes."""
        self.socket.sendall(data)

    def packets(self, count, within=3.0):
        """Return as many packets as come, at most `count`, within so many s."""
        end = time.monotonic() + within
        while len(self._packets) < count and (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(65536)
            except TimeoutError:
                break
            if not data:
                break
            self._packets += [parse(found.segment) for found in self._framer.feed(data)]
        taken, self._packets = self._packets[:count], self._packets[count:]
        return taken

    def ended(self, within=3.0):
        """Return whether the gateway ends the connection within so many s."""
        self.socket.settimeout(within)
        try:
            while self.socket.recv(65536):
                pass
        except TimeoutError:
            return False
        except ConnectionError:
            return True
        return True


class Stand:
    """A gateway and an intake that commits to a store in memory."""

    def __init__(self, folder, *, store=None, network=None, **settings):
        self.network = network or small_outlets()
        self.store = store or MemoryStore()
        self.settings = Hj212Settings(**{"handshake": False, **settings})
        known = peers(self.network, {})
        self.gateway = Gateway(self.settings, known, CLOCK, Keeper(folder / NAME))
        self.gateway.start()
        taker = Taker(self.network, known, self.store.registry)
        self.intake = Intake(
            self.gateway.path,
            Normaliser(self.network, PATTERN, self.store.registry, taker),
            GroupCommit(self.store, time.monotonic, messages=1_000, age=0.01),
            CLOCK,
            read=taker.read,
        )
        self.stop = threading.Event()
        self._thread = threading.Thread(target=self.intake.run, args=(self.stop, lambda _: None))
        self._thread.start()
        self.clients = []

    def client(self):
        """Connect."""
        self.clients.append(Client(self.gateway.port))
        return self.clients[-1]

    def count(self, name):
        """Return a counter."""
        return self.gateway.counters().get(f"hj212_{name}", 0)

    def end(self):
        """Stop, as the service does."""
        self.stop.set()
        self.gateway.path.bell.ring()
        self._thread.join(20)
        assert not self._thread.is_alive()
        names = [name.removeprefix("hj212_") for name in self.gateway.counters()]
        assert [name for name in names if not any(fnmatch(name, pattern) for pattern in COUNTERS)] == []


@pytest.fixture(autouse=True)
def short_ticks(monkeypatch):
    """What time asks for is looked at often, so that nobody waits for it long."""
    monkeypatch.setattr(server, "_TICK", 0.05)


@pytest.fixture
def stand(tmp_path):
    """What makes a stand; it is ended with the test."""
    made = []

    def make(**arguments):
        made.append(Stand(tmp_path, **arguments))
        return made[-1]

    yield make
    for one in made:
        for client in one.clients:
            client.socket.close()
        one.end()


def until(true, within=5.0):
    """Wait until something is true; fail when it never is."""
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end, "it never became true"
        time.sleep(0.005)


class Blocked(MemoryStore):
    """A store whose commits wait to be let through, or fail."""

    def __init__(self, error=None):
        super().__init__()
        self.open, self.tried, self.error = threading.Event(), threading.Event(), error

    def append(self, batch):
        """Wait, or fail; then keep."""
        self.tried.set()
        if self.error is not None and not self.open.is_set():
            raise self.error
        self.open.wait(20)
        return super().append(batch)


def test_a_reading_is_stored_and_then_answered(stand):
    gateway = stand()
    client = gateway.client()
    client.send(frame())
    (answer,) = client.packets(1)
    assert answer.cn == "9014"
    (row,) = (row for table in gateway.store.tail(0) for row in table.rows())
    assert (row["station"], row["parameter"], row["value"], row["source"]) == ("o1", "cod", 40.1, "hj212/2017/32")


def test_nothing_is_answered_while_the_store_commits(stand):
    store = Blocked()
    client = stand(store=store).client()
    client.send(frame())
    assert store.tried.wait(5)
    assert client.packets(1, within=0.25) == []
    store.open.set()
    assert [packet.cn for packet in client.packets(1)] == ["9014"]


def test_nothing_is_answered_while_the_store_cannot_commit_and_everything_later(stand):
    store = Blocked(Retryable("the disk is full", "make room"))
    gateway = stand(store=store)
    client = gateway.client()
    client.send(frame() + frame(value="2"))
    until(lambda: gateway.intake.state.paused)
    assert client.packets(1, within=0.25) == []
    assert gateway.store.head().seq == 0
    store.open.set()
    assert len(client.packets(2)) == 2
    assert gateway.store.head().seq == 2


def test_a_heartbeat_is_answered_though_the_store_is_busy(stand):
    store = Blocked()
    client = stand(store=store).client()
    client.send(frame())
    assert store.tried.wait(5)
    client.send(encode(build.request(link(), build.stamp_ms(CLOCK.now()), "9015")))
    assert [packet.cn for packet in client.packets(1)] == ["9013"]
    store.open.set()


def test_what_cannot_be_a_reading_is_a_dead_letter_and_answered(stand):
    gateway = stand()
    client = gateway.client()
    client.send(frame(value="x"))
    assert [packet.cn for packet in client.packets(1)] == ["9014"]
    (letter,) = gateway.store.letters
    assert (letter.source, letter.station, letter.reason) == ("hj212", "o1", Reason.BAD_FIELD)


def test_frames_come_in_any_pieces(stand):
    client = stand().client()
    client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    data = frame() + frame(value="2") + frame(value="3")
    for at in range(0, len(data), 37):
        client.send(data[at : at + 37])
        time.sleep(0.002)
    assert len(client.packets(3)) == 3


def test_refused_frames_are_dead_letters_within_a_quota(stand):
    gateway = stand(letters_per_hour=3, refused_in_a_row=100)
    client = gateway.client()
    client.send(b"".join(frame(9) for _ in range(10)))
    until(lambda: gateway.count("refused_unknown_logger") == 10)
    client.send(frame(1))
    assert len(client.packets(1)) == 1
    assert [letter.reason for letter in gateway.store.letters] == [Reason.UNKNOWN_LOGGER] * 3
    assert gateway.count("letters_over_quota") == 7
    assert gateway.store.letters[0].place == f"hj212 127.0.0.1 MN={mn_of(9)}"


def test_strangers_are_remembered(stand, tmp_path):
    gateway = stand()
    gateway.client().send(frame(9) + frame(9))
    until(lambda: gateway.count("refused_unknown_logger") == 2)
    gateway.end()
    with Memory(tmp_path / NAME, reader=True) as memory:
        assert [(one.mn, one.address, one.frames) for one in memory.strangers()] == [(mn_of(9), "127.0.0.1", 2)]


def test_a_dribbling_frame_is_cut_off_and_others_are_not(stand):
    gateway = stand(frame_seconds=0.2)
    slow, other = gateway.client(), gateway.client()
    slow.send(frame()[:40])
    other.send(frame(2))
    assert slow.ended()
    assert len(other.packets(1)) == 1
    other.send(frame(2))
    assert len(other.packets(1)) == 1


def test_who_never_says_who_he_is_is_sent_away(stand):
    assert stand(first_frame=0.2).client().ended()


def test_a_flood_waits_in_its_own_socket(stand):
    """All of it arrives, at its rate; others are answered at once meanwhile."""
    gateway = stand(frames_per_second=100, in_flight=50)
    flood, other = gateway.client(), gateway.client()
    frames = [frame(value=str(number)) for number in range(480)]
    began = time.monotonic()
    sender = threading.Thread(target=flood.send, args=(b"".join(frames),))
    sender.start()
    other.send(frame(2))
    assert len(other.packets(1, within=1.0)) == 1
    answers = flood.packets(480, within=10)
    sender.join()
    assert len({answer.qn for answer in answers}) == 480
    assert time.monotonic() - began >= 0.6  # 400 at once, 80 at 100 a second
    assert gateway.count("paused") > 0


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"connections": 2}, "connection_connections"),
        ({"connections_per_address": 2}, "connection_connections_per_address"),
        ({"networks": ["10.0.0.0/8"]}, "connection_address"),
    ],
)
def test_connections_are_limited(stand, settings, reason):
    gateway = stand(**settings)
    for number in (1, 2):
        client = gateway.client()
        if reason != "connection_address":
            client.send(frame(number))
            assert len(client.packets(1)) == 1
    assert gateway.client().ended()
    assert gateway.count(f"refused_{reason}") >= 1


def test_a_connection_that_is_over_makes_room(stand):
    gateway = stand(connections=1)
    first = gateway.client()
    first.send(frame())
    assert len(first.packets(1)) == 1
    first.socket.close()
    until(lambda: gateway.count("connections") == 0)
    second = gateway.client()
    second.send(frame())
    assert len(second.packets(1)) == 1


def test_the_newer_connection_of_a_logger_wins(stand):
    gateway = stand()
    older = gateway.client()
    older.send(frame())
    assert len(older.packets(1)) == 1
    newer = gateway.client()
    newer.send(frame())
    assert len(newer.packets(1)) == 1
    assert older.ended()
    newer.send(frame())
    assert len(newer.packets(1)) == 1
    assert (gateway.count("taken_over"), gateway.count("loggers")) == (1, 1)


def test_who_is_connected_and_who_is_gone_is_remembered(stand, tmp_path):
    gateway = stand()
    gone, older, newer = gateway.client(), gateway.client(), gateway.client()
    for number, client in ((1, gone), (2, older), (2, newer)):
        client.send(frame(number))
        assert len(client.packets(1)) == 1
    gone.socket.close()
    until(lambda: gateway.count("connections") == 1)
    gateway.gateway.notes._next = 0.0
    until(lambda: not gateway.gateway.notes._seen)

    def connected():
        with Memory(tmp_path / NAME, reader=True) as memory:
            return {mn: seen.connected for mn, seen in memory.seen().items()}

    until(lambda: connected() == {mn_of(1): False, mn_of(2): True})
    gateway.end()
    assert connected() == {mn_of(1): False, mn_of(2): False}


def test_a_stranger_takes_no_connection_over(stand):
    """Only a frame that is believed makes a connection that of a logger."""
    network = small_outlets(addresses=("127.0.0.1",))
    gateway = stand(network=network)
    own = gateway.client()
    own.send(frame())
    assert len(own.packets(1)) == 1
    thief = socket.create_connection(("127.0.0.1", gateway.gateway.port), source_address=("127.0.0.2", 0))
    with contextlib.closing(thief):
        thief.sendall(frame())
        until(lambda: gateway.count("refused_not_allowed") == 1)
    own.send(frame())
    assert len(own.packets(1)) == 1
    assert gateway.count("taken_over") == 0


def test_answers_that_are_under_way_are_written_before_the_end(stand):
    gateway = stand()
    client = gateway.client()
    client.send(b"".join(frame(value=str(number)) for number in range(30)))
    until(lambda: gateway.intake.state.readings + gateway.intake.state.waiting > 0)
    gateway.end()
    answers = client.packets(30)
    assert client.ended()
    assert len(answers) == gateway.store.head().seq  # what is stored is answered, and what is answered stored


def test_an_address_that_is_taken_is_said(stand, tmp_path):
    taken = stand().gateway.port
    other = Gateway(Hj212Settings(port=taken), {}, CLOCK, Keeper(tmp_path / "other"))
    with pytest.raises(Permanent, match=f"cannot listen on 127.0.0.1:{taken}"):
        other.start()


class FakeTransport(asyncio.Transport):
    """A transport that goes nowhere and notes whether it is read."""

    def __init__(self):
        super().__init__({"peername": ("127.0.0.1", 1), "socket": socket.socket()})
        self.reading = True
        self.closed = self.aborted = False

    def close(self):
        """Close when all is written: here, never."""
        self.closed = True

    def abort(self):
        """Close at once."""
        self.aborted = True

    def pause_reading(self):
        """Read no more."""
        self.reading = False

    def resume_reading(self):
        """Read on."""
        self.reading = True

    def set_write_buffer_limits(self, high=None, low=None):
        """Take note."""


@pytest.fixture
def fake(tmp_path):
    """A connection without a loop, its transport, and s that a test sets."""
    now = [0.0]
    gateway = Gateway(
        Hj212Settings(), peers(small_outlets(), {}), CLOCK, Keeper(tmp_path / NAME), monotonic=lambda: now[0]
    )
    connection, transport = Connection(gateway), FakeTransport()
    connection.connection_made(transport)
    yield connection, transport, now
    gateway.path.bell.close()
    transport.get_extra_info("socket").close()


def test_a_logger_that_reads_no_answers_is_not_read_either(fake):
    connection, transport, _ = fake
    connection.pause_writing()
    assert not transport.reading
    connection.resume_writing()
    assert transport.reading


def test_a_connection_that_is_closed_and_takes_nothing_is_cut_off_and_counted_once(fake):
    connection, transport, now = fake
    for now[0] in (0.0, 31.0, 33.0):
        connection.tick(now[0], 0)
    assert (transport.closed, transport.aborted) == (True, False)
    now[0] = 37.0
    connection.tick(now[0], 0)
    assert transport.aborted
    assert connection._gateway.counters()["hj212_refused_closed_no_valid_frame_in_time"] == 1


def test_who_waits_for_the_store_is_not_blamed_for_it_and_who_takes_no_answers_is(fake):
    connection, transport, now = fake
    connection._gateway.path.put(None)
    connection._gateway.settings = Hj212Settings(waiting=1)
    for now[0] in range(100):
        connection.tick(now[0], 0)
    assert (transport.reading, transport.closed) == (False, False)
    connection.pause_writing()
    now[0] += 31
    connection.tick(now[0], 0)
    assert transport.closed


def test_a_fault_of_ours_ends_one_connection_and_no_other(stand, monkeypatch):
    gateway = stand()
    unlucky, other = gateway.client(), gateway.client()
    for number, client in ((1, unlucky), (2, other)):
        client.send(frame(number))
        assert len(client.packets(1)) == 1
    treat = session.Session.data

    def trip(self, data, now, wall):
        if mn_of(1).encode() in data:
            raise ZeroDivisionError
        return treat(self, data, now, wall)

    monkeypatch.setattr(session.Session, "data", trip)
    unlucky.send(frame(1))
    assert unlucky.ended()
    other.send(frame(2))
    assert len(other.packets(1)) == 1
    assert gateway.count("faults") == 1
    gateway.gateway.check()


def test_a_gateway_that_has_failed_says_so(stand, monkeypatch):
    gateway = stand().gateway
    monkeypatch.setattr(gateway.notes, "flush", lambda: 1 / 0)
    until(lambda: not gateway._thread.is_alive())
    with pytest.raises(RuntimeError, match="has failed"):
        gateway.check()
    assert not gateway.path.line.connected


def test_the_collector_ends_with_its_gateway_and_so_is_started_again(tmp_path, monkeypatch):
    monkeypatch.setattr(Keeper, "flush", lambda _: 1 / 0)
    monkeypatch.setitem(Intake.run.__kwdefaults__, "every", 0.1)  # s between looks
    settings = Settings(mqtt=MqttSettings(url=""), hj212=Hj212Settings(port=free_port()))
    with EmbeddedStore(tmp_path, writer=True, clock=CLOCK) as store, pytest.raises(RuntimeError, match="has failed"):
        run(settings, small_outlets(), store, threading.Event(), clock=CLOCK, folder=tmp_path)


# the simulated logger against the gateway


@pytest.fixture
def devices():
    """A function that lets devices run; they are stopped with the test."""
    stop = threading.Event()
    threads = []

    def run(*some):
        threads.append(threading.Thread(target=run_devices, args=(some, stop)))
        threads[-1].start()

    yield run
    stop.set()
    for thread in threads:
        thread.join(10)


def test_a_device_uploads_in_order_and_is_set(stand, devices):
    network = small_outlets(real_time_interval=30)
    gateway = stand(network=network, handshake=True, overtime=7)
    now = CLOCK.now()
    device = Device(network.loggers[0], address=("127.0.0.1", gateway.gateway.port), heartbeat=0.2)
    device.offset = -3_600_000
    for number in range(5):
        device.put(record("2011", now - 10_000 + number * 1000, {"w01018": str(number)}))
    devices(device)
    until(lambda: device.acknowledged == 5 and len(device.requests) == 3)
    rows = [row["value"] for table in gateway.store.tail(0) for row in table.rows()]
    assert rows == [0, 1, 2, 3, 4]
    until(lambda: abs(device.offset) < 2_000)
    assert device.overtime == 7
    assert [packet.cn for packet in device.requests] == ["1000", "1012", "1062"]


def test_a_device_sends_again_over_a_new_connection(stand, devices, tmp_path):
    gateway = stand()
    device = Device(gateway.network.loggers[0], address=("127.0.0.1", gateway.gateway.port), pause=0.05)
    now = CLOCK.now()
    device.put(record("2011", now, {"w01018": "1"}))
    devices(device)
    until(lambda: device.acknowledged == 1)
    port = gateway.gateway.port
    gateway.end()
    device.put(record("2011", now + 1000, {"w01018": "2"}))
    again = Stand(tmp_path, port=port)
    until(lambda: device.acknowledged == 2)
    again.end()
    assert [row["value"] for table in again.store.tail(0) for row in table.rows()] == [2]


def test_long_records_are_split_and_arrive_whole(stand, devices):
    gateway = stand()
    device = Device(gateway.network.loggers[0], address=("127.0.0.1", gateway.gateway.port), packet_bytes=100)
    device.put(
        record("2061", CLOCK.now() // HOUR_MS * HOUR_MS - HOUR_MS, {"w01018": "1", "w21003": "2", "w00000": "3"})
    )
    devices(device)
    until(lambda: device.acknowledged == 1)
    assert gateway.count("frames") > 1
    assert {row["parameter"]: row["value"] for table in gateway.store.tail(0) for row in table.rows()} == {
        "cod": 1, "nh3n": 2, "flow": 3,
    }  # fmt: skip


def test_after_an_outage_history_is_asked_for_and_comes(tmp_path, devices):
    """The service was away for hours; the logger measured and remembers, and what is missing comes."""
    network = small_outlets(outlets=1)
    hour = CLOCK.now() // HOUR_MS * HOUR_MS
    device = Device(network.loggers[0], pause=0.1)
    hours = [hour - n * HOUR_MS for n in range(30, 0, -1)]
    for n, start in enumerate(hours):
        (device.keep if n else device.put)(record("2061", start, {"w01018": str(n)}))
    settings = Hj212Settings(handshake=False, history_settle=0.0, history_piece=10, history_per_minute=6_000)
    known = peers(network, {})

    def serve(stop, records):
        with EmbeddedStore(tmp_path, writer=True, clock=CLOCK) as store:
            gateway = open_gateway(settings.model_copy(update={"history": bool(records)}), known, CLOCK, tmp_path)
            device.address = ("127.0.0.1", gateway.port)
            taker = Taker(network, known, store.registry)
            intake = Intake(
                gateway.path,
                Normaliser(network, PATTERN, store.registry, taker),
                GroupCommit(store, time.monotonic, messages=1_000, age=0.01),
                CLOCK,
                read=taker.read,
            )
            intake.run(stop, lambda _: None)
            records.append(sorted({row["value"] for table in store.tail(0) for row in table.rows()}))

    stored = []
    for wanted in (1, 30):
        stop = threading.Event()
        service = threading.Thread(target=serve, args=(stop, stored))
        service.start()
        if wanted == 1:
            devices(device)
            until(lambda: device.acknowledged == 1)
        else:
            device.put(record("2061", hours[-1], {"w01018": "29"}))  # the first that comes after the outage
            until(lambda: device.acknowledged == 2)
            until(lambda: sum(packet.cn == "2061" for packet in device.requests) == 3, within=20)
            time.sleep(0.5)
        stop.set()
        service.join(20)
    assert stored == [[0.0], [float(n) for n in range(30)]]
    with Memory(tmp_path / NAME, reader=True) as memory:
        assert {asked.outcome for asked in memory.asked(0)} == {"done"}


# frames in MQTT messages


def test_an_mqtt_payload_that_is_a_frame_is_taken_by_its_own_decoder():
    network, store = small_outlets(), MemoryStore()
    taker = Taker(network, peers(network, {}), store.registry)
    normaliser = Normaliser(network, PATTERN, store.registry, taker)
    for payload in (frame(), frame().rstrip()):
        accepted = normaliser.message("c/wastewater/o1", payload, CLOCK.now())
        assert [row.value for row in accepted.rows] == [40.1]
    (letter,) = normaliser.message("c/wastewater/o2", frame(), CLOCK.now()).letters
    assert (letter.reason, letter.source) == (Reason.NAME_DISAGREES, "mqtt")
    (letter,) = normaliser.message("c/wastewater/o1", frame()[:-9] + b"\r\n", CLOCK.now()).letters
    assert letter.reason == Reason.UNDECODABLE
    (letter,) = normaliser.message("c/wastewater/o1", frame(9), CLOCK.now()).letters
    assert letter.reason == Reason.UNKNOWN_LOGGER
    good = normaliser.message("c/wastewater/o1/cod", json.dumps({"t": CLOCK.now(), "v": 1}).encode(), CLOCK.now())
    assert len(good.rows) == 1


# the page


def test_the_page_lists_what_is_counted():
    """Every counter that the code names is on the page, and the other way round."""
    code = "".join(inspect.getsource(part) for part in (session, server, Connection))
    named = set(re.findall(r'counters\["(\w+)"\]', code)) | {"connections", "loggers", "waiting"}
    families = {f"{name}*" for name in re.findall(r'counters\[f"(\w+_)\{', code)}
    assert set(COUNTERS) == named | families


def test_examples_of_the_page_can_be_taken_as_they_stand(tmp_path):
    logger, secrets, settings = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)
    (declared,) = tomllib.loads(logger)["logger"]
    assert Logger(**{**declared, "addresses": tuple(declared["addresses"])}).station == "plating-works"
    path = tmp_path / "secrets.toml"
    path.write_text(secrets)
    assert load_secrets(path)[declared["mn"]] == Secret("123456", "30" * 16)
    assert Hj212Settings(**tomllib.loads(settings)["hj212"]).port == 8412
    keys = re.findall(r"`([a-z_]+)(?: = false)?`", DOCS)
    for key in ("overtime", "recount", "handshake_hours", "clock_skew", "history_settle", "history_piece", "networks"):
        assert key in keys
        assert key in Hj212Settings.model_fields

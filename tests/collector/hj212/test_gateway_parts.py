"""What the gateway is made of: limits, secrets, paths, its memory, what came before."""

from __future__ import annotations

import os
import threading
import time

import pytest

from collector.deadletter import Reason
from collector.hj212 import build
from collector.hj212.build import Link
from collector.hj212.history import Asked, History, Piece
from collector.hj212.keeper import Keeper
from collector.hj212.limits import Bucket, Quota, comes_from, networks
from collector.hj212.loggers import peers
from collector.hj212.memory import NAME, Memory, Seen
from collector.hj212.path import BothPaths, Doorbell, GatewayPath
from collector.hj212.recall import asked_before, known_intervals, spoken_before
from collector.hj212.secrets import Secret, is_private, load_secrets
from collector.hj212.segment import encode
from collector.hj212.taker import Taker, place_of
from collector.mqtt.bulk import BulkPath
from collector.receive import Line, LoggerFrame, Receipt
from collector.testing import FakeLine, mn_of, small_outlets
from qualicity.errors import InputError, Retryable
from qualicity.model import Batch, DeadLetter, Observations, Statistic
from qualicity.periods import DAY_MS, HOUR_MS
from qualicity.settings import Hj212Settings, MqttSettings
from qualicity.testing import MemoryStore

NOW = 1_795_309_200_000
MN = mn_of(1)


# limits


def test_a_bucket_gives_its_rate_and_a_burst():
    bucket = Bucket(10, 20, 0.0)
    bucket.spend(20, 0.0)
    assert bucket.wait(0.0) == 0.0
    bucket.spend(5, 0.0)
    assert bucket.wait(0.0) == pytest.approx(0.5)
    assert bucket.wait(0.5) == pytest.approx(0.0)
    bucket.spend(0, 1_000.0)
    bucket.spend(21, 1_000.0)  # no more gathers than the burst
    assert bucket.wait(1_000.0) == pytest.approx(0.1)


def test_a_quota_is_of_an_hour_and_a_kind():
    quota = Quota(2)
    assert [quota.take("a", 0.0) for _ in range(3)] == [True, True, False]
    assert quota.take("b", 0.0)
    assert [quota.take("a", 3_600.0) for _ in range(3)] == [True, True, False]
    assert not Quota(0).take("a", 0.0)


def test_a_quota_does_not_grow_with_those_who_ask():
    quota = Quota(1)
    for number in range(30_000):
        quota.take(number, 0.0)
    assert len(quota._taken) <= 10_000


def test_networks_hold_their_addresses():
    allowed = networks(["10.0.0.0/8", "192.168.1.7", "fe80::/10"])
    for address, inside in {
        "10.255.0.1": True, "11.0.0.1": False, "192.168.1.7": True, "192.168.1.8": False,
        "fe80::1%eth0": True, "::ffff:10.0.0.1": True, "": False, "nonsense": False,
    }.items():  # fmt: skip
        assert comes_from(address, allowed) is inside, address


# secrets


def test_secrets_are_read_by_mn(tmp_path):
    path = tmp_path / "secrets.toml"
    path.write_text(f'[{MN}]\npassword = "654321"\nkey = "{"30" * 16}"\n')
    secrets = load_secrets(path)
    assert secrets[MN] == Secret("654321", "30" * 16)
    assert secrets[MN].key_bytes == b"0" * 16
    assert "654321" not in repr(secrets)
    known = peers(small_outlets(), secrets)
    assert (known[MN].trusts("654321"), known[MN].trusts("123456"), known[mn_of(2)].trusts("any")) == (
        True,
        False,
        True,
    )


@pytest.mark.parametrize(
    "text",
    [
        'password = "hidden"',
        '[A]\npassword = "hidden"\npasword = "x"',
        '[A]\nkey = "hidden"',
        '[A]\npassword = "hidden',
        "[A]\npassword = 654321",
    ],
)
def test_a_wrong_secrets_file_is_refused_without_telling_a_secret(tmp_path, text):
    path = tmp_path / "secrets.toml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_secrets(path)
    assert "hidden" not in str(caught.value)
    assert "654321" not in str(caught.value)
    assert caught.value.__cause__ is None or "hidden" not in str(caught.value.__cause__)


def test_a_secrets_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        load_secrets(tmp_path / "none.toml")
    assert load_secrets(None) == {}


def test_a_secrets_file_is_private_when_others_cannot_read_it(tmp_path):
    path = tmp_path / "secrets.toml"
    path.touch()
    for mode, private in ((0o600, True), (0o400, True), (0o640, True), (0o644, False), (0o660, False)):
        path.chmod(mode)
        assert is_private(path) is private, oct(mode)


# paths


def gateway_path(committed=lambda _: None):
    """Return a path without a gateway behind it."""
    return GatewayPath(committed, lambda: None, lambda: Line(connected=True, connections=1, state="gateway"))


def frame(number):
    """Return a frame of the gateway."""
    return LoggerFrame(b"##", Receipt(7, number), None)


def test_a_bell_wakes_who_waits():
    path = gateway_path()
    threading.Timer(0.1, lambda: path.put(frame(1))).start()
    began = time.monotonic()
    assert len(path.receive(10, 5.0)) == 1
    assert time.monotonic() - began < 2.0
    began = time.monotonic()
    assert not path.receive(10, 0.1)  # it is quiet again
    assert time.monotonic() - began >= 0.09
    path.close()
    path.bell.ring()  # whoever comes late harms nobody


def test_a_bell_that_is_rung_while_somebody_looks_does_not_ring_on(monkeypatch):
    path, write = gateway_path(), os.write

    def look_before(descriptor, data):
        path.take(10)
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", look_before)
    path.put(frame(1))
    monkeypatch.undo()
    path.receive(10, 0.1)  # in vain at most once
    began = time.monotonic()
    assert not path.receive(10, 0.1)
    assert time.monotonic() - began >= 0.09
    path.close()


def test_a_bell_that_rings_does_not_spin_who_may_take_nothing():
    path = gateway_path()
    path.put(frame(1))
    began = time.monotonic()
    assert not path.receive(0, 0.1)
    assert time.monotonic() - began >= 0.09
    path.close()


class ListeningLine(FakeLine):
    """A line fed by hand that can be told of a bell."""

    bell = None


def test_both_paths_come_as_one_and_go_back_each_by_itself():
    durable = []
    broker, gateway = ListeningLine(), gateway_path(durable.extend)
    both = BothPaths(broker, gateway)
    assert isinstance(broker.bell, Doorbell)
    for number in range(1, 5):
        broker.send("topic", b"1")
        gateway.put(frame(number))
    received = both.receive(100, 0.0)
    assert len(received) == 8
    assert both.acknowledge([received.receipts], [frame.receipt for frame in received.frames]) == 8
    assert [receipt.frame for receipt in durable] == [1, 2, 3, 4]
    assert broker.acknowledged == [1, 2, 3, 4]
    both.close()
    assert broker.closed


def test_neither_path_starves_the_other():
    broker, gateway = ListeningLine(), gateway_path()
    both = BothPaths(broker, gateway)
    for number in range(1, 101):
        broker.send("topic", b"1")
        gateway.put(frame(number))
    received = both.receive(20, 0.0)
    assert (len(received.frames), len(received.topics)) == (10, 10)
    assert len(both.receive(0, 0.0)) == 0
    both.close()


def test_frames_fill_what_the_broker_leaves():
    broker, gateway = ListeningLine(), gateway_path()
    both = BothPaths(broker, gateway)
    for number in range(1, 31):
        gateway.put(frame(number))
    assert len(both.receive(20, 0.0)) == 20
    both.close()


def test_a_broker_that_does_not_answer_holds_no_frame_up():
    """Neither while a connection to it hangs, nor while we wait to try again."""
    broker, gateway = BulkPath(MqttSettings(), ["#"]), gateway_path()
    both = BothPaths(broker, gateway)
    release, calls = threading.Event(), []

    def hang(*_, **__):
        calls.append(1)
        release.wait(0.7 if len(calls) == 1 else 20)
        raise OSError("no route to host")

    broker._client.connect = hang
    waits = []
    for number in range(1, 30):
        threading.Timer(0.03, gateway.put, [frame(number)]).start()
        began = time.monotonic()
        while not both.receive(10, 0.5):
            pass
        waits.append(time.monotonic() - began)
    assert max(waits) < 0.6
    assert "no route to host" in both.line.state
    end = time.monotonic() + 5
    while len(calls) < 2 and time.monotonic() < end:  # it is tried again
        both.receive(10, 0.05)
    assert len(calls) == 2
    release.set()
    both.close()


def test_a_fault_while_connecting_is_raised():
    """What is no fault of the network is raised where it is seen."""
    broker, gateway = BulkPath(MqttSettings(), ["#"]), gateway_path()
    both = BothPaths(broker, gateway)

    def fail(*_, **__):
        raise ValueError("a fault of ours")

    def look_often():
        for _ in range(50):
            both.receive(10, 0.05)

    broker._client.connect = fail
    with pytest.raises(ValueError, match="a fault of ours"):
        look_often()
    both.close()


# memory and what came before


def test_memory_keeps_what_was_asked_and_the_last_strangers(tmp_path):
    asked = Asked(Piece(MN, "2061", NOW - DAY_MS, NOW), NOW, "no data")
    with Memory(tmp_path / NAME) as memory:
        memory.note_asked(asked)
        for number in range(300):
            memory.note_stranger(f"{number:04}", "10.0.0.1", NOW + number, 1)
        memory.note_stranger("0299", "10.0.0.1", NOW + 1_000, 4)
        strangers = memory.strangers()
        assert len(strangers) == 200
        assert strangers[0] == ("0299", "10.0.0.1", NOW + 299, NOW + 1_000, 5)
    assert asked_before(tmp_path, NOW - 1) == [asked]
    assert asked_before(tmp_path, NOW) == []
    assert asked_before(tmp_path / "nowhere", 0) == []


def test_memory_knows_who_is_connected_in_this_run(tmp_path):
    with Memory(tmp_path / NAME) as memory:
        memory.note_seen([Seen("A", "10.0.0.1", NOW, connected=True), Seen("B", "10.0.0.2", NOW, connected=True)])
        memory.note_seen([Seen("B", "10.0.0.2", NOW + 1, connected=False)])
    keeper = Keeper(tmp_path / NAME)  # after a run that could write down nothing more
    keeper.seen("B", "10.0.0.3", NOW + 2, connected=True)
    keeper.flush()
    keeper.close()
    with Memory(tmp_path / NAME, reader=True) as memory:
        assert memory.seen() == {
            "A": ("A", "10.0.0.1", NOW, False),
            "B": ("B", "10.0.0.3", NOW + 2, True),
        }


def test_memory_forgets_after_a_year(tmp_path):
    with Memory(tmp_path / NAME) as memory:
        memory.note_asked(Asked(Piece(MN, "2061", 0, HOUR_MS), NOW - 500 * DAY_MS, "done"))
        memory.note_asked(Asked(Piece(MN, "2061", NOW, NOW + 1), NOW, "done"))
        assert len(memory.asked(-1)) == 1


def test_a_keeper_goes_on_when_it_cannot_write(tmp_path):
    keeper = Keeper(tmp_path / "nowhere" / NAME)
    for number in range(1_000):
        keeper.stranger(str(number), "10.0.0.1", NOW)
        keeper.asked(Asked(Piece(MN, "2061", 0, 1), NOW, "done"))
    keeper.flush()
    keeper.close()
    with pytest.raises(Retryable):
        Memory(tmp_path / "nowhere" / NAME)


def hours_of(registry, station, starts, period=3600):
    """Return rows of COD at a station."""
    return Observations.build(
        registry, len(starts), station=station, parameter="cod", start=starts, period=period, value=1.0, unit="mg/L",
        statistic=Statistic.MEAN,
    )  # fmt: skip


def test_known_are_the_intervals_of_the_loggers_own_station():
    store = MemoryStore()
    for station, period, starts in (
        ("o1", 3600, [NOW, NOW, NOW + HOUR_MS]),
        ("o1", 600, [NOW + 600_000]),
        ("o1", 0, [NOW + 5]),
        ("o2", 3600, [NOW + 2 * HOUR_MS]),
        ("elsewhere", 3600, [NOW]),
    ):
        store.append(Batch(hours_of(store.registry, station, starts, period)))
    network = small_outlets(minute_interval=10)
    history = History(Hj212Settings(), network.logger_by_mn, 0.0)
    found = [*known_intervals(store.scan(), network.loggers, history.steps)]
    assert sorted(found) == [
        (mn_of(1), "2051", [NOW + 600_000]),
        (mn_of(1), "2061", [NOW, NOW + HOUR_MS]),
        (mn_of(2), "2061", [NOW + 2 * HOUR_MS]),
    ]


def test_what_an_earlier_run_asked_for_in_vain_is_not_asked_for_again():
    network = small_outlets()
    history = History(Hj212Settings(history_tries=1), network.logger_by_mn, 0.0)
    history.begin()
    history.came(MN, "2061", [NOW - 10 * HOUR_MS, NOW - HOUR_MS])
    history.remember([Asked(Piece(MN, "2061", NOW - 9 * HOUR_MS, NOW - 3 * HOUR_MS), NOW - DAY_MS, "no data")])
    piece = history.next(MN, 1.0, NOW)
    assert piece == Piece(MN, "2061", NOW - 3 * HOUR_MS, NOW - HOUR_MS)


def test_nothing_is_missing_of_a_logger_that_never_sent_such_data():
    history = History(Hj212Settings(), small_outlets().logger_by_mn, 0.0)
    history.begin()
    assert history.next(MN, 1.0, NOW) is None


def test_after_an_outage_longer_than_is_asked_for_all_of_that_is_missing():
    history = History(Hj212Settings(history_hours=24), small_outlets().logger_by_mn, 0.0)
    history.begin()
    history.came_before(MN, "2061")
    history.came(MN, "2061", [NOW - HOUR_MS])
    assert history.next(MN, 1.0, NOW) == Piece(MN, "2061", NOW - 23 * HOUR_MS, NOW - HOUR_MS)


def test_older_intervals_are_looked_for_until_all_are_found():
    store = MemoryStore()
    for number in range(3):
        store.append(Batch(hours_of(store.registry, "o1", [NOW + number * HOUR_MS])))
    network = small_outlets()
    history = History(Hj212Settings(), network.logger_by_mn, 0.0)
    read = []

    def tables():
        for at in range(3):
            read.append(at)
            yield next(store.tail(at, limit=1))

    assert [*spoken_before(tables(), network.loggers[:1], history.steps)] == [(MN, "2061")]
    assert read == [0]
    assert [*spoken_before(tables(), network.loggers[1:], history.steps)] == []


def test_nothing_is_asked_for_before_it_is_known_what_came():
    history = History(Hj212Settings(), small_outlets().logger_by_mn, 0.0)
    history.came(MN, "2061", [NOW - 10 * HOUR_MS])
    assert history.next(MN, 1.0, NOW) is None
    history.begin()
    assert history.next(MN, 1.0, NOW) is not None


def test_history_forgets_what_is_too_old():
    history = History(Hj212Settings(history_hours=24), small_outlets().logger_by_mn, 0.0)
    history.begin()
    history.came(MN, "2061", range(NOW - 3_000 * HOUR_MS, NOW, HOUR_MS))
    assert history.next(MN, 1.0, NOW + 12 * HOUR_MS) == Piece(MN, "2061", NOW, NOW + 11 * HOUR_MS)
    (series,) = (series for key, series in history._series.items() if key[0] == MN)
    assert len(series.known) <= 24


# dead letters


def letter(reason, *, pw="123456", address="10.1.1.1"):
    """Return a refused frame."""
    packet = build.upload(
        Link(MN, pw, "32", "2017"), build.stamp_ms(NOW), "2011", NOW, [build.reading("w01018", Rtd="1", Flag="N")]
    )
    return DeadLetter("hj212", place_of(address, MN), reason, "detail", encode(packet), NOW)


def test_a_dead_letter_is_taken_when_the_network_file_is_mended():
    network, registry = small_outlets(), MemoryStore().registry
    before = Taker(small_outlets(outlets=0), {}, registry)
    assert before.again(letter(Reason.UNKNOWN_LOGGER)).rows == []
    after = Taker(network, peers(network, {}), registry)
    assert [row.value for row in after.again(letter(Reason.UNKNOWN_LOGGER)).rows] == [1.0]


def test_who_was_refused_for_who_he_is_stays_refused():
    network = small_outlets(addresses=("10.1.0.0/16",))
    taker = Taker(network, peers(network, {MN: Secret(password="654321")}), MemoryStore().registry)
    for own, taken in (
        (letter(Reason.NOT_ALLOWED), False),
        (letter(Reason.NOT_ALLOWED, pw="654321"), True),
        (letter(Reason.NOT_ALLOWED, pw="654321", address="10.2.0.1"), False),
    ):
        assert bool(taker.again(own).rows) is taken


def test_a_dead_letter_that_is_no_frame_stays_one():
    network = small_outlets()
    taker = Taker(network, peers(network, {}), MemoryStore().registry)
    own = DeadLetter("hj212", place_of("10.0.0.1", ""), Reason.UNDECODABLE, "no frame", b"hello", NOW)
    assert taker.again(own).letters == [own]

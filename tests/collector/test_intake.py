"""Group commit and intake on a line without a broker: what is acknowledged when, and what happens when it cannot be."""

from __future__ import annotations

import json
import threading

import pytest

from collector.intake import Intake
from collector.normalise import Normaliser
from collector.testing import FakeLine, small_network
from collector.topics import TopicPattern
from collector.writer import IDLE_MESSAGES, GroupCommit
from qualicity.errors import IntegrityError, Retryable
from qualicity.testing import FakeClock, MemoryStore

PATTERN = TopicPattern.parse("{city}/{medium}/{station}/{parameter}")
NOW = 1795309200000


class Time:
    """Seconds that pass only when told."""

    def __init__(self):
        self.now = 100.0


class Stand:
    """Intake with everything around it in our hands."""

    def __init__(self, store=None, *, messages=100, age=1.0):
        self.line = FakeLine()
        self.time = Time()
        self.store = store or MemoryStore()
        self.intake = Intake(
            self.line,
            Normaliser(small_network(), PATTERN, self.store.registry),
            GroupCommit(self.store, lambda: self.time.now, messages=messages, age=age),
            FakeClock(NOW),
            monotonic=lambda: self.time.now,
        )

    def send(self, count):
        """Let readings wait on the line, each with its number."""
        for number in range(count):
            self.line.send("c/air/s1/pm25", json.dumps({"t": NOW, "v": number}).encode())

    def drain(self):
        """Run with the stop already set."""
        stop = threading.Event()
        stop.set()
        self.intake.run(stop, lambda _: None)


class Failing(MemoryStore):
    """A store that fails so many times."""

    def __init__(self, failures, error=Retryable):
        super().__init__()
        self.failures, self.error = failures, error

    def append(self, batch):
        """Fail, or keep."""
        if self.failures:
            self.failures -= 1
            raise self.error("no", "wait")
        return super().append(batch)


def test_messages_wait_for_the_commit_that_holds_them():
    stand = Stand()
    stand.send(3)
    stand.intake.step()
    assert (len(stand.line.unacknowledged), stand.store.head().seq) == (3, 0)
    stand.time.now += 1.0
    stand.intake.step()
    assert (len(stand.line.unacknowledged), stand.store.head().seq) == (0, 3)
    assert stand.intake.state.acknowledged == 3


def test_a_full_group_is_committed_at_once():
    stand = Stand(messages=10)
    stand.send(25)
    stand.intake.step()
    assert stand.intake.state.commits == 1
    assert len(stand.line.acknowledged) == 10


def test_a_group_of_large_messages_is_committed_at_once():
    """However many messages may wait: what they are read into would not fit into memory."""
    stand = Stand(messages=1_000)
    for _ in range(40):
        stand.line.send("c/air/s1/pm25", b" " * (1 << 17) + json.dumps({"t": NOW, "v": 1}).encode())
    one_by_one = stand.line.receive
    stand.line.receive = lambda limit, timeout: one_by_one(min(limit, 1), timeout)
    for _ in range(40):
        stand.intake.step()
    assert stand.intake.state.commits == 2
    assert stand.intake.state.waiting == 40 - 2 * 16


def test_an_idle_line_with_a_small_windows_worth_is_committed_at_once():
    """A broker that keeps 20 in flight sends nothing more until they are acknowledged: waiting would be for nothing."""
    stand = Stand()
    stand.send(IDLE_MESSAGES)
    stand.intake.step()
    assert len(stand.line.acknowledged) == IDLE_MESSAGES


def test_a_window_that_fills_one_look_does_not_wait_for_the_age_of_the_commit():
    """1,000 in flight, as much as is taken at a look: that nothing more comes is seen by looking, not by waiting."""
    stand = Stand(messages=5_000)
    looked = stand.line.receive

    def receive(limit, timeout):
        received = looked(limit, timeout)
        if not len(received):
            stand.time.now += timeout  # as a line does on which nothing comes
        return received

    stand.line.receive = receive
    stand.send(1_000)
    while not stand.line.acknowledged:
        stand.intake.step()
    assert stand.time.now == 100.0


def test_acknowledgements_go_out_in_the_order_of_arrival():
    stand = Stand(messages=7)
    stand.send(30)
    for _ in range(10):
        stand.intake.step()
    stand.drain()
    assert stand.line.acknowledged == list(range(1, 31))


def test_when_the_store_cannot_commit_nothing_is_acknowledged_and_later_everything_is():
    stand = Stand(Failing(2), messages=10)
    stand.send(15)
    stand.intake.step()
    assert stand.intake.state.paused
    for _ in range(5):  # before its pause is over the store is not asked again
        stand.intake.step()
    assert (stand.line.acknowledged, stand.store.failures) == ([], 1)
    assert len(stand.line.unacknowledged) == 10  # no more is taken than may wait
    while stand.intake.state.readings < 15:
        stand.time.now += 1.0
        stand.intake.step()
    assert not stand.intake.state.paused
    assert [row["value"] for table in stand.store.tail(0) for row in table.rows()] == list(range(15))
    assert len(stand.line.acknowledged) == 15


def test_stopping_commits_what_waits_acknowledges_it_and_closes():
    stand = Stand()
    stand.send(3)
    stand.intake.step()
    stand.drain()
    assert (len(stand.line.acknowledged), stand.store.head().seq, stand.line.closed) == (3, 3, True)


def test_stopping_while_the_store_fails_leaves_everything_unacknowledged():
    stand = Stand(Failing(99))
    stand.send(3)
    stand.intake.step()
    stand.drain()
    assert (stand.line.acknowledged, stand.line.closed) == ([], True)


def test_an_error_that_will_not_pass_ends_intake_without_acknowledging():
    stand = Stand(Failing(1, IntegrityError))
    stand.send(3)
    stand.intake.step()
    stand.time.now += 1.0
    with pytest.raises(IntegrityError):
        stand.intake.run(threading.Event(), lambda _: None)
    assert (stand.line.acknowledged, stand.line.closed) == ([], True)


def test_dead_letters_are_committed_with_the_readings_and_acknowledged():
    stand = Stand()
    stand.send(1)
    stand.line.send("c/air/s1/pm25", b"garbage")
    stand.line.send("nobody/knows/this", b"{}")
    stand.intake.step()
    stand.drain()
    assert [letter.place for letter in stand.store.letters] == ["c/air/s1/pm25", "nobody/knows/this"]
    assert (stand.intake.state.readings, stand.intake.state.dead_letters, len(stand.line.acknowledged)) == (1, 2, 3)


def test_every_message_is_counted():
    stand = Stand(messages=4)
    stand.send(9)
    while stand.intake.state.received < 9:
        stand.intake.step()
    stand.drain()
    state = stand.intake.state
    assert (state.received, state.readings, state.waiting, state.last_message) == (9, 9, 0, NOW)

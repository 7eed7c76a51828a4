"""Commits on a slow disk: intake goes on meanwhile, nothing is acknowledged early, order is kept, errors keep all."""

from __future__ import annotations

import json
import threading
import time

import pytest

from collector.intake import Intake
from collector.normalise import Normaliser
from collector.testing import FakeLine, small_network
from collector.topics import TopicPattern
from collector.writer import SLOW_SECONDS, GroupCommit
from qualicity.errors import IntegrityError, Retryable
from qualicity.testing import FakeClock, MemoryStore

PATTERN = TopicPattern.parse("{city}/{medium}/{station}/{parameter}")
NOW = 1795309200000
FSYNC = 0.03  # s


class Time:
    """Seconds that pass when told."""

    now = 0.0


class SlowDisk(MemoryStore):
    """A store whose every commit takes its time; it can be told to stop in the middle, and to fail."""

    def __init__(self, clock):
        super().__init__()
        self.clock = clock
        self.seconds = FSYNC
        self.begun = 0
        self.kept = []  # values of each commit
        self.may_end = threading.Event()
        self.may_end.set()
        self.failures = {}  # number of an attempt -> error
        self.threads = set()

    def append(self, batch):
        """Keep a batch, or fail."""
        self.begun += 1
        self.threads.add(threading.current_thread())
        number = self.begun
        self.clock.now += self.seconds
        assert self.may_end.wait(30)
        if error := self.failures.get(number):
            raise error
        self.kept.append(batch.observations["value"].tolist())
        return super().append(batch)


class Stand:
    """Intake in front of a slow disk."""

    def __init__(self, *, messages=10, age=0.001):
        self.clock, self.line = Time(), FakeLine()
        self.store = SlowDisk(self.clock)
        self.group = GroupCommit(self.store, self.monotonic, messages=messages, age=age)
        normaliser = Normaliser(small_network(), PATTERN, self.store.registry)
        self.intake = Intake(self.line, normaliser, self.group, FakeClock(NOW), monotonic=self.monotonic)
        self.sent = 0

    def monotonic(self):
        """Return the seconds."""
        return self.clock.now

    def send(self, count):
        """Let readings wait on the line, each with its number."""
        for _ in range(count):
            self.sent += 1
            self.line.send("c/air/s1/pm25", json.dumps({"t": NOW, "v": self.sent}).encode())

    def steps_until(self, reached):
        """Take steps until something is so; fail when it takes too long."""
        end = time.monotonic() + 30
        while not reached():
            self.intake.step()
            self.clock.now += 0.001
            assert time.monotonic() < end

    def warm_up(self):
        """Have two slow commits, after which they are left to the thread."""
        self.send(20)
        self.steps_until(lambda: len(self.line.acknowledged) == 20)
        assert self.intake.state.pipelined

    def drain(self):
        """Run with the stop already set."""
        stop = threading.Event()
        stop.set()
        self.intake.run(stop, lambda _: None)

    def values(self):
        """Return what is kept, in order."""
        return [row["value"] for rows in self.store.tail(0) for row in rows.rows()]


@pytest.fixture
def stand():
    found = Stand()
    yield found
    found.store.may_end.set()
    found.group.close()


def test_a_quick_disk_needs_no_thread():
    stand = Stand()
    stand.store.seconds = 0.0
    before = threading.active_count()
    for _ in range(50):
        stand.send(10)
        stand.intake.step()
    assert (len(stand.line.acknowledged), threading.active_count()) == (500, before)
    stand.group.close()


def test_while_a_slow_disk_commits_intake_goes_on_receiving(stand):
    stand.warm_up()
    stand.store.may_end.clear()
    stand.send(100)
    stand.steps_until(lambda: stand.store.begun == 3 and stand.intake.state.received == 50)
    for _ in range(5):
        stand.intake.step()
    assert stand.intake.state.received == 20 + 30  # two batches in flight, and one that is gathered
    assert (stand.group.in_flight, stand.group.under_way) == (2, 2)
    assert stand.store.begun == 3
    assert len(stand.line.acknowledged) == 20  # nothing early
    stand.store.may_end.set()
    stand.steps_until(lambda: len(stand.line.acknowledged) == 120)
    assert stand.line.acknowledged == list(range(1, 121))
    assert stand.values() == list(range(1, 121))
    assert len(stand.store.threads) == 2  # this one, and the one of the commits


def test_a_commit_is_acknowledged_though_the_line_is_idle(stand):
    """A broker with a small window sends nothing more until it hears of what it has sent."""
    stand.warm_up()
    stand.send(3)
    stand.steps_until(lambda: len(stand.line.acknowledged) == 23)


@pytest.mark.parametrize("failing", [0, 1])
def test_a_failure_keeps_all_behind_it_and_acknowledges_none_of_it(stand, failing):
    stand.warm_up()
    stand.store.may_end.clear()
    stand.store.failures = {3 + failing: Retryable("no room", "wait")}
    stand.send(40)
    for _ in range(20):
        stand.intake.step()
    assert stand.group.under_way == 2
    stand.store.may_end.set()
    stand.steps_until(lambda: stand.intake.state.paused)
    kept = 20 + 10 * failing
    assert len(stand.line.acknowledged) == stand.intake.state.acknowledged == kept
    assert stand.values() == list(range(1, kept + 1))
    assert stand.store.begun == 3 + failing  # what was behind it was not even tried
    assert stand.group.room == 0
    stand.steps_until(lambda: len(stand.line.acknowledged) == 60)
    assert stand.values() == stand.line.acknowledged == list(range(1, 61))
    assert not stand.intake.state.paused


def test_an_error_that_will_not_pass_ends_intake_and_acknowledges_nothing_of_it(stand):
    stand.warm_up()
    stand.store.failures = {3: IntegrityError("broken", "restore")}
    stand.send(20)
    with pytest.raises(IntegrityError):
        stand.intake.run(threading.Event(), lambda _: None)
    assert (len(stand.line.acknowledged), stand.line.closed) == (20, True)


def test_stopping_waits_for_what_is_in_flight_and_commits_what_was_gathered(stand):
    stand.warm_up()
    stand.send(25)
    for _ in range(3):
        stand.intake.step()
    assert stand.group.waiting
    taken = stand.intake.state.received
    stand.drain()
    assert stand.line.acknowledged == stand.values() == list(range(1, taken + 1))
    assert stand.group.waiting == 0


def test_stopping_while_the_slow_store_fails_acknowledges_nothing_more(stand):
    stand.warm_up()
    stand.store.failures = dict.fromkeys(range(3, 50), Retryable("no room", "wait"))
    stand.send(25)
    stand.intake.step()
    stand.drain()
    assert (len(stand.line.acknowledged), stand.line.closed) == (20, True)


def test_the_store_can_be_had_for_oneself(stand):
    stand.warm_up()
    stand.send(20)
    for _ in range(3):
        stand.intake.step()
    stand.intake.settle()
    assert (stand.group.under_way, stand.group.in_flight) == (0, 0)


def test_a_disk_that_is_quick_again_needs_no_thread_again(stand):
    stand.warm_up()
    stand.store.seconds = 0.0
    for _ in range(120):
        stand.send(10)
        stand.steps_until(lambda: len(stand.line.acknowledged) == stand.sent)
    assert not stand.intake.state.pipelined


def test_times_of_commits_are_counted(stand):
    stand.warm_up()
    counted = stand.intake.state.commit_seconds.counters("commit_seconds")
    assert counted["commit_seconds_count"] == stand.intake.state.commits
    assert counted["commit_seconds_sum"] >= SLOW_SECONDS * 2
    stand.line.send("c/air/s1/pm25", b"garbage")
    stand.line.send("nobody", b"{}")
    stand.send(1)
    stand.steps_until(lambda: stand.intake.state.commits > 2)
    assert stand.intake.state.reasons == {"undecodable": 1, "unknown channel": 1}
    assert stand.intake.state.dead_letters == 2

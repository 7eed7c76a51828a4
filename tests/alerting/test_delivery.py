"""Delivery: what a sender says becomes a state; nothing that a sender does ends a worker."""

from __future__ import annotations

import threading
import time
from collections import deque

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from alerting.channels.base import Receipt, Refused, TryLater
from alerting.channels.limiter import Limiter
from alerting.channels.schema import Rate
from alerting.delivery import LOOK, Courier, Delivery
from alerting.message import Message, Notice
from alerting.store import AlertStore
from qualicity.clock import SystemClock
from qualicity.testing import FakeClock

MINUTE, HOUR = 60_000, 3_600_000


def notice(number, *, severity="P2", channel="chan"):
    """A notice of an incident of its own."""
    message = Message(
        key=f"{number}/raised", kind="raised", verb="trigger", severity=severity, title_zh="题", title_en="title",
        lines_zh=("一",), lines_en=("one",), dedup="d", source="c", at=0,
    )  # fmt: skip
    return Notice(number, "raised", channel, "", "", message)


class Scripted:
    """A sender that does what it is told, then takes everything."""

    def __init__(self, *script, then=None):
        self.script, self.then = deque(script), then
        self.sent = []
        self.closed = False

    def send(self, message, recipient):
        """Do the next thing."""
        outcome = self.script.popleft() if self.script else self.then
        if outcome is not None:
            raise outcome
        self.sent.append(message)
        return Receipt("0", "ok")

    def close(self):
        """Remember it."""
        self.closed = True

    @property
    def keys(self):
        """What was taken."""
        return [message.key for message in self.sent]


class World:
    """A store, a clock, and a courier of one channel."""

    def __init__(self, path, sender, rate=None):
        self.store, self.clock, self.sender = AlertStore(path), FakeClock(10 * HOUR), sender
        self.courier = Courier(
            self.store, "chan", sender, Limiter(rate or Rate()), self.clock, "w", die=lambda: 0.0, step=self.step
        )
        self.steps = []

    def step(self, name):
        """Note what is done."""
        self.steps.append(name)

    def add(self, *notices):
        """Put notices in now."""
        self.store.outbox.add(notices, self.clock.now())

    def states(self):
        """Return the states of all rows, oldest first."""
        return [row.state for row in reversed(self.store.outbox.recent())]

    def run(self, ms):
        """Let time pass, looking as the thread would."""
        ends = self.clock.now() + ms
        while self.clock.now() < ends:
            self.clock.time += max(1, min(self.courier.deliver(), ends - self.clock.now()))


@pytest.fixture
def world(tmp_path):
    made = []

    def make(*script, rate=None, then=None):
        made.append(World(tmp_path / "alerting.db", Scripted(*script, then=then), rate))
        return made[-1]

    yield make
    for one in made:
        one.store.close()


def test_all_that_is_due_goes_out_in_one_go_with_one_commit_a_message(world):
    one = world()
    one.add(*[notice(n) for n in range(1, 4)])
    assert one.courier.deliver() == LOOK
    assert one.sender.keys == ["1/raised", "2/raised", "3/raised"]
    assert one.states() == ["delivered"] * 3
    assert one.steps == ["leased", "sent", "settled"] * 3


def test_try_later_is_tried_later_and_refused_is_dead(world):
    one = world(TryLater("500", "busy"), Refused("310000", "sign not match", "mend the key"))
    one.add(notice(1), notice(2))
    with structlog.testing.capture_logs() as logs:
        one.courier.deliver()
    first, second = reversed(one.store.outbox.recent())
    assert (first.state, first.code, first.next_at - one.clock.now()) == ("waiting", "500", 1_000)
    assert (second.state, second.code, second.answer) == ("dead", "310000", "sign not match; mend the key")
    assert [(line["event"], line.get("key")) for line in logs] == [
        ("a channel does not take messages now", None),
        ("message not delivered", "2/raised"),
    ]
    one.run(3_000)
    assert one.states() == ["delivered", "dead"]


def test_any_other_error_is_tried_again_and_told(world):
    one = world(RuntimeError("a bug"), MemoryError(), KeyError("x"))
    one.add(notice(1))
    with structlog.testing.capture_logs() as logs:
        one.run(20_000)
    assert one.sender.keys == ["1/raised"]
    assert [line["error"] for line in logs] == ["RuntimeError", "MemoryError", "KeyError"]
    assert len(one.store.outbox.report(1)[0].tries) == 4


def test_a_provider_that_is_ill_for_a_day_ends_in_death_told_once(world):
    one = world(then=TryLater("503", "ill"))
    one.add(notice(1))
    with structlog.testing.capture_logs() as logs:
        one.run(25 * HOUR)
    (dead,) = one.store.outbox.newly_dead(0)
    assert dead.code == "503"
    assert [line["event"] for line in logs] == ["a channel does not take messages now", "message not delivered"]
    assert [line["code"] for line in logs] == ["503"] * 2


def test_a_message_that_comes_late_says_so(world):
    """Beijing time of the decision; the key is the same."""
    one = world(then=TryLater("", "no answer"))
    one.add(notice(1))
    one.run(2 * HOUR)
    one.sender.then = None
    one.run(HOUR)
    (message,) = one.sender.sent
    assert message.key == "1/raised"
    assert message.lines_zh[0] == "此消息送达较晚，生成于 01-01 18:00（北京时间）"  # noqa: RUF001 - a Chinese sentence
    assert message.lines_en[0] == "sent late, decided at 01-01 18:00 Beijing time"


def test_a_full_minute_waits_and_the_gravest_goes_first_then(world):
    """20 a minute in any minute, and what is urgent does not queue behind what is not."""
    one = world(rate=Rate(per_minute=20))
    one.add(*[notice(n, severity="P3") for n in range(1, 51)])
    one.run(10_000)
    assert len(one.sender.sent) == 20
    one.add(notice(99, severity="P1"))
    one.run(51_000)
    assert one.sender.keys[20] == "99/raised"
    assert len(one.sender.sent) == 40
    one.run(2 * MINUTE)
    assert len(one.sender.sent) == 51


def test_the_wait_that_a_provider_asks_for_holds_the_whole_channel(world):
    one = world(TryLater("130101", "send too fast", after=60.0))
    one.add(notice(1), notice(2))
    one.run(59_000)
    assert one.sender.sent == []
    one.run(3_000)
    assert sorted(one.sender.keys) == ["1/raised", "2/raised"]


@given(
    st.lists(st.integers(0, 4_000), max_size=120),
    st.integers(0, 30),
    st.integers(0, 5),
)
def test_no_window_ever_holds_more_than_the_provider_takes(gaps, per_minute, per_second):
    """In any minute and any second, wherever it begins; and nobody waits for nothing."""
    limiter, now, sent = Limiter(Rate(per_minute, per_second)), 1_000_000, []
    for gap in gaps:
        now += gap
        wait = limiter.take(now)
        if wait:
            assert (per_minute and sum(one > now - MINUTE for one in sent) >= per_minute) or (
                per_second and sum(one > now - 1_000 for one in sent) >= per_second
            )
            now += wait
            assert limiter.take(now) == 0
        sent.append(now)
    for limit, span in ((per_minute, MINUTE), (per_second, 1_000)):
        if limit:
            assert all(sum(at <= one < at + span for one in sent) <= limit for at in sent)


# threads


@pytest.fixture
def delivering(tmp_path):
    """A function that starts a delivery over some senders."""
    running = []

    def start(senders, **options):
        delivery = Delivery(lambda: AlertStore(tmp_path / "alerting.db"), senders, SystemClock(), **options)
        delivery.start()
        running.append(delivery)
        return delivery

    with AlertStore(tmp_path / "alerting.db") as store:
        yield store, start
        for one in running:
            one.stop(10)


def wait_for(condition, seconds=10.0):
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not come"
        time.sleep(0.005)


def test_a_kick_is_heard_at_once_and_an_unheard_one_within_a_second(delivering):
    store, start = delivering
    sender = Scripted()
    delivery = start({"chan": sender})
    store.outbox.add([notice(1)], SystemClock().now())
    delivery.kick()
    wait_for(lambda: sender.keys == ["1/raised"])
    store.outbox.add([notice(2)], SystemClock().now())
    wait_for(lambda: sender.keys == ["1/raised", "2/raised"])
    delivery.stop(10)
    assert sender.closed
    assert [row.state for row in store.outbox.recent()] == ["delivered"] * 2


class Stuck(Scripted):
    """A sender that hangs with one message until it is let go."""

    def __init__(self):
        super().__init__()
        self.free = threading.Event()
        self.hanging = threading.Event()

    def send(self, message, recipient):
        """Hang with the first."""
        if message.key == "1/raised":
            self.hanging.set()
            assert self.free.wait(20)
        return super().send(message, recipient)


def test_one_that_hangs_holds_up_neither_its_channel_nor_another(delivering):
    store, start = delivering
    stuck, other = Stuck(), Scripted()
    delivery = start({"chan": stuck, "other": other})
    store.outbox.add([notice(1)], SystemClock().now())
    delivery.kick()
    assert stuck.hanging.wait(10)
    store.outbox.add([notice(2), notice(3, channel="other")], SystemClock().now())
    delivery.kick()
    wait_for(lambda: stuck.keys == ["2/raised"] and other.keys == ["3/raised"])
    stuck.free.set()
    wait_for(lambda: stuck.keys == ["2/raised", "1/raised"])


def test_what_waits_for_a_channel_that_is_no_more_is_dead_at_the_start(delivering):
    """So that others are told instead."""
    store, start = delivering
    store.outbox.add([notice(1), notice(2, channel="other")], SystemClock().now())
    with structlog.testing.capture_logs() as logs:
        start({"other": Scripted()})
    (dead,) = store.outbox.newly_dead(0)
    assert "not in oncall.toml" in dead.answer
    assert [line["messages"] for line in logs] == [1]
    wait_for(lambda: store.outbox.oldest() is None)


def test_a_restart_takes_up_leases_and_remembers_the_rate(delivering):
    """The 20 of this minute are spent, though another process spent them."""
    store, start = delivering
    now = SystemClock().now()
    store.outbox.add([notice(n) for n in range(1, 4)], now)
    store.outbox.lease("dead-worker", "chan", now, lease_ms=HOUR, limit=3)
    sender = Scripted()
    start({"chan": sender}, rates={"chan": Rate(per_minute=2)})
    time.sleep(0.2)
    assert len(store.outbox.tried("chan", 0)) == 3
    assert sender.sent == []  # three that may have been sent stand in this minute
    assert [row.state for row in store.outbox.recent()] == ["waiting"] * 3


def test_a_store_that_fails_for_a_while_ends_nothing(delivering, monkeypatch):
    store, start = delivering
    sender = Scripted()
    delivery = start({"chan": sender}, threads=1)
    failures = deque([OSError("no space left on device")])
    original = type(store.outbox).lease

    def lease(self, *arguments, **options):
        if failures:
            raise failures.popleft()
        return original(self, *arguments, **options)

    monkeypatch.setattr(type(store.outbox), "lease", lease)
    with structlog.testing.capture_logs() as logs:
        store.outbox.add([notice(1)], SystemClock().now())
        delivery.kick()
        wait_for(lambda: sender.keys == ["1/raised"] and len(logs) == 2)
    assert [line["event"] for line in logs] == ["delivery stands still", "delivery goes on"]

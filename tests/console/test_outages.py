"""Everything outside that can be away is reported lost once, however long it lasts, and back once. A table."""

from __future__ import annotations

import json
import threading
from types import SimpleNamespace

import pytest
import structlog.testing

from alerting.channels.base import Receipt, TryLater
from alerting.channels.limiter import Limiter
from alerting.channels.schema import Rate
from alerting.delivery import Courier
from alerting.message import Message, Notice
from alerting.sinks.run import _Runner
from alerting.store import AlertStore
from collector.intake import Intake
from collector.normalise import Normaliser
from collector.testing import FakeLine, small_network
from collector.topics import TopicPattern
from collector.writer import GroupCommit
from console.parts.life import Life
from console.projection import run_writer
from qualicity.errors import Permanent, Retryable
from qualicity.settings import ArchiveSettings, JournalSettings
from qualicity.store.upkeep import Upkeep
from qualicity.testing import FakeClock, MemoryStore

NOW = 1_795_309_200_000
ROUNDS = 5
"""Attempts that fail, then as many that do not."""

MARK = "pm25-of-a-payload"
"""Stands in payloads and secrets here; in no line of the log."""


class Flaky:
    """Fails `ROUNDS` times, as it is told to."""

    def __init__(self, error):
        self.error, self.left = error, ROUNDS

    def __call__(self, *_, **__):
        """Fail, or do nothing."""
        if self.left:
            self.left -= 1
            raise self.error


def _store(_):
    """The journal's disk."""
    fails, time = Flaky(Retryable("disk full", "make room")), [100.0]

    class Store(MemoryStore):
        def append(self, batch):
            fails()
            return super().append(batch)

    line, store = FakeLine(), Store()
    pattern = TopicPattern.parse("{city}/{medium}/{station}/{parameter}")
    group = GroupCommit(store, lambda: time[0], messages=2, age=0.0)
    intake = Intake(
        line, Normaliser(small_network(), pattern, store.registry), group, FakeClock(NOW), monotonic=lambda: time[0]
    )
    for _ in range(2 * ROUNDS):
        line.send("c/air/s1/pm25", json.dumps({"t": NOW, "v": 1, "u": "ug/m3", MARK: 0}).encode())
        intake.step()
        time[0] += 10.0
    assert (intake.state.paused, intake.state.pauses, line.unacknowledged) == (False, 1, [])


def _sealing(_):
    """The archive's disk."""
    fails, time = Flaky(Retryable("disk full", "make room")), [0.0]
    store = SimpleNamespace(seal=lambda **_: fails() or 0, compacted=lambda: NOW)
    upkeep = Upkeep(store, JournalSettings(), ArchiveSettings(), FakeClock(NOW), monotonic=lambda: time[0])
    for _ in range(2 * ROUNDS):
        upkeep.look()
        time[0] += 10.0


def _influx(folder):
    """The database; refusing is as good as being away."""
    fails, stop, told = Flaky(Permanent(f"no bucket of {'that'} name", "make it")), threading.Event(), []
    writer = SimpleNamespace(
        round=fails, deliver=lambda _: None, lag_rows=lambda: 7, lag_versions=lambda: 0, lag_alarms=lambda: 0,
        lag_indicators=lambda: 0,
        sender=SimpleNamespace(pause=0.0, sent=0, requests=0), counts=SimpleNamespace(skipped=0, stale=0),
        state=SimpleNamespace(rejected_count=lambda: 0, cursor=lambda: SimpleNamespace(seq=3)),
    )  # fmt: skip
    site = SimpleNamespace(data=folder, clock=FakeClock(NOW), store=SimpleNamespace(dead_letter_counts=list))
    waits = SimpleNamespace(is_set=stop.is_set, wait=lambda _: None)

    def report(well, *_):
        told.append(well)
        if len(told) == 2 * ROUNDS:
            stop.set()

    run_writer(site, writer, waits, lambda _: None, report)
    assert told == [False] * ROUNDS + [True] * ROUNDS


def _sink(folder):
    """Alertmanager, the broker of alarms, the dead-man switch: all run by the same lines."""
    fails = Flaky(Retryable("does not answer", "start it"))
    sink = SimpleNamespace(tick=fails, counters=dict, close=lambda: None, patience=1.0)
    runner = _Runner("Alertmanager", lambda _: sink, folder / "alerting.db", FakeClock(NOW))
    pauses = iter([False] * 2 * ROUNDS + [True])
    runner.run(SimpleNamespace(wait=lambda _: next(pauses)))
    assert (runner.failure, runner.problem) == (None, "")


def _channel(folder):
    """The provider of a channel."""
    fails = Flaky(TryLater("503", "busy"))

    class Sender:
        def send(self, *_):
            fails()
            return Receipt("0", "ok")

    clock = FakeClock(NOW)
    message = Message(
        kind="raised", verb="trigger", severity="P2", key="1/raised", title_zh="一", title_en=MARK, lines_zh=("一",),
        lines_en=(MARK,), dedup="d", source="c", at=0,
    )  # fmt: skip
    with AlertStore(folder / "alerting.db") as store:
        store.outbox.add([Notice(number, "raised", "chat", "", "", message) for number in (1, 2)], clock.now())
        courier = Courier(store, "chat", Sender(), Limiter(Rate()), clock, "w", die=lambda: 0.0)
        while fails.left or store.outbox.counts()[0].state == "waiting":
            clock.time += max(1, courier.deliver())


def _life(folder):
    """The folder of the signs of life."""
    (folder / "run").write_text("in the way")
    with Life(folder, "collector", FakeClock(NOW)) as life:
        for number in range(2 * ROUNDS):
            if number == ROUNDS:
                (folder / "run").unlink()
            life.turn(ready=True, state="", counters={})


TABLE = [
    (_store, "intake pauses: nothing is acknowledged until the store can commit",
     "intake goes on: the store commits again", {"messages_waiting"}),
    (_sealing, "sealing fails; the journal grows until it can be done", "sealing works again", set()),
    (_influx, "InfluxDB does not take", "InfluxDB takes again", {"rows_to_write"}),
    (_sink, "not told of alarms", "told of alarms again", {"system"}),
    (_channel, "a channel does not take messages now", "a channel takes messages again", {"channel"}),
    (_life, "no sign of life can be written", "signs of life are written again", {"part"}),
]  # fmt: skip


@pytest.mark.parametrize(("happens", "lost", "back", "held"), TABLE, ids=[row[0].__name__[1:] for row in TABLE])
def test_one_line_a_loss_and_one_a_return(tmp_path, happens, lost, back, held):
    """With its cause, and how long it was away."""
    with structlog.testing.capture_logs() as said:
        happens(tmp_path)
    assert [(line["event"], line["log_level"]) for line in said] == [(lost, "warning"), (back, "info")]
    assert said[0].keys() & {"cause", "answer"}
    assert {"away_seconds", *held} <= said[1].keys()
    assert MARK not in str(said)

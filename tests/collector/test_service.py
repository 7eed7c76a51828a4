"""The collector as a service: who has the store, and when."""

from __future__ import annotations

import json
import threading
import time

from collector import service
from collector.testing import FakeLine, small_network
from collector.writer import SLOW_SECONDS
from qualicity.settings import JournalSettings, Settings
from qualicity.testing import FakeClock, MemoryStore

NOW = 1795309200000


class SlowStore(MemoryStore):
    """A store on a slow disk."""

    busy = False

    def append(self, batch):
        """Keep a batch after a while."""
        self.busy = True
        time.sleep(2 * SLOW_SECONDS)
        self.busy = False
        return super().append(batch)


def test_whoever_is_reported_to_has_the_store_alone_though_a_thread_commits(monkeypatch):
    """The part of the collector asks the store how much waits: not in the middle of a commit."""
    line, store, stop = FakeLine(), SlowStore(), threading.Event()
    for number in range(200):
        line.send("c/air/s1/pm25", json.dumps({"t": NOW, "v": number}).encode())
    monkeypatch.setattr(service, "_path", lambda *_: line)
    settings = Settings(journal=JournalSettings(commit_messages=2))
    told = []

    def report(state):
        told.append((state.pipelined, store.busy))
        stop.set()

    service.run(settings, small_network(), store, stop, clock=FakeClock(NOW), report=report, seals=False)
    assert told[0] == (True, False)

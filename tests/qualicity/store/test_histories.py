"""Any sequence of appends, seals, compactions, crashes and reopenings reads as the plain list of rows."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from qualicity.model import Batch, Observations, Position, Registry
from qualicity.store.embedded import EmbeddedStore
from qualicity.testing import FakeClock, hourly

HOUR = 3_600_000
STATIONS = ("s0", "s1", "s2")
HOURS = st.integers(-2000, 2000)  # some months around 1970


class _Crash(BaseException):
    pass


class Histories(RuleBasedStateMachine):
    """A store and the list of its rows: (station, start, value)."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = FakeClock(1)
        self.rows = []
        self.seen = 0  # by the follower
        self.batches = 0
        self.store = self._open(writer=True)
        self.reader = self._open(writer=False)

    def _open(self, *, writer):
        return EmbeddedStore(Path(self.folder.name), writer=writer, clock=self.clock)

    @rule(parts=st.lists(st.tuples(st.sampled_from(STATIONS), HOURS, st.integers(1, 5)), max_size=3))
    def append(self, parts):
        """Keep up to three series in a registry whose codes are in another order each time."""
        registry = Registry(["", *reversed(STATIONS[: self.batches % 4])])
        tables = []
        for station, hour, length in parts:
            values = len(self.rows) + np.arange(float(length))
            tables.append(hourly(registry, station, f"p{self.batches}", hour * HOUR, values, received=self.clock.now()))
            self.rows += [(station, (hour + n) * HOUR, value) for n, value in enumerate(values.tolist())]
        self.batches += 1
        position = self.store.append(Batch(Observations.concatenate(tables, registry)))
        assert position.seq == len(self.rows)

    @rule(crash=st.sampled_from(["", "file written", "file renamed", "seal recorded"]))
    def seal(self, crash):
        """Seal, perhaps up to a crash."""
        self._until(crash, lambda step: self.store.seal(step=step))

    @rule(crash=st.sampled_from(["", "file written", "months written", "compaction recorded", "file removed"]))
    def compact(self, crash):
        """Compact and sweep, perhaps up to a crash."""
        self._until(crash, self.store.compact)

    def _until(self, crash, act):
        def step(name):
            if name == crash:
                raise _Crash

        try:
            act(step)
        except _Crash:
            self.reopen()

    @rule(hours=st.sampled_from([0, 1, 30]))
    def wait(self, hours):
        """Let files grow old enough to be swept."""
        self.clock.advance(hours * 3600)

    @rule()
    def reopen(self):
        """Start again, as after a stop or a crash."""
        self.store.close()
        self.store = self._open(writer=True)

    @rule(limit=st.integers(1, 12))
    def follow(self, limit):
        """Read on as a consumer in another process does."""
        got = [value for table in self.reader.tail(self.seen, limit=limit) for value in table["value"].tolist()]
        assert got == [value for _, _, value in self.rows[self.seen : self.seen + limit]]
        self.seen += len(got)

    @precondition(lambda self: self.rows)
    @rule(start=HOURS, hours=st.integers(0, 900), stations=st.sets(st.sampled_from(STATIONS)), data=st.data())
    def look(self, start, hours, stations, data):
        """Read a window of some stations as of any position."""
        start, end = start * HOUR, (start + hours) * HOUR
        seq = data.draw(st.integers(0, len(self.rows)))
        wanted = [row for row in self.rows[:seq] if start <= row[1] < end and row[0] in stations]
        as_of = Position(self.store.head().epoch, seq)
        for store in (self.store, self.reader):
            assert self._held(store.scan(start=start, end=end, stations=stations, as_of=as_of)) == wanted

    @invariant()
    def everything_is_there(self):
        """A reader sees all rows at any time."""
        assert self._held(self.reader.scan()) == self.rows
        assert self.reader.head().seq == len(self.rows)

    def _held(self, tables):
        return [(row["station"], row["start"], row["value"]) for table in tables for row in table.rows()]

    def teardown(self):
        """Nothing is found by verification at the end."""
        assert self.store.verify() == []
        self.store.close()
        self.reader.close()
        self.folder.cleanup()


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=int(os.environ.get("QUALICITY_EXAMPLES", "60")),
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)

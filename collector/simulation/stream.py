"""The simulation as sensors live it: readings with their faults, for any window, and the messages they become."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from collector.messages import messages
from collector.publisher import Outgoing
from collector.simulation.faults import SLOT_MS, Fault, Label, plan
from collector.simulation.series import simulate
from collector.simulation.strike import Struck, strike
from collector.topics import TopicPattern
from qualicity.model import Registry
from qualicity.network import Network


@dataclass(frozen=True)
class Simulation:
    """What is simulated: the same settings give the same bytes, whatever the windows asked for."""

    network: Network
    seed: int
    faults: Collection[Fault] = ()
    interval: int = 0  # s between readings; 0 = as each channel declares

    def labels(self, start: int, end: int) -> list[Label]:
        """Return the truth about the faults that touch `[start, end)` ms UTC."""
        return plan(self.network, self.seed, start, end, self.faults, interval=self.interval)

    def readings(self, start: int, end: int) -> Struck:
        """Return the readings whose true start lies in `[start, end)` ms UTC, with their faults."""
        first, last = start // SLOT_MS * SLOT_MS, -(-end // SLOT_MS) * SLOT_MS
        whole = simulate(self.network, self.seed, first, last, Registry(), interval=self.interval)
        struck = strike(whole, self.labels(first, last), self.network, self.seed)
        inside = (struck.truth >= start) & (struck.truth < end)
        return Struck(struck.rows.take(inside), struck.due[inside], struck.truth[inside])

    def messages(
        self, pattern: TopicPattern, start: int, end: int | None = None, *, single: bool = False
    ) -> Iterator[Outgoing]:
        """Yield the messages of `[start, end)` ms UTC in the order of sending; without an end, for ever."""
        while end is None or start < end:
            stop = (start // SLOT_MS + 1) * SLOT_MS
            stop = stop if end is None else min(stop, end)
            struck = self.readings(start, stop)
            yield from messages(struck.rows, self.network, pattern, due=struck.due, single=single)
            start = stop

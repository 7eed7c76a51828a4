"""The collector of the product over a disk whose fsync takes longer: the store waits after each commit.

A commit is one fsync (WAL, FULL); the wait lets other threads run, as an fsync does.

    python -m flood.slow MILLISECONDS DATA
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from collector.intake import IntakeState
from collector.service import run
from console.supervisor import stop_event
from qualicity.clock import SystemClock
from qualicity.heartbeat import beat
from qualicity.model import Batch, Position
from qualicity.network_file import site_network
from qualicity.settings import load_settings
from qualicity.store.embedded import EmbeddedStore


class SlowStore(EmbeddedStore):
    """A store that waits after each commit."""

    wait = 0.0  # s

    def append(self, batch: Batch) -> Position:
        """Keep a batch, and take long over it."""
        position = super().append(batch)
        time.sleep(self.wait)
        return position


def main(milliseconds: float, data: Path) -> None:
    """Collect until told to stop."""
    settings, clock = load_settings(data / "qualicity.toml"), SystemClock()

    def report(state: IntakeState) -> None:
        beat(data, "collector", clock.now(), ready=state.connected, state=state.state, counters={})

    stop = stop_event()
    with SlowStore(data, writer=True, clock=clock) as store:
        store.wait = milliseconds / 1000
        network = site_network(data, settings)
        run(settings, network, store, stop, clock=clock, report=report, folder=data, seals=False)


if __name__ == "__main__":
    main(float(sys.argv[1]), Path(sys.argv[2]))

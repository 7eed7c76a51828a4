"""The collector as a part of the service."""

from __future__ import annotations

import threading
from dataclasses import asdict

from collector.intake import IntakeState
from collector.service import run as collect
from console.parts.life import Life
from console.site import Site


def run(site: Site, stop: threading.Event) -> None:
    """Take readings from the broker until told to stop."""

    def report(state: IntakeState) -> None:
        counters = {name: value for name, value in asdict(state).items() if isinstance(value, int)}
        counters |= state.gateway
        counters["journal_rows"] = site.store.waiting()
        ready = state.connected and not state.paused
        life.turn(ready=ready, state=state.state, counters=counters)

    with Life(site.data, "collector", site.clock) as life:
        collect(
            site.settings, site.network, site.store, stop,
            clock=site.clock, report=report, folder=site.data, seals=False,
        )  # fmt: skip

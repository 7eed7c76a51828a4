"""The collector as a part of the service."""

from __future__ import annotations

import threading

from collector.intake import IntakeState
from collector.service import run as collect
from console.parts.life import Life
from console.site import Site
from qualicity.errors import Retryable
from qualicity.heartbeat import labelled
from qualicity.store.journal import NAME


def run(site: Site, stop: threading.Event) -> None:
    """Take readings from the broker until told to stop."""

    def report(state: IntakeState) -> None:
        counters: dict[str, float] = {name: value for name, value in vars(state).items() if isinstance(value, int)}
        counters |= state.gateway
        counters |= {labelled("dead_letters_total", reason=reason): count for reason, count in state.reasons.items()}
        counters |= state.commit_seconds.counters("commit_seconds")
        counters |= state.lag_seconds.counters("arrival_lag_seconds")
        counters |= _journal(site)
        ready = state.connected and not state.paused
        life.turn(ready=ready, state=state.state, counters=counters)

    with Life(site.data, "collector", site.clock) as life:
        collect(
            site.settings, site.network, site.store, stop,
            clock=site.clock, report=report, folder=site.data, seals=False,
        )  # fmt: skip


def _journal(site: Site) -> dict[str, float]:
    """Return how deep the journal is; what cannot be asked now is left out: intake itself says what is wrong."""
    files = (site.data / name for name in (NAME, f"{NAME}-wal"))
    size = {"journal_bytes": float(sum(file.stat().st_size for file in files if file.exists()))}
    try:
        return {**size, "journal_rows": site.store.waiting(), "log_head": site.store.head().seq}
    except Retryable:
        return size

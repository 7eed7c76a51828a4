"""The collector with its HJ 212 gateway alone, as a process that a test can kill: run_gateway.py FOLDER PORT LOGGERS.

It listens when its port can be connected to. SIGTERM drains it.
"""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

import structlog

from collector.service import run
from collector.testing import small_outlets
from qualicity.clock import SystemClock
from qualicity.settings import Hj212Settings, JournalSettings, MqttSettings, Settings
from qualicity.store.embedded import EmbeddedStore


def main() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    folder, port, loggers = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    settings = Settings(
        mqtt=MqttSettings(url=""),
        journal=JournalSettings(seal_rows=500, commit_age=0.02),
        hj212=Hj212Settings(port=port, connections=loggers + 100, connections_per_address=loggers + 100),
    )
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())

    with EmbeddedStore(folder, writer=True, clock=SystemClock()) as store:
        network = small_outlets(outlets=loggers)
        state = run(settings, network, store, stop, clock=SystemClock(), folder=folder)
    print(state.readings, *(f"{name}={value}" for name, value in state.gateway.items()), flush=True)


main()

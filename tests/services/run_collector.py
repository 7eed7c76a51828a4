"""The collector alone, as a process that a test can kill: run_collector.py FOLDER URL.

Prints "connected" once it is. SIGTERM drains it.
"""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

import structlog

from collector.service import run
from collector.testing import small_network
from qualicity.clock import SystemClock
from qualicity.settings import JournalSettings, MqttSettings, Settings
from qualicity.store.embedded import EmbeddedStore


def main() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    folder, url = Path(sys.argv[1]), sys.argv[2]
    settings = Settings(mqtt=MqttSettings(url=url), journal=JournalSettings(seal_rows=500, commit_age=0.02))
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    said = threading.Event()

    def report(state):
        if state.connected and not said.is_set():
            said.set()
            print("connected", flush=True)

    with EmbeddedStore(folder, writer=True, clock=SystemClock()) as store:
        run(settings, small_network(), store, stop, clock=SystemClock(), report=report)


main()

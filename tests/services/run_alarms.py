"""The alarms of a site as a process that kills itself with SIGKILL at a given line.

Usage: run_alarms.py FOLDER PLACE NTH SECONDS. PLACE is FILE:LINE below alerting/, NTH its how many-th passing; PLACE
`-` = live. It ends by itself when FOLDER/stop is there, or after so many seconds. However it ends, it leaves in
FOLDER/places-PID how often it has passed each line.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

import structlog

import alerting
from console.alerting import run_alarms
from console.site import open_site
from qualicity.store.doorbell import Doorbell

HOME = str(Path(alerting.__file__).parent) + "/"
WATCHED = (
    "engine.py", "follow.py", "state.py", "verdicts.py", "budget.py", "system.py", "evaluation/", "dispatch.py",
    "grouping.py", "escalation.py", "flood.py", "outgoing.py", "compose/", "store/", "delivery.py", "channels/",
)  # fmt: skip


class Trap:
    """Counts how often each watched line is passed, in all threads, and kills the process at one of them."""

    def __init__(self, folder: Path, place: str, nth: int) -> None:
        self._folder, self._place, self._nth = folder, place, nth
        self._short: dict[str, str] = {}
        self.passed: dict[str, int] = {}

    def trace(self, frame, _event, _argument):
        """Follow the watched files only."""
        name = frame.f_code.co_filename
        short = self._short.get(name)
        if short is None:
            short = name.removeprefix(HOME) if name.startswith(HOME) else ""
            short = self._short[name] = short if short.startswith(WATCHED) else ""
        return self._line if short else None

    def _line(self, frame, event, _argument):
        if event == "line":
            place = f"{self._short[frame.f_code.co_filename]}:{frame.f_lineno}"
            count = self.passed[place] = self.passed.get(place, 0) + 1
            if place == self._place and count == self._nth:
                self.leave()
                os.kill(os.getpid(), signal.SIGKILL)
        return self._line

    def leave(self) -> None:
        """Write down which lines were passed."""
        (self._folder / f"places-{os.getpid()}").write_text(json.dumps(dict(self.passed)))


def main(folder: Path, place: str, nth: int, seconds: float) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    trap, stop, end = Trap(folder, place, nth), threading.Event(), time.monotonic() + seconds
    with open_site(folder) as site, Doorbell(folder, "alerting") as bell:

        def wait(longest):
            if time.monotonic() > end or (folder / "stop").exists():
                stop.set()
            bell.wait(min(longest, 0.3))

        threading.settrace(trap.trace)
        sys.settrace(trap.trace)
        run_alarms(site, stop, wait, lambda *_: None)
        sys.settrace(None)
    trap.leave()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))

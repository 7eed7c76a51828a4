"""The delivery path as a process that kills itself with SIGKILL at a given statement.

Usage: run_delivery.py FOLDER KIND KILL_AT. FOLDER holds `url` and `secret`; KILL_AT 0 = live to the end. It decides on
five incidents (each `raised` and `resolved`, each in a transaction as the engine's), delivers all that waits, prints
how many statements of the path were passed, and ends.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import threading
import time
from pathlib import Path

from alerting.channels.build import build_sender
from alerting.channels.schema import ChannelSettings
from alerting.delivery import Delivery
from alerting.message import Message, Notice
from alerting.store import NAME, AlertStore
from qualicity.clock import SystemClock

WATCHED = ("alerting/delivery.py", "alerting/store/outbox.py", "alerting/store/database.py", "alerting/channels/")
INCIDENTS = 5


class Trap:
    """Counts the statements of the watched files, in all threads, and kills the process at one of them."""

    def __init__(self, folder: Path, at: int) -> None:
        self.passed, self._at = 0, at
        self._log = os.open(folder / "kills", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.phase = "starting"

    def trace(self, frame, event, _argument):
        """Follow the watched files only."""
        return self._line if any(part in frame.f_code.co_filename for part in WATCHED) else None

    def _line(self, frame, event, _argument):
        if event == "line":
            self.passed += 1
            if self.passed == self._at:
                code = frame.f_code
                where = f"{self.phase} {Path(code.co_filename).name}:{frame.f_lineno} {code.co_qualname}\n"
                os.write(self._log, where.encode())
                os.kill(os.getpid(), signal.SIGKILL)
        return self._line

    def step(self, name: str) -> None:
        """Remember how far the row in hand has come."""
        self.phase = name


def decide(store: AlertStore, now: int) -> None:
    """Decide on the next incident: number and notices in one transaction."""
    with store.transaction():
        number = int(store.database.note("decided") or 0) + 1
        store.outbox.add([notice(number, "raised"), notice(number, "resolved")], now)
        store.database.set_note("decided", str(number))


def notice(number: int, transition: str) -> Notice:
    """Return one notice."""
    message = Message(
        key=f"{number}/{transition}", kind="raised", verb="trigger", severity=f"P{number % 4 + 1}",
        title_zh=f"第 {number} 号告警", title_en=f"alarm {number}", lines_zh=("一行",), lines_en=("a line",),
        dedup=f"i{number}", source="site", at=0,
    )  # fmt: skip
    return Notice(number, transition, "chan", "", "", message)


def main(folder: Path, kind: str, kill_at: int) -> None:
    """Decide, deliver, end."""
    clock = SystemClock()
    secret = {} if kind == "wecom" else {"secret_file": "secret"}
    sender = build_sender(ChannelSettings(id="chan", kind=kind, url_file="url", timeout=5.0, **secret), folder)
    trap = Trap(folder, kill_at)
    threading.settrace(trap.trace)
    sys.settrace(trap.trace)
    with AlertStore(folder / NAME) as store:
        for _ in range(INCIDENTS):
            decide(store, clock.now())
    trap.phase = "decided"
    delivery = Delivery(
        lambda: AlertStore(folder / NAME), {"chan": sender}, clock, threads=1, die=lambda: 0.0, step=trap.step
    )
    delivery.start()
    sys.settrace(None)
    while waiting(folder):
        time.sleep(0.01)
    delivery.stop()
    print(trap.passed)


def waiting(folder: Path) -> int:
    """Return how many rows are not settled; without the watched files."""
    with sqlite3.connect(folder / NAME, timeout=30) as database:
        (found,) = database.execute("SELECT count(*) FROM notification WHERE settled = 0").fetchone()
    database.close()
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))

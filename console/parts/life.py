"""One part's signs of life: its file, and what is told to whoever started it."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from console.notify import Notifier
from console.supervisor import RESTARTS
from qualicity.clock import Clock
from qualicity.heartbeat import beat, labelled, silence
from qualicity.outage import Outage

LONGEST_ROUND = 900.0
"""s for which work without a turn of the loop is believed to be work: a year that is judged anew takes a minute."""

_WORKS = 0.02
"""Share of a processor from which on a thread works and does not hang."""

_PAGE = os.sysconf("SC_PAGE_SIZE")
_STARTED = time.time() - time.clock_gettime(time.CLOCK_PROCESS_CPUTIME_ID)


class _Said(NamedTuple):
    ready: bool
    state: str
    counters: Mapping[str, float]


class Life:
    """Signs of life of the part that this process is, from entering the block to leaving it.

    The part's own loop says `turn` once a round, about each second. A round that takes long is no hang: while the
    loop's thread uses the processor, its last words are said again in its place. What neither turns nor works falls
    silent: then it is not well, and systemd or the supervisor kills it and starts it again.

    Left by an error, the part's last sign of life stays: it shows what was, and that the part is not up.

    Args:
        data: the data folder.
        part: its name.
        clock: what time it is.
        notifier: the way to whoever started us.
        monotonic: seconds that never go back.
        look: s between looks at a loop that does not turn.
    """

    def __init__(
        self,
        data: Path,
        part: str,
        clock: Clock,
        *,
        notifier: Notifier | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        look: float = 1.0,
    ) -> None:
        self.part = part
        self._data = data
        self._clock = clock
        self._notifier = notifier or Notifier.of()
        self._monotonic = monotonic
        self._look = look
        self._said: _Said | None = None
        self._known = False  # to whoever started us, that we are ready
        self._turns = 0
        self._turned = monotonic()
        self._lock = threading.Lock()
        self._processor = time.pthread_getcpuclockid(threading.get_ident())
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._attend, name="life", daemon=True)
        self._unwritten = Outage(__name__, "no sign of life can be written", "signs of life are written again")

    def turn(self, *, ready: bool, state: str, counters: Mapping[str, float]) -> None:
        """Say that the loop turns, and how the part is.

        Args:
            ready: whether it does its work.
            state: one line for people.
            counters: what it has counted, as metrics (docs/operations.md).
        """
        with self._lock:
            self._said = _Said(ready, state, counters)
            self._turns += 1
            self._turned = self._monotonic()
            self._say(self._said)
        self._known = self._known or self._notifier.ready()

    def _say(self, said: _Said) -> None:
        counters = {**said.counters, **process_counters(), **_restarts()}
        try:
            beat(self._data, self.part, self._clock.now(), ready=said.ready, state=said.state, counters=counters)
        except OSError as error:  # the disk is full or cannot be written; the part itself decides what that means
            self._unwritten.begin(part=self.part, cause=str(error))
        else:
            self._unwritten.end(part=self.part)
        self._notifier.alive(said.state)

    def _attend(self) -> None:
        """Speak for the loop while it works."""
        turns, used = 0, time.clock_gettime(self._processor)
        while not self._left.wait(self._look):
            before, used = used, time.clock_gettime(self._processor)
            with self._lock:
                works = used - before >= _WORKS * self._look and self._monotonic() - self._turned < LONGEST_ROUND
                if works and turns == self._turns and self._said is not None:
                    self._say(self._said)
                turns = self._turns

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._left.set()
        self._thread.join()
        if kind is None:
            with contextlib.suppress(OSError):  # on a disk that cannot be written the last sign stays, and grows old
                silence(self._data, self.part)
        self._notifier.close()


def process_counters() -> dict[str, float]:
    """Return what this process uses, as Prometheus' own clients name it."""
    resident = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return {
        "process_resident_memory_bytes": float(resident * _PAGE),
        "process_cpu_seconds_total": time.process_time(),
        "process_open_fds": float(sum(1 for _ in Path("/proc/self/fd").iterdir())),
        "process_threads": float(threading.active_count()),
        "process_start_time_seconds": _STARTED,
    }


def _restarts() -> dict[str, float]:
    return {
        labelled("part_restarts_total", why=why): float(os.environ.get(name, "0")) for why, name in RESTARTS.items()
    }

"""The time of arrival by a clock that does not go back: a wrong clock must make no good reading one "from the future".

A machine's clock can be set back by a day, or be years behind after a start without its battery. Sensors go on with
the right time, and what is later than our own time is refused (`collector.normalise.FUTURE_MS`): all of it would be.
So time goes on here by what never goes back, from the start of the process or from what the journal was last written
at, whichever is later, until the machine's clock has caught up. A clock that was set forward is followed: it refuses
nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from qualicity.clock import Clock
from qualicity.outage import Outage
from qualicity.store.journal import NAME as JOURNAL

STEP_MS = 60_000
"""Less is no jump: clocks are corrected by little all the time."""

log = structlog.get_logger(__name__)


class SteadyClock:
    """The machine's clock, or a later one while the machine's is known to be behind.

    Args:
        clock: the machine's.
        newest: ms UTC that it has been already, before this start; 0 = not known.
        monotonic: seconds that never go back.
    """

    def __init__(self, clock: Clock, newest: int = 0, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._began = monotonic()
        self._last = clock.now()
        self._anchor = max(self._last, newest)
        self._lock = threading.Lock()
        self._ahead = 0  # ms of the machine's clock before what goes on by itself
        self._behind = Outage(
            __name__,
            "the machine's clock is behind: arrivals are dated by what never goes back",
            "the machine's clock is right again",
            monotonic=monotonic,
        )
        self.jumps = 0
        """How often the machine's clock has jumped, in either direction."""

    @property
    def behind(self) -> int:
        """Return by how many ms the machine's clock is known to be behind; 0 = it is not."""
        return max(0, -self._ahead) if self._behind.away else 0

    @property
    def sure(self) -> bool:
        """Return whether the machine's clock goes as it went at the start: others may be set by it."""
        return abs(self._ahead) <= STEP_MS

    def now(self) -> int:
        """Return the time of arrival as ms UTC since 1970."""
        with self._lock:  # the gateway's thread asks, too
            return self._now()

    def _now(self) -> int:
        wall = self._clock.now()
        steady = self._anchor + int((self._monotonic() - self._began) * 1000)
        step, self._ahead = wall - steady - self._ahead, wall - steady
        if abs(step) > STEP_MS:
            self.jumps += 1
            if step > 0 and self._ahead > STEP_MS:
                log.warning("the machine's clock was set forward, or the machine slept", seconds=step // 1000)
        if -self._ahead > STEP_MS:
            self._behind.begin(seconds=-self._ahead // 1000, mend="set the clock; if it is right now, start again")
            return steady
        self._behind.end()
        return wall


def last_written(folder: Path) -> int:
    """Return when the journal of a data folder was last written, ms UTC; 0 = there is none."""
    found = [path.stat().st_mtime_ns for name in (JOURNAL, f"{JOURNAL}-wal") if (path := folder / name).exists()]
    return max(found, default=0) // 1_000_000

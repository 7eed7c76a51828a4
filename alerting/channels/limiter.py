"""How many messages may go now: at most so many in any minute and any second, as providers count them.

A window that slides, not a bucket that refills: a bucket lets twice the number through in the minute after a quiet one,
and DingTalk answers that with ten minutes of silence.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable

from alerting.channels.schema import Rate

_SECOND, _MINUTE = 1_000, 60_000


class Limiter:
    """The limit of one channel; shared by its threads. Times in ms UTC.

    Args:
        rate: how many.
        used: when messages went out lately, oldest first: a restart forgets nothing.
    """

    def __init__(self, rate: Rate, used: Iterable[int] = ()) -> None:
        self._windows = [(n, span) for n, span in ((rate.per_second, _SECOND), (rate.per_minute, _MINUTE)) if n]
        self._used = deque(used, maxlen=max((n for n, _ in self._windows), default=0))
        self._paused = 0
        self._lock = threading.Lock()

    def take(self, now: int) -> int:
        """Take the right to send one message; return 0, or ms to wait and nothing taken."""
        with self._lock:
            wait = max(self._paused - now, *(self._wait(n, span, now) for n, span in self._windows), 0)
            if wait == 0:
                self._used.append(now)
            return wait

    def give_back(self) -> None:
        """Give back the right that was taken last: there was nothing to send."""
        with self._lock:
            if self._used:
                self._used.pop()

    def pause(self, until: int) -> None:
        """Send nothing until then: the provider asked for it."""
        with self._lock:
            self._paused = max(self._paused, until)

    def _wait(self, n: int, span: int, now: int) -> int:
        return self._used[-n] + span - now if len(self._used) >= n else 0

"""The one place where the time of day comes from; everything else is handed a clock."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """A source of the present time."""

    def now(self) -> int:
        """Return the present as ms UTC since 1970."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> int:
        """Return the present as ms UTC since 1970."""
        return time.time_ns() // 1_000_000

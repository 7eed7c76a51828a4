"""Something outside that can be away: its loss is said once, however long it lasts, and its return once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog


class Outage:
    """Whether one outside thing is away. Several threads may say so.

    Facts that are given must hold no payload and no secret: they go into the log as they are.

    Args:
        module: whose log it is, as `__name__`.
        lost: what is said, once, when it is away.
        back: what is said, once, when it is here again; `away_seconds` is added.
        monotonic: seconds that never go back.
    """

    def __init__(self, module: str, lost: str, back: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._log = structlog.get_logger(module)
        self._lost = lost
        self._back = back
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._since: float | None = None
        self.count = 0
        """How often it was lost."""

    @property
    def away(self) -> bool:
        """Return whether it is away."""
        return self._since is not None

    @property
    def seconds(self) -> float:
        """Return for how long it has been away, s; 0 while it is here."""
        since = self._since
        return 0.0 if since is None else self._monotonic() - since

    def begin(self, **facts: object) -> None:
        """It is away; only the first time since it was here is said."""
        with self._lock:
            if self._since is not None:
                return
            self._since = self._monotonic()
            self.count += 1
        self._log.warning(self._lost, **facts)

    def end(self, **facts: object) -> None:
        """It is here; said when it was away, with what was held meanwhile as facts."""
        if self._since is None:  # as nearly always
            return
        with self._lock:
            since, self._since = self._since, None
        if since is not None:
            self._log.info(self._back, away_seconds=round(self._monotonic() - since, 1), **facts)

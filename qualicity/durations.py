"""How long something takes, counted by length: what Prometheus calls a histogram, as counters of a heartbeat."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from qualicity.heartbeat import labelled

FSYNC_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Bounds for what a disk does: a commit takes 0.3 ms on a good one; from 20 ms on it is a slow one."""

LAG_SECONDS = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 7200.0, 21600.0, 86400.0, 604800.0)
"""Bounds for how late readings are: seconds from a live sensor, days after an outage."""


class Durations:
    """Counts durations by their length.

    Not for several threads at once: it has one writer, which also reads it.

    Args:
        bounds: the longest duration of each class, s, growing; what is longer still is counted under `+Inf`.
    """

    def __init__(self, bounds: Sequence[float] = FSYNC_SECONDS) -> None:
        if list(bounds) != sorted(set(bounds)):
            raise ValueError(f"bounds of durations must grow: {bounds}")
        self._bounds = tuple(map(float, bounds))
        self._counts = [0] * (len(self._bounds) + 1)
        self._sum = 0.0

    def observe(self, seconds: float, times: int = 1) -> None:
        """Count a duration, or as many alike as `times` says; a negative one (clocks that disagree) as 0 s."""
        length = max(0.0, seconds)
        self._counts[bisect_left(self._bounds, length)] += times
        self._sum += length * times

    def counters(self, name: str) -> dict[str, float]:
        """Return what was counted, as Prometheus writes a histogram: classes hold all that is no longer.

        Args:
            name: of the metric, ending in `_seconds`.
        """
        found = {}
        total = 0
        for bound, count in zip((*self._bounds, "+Inf"), self._counts, strict=True):
            total += count
            found[labelled(f"{name}_bucket", le=str(bound))] = float(total)
        return {**found, f"{name}_sum": self._sum, f"{name}_count": float(total)}

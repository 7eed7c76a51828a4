"""Signs of life as rows."""

from __future__ import annotations

from collections.abc import Mapping

from qualicity.heartbeat import Heartbeat


def part_row(beat: Heartbeat, now: int) -> Mapping[str, object]:
    """Return what a part of the service says of itself.

    Args:
        beat: its latest sign of life.
        now: ms UTC.
    """
    return {
        "part": beat.part,
        "well": beat.well(now),
        "state": beat.state,
        "seconds_since": (now - beat.at) / 1000,
        "counters": dict(beat.counters),
    }

"""The service about itself as points: its parts' signs of life and counters, and the dead letters. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dashboards.schema import DEAD_LETTER, SERVICE
from qualicity.heartbeat import Heartbeat
from qualicity.store.dead_letters import DeadLetterCount
from qualicity.store.line_protocol import Point, Value


def service_points(beats: Iterable[Heartbeat], letters: Iterable[DeadLetterCount], now: int) -> Iterator[Point]:
    """Yield a point for each part of the service, and for each station and reason of dead letters."""
    for beat in beats:
        fields: dict[str, Value | None] = {"up": int(beat.well(now)), "state": beat.state}
        counters = {name: float(value) for name, value in beat.counters.items() if SERVICE.fields.get(name) == "float"}
        yield Point(SERVICE.name, {"part": beat.part}, fields | counters, now)
    for count in letters:
        tags = {"reason": count.reason, "station": count.station}
        yield Point(DEAD_LETTER.name, tags, {"count": count.count, "mended": count.mended}, now)

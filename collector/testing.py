"""Stand-ins for tests of the receiving side: a line without a broker, a small network."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Sequence

from collector.receive import Line, Receipt, Receipts, Received
from qualicity.network import ChannelSettings, City, Logger, Network, Station


class FakeLine:
    """A `ReceivePath` fed by hand: what is not acknowledged stays in `unacknowledged`."""

    def __init__(self) -> None:
        self.unacknowledged: list[int] = []
        self.acknowledged: list[int] = []
        self.closed = False
        self._queue: deque[tuple[bytes, bytes, int]] = deque()
        self._packet = 0

    def send(self, topic: str, payload: bytes) -> None:
        """Let a message wait on the line."""
        self._packet += 1
        self._queue.append((topic.encode(), payload, self._packet))

    @property
    def line(self) -> Line:
        """Return how the path is doing."""
        return Line(connected=not self.closed, connections=1, state="fed by hand")

    def receive(self, limit: int, timeout: float) -> Received:
        """Return what waits, without waiting."""
        del timeout
        taken = [self._queue.popleft() for _ in range(min(limit, len(self._queue)))]
        self.unacknowledged += [packet for _, _, packet in taken]
        packets = b"".join(packet.to_bytes(2) for _, _, packet in taken)
        payloads = [payload for _, payload, _ in taken]
        return Received([topic for topic, _, _ in taken], payloads, Receipts(1, packets), sum(map(len, payloads)))

    def acknowledge(self, receipts: Sequence[Receipts], frames: Sequence[Receipt] = ()) -> int:
        """Note what is acknowledged."""
        del frames  # none came here
        packets = [packet for one in receipts for packet in struct.unpack(f">{len(one)}H", one.packets)]
        self.acknowledged += packets
        self.unacknowledged = [packet for packet in self.unacknowledged if packet not in packets]
        return len(packets)

    def close(self) -> None:
        """Note the end."""
        self.closed = True


def small_network(*, stations: int = 2, **channel: object) -> Network:
    """Return a city `c` with stations `s1`, `s2`, ... that measure particles, ozone and CO.

    Args:
        stations: how many.
        channel: settings of every channel.
    """
    declared = [("pm25", "ug/m3"), ("pm10", "ug/m3"), ("o3", "ug/m3"), ("co", "mg/m3")]
    channels = tuple(ChannelSettings(parameter, unit, **channel) for parameter, unit in declared)  # type: ignore[arg-type]
    return Network(
        (City("c"),), tuple(Station(f"s{number}", "c", channels=channels) for number in range(1, stations + 1))
    )


def small_outlets(*, outlets: int = 2, **logger: object) -> Network:
    """Return a city `c` with outlets `o1`, `o2`, ... that measure COD, ammonia and flow, each with a logger.

    Args:
        outlets: how many; the MN of `o1` is `mn_of(1)`.
        logger: what is declared of every logger.
    """
    declared = [("cod", "mg/L"), ("nh3n", "mg/L"), ("flow", "L/s")]
    channels = tuple(ChannelSettings(parameter, unit) for parameter, unit in declared)
    numbers = range(1, outlets + 1)
    return Network(
        (City("c"),),
        tuple(Station(f"o{n}", "c", medium="wastewater", purpose="outlet", channels=channels) for n in numbers),
        tuple(Logger(mn_of(n), f"o{n}", **logger) for n in numbers),  # type: ignore[arg-type]
    )


def mn_of(number: int) -> str:
    """Return the MN of a test's logger."""
    return f"{number:024X}"

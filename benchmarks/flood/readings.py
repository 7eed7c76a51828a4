"""What is sent: a declared network and readings of it, each (channel, time) once, so that what is kept can be counted.

The value of a reading follows from its channel and time: whoever finds it in the store knows what it has to be.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qualicity.model import Observations
from qualicity.network import ChannelSettings, City, NetworkFile, Station
from qualicity.network_text import write_network

CITY = "shenzhen"
STATIONS = 160
ITEMS: Mapping[str, str] = {
    "pm25": "ug/m3",
    "pm10": "ug/m3",
    "so2": "ug/m3",
    "no2": "ug/m3",
    "co": "mg/m3",
    "o3": "ug/m3",
}
NAMES = tuple(ITEMS)
CHANNELS = STATIONS * len(ITEMS)
PERIOD = 3600  # s
STEP_MS = 1000  # between the readings of a channel
ARRAY, MAPS = 100, 17  # readings of an array; objects of an array of maps, six readings each

KINDS: Mapping[str, tuple[int, str]] = {
    "single": (1, "one reading a message"),
    "mixed": (1, "one reading a message, in eight spellings"),
    "array": (ARRAY, f"{ARRAY} readings of a channel a message"),
    "maps": (MAPS * len(ITEMS), f"{MAPS} objects with the values of {len(ITEMS)} items a message"),
}
"""Readings in a message, and what it is."""

SPELLINGS = (
    '{{"t":{t},"v":{v:.1f},"p":3600,"f":"N"}}',
    '{{"f":"N","p":3600,"u":"{u}","v":{v:.1f},"t":{t}}}',
    '{{"t": {t}, "v": {v:.3f}, "u": "{u}", "p": 3600, "f": "N"}}',
    '{{"t":"{local}","v":{v:.1f},"u":"{u}","p":3600}}',
    '{{"seq":{seq},"t":{t},"v":{v:.1f},"u":"{u}","p":3600,"f":"N","fw":"2.1.4"}}',
    '{{"t":{t},"v":{v:e}}}',
    '[{{"t":{t},"v":{v:.1f},"u":"{u}","p":3600,"f":"N"}}]',
    '{{"t":"{utc}","v":{v:.1f},"u":"{u}","p":3600.0}}\n',
)
"""A reading as eight makers of sensors would write it; all mean the same."""


def network() -> str:
    """Return the network file. Every channel has a range and a stand-in for "no value": these checks are at work."""
    channels = tuple(
        ChannelSettings(item, unit, decimals=1, range=(0.0, 3000.0), sentinels=(-999.0,))
        for item, unit in ITEMS.items()
    )
    stations = tuple(Station(station_name(number), CITY, channels=channels) for number in range(STATIONS))
    return write_network(NetworkFile((City(CITY),), stations))


def station_name(number: int) -> str:
    """Return the id of a station."""
    return f"station-{number:03}"


def tenths(channel: int | NDArray[np.int64], time: int | NDArray[np.int64]) -> int | NDArray[np.int64]:
    """Return the value of a reading in tenths of its unit, 0.1 to 2,999.9; channels by station, then by item."""
    return (channel * 7_919 + time * 104_729) % 29_999 + 1


@dataclass(frozen=True)
class Load:
    """Messages of one kind.

    Args:
        kind: of KINDS.
        messages: how many.
        begin: time of the first reading, ms UTC.
    """

    kind: str
    messages: int
    begin: int

    @classmethod
    def until(cls, now: int, kind: str, messages: int) -> Load:
        """Return messages whose periods have all ended, the last of them now (ms UTC): what a live network sends."""
        load = cls(kind, messages, 0)
        return cls(kind, messages, now // STEP_MS * STEP_MS - PERIOD * 1000 - load.times * STEP_MS)

    @property
    def words(self) -> tuple[str, int, int]:
        """Return what names it on a command line."""
        return self.kind, self.messages, self.begin

    @property
    def per_message(self) -> int:
        """Readings in a message."""
        return KINDS[self.kind][0]

    @property
    def readings(self) -> int:
        """Readings in all."""
        return self.messages * self.per_message

    @property
    def times(self) -> int:
        """Different times in all."""
        return -(-self.readings // CHANNELS) + self.per_message

    def message(self, number: int) -> tuple[bytes, bytes]:
        """Return topic and payload of a message."""
        if self.kind == "maps":
            return self._maps(number)
        round_, channel = divmod(number, CHANNELS)
        station, item = divmod(channel, len(ITEMS))
        name = NAMES[item]
        topic = b"%b/air/station-%03d/%b" % (CITY.encode(), station, name.encode())
        if self.kind == "single":
            return topic, self._reading(channel, round_, name)
        if self.kind == "mixed":
            return topic, self._spelt(number % len(SPELLINGS), channel, round_, name)
        times = range(round_ * ARRAY, (round_ + 1) * ARRAY)
        return topic, b"[" + b",".join(self._reading(channel, time, name) for time in times) + b"]"

    def _reading(self, channel: int, time: int, name: str) -> bytes:
        whole, tenth = divmod(int(tenths(channel, time)), 10)
        return b'{"t":%d,"v":%d.%d,"u":"%b","p":3600,"f":"N"}' % (
            self.begin + time * STEP_MS, whole, tenth, ITEMS[name].encode(),
        )  # fmt: skip

    def _spelt(self, spelling: int, channel: int, time: int, name: str) -> bytes:
        at, value, unit = self.begin + time * STEP_MS, int(tenths(channel, time)) / 10, ITEMS[name]
        return (
            SPELLINGS[spelling]
            .format(t=at, v=value, u=unit, seq=time, local=_written(at, 8), utc=_written(at, 0).replace("+00:00", "Z"))
            .encode()
        )

    def _maps(self, number: int) -> tuple[bytes, bytes]:
        round_, station = divmod(number, STATIONS)
        units = ",".join(f'"{name}":"{unit}"' for name, unit in ITEMS.items())
        objects = []
        for time in range(round_ * MAPS, (round_ + 1) * MAPS):
            values = ",".join(
                f'"{name}":{int(tenths(station * len(ITEMS) + item, time)) / 10:.1f}' for item, name in enumerate(NAMES)
            )
            at = self.begin + time * STEP_MS
            objects.append(f'{{"t":{at},"values":{{{values}}},"u":{{{units}}},"p":3600,"f":"N"}}')
        return f"{CITY}/air/{station_name(station)}".encode(), ("[" + ",".join(objects) + "]").encode()

    def expected(self) -> NDArray[np.int64]:
        """Return the keys (time * CHANNELS + channel) of all readings."""
        number = np.arange(self.messages, dtype=np.int64)
        if self.kind == "maps":
            round_, station = np.divmod(number, STATIONS)
            time = (round_ * MAPS)[:, None, None] + np.arange(MAPS)[:, None]
            channel = (station * len(ITEMS))[:, None, None] + np.arange(len(ITEMS))
            return (time * CHANNELS + channel).ravel()
        round_, channel = np.divmod(number, CHANNELS)
        time = (round_ * self.per_message)[:, None] + np.arange(self.per_message)
        return (time * CHANNELS + channel[:, None]).ravel()


def _written(at: int, hours: int) -> str:
    zone = dt.timezone(dt.timedelta(hours=hours))
    return dt.datetime.fromtimestamp(at / 1000, zone).isoformat(timespec="seconds")


class Kept:
    """Counts what a store has kept against what was sent."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._times = np.zeros(load.times * CHANNELS, np.uint8)  # how often each key was met
        self.rows = 0
        self.strangers = 0  # rows that were never sent, or have another value

    def count(self, rows: Observations) -> None:
        """Count some rows."""
        text = rows.registry.text
        stations = {code: int(text(code).rpartition("-")[2]) for code in np.unique(rows["station"]).tolist()}
        items = {code: NAMES.index(text(code)) for code in np.unique(rows["parameter"]).tolist()}
        channel = _looked_up(rows["station"], stations) * len(ITEMS) + _looked_up(rows["parameter"], items)
        time, rest = np.divmod(rows["start"] - self._load.begin, STEP_MS)
        key = time * CHANNELS + channel
        good = (rest == 0) & (time >= 0) & (key < len(self._times)) & (rows["period"] == PERIOD)
        good &= np.rint(rows["value"] * 10).astype(np.int64) == tenths(channel, time)
        good &= rows["flags"] == 0
        self.rows += len(rows)
        self.strangers += int((~good).sum())
        np.add.at(self._times, key[good], 1)

    def lost_and_doubled(self) -> tuple[int, int]:
        """Return how many readings are missing, and how many rows are one too many."""
        expected = self._load.expected()
        lost = int((self._times[expected] == 0).sum())
        return lost, self.rows - self.strangers - int((self._times > 0).sum())


def _looked_up(column: NDArray[np.int32], numbers: Mapping[int, int]) -> NDArray[np.int64]:
    table = np.zeros(max(numbers) + 1, np.int64)
    table[list(numbers)] = list(numbers.values())
    return table[column]


def blocks(load: Load, protocol: int, size: int = 5_000) -> Iterator[tuple[bytes, list[int]]]:
    """Yield frames of the load at QoS 1, some thousand at a time, and where each frame ends."""
    packet = 0
    for first in range(0, load.messages, size):
        parts, ends, end = [], [0], 0
        for number in range(first, min(first + size, load.messages)):
            packet = packet % 65_535 + 1
            parts.append(publish(*load.message(number), packet, protocol))
            end += len(parts[-1])
            ends.append(end)
        yield b"".join(parts), ends


def publish(topic: bytes, payload: bytes, packet: int, protocol: int) -> bytes:
    """Return a PUBLISH frame at QoS 1 (MQTT 3.1.1, 3.3; MQTT 5 has a length of properties, here none)."""
    body = b"%b%b%b%b%b" % (
        len(topic).to_bytes(2), topic, packet.to_bytes(2), b"\0" if protocol == 5 else b"", payload,
    )  # fmt: skip
    return b"\x32" + length(len(body)) + body


def length(number: int) -> bytes:
    """Return a remaining length (MQTT 3.1.1, 2.2.3)."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])

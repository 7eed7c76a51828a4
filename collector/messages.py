"""Readings as the messages that sensors would send: what `collector.payloads` reads, written."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
import numpy as np

from collector.publisher import Outgoing
from collector.topics import TopicNames, TopicPattern
from qualicity.errors import InputError
from qualicity.model import Channel, Column, Observations, Qualifier, Statistic
from qualicity.network import ChannelSettings, Network
from qualicity.periods import SECOND_MS

_QUALIFIERS = {Qualifier.NONE: "", Qualifier.BELOW: "<", Qualifier.ABOVE: ">"}

_encode = msgspec.json.Encoder().encode
_common = attrgetter("common")


class _Common(NamedTuple):
    """What the values of one message share."""

    due: int  # ms UTC: when the sensor sends
    station: str
    time: int  # ms UTC, as the channel labels its periods
    period: int  # s
    statistic: str  # empty = what the receiver takes it to be
    qualifier: str
    device_flag: str
    revision: int
    poc: int  # 0 = the lowest declared
    detection_limit: float  # 0 = none, or the value itself


class _Sent(NamedTuple):
    """One reading on its way into a message."""

    common: _Common
    parameter: str
    value: float
    unit: str  # empty = as declared


def messages(
    rows: Observations, network: Network, pattern: TopicPattern, *, due: Column | None = None, single: bool = False
) -> Iterator[Outgoing]:
    """Yield the messages that carry the rows, in the order in which sensors would send them.

    The readings of a station that share time and period travel in one message where the topic pattern allows
    it.

    Args:
        rows: in any order.
        network: declares every channel of the rows.
        pattern: of the topics.
        due: (n,) ms UTC when each row is sent; default: when its period is over.
        single: one message a reading.

    Raises:
        InputError: a row's channel is not declared.
    """
    writer = _Writer(network, pattern, single=single or len(pattern.forms) == 1)
    due = sent_when_complete(rows) if due is None else due
    order = np.lexsort((rows["poc"], rows["parameter"], rows["start"], rows["station"], due))
    sent = (writer.sent(row, when) for row, when in zip(rows.take(order).rows(), due[order].tolist(), strict=True))
    for _, batch in groupby(sent, key=lambda one: one.common[:2]):  # what a station sends at one time
        for common, readings in groupby(sorted(batch, key=_common), key=_common):
            for topic, payload in writer.messages(common, list(readings)):
                yield Outgoing(common.due, topic, payload)


def sent_when_complete(rows: Observations) -> Column:
    """Return when the period of each row (n,) is over, ms UTC."""
    return np.asarray(rows["start"] + rows["period"].astype(np.int64) * SECOND_MS, np.int64)


class _Writer:
    """Knows the channels and writes payloads."""

    def __init__(self, network: Network, pattern: TopicPattern, *, single: bool) -> None:
        self._stations = network.station_by_id
        self._pattern = pattern
        self._single = single
        self._channels: dict[Channel, ChannelSettings] = {}
        self._lowest: dict[tuple[str, str], int] = {}
        for station in network.stations:
            for channel in station.channels:
                self._channels[Channel(station.id, channel.parameter, channel.poc)] = channel
                key = (station.id, channel.parameter)
                self._lowest[key] = min(channel.poc, self._lowest.get(key, channel.poc))

    def sent(self, row: Mapping[str, Any], due: int) -> _Sent:
        """Return a row as the declared channel sends it at `due`."""
        station, parameter, poc, period = row["station"], row["parameter"], row["poc"], row["period"]
        channel = self._channels.get(Channel(station, parameter, poc))
        if channel is None:
            raise InputError(
                f"no station {station!r} with {parameter} (poc {poc}) is declared", "name its network file"
            )
        start = row["start"]
        usual = Statistic.MEAN if period else Statistic.VALUE
        return _Sent(
            _Common(
                due,
                station,
                start + period * SECOND_MS if channel.label == "end" else start,
                period,
                "" if row["statistic"] == usual else Statistic(row["statistic"]).name.lower(),
                _QUALIFIERS[Qualifier(row["qualifier"])],
                row["device_flag"],
                row["revision"],
                0 if poc == self._lowest[station, parameter] else poc,
                _apart(row["detection_limit"], row["value"]),
            ),
            parameter,
            row["value"],
            "" if row["unit"] == channel.unit else row["unit"],
        )

    def messages(self, common: _Common, readings: list[_Sent]) -> Iterator[tuple[str, bytes]]:
        """Yield topic and payload of the readings that share so much."""
        head = {"t": common.time, "p": common.period, **_rare(common)}
        if self._single:
            for reading in readings:
                content = {"t": head["t"], "v": reading.value, **({"u": reading.unit} if reading.unit else {})}
                yield self._topic(common.station, reading.parameter), _encode(content | head)
            return
        values: dict[str, float] = {}
        units: dict[str, str] = {}
        for reading in readings:
            if reading.parameter in values:  # a second value for the same cell: a message of its own
                yield self._topic(common.station, ""), _with_values(head, values, units)
                values, units = {}, {}
            values[reading.parameter] = reading.value
            if reading.unit:
                units[reading.parameter] = reading.unit
        yield self._topic(common.station, ""), _with_values(head, values, units)

    def _topic(self, station: str, parameter: str) -> str:
        declared = self._stations[station]
        return self._pattern.topic(TopicNames(station, declared.city, declared.medium, parameter))


def _apart(limit: float, value: float) -> float:
    """Return a detection limit that must be told beside the value; 0 for none."""
    return 0.0 if math.isnan(limit) or limit == value else limit


def _rare(common: _Common) -> dict[str, str | float]:
    fields: dict[str, str | float] = {
        "f": common.device_flag,
        "q": common.qualifier,
        "dl": common.detection_limit,
        "poc": common.poc,
        "statistic": common.statistic,
        "revision": common.revision,
    }
    return {name: value for name, value in fields.items() if value}


def _with_values(head: Mapping[str, object], values: dict[str, float], units: dict[str, str]) -> bytes:
    return _encode({**head, "values": values, **({"u": units} if units else {})})

"""Faults of instruments, clocks and lines, each with a label of the truth: what goes wrong, where and when.

Time is cut into slots; in each slot a station has at most one fault, drawn from the seed, the station and the slot
alone, or that of the gateway that it is behind. So any window of the same seed has the same faults.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from collector.simulation.weather import generator
from qualicity.network import ChannelSettings, Network, Station
from qualicity.periods import DAY_MS, HOUR_MS, LAW_OFFSET_MS, SECOND_MS

SLOT_MS = 4 * DAY_MS
"""No fault crosses from one slot of time to the next."""

EVERY = "*"
"""The parameter of a label that is about all of a station's channels."""

_WRONG_UNIT = {"ug": 1 / 1_000, "mg": 1_000.0, "uS": 1 / 1_000, "L/s": 3.6}
"""What a number becomes in another usual unit, by the beginning of the right one: mg for ug, m3/h for L/s."""

_STAND_INS = (-99.0, -999.0, -9999.0)
_CALIBRATED_NIGHTS = 3
_CALIBRATED_HOURS = (0, 6)  # local, of the night
_PULSE_MS = 900_000  # of zero, and again of span, where the channel is fine enough
_NEVER_CALIBRATED = frozenset({"flow", "wt", "abstraction_volume", "sewage_volume"})
_CALIBRATION = "C"  # the device's own flag (HJ 212-2017 table 8)


class Fault(enum.StrEnum):
    """What goes wrong."""

    STUCK = "stuck"  # one value repeated
    SPIKE = "spike"  # one hour far away; of finer readings one
    DRIFT = "drift"  # away from the truth, slowly
    GAP = "gap"  # one channel sends nothing, for good
    UNIT_ERROR = "unit-error"  # the number of another unit
    CLOCK_SKEW = "clock-skew"  # the station's times are an hour behind
    OFFLINE = "offline"  # the station sends nothing, then everything at once
    DUPLICATE = "duplicate"  # every message twice
    REORDER = "reorder"  # messages late and in a wrong order
    SENTINEL = "sentinel"  # a stand-in for "no value", declared nowhere
    GATEWAY_LOSS = "gateway-loss"  # all stations behind one gateway send nothing, then everything at once, or never
    CALIBRATION = "calibration"  # nights' checks of zero and span reach the readings


_HOURS = {
    Fault.STUCK: (16, 36),
    Fault.SPIKE: (1, 1),
    Fault.DRIFT: (36, 72),
    Fault.GAP: (3, 12),
    Fault.UNIT_ERROR: (6, 24),
    Fault.CLOCK_SKEW: (4, 12),
    Fault.OFFLINE: (4, 24),
    Fault.DUPLICATE: (4, 12),
    Fault.REORDER: (6, 12),
    Fault.SENTINEL: (1, 12),
    Fault.GATEWAY_LOSS: (2, 18),
    Fault.CALIBRATION: (1, 1),
}
"""Shortest and longest, h; begun in its slot's first day, every fault ends in its slot."""

_TIMES = {Fault.SPIKE: (4.0, 20.0), Fault.DRIFT: (2.0, 6.0), Fault.CALIBRATION: (4.0, 20.0)}
"""Times the truth: a spike, a drift at its end, a span."""

OF_STATION = frozenset({Fault.CLOCK_SKEW, Fault.OFFLINE, Fault.DUPLICATE, Fault.REORDER, Fault.GATEWAY_LOSS})
"""Faults that strike every channel of the station."""

OF_LINE = OF_STATION - {Fault.CLOCK_SKEW}
"""Faults of the line: values and times are true, if they come."""


class Label(NamedTuple):
    """The truth about one fault."""

    fault: Fault
    station: str
    parameter: str  # "*" = every one
    start: int  # ms UTC, inclusive
    end: int  # ms UTC, exclusive
    amount: float | None = None  # a stand-in itself; else times the truth: a spike, a drift's end, another unit, a span
    device_flag: str = ""  # what the device says of it
    gateway: str = ""  # that was lost; of the stations behind none, their city's
    lost: bool = False  # what was not sent never comes


def plan(
    network: Network, seed: int, start: int, end: int, faults: Collection[Fault], *, interval: int = 0
) -> list[Label]:
    """Return the faults that touch `[start, end)`, by time, then station.

    Args:
        network: whose stations go wrong.
        seed: of all randomness.
        start: ms UTC, inclusive.
        end: ms UTC, exclusive.
        faults: kinds to draw from; none = no fault.
        interval: s between readings of automatic channels; 0 = as each channel declares.
    """
    if not faults:
        return []
    kinds = sorted(faults)
    labels: list[Label] = []
    for slot in range(start // SLOT_MS, -(-end // SLOT_MS)):
        behind = _lost_gateways(network, seed, slot, kinds, interval)
        for station in network.stations:
            own = [_Drawn(channel, _step(channel, interval)) for channel in automatic(station)]
            if own and station.id in behind:
                labels.append(behind[station.id])
            elif own:
                labels += _draw(station, own, seed, slot, [kind for kind in kinds if kind is not Fault.GATEWAY_LOSS])
    return sorted((label for label in labels if label.start < end and label.end > start), key=lambda x: (x.start, x))


def automatic(station: Station) -> list[ChannelSettings]:
    """Return the channels that instruments, clocks and lines can spoil: not those of laboratories and monthly books."""
    day = DAY_MS // SECOND_MS
    return [one for one in station.channels if one.sampling == "automatic" and one.expected_interval <= day]


class _Drawn(NamedTuple):
    """A channel that a fault may strike."""

    channel: ChannelSettings
    step: int  # ms between its readings


def _step(channel: ChannelSettings, interval: int) -> int:
    return (interval or channel.expected_interval) * SECOND_MS


def _lost_gateways(network: Network, seed: int, slot: int, kinds: Sequence[Fault], interval: int) -> dict[str, Label]:
    """Return the labels of stations behind gateways that are lost in a slot, by station; one gateway in `kinds`."""
    if Fault.GATEWAY_LOSS not in kinds:
        return {}
    behind: dict[str, list[Station]] = defaultdict(list)
    for station in network.stations:
        if automatic(station):
            behind[_gateway(station)].append(station)
    found: dict[str, Label] = {}
    for gateway, stations in sorted(behind.items()):
        chance = generator(seed, gateway, "gateway", slot)
        if int(chance.integers(len(kinds))):
            continue
        steps = [_step(channel, interval) for station in stations for channel in automatic(station)]
        start, end = _span(slot, int(chance.integers(24)), _hours(Fault.GATEWAY_LOSS, chance), max(steps))
        lost = bool(chance.integers(2))
        label = Label(Fault.GATEWAY_LOSS, "", EVERY, start, end, gateway=gateway, lost=lost)
        found |= {station.id: label._replace(station=station.id) for station in stations}
    return found


def _hours(fault: Fault, chance: np.random.Generator) -> int:
    return int(chance.integers(*_HOURS[fault], endpoint=True))


def _span(slot: int, hour: int, hours: int, step: int) -> tuple[int, int]:
    """Return start and end of a fault, ms UTC: within its slot, on the grid of readings `step` ms apart."""
    coarse = max(HOUR_MS, step)
    start = -(-(slot * SLOT_MS + hour * HOUR_MS) // coarse) * coarse
    return start, min(start - (-hours * HOUR_MS // coarse) * coarse, (slot + 1) * SLOT_MS)


def _gateway(station: Station) -> str:
    """Return what a station's readings come through; without one declared, the line of its city and medium."""
    return station.gateway or f"{station.city}/{station.medium}"


def _draw(station: Station, own: Sequence[_Drawn], seed: int, slot: int, kinds: Sequence[Fault]) -> list[Label]:
    """Return the fault of a station in a slot; of calibrations, one label a night."""
    if not kinds:
        return []
    chance = generator(seed, station.id, "fault", slot)
    fault = kinds[int(chance.integers(len(kinds)))]
    hour = int(chance.integers(24))
    hours = _hours(fault, chance)
    struck = [one for one in own if _can_have(fault, one.channel)]
    if not struck:
        return []
    channel, step = struck[int(chance.integers(len(struck)))]
    parameter = EVERY if fault in OF_STATION else channel.parameter
    if fault is Fault.CALIBRATION:
        return _nights(Label(fault, station.id, parameter, slot * SLOT_MS, 0), step, chance)
    start, end = _span(slot, hour, hours, max(one.step for one in own) if fault in OF_STATION else step)
    if fault is Fault.SPIKE and step < HOUR_MS:
        start += int(chance.integers(HOUR_MS // step)) * step
        end = start + step
    return [Label(fault, station.id, parameter, start, end, _amount(fault, channel, chance), lost=fault is Fault.GAP)]


def _can_have(fault: Fault, channel: ChannelSettings) -> bool:
    if fault is Fault.UNIT_ERROR:
        return channel.unit.startswith(tuple(_WRONG_UNIT))
    return fault is not Fault.CALIBRATION or channel.parameter not in _NEVER_CALIBRATED


def _amount(fault: Fault, channel: ChannelSettings, chance: np.random.Generator) -> float | None:
    match fault:
        case Fault.SPIKE | Fault.DRIFT:
            return float(chance.uniform(*_TIMES[fault]))
        case Fault.SENTINEL:
            return _STAND_INS[int(chance.integers(len(_STAND_INS)))]
        case Fault.UNIT_ERROR:
            return next(factor for unit, factor in _WRONG_UNIT.items() if channel.unit.startswith(unit))
        case _:
            return None


def _nights(label: Label, step: int, chance: np.random.Generator) -> list[Label]:
    """Return a label for each night's check: at the same time, with the device's flag or without it."""
    pulse = max(step, _PULSE_MS // step * step)
    local = int(chance.integers(*_CALIBRATED_HOURS)) * HOUR_MS
    flag = _CALIBRATION if chance.integers(2) else ""
    span = float(chance.uniform(*_TIMES[Fault.CALIBRATION]))
    first = -(-(label.start + (local - LAW_OFFSET_MS) % DAY_MS) // step) * step
    starts = [first + night * DAY_MS for night in range(_CALIBRATED_NIGHTS)]
    return [label._replace(start=start, end=start + 2 * pulse, amount=span, device_flag=flag) for start in starts]


def label_lines(labels: Sequence[Label]) -> Iterator[dict[str, str | int | float | bool | None]]:
    """Yield labels as rows of a ground-truth file."""
    for label in labels:
        yield label._asdict()

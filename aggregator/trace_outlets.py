"""From an item of an outlet's day to its hours, the water that flowed in them, and the readings behind each."""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.discharge.effective import counted, flows_of
from aggregator.discharge.hours import VOLUME_DECIMALS, Hours, hours_of
from aggregator.discharge.laws import Law, substitutes_of
from aggregator.discharge.plan import FLOW, HOURS, Plan
from aggregator.discharge.readings import readings_of
from aggregator.explain import Node
from aggregator.stations import StationPipeline
from aggregator.trace import Readings, marks_of, rows_of, traced_readings, unit_of
from qualicity.canonical import NO_VALUE, WATER_DECIMALS
from qualicity.model import Position
from qualicity.network import Station
from qualicity.periods import HOUR_MS, Period, day_start, period_of

_UNIT = 10.0**WATER_DECIMALS


def outlet_items(own: StationPipeline, station: Station, period: Period, law: Law, as_of: Position) -> list[Node]:
    """Return the items of a day, or of one of its hours: their hours, and what laboratories found."""
    day = period_of(period.first, "day")
    parts = rows_of(own, station, day, as_of)
    plan, start = Plan.of([station]), day_start(day.first)
    stand_ins = substitutes_of(law.validity)
    instruments, _ = readings_of(
        parts, plan, start, HOURS, rules=own.pipeline.rules, marks=marks_of(own), substitutes=stand_ins
    )
    hours = hours_of(instruments, plan, 1)
    flows = flows_of(hours, law.share)
    readings = traced_readings(own, station, parts)
    manual = {(c.parameter, c.poc) for c in station.channels if c.sampling == "manual"}
    chosen = range(HOURS) if period.hour is None else [period.hour]
    nodes = []
    for p in plan.own[0]:
        name = plan.parameters[p]
        counts = counted(hours, flows, p, still_counts=not law.validity.zero_flow_invalid)[0, 0]
        nodes.append({
            "parameter": name,
            "unit": unit_of(name, own.medium),
            "hours": [
                {
                    "label": f"{hour:02d}",
                    "value": _number(int(hours.value[0, 0, p, hour])),
                    "counts": bool(counts[hour]),
                    "volume_m3": None if name == FLOW else _volume(int(hours.volume[0, 0, hour])),
                    "stands_in": _stands_in(hours, p, hour),
                    "readings": _behind(readings, name, start + hour * HOUR_MS, manual, laboratory=False),
                }
                for hour in chosen
            ],
            "samples": [
                reading
                for hour in chosen
                for reading in _behind(readings, name, start + hour * HOUR_MS, manual, laboratory=True)
            ],
        })  # fmt: skip
    return nodes


def _number(value: int) -> float | None:
    return None if value == NO_VALUE else value / _UNIT


def _volume(value: int) -> float | None:
    return None if value == NO_VALUE else value / 10.0**VOLUME_DECIMALS


def _stands_in(hours: Hours, p: int, hour: int) -> str:
    """Return what stands in an hour for readings: "" | "substitute" of the table | "half the detection limit"."""
    found = (hours.odd.cell == p * HOURS + hour).nonzero()[0]
    if not len(found):
        return ""
    at = int(found[0])
    return "substitute" if hours.odd.tabled[at] else "half the detection limit" if hours.odd.halved[at] else ""


def _behind(
    readings: Readings, name: str, start: int, manual: set[tuple[str, int]], *, laboratory: bool
) -> Sequence[Node]:
    """Return the readings that begin in an hour: of instruments, or of laboratories."""
    return [
        reading
        for channel, own in readings.items()
        if channel[0] == name and (channel in manual) is laboratory
        for reading in own
        if start <= reading["start"] < start + HOUR_MS
    ]

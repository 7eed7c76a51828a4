"""From an item of a water station's period to the samples that it is made of, and the readings behind each."""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.explain import Node
from aggregator.stations import StationPipeline
from aggregator.trace import Readings, local, marks_of, rows_of, traced_readings
from aggregator.water.classes import ENDLESS, table
from aggregator.water.samples import Plan, plan, samples
from qualicity.flags import flag_names
from qualicity.model import Position
from qualicity.network import Station
from qualicity.periods import Period, day_start
from qualicity.standards.waterlaw import WaterLaw

_SHORT = ("hour", "day")


def water_items(own: StationPipeline, station: Station, period: Period, law: WaterLaw, as_of: Position) -> list[Node]:
    """Return the items of a period with their samples: of a day all, of longer periods a laboratory's only.

    An automatic station's samples of a longer period stand behind its days.
    """
    parts = rows_of(own, station, period, as_of)
    names = {channel.parameter for channel in station.channels}
    days = (period.last - period.first).days + 1
    wanted = plan(table(law, names), (station,), period.first, days)
    readings = traced_readings(own, station, parts)
    found = samples(parts, wanted, own.pipeline.rules, marks_of(own))
    nodes: dict[int, list[Node]] = {k: [] for k in range(len(wanted.columns))}
    for n in range(len(found)):
        k = int(found.column[n])
        if (period.kind in _SHORT or not wanted.columns[k][1]) and period.start <= found.start[n] < period.end:
            scale = 10.0 ** int(wanted.law.decimals[wanted.columns[k][0]])
            low, value, high = int(found.low[n]), int(found.value[n]), int(found.high[n])
            nodes[k].append({
                "time": local(int(found.start[n])),
                "value": None if found.blind[n] else value / scale,
                "qualifier": "<" if found.below[n] else ">" if high == ENDLESS else "",
                "limit": high / scale if found.below[n] and high != ENDLESS else None,
                "between": None if low == high else [low / scale, None if high == ENDLESS else high / scale],
                "valid": bool(found.valid[n]),
                "flags": flag_names(int(found.flags[n])),
                "readings": _behind(readings, wanted, k, int(found.start[n])),
            })  # fmt: skip
    return [
        {
            "parameter": wanted.law.items[i].parameter,
            "source": "automatic" if automatic else "manual",
            "unit": wanted.law.items[i].unit,
            "samples": nodes[k],
        }
        for k, (i, automatic) in enumerate(wanted.columns)
        if nodes[k] or period.kind in _SHORT
    ]


def _behind(readings: Readings, wanted: Plan, k: int, start: int) -> Sequence[Node]:
    """Return the readings in the slot of a sample; of a laboratory those of the same moment."""
    i, automatic = wanted.columns[k]
    parameter = wanted.law.items[i].parameter
    length = int(wanted.interval[0, k]) * 1000 if automatic else 1
    length = min(max(length, 1), 86_400_000)
    slot = (start - day_start(wanted.first)) // length
    pocs = [poc for (_, name, poc), place in wanted.place.items() if name == parameter and place == k]
    return [
        reading
        for poc in pocs
        for reading in readings.get((parameter, poc), ())
        if (reading["start"] - day_start(wanted.first)) // length == slot
    ]

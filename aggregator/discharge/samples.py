"""What laboratories found: samples of a day beside the instruments' hours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from aggregator.discharge.effective import Flows
from aggregator.discharge.plan import DAY_S, HOURS, Plan
from aggregator.discharge.readings import Readings
from qualicity.canonical import NO_VALUE

Place = tuple[int, int, int]
"""Station, day, parameter."""


class Sample(NamedTuple):
    """One result: nine decimals, between what the truth lies, and whether it is of a whole day's mixed water."""

    value: int
    low: int
    high: int
    stand_in: int
    mixed: bool


def samples_of(readings: Readings, plan: Plan, flows: Flows, *, still_counts: bool) -> Mapping[Place, list[Sample]]:
    """Return the valid samples by place, in order of time; those taken while nothing flowed do not count."""
    found: dict[Place, list[tuple[int, int, Sample]]] = defaultdict(list)
    columns = (
        readings.place, readings.hour, readings.begin, readings.period,
        readings.value, readings.low, readings.high, readings.stand_in, readings.total,
    )  # fmt: skip
    for place, at, begin, period, value, low, high, stand_in, total in zip(*(c.tolist() for c in columns), strict=True):
        (s, p), (d, h) = divmod(place, len(plan.parameters)), divmod(at, HOURS)
        mixed = period == DAY_S and h == begin == 0
        if total or value == NO_VALUE or (period >= DAY_S and not mixed):
            continue
        if not mixed and not still_counts and flows.still[s, d, h]:
            continue
        found[s, d, p].append((at, begin, Sample(value, low, high, stand_in, mixed)))
    return {place: [sample for _, _, sample in sorted(own)] for place, own in found.items()}


def made_day(samples: Sequence[Sample], at_least: int) -> Sequence[Sample]:
    """Return the samples that make a day by themselves: a mixed one of the whole day, else enough single ones."""
    mixed = [sample for sample in samples if sample.mixed]
    if mixed:
        return mixed[:1]
    return samples if len(samples) >= at_least else []

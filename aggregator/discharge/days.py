"""The days of outlets: every item's value, coverage, load and verdict, and the day's. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aggregator.discharge.effective import Flows
from aggregator.discharge.hours import Hours
from aggregator.discharge.items import Item, Items
from aggregator.discharge.laws import Segment
from aggregator.discharge.limits import COMPLIES, EXCEEDS, UNKNOWN
from aggregator.discharge.plan import DAY_S, TEMPERATURE
from aggregator.discharge.samples import Place, Sample
from qualicity.canonical import NO_VALUE
from qualicity.model import Column
from qualicity.standards.schema_water import ValidityTable


@dataclass(frozen=True)
class Days:
    """The days of outlets."""

    hours: Hours
    flows: Flows
    laws: Sequence[Sequence[Segment]]
    items: Sequence[Item]  # by parameter of the plan
    required: Column  # (S, P)
    validity: ValidityTable
    verdict: Column  # (S, D): EXCEEDS, COMPLIES or UNKNOWN
    samples: Mapping[Place, Sequence[Sample]]


def judge_days(
    hours: Hours,
    flows: Flows,
    laws: Sequence[Sequence[Segment]],
    validity: ValidityTable,
    samples: Mapping[Place, Sequence[Sample]],
) -> Days:
    """Return the days of outlets, each under its laws; one table of validity for all of them."""
    judging = Items(hours, flows, laws, validity, samples)
    names = hours.plan.parameters
    cold = np.full(flows.cubic.shape, -1)
    if TEMPERATURE in names:
        temperature = judging.item(names.index(TEMPERATURE), cold)
        cold = _cold(temperature.mean, laws)
    items = [judging.item(p, cold) for p in range(len(names))]
    required = hours.plan.required(DAY_S)
    return Days(hours, flows, laws, items, required, validity, _verdict(items, required, flows), samples)


def _verdict(items: Sequence[Item], required: Column, flows: Flows) -> Column:
    """Return the verdict of days from their items'."""
    exceeds, judged, lacking = (np.zeros(flows.cubic.shape, bool) for _ in range(3))
    for p, item in enumerate(items):
        exceeds |= item.verdict == EXCEEDS
        judged |= item.verdict == COMPLIES
        lacking |= (item.verdict == UNKNOWN) & (required[:, p, None] | (item.mean != NO_VALUE))
    result: Column = np.where(exceeds, EXCEEDS, np.where(judged & ~lacking & ~flows.none, COMPLIES, UNKNOWN))
    return result


def _cold(mean: Column, laws: Sequence[Sequence[Segment]]) -> Column:
    """Return whether the water was cold on days (S, D): 1 up to the law's temperature, 0 above it, -1 not known."""
    cold = np.full(mean.shape, -1)
    for s, segments in enumerate(laws):
        for first, end, law in segments:
            if law is not None and law.cold_at_most is not None:
                own = mean[s, first:end]
                cold[s, first:end] = np.where(own == NO_VALUE, -1, own <= law.cold_at_most)
    return cold

"""Results of sections and sources as rows: what `assess water --json` prints and the ledger keeps. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aggregator.air import EXCEEDS, UNKNOWN
from aggregator.verdicts import VERDICTS
from aggregator.water.classes import Table, multiple
from aggregator.water.means import Values
from aggregator.water.reasons import Reasons
from aggregator.water.verdicts import Items, Sections
from qualicity.network import Station
from qualicity.periods import Period
from qualicity.reasons import NO_LAW

LONG = ("month", "quarter", "year")


@dataclass(frozen=True)
class Block:
    """Judged cells of stations under one law: N cells, each a station's period.

    Attributes:
        cells: the station's number and the period of each cell.
        own: numbers of the items that each station has.
        assessed: values are rounded as assessments are; else they are as they came.
        samples: how many complied and exceeded, by cell of stations that are judged by each sample.
        volume: m3 abstracted, by cell where it is filed.
    """

    law: Table
    stations: Sequence[Station]
    cells: Sequence[tuple[int, Period]]
    own: Sequence[Sequence[int]]
    values: Values
    target: NDArray[np.int8]
    say: NDArray[np.bool_]
    due: NDArray[np.bool_]
    items: Items
    sections: Sections
    assessed: bool = True
    samples: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    volume: Mapping[int, float] = field(default_factory=dict)


def rows(block: Block) -> Iterator[dict[str, Any]]:
    """Yield the row of each cell."""
    law, found = block.law, block.values
    names = [item.parameter for item in law.items]
    units = [item.unit for item in law.items]
    classes = [*(law.name(c) for c in range(law.beyond + 1)), None]  # the last: UNKNOWN
    verdicts = [VERDICTS[v] for v in (0, 1, UNKNOWN)]
    decides = (law.counts & law.classed).tolist()
    has = found.enough & (found.n > 0)
    values, whole = _printed(block, has)
    shown = has | (found.observed > 0) | block.due
    arrays = (shown, found.below, found.n, found.automatic, found.expected, found.observed, block.say)
    decided = (block.items.classes, block.items.verdict)
    columns = [array.tolist() for array in (*arrays, *decided)]
    sections = (block.target, block.sections.classes, block.sections.verdict)
    targets, section_classes, section_verdicts = (array.tolist() for array in sections)
    reasons = Reasons(block)
    for n, (s, period) in enumerate(block.cells):
        station = block.stations[s]
        shows, below, count, automatic, expected, observed, say, item_class, item_verdict = (c[n] for c in columns)
        value = values[n]
        section, target = section_classes[n], targets[n]
        items, coverage, deciding, failing = {}, {}, [], []
        for i in block.own[s]:
            if not shows[i]:
                continue
            name = names[i]
            number: float | None = value[i]
            if number != number:  # noqa: PLR0124 - not a number is no value
                number = None
            elif whole[i]:
                number = int(value[i])
            items[name] = {
                "value": number,
                "unit": units[i],
                "class": classes[item_class[i]] if law.classed[i] else None,
                "verdict": verdicts[item_verdict[i]] if say[i] else None,
                "qualifier": "<" if below[i] else "",
                "n": count[i],
                "source": "automatic" if automatic[i] else "manual",
            }
            coverage[name] = {"expected": expected[i], "observed": observed[i], "valid": count[i]}
            if section > 0 and decides[i] and item_class[i] == section:
                deciding.append(name)
            if say[i] and item_verdict[i] == EXCEEDS:
                failing.append(i)
        yield {
            "period": period.text,
            "station": station.id,
            "city": station.city,
            "water_body": law.law.body,
            "standard": law.law.standard,
            "class": classes[section],
            "target_class": law.law.classes[target],
            "verdict": verdicts[section_verdicts[n]],
            "reason": reasons.of(n, failing),
            "items": items,
            "deciding": deciding,
            "failing": [names[i] for i in failing],
            "multiples": _multiples(block, n, failing, target),
            "coverage": coverage,
            "abstraction_m3": block.volume.get(n),
            "samples": _samples(block, n),
            "certainty": law.law.certainty,
        }


def _printed(block: Block, has: NDArray[np.bool_]) -> tuple[list[list[float]], list[bool]]:
    """Return the values as numbers, NaN where there is none, and which items are whole numbers.

    Of what is only known to be below a limit it is that limit, its mean where there are several.
    """
    law, found = block.law, block.values
    number = np.where(found.below, found.high, found.value)
    known = has & ~found.blind
    printed = np.where(known, number / 10.0**law.decimals, np.nan)
    whole = [block.assessed and item.digits == 0 for item in law.items]
    return printed.tolist(), whole


def _multiples(block: Block, n: int, failing: Sequence[int], target: int) -> dict[str, float]:
    found = {}
    for i in failing:
        times = multiple(block.law, i, int(block.values.value[n, i]), target)
        if times is not None:
            found[block.law.items[i].parameter] = times
    return found


def _samples(block: Block, n: int) -> dict[str, int] | None:
    if n not in block.samples:
        return None
    complied, exceeded = block.samples[n]
    return {"complied": complied, "exceeded": exceeded}


def no_law_row(station: Station, period: Period) -> dict[str, Any]:
    """Return the row of a period that no table of classes covers."""
    return {
        "period": period.text, "station": station.id, "city": station.city, "water_body": station.water.body,
        "standard": None, "class": None, "target_class": station.water.target, "verdict": VERDICTS[UNKNOWN],
        "reason": NO_LAW, "items": {}, "deciding": [], "failing": [], "multiples": {}, "coverage": {},
        "abstraction_m3": None, "samples": None, "certainty": None,
    }  # fmt: skip

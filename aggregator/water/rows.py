"""Results of sections and sources as rows: what `assess water --json` prints and the ledger keeps. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aggregator.air import EXCEEDS, UNKNOWN
from aggregator.verdicts import VERDICTS
from aggregator.water.block import Block
from aggregator.water.classes import multiple
from aggregator.water.reasons import Reasons
from qualicity.network import Station
from qualicity.periods import Period


def rows(block: Block) -> Iterator[dict[str, Any]]:
    """Yield the row of each cell."""
    law = block.law
    names = [item.parameter for item in law.items]
    classes = [*(law.name(c) for c in range(law.beyond + 1)), None]  # the last: UNKNOWN
    shown = _Shown(block, classes)
    fails = block.say & (block.items.verdict == EXCEEDS)
    section = block.sections.classes
    decides = law.counts & law.classed & (block.items.classes == section[:, None]) & (section > 0)[:, None]
    failing, deciding = _by_row(fails), _by_row(decides & block.mine)
    sections = (block.target, section, block.sections.verdict)
    targets, section_classes, verdicts = (array.tolist() for array in sections)
    reasons = Reasons(block)
    for n, (s, period) in enumerate(block.cells):
        station, target = block.stations[s], targets[n]
        yield {
            "period": period.text,
            "station": station.id,
            "city": station.city,
            "water_body": law.law.body,
            "standard": law.law.standard,
            "class": classes[section_classes[n]],
            "target_class": law.law.classes[target],
            "verdict": VERDICTS[verdicts[n]],
            "reason": reasons.of(n, failing[n]),
            "items": shown.items(n),
            "deciding": [names[i] for i in deciding[n]],
            "failing": [names[i] for i in failing[n]],
            "multiples": _multiples(block, n, failing[n], target) if failing[n] else {},
            "coverage": shown.coverage(n),
            "abstraction_m3": block.volume.get(n),
            "samples": _samples(block, n),
            "certainty": law.law.certainty,
        }


class _Shown:
    """The items that each cell shows: what is there, and what is due.

    All are made at once, cell after cell: it is what most of a row costs.
    """

    def __init__(self, block: Block, classes: Sequence[str | None]) -> None:
        law, found = block.law, block.values
        shown = block.mine & (block.has | (found.observed > 0) | block.due)
        at = np.nonzero(shown)
        self._bounds = np.searchsorted(at[0], np.arange(len(shown) + 1)).tolist()
        columns = (_values(block), block.items.classes, block.items.verdict, found.below, found.n, found.automatic)
        value, item_class, verdict, below, count, automatic = (array[at].tolist() for array in columns)
        expected, observed, say = (array[at].tolist() for array in (found.expected, found.observed, block.say))
        number = at[1].tolist()
        units, classed = [item.unit for item in law.items], law.classed.tolist()
        whole = [block.assessed and item.digits == 0 for item in law.items]
        parameters = [item.parameter for item in law.items]
        self._names = [parameters[i] for i in number]
        self._items = [
            {
                "value": None if v != v else int(v) if whole[i] else v,  # noqa: PLR0124 - not a number is no value
                "unit": units[i],
                "class": classes[c] if classed[i] else None,
                "verdict": VERDICTS[one] if says else None,
                "qualifier": "<" if under else "",
                "n": n,
                "source": "automatic" if own else "manual",
            }
            for i, v, c, one, says, under, n, own in zip(
                number, value, item_class, verdict, say, below, count, automatic, strict=True
            )
        ]
        self._coverage = [
            {"expected": due, "observed": there, "valid": n}
            for due, there, n in zip(expected, observed, count, strict=True)
        ]

    def items(self, n: int) -> dict[str, dict[str, Any]]:
        """Return a cell's items."""
        own = slice(self._bounds[n], self._bounds[n + 1])
        return dict(zip(self._names[own], self._items[own], strict=True))

    def coverage(self, n: int) -> dict[str, dict[str, int]]:
        """Return a cell's coverage."""
        own = slice(self._bounds[n], self._bounds[n + 1])
        return dict(zip(self._names[own], self._coverage[own], strict=True))


def _by_row(chosen: NDArray[np.bool_]) -> list[list[int]]:
    """Return the numbers of the chosen items of each cell."""
    row, item = np.nonzero(chosen)
    bounds, items = np.searchsorted(row, np.arange(len(chosen) + 1)).tolist(), item.tolist()
    return [items[begin:end] for begin, end in pairwise(bounds)]


def _values(block: Block) -> NDArray[np.float64]:
    """Return the values as numbers, NaN where there is none.

    Of what is only known to be below a limit it is that limit, its mean where there are several.
    """
    found = block.values
    number = np.where(found.below, found.high, found.value)
    return np.where(block.has & ~found.blind, number / 10.0**block.law.decimals, np.nan)


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
    complied, exceeded, _ = block.samples[n]
    return {"complied": complied, "exceeded": exceeded}


def no_law_row(station: Station, period: Period, why: str) -> dict[str, Any]:
    """Return the row of a period that no table of classes covers, and why."""
    return {
        "period": period.text, "station": station.id, "city": station.city, "water_body": station.water.body,
        "standard": None, "class": None, "target_class": station.water.target, "verdict": VERDICTS[UNKNOWN],
        "reason": why, "items": {}, "deciding": [], "failing": [], "multiples": {}, "coverage": {},
        "abstraction_m3": None, "samples": None, "certainty": None,
    }  # fmt: skip

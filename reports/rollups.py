"""What counts of statuses are made of: keys `rollup/YEAR[/AREA]`, and the indicators behind them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, get_args

from qualicity.errors import UsageError
from targets.evaluation import Evaluated
from targets.indicator import Area
from targets.rollup import rolled_up
from targets.rows import said
from targets.thresholds import Thresholds
from targets.words import word

PREFIX = "rollup/"

_KEY = re.compile(rf"{PREFIX}(\d{{4}})(?:/({'|'.join(get_args(Area))}))?", re.ASCII)


@dataclass(frozen=True)
class RollupKey:
    """A count of indicators by status.

    Attributes:
        year: that is judged.
        area: of the register; empty = all of them.
    """

    year: int
    area: str = ""

    @property
    def text(self) -> str:
        """Return the key as it is written."""
        return f"{PREFIX}{self.year:04d}" + (f"/{self.area}" if self.area else "")


def parse_rollup_key(text: str) -> RollupKey:
    """Read a key.

    Raises:
        UsageError: it is no such key.
    """
    match = _KEY.fullmatch(text)
    if match is None:
        raise UsageError(f"{text!r} is not a key", f"write rollup/2015 or rollup/2015/product; areas: {_AREAS}")
    return RollupKey(int(match[1]), match[2] or "")


_AREAS = ", ".join(get_args(Area))


def explained(
    key: RollupKey, evaluated: Iterable[Evaluated], before: Iterable[Evaluated], lines: Thresholds
) -> dict[str, Any]:
    """Return the counts, and the judgements that were counted, by the versions of targets in force.

    Args:
        key: what is asked for.
        evaluated: all that is said of its year.
        before: all that is said of the year before.
        lines: where the judge draws them.
    """
    items = [one for one in evaluated if one.current and key.area in {"", one.indicator.area}]
    former = {one.indicator.id: one.judgement.status for one in before if one.current}
    found = rolled_up([one.judged for one in items], lines)
    return {
        "key": key.text,
        "kind": "rollup",
        "year": key.year,
        "area": key.area or None,
        "counts": {status.value: count for status, count in found.counts.items()},
        "headline": list(found.headline),
        "indicators": [
            {
                "key": one.row["key"],
                "name": said(one.indicator.name),
                "status": one.judgement.status.value,
                "label": said(word("status", one.judgement.status.value)),
                "before": former.get(one.indicator.id),
                "target": one.row["target"],
                "progress": one.judgement.progress,
                "value": one.row["value"],
                "data_until": one.row["data_until"],
                "provisional": one.judgement.provisional,
                "synthetic": one.judgement.synthetic,
            }
            for one in items
        ],
    }

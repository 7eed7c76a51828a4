"""What counts of statuses are made of: keys `rollup/YEAR[/AREA]`, and the indicators behind them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from qualicity.errors import UsageError
from targets.evaluation import Evaluated
from targets.indicator import Area, Indicator
from targets.model import Status
from targets.rollup import counts, headline
from targets.rows import Row, said
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


_SHOWN = ("target", "progress", "value", "data_until", "provisional", "synthetic")
_AREAS = ", ".join(get_args(Area))


def explained(key: RollupKey, evaluated: Iterable[Evaluated], before: Iterable[Evaluated]) -> dict[str, Any]:
    """Return the counts, and the judgements that were counted, by the versions of targets in force.

    Args:
        key: what is asked for.
        evaluated: all that is said of its year.
        before: all that is said of the year before.
    """
    former = {one.indicator.id: one.judgement.status.value for one in before if one.current}
    return of_rows(key, [(one.indicator, one.row) for one in evaluated if one.current], former)


def of_rows(key: RollupKey, judged: Iterable[tuple[Indicator, Row]], before: Mapping[str, str]) -> dict[str, Any]:
    """Return the same of rows of judgements.

    Args:
        key: what is asked for.
        judged: all indicators of its year by the version of their target in force, each with its row.
        before: the status of each in the year before.
    """
    items = [(one, row) for one, row in judged if key.area in {"", one.area}]
    statuses = [(one, Status(row["status"])) for one, row in items]
    return {
        "key": key.text,
        "kind": "rollup",
        "year": key.year,
        "area": key.area or None,
        "counts": {status.value: count for status, count in counts(statuses).items()},
        "headline": list(headline(statuses)),
        "indicators": [
            {
                "key": row["key"],
                "name": said(one.name),
                "status": row["status"],
                "label": said(word("status", row["status"])),
                "before": before.get(one.id),
                **{name: row[name] for name in _SHOWN},
            }
            for one, row in items
        ],
    }

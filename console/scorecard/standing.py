"""How an area stands: how many of its indicators have which status, and what must stand above all numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.scorecard.words import Said, coded, named, said
from targets.indicator import Indicator
from targets.model import Status
from targets.rollup import NO_EXCEPTION, ORDER, rank

Row = Mapping[str, Any]

NOT_JUDGED = "not_judged"
"""Of an indicator that nobody has judged for the year: no status, and not hidden."""

STRIP_ORDER: tuple[str, ...] = (
    Status.ACHIEVED, Status.MAINTAINED, Status.ACHIEVED_UNPROVEN, Status.ON_TRACK, Status.AT_RISK, Status.OFF_TRACK,
    Status.ACHIEVED_THEN_LOST, Status.DETERIORATING, Status.BREACHED, Status.NOT_ASSESSABLE, NOT_JUDGED,
)  # fmt: skip

SYMBOLS: Mapping[str, str] = {
    Status.ACHIEVED: "✓", Status.MAINTAINED: "=", Status.ACHIEVED_UNPROVEN: "≈", Status.ON_TRACK: "→",
    Status.AT_RISK: "!", Status.OFF_TRACK: "↘", Status.ACHIEVED_THEN_LOST: "↩", Status.DETERIORATING: "↓",
    Status.BREACHED: "✗", Status.NOT_ASSESSABLE: "?", NOT_JUDGED: "·",
}  # fmt: skip
"""A sign for each status, so that no colour is needed to tell them apart."""


@dataclass(frozen=True)
class Part:
    """A status in a strip."""

    code: str
    symbol: str
    label: Said
    count: int
    share: float  # percent of the strip


@dataclass(frozen=True)
class Headline:
    """What stands above an area's counts.

    Attributes:
        status: of its worst items.
        breached: what is breached decides, whatever the rest is.
        items: all that are breached; else the worst of those that allow no exception.
    """

    status: str
    symbol: str
    label: Said
    breached: bool
    items: Sequence[Said]


def strip(codes: Iterable[str]) -> list[Part]:
    """Return how many have which status, in one order always."""
    counts = Counter(codes)
    total = sum(counts.values())
    return [
        Part(code, SYMBOLS[code], _label(code), counts[code], round(100 * counts[code] / total, 3))
        for code in STRIP_ORDER
        if counts[code]
    ]


def headline(judged: Sequence[tuple[Indicator, Sequence[Row]]]) -> Headline | None:
    """Return the headline of an area: all that is breached, else the worst of what allows no exception."""
    found = [(one, _worst([row["status"] for row in rows] or [NOT_JUDGED])) for one, rows in judged]
    breached = [(one, status) for one, status in found if status == Status.BREACHED]
    strict = [(one, status) for one, status in found if one.judge[0] in NO_EXCEPTION]
    worst = max((_gravity(status) for _, status in strict), default=None)
    shown = breached or [(one, status) for one, status in strict if _gravity(status) == worst]
    if not shown:
        return None
    status = shown[0][1]
    items = [named(one.name, one.id) for one, _ in sorted(shown, key=lambda item: item[0].judge[0] != "JZ")]
    return Headline(status, SYMBOLS[status], _label(status), bool(breached), items)


def _worst(statuses: Sequence[str]) -> str:
    """Return the worst status of several versions of a target: a breach by any is one."""
    return Status.BREACHED if Status.BREACHED in statuses else statuses[-1]


def _gravity(status: str) -> int:
    """Return a status's place where what is not known stands after all that is: unknown is no zero."""
    return len(ORDER) if status in {Status.NOT_ASSESSABLE, NOT_JUDGED} else rank(Status(status))


def _label(code: str) -> Said:
    return said(NOT_JUDGED) if code == NOT_JUDGED else coded("status", code)

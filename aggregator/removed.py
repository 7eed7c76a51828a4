"""Periods whose readings were removed under a tombstone: they are never judged again, what was published stays.

Judged again, they would lack what was removed and not be assessable. What asks for another judgement (a late reading, a
mark, another table) is kept beside what was published, so that `explain` can tell of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import structlog

from qualicity.errors import UsageError
from qualicity.periods import DAY_MS, Period, parse_period
from qualicity.store.base import ObservationStore
from qualicity.store.ledger import Dirty, Ledger

log = structlog.get_logger(__name__)


def refuse_removed(store: ObservationStore, start: int, what: str) -> None:
    """Refuse to judge what has no readings any more.

    Args:
        store: readings.
        start: from when on (ms UTC) they are needed.
        what: is judged.

    Raises:
        UsageError: some of them were removed.
    """
    if start < store.gone_before():
        raise UsageError(
            f"the readings of {what} were removed under a tombstone", "what was published stays: `qualicity explain`"
        )


def removed_node(store: ObservationStore, ledger: Ledger, scope: str, span: Period, inputs: str) -> dict[str, Any]:
    """Return what is told of a period whose readings were removed.

    Args:
        store: tells of the tombstones.
        ledger: knows what asked for another judgement.
        scope: that is judged, a city's for the air of its stations.
        span: the period.
        inputs: the digest of what the published verdict rests on.
    """
    stones = [stone for stone in store.tombstones() if stone.until > span.start - DAY_MS]
    return {
        "tombstones": [stone._asdict() for stone in stones if month_start(stone.month) < span.end],
        "inputs": inputs,
        "left": [{**cause._asdict(), "at": at} for cause, at in ledger.left(scope, span.text)],
    }


def month_start(month: str) -> int:
    """Return when a month of UTC (2016-03) begins, ms UTC."""
    return int(dt.datetime.strptime(month, "%Y-%m").replace(tzinfo=dt.UTC).timestamp()) * 1000


def leave_removed(ledger: Ledger, dirty: list[Dirty], removed: Callable[[Dirty, Period], bool]) -> list[Dirty]:
    """Leave alone what was removed; return what is to be judged.

    Args:
        ledger: keeps what asked for another judgement.
        dirty: what is to be judged.
        removed: whether a period cannot be judged again.
    """
    left: list[Dirty] = []
    judged: list[Dirty] = []
    for item in dirty:
        (left if removed(item, parse_period(item.period)) else judged).append(item)
    if left:
        ledger.leave(left)
        log.warning(
            "published verdicts stay as they are: their readings were removed",
            periods=len({(item.scope, item.period) for item in left}),
            first=min(item.period for item in left),
        )
    return judged

"""Alarms as points: one for each time that an alarm was raised, which its acknowledgement and its end change."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from alerting.keys import AlarmId
from alerting.record import Transition
from alerting.rules.schema import RuleById
from alerting.sinks.summary import measured, place, title
from alerting.state import Kind
from alerting.store import AlertStore, open_reader
from dashboards.schema import ALARM, LATE, OCCURRED
from qualicity.periods import SECOND_MS
from qualicity.store.line_protocol import Point, Value


class AlarmLog:
    """What alerting.db says of alarms, as points.

    Args:
        path: of the file; a site without one has no alarms.
        rules: by id, for titles.
    """

    def __init__(self, path: Path, rules: RuleById) -> None:
        self._path = path
        self._rules = rules
        self._store: AlertStore | None = None

    @property
    def basis(self) -> str:
        """Return a digest of what the points say beside the history: the titles of the rules."""
        titles = sorted((name, rule.title.zh, rule.title.en) for name, rule in self._rules.items())
        return hashlib.sha256(repr(titles).encode()).hexdigest()[:16]

    def last(self) -> int:
        """Return the number of the last transition; 0 = there is none."""
        store = self._opened()
        return store.alarms.last() if store else 0

    def after(self, number: int, limit: int) -> list[Transition]:
        """Return transitions behind a number, oldest first."""
        store = self._opened()
        return store.alarms.after(number, limit) if store else []

    def points(self, changed: Iterable[Transition]) -> Iterator[Point]:
        """Yield the points that transitions make or change, as they are now."""
        store = self._opened()
        if store is None:
            return
        touched: dict[tuple[AlarmId, int], None] = {}
        for one in changed:
            if one.kind is Kind.RETRO:
                yield late_point(one, self._rules)
            else:
                touched[one.alarm, one.occurrence] = None
        for alarm, occurrence in touched:
            point = occurrence_point(store.alarms.course(alarm, occurrence), self._rules)
            if point is not None:
                yield point

    def everything(self) -> Iterator[Point]:
        """Yield all points: what must stand in the database."""
        yield from self.points(self.after(0, self.last()))

    def _opened(self) -> AlertStore | None:
        if self._store is None:
            self._store = open_reader(self._path)
        return self._store

    def close(self) -> None:
        """Close the file."""
        if self._store is not None:
            self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def occurrence_point(course: Sequence[Transition], rules: RuleById) -> Point | None:
    """Return the point of one occurrence of an alarm; None when it was never raised.

    Args:
        course: all that happened to it, oldest first.
        rules: by id, for titles.
    """
    raised = next((one for one in course if one.kind is Kind.RAISED), None)
    if raised is None:
        return None
    told = next((one for one in course if one.kind is Kind.ANNOUNCED), None)
    over = next((one for one in course if one.kind is Kind.RESOLVED), None)
    seen = [one for one in course if one.kind in {Kind.ACKNOWLEDGED, Kind.REALARMED}]
    acknowledged = bool(seen) and seen[-1].kind is Kind.ACKNOWLEDGED
    fields: dict[str, Value | None] = {
        "state": _state(stands=over is None, acknowledged=acknowledged, told=told is not None),
        "stands": int(over is None),
        "told": int(told is not None),
        "who": seen[-1].who if acknowledged else "",
        "acknowledged_s": (seen[0].made - told.made) / SECOND_MS if seen and told else None,
        "end": over.at if over else None,
        "lasted_s": (over.at - raised.at) / SECOND_MS if over else None,
    }
    return _point(raised, OCCURRED, fields, rules)


def late_point(late: Transition, rules: RuleById) -> Point:
    """Return the point of a late reading that would have raised an alarm."""
    return _point(late, LATE, {"state": "NORMAL", "stands": 0, "told": 0, "who": ""}, rules)


def _state(*, stands: bool, acknowledged: bool, told: bool) -> str:
    if stands and not told:
        return "HELD_BACK"
    if stands:
        return "ACTIVE_ACKED" if acknowledged else "ACTIVE_UNACKED"
    return "CLEARED_UNACKED" if told and not acknowledged else "NORMAL"


def _point(first: Transition, kind: str, fields: Mapping[str, Value | None], rules: RuleById) -> Point:
    alarm, context, named = first.alarm, first.context, title(first.alarm, rules)
    tags = {
        "about": alarm.key,
        "city": context.city,
        "kind": kind,
        "parameter": context.parameter,
        "rule": alarm.rule,
        "severity": context.severity,
        "station": context.station,
    }
    said = [place(alarm, context), measured(first.value, context), context.detail_zh, context.detail]
    facts: dict[str, Value | None] = {
        "title": f"{named.zh} {named.en}",
        "text": " · ".join(filter(None, said)),
        "value": first.value,
        "limit": context.limit,
        "unit": context.unit,
        "law": " ".join(filter(None, [context.law, context.clause])),
        "occurrence": first.occurrence,
        "key": context.evidence,
    }
    return Point(ALARM.name, tags, {**facts, **fields}, first.at)

"""Rules about running statistics (1 h, 8 h, 24 h), which the aggregator keeps in the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from alerting.evaluation.context import Contexts, Detail
from alerting.evaluation.limits import Limits, conditions, day_numbers
from alerting.evaluation.slots import Slots
from alerting.evaluation.tracks import Row
from alerting.judged import Judged
from alerting.keys import AlarmId
from alerting.rules.compiled import Compiled
from alerting.state import Sample
from qualicity.store.ledger import Provisional

KIND = "statistic.1"
"""Of the rows that keep the last statistic of a channel."""

EVALS = ("1h", "8h", "24h")

_Key = tuple[int, int]  # slot, index of EVALS


class Running:
    """Rules about running statistics.

    Args:
        rules: all rules; those of other inputs are left out.
        slots: one a parameter of a station.
        live_ms: older statistics are history.

    Attributes:
        limits: the rules.
        slots: one a parameter of a station.
    """

    def __init__(self, rules: Sequence[Compiled], slots: Slots, *, live_ms: int) -> None:
        own = [one for one in rules if one.rule.kind == "threshold" and one.rule.eval in EVALS]
        self.limits = Limits(own, slots)
        self._contexts = Contexts(own, slots)
        self.slots, self._live = slots, live_ms
        self._eval = np.asarray([EVALS.index(one.rule.eval) for one in own], np.int64)
        self._least = np.asarray([one.rule.min_valid for one in own], np.int64)
        self._slot_of = {
            (station.id, channel.parameter): slot
            for slot, (station, channel) in enumerate(zip(slots.station, slots.channel, strict=True))
        }
        self._last: dict[_Key, Provisional] = {}
        self._changed: set[_Key] = set()

    def judge(self, statistics: Sequence[Provisional], now: int) -> list[Judged]:
        """Return the samples that may change an alarm, by channel, statistic and time."""
        new = self._new(statistics)
        if not new or not self.limits.rules:
            return []
        bound = now - self._live
        late = [one for one in new if one[1].end < bound]
        live = [one for one in new if one[1].end >= bound]
        return (self._samples(late, late=True) if late else []) + (self._samples(live) if live else [])

    def _new(self, statistics: Sequence[Provisional]) -> list[tuple[_Key, Provisional]]:
        """Return what is newer than the last one of its kind, or says something else of the same hours."""
        found: list[tuple[_Key, Provisional]] = []
        for row in sorted(statistics, key=lambda one: one.end):
            slot = self._slot_of.get((row.station, row.parameter))
            if slot is None or row.statistic not in EVALS:
                continue
            key = (slot, EVALS.index(row.statistic))
            last = self._last.get(key)
            if last is not None and (row.end < last.end or row == last):
                continue
            if self.slots.first[slot] < row.end <= self.slots.end[slot]:
                self._last[key] = row
                self._changed.add(key)
                found.append((key, row))
        return sorted(found, key=lambda one: one[0])  # stable: ascending in time

    def _samples(self, new: Sequence[tuple[_Key, Provisional]], *, late: bool = False) -> list[Judged]:
        limits = self.limits
        slot, which = (np.asarray(column, np.int64) for column in zip(*(key for key, _ in new), strict=True))
        end = np.asarray([one.end for _, one in new], np.int64)
        value = np.asarray([one.value if one.valid and one.value is not None else np.nan for _, one in new])
        observed = np.asarray([one.observed for _, one in new], np.int64)
        day = day_numbers(end - 1)
        points = limits.points(slot, day)
        points.trip[which[:, None] != self._eval] = np.nan
        enough = observed[:, None] >= self._least
        measure = np.where(enough, value[:, None] * limits.sign, np.nan)
        row, column = np.nonzero(measure > points.trip) if late else limits.interesting(slot, measure, points)
        picked = measure[row, column]
        states = conditions(picked, points.trip[row, column], points.clear[row, column])
        return [
            Judged(
                AlarmId(limits.rules[rule].rule.id, self.slots.key[place]),
                Sample(new[at][1].end, state, new[at][1].value),
                self._contexts.of(place, rule, number, limits.table(number), _coverage(new[at][1])),
                late,
            )
            for at, rule, place, number, state in zip(
                row.tolist(), column.tolist(), slot[row].tolist(), day[row].tolist(), states, strict=True
            )
        ]

    # what is remembered

    def rows(self) -> list[Row]:
        """Return the statistics that changed since the last call."""
        changed = [self._last[key] for key in sorted(self._changed)]
        self._changed.clear()
        return [(KIND, f"{one.station}/{one.parameter}/{one.statistic}", msgspec.json.encode(one)) for one in changed]

    def restore(self, rows: Iterable[Row]) -> None:
        """Take what was kept; channels that are no longer declared are left out."""
        for kind, _, body in rows:
            if kind == KIND:
                one = msgspec.json.decode(body, type=Provisional)
                slot = self._slot_of.get((one.station, one.parameter))
                if slot is not None:
                    self._last[slot, EVALS.index(one.statistic)] = one


def _coverage(one: Provisional) -> Detail:
    return Detail(coverage=f"{one.observed} of {one.expected} h")

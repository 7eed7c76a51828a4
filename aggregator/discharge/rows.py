"""The rows of outlets' days: what the ledger keeps and `assess discharge --json` prints. No arithmetic of law here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from aggregator.discharge import words
from aggregator.discharge.days import Days
from aggregator.discharge.effective import VOLUME_SHOWN
from aggregator.discharge.items import Item
from aggregator.discharge.laws import OPEN, Law, Rule
from aggregator.discharge.limits import COMPLIES, EXCEEDS, NO_RULE, UNKNOWN
from aggregator.discharge.plan import PH
from qualicity.canonical import NO_VALUE, WATER_DECIMALS
from qualicity.model import Column
from qualicity.network import Station
from qualicity.reasons import NO_DISCHARGE, NO_LAW, NOTHING_JUDGED, WITHIN
from qualicity.units import canonical_unit

Row = dict[str, Any]

_UNIT = 10.0**WATER_DECIMALS
_CUBIC = 10.0**VOLUME_SHOWN

_COVERED = 10**4
"""More values than a day has."""


def coverages(due: Column, observed: Column, valid: Column) -> Sequence[Mapping[str, int]]:
    """Return the coverages of days; equal ones are one object, of which a year has few."""
    codes = ((due * _COVERED + observed) * _COVERED + valid).tolist()
    found = {
        code: {"expected": code // _COVERED**2, "observed": code // _COVERED % _COVERED, "valid": code % _COVERED}
        for code in set(codes)
    }
    return [found[code] for code in codes]


class StationRows:
    """The rows of one outlet's days.

    Args:
        days: of all outlets that were judged together.
        s: which of them.
        dates: texts of the days.
    """

    def __init__(self, days: Days, s: int, dates: Sequence[str]) -> None:
        self.days, self.s, self.dates = days, s, dates
        self.station: Station = days.hours.plan.stations[s]
        self.own = days.hours.plan.own[s]
        self.names = [days.hours.plan.parameters[p] for p in self.own]
        self.codes: list[list[int]] = [days.items[p].verdict[s].tolist() for p in self.own]
        cells = [self._cells(p, codes) for p, codes in zip(self.own, self.codes, strict=True)]
        self.of_day = list(zip(*cells, strict=True)) or [()] * days.hours.days
        self.verdicts: list[int] = days.verdict[s].tolist()
        self.flow = _numbers(days.flows.volumes()[s] / _CUBIC, days.flows.effective[s])
        self.loads = self._loads()

    def rows(self) -> Iterator[tuple[int, Law | None, Row]]:
        """Yield (day, law, row) of every day."""
        names, polluted = self.names, [name for name, _ in self.loads]
        loads = list(zip(*(own for _, own in self.loads), strict=True)) or [()] * len(self.dates)
        whole = all(map(all, self.of_day))
        for first, end, law in self.days.laws[self.s]:
            standard, grade, certainty = _head(law)
            more = [] if law is None else words.unapplied(law, names)
            within = "; ".join([WITHIN, *more])
            columns = (self.dates, self.verdicts, self.flow, self.of_day, loads)
            own = (column[first:end] for column in columns)
            for d, (date, verdict, flow, cells, load) in enumerate(zip(*own, strict=True), first):
                items, other = dict(zip(names, cells, strict=True)), None if flow is None else 0.0
                yield d, law, {
                    "period": date,
                    "outlet": self.station.id,
                    "city": self.station.city,
                    "standard": standard,
                    "grade": grade,
                    "items": items if whole else {name: cell for name, cell in items.items() if cell},
                    "flow_m3": flow,
                    "load": dict(zip(polluted, load, strict=True)),
                    "complied_m3": flow if verdict == COMPLIES else other,
                    "exceeded_m3": flow if verdict == EXCEEDS else other,
                    "unknown_m3": flow if verdict == UNKNOWN else other,
                    "verdict": words.VERDICTS[verdict],
                    "reason": within if verdict == COMPLIES else self._reason(d, law, more),
                    "certainty": certainty,
                }  # fmt: skip

    def _loads(self) -> list[tuple[str, list[float | None]]]:
        """Return the loads of days of each concentration, kg."""
        result = []
        for p, name in zip(self.own, self.names, strict=True):
            if self.days.hours.plan.weighted(name):
                load = self.days.items[p].load[self.s]
                result.append((name, _numbers(load / _UNIT, load != NO_VALUE)))
        return result

    def _cells(self, p: int, codes: Sequence[int]) -> Iterator[dict[str, Any] | None]:
        """Yield an item's part of each row; None on days on which nobody owed it and nothing came."""
        s, item, name = self.s, self.days.items[p], self.days.hours.plan.parameters[p]
        unit = canonical_unit(name, "wastewater")
        means = _numbers(item.mean[s] / _UNIT, item.mean[s] != NO_VALUE)
        verdicts = [words.VERDICTS[verdict] for verdict in codes]
        covered = coverages(item.due[s], item.observed[s], item.valid[s])
        columns = zip(means, self._limits(p), verdicts, covered, strict=True)
        cells: list[dict[str, Any] | None] = [
            {"value": value, "limit": limit, "unit": unit, "verdict": verdict, "coverage": coverage}
            for value, limit, verdict, coverage in columns
        ]
        if name == PH:
            self._add_spread(cells, item)
        self._add_notes(cells, item, name)
        if not (self.days.required[s, p] or self.days.hours.plan.values_a_day[s, p]):
            for d in np.flatnonzero(item.observed[s] == 0).tolist():
                cells[d] = None
        return iter(cells)

    def _add_spread(self, cells: Sequence[dict[str, Any] | None], item: Item) -> None:
        for name, column in (("min", item.least[self.s]), ("max", item.most[self.s])):
            for cell, value in zip(cells, _numbers(column / _UNIT, column != NO_VALUE), strict=True):
                if cell is not None:
                    cell[name] = value

    def _add_notes(self, cells: Sequence[dict[str, Any] | None], item: Item, name: str) -> None:
        odd = (item.laboratory, item.stricter, item.tabled, item.halved)
        if not any(column[self.s].any() for column in odd):
            return
        noted: dict[tuple[int, ...], str] = {}
        for cell, key in zip(cells, zip(*(column[self.s].tolist() for column in odd), strict=True), strict=True):
            if any(key) and cell is not None:
                if key not in noted:
                    laboratory, stricter, tabled, halved = key
                    texts = words.notes(
                        name,
                        self.days.validity,
                        laboratory=laboratory,
                        stricter=stricter,
                        tabled=tabled,
                        halved=halved,
                    )
                    noted[key] = "; ".join(texts)
                cell["note"] = noted[key]

    def _law(self, d: int) -> Law | None:
        return next(law for first, end, law in self.days.laws[self.s] if first <= d < end)

    def _limits(self, p: int) -> Sequence[int | float | list[int | float] | None]:
        """Return the limit of each day as rows show it: of the mean, else of every value."""
        s, limits, days = self.s, self.days.items[p].limits, self.days.hours.days
        ends = (limits.low[s], limits.high[s], limits.each_low[s], limits.each_high[s])
        if all((column == column[0]).all() for column in ends):
            return [self._limit(p, 0)] * days
        keys = list(zip(*(column.tolist() for column in ends), strict=True))
        shown = {key: self._limit(p, d) for d, key in enumerate(keys)}
        return [shown[key] for key in keys]

    def _limit(self, p: int, d: int) -> int | float | list[int | float] | None:
        limits = self.days.items[p].limits
        mean, each = limits.ends(self.s, d), limits.each(self.s, d)
        if mean == each == OPEN and self._rule(p, d).absent:
            return 0
        return (mean if mean != OPEN else each).shown

    def _rule(self, p: int, d: int) -> Rule:
        law = self._law(d)
        return NO_RULE if law is None else law.rules.get(self.days.hours.plan.parameters[p], NO_RULE)

    # reasons

    def _reason(self, d: int, law: Law | None, more: Sequence[str]) -> str:
        """Say what exceeds by how much, and what is missing."""
        if law is None:
            return NO_LAW
        if self.verdicts[d] == UNKNOWN and self.days.flows.none[self.s, d]:
            return NO_DISCHARGE
        said = (self._why(p, d, law, codes[d]) for p, codes in zip(self.own, self.codes, strict=True))
        parts = [text for text in said if text]
        return "; ".join([*(parts or [NOTHING_JUDGED]), *more])

    def _why(self, p: int, d: int, law: Law, verdict: int) -> str:
        """Say why an item of a day does not comply; empty where it does, or need not."""
        return self._excess(p, d, law) if verdict == EXCEEDS else self._lack(p, d, law) if verdict == UNKNOWN else ""

    def _excess(self, p: int, d: int, law: Law) -> str:
        """Say by how much an item exceeds."""
        item, name, at = self.days.items[p], self.days.hours.plan.parameters[p], (self.s, d)
        mean, ends, unit = int(item.mean[at]), item.limits.ends(*at), canonical_unit(name, "wastewater")
        if law.rules.get(name, NO_RULE).absent:
            return words.detected(name)
        if mean != NO_VALUE and ends.crossed(mean):
            return words.outside(name, mean, ends, unit)
        return words.spread(name, int(item.least[at]), int(item.most[at]), item.limits.each(*at), unit)

    def _lack(self, p: int, d: int, law: Law) -> str:
        """Say what an item lacks that it owes."""
        item, name, at = self.days.items[p], self.days.hours.plan.parameters[p], (self.s, d)
        if (mean := int(item.mean[at])) == NO_VALUE:
            owed = self.days.required[self.s, p]
            return words.too_few(name, int(item.valid[at]), int(item.due[at]), law.share) if owed else ""
        ends, unit = item.limits.ends(*at), canonical_unit(name, "wastewater")
        removal = law.rules.get(name, NO_RULE).removal
        if item.removable[at] and removal is not None:
            return words.removal(name, mean, ends, unit, removal)
        return words.unsettled(name, ends if ends != OPEN else item.limits.each(*at), unit)


def _head(law: Law | None) -> tuple[str | None, str | None, str | None]:
    """Return standard, grade and certainty of a law."""
    return (None, None, None) if law is None else (law.table.standard, law.table.grade, law.table.certainty)


def _numbers(values: Column, known: Column) -> list[float | None]:
    """Return numbers with None where there is none."""
    result: list[float | None] = values.tolist()
    for at in np.flatnonzero(~known).tolist():
        result[at] = None
    return result

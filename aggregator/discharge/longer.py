"""One item of an outlet over a longer period, from its effective days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from math import log10
from typing import Any

import numpy as np

from aggregator.discharge import words
from aggregator.discharge.laws import Ends, Law, plain
from aggregator.discharge.limits import COMPLIES, EXCEEDS, NO_RULE, UNJUDGED, UNKNOWN
from aggregator.discharge.plan import DAY_S, PH
from qualicity.canonical import WATER_DECIMALS
from qualicity.network import Station
from qualicity.periods import Period, days_between, period_of
from qualicity.reasons import NO_DISCHARGE
from qualicity.units import canonical_unit

LONGER = ("7d", "30d", "annual")
"""Means of longer periods that limits are about, the shortest first."""

NOMINAL_DAYS = {"month": 31, "quarter": 92, "year": 366}
"""Days within which a channel must report for a period to need it."""

_UNIT: int = 10**WATER_DECIMALS
_WEEK = 7


def is_still(row: Mapping[str, Any]) -> bool:
    """Return whether nothing was discharged on a day."""
    return bool(row["reason"] == NO_DISCHARGE)


class LongItem:
    """One item over a longer period.

    Args:
        name: the parameter.
        station: the outlet.
        period: a month or longer.
        law: of its last day.
        discharging: the days of the period on which something was, or may have been, discharged.
        cells: its part of the rows of these days.
        days: results of these days and of days before, by date.
    """

    def __init__(
        self,
        name: str,
        station: Station,
        period: Period,
        law: Law,
        *,
        cells: Sequence[Mapping[str, Any]],
        discharging: Sequence[str],
        days: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self.name, self.station, self.period, self.law = name, station, period, law
        self.discharging, self.days = discharging, days
        self.rule = law.rules.get(name, NO_RULE)
        self.daily = self.rule.daily
        self._cells = cells
        self.verdict, self.reason = self._judge()

    @cached_property
    def interval(self) -> int:
        """The least s between its values that a channel declares."""
        own = [channel.expected_interval for channel in self.station.channels if channel.parameter == self.name]
        return min(own, default=DAY_S)

    @property
    def counts(self) -> bool:
        """Return whether the period needs it: a channel owes it at least once, or it is known and undecided."""
        return self.interval <= NOMINAL_DAYS[self.period.kind] * DAY_S or self.mean is not None

    def expected(self, days: Sequence[str]) -> int:
        """Return how many of days should have a value."""
        if self.interval <= DAY_S:
            return len(days)
        return max(len(days) * DAY_S // self.interval, 1) if days else 0

    def cell(self) -> dict[str, Any]:
        """Return its part of the period's row; its coverage is in days."""
        cell: dict[str, Any] = {
            "value": None if self.mean is None else plain(self.mean),
            "limit": self._limit(),
            "unit": canonical_unit(self.name, "wastewater"),
            "verdict": words.VERDICTS[self.verdict],
            "coverage": {
                "expected": self.expected(self.discharging),
                "observed": len(self._cells) - [one["coverage"]["observed"] for one in self._cells].count(0),
                "valid": len(self._known),
            },
        }
        if self.name == PH:
            for end, of in (("min", min), ("max", max)):
                cell[end] = of((one[end] for one in self._cells if one.get(end) is not None), default=None)
        return cell

    def _limit(self) -> Any:
        """Return the limit to show: of the longest mean that was judged, else of the last day."""
        applied = [self._longer[name][0] for name in LONGER if name in self._longer]
        return applied[-1].shown if applied else next((one["limit"] for one in reversed(self._cells)), None)

    @cached_property
    def _known(self) -> list[int]:
        """The effective means of the period, nine decimals."""
        values = np.asarray([value for one in self._cells if (value := one["value"]) is not None], np.float64)
        exact: list[int] = np.rint(values * _UNIT).astype(np.int64).tolist()
        return exact

    @cached_property
    def mean(self) -> int | None:
        """The mean of the period's effective means, nine decimals; None where they are too few."""
        exact = self._mean(self._known, self.discharging)
        return None if exact is None else round(exact)

    def _values(self, days: Sequence[str]) -> list[int]:
        """Return the effective means of days, of the period or before."""
        items = [self.days[text]["items"].get(self.name) for text in days if text in self.days]
        return [round(value * _UNIT) for item in items if item is not None and (value := item["value"]) is not None]

    def _mean(self, known: Sequence[int], days: Sequence[str]) -> Fraction | None:
        """Return the mean of effective means, exactly; None where they are too few for so many days."""
        if not known or len(known) < self.law.share * self.expected(days):
            return None
        if self.name == PH:
            ions: float = sum(10.0 ** (-value / _UNIT) for value in known) / len(known)
            return Fraction(str(round(round(-log10(ions), WATER_DECIMALS), 2))) * _UNIT
        return Fraction(sum(known), len(known))

    # verdicts

    def _judge(self) -> tuple[int, str]:
        """Return the verdict, and why it does not comply."""
        found = [self._by_days()] if self.daily else []
        found += [self._by_means(ends, spans) for ends, spans in self._longer.values()]
        if not found:
            return UNJUDGED, ""
        for verdict in (EXCEEDS, UNKNOWN):
            if reasons := [reason for code, reason in found if code == verdict]:
                return verdict, "; ".join(reasons)
        return COMPLIES, ""

    def _by_days(self) -> tuple[int, str]:
        """Return what its days say: one that exceeds is enough, enough that comply are needed."""
        verdicts = [one["verdict"] for one in self._cells]
        exceeded, complied = (verdicts.count(words.VERDICTS[code]) for code in (EXCEEDS, COMPLIES))
        if exceeded:
            return EXCEEDS, words.item_exceeded(self.name, exceeded)
        expected = self.expected(self.discharging)
        if complied and complied >= self.law.share * expected:
            return COMPLIES, ""
        needed = max(words.needed(expected, self.law.share), 1)
        return UNKNOWN, words.item_judged(self.name, complied, expected, needed)

    def _by_means(self, ends: Ends, spans: Sequence[Sequence[str]]) -> tuple[int, str]:
        """Return what means over spans of days say."""
        unit, removal = canonical_unit(self.name, "wastewater"), self.rule.removal
        means = [self._mean(self._values(days), days) for days in spans if days]
        for mean in means:
            if mean is not None and not ends.holds(mean):
                if removal is None:
                    return EXCEEDS, words.outside(self.name, round(mean), ends, unit)
                return UNKNOWN, words.removal(self.name, round(mean), ends, unit, removal)
        known = sum(mean is not None for mean in means)
        if known and known >= self.law.share * len(means):
            return COMPLIES, ""
        expected = self.expected(self.discharging)
        return UNKNOWN, words.item_judged(
            self.name, len(self._known), expected, max(words.needed(expected, self.law.share), 1)
        )

    @cached_property
    def _longer(self) -> Mapping[str, tuple[Ends, list[list[str]]]]:
        """The limits of longer means that this period can judge, with the days of each mean."""
        spans = {name: self._spans(name) for name in self.rule.longer}
        return {name: (self.rule.longer[name], own) for name, own in spans.items() if own is not None}

    @property
    def unapplied(self) -> list[str]:
        """What is asked of its means that this period cannot judge."""
        left = [name for name in self.rule.longer if name not in self._longer]
        return [words.longer(self.name, left)] if left else []

    def _spans(self, name: str) -> list[list[str]] | None:
        """Return the days of the means that a limit of 7 or 30 days, or of a year, is about; None: of none in here."""
        if name == "annual":
            return [list(self.discharging)] if self.period.kind == "year" else None
        if name == "30d":  # judged on calendar months
            months = dict.fromkeys(period_of(day, "month") for day in self.period.days)
            return [[day for day in self.discharging if day.startswith(month.text)] for month in months]
        last = [self.period.first + dt.timedelta(days=n) for n in range(len(self.period.days))]
        weeks = [days_between(day - dt.timedelta(days=_WEEK - 1), day) for day in last]
        return [[day.isoformat() for day in week if self._flowed(day)] for week in weeks]

    def _flowed(self, day: dt.date) -> bool:
        """Return whether something was, or may have been, discharged on a day."""
        row = self.days.get(day.isoformat())
        return self.station.serves(day) and (row is None or not is_still(row))

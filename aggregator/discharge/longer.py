"""One item of an outlet over a longer period, from its effective days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from math import log10
from typing import Any

from aggregator.discharge import words
from aggregator.discharge.laws import Ends, Law, plain
from aggregator.discharge.limits import COMPLIES, EXCEEDS, NO_RULE, UNJUDGED, UNKNOWN
from aggregator.discharge.outlet_days import OutletDays
from aggregator.discharge.plan import DAY_S, PH
from qualicity.canonical import WATER_DECIMALS
from qualicity.periods import Period, period_of
from qualicity.units import canonical_unit

LONGER = ("7d", "30d", "annual")
"""Means of longer periods that limits are about, the shortest first."""

NOMINAL_DAYS = {"month": 31, "quarter": 92, "year": 366}
"""Days within which a channel must report for a period to need it."""

_UNIT: int = 10**WATER_DECIMALS
_WEEK = 7


class LongItem:
    """One item over a longer period.

    Args:
        name: the parameter.
        period: a month or longer.
        law: of its last day.
        days: of the outlet.
    """

    def __init__(self, name: str, period: Period, law: Law, days: OutletDays) -> None:
        self.name, self.period, self.law, self.days = name, period, law, days
        self.rule = law.rules.get(name, NO_RULE)
        self.daily = self.rule.daily
        self.span = days.span(period)
        self.flowing = days.flowing[self.span].count(True)
        self._item = days.items[name]
        self.verdict, self.reason = self._judge()

    @cached_property
    def interval(self) -> int:
        """The least s between its values that a channel declares."""
        own = [channel.expected_interval for channel in self.days.station.channels if channel.parameter == self.name]
        return min(own, default=DAY_S)

    @property
    def counts(self) -> bool:
        """Return whether the period needs it: a channel owes it at least once, or it is known and undecided."""
        return self.interval <= NOMINAL_DAYS[self.period.kind] * DAY_S or self.mean is not None

    def expected(self, days: int) -> int:
        """Return how many of days should have a value."""
        if self.interval <= DAY_S:
            return days
        return max(days * DAY_S // self.interval, 1) if days else 0

    def cell(self) -> dict[str, Any]:
        """Return its part of the period's row; its coverage is in days."""
        cell: dict[str, Any] = {
            "value": None if self.mean is None else plain(self.mean),
            "limit": self._limit(),
            "unit": canonical_unit(self.name, "wastewater"),
            "verdict": words.VERDICTS[self.verdict],
            "coverage": {
                "expected": self.expected(self.flowing),
                "observed": self._item.observed[self.span].count(True),
                "valid": len(self._known),
            },
        }
        for name, of, values in zip(("min", "max"), (min, max), self._item.ends, strict=False):  # only pH has ends
            cell[name] = of((value for value in values[self.span] if value is not None), default=None)
        return cell

    def _limit(self) -> Any:
        """Return the limit to show: of the longest mean that was judged, else of the last day."""
        applied = [self._longer[name][0] for name in LONGER if name in self._longer]
        if applied:
            return applied[-1].shown
        return next((cell["limit"] for cell in reversed(self._item.cells[self.span]) if cell is not None), None)

    @cached_property
    def _known(self) -> list[int]:
        """The effective means of the period, nine decimals."""
        return self._values(self.span)

    @cached_property
    def mean(self) -> int | None:
        """The mean of the period's effective means, nine decimals; None where they are too few."""
        exact = self._mean(self._known, self.flowing)
        return None if exact is None else round(exact)

    def _values(self, span: slice) -> list[int]:
        """Return the effective means of days, of the period or before."""
        return [value for value in self._item.values[span] if value is not None]

    def _mean(self, known: Sequence[int], days: int) -> Fraction | None:
        """Return the mean of effective means, exactly; None where they are too few for so many days."""
        if not known or not self._enough(len(known), self.expected(days)):
            return None
        if self.name == PH:
            ions: float = sum(10.0 ** (-value / _UNIT) for value in known) / len(known)
            return Fraction(str(round(round(-log10(ions), WATER_DECIMALS), 2))) * _UNIT
        return Fraction(sum(known), len(known))

    def _enough(self, known: int, expected: int) -> bool:
        """Return whether so many of those expected are enough."""
        return known * self.law.share.denominator >= expected * self.law.share.numerator

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
        verdicts = self._item.verdicts[self.span]
        exceeded, complied = (verdicts.count(words.VERDICTS[code]) for code in (EXCEEDS, COMPLIES))
        if exceeded:
            return EXCEEDS, words.item_exceeded(self.name, exceeded)
        if complied and self._enough(complied, self.expected(self.flowing)):
            return COMPLIES, ""
        return UNKNOWN, self._too_few(complied)

    def _by_means(self, ends: Ends, spans: Sequence[slice]) -> tuple[int, str]:
        """Return what means over spans of days say."""
        unit, removal = canonical_unit(self.name, "wastewater"), self.rule.removal
        due = [(span, days) for span in spans if (days := self.days.flowing[span].count(True))]
        means = [self._mean(self._values(span), days) for span, days in due]
        for mean in means:
            if mean is not None and not ends.holds(mean):
                if removal is None:
                    return EXCEEDS, words.outside(self.name, round(mean), ends, unit)
                return UNKNOWN, words.removal(self.name, round(mean), ends, unit, removal)
        known = sum(mean is not None for mean in means)
        if known and self._enough(known, len(means)):
            return COMPLIES, ""
        return UNKNOWN, self._too_few(len(self._known))

    def _too_few(self, known: int) -> str:
        """Say on how many days it was judged."""
        expected = self.expected(self.flowing)
        return words.item_judged(self.name, known, expected, max(words.needed(expected, self.law.share), 1))

    @cached_property
    def _longer(self) -> Mapping[str, tuple[Ends, list[slice]]]:
        """The limits of longer means that this period can judge, with the days of each mean."""
        spans = {name: self._spans(name) for name in self.rule.longer}
        return {name: (self.rule.longer[name], own) for name, own in spans.items() if own is not None}

    @property
    def unapplied(self) -> list[str]:
        """What is asked of its means that this period cannot judge."""
        left = [name for name in self.rule.longer if name not in self._longer]
        return [words.longer(self.name, left)] if left else []

    def _spans(self, name: str) -> list[slice] | None:
        """Return the days of the means that a limit of 7 or 30 days, or of a year, is about; None: of none in here."""
        if name == "annual":
            return [self.span] if self.period.kind == "year" else None
        if name == "30d":  # judged on calendar months
            months = dict.fromkeys(period_of(day, "month") for day in self.period.days)
            return [self.days.span(month) for month in months]
        return [slice(last + 1 - _WEEK, last + 1) for last in range(self.span.start, self.span.stop)]

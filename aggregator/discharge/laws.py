"""Which law each outlet is under on each day of a run, and what that asks of each of its items, as integers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import NamedTuple

import msgspec

from aggregator.discharge.plan import PH
from aggregator.discharge.readings import Substitutes
from qualicity.canonical import WATER_DECIMALS
from qualicity.network import Outlet, Station
from qualicity.standards.load import standard as table_of
from qualicity.standards.load_water import OTHER, discharge_law, discharge_table, validity_table
from qualicity.standards.schema_water import DischargeTable, ValidityTable
from qualicity.standards.waterlaw import Bound, DischargeLaw, OutletLimit


class Ends(NamedTuple):
    """What a value must lie between, nine decimals; None = no end."""

    low: int | None = None
    high: int | None = None

    @property
    def shown(self) -> int | float | list[int | float] | None:
        """Return the limit as rows carry it."""
        ends = [plain(end) for end in self if end is not None]
        return ends if self.low is not None and self.high is not None else (ends[0] if ends else None)

    def holds(self, value: Fraction) -> bool:
        """Return whether an exact value is within."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def crossed(self, value: int) -> bool:
        """Return whether a rounded value is not clearly within: for words, not for verdicts."""
        return (self.high is not None and value >= self.high) or (self.low is not None and value <= self.low)

    def narrower(self, other: Ends) -> Ends:
        """Return what lies within both."""
        low = [end for end in (self.low, other.low) if end is not None]
        high = [end for end in (self.high, other.high) if end is not None]
        return Ends(max(low, default=None), min(high, default=None))


OPEN = Ends()


@dataclass(frozen=True)
class Rule:
    """What the law asks of one item of an outlet.

    Attributes:
        warm, cold: of the day's mean, above and up to `DischargeLaw.cold_at_most`.
        each: of every value.
        hour: of an hour's mean.
        geometric: the day's mean is the geometric one.
        absent: must not be detected.
        removal: the share of what comes in that may be removed instead; None = the limit has no alternative.
        longer: limits of means of longer periods, by period.
    """

    warm: Ends = OPEN
    cold: Ends = OPEN
    each: Ends = OPEN
    hour: Ends = OPEN
    geometric: bool = False
    absent: bool = False
    removal: Fraction | None = None
    longer: Mapping[str, Ends] = field(default_factory=dict)

    @property
    def by_temperature(self) -> bool:
        """Return whether the limit depends on the water's temperature."""
        return self.warm != self.cold

    @cached_property
    def daily(self) -> bool:
        """Return whether anything is asked of a day."""
        return self.absent or any(ends != OPEN for ends in (self.warm, self.cold, self.each))

    @property
    def every(self) -> tuple[int, ...]:
        """Return every end of the day's mean."""
        return tuple(end for ends in (self.warm, self.cold) for end in ends if end is not None)


class Law(NamedTuple):
    """The law of an outlet, ready for whole numbers."""

    table: DischargeLaw
    rules: Mapping[str, Rule]
    share: Fraction
    cold_at_most: int | None  # nine decimals of a degree

    @property
    def validity(self) -> ValidityTable:
        """Return when data are valid."""
        return self.table.validity


class Segment(NamedTuple):
    """Days of a run, [first, end), on which an outlet is under one law; None = no table covers them."""

    first: int
    end: int
    law: Law | None


def plain(value: int) -> int | float:
    """Return an integer of nine decimals as a JSON number."""
    whole, rest = divmod(value, 10**WATER_DECIMALS)
    return float(value / 10**WATER_DECIMALS) if rest else whole


def segments(station: Station, days: Sequence[dt.date], standard: str | None = None) -> tuple[Segment, ...]:
    """Return the laws of an outlet over consecutive days; tables come into force and end, and never come back."""
    return tuple(_joined(_split(station.outlet, days, standard, 0, len(days))))


@lru_cache(maxsize=4096)
def law_of(outlet: Outlet, day: dt.date, standard: str | None = None) -> Law | None:
    """Return the law of an outlet on a day; None where its table is not in force.

    A standard that is asked for by name counts whenever it is asked for; an outlet whose grade it does not have is
    held against its first one.
    """
    if standard is not None and isinstance(table := table_of(standard), DischargeTable):
        day = max(day, table.in_force) if table.until is None else min(max(day, table.in_force), table.until)
        if outlet.grade not in table.grades:
            outlet = msgspec.structs.replace(outlet, grade=table.grades[0], scope=OTHER)
    found = discharge_law(outlet, day, standard)
    return None if found is None else compiled(found)


def validity_of(outlet: Outlet, standard: str | None = None) -> ValidityTable:
    """Return when data of an outlet are valid: its table of limits says which rules."""
    return validity_table(discharge_table(standard or outlet.standard))


def share_of(validity: ValidityTable) -> Fraction:
    """Return the share of the values due that is enough."""
    return Fraction(validity.share_at_least)


@lru_cache(maxsize=1024)
def compiled(table: DischargeLaw) -> Law:
    """Return a law ready for whole numbers."""
    names = dict.fromkeys(limit.parameter for limit in table.limits)
    return Law(
        table,
        {name: _rule(name, table.of(name)) for name in names},
        share_of(table.validity),
        None if table.cold_at_most is None else _scaled(table.cold_at_most),
    )


def substitutes_of(validity: ValidityTable) -> Substitutes:
    """Return what stands for values at or below zero."""
    return Substitutes.of((row.parameter, row.value, row.unit) for row in validity.substitute)


def _rule(name: str, limits: Sequence[OutletLimit]) -> Rule:
    warm = cold = each = hour = OPEN
    longer: dict[str, Ends] = {}
    geometric = absent = False
    removal: Fraction | None = None
    for limit in limits:
        ends = _ends(limit.bound)
        absent |= limit.bound.absent
        if limit.period == "1h":
            hour = hour.narrower(ends)
        elif limit.period == "each" or (limit.period == "24h" and name == PH):  # pH has no mean of its own
            each = each.narrower(ends)
        elif limit.period == "24h":
            warm = warm if limit.cold else warm.narrower(ends)
            cold = cold if limit.cold is False else cold.narrower(ends)
            geometric |= limit.statistic == "geometric"
        else:
            longer[limit.period] = longer.get(limit.period, OPEN).narrower(ends)
        if limit.removal_at_least is not None:
            removal = Fraction(limit.removal_at_least)
    return Rule(warm, cold, each, hour, geometric, absent, removal, longer)


def _ends(bound: Bound) -> Ends:
    return Ends(*(None if end is None else _scaled(end) for end in (bound.low, bound.high)))


def _scaled(value: Decimal) -> int:
    return int(value.scaleb(WATER_DECIMALS))


def _split(outlet: Outlet, days: Sequence[dt.date], standard: str | None, first: int, end: int) -> Iterator[Segment]:
    law, last = (law_of(outlet, days[at], standard) for at in (first, end - 1))
    if law is last:
        yield Segment(first, end, law)
        return
    middle = (first + end) // 2
    yield from _split(outlet, days, standard, first, middle)
    yield from _split(outlet, days, standard, middle, end)


def _joined(parts: Iterator[Segment]) -> Iterator[Segment]:
    last: Segment | None = None
    for part in parts:
        if last is not None and last.law is part.law:
            last = last._replace(end=part.end)
            continue
        if last is not None:
            yield last
        last = part
    if last is not None:
        yield last

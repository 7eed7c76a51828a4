"""Law of water and wastewater, ready to be applied: what the tables say, gathered for one body or one outlet.

Values are exact decimals in the canonical unit that the parameter has in water. See `qualicity.standards.water`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from qualicity.network import WaterBody
from qualicity.standards.schema import Certainty
from qualicity.standards.schema_water import RateTable, ValidityTable, WaterAssessment


@dataclass(frozen=True, slots=True)
class Bound:
    """What a value must be: within [low, high], both ends allowed; None = no end. `absent`: not detected at all."""

    low: Decimal | None = None
    high: Decimal | None = None
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a table of classes."""

    parameter: str
    unit: str  # canonical
    group: Literal["basic", "supplementary", "specific"]
    bounds: tuple[Bound, ...]  # one a class, best first; empty = no classes
    limit: Bound | None  # of an item without classes
    digits: int | None
    hour_digits: int | None
    counts: bool
    multiple: bool
    hydrogen: bool  # the mean of pH
    preferred: bool
    clause: str | None
    certainty: Certainty

    def bound(self, classes: tuple[str, ...], target: str) -> Bound | None:
        """Return what the item must be for a target class; None where that class has no bound."""
        return self.bounds[classes.index(target)] if self.bounds else self.limit


@dataclass(frozen=True, slots=True)
class WaterLaw:
    """A table of classes for one kind of body, with its rules of assessment."""

    standard: str
    body: WaterBody
    classes: tuple[str, ...]  # best first
    beyond: str
    target: str
    items: tuple[Item, ...]  # in the table's order
    assessment: WaterAssessment
    table_hash: str
    certainty: Certainty  # of the weakest row used


@dataclass(frozen=True, slots=True)
class OutletLimit:
    """What one parameter of an outlet must be.

    Where a limit depends on the water's temperature there are two: `cold` True up to `DischargeLaw.cold_at_most`,
    False above it.
    """

    parameter: str
    unit: str  # canonical
    bound: Bound
    period: Literal["1h", "each", "24h", "7d", "30d", "annual"]
    statistic: Literal["mean", "geometric"]
    cold: bool | None
    digits: int | None
    removal_at_least: Decimal | None
    removal_above: Decimal | None  # influent concentration
    origin: str  # the standard's id, or the permit's document
    clause: str | None
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class DischargeLaw:
    """The limits of one outlet on one day: its permit's, and for the rest its standard's."""

    standard: str
    grade: str
    limits: tuple[OutletLimit, ...]
    cold_at_most: Decimal | None  # C
    validity: ValidityTable
    table_hash: str
    certainty: Certainty

    def of(self, parameter: str) -> tuple[OutletLimit, ...]:
        """Return the limits of a parameter."""
        return tuple(limit for limit in self.limits if limit.parameter == parameter)


__all__ = ["Bound", "DischargeLaw", "Item", "OutletLimit", "RateTable", "WaterLaw"]

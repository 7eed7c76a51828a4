"""The same year under several laws: what each asks, what the year came to under it, which of its objectives exceed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from qualicity.network import Name
from qualicity.parameters import parameters
from qualicity.standards.airlaw import AirLaw
from qualicity.standards.comparison import COMPARED
from qualicity.standards.load import air_law
from qualicity.standards.schema import Certainty
from reports.environment.air.view import View
from reports.environment.air.words import say
from reports.sources import Row

Verdict = Literal["COMPLIES", "EXCEEDS", "NOT_ASSESSABLE"]


@dataclass(frozen=True)
class Objective:
    """What a law asks of a year, and what it came to.

    Attributes:
        kind: the form: a mean, a percentile, periods beyond a limit ...
        period: averaging period, as limits name it.
        number: percent of a percentile, place of an n-th highest value; None where the form has none.
        counted: `days` or `hours` beyond the limit; empty = its value is a concentration.
        limit: a concentration in `unit`.
        value: of the years that the form is over, in `unit`, or how many periods; None = there is too little of them.
        year_value: what the one year came to.
        allowed: of the periods beyond the limit; None = none are counted.
        years: that the form is over.
        years_valid: of them, those with enough data; of fewer the value is the least that it can be.
        station: whose value it is where the law judges a city by its highest station.
        interim: strictest interim target that is met.
    """

    parameter: str
    kind: str
    period: str
    number: int | None
    counted: str
    limit: Decimal
    unit: str
    value: Decimal | None
    year_value: Decimal | None
    allowed: Decimal | None
    years: int
    years_valid: int
    station: str | None
    interim: str | None
    verdict: Verdict
    certainty: Certainty

    @property
    def counts(self) -> bool:
        """Return whether it counts periods beyond its limit."""
        return self.allowed is not None

    @property
    def bound(self) -> Decimal:
        """Return what its value must not be above."""
        return self.limit if self.allowed is None else self.allowed

    @property
    def shown(self) -> Decimal | None:
        """Return its value, or where there is none that of the one year."""
        return self.year_value if self.value is None else self.value

    @property
    def beyond(self) -> bool:
        """Return whether it is exceeded, or would be if the one year were all: its years are not all there."""
        if self.verdict != "NOT_ASSESSABLE":
            return self.verdict == "EXCEEDS"
        return self.years > 1 and self.year_value is not None and self.year_value > self.bound


@dataclass(frozen=True)
class LawYear:
    """A year under one law; its row is that of `assess air --per year`."""

    row: Row
    law: AirLaw
    in_force: bool

    @property
    def key(self) -> str:
        """Return the key that leads back to the year under this law."""
        return str(self.row["key"])

    @property
    def name(self) -> Name:
        """Return what the law is called in few words."""
        if self.in_force:
            return say("laws_in_force", id=self.law.standard)
        return say(f"laws_{self.law.standard}") if self.law.standard in COMPARED else Name(*(self.law.standard,) * 2)

    @property
    def other_method(self) -> bool:
        """Return whether its days are other days than those of the others: they begin at noon."""
        return self.law.noon

    @property
    def valid(self) -> int:
        """Return the days that are valid under it."""
        return int(self.row["valid_days"])

    @property
    def within(self) -> int | None:
        """Return the valid days within its limits of a day; None where no day is valid."""
        return int(self.row["good_days"]) if self.valid else None

    @property
    def rate(self) -> Fraction | None:
        """Return them as a share of its valid days."""
        return None if self.within is None else Fraction(self.within, self.valid)

    @property
    def lower(self) -> Fraction | None:
        """Return the share of the calendar if every day that is not valid exceeded."""
        return None if self.within is None else Fraction(self.within, int(self.row["days"]))

    @property
    def upper(self) -> Fraction | None:
        """Return the share of the calendar if every day that is not valid complied."""
        beyond = int(self.row["exceeding_days"])
        return None if self.within is None else 1 - Fraction(beyond, int(self.row["days"]))

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """Return what takes part in the verdict of the year."""
        found = _compared(self.row, self.law) if self.law.compared else _in_force(self.row)
        return tuple(found)


def law_years(view: View) -> tuple[LawYear, ...]:
    """Return a year that is over, under the law in force and those to compare with; of other periods nothing."""
    if view.provisional or view.period.kind != "year":
        return ()
    own = () if view.year is None else (LawYear(view.year, air_law(view.year["standard"]), in_force=True),)
    others = sorted(view.sources.air_compared(view.period.year), key=_place)
    return (*own, *(LawYear(row, air_law(row["standard"]), in_force=False) for row in others))


def _place(row: Row) -> int:
    """Return a row's place among the laws to compare with; those without one follow."""
    return COMPARED.index(row["standard"]) if row["standard"] in COMPARED else len(COMPARED)


def _compared(row: Row, law: AirLaw) -> Iterator[Objective]:
    """Yield the binding objectives of a law that says them itself."""
    for found, asked in zip(row["objectives"], law.objectives, strict=True):
        form = asked.form
        if not form.binding:
            continue
        yield Objective(
            parameter=found["parameter"],
            kind=form.kind,
            period=found["period"],
            number=form.nth if form.percent is None else form.percent,
            counted=form.of if form.kind == "exceedances" else "",
            limit=Decimal(str(found["limit"])),
            unit=found["unit"],
            value=_exact(found["value"]),
            year_value=_exact(found["year_value"]),
            allowed=_exact(found["allowed"]) if form.kind == "exceedances" else None,
            years=found["years"],
            years_valid=found["years_valid"],
            station=found.get("station"),
            interim=found["interim"],
            verdict=found["verdict"],
            certainty=found["certainty"],
        )


def _in_force(row: Row) -> Iterator[Objective]:
    """Yield what the law in force asks of each pollutant: a mean, where it has a limit, and a percentile."""
    for item, found in row["parameters"].items():
        for kind, value, limit in (
            ("mean", found["annual_mean"], found["limit_mean"]),
            ("percentile", found["percentile"], found["limit_percentile"]),
        ):
            if limit is None:
                continue
            own, bound = _exact(value), Decimal(str(limit))
            verdict: Verdict = "NOT_ASSESSABLE"
            if own is not None and found["verdict"] != "NOT_ASSESSABLE":
                verdict = "EXCEEDS" if own > bound else "COMPLIES"
            yield Objective(
                parameter=item,
                kind=kind,
                period="annual" if kind == "mean" else "8h-max" if item == "o3" else "24h",
                number=found["percentile_rank"] if kind == "percentile" else None,
                counted="",
                limit=bound,
                unit=parameters()[item].unit,
                value=own,
                year_value=own,
                allowed=None,
                years=1,
                years_valid=1,
                station=None,
                interim=None,
                verdict=verdict,
                certainty=row["certainty"],
            )


def _exact(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def of_verdict(objectives: Sequence[Objective], verdict: Verdict) -> int:
    """Return how many objectives have a verdict."""
    return sum(one.verdict == verdict for one in objectives)

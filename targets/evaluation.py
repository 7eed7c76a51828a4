"""All indicators: computed from what is on file, judged against each version of their targets, rolled up."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module

from qualicity.errors import IntegrityError
from targets.computation import Computation, Scope, Verdicts
from targets.indicator import Area, Indicator, TargetVersion
from targets.judge import judge
from targets.model import Judgement, Point, Series, Status
from targets.records.base import Records
from targets.rollup import Judged, Rollup, rolled_up
from targets.rows import Row, judged_row
from targets.thresholds import Thresholds, thresholds

MODULES = (
    "product", "brand", "standards", "management", "service", "engineering", "environment", "organisation", "general",
)  # fmt: skip
"""Of this package: each says how its indicators are computed."""

ROLLED_UP = "gen.quality_city"
"""The promise as a whole: judged from the four fields, not from records."""

FIELDS: tuple[Area, ...] = ("product", "service", "engineering", "environment")


@dataclass(frozen=True)
class Evaluated:
    """One judgement with all that it rests on.

    Attributes:
        row: as it is printed and kept.
        inputs: digest of the series that was judged.
        current: the version of the target is the one in force at the end of the year.
    """

    indicator: Indicator
    target: TargetVersion | None
    series: Series
    judgement: Judgement
    row: Row
    inputs: str
    current: bool

    @property
    def judged(self) -> Judged:
        """Return what a roll-up looks at."""
        return Judged(self.indicator, self.target, self.judgement)


@cache
def computations() -> Mapping[str, Computation]:
    """Return how each indicator is computed.

    Raises:
        IntegrityError: two modules say it of the same one.
    """
    found: dict[str, Computation] = {}
    for module in MODULES:
        own: Mapping[str, Computation] = import_module(f"{__package__}.{module}").COMPUTATIONS
        if twice := found.keys() & own.keys():
            raise IntegrityError(f"computed twice: {', '.join(sorted(twice))}", "report it: no setting mends this")
        found |= own
    return found


def evaluate(
    rows: Sequence[Indicator],
    records: Records,
    verdicts: Verdicts,
    scope: Scope,
    *,
    wanted: Callable[[Indicator], bool] = lambda _: True,
    only: str | None = None,
    lines: Thresholds | None = None,
    how: Mapping[str, Computation] | None = None,
) -> Iterator[Evaluated]:
    """Yield what is said of the indicators, in the order year, register, version of the target.

    Args:
        rows: of the register.
        records: that count.
        verdicts: of the ledger.
        scope: years to judge; what came before them is looked at as far as any path goes back.
        wanted: which indicators.
        only: id of the one version of targets to judge by; None = all that are in force by a year's end, and the first.
        lines: where the judge draws them; None = those that ship.
        how: each indicator is computed; None = as the modules say.
    """
    chosen = [row for row in rows if wanted(row)]
    fields = [row for row in rows if row.area in FIELDS] if any(row.id == ROLLED_UP for row in chosen) else []
    needed = {row.id: row for row in (*chosen, *fields) if row.id != ROLLED_UP}
    since = first_year(rows)
    whole_scope = replace(scope, first=min(since, scope.first))
    computed = computations() if how is None else how
    series = {name: computed[name](records, verdicts, whole_scope).series for name in needed}
    drawn = lines or thresholds()
    for year in scope.years:
        moment = (year, scope.today)
        known = {name: known_by(one, min(since, year), year) for name, one in series.items()}
        for row in chosen:
            for target in versions(row, year):
                if only not in {None, target.id if target else None}:
                    continue
                if row.id == ROLLED_UP:
                    judged = [_evaluated(one, in_force(one, year), known[one.id], moment, drawn) for one in fields]
                    yield _whole(row, target, [one.judged for one in judged], year, drawn)
                else:
                    yield _evaluated(row, target, known[row.id], moment, drawn)


def first_year(rows: Iterable[Indicator]) -> int:
    """Return the first year that any path looks at: of the bases and of the targets' beginnings."""
    versions = [version for row in rows for version in row.targets]
    return min(
        (version.base.year if version.base else version.effective_from.year for version in versions),
        default=dt.MAXYEAR,
    )


def versions(row: Indicator, year: int) -> list[TargetVersion | None]:
    """Return the versions of a target that are judged of a year: the first, and all that are in force by its end."""
    end = dt.date(year, 12, 31)
    return [version for version in row.targets if version is row.targets[0] or version.effective_from <= end] or [None]


def in_force(row: Indicator, year: int) -> TargetVersion | None:
    """Return the version in force at the end of a year; before the first, the first."""
    return versions(row, year)[-1]


def _evaluated(
    row: Indicator, target: TargetVersion | None, series: Series, moment: tuple[int, dt.date], lines: Thresholds
) -> Evaluated:
    year, today = moment
    found = judge(row, target, series, year, today, lines=lines)
    line = judged_row(row, target, series, found)
    return Evaluated(row, target, series, found, line, digest(series), target is in_force(row, year))


def known_by(series: Series, since: int, year: int) -> Series:
    """Return what is known of the years from one to another: what comes later changes nothing that was said before."""

    def within(points: Iterable[Point]) -> tuple[Point, ...]:
        return tuple(point for point in points if since <= point.year <= year)

    beside = {name: within(points) for name, points in series.companions.items()}
    return replace(series, points=within(series.points), companions=beside)


def digest(series: Series) -> str:
    """Return a digest of all that a series says."""
    return hashlib.sha256(repr(series).encode()).hexdigest()


# the promise as a whole


def _whole(
    row: Indicator, target: TargetVersion | None, fields: Sequence[Judged], year: int, lines: Thresholds
) -> Evaluated:
    """Return what the four fields come to: reached where all is, else as their worst item stands."""
    found = rolled_up(fields, lines)
    status, reasons = whole(found, lines)
    series = Series(row.id, ())
    judgement = Judgement(
        indicator=row.id,
        year=year,
        target=target.id if target else "",
        status=status,
        reasons=reasons,
        point=None,
        provisional=any(item.judgement.provisional for item in fields),
        synthetic=any(item.judgement.synthetic for item in fields),
    )
    line = judged_row(row, target, series, judgement) | {"failing": list(found.headline) if found.capped else []}
    basis = repr([(item.indicator.id, item.judgement.status) for item in fields])
    inputs = hashlib.sha256(basis.encode()).hexdigest()
    return Evaluated(row, target, series, judgement, line, inputs, target is in_force(row, year))


def whole(found: Rollup, lines: Thresholds) -> tuple[Status, tuple[str, ...]]:
    """Return the status of the four fields together: a breach goes before all, and no good number makes up for it."""
    if found.capped:
        return Status.BREACHED, ("field_breached",)
    if found.status is None or found.not_assessable > lines.rollup.suppress:
        return Status.NOT_ASSESSABLE, ("fields_not_assessable",)
    if found.status in {Status.ACHIEVED, Status.MAINTAINED}:
        if found.not_assessable:
            return Status.ACHIEVED_UNPROVEN, ("fields_reached_as_far_as_known",)
        return found.status, ("fields_reached",)
    return found.status, ("worst_of_fields",)


def by_area(found: Iterable[Evaluated], lines: Thresholds) -> dict[tuple[int, Area], Rollup]:
    """Return what each area comes to in each year, by the versions in force."""
    grouped: dict[tuple[int, Area], list[Judged]] = {}
    for item in found:
        if item.current:
            grouped.setdefault((item.judgement.year, item.indicator.area), []).append(item.judged)
    return {place: rolled_up(items, lines) for place, items in grouped.items()}

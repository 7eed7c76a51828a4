"""Good-air days of a year on both bases: three pollutants of GB 3095-1996 (API), six of GB 3095-2012 and later (AQI).

Both rest on the same readings of the same city, and are never joined. The law in force on most days of a year leads it;
the other basis stands beside. Of the years of the old law its days run from noon to noon, as the readings give them;
where those are gone, and of later years, they are judged from means of civil days, and say so. A day is valid where
every pollutant of its basis has a valid value, by the bulletins' count of valid days; days that are not valid are
bounds. A year with too few valid days has no figure.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from qualicity.network import Name
from qualicity.standards.load import air_law, standard
from qualicity.standards.schema import LimitTable
from qualicity.strict import Problems, convert_tables
from qualicity.units import scale
from targets.computation import Computed, Scope, Verdicts, known
from targets.counting import rate_points
from targets.model import Point, Series
from targets.records.base import Records
from targets.tables import MEND, toml_table
from targets.tally import Tally
from targets.verdict_rows import LEDGER, VerdictRow, verdict_rows

AQI = "AQI"

MISSING = "air"
"""Name of the verdicts that the ledger lacks."""

_FILE = "bases.toml"
_FEBRUARY = 2


class Basis(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What makes a day good by a law of which the ledger holds no verdicts.

    Attributes:
        id: of the method, such as `API`.
        standard: id of the law, whose table says the limits.
        until: last day whose values by the law in force are in this law's reference state.
        year_by: law whose rules say how many valid days make a year.
    """

    id: str
    standard: str
    title: Name
    until: dt.date
    year_by: str
    note: Name

    @property
    def limits(self) -> Mapping[str, Decimal]:
        """Return the greatest daily mean that complies, by parameter, in the unit in which that is published."""
        law = air_law(self.standard)
        rows = zip(law.parameters, law.day_limit, law.units, strict=True)
        return {name: limit * scale(unit, name) for name, limit, unit in rows if limit.is_finite()}

    @property
    def last_year(self) -> int:
        """Return the last year in which the law was in force somewhere."""
        table = standard(self.standard)
        if not isinstance(table, LimitTable) or table.until is None:
            raise AssertionError("a basis is a law that is over")
        return table.until.year

    def good(self, values: Mapping[str, Any]) -> bool | None:
        """Return whether means of civil days comply; None where one of them is not known."""
        found = [(values.get(name), limit) for name, limit in self.limits.items()]
        if any(value is None for value, _ in found):
            return None
        return all(Decimal(str(value)) <= limit for value, limit in found)


@cache
def basis() -> Basis:
    """Return the basis that is computed beside the verdicts.

    Raises:
        InputError: the table breaks its schema.
    """
    problems = Problems()
    content = toml_table((files(__package__) / _FILE).read_text("utf-8"), _FILE)
    found = [declared.item for declared in convert_tables(content, "basis", Basis, _FILE, problems)]
    if len(found) != 1 and not problems.lines:
        problems.add(_FILE, f"one basis is expected, not {len(found)}")
    problems.refuse(_FILE, MEND)
    return found[0]


@dataclass(frozen=True)
class _Year:
    """The days of a year on both bases.

    Attributes:
        leads: method of the law in force on most days.
        law: table of the rules by which days become a year.
        by_method: each day's row, by method.
        by_civil_days: days stand on the old basis by means of civil days, for want of readings.
    """

    leads: str
    law: str
    by_method: Mapping[str, Sequence[VerdictRow]]
    by_civil_days: bool


def air_days(_records: Records, verdicts: Verdicts, scope: Scope) -> Computed:
    """Return the share of good days among the valid days of each year, in percent."""
    years = {year: found for year in scope.years if (found := _year(verdicts, year, scope))}
    leading: list[Point] = []
    beside: dict[str, list[Point]] = {basis().id: [], AQI: []}
    for year in years.values():
        for method, rows in year.by_method.items():
            for point in rate_points(verdict_rows(rows), scope, method=method):
                judged = _judged(point, rows, year, scope)
                (leading if method == year.leads else beside[method]).append(judged)
    series = Series("env.air_days", tuple(leading), () if years else (MISSING,), known(beside))
    rows = [row for year in years.values() for row in year.by_method[year.leads]]
    return Computed(series, (Tally(LEDGER, verdict_rows(rows)),))


def calendar_days(year: int, today: dt.date) -> list[dt.date]:
    """Return the days of a year that are over."""
    first = dt.date(year, 1, 1)
    days = (dt.date(year + 1, 1, 1) - first).days
    return [day for day in (first + dt.timedelta(days=number) for number in range(days)) if day < today]


def _year(verdicts: Verdicts, year: int, scope: Scope) -> _Year | None:
    """Return a year's days; None where none is covered by a law."""
    new = {row["date"]: row for row in verdicts.air_days(year) if row["standard"] is not None}
    under = verdicts.air_days_under(basis().standard, year) if year <= basis().last_year else ()
    old = {row["date"]: row for row in under}
    if not new and not old:
        return None
    days = calendar_days(year, scope.today)
    by_method = {
        basis().id: [_by_old_law(day, old.get(day.isoformat()), new.get(day.isoformat()), scope) for day in days],
        AQI: [_by_verdict(day, new.get(day.isoformat()), scope) for day in days],
    }
    law = str(new[max(new)]["standard"]) if new else basis().year_by
    leads = basis().id if len(old.keys() - new.keys()) > len(new) else AQI
    return _Year(leads, law, by_method, by_civil_days=bool(new.keys() - old.keys()))


def _by_verdict(
    day: dt.date, row: Mapping[str, Any] | None, scope: Scope, wanted: Iterable[str] | None = None
) -> VerdictRow:
    """Return a day as its verdict has it: not valid where a pollutant has no value, whatever the others say.

    Args:
        day: civil day, or the one that the law's day ends on.
        row: of its verdict.
        scope: what is asked for.
        wanted: pollutants; None = all.
    """
    if row is None or row["good"] is None:
        return _row(day, row, scope, good=None)
    values = row["values"]
    valid = all(values[name] is not None for name in wanted or values)
    return _row(day, row, scope, good=row["good"] if valid else None)


def _by_old_law(day: dt.date, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, scope: Scope) -> VerdictRow:
    """Return a day by the old law as the readings have it; where they are gone, from the daily means of its verdict."""
    if old is not None or new is None:
        return _by_verdict(day, old, scope, basis().limits)
    if day > basis().until:
        return _row(day, new, scope, good=None)
    return _row(day, new, scope, good=basis().good(new["values"]))


def _row(day: dt.date, row: Mapping[str, Any] | None, scope: Scope, *, good: bool | None) -> VerdictRow:
    key = f"air/{scope.city}/{day.isoformat()}" if row is None else str(row["key"])
    part = None if good is None else Decimal(good)
    return VerdictRow(key, str(day.year), part, Decimal(1), day)


def _judged(point: Point, rows: Sequence[VerdictRow], year: _Year, scope: Scope) -> Point:
    """Return a year's point with its coverage; without a value where it is over and has too few valid days."""
    notes = ("civil_days",) if year.by_civil_days and point.method == basis().id else ()
    covered = replace(point, coverage=Fraction(sum(row.part is not None for row in rows), len(rows)))
    if point.year == scope.today.year or _enough(rows, year.law):
        return replace(covered, notes=(*point.notes, *notes))
    return replace(covered, value=None, notes=(*point.notes, *notes, "too_few_valid_days"))


def _enough(rows: Sequence[VerdictRow], law: str) -> bool:
    """Return whether the valid days of a year are enough, in all and in each month."""
    rule = air_law(law).year
    valid = [row.on.month for row in rows if row.part is not None]
    needed = {month: rule.min_february_days if month == _FEBRUARY else rule.min_month_days for month in range(1, 13)}
    return len(valid) >= rule.min_days and all(valid.count(month) >= least for month, least in needed.items())

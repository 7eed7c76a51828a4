"""From a site to what its scorecard is made from: nothing is judged and nothing written here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from console.scorecard.material import Material
from console.site import Site
from console.verdicts import verdict_city
from qualicity.names import Named
from qualicity.network import Name
from qualicity.periods import day_of
from targets.conference import tasks
from targets.departments import departments, sources
from targets.facts import fact_series
from targets.filing_calendar import filings
from targets.indicator import Indicator
from targets.keys import PREFIX
from targets.register import register

Row = Mapping[str, Any]

PROMISED = Name(zh="深圳", en="Shenzhen")
"""The city of the register's promise."""

BEFORE = 12
"""Years before the one that is shown, whose judgements a course may take in."""


def gather(site: Site, year: int, city: str | None = None, *, owed: bool = True) -> Material:
    """Return what stands in a site's ledger of indicators for a year, and what is owed.

    Args:
        site: open for reading.
        year: calendar year.
        city: id; None = the site's only one.
        owed: look at the records, too: what is owed, and published figures; without them it is many times faster.

    Raises:
        UsageError: nothing has ever been judged, or there is no such city.
    """
    name = city_name(site, city)
    today = day_of(site.clock.now())
    rows = register().indicators
    with site.indicators.transaction():
        judged = list(_judged(site, rows, year))
        position = site.indicators.last_version()
    own = [row for row, _ in judged if row["year"] == year]
    found = Material(
        city=name,
        year=year,
        today=today,
        filing=max((filing for row, filing in judged if row["year"] == year), default=0),
        position=position,
        rows=own,
        past=[row for row, _ in judged if row["year"] < year],
        register=rows,
        departments={code: one.name for code, one in departments().items()},
    )
    if not owed:
        return found
    records = site.records.counting()
    return replace(
        found,
        tasks=tasks(records),
        filings=filings(records, [year], today) if site.records.head else None,
        facts=list(fact_series().values()),
        sources=sources(),
    )


def latest_year(site: Site) -> int:
    """Return the latest year of which something was judged; the last one over where nothing was."""
    return max(judged_years(site), default=day_of(site.clock.now()).year - 1)


def judged_years(site: Site) -> list[int]:
    """Return the years of which any indicator was judged, oldest first."""
    return sorted({int(period) for scope, period, *_ in site.indicators.judged() if scope.startswith(PREFIX)})


def city_name(site: Site, city: str | None) -> Named:
    """Return the name of a city; without a network, that of the register's promise.

    Raises:
        UsageError: there is none of that id, or several and none is named.
    """
    known = verdict_city(site, city)
    if not known:
        return PROMISED
    name = site.network.city_by_id[known].name
    return Name(zh=name.zh or known, en=name.en or known)


def _judged(site: Site, rows: Mapping[str, Indicator], year: int) -> Iterator[tuple[Row, int]]:
    """Yield the current judgements of the year and of those before it, each with the filing that it rests on."""
    for name in rows:
        for version in site.indicators.current(f"{PREFIX}{name}", str(year - BEFORE), str(year)):
            yield {**version.result, "version": version.version}, version.as_of.seq

"""`qualicity targets judge`: how far each target is reached, and which record is missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, get_args

import typer

from console.commands.targets.judged import show
from console.instants import YEARS
from console.judging import judged
from console.options import DATA, Config, Data, Json
from console.output import print_json, stderr
from console.site import Site, open_site
from console.verdicts import verdict_city
from qualicity.errors import UsageError
from qualicity.periods import day_of
from targets.computation import Scope
from targets.indicator import Area, Indicator
from targets.judging import printed
from targets.records.known import CITY_CODE
from targets.register import register as the_register

Year = Annotated[int | None, typer.Option("--year", metavar="YEAR", help="Calendar year; default: the last one over.")]
First = Annotated[int | None, typer.Option("--from", metavar="YEAR", help="First of several years.")]
Last = Annotated[int | None, typer.Option("--to", metavar="YEAR", help="Last of them, inclusive.")]
OneArea = Annotated[str | None, typer.Option("--area", help="Such as product; default: all.")]
One = Annotated[str | None, typer.Option("--indicator", metavar="ID", help="Such as prd.market_pass; default: all.")]
Version = Annotated[
    str | None,
    typer.Option("--target", metavar="VERSION", help="One version of targets, such as SZ-2010; default: all."),
]
City = Annotated[str | None, typer.Option("--city", help="Whose verdicts count; needed where the network has several.")]
AsOf = Annotated[
    int | None, typer.Option("--as-of", metavar="FILING", min=0, help="As of this filing: computed, and not kept.")
]
Score = Annotated[bool, typer.Option("--score", help="Beside each area's counts the mean score (Open SDG), -5 to 5.")]

Html = Annotated[
    Path | None,
    typer.Option("--html", metavar="FILE", help="Write the scorecard of the (last) year: all that stands, as a page."),
]


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("judge")(judge)


def judge(
    year: Year = None,
    first: First = None,
    last: Last = None,
    area: OneArea = None,
    indicator: One = None,
    target: Version = None,
    city: City = None,
    as_of: AsOf = None,
    score: Score = False,
    html: Html = None,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Judge the indicators of a year against their targets, and keep what was said."""
    wanted = _wanted(area, indicator)
    _known_version(target)
    if html is not None and as_of is not None:
        raise UsageError("a scorecard shows what stands; nothing is kept as of a filing", "leave --as-of or --html out")
    with open_site(data, config) as site:
        scope = _scope(site, verdict_city(site, city), _years(year, first, last, day_of(site.clock.now())))
        found = judged(site, scope, wanted=wanted, only=target, as_of=as_of)
        rows = [printed(site.indicators, item) for item in found]
        if html is not None:
            write_scorecard(site, html, scope, city)
        if json_:
            print_json(rows)
        else:
            show(found, rows, score=score)


def write_scorecard(site: Site, path: Path, scope: Scope, city: str | None) -> None:
    """Write the scorecard of the last year that was judged, as it stands in the ledger of indicators."""
    from console.scorecard.writing import write  # noqa: PLC0415 - templates take longer to load than the judge

    write(path, site, scope.last, city)
    stderr.print(f"wrote the scorecard of {scope.last} to {path}")


def _wanted(area: str | None, indicator: str | None) -> Callable[[Indicator], bool]:
    """Return which indicators are asked for.

    Raises:
        UsageError: there is no such area or indicator.
    """
    if area is not None and area not in get_args(Area):
        raise UsageError(f"no area {area!r}", f"one of: {', '.join(get_args(Area))}")
    one = None if indicator is None else the_register().indicator(indicator)
    if one is not None and area not in {None, one.area}:
        raise UsageError(f"{one.id} is not of {area}", f"it is of {one.area}")
    return lambda row: area in {None, row.area} and (one is None or row.id == one.id)


def _known_version(target: str | None) -> None:
    """Refuse a version of targets that no indicator has."""
    known = {version.id for row in the_register().rows for version in row.targets}
    if target is not None and target not in known:
        raise UsageError(f"no version {target!r} of any target", f"one of: {', '.join(sorted(known))}")


def _years(year: int | None, first: int | None, last: int | None, today: dt.date) -> range:
    """Return the years that are asked for.

    Raises:
        UsageError: they are none, or have not begun.
    """
    if year is not None and (first is not None or last is not None):
        raise UsageError("--year is one year, --from and --to are several", "give one or the other")
    if year is None and first is None and last is None:
        year = today.year - 1
    low = year if year is not None else first if first is not None else last
    high = year if year is not None else last if last is not None else today.year
    if first is not None and last is not None and first > last:
        raise UsageError(f"--from {first} comes after --to {last}", "give the earlier year first")
    if low is None or not YEARS.start <= low <= high <= today.year:
        raise UsageError(
            f"{low} to {high} are no years that can be judged", f"give years from {YEARS.start} to {today.year}"
        )
    return range(low, high + 1)


def _scope(site: Site, city: str, years: range) -> Scope:
    return Scope(city, CITY_CODE, years.start, years.stop - 1, day_of(site.clock.now()))

"""`qualicity rate`: what share of a year complied, beside the target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

import typer

from aggregator.assess import Assessment
from aggregator.assess_stations import StationAssessment
from aggregator.due import station_pipeline
from aggregator.pipeline import Pipeline
from console.commands.assess_stations import rate_table
from console.options import DATA, Config, Data, Json
from console.output import print_json, stdout
from console.site import Site, open_site
from console.verdicts import RATES
from qualicity.errors import UsageError
from qualicity.periods import Period, parse_period
from qualicity.target import parse_target

Year = Annotated[str, typer.Option("--year", metavar="YEAR", help="Such as 2016; of a running one its whole months.")]
City = Annotated[str | None, typer.Option("--city", help="One city; default: all.")]
Goal = Annotated[
    str | None, typer.Option("--target", help="Share that must comply, such as '>=98'; default: the city's.")
]

_FIRST = (
    "key", "city", "year", "numerator", "denominator", "unknown", "rate_volume", "rate_count", "rate_lower",
    "rate_upper", "target", "verdict", "certain",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Rates of compliance of a year, beside their targets.")
    group.command("air")(air)
    group.command("water")(water)
    group.command("discharge")(discharge)
    group.command("sewage")(sewage)
    app.add_typer(group, name="rate")


def air(
    year: Year, city: City = None, target: Goal = None, data: Data = DATA, config: Config = None, json_: Json = False
) -> None:
    """Good days among the valid days of a year."""
    period = _year(year, target)
    with open_site(data, config) as site:
        pipeline = Pipeline(site.store, site.ledger, site.network, site.clock)
        rows = Assessment(pipeline, city=city).years(period.first, period.last, target)
        _show(map(_of_days, rows), json_=json_)


def water(
    year: Year, city: City = None, target: Goal = None, data: Data = DATA, config: Config = None, json_: Json = False
) -> None:
    """Water abstracted from sources while they complied, among all that was abstracted; and so by number of sources."""
    with open_site(data, config) as site:
        _show(_of_stations(site, "water", _year(year, target), city, target), json_=json_)


def discharge(
    year: Year, city: City = None, target: Goal = None, data: Data = DATA, config: Config = None, json_: Json = False
) -> None:
    """Industrial wastewater discharged within its limits, among all that was discharged; and so by days of outlets."""
    with open_site(data, config) as site:
        _show(_of_stations(site, "discharge", _year(year, target), city, target), json_=json_)


def sewage(
    year: Year, city: City = None, target: Goal = None, data: Data = DATA, config: Config = None, json_: Json = False
) -> None:
    """Sewage treated, among all sewage discharged."""
    with open_site(data, config) as site:
        _show(_of_stations(site, "sewage", _year(year, target), city, target), json_=json_)


def _year(text: str, target: str | None) -> Period:
    """Return the year that is asked for.

    Raises:
        UsageError: it is none, or the target is none.
    """
    if target is not None:
        parse_target(target)
    period = parse_period(text)
    if period.kind != "year":
        raise UsageError(f"{text} is not a year", "write it as 2016")
    return period


def _of_days(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a year of air as a rate: days are counted, nothing is weighed."""
    counted = {
        "numerator": row["good_days"], "denominator": row["valid_days"], "unknown": row["missing_days"],
        "rate_volume": None, "rate_count": row["rate_valid"], "verdict": row["rate_verdict"],
    }  # fmt: skip
    return _ordered({**row, **counted}, (*_FIRST, "standard", "certainty", "version"))


def _of_stations(
    site: Site, name: str, period: Period, city: str | None, target: str | None
) -> Iterator[dict[str, Any]]:
    medium, table = RATES[name]
    pipeline = Pipeline(site.store, site.ledger, site.network, site.clock)
    found = StationAssessment(station_pipeline(pipeline, medium), city=city)
    for row in found.rates(period.first, period.last, "year", of=table, target=target):
        yield _ordered({**row, "year": period.first.year}, (*_FIRST, *(name for name in row if name != "period")))


def _ordered(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: row[name] for name in dict.fromkeys(names)}


def _show(rows: Iterable[Mapping[str, Any]], *, json_: bool) -> None:
    if json_:
        print_json(rows)
    else:
        stdout.print(rate_table(rows))

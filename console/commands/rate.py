"""`qualicity rate`: what share of a year complied, beside the target."""

from __future__ import annotations

from typing import Annotated

import typer

from aggregator.assess import AUTO
from aggregator.pipeline import Pipeline
from console.commands.assess_stations import rate_table
from console.options import DATA, Config, Data, Json
from console.output import print_json, stdout
from console.rows.verdicts import Rate, rate_rows, year_of
from console.site import open_site

Year = Annotated[str, typer.Option("--year", metavar="YEAR", help="Such as 2016; of a running one its whole months.")]
City = Annotated[str | None, typer.Option("--city", help="One city; default: all.")]
Goal = Annotated[
    str | None, typer.Option("--target", help="Share that must comply, such as '>=98'; default: the city's.")
]

StandardId = Annotated[
    str, typer.Option("--standard", help="A limit table's id (GB3095-1996: days from noon to noon), or auto.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Rates of compliance of a year, beside their targets.")
    group.command("air")(air)
    group.command("water")(water)
    group.command("discharge")(discharge)
    group.command("sewage")(sewage)
    app.add_typer(group, name="rate")


def air(
    year: Year,
    city: City = None,
    target: Goal = None,
    standard: StandardId = AUTO,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Good days among the valid days of a year, under the law in force or another one."""
    _show("air", year, city, target, (data, config), json_=json_, standard=standard)


def water(
    year: Year, city: City = None, target: Goal = None, data: Data = DATA, config: Config = None, json_: Json = False
) -> None:
    """Water abstracted from sources while they complied, among all that was abstracted; and so by number of sources."""
    _show("water", year, city, target, (data, config), json_=json_)


def discharge(
    year: Year, city: City = None, target: Goal = None, data: Data = DATA, config: Config = None, json_: Json = False
) -> None:
    """Industrial wastewater discharged within its limits, among all that was discharged; and so by days of outlets."""
    _show("discharge", year, city, target, (data, config), json_=json_)


def sewage(
    year: Year, city: City = None, target: Goal = None, data: Data = DATA, config: Config = None, json_: Json = False
) -> None:
    """Sewage treated, among all sewage discharged."""
    _show("sewage", year, city, target, (data, config), json_=json_)


def _show(
    name: Rate,
    year: str,
    city: str | None,
    target: str | None,
    place: tuple[Data, Config],
    *,
    json_: bool,
    standard: str = AUTO,
) -> None:
    period = year_of(year, target)
    with open_site(*place) as site:
        pipeline = Pipeline(site.store, site.ledger, site.network, site.clock)
        rows = rate_rows(pipeline, name, period, city=city, target=target, standard=standard)
        if json_:
            print_json(rows)
        else:
            stdout.print(rate_table(rows))

"""`qualicity assess` and `qualicity recompute`; water and discharge stand in `assess_stations`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

import typer
from rich.table import Table

from aggregator.assess import AUTO
from aggregator.pipeline import Pipeline
from console.commands import assess_stations
from console.commands.spans import From, To, days
from console.options import DATA, Config, Data, Json
from console.output import aqi, percent, print_json, shown, stdout, table, verdict
from console.rows.verdicts import air_rows
from console.site import open_site
from qualicity.standards.load import TABLE_ORDER, air_law

City = Annotated[str | None, typer.Option("--city", help="One city; default: all.")]
Station = Annotated[str | None, typer.Option("--station", help="One station.")]
StandardId = Annotated[str, typer.Option("--standard", help="A limit table's id, or auto: the law in force.")]
Level = Annotated[Literal["station", "city"], typer.Option("--level", help="Whose rows.")]
Per = Annotated[Literal["day", "year"], typer.Option("--per", help="Days, or the calendar years touched.")]
Goal = Annotated[str | None, typer.Option("--target", help="Share of good days, such as '>98'.")]
AsIf = Annotated[str, typer.Option("--as-if", help="The limit table to judge by.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Verdicts of air, water sources and outlets, from the ledger.")
    group.command("air")(air)
    assess_stations.register(group)
    app.add_typer(group, name="assess")
    app.command("recompute")(recompute)


def air(
    first: From,
    last: To,
    city: City = None,
    station: Station = None,
    standard: StandardId = AUTO,
    level: Level = "city",
    per: Per = "day",
    target: Goal = None,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Judge ambient air: days of cities or stations, or the years that they touch."""
    begin, end = days(first, last)
    with open_site(data, config) as site:
        pipeline = Pipeline(site.store, site.ledger, site.network, site.clock)
        rows = air_rows(
            pipeline, begin, end, city=city, station=station, standard=standard, level=level, per=per, target=target
        )
        if json_:
            print_json(rows)
        elif per == "day":
            stdout.print(day_table(rows))
        else:
            years = list(rows)
            stdout.print(year_table(years))
            if any("objectives" in row for row in years):
                stdout.print(objective_table(years))


def recompute(
    as_if: AsIf,
    first: From,
    last: To,
    city: City = None,
    station: Station = None,
    level: Level = "city",
    per: Per = "day",
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Judge old data under another law; nothing is stored."""
    air(first, last, city, station, as_if, level, per, None, data, config, json_)


def day_table(rows: Iterable[Mapping[str, Any]]) -> Table:
    """Return days as a table for people; under a law to compare with in its units."""
    listed = list(rows)
    units = listed[0].get("units", {}) if listed else {}
    heads = (f"{name} {units[name]}" if units.get(name) else name for name in TABLE_ORDER)
    index = air_law(listed[0]["standard"]).index if units else None
    name = "API" if index is not None and index.id == "API" else "AQI"
    found = table("date", "where", name, "primary", *heads, "verdict", "reason", wrapped=("primary", "reason"))
    for row in listed:
        values = [shown(row["values"][name]) for name in TABLE_ORDER]
        where = row["station"] or row["city"]
        primary = ", ".join(row["primary"] or ())
        found.add_row(row["date"], where, aqi(row), primary, *values, verdict(row["verdict"]), row["reason"])
    return found


def year_table(rows: Iterable[Mapping[str, Any]]) -> Table:
    """Return years as a table for people."""
    heads = ("year", "where", "standard", "good", "valid", "of", "rate", "at least", "at most", "target", "verdict")
    found = table(*heads, "certain", "six items", "composite")
    for row in rows:
        found.add_row(
            str(row["year"]), row["station"] or row["city"], row["standard"],
            str(row["good_days"]), str(row["valid_days"]), str(row["days"]),
            percent(row["rate_valid"]), percent(row["rate_lower"]), percent(row["rate_upper"]), row["target"],
            verdict(row["rate_verdict"]), "yes" if row["certain"] else "no",
            verdict(row["attainment"]), shown(row["composite_index"]),
        )  # fmt: skip
    return found


def objective_table(rows: Iterable[Mapping[str, Any]]) -> Table:
    """Return what a law to compare with asks of years, as a table for people; in brackets what one year came to."""
    found = table("year", "where", "item", "form", "value", "limit", "unit", "beyond", "allowed", "years", "interim",
                  "verdict", "")  # fmt: skip
    for row in rows:
        for one in row.get("objectives", ()):
            counted = one["form"] == "exceedances"
            value = f"({one['year_value']})" if one["value"] is None and one["year_value"] is not None else one["value"]
            value = f"≥ {value}" if one["at_least"] else value
            found.add_row(
                str(row["year"]), row["station"] or one["station"] or row["city"], one["parameter"],
                " ".join(dict.fromkeys((one["period"], one["form"]))),
                "-" if counted else shown(value), shown(one["limit"]), one["unit"],
                shown(value) if counted else "-", shown(one["allowed"]),
                f"{one['years_valid']} of {one['years']}", shown(one["interim"]),
                verdict(one["verdict"]), "" if one["binding"] else "not binding",
            )  # fmt: skip
    return found

"""`qualicity assess water` and `qualicity assess discharge`: periods of stations, rates of cities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

import typer
from rich.table import Table

from aggregator.assess import AUTO, Level
from aggregator.pipeline import Pipeline
from aggregator.water.trends import trend_rows
from console.commands.spans import From, To, days
from console.options import DATA, Config, Data, Json
from console.output import number, percent, print_json, stdout, table, verdict, water_class
from console.rows.verdicts import Kind, station_rows
from console.site import open_site
from qualicity.errors import UsageError
from qualicity.network import Medium
from qualicity.units import printed

City = Annotated[str | None, typer.Option("--city", help="One city; default: all.")]
Station = Annotated[str | None, typer.Option("--station", help="One station.")]
Classes = Annotated[str, typer.Option("--standard", help="A table of classes, or auto: the law in force.")]
Limits = Annotated[
    str,
    typer.Option(
        "--standard",
        help="A table of limits (its first grade where it lacks an outlet's), or auto: permit and standard of each.",
    ),
]
Whose = Annotated[Level, typer.Option("--level", help="Whose rows; of a city: its rates, by month or longer.")]
Trend = Annotated[bool, typer.Option("--trend", help="Of each item over the periods, in the place of their rows.")]
WaterPer = Annotated[Kind, typer.Option("--per", help="Periods that the days touch.")]
OutletPer = Annotated[Kind, typer.Option("--per", help="Periods that the days touch.")]


def register(group: typer.Typer) -> None:
    """Add the commands to `assess`."""
    group.command("water")(water)
    group.command("discharge")(discharge)


def water(
    first: From,
    last: To,
    per: WaterPer = "month",
    city: City = None,
    station: Station = None,
    standard: Classes = AUTO,
    level: Whose = "station",
    trend: Trend = False,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Judge water sources and sections: class, target, what decides it and what misses it; or a city's rates.

    With --trend: whether each item has risen or fallen over the periods, by rank correlation.
    """
    if trend and level == "city":
        raise UsageError("a trend is of a station's items", "leave --trend or --level city out")
    printer = _print_trends if trend else None
    _assess("water", (first, last, per), (city, station, standard, level), (data, config), json_=json_, other=printer)


def discharge(
    first: From,
    last: To,
    per: OutletPer = "day",
    city: City = None,
    station: Station = None,
    standard: Limits = AUTO,
    level: Whose = "station",
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Judge outlets of wastewater by their limits: values, flow, loads; or a city's rates."""
    _assess("wastewater", (first, last, per), (city, station, standard, level), (data, config), json_=json_)


def _assess(
    medium: Medium,
    span: tuple[str, str, Kind],
    asked: tuple[str | None, str | None, str, Level],
    place: tuple[Data, Config],
    *,
    json_: bool,
    other: Callable[[Iterable[Mapping[str, Any]], bool], None] | None = None,
) -> None:
    """Print what is asked of a medium; `other` prints something else than the rows."""
    first, last, per = span
    city, station, standard, level = asked
    begin, end = days(first, last)
    with open_site(*place) as site:
        pipeline = Pipeline(site.store, site.ledger, site.network, site.clock)
        rows = station_rows(
            pipeline, medium, begin, end, per=per, city=city, station=station, standard=standard, level=level
        )
        if other is not None:
            other(rows, json_)
        elif json_:
            print_json(rows)
        else:
            stdout.print(rate_table(rows) if level == "city" else _TABLES[medium](rows))


def water_table(rows: Iterable[Mapping[str, Any]]) -> Table:
    """Return periods of water for people."""
    found = table("period", "where", "class", "target", "verdict", "deciding", "failing", "reason",
                  wrapped=("deciding", "failing", "reason"))  # fmt: skip
    for row in rows:
        found.add_row(
            row["period"], row["station"], water_class(row["class"]), row["target_class"], verdict(row["verdict"]),
            ", ".join(row["deciding"]), ", ".join(_failing(row, name) for name in row["failing"]), row["reason"],
        )  # fmt: skip
    return found


def _print_trends(rows: Iterable[Mapping[str, Any]], json_: bool) -> None:
    """Print what items do over the periods of rows."""
    found = trend_rows(rows)
    if json_:
        print_json(found)
        return
    shown = table("where", "item", "from", "to", "periods", "coefficient", "critical", "trend")
    for row in found:
        said = row["trend"] or f"fewer than {row['needed']} periods"
        numbers = (number(row["coefficient"]), number(row["critical"]))
        shown.add_row(row["station"], row["parameter"], row["first"], row["last"], str(row["periods"]), *numbers, said)
    stdout.print(shown)


def _failing(row: Mapping[str, Any], name: str) -> str:
    """Return an item that misses its target, with how many times its limit is exceeded."""
    multiple = row["multiples"].get(name)
    return name if multiple is None else f"{name} (+{multiple:.2f})"


def outlet_table(rows: Iterable[Mapping[str, Any]]) -> Table:
    """Return periods of outlets for people."""
    found = table("period", "outlet", "items", "flow m³", "verdict", "reason", wrapped=("items", "reason"))
    for row in rows:
        items = ", ".join(_item(name, item) for name, item in row.get("items", {}).items())
        flow = row.get("flow_m3", row.get("sewage_m3"))
        said = "-" if row["verdict"] is None else verdict(row["verdict"])
        found.add_row(row["period"], row["outlet"], items, _volume(flow), said, row.get("reason", ""))
    return found


def _item(name: str, item: Mapping[str, Any]) -> str:
    """Return an item as value/limit; in red beyond it."""
    limit = item["limit"]
    said = " to ".join(map(number, limit)) if isinstance(limit, list) else number(limit)
    text = f"{name} {number(item['value'])}/{said}"
    return f"[red]{text}[/]" if item["verdict"] == "EXCEEDS" else text


def _volume(cubic_metres: float | None) -> str:
    return "-" if cubic_metres is None else f"{cubic_metres:,.0f}"


def rate_table(rows: Iterable[Mapping[str, Any]]) -> Table:
    """Return cities' rates for people; volumes in m3, but days in rates of air, which have no volume."""
    rows = list(rows)
    good = f"good {printed('m3')}" if any(row["rate_volume"] is not None for row in rows) else "good"
    heads = ("period", "city", "rate", good, "of", "unknown", "by volume", "by count", "at least",
             "at most", "target", "verdict", "certain")  # fmt: skip
    found = table(*heads)
    for row in rows:
        found.add_row(
            str(row.get("period", row.get("year"))), row["city"], row["standard"],
            *(_volume(row[name]) for name in ("numerator", "denominator", "unknown")),
            *(percent(row[name]) for name in ("rate_volume", "rate_count", "rate_lower", "rate_upper")),
            row["target"], "-" if row["verdict"] is None else verdict(row["verdict"]),
            "yes" if row["certain"] else "no",
        )  # fmt: skip
    return found


_TABLES = {"water": water_table, "wastewater": outlet_table}

"""`qualicity rebuild`: derived copies made anew from the archive and the ledger."""

from __future__ import annotations

import typer
from rich.progress import Progress

from console.options import DATA, Config, Data, Json
from console.output import print_json, stderr, stdout
from console.projection import counters, site_writer
from console.site import open_site


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Make derived copies anew.")
    group.callback()(lambda: None)
    group.command("influx")(influx)
    app.add_typer(group, name="rebuild")


def influx(data: Data = DATA, config: Config = None, json_: Json = False) -> None:
    """Empty our measurements in InfluxDB and write them again, from the archive and the ledger.

    A service that runs beside it may go on: the same point twice is one point.
    """
    with open_site(data, config) as site, site_writer(site) as writer:
        site.store.head()  # says it when there is nothing to rebuild from
        writer.clear()
        with Progress(console=stderr, disable=not stderr.is_terminal, transient=True) as bar:
            readings = bar.add_task("readings", total=writer.lag_rows())
            versions = bar.add_task("verdicts", total=writer.lag_versions())
            total = writer.lag_rows(), writer.lag_versions()
            while writer.round():
                bar.update(readings, completed=total[0] - writer.lag_rows())
                bar.update(versions, completed=total[1] - writer.lag_versions())
        numbers = counters(writer)
    if json_:
        print_json([numbers])
    else:
        stdout.print(f"{numbers['points_written']:,.0f} points written, {numbers['points_rejected']:,.0f} rejected")

"""`qualicity dashboards`: build, push and verify what officers see in Grafana."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress
from rich.text import Text

from aggregator.pipeline import Pipeline
from console.options import DATA, Config, Data, Json
from console.output import print_json, stderr, stdout, table
from console.projection import site_alarms, site_indicators
from console.site import Site, open_site
from dashboards.boards import boards
from dashboards.expected import Expected
from dashboards.files import dashboards, queries
from dashboards.push import Database, Grafana
from dashboards.verify import Checked, Ends, Run, verify
from qualicity.errors import UsageError
from qualicity.periods import DAY_MS, day_start, parse_period
from qualicity.store.influx import Address, Influx
from qualicity.store.influx_address import address, secret

ThroughGrafana = Annotated[bool, typer.Option("--grafana", help="Ask through Grafana; compare its dashboards too.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Grafana's dashboards.")
    group.command("build")(build)
    group.command("push")(push)
    group.command("verify")(verify_)
    app.add_typer(group, name="dashboards")


def build(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where Grafana's provisioning reads them.")],
    data: Data = DATA,
    config: Config = None,
) -> None:
    """Write the dashboards' JSON with this site's address behind the links to the evidence."""
    with open_site(data, config, create=True) as site:
        models = dashboards(site.settings.grafana.evidence_url)
    folder.mkdir(parents=True, exist_ok=True)
    for uid, model in models.items():
        text = json.dumps(model, ensure_ascii=False, indent=1, sort_keys=True)
        (folder / f"{uid}.json").write_text(text + "\n", encoding="utf-8")
    stdout.print(f"{len(models)} dashboards in {folder}")


def push(
    influx_url: Annotated[
        str, typer.Option("--influx-url", help="Where Grafana reaches InfluxDB; default: influx.url.")
    ] = "",
    data: Data = DATA,
    config: Config = None,
) -> None:
    """Write data source and dashboards into a Grafana; those that are there under our uids are brought up to date."""
    with open_site(data, config) as site:
        settings = site.settings
        reader = _read_address(site)
    grafana = _grafana(site)
    database = Database(
        influx_url or reader.url, reader.bucket, reader.token, username=reader.username, password=reader.password
    )
    stdout.print(f"data source qualicity: {grafana.ensure_source(database)}")
    for uid, model in dashboards(settings.grafana.evidence_url).items():
        stdout.print(f"{uid}: version {grafana.push(model)}")


def verify_(
    to: Annotated[str | None, typer.Option("--to", help="Last civil day to look at; default: the last judged.")] = None,
    grafana: ThroughGrafana = False,
    data: Data = DATA,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Run every query of every panel and compare the answer with what the ledger says; exit code 1 when one differs.

    Only what has been written is compared: let the writer catch up first (`qualicity doctor` says how far it is).
    """
    with (
        open_site(data, config) as site,
        site_alarms(site) as alarms,
        site_indicators(site) as indicators,
        _runner(site, through_grafana=grafana) as (run, missing),
    ):
        pipeline = Pipeline(site.store, site.ledger, site.network, site.clock)
        expected = Expected(pipeline, site.settings.influx.compare, alarms, indicators)
        last = day_start(parse_period(to).last) if to else _last_judged(site)
        ends = Ends(data=last + DAY_MS - 1, service=site.clock.now())
        found = list(missing)
        with Progress(console=stderr, disable=not stderr.is_terminal, transient=True) as bar:
            task = bar.add_task("panels", total=None)
            for checked in verify(boards(), expected, site.network, run, ends):
                found.append(checked)
                bar.update(task, advance=1)
    wrong = [checked for checked in found if checked.problem]
    if json_:
        print_json({**vars(checked), "chosen": dict(checked.chosen)} for checked in found)
    else:
        _print(found, wrong)
    if wrong:
        raise typer.Exit(1)


def _print(found: list[Checked], wrong: list[Checked]) -> None:
    rows = sum(checked.rows for checked in found)
    if wrong:
        listing = table("board", "panel", "chosen", "problem", wrapped=("problem", "panel"))
        for checked in wrong:
            chosen = " ".join(checked.chosen.values())
            listing.add_row(checked.board, Text(checked.panel), chosen, Text(checked.problem))
        stdout.print(listing)
    stdout.print(f"{len(found)} queries, {rows:,} rows: {len(wrong)} with a problem")


def _last_judged(site: Site) -> int:
    days = [period for _, period, *_ in site.ledger.judged() if len(period) == len("2016-03-05")]
    if not days:
        raise UsageError("no day is judged yet", "let the aggregator run, or give --to DATE")
    return day_start(dt.date.fromisoformat(max(days)))


@contextmanager
def _runner(site: Site, *, through_grafana: bool) -> Iterator[tuple[Run, list[Checked]]]:
    """Give what runs queries, and what is already known to be wrong: dashboards that are not ours any more."""
    if not through_grafana:
        with Influx(_read_address(site)) as influx:
            yield influx.query, []
        return
    grafana = _grafana(site)
    yield grafana.run, list(_changed(grafana))


def _changed(grafana: Grafana) -> Iterator[Checked]:
    for uid, model in dashboards().items():
        there = grafana.dashboard(uid)
        if there is None:
            yield Checked(uid, "", "", {}, 0, "not in Grafana: `qualicity dashboards push`, or provision it")
        elif queries(there) != queries(model):
            yield Checked(uid, "", "", {}, 0, "its queries are not those that ship: push it again")


def _read_address(site: Site) -> Address:
    return address(site.settings.influx, "read")


def _grafana(site: Site) -> Grafana:
    settings = site.settings.grafana
    return Grafana(settings.url, secret(settings.token, settings.token_file, "grafana.token_file"))

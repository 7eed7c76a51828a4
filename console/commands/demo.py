"""`qualicity demo`: the main job on one machine."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from collector.embedded_broker import free_port
from console.commands.assess import year_table
from console.commands.assess_stations import rate_table
from console.demo import Demo
from console.demo_alarm import alarm_course
from console.demo_live import go_on
from console.demo_papers import publish_bulletin
from console.demo_records import ADDRESS, SCORECARD, file_records, judge_records
from console.demo_records import YEAR as SCORED_YEAR
from console.demo_water import CITY as WATER_CITY
from console.options import DATA, Data
from console.output import stderr, stdout
from console.overview import PAGE
from console.page import render
from console.page.report import YearReport, year_report
from console.page.water import discharge_year, water_year
from console.papers.formats import Format
from qualicity.standards.comparison import COMPARED

_CITY, _YEAR = "beijing", 2016
_OTHER_LAWS = ("GB3095-2026", "GB3095-2026-2031")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the page is written.")] = False,
    port: Annotated[int, typer.Option("--port", help="Loopback port of the page; 0 = a free one.")] = 0,
    data: Data = DATA,
) -> None:
    """Publish a real year of real stations through MQTT, collect, archive and judge it, and write its page."""
    began = time.monotonic()
    folder = data / "demo"
    with Progress(
        TextColumn("publishing"), BarColumn(), MofNCompleteColumn(), TextColumn("messages"),
        console=stderr, transient=True, disable=not sys.stderr.isatty(),
    ) as bar:  # fmt: skip
        task = bar.add_task("publishing", total=None)
        run = Demo(
            folder,
            say=lambda text: stderr.print(f"  {text}"),
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
        run.prepare()
        run.collect()
    page = folder / PAGE
    with run.open() as site:
        run.archive(site)
        run.counts.check()
        pipeline = run.judge(site)
        with run.step("publishing the bulletin of the year"):
            papers = publish_bulletin(site, _CITY, _YEAR)
        with run.step("writing the page"):
            report = year_report(
                pipeline, _CITY, _YEAR,
                others=_OTHER_LAWS, compared=COMPARED,
                counts=asdict(run.counts), archive=site.store.digest(), source=True,
            )  # fmt: skip
            report = replace(
                report,
                water=water_year(pipeline, WATER_CITY, _YEAR, simulated=True),
                discharge=discharge_year(pipeline, WATER_CITY, _YEAR, simulated=True),
                scorecard=ADDRESS,
                papers=papers,
            )
            page.write_text(render(report), encoding="utf-8")
        with run.step("making records up and filing them"):
            filed = file_records(site)
        with run.step("judging the targets of the four fields"):
            statuses = judge_records(site, folder / SCORECARD)
    with run.step("an alarm, from the reading to its end"):
        course = alarm_course(folder, lambda text: stderr.print(text, markup=False, highlight=False, soft_wrap=True))
    _tell(run, report, page, time.monotonic() - began)
    stdout.print(
        f"alarm: in the chat {course.to_chat * 1000:.0f} ms after its reading,"
        f" acknowledged by {course.acknowledged_by}, resolved; page: /alarms/incidents/{course.incident}"
        + (f" of `qualicity serve --data {folder}`" if once else ""),
        soft_wrap=True,
    )
    stdout.print(
        f"scorecard: {WATER_CITY} {SCORED_YEAR}, {filed:,} records, all made up (synthetic):"
        f" {', '.join(f'{count} {status}' for status, count in statuses.most_common())};"
        f" page: {(folder / SCORECARD).resolve()}",
        soft_wrap=True,
    )
    stdout.print(f"bulletin: {(folder / papers[Format.PDF]).resolve()}", soft_wrap=True)
    if not once:
        go_on(folder, port or free_port(), _YEAR)


def _tell(run: Demo, report: YearReport, page: Path, seconds: float) -> None:
    """Print the year's verdict, the counts, and where the page is."""
    counts = run.counts
    stdout.print(f"\n[bold]{report.city.name.zh} {report.city.name.en} {report.year}[/]")
    stdout.print(year_table([law.year for law in report.laws]))
    if report.water is not None and report.discharge is not None:
        name = report.water.city.name
        stdout.print(
            f"[bold]{name.zh} {name.en} {report.year}[/], simulated: water sources, industrial outlets, sewage"
        )
        rates = (report.water.rate, report.discharge.rate, report.discharge.sewage)
        stdout.print(rate_table([rate.year for rate in rates]))
    stdout.print(
        f"\npublished {counts.published:,} = acknowledged {counts.acknowledged:,} = collected {counts.collected:,}"
        f" messages; {counts.readings:,} readings + {counts.imported:,} of a file = {counts.archived:,} archived;"
        f" {counts.dead_letters} dead letters"
    )
    stdout.print(f"page: {page.resolve()}   ({seconds:.0f} s in all)")

"""`qualicity demo`: the main job on one machine."""

from __future__ import annotations

import os
import sys
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from alerting.testing import Receiver
from collector.embedded_broker import EmbeddedBroker, free_port
from collector.publisher import Publisher
from collector.simulation.stream import Simulation
from collector.topics import TopicPattern
from console.api import PAGE
from console.commands.assess import year_table
from console.demo import Demo
from console.demo_alarm import ALARMS_PAGE, CALM, SURGE, alarm_course, duty, readings
from console.demo_water import CITY as WATER_CITY
from console.options import DATA, Data
from console.output import stderr, stdout
from console.page import render
from console.page.report import YearReport, year_report
from console.page.water import discharge_year, water_year
from console.site import open_site
from console.supervisor import stop_event, supervise
from qualicity.clock import SystemClock
from qualicity.errors import Retryable
from qualicity.network_file import load_network
from qualicity.periods import DAY_MS, SECOND_MS
from qualicity.settings import MqttSettings

_CITY, _YEAR = "beijing", 2016
_LIVE_SECONDS = 300
_BREAK_SECONDS, _CALM_SECONDS = 20, 80
_LIVE_STATION = "Tiantan"  # not that of the first alarm: what is raised twice a day is held open
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
        with run.step("writing the page"):
            report = year_report(
                pipeline, _CITY, _YEAR,
                others=_OTHER_LAWS, counts=asdict(run.counts), archive=site.store.digest(), source=True,
            )  # fmt: skip
            report = replace(
                report,
                water=water_year(pipeline, WATER_CITY, _YEAR, simulated=True),
                discharge=discharge_year(pipeline, WATER_CITY, _YEAR, simulated=True),
            )
            page.write_text(render(report), encoding="utf-8")
    with run.step("an alarm, from the reading to its end"):
        course = alarm_course(folder, lambda text: stderr.print(text, markup=False, highlight=False, soft_wrap=True))
    _tell(run, report, page, time.monotonic() - began)
    stdout.print(
        f"alarm: in the chat {course.to_chat * 1000:.0f} ms after its reading,"
        f" acknowledged by {course.acknowledged_by}, resolved; page: {(folder / ALARMS_PAGE).resolve()}",
        soft_wrap=True,
    )
    if not once:
        _go_on(folder, port or free_port())


def _tell(run: Demo, report: YearReport, page: Path, seconds: float) -> None:
    """Print the year's verdict, the counts, and where the page is."""
    counts = run.counts
    stdout.print(f"\n[bold]{report.city.name.zh} {report.city.name.en} {report.year}[/]")
    stdout.print(year_table([law.year for law in report.laws]))
    stdout.print(
        f"\npublished {counts.published:,} = acknowledged {counts.acknowledged:,} = collected {counts.collected:,}"
        f" messages; {counts.readings:,} readings + {counts.imported:,} of a file = {counts.archived:,} archived;"
        f" {counts.dead_letters} dead letters"
    )
    stdout.print(f"page: {page.resolve()}   ({seconds:.0f} s in all)")


def _go_on(folder: Path, port: int) -> None:
    """Run the service on the demo's folder, with simulated sensors, until told to stop."""
    stop = stop_event()
    with duty(folder, f"http://127.0.0.1:{port}") as (chat, environment), EmbeddedBroker() as broker:
        os.environ.update(environment)
        os.environ["QUALICITY_MQTT__URL"] = broker.url
        os.environ["QUALICITY_MQTT__PROTOCOL"] = str(broker.protocol)
        os.environ["QUALICITY_API__PORT"] = str(port)
        with open_site(folder) as site:
            settings = site.settings.mqtt
        helpers = [
            threading.Thread(target=work, args=arguments, daemon=True)
            for work, arguments in ((_simulate, (folder, settings, stop)), (_show, (chat, stop)))
        ]
        for helper in helpers:
            helper.start()
        stdout.print(f"serving http://127.0.0.1:{port}/ and simulating live sensors; Ctrl-C ends")
        stdout.print(
            f"alarms: http://127.0.0.1:{port}/alarms; a sensor breaks a limit in {_BREAK_SECONDS} s"
            f" and is calm again in {_CALM_SECONDS} s"
        )
        command = [sys.executable, "-m", "console", "serve", "--data", str(folder), "--only"]
        supervise({part: [*command, part] for part in ("collector", "aggregator", "alerting", "api")}, stop)
        for helper in helpers:
            helper.join(5)


def _simulate(folder: Path, settings: MqttSettings, stop: threading.Event) -> None:
    """Publish the last day at once, and from then on every five minutes what the sensors have measured."""
    simulation = Simulation(load_network([folder / "network.toml"]), seed=_YEAR, interval=_LIVE_SECONDS)
    pattern = TopicPattern.parse(settings.topic)
    clock, step = SystemClock(), _LIVE_SECONDS * SECOND_MS
    publisher = Publisher(settings)
    done = clock.now() // step * step - DAY_MS
    course = [(_BREAK_SECONDS, SURGE), (_CALM_SECONDS, CALM)]
    began = clock.now()
    try:
        while not stop.wait(1):
            until = clock.now() // step * step
            if until > done:
                publisher.publish(simulation.messages(pattern, done, until), stop=stop)
                done = until
            if course and clock.now() - began > course[0][0] * SECOND_MS:
                values = course.pop(0)[1]
                publisher.publish(
                    readings(clock.now() - len(values) * SECOND_MS, values, SECOND_MS, _LIVE_STATION), stop=stop
                )
    except Retryable as error:
        stderr.print(f"simulated sensors stopped: {error.cause}")
    finally:
        publisher.close()


def _show(chat: Receiver, stop: threading.Event) -> None:
    """Print what arrives in the chat of the people on duty."""
    shown = 0
    while not stop.is_set():
        if chat.wait(shown + 1, 1.0):
            stdout.print(chat.received[shown].text, markup=False, highlight=False, soft_wrap=True)
            shown += 1

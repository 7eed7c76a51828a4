"""`qualicity rebuild`: what rests on the archive made anew from it: verdicts, the copy in InfluxDB."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence

import typer
from rich.progress import Progress

from aggregator.changes import REBUILD
from aggregator.due import Aggregator
from aggregator.pipeline import Pipeline
from aggregator.rebuild import everything
from console.options import DATA, Config, Data, Json
from console.output import print_json, stderr, stdout
from console.projection import counters, site_writer
from console.site import Site, open_site
from qualicity.periods import DAY_MS, clock_time, parse_period
from qualicity.store import locks
from qualicity.store.doorbell import ring
from qualicity.store.ledger import Dirty

_LOOK_SECONDS = 0.5


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Make anew what rests on the archive.")
    group.callback()(lambda: None)
    group.command("verdicts")(verdicts)
    group.command("influx")(influx)
    group.command("all")(all_)
    app.add_typer(group, name="rebuild")


def verdicts(data: Data = DATA, config: Config = None, json_: Json = False) -> None:
    """Judge every period again from the archive; only what differs becomes a new version.

    Versions and marks stay. Where ledger.db is lost, verdicts are made again, marks are not: they stood in it. Periods
    whose readings were removed stay as they are. Beside a running service its aggregator judges; this command waits.
    """
    with open_site(data, config) as site:
        numbers = _verdicts(site)
    if json_:
        print_json([numbers])
    else:
        stdout.print(f"{numbers['periods']:,} periods judged again, {numbers['versions']:,} new versions")


def influx(data: Data = DATA, config: Config = None, json_: Json = False) -> None:
    """Empty our measurements in InfluxDB and write them again, from the archive and the ledger.

    A service that runs beside it may go on: the same point twice is one point. Readings that retention has removed from
    the archive are not written again.
    """
    with open_site(data, config) as site:
        numbers = _influx(site)
    if json_:
        print_json([numbers])
    else:
        stdout.print(_written(numbers))


def all_(data: Data = DATA, config: Config = None, json_: Json = False) -> None:
    """Judge every period again, then write the copy in InfluxDB again where there is one.

    Alarms are not rebuilt: what people have acknowledged and what was sent stands in alerting.db alone.
    """
    with open_site(data, config) as site:
        numbers: dict[str, float] = dict(_verdicts(site))
        if site.settings.influx.url:
            numbers |= _influx(site)
    if json_:
        print_json([numbers])
    else:
        stdout.print(f"{numbers['periods']:,} periods judged again, {numbers['versions']:,} new versions")
        if site.settings.influx.url:
            stdout.print(_written(numbers))


def _written(numbers: Mapping[str, float]) -> str:
    return f"{numbers['points_written']:,.0f} points written, {numbers['points_rejected']:,.0f} rejected"


def _bar() -> Progress:
    return Progress(console=stderr, disable=not stderr.is_terminal, transient=True)


# verdicts


def _verdicts(site: Site) -> dict[str, int]:
    site.store.head()  # says it when there is nothing to judge from
    before = site.ledger.last_version()
    with _turn(site) as ours, _bar() as bar:
        aggregator = Aggregator(Pipeline(site.store, site.ledger, site.network, site.clock))
        if ours:
            aggregator.follow()
            aggregator.judge_due()
        found = everything(site.store, site.ledger, site.network, clock_time(site.clock.now()))
        task = bar.add_task("verdicts", total=sum(map(len, found.values())))
        for dirty in found.values():
            site.ledger.mark_dirty(dirty)
            if ours:
                aggregator.judge_due()
            else:
                _wait_for_aggregator(site, dirty)
            bar.advance(task, len(dirty))
    return {"periods": sum(map(len, found.values())), "versions": site.ledger.last_version() - before}


@contextlib.contextmanager
def _turn(site: Site) -> Iterator[bool]:
    """Yield whether it is ours to judge for the time of a block: else a running aggregator does."""
    descriptor = locks.take(site.data, locks.JUDGE)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _wait_for_aggregator(site: Site, dirty: Sequence[Dirty]) -> None:
    """Wait until the aggregator that runs has judged what was made dirty."""
    ring(site.data)
    latest = site.clock.now() - DAY_MS  # what is not over yet waits until it is
    asked = {(item.scope, item.period) for item in dirty if parse_period(item.period).end < latest}
    while asked & {(item.scope, item.period) for item in site.ledger.dirty() if item.cause.kind == REBUILD}:
        time.sleep(_LOOK_SECONDS)


# InfluxDB


def _influx(site: Site) -> dict[str, float]:
    with site_writer(site) as writer:
        site.store.head()  # says it when there is nothing to rebuild from
        writer.clear()
        with _bar() as bar:
            readings = bar.add_task("readings", total=writer.lag_rows())
            versions = bar.add_task("verdicts", total=writer.lag_versions())
            total = writer.lag_rows(), writer.lag_versions()
            while writer.round():
                bar.update(readings, completed=total[0] - writer.lag_rows())
                bar.update(versions, completed=total[1] - writer.lag_versions())
        return counters(writer)

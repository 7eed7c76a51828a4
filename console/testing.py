"""A whole site for tests of the console: air, water, outlets, alarms, marks, dead letters, records, a paper."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from fastapi import FastAPI
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from aggregator import testing_stations
from aggregator.due import Aggregator
from aggregator.pipeline import Pipeline
from console import made_up
from console.alarms import testing as alarms
from console.judging import judged
from console.papers.formats import Format
from console.papers.publishing import publish
from console.papers.sources import SiteSources
from console.site import Site, open_site
from qualicity.clock import Clock
from qualicity.model import Batch, DeadLetter
from qualicity.periods import DAY_MS, HOUR_MS, day_of, day_start
from qualicity.testing import FakeClock, hourly
from reports.papers import bulletin
from reports.period import paper_period
from targets.computation import Scope
from targets.records.known import CITY_CODE

NOW = 1_795_312_800_000
"""2026-11-22 10:00 at +08:00."""

DAYS = 52
"""Of air, up to NOW: the whole of October 2026, and three weeks of November."""

_ITEMS = {"so2": 9.0, "no2": 42.0, "pm10": 70.0, "pm25": 38.0, "co": 0.7, "o3": 95.0}
_AIR = """
[[city]]
id = "beijing"
name = { zh = "北京", en = "Beijing" }
"""
_STATION = """
[[station]]
id = "{id}"
city = "beijing"
name = {{ zh = "{zh}", en = "{en}" }}
district = "海淀区"
position = [116.3, {lat}]
channels = [{channels}]
"""
STRANGE = "<script>alert(1)</script>"
"""Stands in texts that strangers or officers write: pages show it and browsers do not run it."""


def fill(folder: Path, now: int = NOW) -> None:
    """Write a site with something of everything that the console shows.

    Args:
        folder: empty.
        now: ms UTC; verdicts, marks and alarms are up to it.
    """
    clock = FakeClock(now)
    alarms.fill(folder, now)
    (folder / "network.toml").write_text(_network(), encoding="utf-8")
    with open_site(folder, writer=True, clock=clock) as site:
        _collect(site, now)
        _judge(site)
        _mark(site, now)
        made_up.file_records(site, by="editor-1", last=2012, scale=0.02)
        judged(site, Scope("c", CITY_CODE, 2011, 2012, day_of(now)))
        _publish(site)


def _network() -> str:
    channels = ", ".join(
        f'{{ parameter = "{name}", unit = "{"mg/m3" if name == "co" else "ug/m3"}" }}' for name in _ITEMS
    )
    known = (("wl", "万柳", "Wanliu", 39.99), ("dx", "<b>定陵</b>", "Dingling", 40.29))
    stations = [_STATION.format(id=id_, zh=zh, en=en, lat=lat, channels=channels) for id_, zh, en, lat in known]
    return "".join((_AIR, *stations, testing_stations.NETWORK))


def _collect(site: Site, now: int) -> None:
    """Append readings, two values of one hour, and what could not become readings."""
    dice = np.random.default_rng(10)
    registry = site.store.registry
    first = day_start(day_of(now)) - (DAYS - 1) * DAY_MS
    hours = (now - first) // HOUR_MS
    for station in ("wl", "dx"):
        for name, level in _ITEMS.items():
            values = np.round(level * dice.uniform(0.5, 1.5, hours), 1 if name == "co" else 0)
            if (station, name) == ("wl", "pm25"):
                values[240:288] = 160.0  # two bad days
                values[400:412] = np.nan
            unit = "mg/m3" if name == "co" else "ug/m3"
            rows = hourly(registry, station, name, first, values.tolist(), unit=unit, received=now - HOUR_MS)
            site.store.append(Batch(rows))
    again = hourly(registry, "wl", "no2", first + 300 * HOUR_MS, [77.0], received=now, source="import:again.csv")
    letters = (
        DeadLetter("mqtt", f"beijing/air/{STRANGE}", "unknown channel", STRANGE, b'{"v": 5}\x00\x1b[31m', now),
        DeadLetter("mqtt", "beijing/air/wl/so2", "undecodable", "at byte 9", b'{"t": "2026', now - HOUR_MS, "wl"),
    )
    site.store.append(Batch(again, letters))
    for table in testing_stations.tables(registry):
        site.store.append(Batch(table))


def _judge(site: Site) -> None:
    aggregator = Aggregator(Pipeline(site.store, site.ledger, site.network, site.clock))
    aggregator.follow()
    aggregator.judge_due()


def _mark(site: Site, now: int) -> None:
    """Add a mark that waits for approval."""
    start = day_start(day_of(now)) - 3 * DAY_MS
    site.ledger.marks.add(
        "wl", "pm25", start, start + 3 * HOUR_MS, kind="fault", who="officer-1", why=STRANGE,
        proof="log 2026-118", deadline=now + 2 * DAY_MS,
    )  # fmt: skip


def _publish(site: Site) -> None:
    paper = bulletin(SiteSources(site, "beijing", 2026), paper_period("2026-10"), ("air",))
    publish(site, paper, media=("air",), languages=("zh",), formats=(Format.HTML,), by="editor-1", told=lambda *_: None)


def clock(now: int = NOW) -> Clock:
    """Return the clock by which the site was filled."""
    return FakeClock(now)


def routes_of(app: FastAPI) -> list[RouteContext]:
    """Return the routes of the pages and the API, also those that a router brings."""
    return [one for one in iter_route_contexts(app.routes) if isinstance(one.original_route, APIRoute)]

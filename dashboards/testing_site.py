"""A small judged site for tests, of air and water, and what a database that holds all of it would answer."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from aggregator.pipeline import Pipeline
from dashboards.answer import answer
from dashboards.boards import boards
from dashboards.expected import OWN_CLOCK, Expected
from dashboards.influxql import runnable
from dashboards.testing import Run
from dashboards.testing_water import WATER_TOML, fill
from dashboards.verify import choices, span_of
from qualicity.clock import Clock
from qualicity.model import Batch
from qualicity.network_file import site_network
from qualicity.periods import DAY_MS, day_start
from qualicity.settings import Settings
from qualicity.standards.load import TABLE_ORDER
from qualicity.store.embedded import EmbeddedStore
from qualicity.store.influx import Series
from qualicity.store.ledger import Ledger
from qualicity.testing import hourly

FIRST = dt.date(2016, 3, 1)
DAYS = 10
STATIONS = ("\u4e1c'\u7ad9", "s|2")
"""Ids that must be escaped."""

_CHANNELS = ", ".join(
    f'{{ parameter = "{item}", unit = "{"mg/m3" if item == "co" else "ug/m3"}" }}' for item in TABLE_ORDER
)
_STATION = """
[[station]]
id = "{id}"
city = "c"
position = [116.4, 39.9]
channels = [{channels}]
"""


def judged_site(folder: Path, clock: Clock) -> None:
    """Fill a data folder: a city with two stations, some days of readings, all of them judged; verdicts about water."""
    folder.mkdir(parents=True, exist_ok=True)
    network = '[[city]]\nid = "c"\n' + "".join(_STATION.format(id=one, channels=_CHANNELS) for one in STATIONS)
    network += WATER_TOML
    (folder / "network.toml").write_text(network, encoding="utf-8")
    dice = random.Random(7)  # noqa: S311 - any readings do
    with ExitStack() as opened:
        store = opened.enter_context(EmbeddedStore(folder, writer=True, clock=clock))
        ledger = opened.enter_context(Ledger(folder / "ledger.db", clock))
        for station, item in itertools.product(STATIONS, TABLE_ORDER):
            values = [float(dice.randrange(1, 120)) / (20 if item == "co" else 1) for _ in range(24 * DAYS)]
            unit = "mg/m3" if item == "co" else "ug/m3"
            store.append(Batch(hourly(store.registry, station, item, day_start(FIRST), values, unit=unit)))
        pipeline = Pipeline(store, ledger, site_network(folder, Settings()), clock)
        pipeline.follow()
        pipeline.judge_due()
        fill(ledger, FIRST, DAYS)


def right_answers(folder: Path, clock: Clock, compare: Sequence[str]) -> Run:
    """Return what answers every query of every board as `verify` must find it; of the service: all is well.

    Args:
        folder: of a site of `judged_site`.
        clock: as the site's commands have it.
        compare: `influx.compare` of the settings.
    """
    end = day_start(FIRST) + DAYS * DAY_MS - 1
    known: dict[str, list[Series]] = {}
    with ExitStack() as opened:
        store = opened.enter_context(EmbeddedStore(folder, writer=False, clock=clock))
        ledger = opened.enter_context(Ledger(folder / "ledger.db", clock, reader=True))
        network = site_network(folder, Settings())
        expected = Expected(Pipeline(store, ledger, network, clock), compare)
        for board in boards():
            for panel, values in itertools.product(board.panels, choices(board, network)):
                span = span_of(f"now-{panel.latest_days}d" if panel.latest_days else board.start, end)
                for query in panel.queries:
                    if query.measurement.name in OWN_CLOCK:
                        continue
                    points = expected.points(query.measurement.name, "c", span.start, span.end)
                    found = answer(query, points, values, span)
                    columns = [field.shown for field in query.fields]
                    known[runnable(query.render(), values, span.start, span.end, span.interval)] = [
                        Series(
                            query.measurement.name,
                            dict(zip(query.tags, tags, strict=True)),
                            ["time", *columns],
                            [[row.time or 0, *(row.values.get(name) for name in columns)] for row in rows],
                        )
                        for tags, rows in found.items()
                    ]

    def run(query: str) -> Sequence[Series]:
        if any(f'FROM "{name}"' in query for name in OWN_CLOCK):
            return [Series("service", {"part": "collector"}, ["time", "min"], [[end, 1]])]
        return known[query]

    return run

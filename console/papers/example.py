"""The example that papers are written from: Shenzhen with all its readings and records made up, ready in a data folder.

Readings are simulated, then what `example.toml` tells happens to them; they are imported as files, records are filed,
and all is judged on one day of the spring after the last of them, so that the same seed makes the same papers.
"""

from __future__ import annotations

import calendar
import datetime as dt
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from aggregator.due import Aggregator
from aggregator.pipeline import Pipeline
from collector.simulation.climate import climate
from collector.simulation.series import simulate
from collector.simulation.weather import generator
from console.examples import example
from console.judging import judged
from console.made_up import file_records, import_file, write_file
from console.site import Site, open_site
from qualicity.errors import IntegrityError, UsageError
from qualicity.model import Column, Observations, Qualifier, Registry
from qualicity.network import Medium, Network, NetworkFile, Station
from qualicity.network_file import load_network
from qualicity.network_text import write_network
from qualicity.periods import DAY_MS, HOUR_MS, day_of, day_start
from qualicity.shipped import shipped_table
from targets.computation import Scope
from targets.records.known import CITY_CODE
from targets.synthetic.example import SEED

CITY = "shenzhen"
FIRST, LAST = 2011, 2015
BY = "example"

_HEADING = """Shenzhen for an example: the stations of examples/shenzhen/network.toml.
Every reading of it is made up: nothing here was measured."""
_FILED = dt.date(LAST + 1, 5, 1)
"""Day on which all is on file, later than any record of the example: some are of late, whatever its last year."""
_FURTHER_STEPS = 3  # beside those of the years: records, verdicts, indicators

_DAY_S = 86_400

Progress = Callable[[str, int, int], object]
"""Told what is being done, how many steps are done, and of how many."""


class Happening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that happens to readings for some days.

    Attributes:
        first, last: civil days, both inclusive.
        medium, stations, parameters: of which; empty = of all.
        times: what values are multiplied by.
        lost: they never come.
    """

    first: dt.date
    last: dt.date
    medium: Medium | None = None
    stations: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    times: float = 1.0
    lost: bool = False


class Outages(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Stations that send nothing for some hours, drawn month by month."""

    chance: float  # in a month
    hours: tuple[int, ...]  # how long one lasts, each as likely


class Story(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happens in the example."""

    outages: Outages
    happening: tuple[Happening, ...]


@cache
def story() -> Story:
    """Return what happens, from `example.toml`."""
    return shipped_table("console.papers", "example.toml", Story)


class Made(NamedTuple):
    """What was made."""

    readings: int
    records: int
    verdicts: int
    indicators: int


@dataclass(frozen=True)
class _Still:
    """A clock that stands still: on the day on which everything is on file."""

    instant: int  # ms UTC

    def now(self) -> int:
        return self.instant


def make_example(
    folder: Path,
    seed: int = SEED,
    first: int = FIRST,
    last: int = LAST,
    *,
    stations: Sequence[str] = (),
    scale: float = 1.0,
    progress: Progress = lambda _what, _done, _of: None,
) -> Made:
    """Make the example's site in a folder; the same arguments make the same readings, records and verdicts.

    Args:
        folder: the data folder; made where it is missing.
        seed: of all chance.
        first: the first year of readings; records begin in 2010.
        last: the last year of both.
        stations: ids of those that measure; none = all.
        scale: of the records that no target counts.
        progress: told what is being done.

    Raises:
        UsageError: the folder holds something, or the years are none.
    """
    if not FIRST <= first <= last <= LAST:
        raise UsageError(f"{first} to {last} are no years of the example", f"give years from {FIRST} to {LAST}")
    _prepare(folder, network(stations))
    clock = _Still(day_start(_FILED))
    steps = last - first + 1 + _FURTHER_STEPS
    with open_site(folder, writer=True, clock=clock) as site:
        readings = 0
        for number, year in enumerate(range(first, last + 1)):
            progress(f"readings of {year}", number, steps)
            readings += _bring(site, seed, year)
            site.store.seal()
        progress("records", steps - 3, steps)
        records = file_records(site, by=BY, seed=seed, last=last, scale=scale)
        progress("verdicts", steps - 2, steps)
        aggregator = Aggregator(Pipeline(site.store, site.ledger, site.network, site.clock))
        aggregator.follow()
        verdicts = len(aggregator.judge_due())
        progress("indicators", steps - 1, steps)
        found = judged(site, Scope(CITY, CITY_CODE, FIRST, last, day_of(clock.now())))
        progress("", steps, steps)
    return Made(readings, records, verdicts, len(found))


def network(stations: Sequence[str] = ()) -> Network:
    """Return the network of the example, or some of its stations; its city says that its readings are made up.

    Raises:
        UsageError: a station is not among them.
    """
    whole = load_network([example(CITY) / "network.toml"])
    if unknown := sorted(set(stations) - set(whole.station_by_id)):
        raise UsageError(f"the example has no station {unknown[0]!r}", f"known: {', '.join(whole.station_by_id)}")
    kept = tuple(station for station in whole.stations if not stations or station.id in stations)
    loggers = tuple(logger for logger in whole.loggers if logger.station in {station.id for station in kept})
    return Network(tuple(msgspec.structs.replace(city, synthetic=True) for city in whole.cities), kept, loggers)


def _prepare(folder: Path, of: Network) -> None:
    """Make a folder with the network file.

    Raises:
        UsageError: it holds something, or cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        empty = next(folder.iterdir(), None) is None
    except OSError as error:
        raise UsageError(f"{folder} cannot be made: {error.strerror}", "give another --data DIR") from error
    if not empty:
        raise UsageError(f"{folder} is not empty", "give another --data DIR: nothing is overwritten")
    text = write_network(NetworkFile(of.cities, of.stations, of.loggers), _HEADING)
    (folder / "network.toml").write_text(text, encoding="utf-8")


def _bring(site: Site, seed: int, year: int) -> int:
    """Simulate a year and import it; return how many readings it has."""
    rows = readings(site.network, seed, dt.date(year, 1, 1), dt.date(year, 12, 31))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"synthetic-{year}.parquet"
        write_file(path, rows)
        counts = import_file(site, path)
    if counts.accepted != len(rows):
        raise IntegrityError(
            f"{counts.accepted} of {len(rows)} made-up readings of {year} were taken: {counts}",
            "this is a fault of Qualicity: please report it",
        )
    return counts.accepted


def readings(of: Network, seed: int, first: dt.date, last: dt.date) -> Observations:
    """Return the readings of civil days, with what happened to them."""
    start, end = day_start(first), day_start(last) + DAY_MS
    rows = simulate(of, seed, start, end, Registry())
    values, keep = rows["value"].copy(), np.ones(len(rows), bool)
    for one in story().happening:
        if one.last >= first and one.first <= last:
            struck = _struck(rows, of, one)
            keep[struck] &= not one.lost
            values[struck] *= one.times
    for station, begun, over in outages(of, seed, first, last):
        gone = rows["station"] == rows.registry.find(station)
        gone &= (rows["period"] > 0) & (rows["period"] < _DAY_S)  # laboratories and monthly books go on
        keep &= ~(gone & (rows["start"] >= begun) & (rows["start"] < over))
    detected = rows["qualifier"] == Qualifier.NONE
    values = np.where(detected, _rounded(rows, of, values), rows["value"])
    return rows.replace(value=values).take(keep)


def _struck(rows: Observations, of: Network, one: Happening) -> Column:
    """Return which rows (n,) something happens to."""
    struck = (rows["start"] >= day_start(one.first)) & (rows["start"] < day_start(one.last) + DAY_MS)
    if one.medium is not None or one.stations:
        names = [
            station.id
            for station in of.stations
            if one.medium in {None, station.medium} and (not one.stations or station.id in one.stations)
        ]
        struck &= rows.registry.places(names, -1)[rows["station"]] >= 0
    if one.parameters:
        struck &= rows.registry.places(list(one.parameters), -1)[rows["parameter"]] >= 0
    return struck


def _rounded(rows: Observations, of: Network, values: Column) -> Column:
    """Return values (n,) with the decimals that their instruments resolve."""
    found = values.copy()
    for station in of.stations:
        own = np.flatnonzero(rows["station"] == rows.registry.find(station.id))
        parameters = rows["parameter"][own]
        for channel in station.channels:
            here = own[parameters == rows.registry.find(channel.parameter)]
            decimals = climate(station.medium).of(channel.parameter).decimals
            found[here] = np.round(values[here], decimals if channel.decimals is None else channel.decimals)
    return found


def outages(of: Network, seed: int, first: dt.date, last: dt.date) -> Iterator[tuple[str, int, int]]:
    """Yield stations that send nothing from one time to another, ms UTC; the same for any days asked for."""
    declared = story().outages
    for station in of.stations:
        for year in range(first.year, last.year + 1):
            for month in range(1, 13):
                yield from _outage(station, generator(seed, station.id, "outage", year, month), declared, year, month)


def _outage(
    station: Station, chance: np.random.Generator, declared: Outages, year: int, month: int
) -> Iterator[tuple[str, int, int]]:
    if chance.random() < declared.chance:
        days = calendar.monthrange(year, month)[1]
        begun = day_start(dt.date(year, month, 1)) + int(chance.integers(days * 24)) * HOUR_MS
        yield station.id, begun, begun + int(chance.choice(declared.hours)) * HOUR_MS

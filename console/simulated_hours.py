"""What the checks of days make of simulated messages: the way of every reading, without broker and store."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import numpy as np

from aggregator.hours import Hours, build_hours
from collector.normalise import Normaliser, Row
from collector.simulation.score import Findings
from collector.simulation.series import simulate
from collector.simulation.stream import Simulation
from collector.topics import TopicPattern
from qualicity.checks import default_rules
from qualicity.model import Observations, Registry
from qualicity.network import Station
from qualicity.periods import HOUR_MS, day_of, day_start


class Simulated(NamedTuple):
    """What arrived of a window of a simulation, and what would have without any fault."""

    arrived: Observations
    true: Observations
    start: int  # ms UTC, inclusive
    end: int  # ms UTC, exclusive


def simulated(simulation: Simulation, pattern: TopicPattern, start: int, end: int) -> Simulated:
    """Send the messages of `[start, end)` (ms UTC) through the receiving side."""
    registry = Registry()
    normaliser = Normaliser(simulation.network, pattern, registry)
    rows = [
        row
        for message in simulation.messages(pattern, start, end)
        for row in normaliser.message(message.topic, message.payload, message.due).rows
    ]
    columns = dict(zip(Row._fields, zip(*rows, strict=True), strict=True)) if rows else {}
    arrived = Observations.build(registry, len(rows), **columns)
    true = simulate(simulation.network, simulation.seed, start, end, registry, interval=simulation.interval)
    return Simulated(_in_order(arrived), _in_order(true), start, end)


def _in_order(rows: Observations) -> Observations:
    return rows.replace(seq=np.arange(1, len(rows) + 1, dtype=np.int64))


def hours_found(stations: list[Station], of: Simulated) -> list[Findings]:
    """Return what is known in the end of the hours of air stations in the civil days that a window touches."""
    parameters = list(dict.fromkeys(channel.parameter for station in stations for channel in station.channels))
    first = day_of(of.start)
    days = (day_of(of.end - 1) - first) // dt.timedelta(days=1) + 1
    found, true = (_hours(rows, stations, parameters, first, days) for rows in (of.arrived, of.true))
    start = day_start(first) + np.arange(days * 24, dtype=np.int64) * HOUR_MS

    def flat(hours: Hours, name: str) -> np.ndarray:  # (stations, parameters, hours)
        whole: np.ndarray = getattr(hours, name).reshape(len(stations), len(parameters), -1)
        return whole

    same = np.nan_to_num(flat(found, "value"), nan=np.inf) == np.nan_to_num(flat(true, "value"), nan=np.inf)
    due, observed, flags = flat(true, "observed"), flat(found, "observed"), flat(found, "flags")
    return [
        Findings(station.id, parameter, start, start + HOUR_MS, due[s, p], observed[s, p], same[s, p], flags[s, p])
        for s, station in enumerate(stations)
        for p, parameter in enumerate(parameters)
        if due[s, p].any()
    ]


def _hours(rows: Observations, stations: list[Station], parameters: list[str], first: dt.date, days: int) -> Hours:
    least = [None] * len(parameters)
    return build_hours([rows], stations, parameters, first, days, min_minutes=least, rules=default_rules())

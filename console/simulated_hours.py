"""What the automatic checks make of simulated messages: the way of every reading, without broker and store."""

from __future__ import annotations

import datetime as dt

import numpy as np

from aggregator.hours import build_hours
from collector.normalise import Normaliser
from collector.simulation.score import Hourly
from collector.simulation.stream import Simulation
from collector.topics import TopicPattern
from collector.writer import table
from qualicity.checks import default_rules
from qualicity.model import Registry
from qualicity.periods import day_of, day_start


def simulated_hours(simulation: Simulation, pattern: TopicPattern, start: int, end: int) -> Hourly:
    """Return the flags of the hours of the civil days that `[start, end)` (ms UTC) touches."""
    registry = Registry()
    normaliser = Normaliser(simulation.network, pattern, registry)
    rows = [
        row
        for message in simulation.messages(pattern, start, end)
        for row in normaliser.message(message.topic, message.payload, message.due).rows
    ]
    readings = table(registry, rows)
    readings = readings.replace(seq=np.arange(1, len(rows) + 1, dtype=np.int64))
    stations = [station for station in simulation.network.stations if station.medium == "air" and station.channels]
    parameters = list(dict.fromkeys(channel.parameter for station in stations for channel in station.channels))
    first = day_of(start)
    days = (day_of(end - 1) - first) // dt.timedelta(days=1) + 1
    hours = build_hours(
        [readings], stations, parameters, first, days, min_minutes=[None] * len(parameters), rules=default_rules()
    )
    shape = (len(stations), len(parameters), days * 24)
    return Hourly(
        hours.stations, parameters, day_start(first), hours.flags.reshape(shape), hours.observed.reshape(shape)
    )

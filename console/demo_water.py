"""Water in the demo: Shenzhen's reservoirs and its invented outlets, simulated for the year of the air.

What the instruments of two reservoirs measure is published like the air; all else, as laboratories, water works and
operators hand it in, is written as a canonical file and imported. Nothing of it was measured, and every place that
shows it says so.
"""

from __future__ import annotations

import datetime as dt

import msgspec
import numpy as np

from collector.simulation.series import simulate
from console.examples import example
from qualicity.model import Column, Observations, Registry
from qualicity.network import Network, NetworkFile
from qualicity.network_file import load_network
from qualicity.network_text import write_network
from qualicity.periods import day_start

CITY = "shenzhen"
SEED = 2016
FILE = "simulated-water.parquet"

PUBLISHING = ("shenzhen-reservoir", "xili-reservoir")
"""Sources whose instruments publish: a demo should not take longer than a minute or so."""

_HEADING = "Simulated beside the air: the sources and outlets of examples/shenzhen/network.toml."
_BROKEN = ("brewery", dt.date(2016, 9, 12), dt.date(2016, 9, 16), "D")
"""An outlet whose instruments say for some days that they are out of order."""


def water_network() -> Network:
    """Return the sources and outlets of the example, with their loggers."""
    whole = load_network([example("shenzhen") / "network.toml"])
    stations = tuple(station for station in whole.stations if station.medium != "air")
    return Network(whole.cities, stations, whole.loggers)


def network_text() -> str:
    """Return the demo's network file: the real stations of the air, and the simulated ones."""
    own = water_network()
    cities = tuple(msgspec.structs.replace(city, synthetic=True) for city in own.cities)
    air = (example("beijing-2016") / "network.toml").read_text("utf-8")
    return f"{air}\n{write_network(NetworkFile(cities, own.stations, own.loggers), _HEADING)}"


def simulated(start: int, end: int) -> Observations:
    """Return what sources and outlets send of `[start, end)` ms UTC."""
    registry = Registry()
    rows = simulate(water_network(), SEED, start, end, registry)
    station, first, last, flag = _BROKEN
    broken = (rows["station"] == registry.find(station)) & (rows["start"] >= day_start(first))
    broken &= rows["start"] < day_start(last)
    return rows.replace(device_flag=np.where(broken, registry.code(flag), 0).astype(np.int32))


def is_published(rows: Observations) -> Column:
    """Return which rows (n,) are published; all others come in a file."""
    find = rows.registry.find
    automatic = [
        (find(station.id), find(channel.parameter), channel.poc)
        for station in water_network().stations
        if station.id in PUBLISHING
        for channel in station.channels
        if channel.sampling == "automatic"
    ]
    mask = np.zeros(len(rows), bool)
    for station, parameter, poc in automatic:
        mask |= (rows["station"] == station) & (rows["parameter"] == parameter) & (rows["poc"] == poc)
    return mask

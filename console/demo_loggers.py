"""Two outlets of the live demo, through the HJ 212 gateway: their loggers, simulated."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from collector.hj212.device import Device, Record, record, run_devices
from collector.simulation.series import simulate
from qualicity.model import Observations, Registry
from qualicity.network import Network, Station
from qualicity.parameters import parameters
from qualicity.periods import HOUR_MS, SECOND_MS

STATIONS = ("north-plant", "plating-park")

_HOURLY, _REAL_TIME = "2061", "2011"


def without_loggers(network: Network) -> Network:
    """Return the network without the stations whose loggers speak for themselves."""
    return Network(network.cities, tuple(s for s in network.stations if s.id not in STATIONS))


@dataclass
class Loggers:
    """The loggers of two outlets.

    Args:
        network: declares them.
        seed: of what they measure.
        address: of the gateway.
        interval: s between real-time data.
    """

    network: Network
    seed: int
    address: tuple[str, int]
    interval: int

    def __post_init__(self) -> None:
        """Make a device for each logger."""
        self._devices: list[tuple[Station, Device]] = [
            (self.network.station_by_id[logger.station], Device(logger, address=self.address))
            for logger in self.network.loggers
            if logger.station in STATIONS
        ]

    @property
    def devices(self) -> Sequence[Device]:
        """Return the devices, in the network's order."""
        return [device for _, device in self._devices]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let the devices speak while a block runs."""
        stop = threading.Event()
        thread = threading.Thread(target=run_devices, args=(self.devices, stop), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(5)

    def measure(self, start: int, end: int) -> None:
        """Hand the devices what they measure in `[start, end)` ms UTC: each hour that ends, and what is at the end."""
        step = self.interval * SECOND_MS
        for station, device in self._devices:
            hours = start // HOUR_MS * HOUR_MS, end // HOUR_MS * HOUR_MS  # the one under way is told when it is over
            for item in self._records(_HOURLY, station, hours, 0):
                device.put(item)
            for item in self._records(_REAL_TIME, station, (end - step, end), self.interval):
                device.put(item._replace(time=end))

    def _records(self, cn: str, station: Station, window: tuple[int, int], interval: int) -> Iterator[Record]:
        network = Network(self.network.cities, (station,))
        rows = simulate(network, self.seed, *window, Registry(), interval=interval)
        yield from (record(cn, time, values) for time, values in _by_time(rows))


def _by_time(rows: Observations) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield what rows say at each time, under the factor codes of the standard."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for row in rows.rows():
        code = parameters()[row["parameter"]].hj212
        if code is not None:
            found[row["start"]][code] = f"{row['value']:g}"
    yield from sorted(found.items())

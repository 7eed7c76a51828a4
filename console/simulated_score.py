"""`qualicity simulate --score`: what the checks find of the faults of some seeds, by medium."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import get_args

from collector.simulation.faults import automatic
from collector.simulation.score import Score, Tallies, scores, station_days, tally
from collector.simulation.stream import Simulation
from collector.topics import TopicPattern
from console.simulated_hours import hours_found, simulated
from console.simulated_live import readings_found
from qualicity.network import Medium, Network


def scored(
    simulations: Iterable[Simulation], pattern: TopicPattern, start: int, end: int, progress: Callable[[], None]
) -> list[Score]:
    """Return the scores of simulations of one network over `[start, end)` ms UTC, by medium, then fault.

    Air is scored by the hours of its days; water and outlets by their readings, which is all that checks look at there.

    Args:
        simulations: of some seeds.
        pattern: of topics.
        start: ms UTC, inclusive.
        end: ms UTC, exclusive.
        progress: called after each seed and medium.
    """
    found: dict[Medium, Tallies] = {}
    for simulation in simulations:
        for medium in get_args(Medium):
            tallies = _tallies(simulation, medium, pattern, start, end)
            known = found.setdefault(medium, tallies)
            if known is not tallies:
                for fault, counts in tallies.items():
                    known[fault].add(counts)
            progress()
    return [score for medium, tallies in found.items() for score in scores(medium, tallies)]


def _tallies(whole: Simulation, medium: Medium, pattern: TopicPattern, start: int, end: int) -> Tallies:
    network = whole.network
    stations = tuple(one for one in network.stations if one.medium == medium and automatic(one))
    simulation = Simulation(Network(network.cities, stations), whole.seed, whole.faults, whole.interval)
    labels = simulation.labels(start, end)
    of = simulated(simulation, pattern, start, end)
    live = readings_found(simulation.network, of)
    days = hours_found(list(stations), of) if medium == "air" and stations else live
    return tally(labels, days, live, station_days(len(stations), start, end), simulation.faults)

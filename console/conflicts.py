"""Conflicts: readings of one cell with equal grade and revision that say different things."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from console.instants import universal
from console.readings import Readings, readings
from console.site import Site
from qualicity.network import Station

Decided = Literal["validity", "value"]
"""By what it is decided which counts: a valid reading before one that is not, else the greater value."""


@dataclass(frozen=True)
class Conflict:
    """A cell of which readings say different things. The order of their arrival decides nothing.

    Attributes:
        key: STATION/PARAMETER/POC/STATISTIC/PERIOD/START, START in UTC: the same for ever.
        city: of the station.
        station: id.
        parameter: id.
        poc: which of several instruments.
        statistic: name of `qualicity.model.Statistic`.
        period: s; 0 = instantaneous.
        start: ms UTC.
        time: the same at +08:00.
        decided: by what the first one counts.
        readings: those that contend, as `console.readings` spells them out; the one that counts first.
    """

    key: str
    city: str
    station: str
    parameter: str
    poc: int
    statistic: str
    period: int
    start: int
    time: str
    decided: Decided
    readings: Sequence[Mapping[str, Any]]

    def row(self) -> dict[str, Any]:
        """Return it as the API and commands print it."""
        return asdict(self)


def conflicts(site: Site, stations: Collection[Station], start: int, end: int) -> list[Conflict]:
    """Return the conflicts of stations in `[start, end)` ms UTC, the latest first.

    What a later revision, or people who looked at the data, have settled is none any more.

    Args:
        site: open, at least for reading; nothing is judged.
        stations: whose; a month of a city's is read in well under a second.
        start: ms UTC.
        end: ms UTC.

    Raises:
        IntegrityError: what is stored is broken.
    """
    cities = {station.id: station.city for station in stations}
    found = [one for part in readings(site, stations, start, end) for one in _of(part, cities)]
    return sorted(found, key=lambda one: (-one.start, one.key))


def _of(part: Readings, cities: Mapping[str, str]) -> Iterator[Conflict]:
    for positions in part.rivals:
        rows = list(part.nodes(positions))
        first = rows[0]
        yield Conflict(
            key=cell_key(first),
            city=cities[first["station"]],
            station=first["station"],
            parameter=first["parameter"],
            poc=first["poc"],
            statistic=first["statistic"],
            period=first["period"],
            start=first["start"],
            time=first["time"],
            decided="value" if len({row["valid"] for row in rows}) == 1 else "validity",
            readings=rows,
        )


def station_of(key: str) -> str:
    """Return the station that the key of a cell names."""
    return key.partition("/")[0]


def cell_key(reading: Mapping[str, Any]) -> str:
    """Return the key of the cell of a reading: what audit entries about it are about."""
    parts = (reading[name] for name in ("station", "parameter", "poc", "statistic", "period"))
    return "/".join((*map(str, parts), universal(reading["start"])))

"""`import --register`: stations and channels that a file speaks of and nobody has declared yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from collector.files.channels import HOURLY, Declaration, Named, Refused, quantity_of
from collector.files.times import offset_ms
from collector.months import LONGEST_MONTH, is_volume
from qualicity.errors import UsageError
from qualicity.network import ChannelSettings, City, Name, Network, Station
from qualicity.network_checks import bad_id
from qualicity.network_file import load_registered, register
from qualicity.network_water import PURPOSES

DEFAULT_CITY = "default"
_SEWAGE = "sewage_volume"


class Registrar:
    """Makes unknown stations, with their channels, in `registered.toml` of the data folder.

    Args:
        folder: the site's data folder.
        network: what exists.
        declaration: city, medium, label and zone of what is made.
        reload: reads the network anew after something was made.
        tell: is told, in one line, what was made.
        names: of stations, by id, where the source knows them.

    Raises:
        UsageError: no label was given, or the city is not given and the network has several.
    """

    def __init__(
        self,
        folder: Path,
        network: Network,
        declaration: Declaration,
        reload: Callable[[], Network],
        tell: Callable[[str], None],
        *,
        names: Mapping[str, Name] = {},
    ) -> None:
        if declaration.label is None:
            raise UsageError("--register needs --label", "say whether times name the begin or the end of their period")
        self._folder = folder
        self._declaration = declaration
        self._medium = declaration.medium or "air"
        self._label = declaration.label
        self._reload = reload
        self._tell = tell
        self._names = names
        self._city = declaration.city or _only_city(network)

    def admit(self, named: Iterable[tuple[Named, int]], network: Network) -> Network:
        """Return the network with everything that rows name and that can be made.

        Args:
            named: channels as rows name them, each with its period in s (0 or less: not stated).
            network: what exists.
        """
        missing = [(name.station, channel) for name, period in named if (channel := self._new(name, period, network))]
        own = load_registered(self._folder).station_by_id if missing else {}
        made: dict[str, Station] = {}
        for name, channel in missing:
            if name in own or name not in network.station_by_id:
                blank = Station(
                    id=name,
                    city=self._city,
                    name=self._names.get(name, Name()),
                    medium=self._medium,
                    purpose=self._declaration.purpose or PURPOSES[self._medium][0],
                )
                made[name] = _with_channel(made.get(name, blank), channel)
        if not made:
            return network
        cities = () if self._city in network.city_by_id else (City(id=self._city),)
        register(self._folder, cities, [_named(station) for station in made.values()])
        for city in cities:
            self._tell(f"made city {city.id!r}")
        for station in made.values():
            self._tell(f"registered {station.id!r} in {own.get(station.id, station).city!r}: {_listed(station)}")
        return self._reload()

    def _new(self, name: Named, period: int, network: Network) -> ChannelSettings | None:
        """Return the channel that a row calls for; None when it exists, or cannot be one."""
        quantity = quantity_of(name, self._medium)
        if isinstance(quantity, Refused) or name.poc == 0 or bad_id(name.station):
            return None
        known = network.station_by_id.get(name.station)
        if known is not None and (known.medium != self._medium or _has(known, quantity.parameter, name.poc or 1)):
            return None
        interval = period if period > 0 else self._declaration.interval
        by_hand = self._medium != "air" and (interval is None or is_volume(quantity.parameter))
        return ChannelSettings(
            parameter=quantity.parameter,
            unit=name.unit,
            poc=name.poc or 1,
            expected_interval=interval or (LONGEST_MONTH if by_hand else HOURLY),
            label=self._label,
            zone=_zone_text(self._declaration),
            sampling="manual" if by_hand else "automatic",
        )


def _only_city(network: Network) -> str:
    """Return the city that stations are made in when none is named."""
    if len(network.cities) > 1:
        raise UsageError(
            f"--register needs --city: the network has {', '.join(network.city_by_id)}", "say which city they are in"
        )
    return network.cities[0].id if network.cities else DEFAULT_CITY


def _listed(station: Station) -> str:
    """Return a station's channels for people: an instrument's values become samples where no row states a period."""
    sampled = [one.parameter for one in station.channels if one.sampling == "manual" and not is_volume(one.parameter)]
    listed = ", ".join(channel.parameter for channel in station.channels)
    return f"{listed}; no row states a period, so these are samples: {', '.join(sampled)}" if sampled else listed


def _has(station: Station, parameter: str, poc: int) -> bool:
    return any((one.parameter, one.poc) == (parameter, poc) for one in station.channels)


def _named(station: Station) -> Station:
    """Return a station under its purpose: one of wastewater that only counts sewage is a catchment."""
    if {channel.parameter for channel in station.channels} == {_SEWAGE}:
        return msgspec.structs.replace(station, purpose="catchment")
    return station


def _with_channel(station: Station, channel: ChannelSettings) -> Station:
    if _has(station, channel.parameter, channel.poc):
        return station
    return msgspec.structs.replace(station, channels=(*station.channels, channel))


def _zone_text(declaration: Declaration) -> str:
    """Return the declared zone as network files write it."""
    if declaration.zone is None:
        return "+08:00"  # where the law's days are
    minutes = offset_ms(declaration.zone) // 60_000
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"

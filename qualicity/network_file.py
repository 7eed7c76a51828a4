"""Network files: which cities, stations and channels exist, read strictly and checked as a whole.

A site's network is its `network.toml`, written by people, and `registered.toml` in the data folder,
written by `qualicity import --register`. Every mistake of every file is reported at once.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from qualicity.errors import InputError
from qualicity.network import City, Logger, Network, NetworkFile, Station
from qualicity.network_checks import check_network
from qualicity.network_text import write_network
from qualicity.settings import Settings
from qualicity.strict import Declared, Problems, convert_tables

NETWORK_FILE = "network.toml"
REGISTERED_FILE = "registered.toml"

_Item = City | Station | Logger
_KINDS: Mapping[str, type[_Item]] = {"city": City, "station": Station, "logger": Logger}
_MEND = "mend the places named; `qualicity init DIR` writes a sample network.toml"
_HEADING = "Stations that `qualicity import --register` made. Move them to network.toml to add to them by hand."


def site_network(folder: Path, settings: Settings) -> Network:
    """Read the network of a site: its own file and what imports registered.

    Args:
        folder: the site's data folder.
        settings: `network` names the file; default `network.toml` in the folder, when there is one.

    Raises:
        InputError: the named file does not exist, or a file cannot be taken.
    """
    own, registered = network_files(folder, settings)
    if settings.network is not None and not own.is_file():
        raise InputError(f"network file {own} does not exist", "mend `network` in the settings")
    return load_network(path for path in (own, registered) if path.is_file())


def network_files(folder: Path, settings: Settings) -> tuple[Path, Path]:
    """Return where a site's own network file is, and where that of what imports registered; neither has to exist."""
    return settings.network or folder / NETWORK_FILE, folder / REGISTERED_FILE


def load_network(paths: Iterable[Path]) -> Network:
    """Read and check network files as one network.

    Raises:
        InputError: a file is not TOML, holds unknown keys or wrong values, or what it says cannot be:
            all problems of all files, a line each.
    """
    problems = Problems()
    found = [item for path in paths for item in _read(path, problems)]
    check_network(found, problems)
    problems.refuse("the network", _MEND)
    return _network(found)


def register(folder: Path, cities: Sequence[City], stations: Sequence[Station]) -> None:
    """Add cities and stations to the site's registered ones, durably and all or nothing.

    A station that is registered already keeps what it has and gains the channels it lacks.

    Raises:
        InputError: the file of registered stations cannot be read.
    """
    path = folder / REGISTERED_FILE
    known = load_registered(folder)
    city_by_id = {city.id: city for city in known.cities} | {city.id: city for city in cities}
    station_by_id = dict(known.station_by_id)
    for station in stations:
        old = station_by_id.get(station.id)
        station_by_id[station.id] = station if old is None else _with_channels(old, station)
    network = NetworkFile(tuple(city_by_id.values()), tuple(station_by_id.values()), known.loggers)
    _write_durably(path, write_network(network, _HEADING))


def load_registered(folder: Path) -> Network:
    """Read what imports registered at a site, without the checks that need the whole network.

    Raises:
        InputError: the file cannot be read.
    """
    path = folder / REGISTERED_FILE
    if not path.is_file():
        return Network()
    problems = Problems()
    found = _read(path, problems)
    if problems.lines:
        raise InputError("\n  ".join([f"{path} cannot be read:", *problems.lines]), _MEND)
    return _network(found)


def _network(found: Iterable[Declared[_Item]]) -> Network:
    items = [one.item for one in found]
    return Network(
        cities=tuple(item for item in items if isinstance(item, City)),
        stations=tuple(item for item in items if isinstance(item, Station)),
        loggers=tuple(item for item in items if isinstance(item, Logger)),
    )


def _read(path: Path, problems: Problems) -> list[Declared[_Item]]:
    """Read one file's cities, stations and loggers; what cannot be read is noted and left out."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.add(str(path), f"cannot be read: {error}")
        return []
    found: list[Declared[_Item]] = []
    for key in data:
        if key in _KINDS:
            found += convert_tables(data, key, _KINDS[key], str(path), problems)
        else:
            problems.add(f"{path}: {key}", "unknown key; known are [[city]], [[station]] and [[logger]]")
    return found


def _with_channels(old: Station, new: Station) -> Station:
    """Return the old station with those channels of the new one that it lacks."""
    known = {(channel.parameter, channel.poc) for channel in old.channels}
    added = tuple(channel for channel in new.channels if (channel.parameter, channel.poc) not in known)
    return msgspec.structs.replace(old, channels=old.channels + added)


def _write_durably(path: Path, text: str) -> None:
    """Replace a file so that a crash leaves the old or the new one, whole."""
    temporary = path.with_suffix(".tmp")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

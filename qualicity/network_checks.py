"""What a network has to be as a whole: ids that keys can carry, names that exist, values that can be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from qualicity.conversion import conversion
from qualicity.errors import InputError, UsageError
from qualicity.network import ChannelSettings, City, Logger, Medium, Station
from qualicity.network_loggers import check_logger
from qualicity.network_water import check_purpose, is_measured_in, unknown_parameter
from qualicity.periods import parse_offset
from qualicity.standards import load
from qualicity.strict import Declared, Problems
from qualicity.target import parse_target

_SEPARATORS = re.compile(r"[/#@+*\x00-\x1f\x7f]|^\s|\s$")
_LONGEST_ID = 64
_TARGETS = ("air_target", "water_target", "discharge_target", "sewage_target")


def bad_id(text: str) -> str | None:
    """Return why a text cannot be an id of a city or station; None when it can.

    Ids are parts of keys (`air/CITY/STATION/2016@STANDARD#VERSION`) and of MQTT topics.
    """
    if not text:
        return "an id is not empty"
    if len(text) > _LONGEST_ID:
        return f"{text[:_LONGEST_ID]!r}... is longer than {_LONGEST_ID} characters"
    if _SEPARATORS.search(text):
        return f"{text!r} holds one of / # @ + *, a control character, or a blank at an end"
    return None


def check_network(declared: Iterable[Declared[City | Station | Logger]], problems: Problems) -> None:
    """Note everything that cannot be in what the files declare together."""
    declared = list(declared)
    cities = {one.item.id for one in declared if isinstance(one.item, City)}
    stations = {one.item.id: one.item for one in declared if isinstance(one.item, Station)}
    seen: dict[tuple[type, str], str] = {}
    for place, item in declared:
        key, name = ("mn", item.mn) if isinstance(item, Logger) else ("id", item.id)
        first = seen.setdefault((type(item), name), place)
        if first != place:
            problems.add(f"{place}.{key}", f"{name!r} is declared already at {first}")
        for where, what in _item(item, cities, stations):
            problems.add(f"{place}.{where}", what)


def _item(
    item: City | Station | Logger, cities: set[str], stations: Mapping[str, Station]
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with anything that is declared: (path inside, text)."""
    match item:
        case City():
            return _city(item)
        case Station():
            return _station(item, cities)
        case Logger():
            return check_logger(item, stations)


def _city(city: City) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a city: (path inside, text)."""
    if reason := bad_id(city.id):
        yield "id", reason
    for standard in city.law_adoption.keys() - load.standards().keys():
        yield f"law_adoption.{standard}", f"no such standard; known are {', '.join(load.standards())}"
    for name in _TARGETS:
        try:
            parse_target(getattr(city, name))
        except UsageError as error:
            yield name, f"{error.cause}: {error.mend}"


def _station(station: Station, cities: set[str]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a station: (path inside, text)."""
    if reason := bad_id(station.id):
        yield "id", reason
    if station.city not in cities:
        yield "city", f"no city {station.city!r} is declared"
    if station.position is not None:
        longitude, latitude = station.position
        if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
            yield "position", f"[{longitude}, {latitude}] is not [longitude, latitude] in degrees"
    if station.valid_from and station.valid_to and station.valid_to < station.valid_from:
        yield "valid_to", f"{station.valid_to} is before valid_from {station.valid_from}"
    for name in station.not_monitored:
        if reason := unknown_parameter(name):
            yield "not_monitored", reason
    yield from check_purpose(station)
    yield from _channels(station)


def _channels(station: Station) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a station's channels: (path inside, text)."""
    seen: set[tuple[str, int]] = set()
    for number, channel in enumerate(station.channels):
        if (channel.parameter, channel.poc) in seen:
            yield f"channels[{number}]", f"{channel.parameter} with poc {channel.poc} is declared twice"
        seen.add((channel.parameter, channel.poc))
        for where, what in _channel(channel, station.medium):
            yield f"channels[{number}].{where}", what


def _channel(channel: ChannelSettings, medium: Medium) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a channel: (path inside, text)."""
    if reason := unknown_parameter(channel.parameter):
        yield "parameter", reason
    elif not is_measured_in(channel.parameter, medium):
        yield "parameter", f"{channel.parameter} is not measured in water"
    else:
        try:
            conversion(channel.unit, channel.parameter, medium)
        except InputError as error:
            yield "unit", error.cause
    try:
        parse_offset(channel.zone)
    except UsageError as error:
        yield "zone", error.cause
    if channel.poc < 1:
        yield "poc", f"{channel.poc} is below 1"
    if channel.expected_interval < 1:
        yield "expected_interval", f"{channel.expected_interval} is not a number of seconds above 0"
    if channel.decimals is not None and not 0 <= channel.decimals <= 9:
        yield "decimals", f"{channel.decimals} is not between 0 and 9"
    if channel.range is not None and channel.range[0] > channel.range[1]:
        yield "range", f"{channel.range[0]} is above {channel.range[1]}"

"""What a network has to be as a whole: ids that keys can carry, names that exist, values that can be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from qualicity import parameters, units
from qualicity.errors import InputError, UsageError
from qualicity.network import ChannelSettings, City, Station
from qualicity.periods import parse_offset
from qualicity.standards import load
from qualicity.strict import Declared, Problems

_SEPARATORS = re.compile(r"[/#@+*\x00-\x1f\x7f]|^\s|\s$")
_LONGEST_ID = 64
_TARGET = re.compile(r"(>=|>|<=|<)\d{1,3}(\.\d+)?")


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


def check_network(declared: Iterable[Declared[City | Station]], problems: Problems) -> None:
    """Note everything that cannot be in what the files declare together."""
    declared = list(declared)
    cities = {one.item.id for one in declared if isinstance(one.item, City)}
    seen: dict[tuple[type, str], str] = {}
    for place, item in declared:
        first = seen.setdefault((type(item), item.id), place)
        if first != place:
            problems.add(f"{place}.id", f"{item.id!r} is declared already at {first}")
        for where, what in _city(item) if isinstance(item, City) else _station(item, cities):
            problems.add(f"{place}.{where}", what)


def _city(city: City) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a city: (path inside, text)."""
    if reason := bad_id(city.id):
        yield "id", reason
    for standard in city.law_adoption.keys() - load.standards().keys():
        yield f"law_adoption.{standard}", f"no such standard; known are {', '.join(load.standards())}"
    if not _TARGET.fullmatch(city.air_target):
        yield "air_target", f"{city.air_target!r} is not an operator and a percentage such as '>98'"


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
        if reason := _unknown_parameter(name):
            yield "not_monitored", reason
    yield from _channels(station)


def _channels(station: Station) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a station's channels: (path inside, text)."""
    seen: set[tuple[str, int]] = set()
    for number, channel in enumerate(station.channels):
        if (channel.parameter, channel.poc) in seen:
            yield f"channels[{number}]", f"{channel.parameter} with poc {channel.poc} is declared twice"
        seen.add((channel.parameter, channel.poc))
        for where, what in _channel(channel):
            yield f"channels[{number}].{where}", what


def _channel(channel: ChannelSettings) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a channel: (path inside, text)."""
    if reason := _unknown_parameter(channel.parameter):
        yield "parameter", reason
    else:
        try:
            units.scale(channel.unit, channel.parameter)
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


def _unknown_parameter(name: str) -> str | None:
    """Return why a name is no parameter's id; None when it is one."""
    if name in parameters.parameters():
        return None
    meant = parameters.resolve(name)
    return f"write {name!r} as {meant!r}" if meant else f"no parameter {name!r}"

"""What data loggers of a network have to be: an MN each, stations that exist, addresses and codes that can be."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping

from qualicity import parameters
from qualicity.conversion import conversion
from qualicity.errors import InputError
from qualicity.network import Logger, Station
from qualicity.network_water import unknown_parameter

_MN = re.compile(r"[0-9A-Za-z_.-]{1,24}")
"""HJ 212-2017 table 3: up to 24 characters; the field has letters beyond F too."""
_SYSTEM = re.compile(r"[0-9A-Z]{2,3}")
_REAL_TIME = range(30, 3601)
_MINUTES = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)
"""Intervals that a logger takes, HJ 212-2017 table 4: RtdInterval in s, MinInterval in min."""


def check_logger(logger: Logger, stations: Mapping[str, Station]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a logger: (path inside, text)."""
    if not _MN.fullmatch(logger.mn):
        yield "mn", f"{logger.mn!r} is not 1 to 24 letters and digits"
    station = stations.get(logger.station)
    if station is None:
        yield "station", f"no station {logger.station!r} is declared"
    elif logger.poc is not None and logger.poc not in {channel.poc for channel in station.channels}:
        yield "poc", f"station {station.id!r} has no channel with poc {logger.poc}"
    for system in logger.systems:
        if not _SYSTEM.fullmatch(system):
            yield "systems", f"{system!r} is no system code such as '32'"
    for address in logger.addresses:
        try:
            ipaddress.ip_network(address)
        except ValueError as error:
            yield "addresses", f"{error}: write a network such as 10.1.0.0/16, or one address"
    if logger.real_time_interval is not None and logger.real_time_interval not in _REAL_TIME:
        yield "real_time_interval", f"{logger.real_time_interval} is not between {_REAL_TIME[0]} and {_REAL_TIME[-1]} s"
    if logger.minute_interval is not None and logger.minute_interval not in _MINUTES:
        yield "minute_interval", f"{logger.minute_interval} is none of {', '.join(map(str, _MINUTES))} min"
    yield from _codes(logger, station)


def _codes(logger: Logger, station: Station | None) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the factor codes and units that a logger has of its own."""
    for code, parameter in logger.codes.items():
        if parameter and (reason := unknown_parameter(parameter)):
            yield f"codes.{code}", reason
    for code, unit in logger.units.items():
        meant = logger.codes.get(code) or parameters.resolve(code)
        if meant is None:
            yield f"units.{code}", f"no parameter has the factor code {code!r}; say under codes which it is"
        elif station is not None and meant in parameters.parameters():
            try:
                conversion(unit, meant, station.medium)
            except InputError as error:
                yield f"units.{code}", error.cause

"""Where a rule applies: every alarm that it can ever raise, with the limit of a day. For people; not for speed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from alerting.keys import FILING, GATEWAY, INDICATOR, SITE, channel_key
from alerting.rules.compiled import Compiled
from alerting.rules.known import metrics
from alerting.rules.limits import Limit
from qualicity.network import ChannelSettings, Network, Station

_FLOW = "flow"


class Instance(NamedTuple):
    """One alarm of a rule."""

    key: str
    parameter: str  # "" above channels
    limit: Limit | None  # None for kinds without a limit


def instances(one: Compiled, network: Network, day: dt.date) -> Iterator[Instance]:
    """Yield what a rule watches on a civil day, in the order of the network.

    Parts of the service, departments and indicators are not in the network: a rule about them is one instance, such as
    `site/PART`.
    """
    rule = one.rule
    stations = [station for station in network.stations if station.serves(day) and one.covers(station)]
    if rule.kind == "missing":
        stations = [one for one in stations if not one.channels or any(reports(one, own) for own in one.channels)]
    match rule.level:
        case "channel":
            for station in stations:
                yield from _channels(one, network, station, day)
        case "station":
            keys = [f"{station.city}/{station.id}" for station in stations]
        case "gateway":
            keys = [GATEWAY + station.gateway for station in stations if station.gateway]
        case "city":
            keys = [station.city for station in stations]
        case _:
            keys = [_outside(one)]
    if rule.level != "channel":
        limit = one.limit(day)
        for key in dict.fromkeys(keys):
            yield Instance(key, "", limit)


def _outside(one: Compiled) -> str:
    """Return the key of what is not in the network: the names in capitals stand for any."""
    rule = one.rule
    if rule.level == "site":
        return f"{SITE}/PART" if rule.metric and metrics()[rule.metric].of == "part" else SITE
    return f"{FILING}DEPARTMENT/FORM" if rule.level == "department" else f"{INDICATOR}ID"


def reports(station: Station, channel: ChannelSettings) -> bool:
    """Return whether a channel reports by the clock, so that it can be missed.

    Samples come when a laboratory has analysed them; of an outlet that discharges at times only the flow always comes.
    """
    at_times = station.medium == "wastewater" and station.outlet.intermittent and channel.parameter != _FLOW
    return channel.sampling == "automatic" and not at_times


def _channels(one: Compiled, network: Network, station: Station, day: dt.date) -> Iterator[Instance]:
    """Yield a station's channels; statistics are of its first instrument of a parameter."""
    seen: set[str] = set()
    for channel in sorted(station.channels, key=lambda channel: (channel.parameter, channel.poc)):
        statistic = one.rule.eval != "reading"
        if one.rule.kind == "missing" and not reports(station, channel):
            continue
        if not one.covers(station, channel.parameter) or (statistic and channel.parameter in seen):
            continue
        seen.add(channel.parameter)
        limit = one.limit(day, station, network.city_by_id.get(station.city), channel.parameter)
        if limit is not None:
            poc = 1 if statistic else channel.poc
            yield Instance(channel_key(station.city, station.id, channel.parameter, poc), channel.parameter, limit)

"""Names of alarms: RULE@KEY, where the key is what the alarm is about."""

from __future__ import annotations

from typing import NamedTuple

from qualicity.errors import UsageError

SITE = "site"
"""The key of what concerns the whole service."""

GATEWAY = "gateway:"

FILING = "filing:"
"""Of a form that a department owes."""

INDICATOR = "target:"
"""Of an indicator of the promise."""

OUTSIDE = (SITE, GATEWAY, FILING, INDICATOR)
"""How keys begin of what is in no network of stations."""


class AlarmId(NamedTuple):
    """One alarm: a rule about one thing.

    Keys: `CITY/STATION/PARAMETER` (`CITY/STATION/PARAMETER.2` for a second instrument), `CITY/STATION`, `CITY`,
    `gateway:NAME`, `site`, `site/PART`, `filing:DEPARTMENT/FORM`, `target:ID/VERSION` (`target:ID` where
    its text states no target).
    """

    rule: str
    key: str

    def __str__(self) -> str:
        return f"{self.rule}@{self.key}"


def parse_alarm_id(text: str) -> AlarmId:
    """Read RULE@KEY.

    Raises:
        UsageError: the text is no such name.
    """
    rule, at, key = text.partition("@")
    if not (rule and at and key):
        raise UsageError(f"{text!r} is not the name of an alarm", "write RULE@KEY, as `alerts list` prints it")
    return AlarmId(rule, key)


def channel_key(city: str, station: str, parameter: str, poc: int = 1) -> str:
    """Return the key of a channel."""
    return f"{city}/{station}/{parameter}" + (f".{poc}" if poc != 1 else "")


def ancestors(key: str, gateway: str = "") -> tuple[str, ...]:
    """Return what holds the thing of a key, nearest first, itself included; `gateway` is its station's."""
    if key.startswith(OUTSIDE):
        return (key, SITE) if key != SITE else (SITE,)
    parts = key.split("/")
    own = tuple("/".join(parts[:n]) for n in range(len(parts), 0, -1))
    below_city, city = own[:-1], own[-1:]
    return (*below_city, *((GATEWAY + gateway,) if gateway else ()), *city, SITE)

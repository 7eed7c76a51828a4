"""Keys, which every row carries and `explain` takes: `water/CITY[/STATION]/PERIOD[@STANDARD][#VERSION]`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qualicity.errors import UsageError
from qualicity.network import Medium
from qualicity.periods import Period, parse_period
from qualicity.scopes import MEDIA, Scope

_PERIOD = r"\d{4}(?:H[12]|Q[1-4]|(?:-\d{2}){0,2}(?:T\d{2})?)"
_KEY = re.compile(rf"({'|'.join(MEDIA)})/([^/@#]+)(?:/([^/@#]+))?/({_PERIOD})(?:@([\w-]+))?(?:#(\d{{1,9}}))?", re.ASCII)
_AIR_KINDS = ("day", "month", "quarter", "half", "year")


@dataclass(frozen=True)
class Key:
    """What is to be explained."""

    city: str
    station: str | None
    period: Period
    standard: str | None  # None = the one in force
    version: int | None  # None = the current one
    medium: Medium = "air"

    @property
    def scope(self) -> str:
        """Return what it is about, without the period."""
        return Scope(self.medium, self.city, self.station).text

    @property
    def text(self) -> str:
        """Return the key without standard and version."""
        return f"{self.scope}/{self.period.text}"


def parse_key(text: str) -> Key:
    """Read a key.

    Raises:
        UsageError: it is no such key.
    """
    match = _KEY.fullmatch(text)
    if match is None:
        mend = "write air/CITY[/STATION]/2016-03-05[@STANDARD][#VERSION], or water/... or discharge/..."
        raise UsageError(f"{text!r} is not a key", mend)
    prefix, city, station, period, standard, version = match.groups()
    key = Key(city, station, parse_period(period), standard, int(version) if version else None, MEDIA[prefix])
    if key.medium == "air" and key.period.kind not in _AIR_KINDS:
        raise UsageError(
            f"air is not judged by {key.period.kind}s", "ask for a day, a month, a quarter, a half or a year"
        )
    if key.medium != "air" and key.period.kind == "half":
        raise UsageError(f"{key.medium} is not judged by half-years", "ask for a month, a quarter or a year")
    if key.station is None and key.medium != "air" and key.period.kind in {"hour", "day"}:
        raise UsageError(f"cities have no rates by {key.period.kind}", "ask for a month, a quarter or a year")
    return key

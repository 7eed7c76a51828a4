"""What `oncall.toml` may say: who is called, when, by what, and how often. Unknown keys fail.

Times of day and days are those of China: +08:00 all year, as Asia/Shanghai has had it since 1992. Durations are
texts: "30 s", "5 min", "4 h", "7 d".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal

import msgspec

from alerting.rules.schema import Severity
from qualicity.network import Name

Days = Literal["all", "workdays", "weekends", "holidays", "free"]
"""workdays: with make-up days; holidays: days off of a public holiday; weekends: the others; free: both."""

Until = Literal["ack", "resolved"]


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who can be called."""

    id: str
    name: Name = Name()
    addresses: Mapping[str, str] = {}
    """Channel -> mail address; for bots the phone (dingtalk) or id (wecom, feishu) by which the chat calls them."""


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """People who are called together."""

    id: str
    people: tuple[str, ...]
    name: Name = Name()


class Layer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """People who take turns. A later layer of a rota wins over an earlier one where both have somebody."""

    people: tuple[str, ...]
    start: dt.date
    """The first turn begins with the first handover on or after this day."""
    handover: str = "mon 09:00"
    """Weekday and time; only the time where `length` is no whole number of weeks."""
    length: str = "7 d"
    """Of a turn, whole days."""
    end: dt.date | None = None
    """Last day."""
    hours: str = "00:00-24:00"
    """Of the day; "17:30-08:30" goes over midnight and belongs to the day on which it begins."""
    days: Days = "all"


class Override(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody takes a time over. Later ones win over earlier ones."""

    start: dt.datetime
    end: dt.datetime
    person: str
    instead_of: str = ""
    """Only where this person would be on duty; empty = whoever is, or nobody."""


class Rota(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is on duty when: one person or nobody at any instant."""

    id: str
    name: Name = Name()
    layers: tuple[Layer, ...] = ()
    overrides: tuple[Override, ...] = ()


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is told when nobody has taken the incident on."""

    targets: tuple[str, ...]
    """rota:ID, group:ID, person:ID, chat:CHANNEL."""
    after: str = ""
    """Since the first step was due; empty = at once."""
    channels: tuple[str, ...] = ()
    """By which people are told; empty = all on which they have an address."""
    until: Until = "ack"
    """ack: left out when the incident is acknowledged by then; resolved: also then."""
    severities: tuple[Severity, ...] = ("P1", "P2", "P3")


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of an incident."""

    id: str
    fallback: str
    """Group that is told when a step finds nobody, and of notices that reached nobody."""
    steps: tuple[Step, ...] = ()
    group_by: Literal["city", "district"] = "city"
    group_wait: str = "30 s"
    """Before the first notice, so that alarms that come together are told together; and before the end is told."""
    group_interval: str = "5 min"
    """Between a notice and the next that tells of new alarms of the same incident."""
    widen: int = 3
    """Each further one of these waits so many times as long, at most `repeat`."""
    repeat: str = "4 h"
    """Nobody has acknowledged: it is told again."""
    at_once: tuple[Severity, ...] = ("P1",)
    """These do not wait for `group_wait`."""
    working_hours: tuple[Severity, ...] = ("P3",)
    """These are told in working hours only; what is over before is only listed."""
    listed: tuple[Severity, ...] = ("P4",)
    """These are told to nobody."""
    hours: str = "08:30-17:30"
    """Working hours, of working days."""
    tell_acknowledged: bool = True
    """Tell the others who heard of it that somebody has taken it on; not of what is told in working hours only."""


class Flood(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Protects people from too many notices: the rest comes in one digest."""

    limit: int = 5
    """Notices to one recipient on one channel in any `window`; of P1 so many beside those."""
    window: str = "10 min"
    urgent: str = "1 min"
    """A digest that holds P1 waits so long at the most."""


class Holiday(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days off in a row, and the weekend days that are worked for them."""

    name: Name
    first: dt.date
    last: dt.date
    worked: tuple[dt.date, ...] = ()


class HolidayYear(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The public holidays of one year, as the State Council's notice has them."""

    year: int
    source: str
    certainty: Literal["read", "cross-checked", "recalled"]
    holiday: tuple[Holiday, ...]


class HolidayFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of holidays.toml."""

    holidays: tuple[HolidayYear, ...]

"""What is known of an alarm beside its state, and the lines of its history."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from alerting.keys import AlarmId
from alerting.state import Alarm, Kind


class Context(msgspec.Struct, frozen=True, omit_defaults=True):
    """What people want to know of an alarm beside its state; filled by whoever judged the sample."""

    severity: str = "P3"
    city: str = ""
    district: str = ""
    station: str = ""
    department: str = ""  # that owes something: its alarms are one incident
    name: str = ""  # of what no network knows: a form, an indicator
    name_zh: str = ""
    holder: str = ""  # whose that is: the department
    holder_zh: str = ""
    parameter: str = ""
    unit: str = ""
    limit: float | None = None  # the trip point that counted
    clear: float | None = None
    law: str = ""  # standard in force when the limit is one of a law: GB3095-2026
    clause: str = ""
    certainty: str = ""
    share: str = (
        ""  # "200 %": the trip point is so much of the law's limit; empty = it is the limit itself, or no law's
    )
    statistic: str = ""  # reading, 1h, 8h, 24h, day, year
    coverage: str = ""  # "7 of 8 h"
    rule_version: str = ""
    evidence: str = ""  # key that `explain` takes
    detail: str = ""  # e.g. "gateway G1: 1480 of 1500 stations silent; first: bj-017 at 09:31"
    detail_zh: str = ""


class Transition(NamedTuple):
    """One line of the history. `id` is 0 until it is kept."""

    alarm: AlarmId
    occurrence: int
    kind: Kind
    at: int  # event time, ms UTC
    made: int  # when it was found, ms UTC
    who: str
    value: float | None
    context: Context
    id: int = 0


class Kept(NamedTuple):
    """An alarm as it is kept."""

    state: Alarm
    context: Context

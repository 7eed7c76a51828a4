"""One entry of a payload: what a sensor says before anything is checked against the network."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import msgspec

from collector.deadletter import Reject

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are no JSON, no UTF-8, nested too deep, or not of the shape asked for."""


class Entry(msgspec.Struct, gc=False):
    """What one reading says of itself, as sent. Absent fields are None or empty: the channel then decides."""

    index: int  # place in the payload, from 0
    name: str  # parameter (own JSON) or whole name (SenML); empty = the topic names it
    time: dt.datetime | int | float | None  # RFC 3339, or ms since 1970; naive = in the channel's zone
    value: float | None
    unit: str = ""
    period: int | None = None  # s
    device_flag: str = ""
    qualifier: str = ""  # "", "<" or ">"
    poc: int | None = None
    statistic: str = ""
    revision: int = 0
    detection_limit: float | None = None  # in the value's unit
    is_path: bool = False  # name holds the station too and must agree with the topic (SenML)


class Decoded(NamedTuple):
    """What one payload holds."""

    entries: list[Entry]
    rejects: list[Reject]

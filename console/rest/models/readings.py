"""Readings as the store holds them, and what contends among them."""

from __future__ import annotations

from typing import Literal

from console.rest.models.base import Row

Statistic = Literal["VALUE", "MEAN", "MIN", "MAX", "TOTAL"]


class Reading(Row):
    """A reading as it was received, and what is known of it."""

    seq: int  # its place in the log
    station: str
    parameter: str
    poc: int
    statistic: Statistic
    start: int  # ms UTC
    period: int  # s; 0 = instantaneous
    value: float | None  # as received
    unit: str  # as received
    qualifier: Literal["NONE", "BELOW", "ABOVE"]
    detection_limit: float | None
    device_flag: str
    flags: list[str]
    grade: Literal["raw", "recorrected", "audited"]
    revision: int
    result_time: int  # ms UTC; 0 = not stated
    received: int  # ms UTC
    source: str
    time: str  # start, at +08:00
    canonical: float | None
    canonical_unit: str | None
    valid: bool
    counts: bool  # no other revision stands in its place
    marks: list[str]  # ids of those that cover it


class Conflict(Row):
    """A cell of which readings say different things; the first one counts, by `decided`."""

    key: str  # STATION/PARAMETER/POC/STATISTIC/PERIOD/START
    city: str
    station: str
    parameter: str
    poc: int
    statistic: Statistic
    period: int
    start: int
    time: str
    decided: Literal["validity", "value"]
    readings: list[Reading]

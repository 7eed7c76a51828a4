"""Times as files write them: RFC 3339 with or without offset, `24:00`, ms since 1970; days of samples.

Each part of a text (date, clock, offset) repeats, so each is parsed once however many rows hold it.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collector.files.rows import each
from qualicity.errors import UsageError
from qualicity.model import Column
from qualicity.periods import DAY_MS, day_number, parse_offset

_TIME = (
    r"^(?P<date>\d{4}-\d{2}-\d{2})(?:[Tt ](?P<clock>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)"
    r"(?P<zone>[Zz]|[+-]\d{2}:?\d{2})?)?$"
)
_EPOCH = r"^\d{12,14}$"  # ms; ten digits would be seconds
_EARLIEST_MS = 10**11

FORMS = "write 2016-01-01T05:00:00+08:00, or ms since 1970"


class Times(NamedTuple):
    """Instants, or clock times of a zone still to be told."""

    ms: Column  # (n,) int64: UTC, or clock time where `local`; ms since 1970
    local: Column  # (n,) bool: no offset stated
    midnight: Column  # (n,) bool: written as 24:00, which only the end of a period can be
    day: Column  # (n,) bool: a day alone; its first instant
    known: Column  # (n,) bool: could be read


def parse_times(texts: pa.Array) -> Times:
    """Read texts as times; `known` is False where a text is none."""
    parts = pc.extract_regex(texts, _TIME)
    day, day_known = each(pc.struct_field(parts, "date"), _day, np.int64, 0)
    clock, clock_known = each(pc.struct_field(parts, "clock"), _clock, np.int64, 0)
    alone = day_known & pc.equal(pc.struct_field(parts, "clock"), "").fill_null(pa.scalar(False)).to_numpy(
        zero_copy_only=False
    )
    offset, offset_known = each(pc.struct_field(parts, "zone"), _offset, np.int64, 0)
    local = pc.equal(pc.struct_field(parts, "zone"), "").fill_null(pa.scalar(False)).to_numpy(zero_copy_only=False)
    written = alone | (day_known & clock_known & (offset_known | local))
    epoch = pc.match_substring_regex(texts, _EPOCH)
    counted = epoch.to_numpy(zero_copy_only=False)
    ms = np.where(written, day * DAY_MS + clock - offset, 0)
    ms[counted] = pc.cast(texts.filter(epoch), pa.int64()).to_numpy()
    return Times(ms, local & written, written & (clock == DAY_MS), alone, written | counted)


def typed_times(column: pa.Array) -> Times:
    """Read a column of timestamps (with or without zone) or of whole numbers (ms since 1970)."""
    null = column.is_null().to_numpy(zero_copy_only=False)
    local = np.full(len(column), pa.types.is_timestamp(column.type) and column.type.tz is None)
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("ms", column.type.tz), safe=False)
    ms = column.cast(pa.int64(), safe=False).fill_null(0).to_numpy()
    known = ~null if pa.types.is_timestamp(column.type) else ~null & (ms >= _EARLIEST_MS)
    return Times(ms, local & known, np.zeros(len(column), bool), np.zeros(len(column), bool), known)


def _day(text: str) -> int | None:
    try:
        return day_number(dt.date.fromisoformat(text))
    except ValueError:
        return None


def _clock(text: str) -> int | None:
    """Return the ms of a clock time since midnight; 24:00 is the end of the day."""
    if not text:
        return None
    hour, minute, second = (*text.split(":"), "0")[:3]
    whole, _, fraction = second.partition(".")
    ms = ((int(hour) * 60 + int(minute)) * 60 + int(whole)) * 1000 + int(fraction.ljust(3, "0")[:3])
    if int(minute) > 59 or int(whole) > 59 or ms > DAY_MS:
        return None
    return ms


def _offset(text: str) -> int | None:
    """Return the ms that clocks at a stated offset are ahead of UTC."""
    if not text:
        return None
    written = "Z" if text in "Zz" else f"{text[:3]}:{text[-2:]}"
    try:
        return offset_ms(parse_offset(written))
    except UsageError:
        return None


def offset_ms(zone: dt.timezone) -> int:
    """Return the ms that clocks of a zone are ahead of UTC."""
    return int(zone.utcoffset(None).total_seconds()) * 1000

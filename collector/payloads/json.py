"""Our own JSON: one object, an array of objects, or one object with the values of several parameters.

    {"t": "2026-11-22T09:00:00+08:00", "v": 35.2, "u": "ug/m3", "p": 3600, "f": "N"}
    {"t": 1795309200000, "values": {"pm25": 35.2, "o3": 61}, "u": {"pm25": "ug/m3"}}

Keys: t time, v value, u unit, p period in s, f device flag, q qualifier, dl detection limit, poc, statistic, revision,
values. "Not detected" is q "<" with dl, and no v.
Any other key is the sensor's own and is not read (docs/decisions/payloads.md).
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from typing import cast

import msgspec

from collector.deadletter import Reason, Reject
from collector.payloads.entry import UNREADABLE, Decoded, Entry


class Wire(msgspec.Struct, gc=False):
    """The object as it stands in JSON."""

    t: dt.datetime | int | float | None = None
    v: float | None = None
    u: str | dict[str, str] | None = None
    p: int | float | None = None
    f: str | None = None
    q: str | None = None
    dl: float | None = None
    poc: int | None = None
    statistic: str | None = None
    revision: int | None = None
    values: dict[str, float | None] | None = None


read = msgspec.json.Decoder(Wire | list[Wire]).decode
"""Returns the object or objects of a payload as they stand; raises `UNREADABLE`."""

_WRONG_FIELD = re.compile(
    r"Expected `[^`]*`, got `(?:str|bool|null|object|array)` - at `\$\.(\w+)`|Invalid RFC3339 .* - at `\$\.(t)`"
)
"""What msgspec says of one object, a field of which is of another type: there is nothing more to find out."""

_ONLY_PYTHON_READS = (b"NaN", b"Infinity", b"\\u")
"""What is in every payload that is no JSON to msgspec and some to Python's reader (test_fuzz_payloads.py)."""

_read_raw = msgspec.json.Decoder(msgspec.Raw).decode

_REASON_BY_KEY = {
    "t": Reason.NO_TIME,
    "v": Reason.NO_VALUE,
    "u": Reason.WRONG_UNIT,
    **dict.fromkeys(("p", "f", "q", "dl", "poc", "statistic", "revision"), Reason.BAD_FIELD),
}


def decode(payload: bytes) -> Decoded:
    """Return the entries of a payload of ours, and the rejects."""
    try:
        wire = read(payload)
    except UNREADABLE as error:
        detail = _first_line(str(error))
        malformed = _malformed(payload) if isinstance(error, msgspec.ValidationError) else detail
        if malformed and not any(spelled in payload for spelled in _ONLY_PYTHON_READS):
            return Decoded([], [Reject(None, Reason.UNDECODABLE, malformed)])
        wrong = None if malformed else _WRONG_FIELD.fullmatch(detail)
        if wrong:
            return Decoded([], [Reject(0, _REASON_BY_KEY.get(wrong[1] or wrong[2], Reason.UNDECODABLE), detail)])
        return _decode_leniently(payload, detail)
    decoded = Decoded([], [])
    if type(wire) is Wire:
        _expand(0, wire, decoded)
        return decoded
    for index, item in enumerate(cast("list[Wire]", wire)):
        _expand(index, item, decoded)
    return _not_empty(decoded)


def _expand(index: int, wire: Wire, decoded: Decoded) -> None:
    """Add the entries of one object: one, or one a parameter."""
    if wire.values is None:
        if type(wire.u) is dict:
            decoded.rejects.append(Reject(index, Reason.UNDECODABLE, "u is an object, but there are no values"))
            return
        decoded.entries.append(_entry(index, "", wire.v, cast("str", wire.u or ""), wire))
        return
    if wire.v is not None:
        decoded.rejects.append(Reject(index, Reason.UNDECODABLE, "both v and values are given"))
        return
    if not wire.values:
        decoded.rejects.append(Reject(index, Reason.NO_VALUE, "values is empty"))
    for name, value in wire.values.items():
        unit = wire.u.get(name, "") if isinstance(wire.u, dict) else wire.u or ""
        decoded.entries.append(_entry(index, name, value, unit, wire))


def _entry(index: int, name: str, value: float | None, unit: str, wire: Wire) -> Entry:
    period = wire.p
    if type(period) is float:
        period = int(period) if period.is_integer() else -1  # refused as out of bounds
    return Entry(
        index, name, wire.t, value, unit, cast("int | None", period), wire.f or "", wire.q or "",
        wire.poc, wire.statistic or "", wire.revision or 0, wire.dl,
    )  # fmt: skip


def _not_empty(decoded: Decoded) -> Decoded:
    if not decoded.entries and not decoded.rejects:
        decoded.rejects.append(Reject(None, Reason.UNDECODABLE, "the payload is an empty array"))
    return decoded


def _decode_leniently(payload: bytes, error: str) -> Decoded:
    """Find out what exactly is wrong, and keep the good objects of an array.

    The slow way, for payloads that failed. Python's reader takes NaN and Infinity, which are no JSON but what
    many loggers send: so they get a reason of their own.
    """
    decoded = Decoded([], [])
    try:
        content = json.loads(payload.decode("utf-8"))
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        decoded.rejects.append(Reject(None, Reason.UNDECODABLE, error))
        return decoded
    if isinstance(content, list):
        for index, item in enumerate(content):
            _convert(index, item, decoded)
        return _not_empty(decoded)
    _convert(0, content, decoded)
    return decoded


def _malformed(payload: bytes) -> str:
    """Return why a payload is no JSON, or an empty text; what reads objects stops at a field of another type."""
    try:
        _read_raw(payload)
    except UNREADABLE as error:
        return _first_line(str(error))
    return ""


def _convert(index: int, item: object, decoded: Decoded) -> None:
    """Add the entries of one object that Python's reader has read."""
    given = item if isinstance(item, dict) else {}
    values = given.get("values")
    bad: list[str] = []
    if isinstance(values, dict):
        bad = [name for name, value in values.items() if not _is_number(value)]
        item = {**given, "values": {name: value for name, value in values.items() if name not in bad}}
    try:
        wire = msgspec.convert(item, Wire)
    except msgspec.ValidationError as error:
        detail = _first_line(str(error))
        key = detail.rpartition("`$.")[2].rstrip("`")
        too_great = key == "v" and type(given["v"]) is int
        reason = Reason.NON_FINITE if too_great else _REASON_BY_KEY.get(key, Reason.UNDECODABLE)
        decoded.rejects.append(Reject(index, reason, detail))
        return
    except UnicodeEncodeError:
        decoded.rejects.append(Reject(index, Reason.UNDECODABLE, "a key is no Unicode"))
        return
    decoded.rejects.extend(Reject(index, Reason.NO_VALUE, f"{name[:32]!r} is no number") for name in bad)
    if wire.values or not bad:
        _expand(index, wire, decoded)


def _is_number(value: object) -> bool:
    """Return whether a value of `values` is a number or null (an absent value, reported as such later)."""
    if isinstance(value, bool):
        return False
    return value is None or isinstance(value, float) or (isinstance(value, int) and abs(value) <= sys.float_info.max)


def _first_line(text: str) -> str:
    return text.splitlines()[0]

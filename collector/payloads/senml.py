"""SenML packs in JSON (RFC 8428): resolution of base fields, and which records can become readings."""

from __future__ import annotations

import math
import re
from decimal import Decimal

import msgspec

from collector.deadletter import Reason, Reject
from collector.payloads.entry import UNREADABLE, Decoded, Entry

_VERSION = 10  # RFC 8428 4.1: the version that this text defines
_RELATIVE_BELOW = 2**28  # s; RFC 8428 4.5.3: smaller times are relative to now
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-:./_]*")  # RFC 8428 4.5.1


class Record(msgspec.Struct, gc=False, omit_defaults=True):
    """One SenML record: base and regular fields of RFC 8428 section 4.

    After resolution the base fields are absent, `n` is the whole name, and `t` is absolute.
    """

    bn: str = ""
    bt: float = 0
    bu: str = ""
    bv: float | None = None
    bs: float | None = None
    bver: int = _VERSION
    n: str = ""
    u: str = ""
    t: float = 0
    ut: float | None = None
    v: float | None = None
    vs: str | None = None
    vb: bool | None = None
    vd: str | None = None
    s: float | None = None
    l: str | None = None  # noqa: E741 - RFC 8428 writes it so: links, kept as they are


class Resolved(msgspec.Struct, gc=False):
    """A resolved record with its place in the pack."""

    index: int
    record: Record
    relative: bool  # its time was counted from now


class _Head(msgspec.Struct, gc=False):
    bn: object = None
    n: object = None


_decode_heads = msgspec.json.Decoder(_Head | list[_Head]).decode
_decode_records = msgspec.json.Decoder(Record | list[Record]).decode


def may_be_pack(payload: bytes) -> bool:
    """Return whether a payload may be SenML: a quick look, true for every pack."""
    return b'"n"' in payload or b'"bn"' in payload


def decode(payload: bytes) -> Decoded | None:
    """Return the entries and rejects of a SenML pack; None when the payload is no pack.

    A single object with a name counts as a pack of one record: its name must not go unread.
    """
    try:
        heads = _decode_heads(payload)
    except UNREADABLE:
        return None
    first = (heads[:1] if isinstance(heads, list) else [heads]) or [_Head()]
    if first[0].bn is None and first[0].n is None:
        return None
    decoded = Decoded([], [])
    try:
        pack = read_pack(payload)
        records = resolve(pack, now=0.0)
    except (*UNREADABLE, ValueError) as error:
        decoded.rejects.append(Reject(None, Reason.UNDECODABLE, f"SenML: {error}"))
        return decoded
    for resolved in records:
        entry = _entry(resolved)
        (decoded.rejects if isinstance(entry, Reject) else decoded.entries).append(entry)  # type: ignore[arg-type]
    if not records:
        decoded.rejects.append(Reject(None, Reason.NO_VALUE, "SenML: the pack has base fields only"))
    return decoded


def read_pack(payload: bytes) -> list[Record]:
    """Return the records of a pack as they stand.

    Raises:
        msgspec.DecodeError: not a SenML pack.
        ValueError: a field that must be understood is not.
    """
    if b'_"' in payload:
        _refuse_must_understand(payload)
    pack = _decode_records(payload)
    return pack if isinstance(pack, list) else [pack]


def _refuse_must_understand(payload: bytes) -> None:
    """RFC 8428 4.4: a label that ends with "_" and is not understood makes the whole pack unreadable."""
    content = msgspec.json.decode(payload)
    for record in content if isinstance(content, list) else [content]:
        for label in record:
            if label.endswith("_"):
                raise ValueError(f"field {label!r} must be understood, and is not")


def resolve(pack: list[Record], *, now: float) -> list[Resolved]:
    """Return the records with their base fields applied (RFC 8428 4.6).

    Args:
        pack: the records in order.
        now: s since 1970, from which relative times count.

    Raises:
        ValueError: a newer version, two versions in one pack, or a name that is none.
    """
    name, unit, time, value, total = "", "", 0.0, None, None
    version: int | None = None
    resolved: list[Resolved] = []
    for index, record in enumerate(pack):
        if record.bver > _VERSION or (version is not None and record.bver not in {version, _VERSION}):
            raise ValueError(f"record {index}: version {record.bver} is not understood")
        if record.bver != _VERSION:
            version = record.bver
        name = record.bn or name
        unit = record.bu or unit
        time = record.bt or time
        value = record.bv if record.bv is not None else value
        total = record.bs if record.bs is not None else total
        if not (record.n or record.u or record.t) and not _has_value(record):
            continue  # base fields only
        whole = name + record.n
        if not _NAME.fullmatch(whole):
            raise ValueError(f"record {index}: {whole[:64]!r} is no SenML name")
        seconds = _add(time, record.t)
        relative = seconds < _RELATIVE_BELOW
        resolved.append(
            Resolved(
                index,
                Record(
                    n=whole,
                    u=record.u or ("" if record.v is None and record.s is None else unit),
                    t=_add(now, seconds) if relative else seconds,
                    ut=record.ut,
                    v=_sum(value, record.v),
                    vs=record.vs,
                    vb=record.vb,
                    vd=record.vd,
                    s=_sum(total, record.s),
                    l=record.l,
                ),
                relative,
            )
        )
    return resolved


def _has_value(record: Record) -> bool:
    return any(field is not None for field in (record.v, record.vs, record.vb, record.vd, record.s))


def _add(one: float, other: float) -> float:
    """Return a sum as people would write it: the base's decimals are exact, not float noise."""
    if not one or not other:
        return one or other
    return float(Decimal(repr(one)) + Decimal(repr(other)))


def _sum(base: float | None, own: float | None) -> float | None:
    return own if base is None or own is None else _add(base, own)


def _entry(resolved: Resolved) -> Entry | Reject:
    """Return what a resolved record says as a reading, or why it can be none."""
    record = resolved.record
    if record.v is None:
        held = next((what for what, field in _KINDS if getattr(record, field) is not None), "nothing")
        return Reject(resolved.index, Reason.NO_VALUE, f"{record.n!r} holds {held}, not a value")
    if resolved.relative:
        return Reject(resolved.index, Reason.NO_TIME, f"{record.n!r}: time relative to the arrival, which may be late")
    time = record.t * 1000
    return Entry(
        resolved.index, record.n, round(time) if math.isfinite(time) else time, record.v, record.u, is_path=True
    )


_KINDS = (("a text", "vs"), ("a truth value", "vb"), ("data", "vd"), ("a sum", "s"))

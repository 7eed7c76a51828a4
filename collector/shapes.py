"""How payloads are shaped that say nothing unusual, and decoders that refuse any other.

A shape reads the payloads of many messages at once. What it takes means exactly what the thorough way
(`collector.normalise`) makes of it; what it refuses may be anything, good or bad. Every payload is decoded by
itself: joined ones could fuse into a reading that nobody sent.
"""

from __future__ import annotations

import datetime as dt
import enum
import itertools
import struct
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple, Protocol, cast

import msgspec
import numpy as np

from collector.payloads.entry import UNREADABLE
from collector.payloads.json import Wire
from qualicity.model import Column

NO_TIME = np.iinfo(np.int64).min
"""Stands for a time that is none."""

EARLIEST_MS = 100_000_000_000
"""Whole numbers below are no ms since 1970 (this is March 1973): they are seconds, sent by mistake."""

_LATEST_MS = 2**62
_LONGEST_TIME = 40  # characters: each text is remembered
_MOST_TIMES = 50_000  # texts remembered; most sensors of a site send the same ones
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND = dt.timedelta(milliseconds=1)

Key = tuple[Hashable, ...]
Known = Mapping[Key, tuple[int, ...]]
"""By lane and what a message says beside times and values: the forms of its readings, in order."""


class Clock(enum.Enum):
    """How times are written."""

    NUMBER = "ms since 1970"
    AWARE = "text with an offset"
    NAIVE = "text without one: in the channel's zone"


class Gathered(NamedTuple):
    """Readings of many messages as columns."""

    place: Column  # (n,) of the message that holds it
    time: Column  # (n,) ms UTC as sent, or NO_TIME; as if UTC where the text has no offset
    value: Column  # (n,)
    form: Column  # (n,)
    refused: Sequence[int]  # places of messages of which nothing is here


class Shape(Protocol):
    """One way to write readings."""

    @property
    def naive(self) -> bool:
        """Return whether its times are still to be moved by the zone of the channel."""
        ...

    def takes(self, payload: bytes) -> bool:
        """Return whether a payload is of this shape."""
        ...

    def gather(self, place: Column, lane: Column, form: Column, payloads: Sequence[bytes]) -> Gathered:
        """Read payloads.

        Args:
            place: (m,) of each message.
            lane: (m,) of its topic.
            form: (m,) what the last message of that topic said.
            payloads: (m,)
        """
        ...


class _Texts(dict[str, int]):
    """Times as text -> ms since 1970; what is no such text is NO_TIME."""

    def __init__(self, *, naive: bool) -> None:
        super().__init__()
        self._naive = naive

    def __missing__(self, text: str) -> int:
        if len(self) >= _MOST_TIMES:
            self.clear()
        self[text] = time = self._read(text)
        return time

    def _read(self, text: str) -> int:
        try:
            time = msgspec.convert(text, dt.datetime)
        except msgspec.ValidationError:
            return NO_TIME
        if (time.tzinfo is None) != self._naive:
            return NO_TIME
        return ((time.replace(tzinfo=dt.UTC) if self._naive else time) - _EPOCH) // _MILLISECOND


_FIELD: Mapping[Clock, object] = {
    Clock.NUMBER: Annotated[int, msgspec.Meta(ge=EARLIEST_MS, le=_LATEST_MS)],
    Clock.AWARE: Annotated[str, msgspec.Meta(max_length=_LONGEST_TIME)],
    Clock.NAIVE: Annotated[str, msgspec.Meta(max_length=_LONGEST_TIME)],
}
_TEXTS = {Clock.AWARE: _Texts(naive=False), Clock.NAIVE: _Texts(naive=True)}
_UNSAID = cast("list[tuple[str, type | None, None]]", [(name, None, None) for name in ("q", "dl", "revision")])
_NO_PACK = [("n", None, None), ("bn", None, None)]  # names make a payload SenML
_SAID: list[tuple[str, Any, None]] = [
    ("u", str | None, None),
    ("p", int | float | None, None),
    ("f", str | None, None),
    ("poc", int | None, None),
    ("statistic", str | None, None),
]


def said(wire: Wire) -> Key:
    """Return what an object says beside time, value and unit."""
    return wire.p, wire.f, wire.poc, wire.statistic


def units_key(unit: str | dict[str, str] | None) -> Hashable:
    """Return what stands for the units of an object with `values`."""
    return tuple(unit.items()) if type(unit) is dict else cast("str | None", unit)


def _milliseconds(times: list[Any], clock: Clock) -> Column:
    if clock is Clock.NUMBER:
        return np.fromiter(times, np.int64, len(times))
    return np.fromiter(map(_TEXTS[clock].__getitem__, times), np.int64, len(times))


def _floats(values: list[float]) -> Column:
    return np.frombuffer(struct.pack(f"{len(values)}d", *values))  # NumPy's own ways take twice as long


def _decode_each(decode: Callable[[bytes], Any], payloads: Sequence[bytes]) -> tuple[list[Any], list[int]]:
    """Return what payloads hold, and the places of those that are refused.

    `extend` keeps what came before an error, and `map` goes on behind it: so one bad payload costs no more than
    itself.
    """
    taken: list[Any] = []
    refused: list[int] = []
    rest = map(decode, payloads)
    while True:
        try:
            taken.extend(rest)
        except UNREADABLE:
            refused.append(len(taken) + len(refused))
        else:
            return taken, refused


def _without(refused: list[int], *columns: Column) -> Iterable[Column]:
    if not refused:
        return columns
    keep = np.ones(len(columns[0]), bool)
    keep[refused] = False
    return (column[keep] for column in columns)


class _Decoding:
    """A shape with a decoder of its own.

    Args:
        record: what the decoder takes.
        clock: how times are written.
    """

    def __init__(self, record: Any, clock: Clock) -> None:
        self.naive = clock is Clock.NAIVE
        self._clock = clock
        self._decode = msgspec.json.Decoder(record).decode

    def takes(self, payload: bytes) -> bool:
        """Return whether a payload is of this shape."""
        return not _decode_each(self._decode, [payload])[1]


class Same(_Decoding):
    """One reading a payload, and all that it says beside time and value is what was said before.

    Args:
        clock: how times are written.
        wire: a message that says it.
        others: whether objects have keys of the sensor's own; without any, decoding is faster.
    """

    def __init__(self, clock: Clock, wire: Wire, *, others: bool) -> None:
        fields: list[Any] = [("t", _FIELD[clock]), ("v", float)]
        for name, _, _ in _SAID:
            exactly = getattr(wire, name)
            if exactly is not None:
                fields.append((name, cast("Any", Literal)[exactly]))
            elif name in {"u", "p", "f"} or others:
                fields.append((name, None, None))
        if others:
            fields += [*_UNSAID, *_NO_PACK, ("values", None, None)]
        record = msgspec.defstruct("Same", fields, gc=False, kw_only=True, forbid_unknown_fields=not others)
        super().__init__(record, clock)

    def gather(self, place: Column, lane: Column, form: Column, payloads: Sequence[bytes]) -> Gathered:
        """Read payloads."""
        del lane
        taken, refused = _decode_each(self._decode, payloads)
        here, form = _without(refused, place, form)
        time = _milliseconds([one.t for one in taken], self._clock)
        value = _floats([one.v for one in taken])
        return Gathered(here, time, value, form, place[refused].tolist() if refused else ())


def _loose(clock: Clock) -> type[msgspec.Struct]:
    fields: list[Any] = [("t", _FIELD[clock]), ("v", float), *_SAID, *_UNSAID, *_NO_PACK, ("values", None, None)]
    return msgspec.defstruct("Loose", fields, gc=False)


class _Knowing(_Decoding):
    """A shape of objects that say one of several known things.

    Args:
        record: what one object is taken as.
        clock: how times are written.
        known: what was said before.
        arrays: a payload is an array of such objects.
    """

    def __init__(self, record: type[msgspec.Struct], clock: Clock, known: Known, *, arrays: bool) -> None:
        super().__init__(list[record] if arrays else record, clock)  # type: ignore[valid-type]
        self._known = known
        self._arrays = arrays

    def _open(
        self, place: Column, lane: Column, payloads: Sequence[bytes]
    ) -> tuple[list[Any], Column, Column, list[int]]:
        """Return the objects (k,) in payloads, place and lane of each, and the places of payloads without any."""
        taken, refused = _decode_each(self._decode, payloads)
        here, lane = _without(refused, place, lane)
        gone = place[refused].tolist()
        if not self._arrays:
            return taken, here, lane, gone
        counts = np.fromiter(map(len, taken), np.int64, len(taken))
        objects = list(itertools.chain.from_iterable(taken))
        return objects, np.repeat(here, counts), np.repeat(lane, counts), gone + here[counts == 0].tolist()


class Several(_Knowing):
    """Readings that say one of several known things: of sensors that alternate, and in arrays.

    Args:
        clock: how times are written.
        known: what was said before.
        arrays: a payload is an array of readings.
    """

    def __init__(self, clock: Clock, known: Known, *, arrays: bool) -> None:
        super().__init__(_loose(clock), clock, known, arrays=arrays)

    def gather(self, place: Column, lane: Column, form: Column, payloads: Sequence[bytes]) -> Gathered:
        """Read payloads."""
        taken, here, lane, gone = self._open(place, lane, payloads)
        find = self._known.get
        found = [
            find((at, one.p, one.f, one.poc, one.statistic, one.u), _UNKNOWN)[0]
            for at, one in zip(lane.tolist(), taken, strict=True)
        ]
        time = _milliseconds([one.t for one in taken], self._clock)
        value = _floats([one.v for one in taken])
        form = np.fromiter(found, np.int64, len(found))
        return _without_unknown(Gathered(here, time, value, form, gone))


_UNKNOWN = (-1,)


def _without_unknown(gathered: Gathered) -> Gathered:
    """Leave out the messages that hold a form not known."""
    if not len(gathered.form) or gathered.form.min() >= 0:
        return gathered
    unknown = np.unique(gathered.place[gathered.form < 0])
    keep = ~np.isin(gathered.place, unknown)
    place, time, value, form, _ = gathered
    return Gathered(place[keep], time[keep], value[keep], form[keep], [*gathered.refused, *unknown.tolist()])


class _Station(msgspec.Struct, gc=False):
    """What stands in an object with the values of several parameters, beside its time."""

    values: dict[str, float]
    u: str | dict[str, str] | None = None
    p: int | float | None = None
    f: str | None = None
    poc: int | None = None
    statistic: str | None = None
    v: None = None
    q: None = None
    dl: None = None
    revision: None = None
    n: None = None
    bn: None = None


class Values(_Knowing):
    """The values of several parameters under one time.

    Args:
        clock: how times are written.
        known: what was said before.
        arrays: a payload is an array of them.
    """

    def __init__(self, clock: Clock, known: Known, *, arrays: bool) -> None:
        time = [("t", cast("Any", _FIELD[clock]))]
        record = msgspec.defstruct("Values", time, bases=(_Station,), gc=False, kw_only=True)
        super().__init__(record, clock, known, arrays=arrays)

    def gather(self, place: Column, lane: Column, form: Column, payloads: Sequence[bytes]) -> Gathered:
        """Read payloads."""
        del form
        taken, here, lane, gone = self._open(place, lane, payloads)
        find = self._known.get
        found = [
            find((at, one.p, one.f, one.poc, one.statistic, units_key(one.u), tuple(one.values)), ())
            for at, one in zip(lane.tolist(), taken, strict=True)
        ]
        counts = np.fromiter(map(len, found), np.int64, len(found))
        unknown = np.unique(here[counts == 0])
        if len(unknown):  # an object that is not known takes the whole message with it
            keep = ~np.isin(here, unknown)
            here, counts = here[keep], counts[keep]
            taken, found = (list(itertools.compress(column, keep.tolist())) for column in (taken, found))
        flat = itertools.chain.from_iterable
        return Gathered(
            np.repeat(here, counts),
            np.repeat(_milliseconds([one.t for one in taken], self._clock), counts),
            np.fromiter(flat(one.values.values() for one in taken), np.float64, int(counts.sum())),
            np.fromiter(flat(found), np.int64, int(counts.sum())),
            [*gone, *unknown.tolist()],
        )


class Unlearned:
    """Nothing is known of a topic yet, or nothing that is quick."""

    naive = False

    def takes(self, payload: bytes) -> bool:
        """Return that no payload is."""
        del payload
        return False

    def gather(self, place: Column, lane: Column, form: Column, payloads: Sequence[bytes]) -> Gathered:
        """Refuse all."""
        del lane, payloads
        none = np.zeros(0, np.int64)
        return Gathered(place[:0], none, none.astype(np.float64), form[:0], place.tolist())

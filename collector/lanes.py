"""What topics have said so far: shapes to read the next message with, and forms that say what it means."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from itertools import islice
from operator import itemgetter

import numpy as np

from collector.channels import Rule
from collector.forms import Forms
from collector.normalise import Row
from collector.payloads import json, senml
from collector.payloads.entry import UNREADABLE
from collector.payloads.json import Wire
from collector.shapes import Clock, Key, Same, Several, Shape, Unlearned, Values, said, units_key
from qualicity.model import Column

UNLEARNED = 0
"""Place of the shape of lanes of which nothing is known."""

_MOST_LANES = 50_000  # somebody may invent topics
_MOST_BYTES = 2**24  # of topics
_MOST_SHAPES = 128
_MOST_LEARNED = 64  # things that one lane may say; whatever it says beyond goes the thorough way
_LONGEST = 16_384  # bytes of a payload whose names and units are remembered
_MOST_CHANGES = 4  # of a lane's shape or form, until it is taken for one that alternates


class Lanes:
    """A lane for each topic.

    Args:
        rules: of every channel that is declared.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.forms = Forms()
        self.shapes: list[Shape] = [Unlearned()]
        self.shape: Column = np.zeros((2, 0), np.int64)  # by lane: of its last message, and another before
        self.form: Column = np.zeros((2, 0), np.int64)  # what it said then, where its shape says nothing of that
        self._rules = {(rule.station, rule.parameter, rule.poc): rule for rule in rules}
        self._numbers: dict[bytes, int] = {}  # of lanes, by topic, as they come
        self._bytes = 0  # of topics
        self._known: dict[Key, tuple[int, ...]] = {}
        self._learned: Counter[int] = Counter()  # by lane: things that it says
        self._changes: Counter[int] = Counter()  # by lane
        self._places: dict[object, int] = {}  # of shapes, by what they take

    @property
    def full(self) -> bool:
        """Return whether there are so many topics that it is time to begin anew."""
        return len(self._numbers) > _MOST_LANES or self._bytes > _MOST_BYTES

    def of(self, topics: list[bytes]) -> Column:
        """Return the lane (m,) of each topic; there is one at least."""
        every = itemgetter(*topics, topics[0])  # the first once more, to get many in any case
        try:
            found = every(self._numbers)
        except KeyError:
            for topic in set(topics).difference(self._numbers):
                self._numbers[topic] = len(self._numbers)
                self._bytes += len(topic)
            more = ((0, 0), (0, len(self._numbers) - self.shape.shape[1]))
            self.shape, self.form = np.pad(self.shape, more), np.pad(self.form, more)
            found = every(self._numbers)
        return np.fromiter(found, np.int64, len(topics))

    def turn(self, lanes: Column) -> None:
        """Expect the next messages of some lanes to be as the last one that had their other shape."""
        for kept in (self.shape, self.form):
            kept[:, lanes] = kept[::-1, lanes]

    def learn(self, lane: int, payload: bytes, rows: list[Row]) -> None:
        """Take note of a good message, so that its like is quick from now on.

        Args:
            lane: of its topic.
            payload: as received.
            rows: what the thorough way made of it: all that it holds.
        """
        if self._learned[lane] >= _MOST_LEARNED or senml.may_be_pack(payload):
            return
        try:
            content = json.read(payload)
        except UNREADABLE:  # no JSON that is quickly read
            return
        wires = content if isinstance(content, list) else [content]
        clock = _clock(wires)
        if clock is None or any(
            wire.q is not None or wire.dl is not None or wire.revision is not None for wire in wires
        ):
            return
        if isinstance(content, list):
            self._learn_array(lane, clock, wires, rows, short=len(payload) <= _LONGEST)
        elif content.values is not None:
            if len(payload) <= _LONGEST and self._note(lane, _said_of_values(content), content, rows):
                self._set(lane, self._place(("values", clock), lambda: Values(clock, self._known, arrays=False)))
        elif self._note(lane, (*said(content), units_key(content.u)), content, rows):
            form = self._known[lane, *said(content), units_key(content.u)][0]
            self._set(lane, self._single(lane, clock, content, payload), form)

    def _learn_array(self, lane: int, clock: Clock, wires: list[Wire], rows: list[Row], *, short: bool) -> None:
        """Take note of an array of readings, or of objects with values."""
        if all(wire.values is None for wire in wires):
            if all(
                self._note(lane, (*said(wire), units_key(wire.u)), wire, [row])
                for wire, row in zip(wires, rows, strict=True)
            ):
                self._set(lane, self._place(("arrays", clock), lambda: Several(clock, self._known, arrays=True)))
        elif short and all(wire.values for wire in wires):
            rest = iter(rows)
            if all(
                self._note(lane, _said_of_values(wire), wire, list(islice(rest, len(wire.values or ()))))
                for wire in wires
            ):
                place = self._place(("arrays of values", clock), lambda: Values(clock, self._known, arrays=True))
                self._set(lane, place)

    def _note(self, lane: int, what: Key, wire: Wire, rows: list[Row]) -> bool:
        """Remember what an object means that says something; return whether it is known."""
        key = (lane, *what)
        if key in self._known:
            return True
        numbers = []
        for row in rows:
            rule = self._rules[row.station, row.parameter, row.poc]
            number = self.forms.number(row, rule, period_said=wire.p is not None)
            if number is None:
                return False
            numbers.append(number)
        if self._learned[lane] >= _MOST_LEARNED:
            return False
        self._learned[lane] += 1
        self._known[key] = tuple(numbers)
        return True

    def _single(self, lane: int, clock: Clock, wire: Wire, payload: bytes) -> int:
        """Return the place of the shape for payloads of one reading."""
        settled = self._changes[lane] < _MOST_CHANGES and len(self.shapes) < _MOST_SHAPES
        if settled and type(wire.p) is not float:
            for others in (False, True):
                key = ("same", clock, *said(wire), wire.u, others)
                place = self._place(key, partial(Same, clock, wire, others=others))
                if self.shapes[place].takes(payload):
                    return place
        return self._place(("several", clock), lambda: Several(clock, self._known, arrays=False))

    def _place(self, key: object, make: Callable[[], Shape]) -> int:
        """Return the place of a shape, made when it is new."""
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = len(self.shapes)
            self.shapes.append(make())
        return place

    def _set(self, lane: int, shape: int, form: int = 0) -> None:
        """Expect the next message of a lane to be as the last one."""
        shapes, forms = self.shape[:, lane], self.form[:, lane]
        if shapes[0] == shape and forms[0] == form:
            return
        self._changes[lane] += 1
        if shapes[0] != shape:
            shapes[1], forms[1] = shapes[0], forms[0]
        shapes[0], forms[0] = shape, form


def _said_of_values(wire: Wire) -> Key:
    """Return what an object with `values` says beside time and values."""
    return *said(wire), units_key(wire.u), tuple(wire.values or ())


def _clock(wires: list[Wire]) -> Clock | None:
    """Return how objects write their times; None when in several ways, or in one that is not quick."""
    found = {_clock_of(wire.t) for wire in wires}
    return found.pop() if len(found) == 1 else None


def _clock_of(time: dt.datetime | float | None) -> Clock | None:
    if isinstance(time, dt.datetime):
        return Clock.AWARE if time.tzinfo else Clock.NAIVE
    return Clock.NUMBER if type(time) is int else None

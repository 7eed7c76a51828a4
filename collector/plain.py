"""Messages that are plainly good become columns at once; every other goes the thorough way.

A topic has a lane. What the last message of a lane said beside time and value is the lane's shape and form: a
decoder that takes just that, and the row of a table that holds what it means. So nothing is looked at twice: what a
decoder takes is as the thorough way has found it before, and only times and values are left to be judged, for all
messages of a commit at once. The thorough way alone finds words for what is wrong; for any bytes both ways give
the same rows and the same dead letters (tests/collector/test_plain.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import NamedTuple, cast

import numpy as np
import structlog

from collector.lanes import UNLEARNED, Lanes
from collector.normalise import Normaliser, Row, columns_of
from collector.shapes import Gathered
from qualicity.model import COLUMNS, DEFAULTS, Column, DeadLetter, Grade

log = structlog.get_logger(__name__)

Columns = dict[str, Column | int]
"""Those of `qualicity.model.COLUMNS` that are not at their default; a number stands for a column of it."""


class Messages(NamedTuple):
    """What has come, in the order of arrival."""

    topics: list[bytes]  # (m,)
    payloads: list[bytes]  # (m,)
    received: Column | int  # (m,) ms UTC, or one for all


class Read(NamedTuple):
    """What became of messages, in their order."""

    columns: Columns
    rows: int
    letters: list[DeadLetter]
    others: int = 0  # messages that went the thorough way


class Plain:
    """Reads the messages of a commit.

    Args:
        normaliser: the thorough way.
    """

    def __init__(self, normaliser: Normaliser) -> None:
        self._normaliser = normaliser
        self._lanes = Lanes(normaliser.rules())

    def read(self, messages: Messages) -> Read:
        """Return the rows and dead letters of messages; never raises, whatever the bytes."""
        if not messages.topics:
            return Read({}, 0, [])
        try:
            return self._read(messages)
        except Exception:  # a fault of ours must not stop the queue
            log.exception("messages could not be read together; each goes the thorough way")
            self._lanes = Lanes(self._normaliser.rules())
            rows, _, letters = self._thoroughly(messages, range(len(messages.topics)))
            return Read(columns_of(rows), len(rows), letters, len(messages.topics))

    def _read(self, messages: Messages) -> Read:
        if self._lanes.full:
            self._lanes = Lanes(self._normaliser.rules())
        received = messages.received
        lanes = self._lanes.of(messages.topics)
        place, time, value, form, refused = self._gather(lanes, messages.payloads)
        arrived = received if isinstance(received, int) else received[place]
        start, flags, good = self._lanes.forms.judge(form, time, value, arrived)
        if good is not None:
            bad = np.unique(place[~good])
            refused = [*refused, *bad.tolist()]
            keep = ~np.isin(place, bad)
            place, start, value, form = (column[keep] for column in (place, start, value, form))
            flags, arrived = (column if isinstance(column, int) else column[keep] for column in (flags, arrived))
        columns = self._lanes.forms.coded(form)
        columns |= {"start": start, "value": value, "received": arrived, "flags": flags}
        columns |= {"source": self._normaliser.source, "grade": int(Grade.RAW)}
        if not refused:
            return Read(columns, len(place), [])
        others, at, letters = self._thoroughly(messages, sorted(refused), lanes)
        order = np.argsort(np.concatenate([place, at]), kind="stable") if others else place
        return Read(_joined(columns, len(place), others, order), len(order), letters, len(refused))

    def _gather(self, lanes: Column, payloads: list[bytes]) -> Gathered:
        """Return the readings of all messages that have a shape of their lane, in the order of arrival."""
        parts = self._take(0, np.arange(len(lanes)), lanes, payloads)
        if len(parts) == 1 and not parts[0].refused:
            return parts[0]
        refused = _refused(parts)
        again = np.array(refused, np.int64)
        again = again[self._lanes.shape[1][lanes[again]] != UNLEARNED]
        if len(again):
            others = self._take(1, again, lanes[again], _chosen(payloads, again))
            refused = [*set(refused).difference(again.tolist()), *_refused(others)]
            parts += others
            self._lanes.turn(np.unique(lanes[np.concatenate([part.place for part in others])]))
        place, time, value, form = (
            np.concatenate(columns) for columns in zip(*(part[:4] for part in parts), strict=True)
        )
        order = np.argsort(place, kind="stable")
        return Gathered(place[order], time[order], value[order], form[order], refused)

    def _take(self, which: int, place: Column, lanes: Column, payloads: Sequence[bytes]) -> list[Gathered]:
        """Return the readings of messages by the shape of their lane.

        Args:
            which: the last shape (0), or the other one (1).
            place: (k,) of the messages.
            lanes: (k,)
            payloads: (k,)
        """
        shapes, forms = self._lanes.shape[which][lanes], self._lanes.form[which][lanes]
        parts = []
        for number in np.flatnonzero(np.bincount(shapes)).tolist():
            shape = self._lanes.shapes[number]
            at = np.flatnonzero(shapes == number)
            if len(at) == len(lanes):
                part = shape.gather(place, lanes, forms, payloads)
            else:
                part = shape.gather(place[at], lanes[at], forms[at], _chosen(payloads, at))
            parts.append(part._replace(time=part.time - self._lanes.forms.zone[part.form]) if shape.naive else part)
        return parts

    def _thoroughly(
        self, messages: Messages, places: Iterable[int], lanes: Column | None = None
    ) -> tuple[list[Row], list[int], list[DeadLetter]]:
        """Return rows, the place of the message of each, and dead letters, of some messages.

        Args:
            messages: all.
            places: of those.
            lanes: (m,) that learn from them; None = none does.
        """
        topics, payloads, received = messages
        rows: list[Row] = []
        at: list[int] = []
        letters: list[DeadLetter] = []
        for place in places:
            topic, payload = topics[place].decode("utf-8", "replace"), payloads[place]
            arrived = received if isinstance(received, int) else int(received[place])
            accepted = self._normaliser.message(topic, payload, arrived)
            rows += accepted.rows
            at += [place] * len(accepted.rows)
            letters += accepted.letters
            if lanes is not None and accepted.rows and not accepted.letters:
                self._lanes.learn(int(lanes[place]), payload, accepted.rows)
        return rows, at, letters


def _chosen(payloads: Sequence[bytes], places: Column) -> Sequence[bytes]:
    every = itemgetter(*places.tolist(), places[0])  # the first once more, to get many in any case
    return cast("tuple[bytes, ...]", every(payloads))[:-1]


def _refused(parts: list[Gathered]) -> list[int]:
    return [place for part in parts for place in part.refused]


def _joined(columns: Columns, length: int, others: list[Row], order: Column) -> Columns:
    """Return columns with further rows, in an order."""
    joined: Columns = {}
    for name, theirs in columns_of(others).items():
        ours = columns.get(name, DEFAULTS.get(name, 0))
        if isinstance(theirs, int) and isinstance(ours, int) and ours == theirs:
            joined[name] = ours
            continue
        parts = [np.broadcast_to(np.asarray(ours), (length,)), np.broadcast_to(np.asarray(theirs), (len(others),))]
        joined[name] = np.concatenate(parts).astype(COLUMNS[name])[order]
    return joined if others else columns

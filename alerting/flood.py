"""Protects one recipient from too many notices: the rest is held and comes in one digest. Pure.

In any window a recipient gets at most `limit` notices, a digest among them. Once there are more, everything is held
until the digest is due; while the flood lasts, each digest waits twice as long as the last. P1 passes a gate of its own
with a shorter window for digests, so that it is never behind lesser trouble.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import msgspec

from alerting.oncall.duty import Flood

URGENT = "P1"
_MOST_DOUBLINGS = 3

T = TypeVar("T")


class Gate(msgspec.Struct, frozen=True):
    """What one recipient got lately. Times in ms UTC."""

    sent: tuple[int, ...] = ()  # in the last window
    level: int = 0  # digests of the present flood
    due: int = 0  # when the next digest is due; 0 = there is no flood


class Passed(NamedTuple):
    """What becomes of notices: how many of them go, whether the held ones go as a digest now, the gate afterwards."""

    single: int
    digest: bool
    gate: Gate


def admit(gate: Gate, count: int, flood: Flood, now: int, *, urgent: bool) -> Passed:
    """Return what becomes of new notices, the most important first; those that do not go alone are held."""
    recent = tuple(at for at in gate.sent if at > now - flood.window)
    if gate.due:
        return Passed(0, digest=False, gate=gate)
    room = flood.limit - len(recent)
    if count <= room:
        return Passed(count, digest=False, gate=Gate((*recent, *[now] * count)))
    if room < 1:
        due = min(recent[0] + flood.window, now + _pace(flood, urgent=urgent))
        return Passed(0, digest=False, gate=Gate(recent, 0, due))
    return Passed(room - 1, digest=True, gate=Gate((*recent, *[now] * room), 1, now + _pace(flood, urgent=urgent)))


def release(gate: Gate, held: Sequence[T], flood: Flood, now: int, *, urgent: bool) -> Gate:
    """Return a gate whose digest is due: the flood is over when no more is held than could have gone alone."""
    recent = tuple(at for at in gate.sent if at > now - flood.window)
    after = (*recent, now) if held else recent
    if len(held) <= flood.limit:
        return Gate(after)
    return Gate(after, gate.level + 1, now + (_pace(flood, urgent=urgent) << min(gate.level, _MOST_DOUBLINGS)))


def _pace(flood: Flood, *, urgent: bool) -> int:
    return flood.urgent if urgent else flood.window

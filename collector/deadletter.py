"""Why input could not become a reading: a bounded set of reasons, so that they can be counted."""

from __future__ import annotations

import enum
from typing import NamedTuple


class Reason(enum.StrEnum):
    """Why input is a dead letter."""

    UNDECODABLE = "undecodable"  # not JSON, not UTF-8, another shape than any payload we know
    NO_TIME = "no time"  # none stated, not readable, or only relative to the arrival
    FUTURE = "in the future"  # later than the clocks of sensors may run ahead
    NO_VALUE = "no value"  # null, a text or a truth value where a number belongs
    NON_FINITE = "non-finite"  # NaN or infinity
    WRONG_UNIT = "wrong unit"  # unknown, or of another dimension than the parameter
    UNKNOWN_CHANNEL = "unknown channel"  # nothing in the network file stands for it
    NAME_DISAGREES = "name disagrees with topic"  # a source may speak only for its own station
    BAD_FIELD = "bad field"  # a period, poc, revision, qualifier or flag outside its bounds
    BAD_CHECKSUM = "bad checksum"  # HJ 212: the frame is not what was sent, or its logger computes another CRC
    UNKNOWN_LOGGER = "unknown logger"  # HJ 212: nothing in the network file has this MN
    NOT_ALLOWED = "not allowed"  # HJ 212: from this address, with this password, of this system
    FAULT = "fault in the collector"  # ours to mend; the message is kept


class Refused(Exception):  # noqa: N818 - an outcome word; it never leaves the normaliser
    """Something cannot become a reading."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Reject(NamedTuple):
    """One entry of a payload that could not become a reading."""

    entry: int | None  # place in the payload, from 0; None = the whole payload
    reason: Reason
    detail: str  # one line for people


_SHOWN = 5


def summarise(rejects: list[Reject]) -> dict[Reason, str]:
    """Return one line a reason: the first entry's detail, and which other entries share the reason.

    One dead letter a reason keeps the whole payload; one an entry would let a single message of a thousand
    bad entries fill the disk with a thousand copies of itself.
    """
    if len(rejects) == 1:  # mostly
        return {rejects[0].reason: storable(_line(rejects))}
    by_reason: dict[Reason, list[Reject]] = {}
    for reject in rejects:
        by_reason.setdefault(reject.reason, []).append(reject)
    return {reason: storable(_line(same)) for reason, same in by_reason.items()}


def storable(text: str) -> str:
    """Return a text without lone surrogates, which JSON can spell and UTF-8 cannot."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def _line(same: list[Reject]) -> str:
    first = same[0]
    if first.entry is None:
        return first.detail
    line = f"entry {first.entry}: {first.detail}"
    if len(same) > 1:
        others = ", ".join(str(reject.entry) for reject in same[1 : 1 + _SHOWN])
        more = f" and {len(same) - 1 - _SHOWN} more" if len(same) > 1 + _SHOWN else ""
        line += f"; so are entries {others}{more}"
    return line

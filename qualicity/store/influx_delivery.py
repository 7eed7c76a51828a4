"""Bring every line to the database, or say why a line cannot be: bisecting, halving, backing off, never dropping."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from qualicity.errors import Permanent, Retryable
from qualicity.store.influx_answers import Answer, Outcome
from qualicity.store.line_protocol import Lines

MOST_LINES = 20_000
"""More in one request only costs the server memory."""

_FEW_LINES = 100
_COMMENT = b"# is anything taken?\n"
_POISONED_AFTER = 4
_NEIGHBOURS = 8
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0

Send = Callable[[bytes], Answer]


class Rejected(NamedTuple):
    """A line that the database will never take."""

    line: str
    reason: str
    detail: str


@dataclass
class Sender:
    """What is remembered between requests: how much fits into one, and how ill the database is.

    Attributes:
        send: sends lines in one request.
        lines: the most lines of a request.
        pause: s to wait after the last failure; what the server asked for, else doubling from 0.5 to 30 s.
        sent: lines that were stored.
        requests: that were made.
    """

    send: Send
    lines: int = 10_000
    pause: float = 0.0
    sent: int = 0
    requests: int = 0
    _fits: int = field(init=False)
    _failing: bool = field(init=False, default=False)  # since the last block that was taken
    _server_errors: int = field(init=False, default=0)
    _asked_for_a_comment: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self._fits = self.lines = min(self.lines, MOST_LINES)

    def deliver(self, block: Lines) -> list[Rejected]:
        """Send all lines; return those that were rejected, each tried by itself.

        Sending a line twice does no harm, so after an error all of the block can be delivered again.

        Raises:
            Retryable: the database is ill or busy; try again after `pause`.
            Permanent: it takes nothing at all, whatever the lines are.
        """
        rejected: list[Rejected] = []
        self._asked_for_a_comment = False
        at = 0
        while at < len(block):
            upto = min(at + self._fits, len(block))
            if self._taken(block, at, upto, rejected):
                most = min(self.lines, _FEW_LINES) if self._failing else self.lines  # few, until it is clear what fails
                self._fits = max(self._fits, min(most, self._fits + self._fits // 8 + 1))
                at = upto
        self.pause = 0.0
        self._failing = False
        self._server_errors = 0
        return rejected

    def _taken(self, block: Lines, first: int, last: int, rejected: list[Rejected]) -> bool:
        """Deliver the lines [first, last); return False when they must be sent again in smaller parts."""
        answer = self._sent(block.part(first, last))
        if answer.outcome is Outcome.STORED:
            self.sent += last - first
            return True
        if answer.outcome is Outcome.SPLIT:
            self._bisect(block, first, last, answer, rejected)
            return True
        if answer.outcome is Outcome.HALVE or self._may_be_poison(answer, last - first):
            if last - first > 1:
                self._fits = (last - first) // 2
                return False
            if answer.outcome is Outcome.HALVE:
                rejected.append(_rejection(block, first, answer))
                return True
            if self._takes_a_neighbour(block, first):
                self._last_chance(block, first, rejected)
                return True
        raise self._failure(answer, last - first)

    def _last_chance(self, block: Lines, at: int, rejected: list[Rejected]) -> None:
        """Send a line once more after the server has stored its neighbour: it may have been ill until just now."""
        answer = self._sent(block.part(at, at + 1))
        if answer.outcome is Outcome.STORED:
            self.sent += 1
        elif answer.outcome is Outcome.SPLIT or answer.reason == "server error":
            rejected.append(_rejection(block, at, answer))
        else:
            raise self._failure(answer, 1)

    def _bisect(self, block: Lines, first: int, last: int, answer: Answer, rejected: list[Rejected]) -> None:
        """Find the bad lines of [first, last), of which some are; the others are stored on the way."""
        if not self._asked_for_a_comment:
            self._must_take_a_comment(answer)
        if last - first == 1:
            rejected.append(_rejection(block, first, answer))
            return
        middle = (first + last) // 2
        for low, high in ((first, middle), (middle, last)):
            half = self._sent(block.part(low, high))
            if half.outcome is Outcome.STORED:
                self.sent += high - low
            elif half.outcome is Outcome.SPLIT:
                self._bisect(block, low, high, half, rejected)
            else:
                raise self._failure(half, high - low)

    def _must_take_a_comment(self, refusal: Answer) -> None:
        """Tell bad lines from settings that make every request bad: a comment alone must be taken.

        Raises:
            Permanent: it is not.
        """
        answer = self._sent(_COMMENT)
        if answer.outcome is Outcome.LATER:
            raise self._failure(answer, 1)
        if answer.outcome is not Outcome.STORED:
            raise Permanent(f"InfluxDB takes nothing: {refusal.detail}", "see influx.org and influx.bucket")
        self._asked_for_a_comment = True

    def _may_be_poison(self, answer: Answer, lines: int) -> bool:
        """Return whether it may be these few lines, and not its health, that makes the server fail again and again."""
        if answer.reason != "server error" or lines > _FEW_LINES:
            return False
        self._server_errors += 1
        return self._server_errors >= _POISONED_AFTER

    def _takes_a_neighbour(self, block: Lines, at: int) -> bool:
        """Return whether the server stores a line beside the one it fails at; a full disk, say, takes comments only."""
        near = (at + step * side for step in range(1, _NEIGHBOURS + 1) for side in (1, -1))
        parts = (block.part(one, one + 1) for one in near if 0 <= one < len(block))
        return any(self._sent(part).outcome is Outcome.STORED for part in parts)

    def _sent(self, lines: bytes) -> Answer:
        self.requests += 1
        return self.send(lines)

    def _failure(self, answer: Answer, lines: int) -> Exception:
        """Return the error to raise for an answer that decides nothing about the lines."""
        words = answer.detail or answer.reason
        if answer.outcome is Outcome.REFUSED:
            self.pause = _LONGEST_PAUSE
            return Permanent(
                f"InfluxDB refuses ({answer.reason}): {words}",
                "`qualicity doctor` says what is missing; nothing is lost, it goes on from here",
            )
        self._failing = True
        if lines > _FEW_LINES:
            self._fits = max(_FEW_LINES, lines // 2)  # it may be the size that it cannot bear
        self.pause = answer.wait or min(max(self.pause * 2, _FIRST_PAUSE), _LONGEST_PAUSE)
        return Retryable(f"InfluxDB ({answer.reason}): {words}", f"tried again in {self.pause:g} s")


def _rejection(block: Lines, at: int, answer: Answer) -> Rejected:
    return Rejected(block.part(at, at + 1).decode().rstrip("\n"), answer.reason, answer.detail)

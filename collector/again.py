"""Dead letters once more: treated by today's network; what is taken becomes readings in the commit that takes it away.

People ask for it (`qualicity.store.letter_requests`); whoever appends carries it out, a piece at a time, so that no
message waits long.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

from collector.deadletter import Reason
from collector.hj212.decode import SOURCE as HJ212
from collector.hj212.taker import Taker
from collector.normalise import FUTURE_MS, SOURCE, Normaliser, Row
from collector.writer import table
from qualicity.clock import Clock
from qualicity.errors import Retryable
from qualicity.model import Batch, DeadLetter, Position, Registry
from qualicity.outage import Outage
from qualicity.store.letter_requests import Chosen, LetterRequests, Progress, Request, Still

TOLD = 100
"""Letters that are still dead of which a request says why."""

OF_A_FILE = "of a file"
"""Reason of a letter that is not tried again: the file is mended and imported once more."""

STILL_AHEAD = "not of our clock"
"""Reason of a letter that is left where only those are asked for that came while our clock was behind."""

_LETTERS, _BYTES = 1_000, 1 << 20
"""Letters, and bytes of their payloads, of one piece."""


class Store(Protocol):
    """What holds letters and takes readings."""

    @property
    def registry(self) -> Registry:
        """Return the texts that codes refer to."""
        ...

    def dead_letters(
        self, *, station: str | None = None, reason: str | None = None, after: int = 0
    ) -> Iterator[tuple[int, DeadLetter]]:
        """Yield the kept dead letters with their ids, oldest first."""
        ...

    def mend(self, batch: Batch, ids: list[int]) -> Position:
        """Keep a batch and take away, in the same commit, the dead letters that it makes good."""
        ...


@dataclass
class Outcome:
    """What became of letters."""

    rows: list[Row] = field(default_factory=list)
    taken: list[int] = field(default_factory=list)
    still: list[Still] = field(default_factory=list)
    tried: int = 0
    reached: int = 0  # id of the last one
    more: bool = False  # there are others behind it


class Again:
    """Treats dead letters again.

    Args:
        store: open as the writer.
        normaliser: what messages mean.
        taker: what frames of HJ 212 mean.
        clock: what time it is.
    """

    def __init__(self, store: Store, normaliser: Normaliser, taker: Taker, clock: Clock) -> None:
        self._store = store
        self._normaliser = normaliser
        self._taker = taker
        self._clock = clock
        self._outage = Outage(__name__, "dead letters wait to be treated again", "dead letters are treated again")

    def look(self, requests: LetterRequests) -> None:
        """Carry out a piece of the oldest request, where there is one; what cannot be now is tried at the next look."""
        try:
            request = requests.waiting()
            if request is not None:
                self.piece(requests, request)
                self._outage.end()
        except Retryable as error:
            self._outage.begin(cause=error.cause, mend=error.mend)

    def piece(self, requests: LetterRequests, request: Request) -> Request:
        """Carry out the next piece of a request; return it as it is then.

        Raises:
            Retryable: nothing can be appended just now; nothing of the piece is done.
        """
        outcome, before = self._try(request), request.progress
        if outcome.taken:
            self._store.mend(Batch(table(self._store.registry, outcome.rows)), outcome.taken)
        progress = Progress(
            reached=outcome.reached,
            tried=before.tried + outcome.tried,
            taken=before.taken + len(outcome.taken),
            readings=before.readings + len(outcome.rows),
            still=(*before.still, *outcome.still)[:TOLD],
        )
        done = None if outcome.more else self._clock.now()
        requests.advance(request.id, progress, done)
        return request._replace(progress=progress, done=done)

    def _try(self, request: Request) -> Outcome:
        outcome, size = Outcome(reached=request.progress.reached), 0
        for number, letter in self._store.dead_letters(
            reason=request.chosen.reason or None, after=request.progress.reached
        ):
            if number > request.last:
                break
            if outcome.tried >= _LETTERS or size >= _BYTES:
                outcome.more = True
                break
            outcome.reached = number
            if fits(request.chosen, number, letter):
                size += len(letter.payload)
                self._one(number, letter, request.chosen.clock_behind, outcome)
        return outcome

    def _one(self, number: int, letter: DeadLetter, behind: int, outcome: Outcome) -> None:
        outcome.tried += 1
        if behind:
            later = _arrived_later(letter, behind, self._clock.now())
            if later is None:
                outcome.still.append(Still(number, STILL_AHEAD, ""))
                return
            letter = later
        if letter.source == SOURCE:
            accepted = self._normaliser.message(letter.place, letter.payload, letter.received)
        elif letter.source == HJ212:
            accepted = self._taker.again(letter)
        else:
            outcome.still.append(Still(number, OF_A_FILE, letter.source))
            return
        if accepted.letters:
            outcome.still += [Still(number, str(one.reason), one.detail) for one in accepted.letters[:1]]
        else:
            outcome.rows += accepted.rows
            outcome.taken.append(number)


def fits(chosen: Chosen, number: int, letter: DeadLetter) -> bool:
    """Return whether a letter is one of those that are to be treated again."""
    return (
        (chosen.ids is None or number in chosen.ids)
        and number not in chosen.skip
        and chosen.reason in {"", letter.reason}
        and (chosen.stations is None or letter.station in chosen.stations)
    )


def _arrived_later(letter: DeadLetter, behind: int, now: int) -> DeadLetter | None:
    """Return a letter of a reading in the future as a clock that was not `behind` (ms) would have dated it.

    A letter that would then be still to come did not come meanwhile.
    """
    received = letter.received + behind
    if letter.reason != Reason.FUTURE or received > now + FUTURE_MS:
        return None
    return replace(letter, received=received)

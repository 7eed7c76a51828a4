"""What is missing of each logger, and when it is asked for it (2061 hours, 2051 minute data).

Missing is an interval between the first that is known, however old, and the last that could have come by itself. An
interval is asked for a bounded number of times: what a logger does not have stays missing. Pure: times are arguments.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from collector.hj212.limits import Bucket
from collector.hj212.requests import Outcome
from qualicity.network import Logger
from qualicity.periods import DAY_MS, HOUR_MS, SECOND_MS
from qualicity.settings import Hj212Settings

HOURS, MINUTES = "2061", "2051"

_REFUSED_MS = DAY_MS
"""A logger that refuses to tell is not asked for a day."""

_AGAIN_MS = HOUR_MS
"""What was asked for in vain may have been computed meanwhile: it is asked for again after so long."""


class Piece(NamedTuple):
    """What is asked for at once: whole intervals in [begin, end), ms UTC."""

    mn: str
    cn: str
    begin: int
    end: int


class Asked(NamedTuple):
    """A piece that was asked for."""

    piece: Piece
    at: int  # ms UTC
    outcome: str


@dataclass
class _Series:
    """The intervals of one logger and kind, by number since 1970."""

    step: int  # ms
    depth: int  # ms
    known: set[int]
    tries: dict[int, tuple[int, int]]  # how often it was asked for, and when last, ms UTC
    quiet_until: int = 0  # ms UTC
    older: bool = False  # intervals are known from before the depth

    def prune(self, now: int) -> int:
        """Forget what is too old to be asked for; return the number of the oldest that is not."""
        oldest = (now - self.depth) // self.step + 1
        if self.known and min(self.known) < oldest:
            self.older = True
            self.known = {number for number in self.known if number >= oldest}
            self.tries = {number: tried for number, tried in self.tries.items() if number >= oldest}
        return oldest

    def may_ask(self, number: int, most: int, now: int) -> bool:
        """Return whether an interval is missing and was not asked for too often, or just now."""
        if number in self.known:
            return False
        count, last = self.tries.get(number, (0, now - _AGAIN_MS))
        return count < most and now - last >= _AGAIN_MS


class History:
    """What has come and what was asked, of all loggers.

    Args:
        settings: how far back, how much at once, how often.
        loggers: by MN; those without `history` are never asked.
        now: s that never go back.
    """

    def __init__(self, settings: Hj212Settings, loggers: Mapping[str, Logger], now: float) -> None:
        self._ready = False  # whether it is known what came before this run; until then nothing is asked for
        self._settings = settings
        self._rate = Bucket(settings.history_per_minute / 60, 1.0, now)
        self._settle = int(settings.history_settle * SECOND_MS)
        self._series: dict[tuple[str, str], _Series] = {}
        for logger in loggers.values():
            if not (settings.history and logger.history):
                continue
            self._series[logger.mn, HOURS] = _Series(HOUR_MS, settings.history_hours * HOUR_MS, set(), {})
            if logger.minute_interval:
                step, depth = logger.minute_interval * 60 * SECOND_MS, settings.history_minute_hours * HOUR_MS
                self._series[logger.mn, MINUTES] = _Series(step, depth, set(), {})

    @property
    def steps(self) -> Mapping[tuple[str, str], int]:
        """Length of the intervals, ms, of each logger (MN) and kind (CN) that is looked after."""
        return {key: series.step for key, series in self._series.items()}

    @property
    def depth(self) -> int:
        """How far back anything is asked for, ms."""
        return max((series.depth for series in self._series.values()), default=0)

    def came(self, mn: str, cn: str, starts: Iterable[int]) -> None:
        """Note intervals that are in the store, by their starts (ms UTC)."""
        series = self._series.get((mn, cn))
        if series is not None:
            series.known.update(start // series.step for start in starts)

    def came_before(self, mn: str, cn: str) -> None:
        """Note that intervals are in the store from before what is asked for."""
        series = self._series.get((mn, cn))
        if series is not None:
            series.older = True

    def remember(self, asked: Iterable[Asked]) -> None:
        """Note what an earlier run has asked for."""
        for piece, at, outcome in asked:
            self._note(piece, at, outcome)

    def begin(self) -> None:
        """Ask from now on: what came before this run is known."""
        self._ready = True

    def next(self, mn: str, now: float, wall: int) -> Piece | None:
        """Return what to ask a logger for now; asking counts against the rate.

        Args:
            mn: the logger, which is connected and idle.
            now: s that never go back.
            wall: ms UTC.
        """
        if not self._ready or self._rate.wait(now):
            return None
        for cn in (HOURS, MINUTES):
            series = self._series.get((mn, cn))
            if series is None or wall < series.quiet_until:
                continue
            run = list(islice(self._first_run(series, wall), self._settings.history_piece))
            if run:
                self._rate.spend(1, now)
                return Piece(mn, cn, run[0] * series.step, (run[-1] + 1) * series.step)
        return None

    def finished(self, piece: Piece, outcome: Outcome, wall: int) -> Asked | None:
        """Note what became of a request; return what is worth remembering beyond this run.

        A logger that was silent or busy has said nothing of what it has: it is asked again.
        """
        if outcome in {Outcome.SILENT, Outcome.BUSY}:
            self._quiet(piece, wall + int(self._settings.busy * SECOND_MS))
            return None
        asked = Asked(piece, wall, outcome.value)
        self._note(*asked)
        return asked

    def _note(self, piece: Piece, at: int, outcome: str) -> None:
        series = self._series.get((piece.mn, piece.cn))
        if series is None:
            return
        if outcome == Outcome.REFUSED:
            self._quiet(piece, at + _REFUSED_MS)
        for number in range(piece.begin // series.step, piece.end // series.step):
            count, last = series.tries.get(number, (0, 0))
            series.tries[number] = (count + 1, max(last, at))

    def _quiet(self, piece: Piece, until: int) -> None:
        series = self._series.get((piece.mn, piece.cn))
        if series is not None:
            series.quiet_until = max(series.quiet_until, until)

    def _first_run(self, series: _Series, wall: int) -> Iterator[int]:
        """Yield the first missing intervals that follow one another."""
        oldest = series.prune(wall)
        begin = oldest - 1 if series.older else min(series.known, default=None)
        if begin is None:
            return  # it has never sent such data
        last = (wall - self._settle) // series.step - 1
        started = False
        for number in range(begin + 1, last + 1):
            if series.may_ask(number, self._settings.history_tries, wall):
                started = True
                yield number
            elif started:
                return

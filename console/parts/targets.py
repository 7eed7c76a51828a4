"""The judge of the indicators as a part of the service: it judges them anew when what they rest on has changed."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
import time
from collections.abc import Iterable
from typing import NamedTuple

import structlog

from console.parts.life import Life
from console.parts.waiting import LOOK_SECONDS, sole
from console.site import Site
from console.verdicts import SiteVerdicts, verdict_city
from qualicity.errors import QualicityError, UsageError
from qualicity.model import Position
from qualicity.outage import Outage
from qualicity.periods import day_of
from qualicity.scopes import parse_scope
from qualicity.store import locks
from qualicity.store.base import RECORDS
from qualicity.store.ledger import NAME as VERDICTS
from targets.computation import Scope
from targets.evaluation import evaluate, first_year
from targets.judging import Filed, code_version, keep
from targets.owing import write_filings
from targets.records.known import CITY_CODE
from targets.register import register

PAUSE_SECONDS = 5.0
"""Between two judgings, at least."""

SETTLE_SECONDS = 60.0
"""Judging waits for a second without anything new, such as the end of an import, but no longer than this."""

_REST = 9
"""A judging is followed by a rest of so many times its length: the part uses a tenth of a processor at most."""

log = structlog.get_logger(__name__)


class Basis(NamedTuple):
    """What the judgements of all indicators rest on; the register and the code change only with a restart."""

    epoch: str  # of the records
    filing: int  # the last one; 0 = none
    verdict: int  # number of the last version in the ledger of verdicts; 0 = none
    day: dt.date  # today

    @property
    def empty(self) -> bool:
        """Return whether nothing is on file: no indicator has anything to be judged from."""
        return not (self.filing or self.verdict)


def run(site: Site, stop: threading.Event) -> None:
    """Judge all indicators whenever something was filed or judged, or a day is over, until told to stop."""
    with (
        Life(site.data, "targets", site.clock) as life,
        sole(site, life, stop, locks.INDICATORS, "judges indicators") as ours,
        site.reader() as reader,
    ):
        if ours:
            _follow(_Judge(site, reader), life, stop)


def _follow(judge: _Judge, life: Life, stop: threading.Event) -> None:
    outage = Outage(__name__, "indicators cannot be judged", "indicators are judged again")
    ready, state, due = True, "", 0.0  # due: by time.monotonic
    while not stop.is_set():
        if time.monotonic() >= due:
            judge.used = 0.0
            try:
                ready, state = True, judge.look()
                outage.end()
            except QualicityError as error:
                ready, state = False, f"{error.cause} ({error.mend})"
                outage.begin(cause=error.cause, mend=error.mend)
            if judge.used or not ready:
                due = time.monotonic() + max(PAUSE_SECONDS, judge.used * _REST)
        life.turn(ready=ready, state=state, counters=judge.counters)
        stop.wait(LOOK_SECONDS)


class _Judge:
    """Judges the indicators of a site, and knows on what the last judging rested.

    Args:
        site: in whose ledger of indicators versions are kept.
        reader: the same site for reading: verdicts are the aggregator's to make.

    Attributes:
        used: s that the last judging took; 0 = nothing was due.
        counters: what is told of it (docs/operations.md).
    """

    def __init__(self, site: Site, reader: Site) -> None:
        self._site = site
        self._look = reader
        self._done: Basis | None = None
        self._seen: Basis | None = None  # by the last look
        self._since = 0.0  # when something was new, by time.monotonic
        self.used = 0.0
        self.counters: dict[str, float] = dict.fromkeys(("indicators_judged_total", "versions_written"), 0)

    def look(self) -> str:
        """Judge what is due; return how it stands, for people.

        Raises:
            QualicityError: records or verdicts cannot be read.
        """
        basis = self._basis()
        if basis.empty:
            return "idle: no records and no verdicts yet"
        try:
            city = verdict_city(self._site, None)
        except UsageError as error:  # nobody has said whose promise it is
            return f"idle: {error.cause}: `qualicity targets judge --city CITY` judges one"
        if basis != self._done and self._settled(basis):
            began = time.monotonic()
            with self._site.reader() as reader:  # opened anew: what was not there yet when we looked first, is
                self._judge(reader, basis, city)
            self.used = self.counters["judging_seconds"] = time.monotonic() - began
            self._done = basis
            self.counters["lag_filings"] = 0
        return "following" if basis == self._done else "waiting until nothing comes for a second"

    def _settled(self, basis: Basis) -> bool:
        """Return whether nothing has come since the last look, or something has come for too long."""
        seen, self._seen = self._seen, basis
        if seen in {None, self._done}:
            self._since = time.monotonic()
        return seen == basis or time.monotonic() - self._since > SETTLE_SECONDS

    def _basis(self) -> Basis:
        """Return what there is to judge from: asked once a second, and cheap."""
        epoch, filing, verdict = "", 0, 0
        if (self._look.data / RECORDS).is_file():
            epoch, filing = self._look.records.epoch, self._look.records.head
        if (self._look.data / VERDICTS).is_file():
            with contextlib.suppress(UsageError):  # it is being made, and holds nothing yet
                verdict = self._look.ledger.last_version()
        done = self._done.filing if self._done and self._done.epoch == epoch else 0
        self.counters |= {"filings_on_file": filing, "lag_filings": filing - done}
        return Basis(epoch, filing, verdict, day_of(self._site.clock.now()))

    def _judge(self, reader: Site, basis: Basis, city: str) -> None:
        """Judge all indicators of all years on file, and keep what differs."""
        records = reader.records
        years = years_on_file(_years(reader, basis, city), first_year(register().rows), basis.day.year)
        if basis.filing:
            write_filings(self._site.indicators, records, basis.day, code_version())
        if not years:
            return
        scope = Scope(city, CITY_CODE, years.start, years.stop - 1, basis.day)
        verdicts = SiteVerdicts(reader, city if basis.verdict else "", standing=True)
        found = list(evaluate(register().rows, records.counting(basis.filing), verdicts, scope))
        filings = [Filed(filing.number, filing.schema) for filing in records.filings()]
        changed = keep(self._site.indicators, found, Position(basis.epoch, basis.filing), code_version(), filings)
        self.counters["indicators_judged_total"] += len(found)
        self.counters["versions_written"] += len(changed)
        if changed:
            log.info("judged", versions=len(changed), filing=basis.filing, first=scope.first, last=scope.last)


def _years(reader: Site, basis: Basis, city: str) -> set[int]:
    """Return the years of which there is a record, or a verdict of the city."""
    found: set[int] = set()
    for name in reader.records.schemas(basis.filing):
        ends = reader.records.rows(name, ["period_end"], basis.filing)["period_end"]
        found.update(day.year for day in ends.unique().to_pylist() if day is not None)
    for scope, period, *_ in reader.ledger.judged() if basis.verdict else ():
        place = parse_scope(scope)
        if place is not None and place.city == city:
            found.add(int(period[:4]))
    return found


def years_on_file(found: Iterable[int], first: int, current: int) -> range:
    """Return the years to judge: from the first on file to the last, none before any path and none to come.

    A year between them of which nothing is on file is judged too: it says which records are missing.

    Args:
        found: years of which there is a record or a verdict.
        first: year in which the earliest path begins.
        current: year of today.
    """
    known = [year for year in found if first <= year <= current]
    return range(min(known), max(known) + 1) if known else range(0)

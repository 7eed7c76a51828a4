"""What must be true in the end, whatever has happened: compared reading by reading, point by point, day by day."""

from __future__ import annotations

import collections
import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from sensors import FIRST, Cell, Message, network

from aggregator.assess import Assessment
from aggregator.pipeline import Pipeline
from aggregator.revisions import current
from dashboards.projection.state import NAME as INFLUX_STATE
from dashboards.projection.state import State
from qualicity.clock import SystemClock
from qualicity.model import Batch, DeadLetter, Observations, Statistic
from qualicity.periods import LAW_ZONE
from qualicity.store.embedded import EmbeddedStore
from qualicity.store.ledger import Ledger
from qualicity.testing import MemoryStore

Figures = dict[str, Any]
_SHOWN = 3


def cells_of(messages: Iterable[Message]) -> dict[Cell, float]:
    """Return every reading that was sent, by its cell."""
    return {cell: value for message in messages for cell, value in message.cells}


class Kept:
    """What the data folder holds: effective readings, rows, dead letters."""

    def __init__(self, data: Path) -> None:
        with EmbeddedStore(data, writer=False, clock=SystemClock()) as store:
            tables = list(store.scan())
            self.letters: list[DeadLetter] = [letter for _, letter in store.dead_letters()]
            self.letter_counts = collections.Counter(
                {(one.station, one.reason): one.count - one.mended for one in store.dead_letter_counts()}
            )
        self.rows: collections.Counter[Cell] = collections.Counter()
        self.values: dict[Cell, float] = {}
        self.conflicts = self.duplicates = 0
        if tables:
            rows = Observations.concatenate(tables, tables[0].registry)
            self.rows.update(_cells(rows))
            counting = current(rows)
            self.conflicts, self.duplicates = counting.conflicts, counting.duplicates
            self.values = dict(zip(_cells(counting.rows), counting.rows["value"].tolist(), strict=True))


def _cells(rows: Observations) -> list[Cell]:
    names = rows.registry.texts()
    columns = (rows[name].tolist() for name in ("station", "parameter", "period", "start"))
    return [(names[station], names[item], period, start) for station, item, period, start in zip(*columns, strict=True)]


def compare_readings(kept: Kept, sent: Mapping[Cell, float]) -> tuple[Figures, list[str]]:
    """Return the counts, and what is wrong with the readings that are kept."""
    missing = sorted(sent.keys() - kept.values.keys())
    strange = sorted(kept.values.keys() - sent.keys())
    changed = [cell for cell in sent.keys() & kept.values.keys() if kept.values[cell] != sent[cell]]
    figures = {
        "readings_published": len(sent),
        "readings_lost": len(missing),
        "readings_counted_twice": len(kept.values) - len(set(kept.values)) + kept.conflicts,
        "rows": sum(kept.rows.values()),
        "recognised_duplicates": kept.duplicates,
    }
    wrong = [
        _listed("lost", missing),
        _listed("nobody has sent", strange),
        _listed("not the value that was sent", changed),
        f"{kept.conflicts} cells in conflict" * bool(kept.conflicts),
        "rows are neither readings nor duplicates"
        * (sum(kept.rows.values()) != len(kept.values) + kept.duplicates),
    ]  # fmt: skip
    return figures, [text for text in wrong if text]


def _listed(what: str, cells: list[Cell]) -> str:
    return f"{len(cells)} {what}: {cells[:_SHOWN]}" if cells else ""


def compare_database(found: Mapping[Cell, float], wanted: Mapping[Cell, float]) -> tuple[Figures, list[str]]:
    """Return the counts, and which points of readings are missing, too many or not what was sent."""
    missing, strange = sorted(wanted.keys() - found.keys()), sorted(found.keys() - wanted.keys())
    changed = [cell for cell in wanted.keys() & found.keys() if found[cell] != canonical(cell, wanted[cell])]
    figures = {"points": len(found), "points_missing": len(missing), "points_wrong": len(strange) + len(changed)}
    wrong = [
        _listed("not in the database", missing),
        _listed("in the database and never sent", strange),
        _listed("other in the database", changed),
    ]
    return figures, [text for text in wrong if text]


def canonical(cell: Cell, value: float) -> float:
    """Return a value as the database has it: ug/m3, but CO in mg/m3, which is what sensors send here."""
    del cell
    return value


def compare_verdicts(data: Path, scratch: Path, sent: Mapping[Cell, float]) -> tuple[Figures, list[str]]:
    """Return how many days and years were compared with those of an undisturbed run, and which differ.

    A row of a day holds its coverage: hours that were observed, of how many.
    """
    hours = {cell: value for cell, value in sent.items() if cell[2]}
    if not hours:
        return {"verdicts": 0}, []
    last = dt.datetime.fromtimestamp(max(cell[3] for cell in hours) / 1000, LAW_ZONE).date()
    store = MemoryStore()
    store.append(Batch(_hourly(store, hours)))
    scratch.mkdir(exist_ok=True)
    with Ledger(scratch / "undisturbed.db", SystemClock()) as ledger:
        wanted = _verdicts(store, ledger, last)
    with (
        EmbeddedStore(data, writer=False, clock=SystemClock()) as kept,
        Ledger(data / "ledger.db", SystemClock()) as ledger,
    ):
        found = _verdicts(kept, ledger, last)
    differ = [(one, other) for one, other in zip(wanted, found, strict=True) if one != other]
    what = [f"{len(differ)} verdicts differ from an undisturbed run: {differ[0]}"] if differ else []
    return {"verdicts": len(wanted), "verdicts_that_differ": len(differ)}, what


def _hourly(store: MemoryStore, hours: Mapping[Cell, float]) -> Observations:
    registry, code = store.registry, store.registry.code
    unit = {True: code("mg/m3"), False: code("ug/m3")}
    return Observations.build(
        registry,
        len(hours),
        station=np.array([code(cell[0]) for cell in hours], np.int32),
        parameter=np.array([code(cell[1]) for cell in hours], np.int32),
        period=3600,
        start=np.array([cell[3] for cell in hours], np.int64),
        value=np.array(list(hours.values())),
        unit=np.array([unit[cell[1] == "co"] for cell in hours], np.int32),
        statistic=Statistic.MEAN,
        source="mqtt",
        received=SystemClock().now(),
    )


def _verdicts(store: Any, ledger: Ledger, last: dt.date) -> list[dict[str, object]]:
    pipeline = Pipeline(store, ledger, network(), SystemClock())
    rows: list[dict[str, object]] = []
    for level in ("city", "station"):
        asked = Assessment(pipeline, city="c", level=level)
        rows += [*asked.days(FIRST, last), *asked.years(FIRST, last)]
    return [{name: value for name, value in row.items() if name != "version"} for row in rows]


def compare_letters(kept: Kept, bad: Iterable[Message], *, again: bool) -> tuple[Figures, list[str]]:
    """Return the counts, and what is wrong with the dead letters.

    Args:
        kept: what the store holds.
        bad: messages that had to become dead letters.
        again: whether the broker may have delivered some more than once.
    """
    wanted = collections.Counter(message.reason for message in bad)
    payloads = {(message.topic, message.payload) for message in bad}
    found: collections.Counter[str] = collections.Counter()
    for (_, reason), count in kept.letter_counts.items():
        found[reason] += count
    wrong = [
        f"{letter.reason} ({letter.detail}): {letter.payload[:80]!r} should not be a dead letter"
        for letter in kept.letters
        if (letter.place, letter.payload) not in payloads
    ][:_SHOWN]
    for reason in sorted(wanted.keys() | found.keys()):
        if found[reason] < wanted[reason] or (found[reason] > wanted[reason] and not again):
            wrong.append(f"{found[reason]} dead letters because of {reason!r}, of {wanted[reason]}")
    return {"dead_letters": dict(found)}, wrong


def rejected(data: Path) -> int:
    """Return how many lines the database would not take."""
    with State(data / INFLUX_STATE) as state:
        return state.rejected_count()

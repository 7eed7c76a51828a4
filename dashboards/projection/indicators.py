"""Judgements of indicators as points, and what the indicators of each area come to in a year."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from dashboards.schema import INDICATOR, INDICATOR_AREA, as_float
from qualicity.clock import Clock
from qualicity.errors import UsageError
from qualicity.periods import parse_period
from qualicity.store.ledger import Ledger, Version
from qualicity.store.line_protocol import Point, Value
from targets.evaluation import in_force
from targets.indicator import Indicator
from targets.keys import PREFIX, parse_target_key
from targets.model import Judgement, Status
from targets.rollup import NO_EXCEPTION, Judged, rank, rolled_up
from targets.rows import version_of
from targets.thresholds import thresholds

_MET: Mapping[str, int | None] = {"COMPLIES": 1, "EXCEEDS": 0, "NOT_ASSESSABLE": None}
_LISTED = 5
"""Failing records that a point names."""

Register = Mapping[str, Indicator]


class IndicatorLog:
    """What targets.db says of indicators, as points.

    Args:
        path: of the file; a site without one has judged no indicators.
        register: by id.
        clock: of the ledger, in which nothing is written here.
    """

    def __init__(self, path: Path, register: Register, clock: Clock) -> None:
        self._path = path
        self._register = register
        self._clock = clock
        self._ledger: Ledger | None = None

    @property
    def basis(self) -> str:
        """Return a digest of what the points say beside the ledger: areas, and which target is in force when."""
        known = [
            (name, row.area, row.judge[0], [(version.id, version.effective_from) for version in row.targets])
            for name, row in sorted(self._register.items())
        ]
        return hashlib.sha256(repr(known).encode()).hexdigest()[:16]

    def last(self) -> int:
        """Return the number of the last version; 0 = there is none."""
        ledger = self._opened()
        return ledger.last_version() if ledger else 0

    def after(self, number: int, last: int) -> list[Version]:
        """Return the judgements numbered (number, last]; what else the ledger keeps is left out."""
        ledger = self._opened()
        found = ledger.versions_after(number, last) if ledger else []
        return [version for version in found if version.key.startswith(PREFIX)]

    def points(self, changed: Iterable[Version]) -> Iterator[Point]:
        """Yield the points that versions make or change, as they are now, and those of the areas of their years."""
        touched = {(version.key, version.standard) for version in changed}
        years = {key.rpartition("/")[2] for key, _ in touched}
        standing = [version for version in self._standing() if version.period in years]
        for version in standing:
            if (version.key, version.standard) in touched:
                yield indicator_point(version, self._register)
        yield from area_points(standing, self._register)

    def everything(self) -> Iterator[Point]:
        """Yield all points: what must stand in the database."""
        yield from self.points(self._standing())

    def _standing(self) -> list[Version]:
        ledger = self._opened()
        return ledger.standing(PREFIX) if ledger else []

    def _opened(self) -> Ledger | None:
        if self._ledger is None and self._path.is_file():
            try:
                self._ledger = Ledger(self._path, self._clock, reader=True)
            except UsageError:  # it is being made, and holds nothing yet
                return None
        return self._ledger

    def close(self) -> None:
        """Close the file."""
        if self._ledger is not None:
            self._ledger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def tags_of(version: Version) -> dict[str, str]:
    """Return the tags by which a judgement's point is found, whatever its area was called."""
    key = parse_target_key(version.key)
    return {"indicator": key.indicator, "target": version.standard, "year": version.period}


def has_lost_figures(version: Version) -> bool:
    """Return whether a judgement lacks something that the one before it had, which would shine through."""
    return any(new is None for _, new in version.change.get("changed", {}).values())


def indicator_point(version: Version, register: Register) -> Point:
    """Return the point of a judgement.

    Args:
        version: as the ledger keeps it.
        register: by id.
    """
    row, tags = version.result, tags_of(version)
    status, known = Status(row["status"]), register.get(tags["indicator"])
    target, base = row["target"], row["base"] or {"value": None, "year": None}
    lower, upper = row["interval"] or (row["bounds"] if row["unknown"] else None) or (None, None)
    strict = status == Status.BREACHED or (known is not None and known.judge[0] in NO_EXCEPTION)
    fields: dict[str, Value | None] = {
        "status": status.value,
        "level": level(status),
        "met": _MET[row["met"]],
        "evidence": row["evidence"] or "",
        "reason": row["reasons"][0] if row["reasons"] else "",
        "unit": target["unit"],
        "op": target["op"] or "",
        "target_value": as_float(target["value"]),
        "target_year": target["year"],
        "lower": as_float(lower),
        "upper": as_float(upper),
        "base_value": as_float(base["value"]),
        "base_year": base["year"],
        **{
            name: as_float(row[name])
            for name in (
                "value", "numerator", "denominator", "unknown", "path", "progress", "projection", "gap", "needed",
            )
        },
        "strict": int(strict),
        "current": int(stands(version, register)),
        "provisional": int(row["provisional"]),
        "synthetic": int(row["synthetic"]),
        "missing": ", ".join(row["missing"]),
        "failing": ", ".join(row["failing"][:_LISTED]),
        "data_until": row["data_until"] or "",
        "age_days": row["age_days"],
        "version": version.version,
        "key": row["key"],
    }  # fmt: skip
    return Point(INDICATOR.name, {"area": row["area"], **tags}, fields, parse_period(version.period).start)


def area_points(standing: Sequence[Version], register: Register) -> Iterator[Point]:
    """Yield what the indicators of each area and year come to, by the versions of their targets in force.

    Args:
        standing: all current judgements of some years.
        register: by id.
    """
    grouped: dict[tuple[str, str], list[Version]] = defaultdict(list)
    for version in standing:
        if stands(version, register):
            grouped[version.result["area"], version.period].append(version)
    for (area, year), own in grouped.items():
        found = rolled_up([_judged(version, register) for version in own], thresholds())
        fields: dict[str, Value | None] = {
            **{status.value: found.counts.get(status, 0) for status in Status},
            "items": len(own),
            "headline": ", ".join(found.headline),
            "level": level(found.status or Status.NOT_ASSESSABLE),
            "provisional": sum(version.result["provisional"] for version in own),
            "synthetic": sum(version.result["synthetic"] for version in own),
        }
        yield Point(INDICATOR_AREA.name, {"area": area, "year": year}, fields, parse_period(year).start)


def stands(version: Version, register: Register) -> bool:
    """Return whether a judgement is by the version of the target that is in force at the end of its year."""
    indicator = register.get(tags_of(version)["indicator"])
    return indicator is not None and version_of(in_force(indicator, int(version.period))) == version.standard


def level(status: Status) -> int:
    """Return a status as a number: 1 the best to 9 the worst, 0 not known."""
    return 0 if status == Status.NOT_ASSESSABLE else rank(status) + 1


def _judged(version: Version, register: Register) -> Judged:
    """Return what a roll-up counts: the status alone, no figure."""
    indicator = register[tags_of(version)["indicator"]]
    year, status = int(version.period), Status(version.result["status"])
    return Judged(indicator, None, Judgement(indicator.id, year, version.standard, status, (), None))

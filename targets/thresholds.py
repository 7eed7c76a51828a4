"""Where the judge draws its lines: `thresholds.toml`, read strictly."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import cast

import msgspec

from qualicity.strict import Problems, convert_struct
from targets.indicator import Frequency
from targets.tables import MEND, toml_table

_FILE = "thresholds.toml"


class Progress(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Cuts of the progress ratio; each holds from its value on."""

    on_track: Decimal
    at_risk: Decimal
    off_track: Decimal
    keeps_its_step: Decimal  # from here on a failing projection takes no step away
    source: str


class Age(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many months old the newest figure may be, by the frequency of filing."""

    year: int
    half: int
    quarter: int
    month: int
    event: int
    source: str

    def months(self, frequency: Frequency) -> int:
        """Return the months of a frequency."""
        return {
            "year": self.year, "half": self.half, "quarter": self.quarter, "month": self.month, "event": self.event,
        }[frequency]  # fmt: skip


class Points(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many points of a series are needed, and how many a projection takes."""

    minimum: int
    trend: int
    projection: int


class Trend(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Change a year, in %, that words without a number ask for."""

    up: Decimal
    strongly: Decimal
    source: str


class Base(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When the way from base to target is too short for a ratio, or a rate too near its limit for growth."""

    near_target: Decimal  # points
    near_limit: Decimal  # %
    maintain: Decimal  # units of the published precision
    source: str


class Confidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Levels, as shares: one-sided of what evidence proves, two-sided of what is displayed; and how alike firms are."""

    evidence: Decimal
    display: Decimal
    correlation: Decimal


class Survey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Valid answers that a sector needs."""

    publish: int
    compare: int
    source: str


class Rollup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Share of an area that may be not assessable before its score is withheld."""

    suppress: Decimal
    source: str


class Level(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rung of the ladder of milestones."""

    level: int
    zh: str
    en: str


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rung that is expected by the end of a year."""

    year: int
    level: int


class Ladder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rungs of milestones, and which of them is expected when."""

    evaluation_months: int
    jump: int
    source: str
    level: tuple[Level, ...]
    expected: tuple[Expected, ...]

    def expected_in(self, year: int) -> int:
        """Return the level that is expected by the end of a year; 0 before the first."""
        return next((row.level for row in reversed(self.expected) if row.year <= year), 0)


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All lines that the judge draws."""

    progress: Progress
    age: Age
    points: Points
    trend: Trend
    base: Base
    confidence: Confidence
    survey: Survey
    rollup: Rollup
    ladder: Ladder


@cache
def thresholds() -> Thresholds:
    """Return the lines that ship.

    Raises:
        InputError: the table breaks its schema or contradicts itself.
    """
    return parse((files(__package__) / _FILE).read_text("utf-8"))


def parse(text: str) -> Thresholds:
    """Return the lines of a table.

    Raises:
        InputError: all that is wrong, each with its place.
    """
    problems = Problems()
    found = convert_struct(toml_table(text, _FILE), Thresholds, _FILE, problems)
    if found is not None:
        _contradictions(found, problems)
    problems.refuse(_FILE, MEND)
    return cast("Thresholds", found)  # None always comes with a problem


def _contradictions(found: Thresholds, problems: Problems) -> None:
    """Note what no judge could go by."""
    cuts = found.progress
    if not cuts.off_track < cuts.at_risk < cuts.on_track <= cuts.keeps_its_step:
        problems.add(f"{_FILE}: progress", "off_track < at_risk < on_track <= keeps_its_step does not hold")
    levels = [row.level for row in found.ladder.level]
    if levels != list(range(len(levels))):
        problems.add(f"{_FILE}: ladder.level", f"levels are 0, 1, 2, ... in order, not {levels}")
    for one, two in zip(found.ladder.expected, found.ladder.expected[1:], strict=False):
        if one.year >= two.year or one.level > two.level:
            problems.add(f"{_FILE}: ladder.expected", f"{two.year} does not go on from {one.year}")
    for row in found.ladder.expected:
        if row.level not in levels:
            problems.add(f"{_FILE}: ladder.expected", f"{row.year}: no level {row.level}")

"""What a law table of water may say: classes of water, limits of outlets, validity, rates. TOML under this schema.

As in `qualicity.standards.schema`: numbers are decimal texts as the law prints them, `certainty` says how a number
is known, `clause` where it stands; an unknown key or a word that the machinery does not apply fails the start.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal

from qualicity.network import WaterBody
from qualicity.standards.schema import Certainty, Standard, Title, _Table

Direction = Literal["at_most", "at_least", "range", "absent"]
"""`range`: both ends allowed, `bounds` are "6-9". `absent`: must not be detected; a detection is above every class."""

ANY = "any"
"""A bound of a class that takes every value that the better classes do not."""

ABSENT = "nd"
"""A bound of a class that asks for "not detectable"."""

UNREGULATED = "-"
"""A bound of a grade that has none."""


class ClassLimit(_Table, frozen=True):
    """The limits of one item for each class, or one limit for all (supplementary and specific items).

    An item with neither is measured and shown, and has no class.
    """

    parameter: str
    direction: Direction
    unit: str
    group: Literal["basic", "supplementary", "specific"]
    certainty: Certainty
    bounds: tuple[str, ...] | None = None  # one a class, best first
    limit: str | None = None  # of items without classes
    bodies: tuple[WaterBody, ...] = ()  # empty = all of the table
    digits: int | None = None  # of an assessed value (a day's and longer); None = compared as it is
    hour_digits: int | None = None  # of a displayed reading
    counts: bool = True  # decides the class
    multiple: bool = True  # a multiple of exceedance is computed
    mean: Literal["arithmetic", "hydrogen"] = "arithmetic"  # hydrogen: by the ions' activity, for pH
    preferred: bool = False  # of the specific items: of the monthly routine set
    clause: str | None = None
    note: str = ""


class ClassTable(_Table, frozen=True, tag_field="kind", tag="classes"):
    """A standard of classes of water. `classes` are the names, best first; worse than the last is `beyond`."""

    id: str
    title: Title
    in_force: dt.date
    source: str
    bodies: tuple[WaterBody, ...]
    classes: tuple[str, ...]
    beyond: str
    target: str  # the class that a drinking-water source needs, unless its station says otherwise
    assessment: str
    limit: tuple[ClassLimit, ...]
    digits_certainty: Certainty | None = None
    comparison: bool = False  # a pack for comparison abroad: never dispatched to by date
    until: dt.date | None = None
    issued: dt.date | None = None
    note: str = ""


class Word(_Table, frozen=True):
    """What a class, or a share of sections, is called."""

    id: str
    name: Title
    certainty: Certainty
    classes: tuple[str, ...] = ()
    share_at_least: str | None = None  # of sections of class I to III
    share_below: str | None = None
    worst_share_at_least: str | None = None  # of sections beyond the last class
    worst_share_below: str | None = None
    clause: str | None = None


class WaterAssessment(_Table, frozen=True, tag_field="kind", tag="water-assessment"):
    """How samples become a period's value and class."""

    id: str
    title: Title
    in_force: dt.date
    source: str
    rounding: Literal["half-even-significant"]  # half to even; what would become 0 keeps one significant digit
    rounding_certainty: Certainty
    not_detected: str  # share of the detection limit that stands for "not detected": "0.5"
    not_detected_certainty: Certainty
    automatic_first: tuple[str, ...]  # items of which automatic stations' data take precedence over samples
    automatic_share: str  # of the values that are due which a period needs of an automatic station
    automatic_certainty: Certainty
    manual_at_least: Mapping[str, int]  # kind of period -> samples that it needs, or all that are due where fewer are
    manual_certainty: Certainty
    share_method_from: int  # sections from which the share method is used; fewer: their mean
    share_method_certainty: Certainty
    section_word: tuple[Word, ...]  # by class
    basin_word: tuple[Word, ...]  # by shares
    trend_periods_at_least: int
    trend_critical: Mapping[str, str]  # number of periods -> critical Spearman coefficient; between two: the smaller's
    trend_certainty: Certainty
    until: dt.date | None = None
    issued: dt.date | None = None
    note: str = ""
    clause: str | None = None


class Removal(_Table, frozen=True):
    """What stands in the place of a concentration limit: so much removed of what comes in."""

    at_least: str  # share
    certainty: Certainty
    grades: tuple[str, ...] = ()  # of which it stands in the place of the limit; empty = of all
    influent_above: str | None = None  # only above this concentration, in the unit of the limit
    clause: str | None = None


class DischargeLimit(_Table, frozen=True):
    """The limits of one parameter of an outlet, one a grade."""

    parameter: str
    direction: Direction
    unit: str
    bounds: tuple[str, ...]  # one a grade of the table; of a range "6-9"
    certainty: Certainty
    period: Literal["each", "24h", "7d", "30d", "annual"] = "24h"
    statistic: Literal["mean", "geometric"] = "mean"
    scope: tuple[str, ...] = ()  # industries as outlets name them; empty = those that no other row of it names
    built_from: dt.date | None = None
    built_until: dt.date | None = None
    cold: bool | None = None  # True: only up to `cold_at_most`, False: only above; None = always
    workshop: bool = False  # first-class pollutants: measured where the workshop discharges
    digits: int | None = None
    removal: tuple[Removal, ...] = ()  # at most one a grade
    clause: str | None = None
    note: str = ""


class DischargeTable(_Table, frozen=True, tag_field="kind", tag="discharge"):
    """A standard of discharge limits."""

    id: str
    title: Title
    in_force: dt.date
    source: str
    grades: tuple[str, ...]
    validity: str
    limit: tuple[DischargeLimit, ...]
    cold_at_most: str | None = None  # water temperature, C
    cold_certainty: Certainty | None = None
    scopes: Mapping[str, Title] = {}  # what the industries are called
    comparison: bool = False
    until: dt.date | None = None
    issued: dt.date | None = None
    note: str = ""


class Substitute(_Table, frozen=True):
    """What stands for a value at or below zero that is judged real."""

    parameter: str
    value: str
    unit: str
    certainty: Certainty
    clause: str | None = None


class ValidityTable(_Table, frozen=True, tag_field="kind", tag="discharge-validity"):
    """When online data of an outlet are valid, and what stands for what is missing."""

    id: str
    title: Title
    in_force: dt.date
    source: str
    share_at_least: str  # of the values due, for a day; of the days, for a month and longer
    share_certainty: Certainty
    manual_at_least: int  # samples of a laboratory that make a day by themselves
    manual_certainty: Certainty
    load_days: int  # effective days before, of which the greatest load stands for a missing one
    load_certainty: Certainty
    zero_flow_invalid: bool  # concentrations while nothing flows do not count
    zero_flow_certainty: Certainty
    substitute: tuple[Substitute, ...]
    share_clause: str | None = None
    manual_clause: str | None = None
    load_clause: str | None = None
    zero_flow_clause: str | None = None
    until: dt.date | None = None
    issued: dt.date | None = None
    note: str = ""


class RateTable(_Table, frozen=True, tag_field="kind", tag="rate"):
    """What a rate of compliance is: of what, weighted how, and how much of it must be known."""

    id: str
    title: Title
    in_force: dt.date
    source: str
    of: Literal["sources", "outlets", "sewage"]
    weight: Literal["volume", "count"]  # which of the two decides
    known_at_least: str  # share of the denominator that must be judged for a verdict
    known_certainty: Certainty
    certainty: Certainty
    clause: str | None = None
    until: dt.date | None = None
    issued: dt.date | None = None
    note: str = ""


WaterStandard = ClassTable | WaterAssessment | DischargeTable | ValidityTable | RateTable

AnyStandard = Standard | WaterStandard

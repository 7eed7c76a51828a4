"""What an indicator is: one row of the register, as `targets/register/*.toml` declares it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import msgspec

from qualicity.network import Name

Area = Literal["organisation", "product", "service", "engineering", "environment", "brand", "standards", "management"]
"""Part of the register. The promise's four fields are product, service, engineering and environment."""

Kind = Literal[
    "rate_sampled", "rate_census", "day_share", "flow_count", "stock_count", "cumulative_count", "intensity",
    "zero_tolerance", "all_units", "directional", "milestone", "rank", "benchmark",
]  # fmt: skip

Judge = Literal["JS", "JC", "JM", "JF", "JK", "JU", "JI", "JZ", "JA", "JD", "JL", "JR", "JB", "JX"]
"""How an indicator is judged: what each code means stands in `words.toml`, how it is done in `targets/judge/`."""

Operator = Literal[">=", ">", "<=", "<", "=", "~"]
"""`>=` is the text's 以上 and 达到, `>` its 超过, `~` its 左右, `=` its 全部 and 零."""

Frequency = Literal["year", "half", "quarter", "month", "event"]

Certainty = Literal["quoted", "published", "inferred", "recalled"]
"""`quoted`: stands in the text of the promise; the others as in the sources' own words."""


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A published figure: the base from which a path starts, or a figure of a plan.

    Attributes:
        value: in the indicator's unit.
        year: that it is about.
        source: `text` = of the promise itself, `published` = a source is cited, `definition` = it follows from what
            is counted, `first_observation` is set by the judge where it is allowed to take the first year on file.
        cite: key of sources.toml where it stands.
        method: version of the method that it was made by; empty = the indicator's own.
        price_base: year of the prices of an intensity.
    """

    value: Decimal
    year: int
    source: Literal["text", "published", "definition", "first_observation"]
    cite: str = ""
    method: str = ""
    price_base: int | None = None


class Method(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way in which an indicator has been computed; figures of two ways are two series.

    Attributes:
        id: what `Point.method` says, such as `API`.
        name: what it is.
        since, until: first and last day on which it is the usual one; None = open, or not known.
    """

    id: str
    name: Name
    since: dt.date | None = None
    until: dt.date | None = None


class TargetVersion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version of a target; a later one supersedes it, and what was judged by the former stays.

    Attributes:
        id: `SZ-2010` for the promise itself; part of a judgement's key (`target/ID/2015@SZ-2010`).
        op: how a value is compared; None = the text states no number.
        value: in the indicator's unit.
        year: by whose end it is to be reached.
        effective_from: first day of its force.
        supersedes: id of the version that it replaces.
        base: where its path starts; None = the text states none.
        tolerance: of `~`, in the indicator's unit.
        method: of the indicator's methods, the one that it was set under; empty = any.
        price_base: year of the prices of an intensity; None = not stated, and `price_base_note` says so.
    """

    id: str
    authority: str
    document: str
    effective_from: dt.date
    certainty: Certainty
    op: Operator | None = None
    value: Decimal | None = None
    year: int = 2015
    supersedes: str | None = None
    base: Figure | None = None
    tolerance: Decimal = Decimal(0)
    method: str = ""
    price_base: int | None = None
    price_base_note: Name | None = None
    note: Name | None = None


class Indicator(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of the register.

    Attributes:
        text_zh: the promise's own words.
        definition: what is counted, in both languages; `numerator` and `denominator` likewise where it is a rate.
        unit: of values and targets: `%`, `tce/10^4 yuan`, `m3/10^4 yuan`, `1` for counts, `level` for ladders.
        decimals: of the published figure.
        direction: 1 = more is better, -1 = less.
        judge: codes, the leading one first.
        records: schemas that it is computed from; none = it is computed from verdicts or other indicators.
        frequency: of the filing.
        owners: departments (departments.toml), the leading one first.
        certainty: of the definition; the words are quoted, and each target says its own.
        trend: of words without a number: `up`, or `strongly` where the text says 大幅度, 显著 or 明显.
        start: first day of what accumulates.
        opening: what had accumulated before; None = not declared.
        minimum_coverage: share of what is due that must be on file.
        targets: versions, oldest first.
        limit: natural bound of values, such as 100 of a rate.
        first_observation: the first year on file may stand in for a base that the text does not state.
        methods: ways in which it is or was computed, where there are several.
        disaggregations: columns of the records by which it can be broken down.
        release_lag: how long after its period a figure has come out.
        quality: what a reader of the figure must know.
    """

    id: str
    area: Area
    name: Name
    text_zh: str
    definition: Name
    unit: str
    kind: Kind
    judge: tuple[Judge, ...]
    frequency: Frequency
    owners: tuple[str, ...]
    certainty: Certainty
    records: tuple[str, ...] = ()
    direction: Literal[1, -1] = 1
    decimals: int = 0
    numerator: Name | None = None
    denominator: Name | None = None
    trend: Literal["up", "strongly"] | None = None
    start: dt.date | None = None
    opening: Decimal | None = None
    minimum_coverage: Decimal = Decimal(0)
    targets: tuple[TargetVersion, ...] = ()
    limit: Decimal | None = None
    first_observation: bool = False
    methods: tuple[Method, ...] = ()
    disaggregations: tuple[str, ...] = ()
    release_lag: Name | None = None
    quality: Name | None = None
    sources: tuple[str, ...] = ()
    note: Name | None = None

    def target(self, name: str) -> TargetVersion | None:
        """Return a version by its id."""
        return next((version for version in self.targets if version.id == name), None)


def exact(value: Decimal) -> Fraction:
    """Return a declared number as what it is, without rounding."""
    return Fraction(value)

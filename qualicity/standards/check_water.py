"""Whether the law tables of water and wastewater agree with themselves and with each other."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from qualicity.errors import InputError
from qualicity.network import Medium
from qualicity.parameters import parameters
from qualicity.standards.load_water import bound_of
from qualicity.standards.schema_water import (
    UNREGULATED,
    AnyStandard,
    ClassLimit,
    ClassTable,
    DischargeLimit,
    DischargeTable,
    RateTable,
    ValidityTable,
    WaterAssessment,
    WaterStandard,
    Word,
)
from qualicity.standards.waterlaw import Bound
from qualicity.units import scale

Tables = Mapping[str, AnyStandard]
Findings = Iterator[tuple[str, str]]
"""Places in a table, and what is wrong there."""

_STEPS = 20
"""Shares of sections are tried in so many steps."""


def findings(table: WaterStandard, known: Tables) -> Findings:
    """Yield what is wrong with a table."""
    match table:
        case ClassTable():
            yield from _classes(table, known)
        case WaterAssessment():
            yield from _assessment(table, known)
        case DischargeTable():
            yield from _discharge(table, known)
        case ValidityTable():
            yield from _validity(table)
        case RateTable():
            yield from _share("known_at_least", table.known_at_least)
            if [one.id for one in known.values() if isinstance(one, RateTable) and one.of == table.of] != [table.id]:
                yield "of", f"another rate is of {table.of}, too"
    if table.until is not None and table.until < table.in_force:
        yield "until", "lies before the date of force"
    if table.issued is not None and table.issued > table.in_force:
        yield "issued", "lies after the date of force"


# classes of water


def _classes(table: ClassTable, known: Tables) -> Findings:
    if not isinstance(known.get(table.assessment), WaterAssessment):
        yield "assessment", f"{table.assessment} is no assessment of water"
    if len({*table.classes, table.beyond}) <= len(table.classes):
        yield "classes", "a class stands twice"
    if table.target not in table.classes:
        yield "target", f"{table.target!r} is no class"
    if table.digits_certainty is None and any(row.digits is not None for row in table.limit):
        yield "digits_certainty", "is missing"
    for other in known.values():
        if isinstance(other, ClassTable) and other.id > table.id and _both_in_force(table, other):
            yield "in_force", f"{other.id} is in force at the same time"
    yield from _class_rows(table)


def _class_rows(table: ClassTable) -> Findings:
    seen: set[tuple[str, str]] = set()
    for number, row in enumerate(table.limit):
        where = f"limit[{number}] {row.parameter}"
        own = {(row.parameter, body) for body in row.bodies or table.bodies}
        if own & seen:
            yield where, "stands twice"
        seen |= own
        if strange := set(row.bodies) - set(table.bodies):
            yield where, f"the table does not apply to a {', '.join(sorted(strange))}"
        for what in (*_class_row(row, table), *_class_bounds(row)):
            yield where, what


def _both_in_force(one: ClassTable, two: ClassTable) -> bool:
    apart = (one.until is not None and one.until < two.in_force) or (two.until is not None and two.until < one.in_force)
    return not (one.comparison or two.comparison or apart) and bool({*one.bodies} & {*two.bodies})


def _class_row(row: ClassLimit, table: ClassTable) -> Iterator[str]:
    if row.bounds is not None and row.limit is not None:
        yield "has both bounds and a limit"
    if row.bounds is None and row.limit is None and row.counts:
        yield "counts, and has neither bounds nor a limit"
    if row.bounds is not None and len(row.bounds) != len(table.classes):
        yield f"has {len(row.bounds)} bounds for {len(table.classes)} classes"
    if row.multiple and row.direction != "at_most" and (row.bounds or row.limit):
        yield f"a multiple of what is {row.direction} means nothing"


def _class_bounds(row: ClassLimit) -> Iterator[str]:
    factor, what = _factor(row.unit, row.parameter, "water")
    if factor is None:
        yield what
        return
    bounds: list[Bound] = []
    for text in (*(row.bounds or ()), *([row.limit] if row.limit is not None else [])):
        try:
            bounds.append(bound_of(row.direction, text, factor))
        except ValueError as error:
            yield str(error)
    if any(not _within(one, two) for one, two in itertools.pairwise(bounds)):
        yield "a better class is laxer than the next"
    for end in (end for bound in bounds for end in (bound.low, bound.high) if end is not None):
        if row.digits is not None and end != round(end, row.digits):
            yield f"{end} has more than {row.digits} decimals"


def _within(one: Bound, two: Bound) -> bool:
    """Return whether what meets one bound meets the other."""
    if one.absent or two.absent:
        return one.absent
    low = two.low is None or (one.low is not None and one.low >= two.low)
    high = two.high is None or (one.high is not None and one.high <= two.high)
    return low and high


def _assessment(table: WaterAssessment, known: Tables) -> Findings:
    yield from _share("not_detected", table.not_detected)
    yield from _share("automatic_share", table.automatic_share)
    for name in table.automatic_first:
        if name not in parameters():
            yield "automatic_first", f"unknown parameter {name}"
    words = [name for word in table.section_word for name in word.classes]
    for one in known.values():
        if isinstance(one, ClassTable) and one.assessment == table.id and not one.comparison:
            for name in (*one.classes, one.beyond):
                if words.count(name) != 1:
                    yield "section_word", f"class {name} of {one.id} has {words.count(name)} words, not one"
    for share, worst in itertools.product(range(_STEPS + 1), repeat=2):
        fitting = [word for word in table.basin_word if _fits(word, Decimal(share), Decimal(worst))]
        if share + worst <= _STEPS and len(fitting) != 1:
            yield "basin_word", f"{share / _STEPS:.0%} and {worst / _STEPS:.0%} have {len(fitting)} words, not one"
    yield from _trend(table)


def _fits(word: Word, share: Decimal, worst: Decimal) -> bool:
    ends = (
        (word.share_at_least, word.share_below, share / _STEPS),
        (word.worst_share_at_least, word.worst_share_below, worst / _STEPS),
    )
    return all(
        (low is None or Decimal(low) <= value) and (high is None or value < Decimal(high)) for low, high, value in ends
    )


def _trend(table: WaterAssessment) -> Findings:
    numbers = [int(number) for number in table.trend_critical]
    critical = [Decimal(text) for text in table.trend_critical.values()]
    if numbers != sorted(set(numbers)) or numbers[:1] != [table.trend_periods_at_least]:
        yield "trend_critical", f"does not rise from {table.trend_periods_at_least} periods"
    if critical != sorted(critical, reverse=True) or not all(0 < value <= 1 for value in critical):
        yield "trend_critical", "coefficients do not fall with the number of periods"


# wastewater


def _discharge(table: DischargeTable, known: Tables) -> Findings:
    if not isinstance(known.get(table.validity), ValidityTable):
        yield "validity", f"{table.validity} has no rules of validity"
    if len(set(table.grades)) != len(table.grades):
        yield "grades", "a grade stands twice"
    if (table.cold_at_most is None) != (table.cold_certainty is None):
        yield "cold_at_most", "goes with its certainty"
    for name in table.scopes.keys() - {name for row in table.limit for name in row.scope}:
        yield "scopes", f"no row is of {name}"
    for number, row in enumerate(table.limit):
        where = f"limit[{number}] {row.parameter}"
        for other in table.limit[:number]:
            if _same_place(row, other):
                yield where, "stands twice"
        if row.cold is not None:
            yield from ((where, what) for what in _cold(row, table))
        for what in _discharge_row(row, table):
            yield where, what


def _same_place(one: DischargeLimit, two: DischargeLimit) -> bool:
    """Return whether both would apply to an outlet of some grade."""
    if (one.parameter, one.period, one.cold) != (two.parameter, two.period, two.cold):
        return False
    apart = (one.built_until and two.built_from and one.built_until < two.built_from) or (
        two.built_until and one.built_from and two.built_until < one.built_from
    )
    shared = bool({*one.scope} & {*two.scope}) or not (one.scope or two.scope)
    graded = any(UNREGULATED not in pair for pair in zip(one.bounds, two.bounds, strict=False))
    return not apart and shared and graded


def _cold(row: DischargeLimit, table: DischargeTable) -> Iterator[str]:
    if table.cold_at_most is None:
        yield "depends on the water's temperature, and the table says not at which"
    key = (row.parameter, row.period, row.scope, row.built_from, row.built_until)
    others = [
        other
        for other in table.limit
        if (other.parameter, other.period, other.scope, other.built_from, other.built_until) == key
    ]
    if sorted(str(other.cold) for other in others) != ["False", "True"]:
        yield "needs a limit for cold water and one for warm water"


def _discharge_row(row: DischargeLimit, table: DischargeTable) -> Iterator[str]:
    if len(row.bounds) != len(table.grades):
        yield f"has {len(row.bounds)} bounds for {len(table.grades)} grades"
    for name in set(row.scope) - table.scopes.keys():
        yield f"unknown scope {name}"
    if row.built_from and row.built_until and row.built_from > row.built_until:
        yield "applies to no date"
    yield from _removals(row, table)
    factor, what = _factor(row.unit, row.parameter, "wastewater")
    if factor is None:
        yield what
        return
    bounds: list[Bound] = []
    for text in (text for text in row.bounds if text != UNREGULATED):
        try:
            bounds.append(bound_of(row.direction, text, factor))
        except ValueError as error:
            yield str(error)
    if not (_ordered(bounds) or _ordered(bounds[::-1])):
        yield "gets neither laxer nor stricter from grade to grade"


def _removals(row: DischargeLimit, table: DischargeTable) -> Iterator[str]:
    grades = [name for removal in row.removal for name in removal.grades or table.grades]
    if len(set(grades)) < len(grades) or not set(grades) <= set(table.grades):
        yield "removal does not name grades of the table once"
    for removal in row.removal:
        yield from (what for _, what in _share("removal", removal.at_least))
        if removal.influent_above is not None and not _positive(removal.influent_above):
            yield f"{removal.influent_above!r} is not a decimal above 0"


def _ordered(bounds: Sequence[Bound]) -> bool:
    return all(_within(one, two) for one, two in itertools.pairwise(bounds))


def _validity(table: ValidityTable) -> Findings:
    yield from _share("share_at_least", table.share_at_least)
    for name in ("manual_at_least", "load_days"):
        if getattr(table, name) < 1:
            yield name, "is below 1"
    for number, row in enumerate(table.substitute):
        where = f"substitute[{number}] {row.parameter}"
        factor, what = _factor(row.unit, row.parameter, "wastewater")
        if factor is None:
            yield where, what
        if not _positive(row.value):
            yield where, f"{row.value!r} is not a decimal above 0"


def _factor(unit: str, parameter: str, medium: Medium) -> tuple[Decimal | None, str]:
    """Return the factor to the canonical unit, or why there is none."""
    try:
        return scale(unit, parameter, medium), ""
    except InputError as error:
        return None, error.cause


def _share(where: str, text: str) -> Findings:
    if not _positive(text) or Decimal(text) > 1:
        yield where, f"{text!r} is no share above 0 and up to 1"


def _positive(text: str) -> bool:
    try:
        return Decimal(text) > 0
    except InvalidOperation:
        return False

"""Judged indicators as cells of tables: target, value, n with interval or bounds, path, status and why, age of data.

Judgements are of whole years. A paper of a part of a year shows those of the last year that is over by its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from qualicity.network import Name
from reports.change import Bounded, ChangeWord, of_bounded
from reports.model import Cell, Column, Mark, Row, Table
from reports.period import PaperPeriod
from reports.printing import number
from reports.sources import Sources
from reports.wording import wording
from targets.evaluation import Evaluated
from targets.indicator import Indicator, TargetVersion, exact
from targets.model import Point, Status
from targets.records.schema import schema, schemas
from targets.words import word

say = wording("judged")

RATE = "%"
_COUNT = "1"
_COUNTED = frozenset({RATE, "points", "rank"})
_MORE = 2
"""Digits beyond the published ones where these would hide on which side of its target a value lies."""

_SIGNS = {">=": "≥", "<=": "≤", ">": ">", "<": "<", "=": "="}

GOOD = frozenset({Status.ACHIEVED, Status.MAINTAINED, Status.ON_TRACK})

Filled = Callable[[Evaluated], Cell]


def judged_year(period: PaperPeriod) -> int:
    """Return the last calendar year that is over by the end of a period; of a year, itself."""
    return period.year if (period.last.month, period.last.day) == (12, 31) else period.year - 1


def current(sources: Sources, year: int) -> list[Evaluated]:
    """Return what is said of each indicator by the version of its target that is in force at the end of a year."""
    return [one for one in sources.evaluated(year) if one.current]


def joined(names: Iterable[Name], between: Name | None = None) -> Name:
    """Return names as a list in words, or with something else between them."""
    listed, between = list(names), between or say("listing")
    return Name(
        between.zh.join(one.zh or one.en for one in listed), between.en.join(one.en or one.zh for one in listed)
    )


def plain(text: str) -> Name:
    """Return what is written alike in both languages."""
    return Name(text, text)


# texts


def unit_of(indicator: Indicator) -> Name:
    """Return the unit as a word."""
    return word("unit", indicator.unit)


def form_said(name: str) -> Name:
    """Return a form by its title and id, or the verdicts of the ledger that an indicator asks for."""
    if name in schemas():
        return say("form", title=schema(name).title, id=name)
    return say(f"verdicts_{name}")


def target_said(one: Evaluated) -> Name:
    """Return what the target asks for: operator and value, or that the text has none."""
    return signed(one.target)


def signed(target: TargetVersion | None) -> Name:
    """Return what a version of a target asks for: operator and value, or that the text has none."""
    if target is None or target.value is None or target.op is None:
        return say("no_number")
    asked = number(target.value)
    return say("about", number=asked) if target.op == "~" else say("target", sign=_SIGNS[target.op], number=asked)


def target_in_unit(one: Evaluated) -> Name:
    """Return what the target asks for, with its unit."""
    return with_unit(target_said(one), one.indicator.unit) if has_number(one) else target_said(one)


def with_unit(figure: Name, unit: str) -> Name:
    """Return a printed number with its unit; of counts the number alone, for what is counted is in the name."""
    return figure if unit == _COUNT else say("with_unit", number=figure, unit=word("unit", unit))


def value_said(one: Evaluated) -> Name | None:
    """Return the value as it is published, with more digits where it is borderline; None = there is none."""
    value = one.judgement.point.value if one.judgement.point else None
    if value is None:
        return None
    return plain(number(value, one.indicator.decimals + (_MORE if "borderline" in one.judgement.reasons else 0)))


def counted_said(one: Evaluated) -> Name | None:
    """Return of how many a rate or a survey was made, with its interval or bounds; None of other figures."""
    point = one.judgement.point
    said = n_said(one.indicator, point)
    if said is None or point is None:
        return None
    ends = one.judgement.interval or (one.judgement.bounds if point.unknown else None)
    if ends is None:
        return said
    low, high = (number(end, one.indicator.decimals) for end in ends)
    return say("ends", counted=said, low=low, high=high)


def n_said(indicator: Indicator, point: Point | None) -> Name | None:
    """Return of how many a rate or a survey was made; None of other figures."""
    if point is None or point.value is None or indicator.unit not in _COUNTED:
        return None
    if point.denominator is None:
        return say("n_unknown")
    said = say("count", n=number(point.denominator))
    if point.numerator is not None:
        said = say("part", part=number(point.numerator), n=number(point.denominator))
    return say("unknown", counted=said, unknown=number(point.unknown)) if point.unknown else said


def why(one: Evaluated) -> Name:
    """Return the deciding reason, and what is not on file."""
    found = one.judgement
    said = word("reason", found.reasons[0]) if found.reasons else Name()
    return say("lacks", said=said, missing=joined(map(form_said, found.missing))) if found.missing else said


def status_said(one: Evaluated) -> Name:
    """Return the status; where it is no good one or something is missing, why."""
    label = word("status", one.judgement.status.value)
    if one.judgement.status in GOOD and not one.judgement.missing:
        return label
    return say("because", status=label, why=why(one))


# cells


def marks(one: Evaluated) -> tuple[Mark, ...]:
    """Return what must be said of the value wherever it is printed."""
    found = one.judgement
    said: dict[Mark, bool] = {
        "provisional": found.provisional,
        "synthetic": found.synthetic,
        "borderline": "borderline" in found.reasons,
        "unproven": found.status == Status.ACHIEVED_UNPROVEN,
    }
    return tuple(mark for mark, holds in said.items() if holds)


def name_cell(one: Evaluated) -> Cell:
    """Return the indicator; a version of its target that is superseded is told apart."""
    name = one.indicator.name if one.current else say("with_former", name=one.indicator.name)
    return Cell(one.indicator.id, name, f"register/{one.indicator.id}")


def unit_cell(one: Evaluated) -> Cell:
    """Return the unit of value, target and path."""
    return Cell(one.indicator.unit, unit_of(one.indicator))


def target_cell(one: Evaluated) -> Cell:
    """Return the target's value, printed with its operator."""
    return Cell(one.target.value if one.target else None, target_said(one))


def target_unit_cell(one: Evaluated) -> Cell:
    """Return the target's value, printed with its operator and unit."""
    return Cell(one.target.value if one.target else None, target_in_unit(one))


def value_cell(one: Evaluated) -> Cell:
    """Return the exact value with its marks."""
    point = one.judgement.point
    return Cell(point.value if point else None, value_said(one), marks=marks(one) if point else ())


def counted_cell(one: Evaluated) -> Cell:
    """Return n, and interval or bounds."""
    said = counted_said(one)
    return Cell(said.en if said else None, said)


def path_cell(one: Evaluated) -> Cell:
    """Return what the path asks for at the end of the year."""
    path = one.judgement.path
    return Cell(path, None if path is None else plain(number(path, one.indicator.decimals)))


def status_cell(one: Evaluated) -> Cell:
    """Return the status."""
    return Cell(one.judgement.status.value, status_said(one))


def age_cell(one: Evaluated) -> Cell:
    """Return the newest day that the value rests on, and how many days ago that was when it was judged."""
    until, days = one.row["data_until"], one.judgement.age_days
    if until is None or days is None:
        return Cell()
    return Cell(str(until), say("age", day=str(until), days=days))


SCORE: Sequence[tuple[str, Filled]] = (
    ("indicator", name_cell),
    ("unit", unit_cell),
    ("asked", target_cell),
    ("value", value_cell),
    ("counted", counted_cell),
    ("path", path_cell),
    ("status", status_cell),
    ("data_until", age_cell),
)
"""Columns of the scorecard, each named as in `text/judged.toml`."""

_NUMBERS = frozenset({"asked", "value", "path"})


def score_table(id_: str, caption: Name, items: Iterable[Evaluated], notes: tuple[Name, ...] = ()) -> Table:
    """Return a scorecard: a row for each version of each target, explained by its judgement."""
    return Table(
        id_,
        caption,
        tuple(Column(name, say(name), "number" if name in _NUMBERS else "text") for name, _ in SCORE),
        tuple(Row(tuple(filled(one) for _, filled in SCORE), str(one.row["key"])) for one in items),
        say("none_judged"),
        notes,
    )


# change since the year before


def change(now: Evaluated, before: Evaluated | None) -> ChangeWord:
    """Return what may be said of the change since the year before.

    Samples and surveys bring their own word; other figures differ only where their bounds do not meet, and, where they
    are complete, where they differ as published.
    """
    point = now.judgement.point
    if point is not None and point.change is not None:
        return point.change.word
    found = of_bounded(_bounded(now), _bounded(before) if before else None)
    return "unchanged" if found in {"rose", "fell"} and value_said(now) == value_said(before) else found  # type: ignore[arg-type] # a rise needs both


def difference(now: Evaluated, before: Evaluated | None) -> Fraction | None:
    """Return the value now less that of the year before, where both are known."""
    ends = [one.judgement.point.value if one and one.judgement.point else None for one in (now, before)]
    return None if ends[0] is None or ends[1] is None else ends[0] - ends[1]


def _bounded(one: Evaluated) -> Bounded | None:
    point = one.judgement.point
    if point is None or point.value is None or "carried_forward" in one.judgement.reasons:
        return None
    method = f"{point.method} {point.price_base or ''}".strip()
    low = point.value if point.lower is None else point.lower
    high = point.value if point.upper is None else point.upper
    return Bounded(point.value, low, high, method)


def has_number(one: Evaluated) -> bool:
    """Return whether the target states a number."""
    return one.target is not None and one.target.value is not None


def share_of_target(one: Evaluated) -> Fraction | None:
    """Return the gap as a share of the target's size; None of what is unknown, of ranks and of zero targets."""
    gap, target = one.judgement.gap, one.target
    if gap is None or target is None or not target.value or one.indicator.kind == "rank":
        return None
    return gap / abs(exact(target.value))

"""Rates of a city beside their targets: of drinking-water sources, industrial wastewater and sewage, by volume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from qualicity.network import Name
from qualicity.reasons import reason_in
from reports import change
from reports.change import Bounded
from reports.environment.air.words import PERCENT, share
from reports.environment.span import Span
from reports.figures.data import Point, Trend
from reports.model import NO_TEXT, Cell, Column, KeyFigure, Mark, Row, Table
from reports.period import PaperPeriod
from reports.printing import number
from reports.sources import Row as Judged
from reports.sources import Sources
from reports.wording import wording

RateName = Literal["water", "discharge", "sewage"]

TEN_THOUSAND = 10_000
_MILLION = 1_000_000
_MONTHS = 12
_FLOAT = Fraction(1, 10**12)
_SIGNS = (">=", "<=", ">", "<")
_PRINTED = {">=": "≥", "<=": "≤"}

say = wording("environment")


@dataclass(frozen=True)
class Rated:
    """A rate of a period; without a row nothing was judged.

    Attributes:
        marks: what must be said of every value of it.
    """

    name: RateName
    period: PaperPeriod
    row: Judged | None
    marks: tuple[Mark, ...] = ()

    @property
    def key(self) -> str:
        """Return what explains it."""
        return "" if self.row is None else str(self.row["key"])

    @property
    def part(self) -> Fraction:
        """Return the volume that counts, m3."""
        return Fraction(0) if self.row is None else _exact(self.row["numerator"])

    @property
    def whole(self) -> Fraction:
        """Return the volume that it is a share of, m3."""
        return Fraction(0) if self.row is None else _exact(self.row["denominator"])

    @property
    def unknown(self) -> Fraction:
        """Return the volume of which nothing is known, m3."""
        return Fraction(0) if self.row is None else _exact(self.row["unknown"])

    @property
    def rate(self) -> Fraction | None:
        """Return the rate by volume; None of nothing."""
        return self.part / self.whole if self.whole else None

    @property
    def bounds(self) -> tuple[Fraction | None, Fraction | None]:
        """Return what it could be, whatever the unknown volume was; None where that is not known either."""
        if self.row is None or self.rate is None:
            return None, None
        low, high = (self._end(self.row[name]) for name in ("rate_lower", "rate_upper"))
        return low, high

    def _end(self, value: float | None) -> Fraction | None:
        """Return a bound; where it is the rate itself but for the float's last digits, that."""
        if value is None or self.rate is None:
            return None
        end = _exact(value)
        return self.rate if abs(end - self.rate) < _FLOAT else end

    @property
    def bounded(self) -> Bounded | None:
        """Return it with its bounds: of those that are not known the widest."""
        low, high = self.bounds
        if self.rate is None:
            return None
        return Bounded(self.rate, Fraction(0) if low is None else low, Fraction(1) if high is None else high)

    @property
    def verdict(self) -> str:
        """Return the verdict beside the target."""
        return "NOT_ASSESSABLE" if self.row is None else str(self.row["verdict"])

    @property
    def doubt(self) -> tuple[Mark, ...]:
        """Return the mark of a verdict whose law is partly recalled."""
        return ("recalled",) if self.row is not None and self.row["certainty"] == "recalled" else ()


def _exact(value: float) -> Fraction:
    return Fraction(str(value))


def rated(span: Span, name: RateName, periods: Sequence[PaperPeriod]) -> tuple[Rated, ...]:
    """Return a rate of periods of one kind, in their order."""
    if not periods:
        return ()
    rows = span.sources.rates(name, periods[0].first, periods[-1].last, periods[0].kind)
    found: Mapping[str, Judged] = {row["period"]: row for row in rows}
    return tuple(Rated(name, period, found.get(period.text), span.marks(period)) for period in periods)


def course(span: Span, name: RateName) -> tuple[Rated, ...]:
    """Return a rate from the first period of the course on of which anything is known."""
    found = rated(span, name, span.course)
    known = [at for at, one in enumerate(found) if one.rate is not None]
    return found[known[0] :] if known else ()


# words


def target_of(sources: Sources, name: RateName) -> str:
    """Return the city's target of a rate."""
    city = sources.city
    return {"water": city.water_target, "discharge": city.discharge_target, "sewage": city.sewage_target}[name]


def target_said(target: str) -> str:
    """Return a target as it is printed."""
    sign = next((one for one in _SIGNS if target.startswith(one)), "")
    return f"{_PRINTED.get(sign, sign)} {target.removeprefix(sign)}".strip()


def target_value(target: str) -> Decimal:
    """Return the number of a target, percent."""
    sign = next((one for one in _SIGNS if target.startswith(one)), "")
    return Decimal(target.removeprefix(sign))


def verdict_said(verdict: str) -> Name:
    """Return the verdict beside a target in words."""
    return say(f"target_{verdict}")


def volume(cubic: Fraction) -> Name:
    """Return a volume as people write it: in ten thousands or millions of m3."""
    return Name(
        say("volume", amount=number(cubic / TEN_THOUSAND, 2)).zh, say("volume", amount=number(cubic / _MILLION, 2)).en
    )


def reason(one: Rated) -> Name:
    """Return why a rate came to its verdict."""
    text = "" if one.row is None else one.row["reason"]
    return Name(reason_in(text, "zh"), reason_in(text, "en")) if text else say("not_judged")


def key_figure(span: Span, one: Rated) -> KeyFigure:
    """Return a rate as a key figure: with its parts, its bounds, the target and the verdict."""
    name = say(f"{one.name}_rate", period=one.period.name)
    if one.rate is None:
        return KeyFigure(name, Cell(None, say("no_rate"), one.key), "%", beside=_beside_nothing(span, one))
    low, high = one.bounds
    beside = say(
        "rate_beside",
        part=volume(one.part),
        whole=volume(one.whole),
        ends=_ends(low, high, one),
        target=target_said(target_of(span.sources, one.name)),
        verdict=verdict_said(one.verdict),
    )
    shown = Name(share(one.rate, 2), share(one.rate, 2))
    return KeyFigure(name, Cell(one.rate * PERCENT, shown, one.key, (*one.marks, *one.doubt)), "%", beside=beside)


def _beside_nothing(span: Span, one: Rated) -> Name:
    return say("rate_beside_nothing", why=reason(one), target=target_said(target_of(span.sources, one.name)))


def _ends(low: Fraction | None, high: Fraction | None, one: Rated) -> Name:
    if low is None or high is None:
        return say("ends_unknown")
    return NO_TEXT if low == high == one.rate else say("ends", low=share(low, 2), high=share(high, 2))


def sentence(span: Span, one: Rated) -> Name:
    """Return what a rate came to, or that it is not known and why."""
    about: dict[str, Name | str | int] = {"period": one.period.name, "city": span.city}
    target = target_said(target_of(span.sources, one.name))
    if one.rate is None:
        return say(f"{one.name}_none", why=reason(one), **about)
    low, high = one.bounds
    return say(
        f"{one.name}_sentence",
        rate=share(one.rate, 2),
        part=volume(one.part),
        whole=volume(one.whole),
        unknown=say("unknown_volume", volume=volume(one.unknown)) if one.unknown else NO_TEXT,
        ends=_ends(low, high, one),
        target=target,
        verdict=verdict_said(one.verdict),
        certain=_certain(one),
        **about,
    )


def _certain(one: Rated) -> Name:
    """Say where what is unknown could turn the verdict."""
    judged = one.row is not None and one.verdict != "NOT_ASSESSABLE"
    return say("uncertain") if judged and one.row is not None and not one.row["certain"] else NO_TEXT


def change_sentence(now: Rated, before: Rated) -> Name:
    """Return what may be said of the change on a year before: a word only where the bounds do not meet."""
    if now.rate is None:
        return NO_TEXT
    if "provisional" in now.marks:
        return say("change_provisional")
    if before.rate is None:
        return say("change_no_former")
    word = change.of_bounded(now.bounded, before.bounded)
    moved = number(abs(now.rate - before.rate) * PERCENT, 2)
    code = "change_moved" if word in {"rose", "fell"} else "change_not"
    return say(code, word=change.said(word), before=before.period.name, rate=share(before.rate, 2), points=moved)


# table and course


def table(id_: str, span: Span, name: RateName, found: Sequence[Rated]) -> Table:
    """Return a rate by periods: volumes, what it could be, target and verdict."""
    counted = name != "sewage"
    columns = (
        Column("period", say("period")),
        Column("part", say(f"{name}_part"), "number", say("unit").zh, 2),
        Column("whole", say(f"{name}_whole"), "number", say("unit").zh, 2),
        Column("unknown", say(f"{name}_unknown"), "number", say("unit").zh, 2),
        Column("rate", say("rate"), "number", "%", 2),
        Column("lower", say("lower"), "number", "%", 2),
        Column("upper", say("upper"), "number", "%", 2),
        *((Column(kind, say(f"{name}_{kind}"), "number", decimals=0) for kind in _COUNTS) if counted else ()),
        Column("target", say("target"), unit="%"),
        Column("verdict", say("verdict")),
    )
    rows = tuple(_row(one, counted=counted) for one in found if one.row is not None)
    caption = say(f"{name}_table", city=span.city)
    return Table(id_, caption, columns, rows, say(f"{name}_empty", city=span.city), (say(f"{name}_note"),))


_COUNTS = ("complied", "exceeded", "not_known")


def _row(one: Rated, *, counted: bool) -> Row:
    assert one.row is not None  # noqa: S101 - the caller looked
    marks, (low, high) = one.marks, one.bounds
    count = one.row["count"]
    target = str(one.row["target"])
    cells = (
        Cell(one.period.text, one.period.name),
        *(Cell(value / TEN_THOUSAND, marks=marks) for value in (one.part, one.whole, one.unknown)),
        *(
            Cell(None if value is None else value * PERCENT, _percent(value), marks=marks)
            for value in (one.rate, low, high)
        ),
        *((Cell(count[kind], marks=marks) for kind in ("complied", "exceeded", "unknown")) if counted else ()),
        Cell(target, Name(target_said(target), target_said(target))),
        Cell(one.verdict, verdict_said(one.verdict), marks=(*marks, *one.doubt)),
    )
    return Row(cells, one.key)


def _percent(value: Fraction | None) -> Name | None:
    """Return a share with two decimals, or more where it would be printed as all or nothing."""
    return None if value is None else Name(share(value, 2), share(value, 2))


def trend(span: Span, name: RateName, found: Sequence[Rated]) -> Trend:
    """Return a rate as a course with its target."""
    target = target_of(span.sources, name)
    return Trend(
        say(f"{name}_short"),
        Name("%", "%"),
        [_point(one) for one in found],
        float(target_value(target)),
        say("target_line", target=target_said(target)),
    )


def _point(one: Rated) -> Point:
    middle = one.period.first.month - 0.5 if one.period.kind == "month" else _MONTHS / 2
    low, high = one.bounds
    return Point(
        one.period.text,
        one.period.year + (middle / _MONTHS if one.period.kind == "month" else 0),
        _float(one.rate),
        _float(low),
        _float(high),
        provisional="provisional" in one.marks,
    )


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value * PERCENT)


def course_data(id_: str, caption: Name, found: Sequence[Rated]) -> Table:
    """Return what a course draws."""
    columns = (
        Column("rate_name", say("rate_name")),
        Column("period", say("period")),
        *(Column(name, say(name), "number", "%", 2) for name in ("rate", "lower", "upper")),
    )
    rows = tuple(
        Row(
            (
                Cell(one.name, say(f"{one.name}_short")),
                Cell(one.period.text, one.period.name),
                *(
                    Cell(None if value is None else value * PERCENT, _percent(value), marks=one.marks)
                    for value in (one.rate, *one.bounds)
                ),
            ),
            one.key,
        )
        for one in found
    )
    return Table(id_, caption, columns, rows, say("no_rates"))

"""Classes of water as a pocket calculator: rows of concentrations in, class and deciding items out.

Values are decimal texts and are judged as they are given, without rounding. What is below a detection limit is judged
at both ends: where it could lie on either side of the table's target, the class of the row stays open, unless another
item misses the target anyway.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import NamedTuple

import numpy as np

from aggregator.water.classes import ENDLESS, Table, integer, table, targets
from aggregator.water.means import Values
from aggregator.water.samples import TEMPERATURE
from aggregator.water.verdicts import judge_items, judge_sections, say
from qualicity.errors import InputError, UsageError
from qualicity.network import WaterBody
from qualicity.parameters import resolve
from qualicity.standards.load_water import water_law
from qualicity.units import canonical_unit, scale

BODIES: Mapping[str, WaterBody] = {
    "river": "river", "lake": "lake", "reservoir": "reservoir", "groundwater": "groundwater",
    "河流": "river", "河": "river", "湖库": "lake", "湖、库": "lake", "湖泊": "lake", "湖": "lake",
    "水库": "reservoir", "库": "reservoir", "地下水": "groundwater",
}  # fmt: skip
"""What a column `water_body` may say; a national table's 湖库 has one column of limits for both."""

BODY = "water_body"
_BODY_NAMES = frozenset({BODY, "水体类型", "水体类别"})
BLANK = frozenset({"", "--", "-", "—", "——", "*", "/"})
"""What national tables write where nothing was measured or a station was under maintenance."""

_HEADED = re.compile(r"(.+?)\s*[(\uFF08]\s*(\S.*?)\s*[)\uFF09]")
"""A name with a unit, such as 溶解氧(mg/L); brackets may be wide ones."""

_DECIMAL = r"(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?"
_VALUE = re.compile(rf"[+-]?{_DECIMAL}", re.IGNORECASE)
_BELOW = re.compile(rf"[<\uFF1C]\s*({_DECIMAL})|({_DECIMAL})\s*L", re.IGNORECASE)
_ABOVE = re.compile(rf"[>\uFF1E]\s*({_DECIMAL})", re.IGNORECASE)
_NOT_FOUND = frozenset({"nd", "n.d.", "未检出"})


_BEYOND = Decimal(10) ** 6
"""Farther than any bound: what is greater is of the same class."""


class Reading(NamedTuple):
    """What a cell says."""

    low: Decimal
    high: Decimal | None  # None = no end
    below: bool = False


@dataclass(frozen=True)
class Result:
    """What one row came to."""

    name: str  # of the class; empty = open, or nothing measured
    deciding: tuple[str, ...]  # items of that class, in the order of the law's table; none for the best class


class Calculator:
    """Classes of rows.

    Args:
        columns: of the file; those that are no items of the law are not looked at.
        standard: returns the id of the table for a kind of body.

    Raises:
        InputError: there is no column of bodies or of items, or two columns are one item.
    """

    def __init__(self, columns: Sequence[str], standard: Callable[[WaterBody], str]) -> None:
        bodies = [column for column in columns if column.casefold() in _BODY_NAMES]
        if len(bodies) != 1:
            what = f"two columns {BODY}: {', '.join(bodies)}" if bodies else f"no column {BODY}"
            mend = "leave one of them out" if bodies else "add it: river, lake, reservoir or groundwater"
            raise InputError(f"the file has {what}", mend)
        self._standard, self._body = standard, bodies[0]
        self._column: dict[str, str] = {}
        for column in columns:
            item = None if column == self._body else _item(column)
            if item is not None and self._column.setdefault(item, column) != column:
                raise InputError(f"{self._column[item]} and {column} are both {item}", "leave one of them out")
        if not self._column:
            raise InputError("the file has no column of an item", "name at least one, such as ph, do, codmn, nh3n, tp")
        self._tables: dict[WaterBody, Table] = {}

    def __call__(self, row: Mapping[str, str]) -> Result:
        """Return the class of a row.

        Raises:
            InputError: a cell is no value, or names no body; the cause names the column.
        """
        law = self._table(_body(row[self._body]))
        columns = [self._column[item.parameter] for item in law.items]
        found = _values(law, [read(column, row[column]) for column in columns])
        target, has = targets(law, [law.law.target]), found.n > 0
        items = judge_items(law, found, target)
        decide = np.broadcast_to(say(law, np.zeros(1, bool)), has.shape)
        number = int(judge_sections(law, items, target, has=has, say=decide, due=~has & has).classes[0])
        if number < 0:
            return Result("", ())
        worst = law.classed & law.counts & (items.classes[0] == number) & (number > 0)
        return Result(law.name(number), tuple(i.parameter for i, own in zip(law.items, worst, strict=True) if own))

    def _table(self, body: WaterBody) -> Table:
        if body not in self._tables:
            try:
                law = water_law(self._standard(body), body)
            except UsageError as error:
                raise InputError(error.cause, error.mend) from error
            self._tables[body] = table(law, self._column)
        return self._tables[body]


def _item(column: str) -> str | None:
    """Return the item of a column, which may say its unit in brackets; None when it is none.

    Raises:
        InputError: the unit is not the one in which values are judged.
    """
    item, headed = resolve(column), _HEADED.fullmatch(column)
    if item is not None or headed is None or (item := resolve(headed[1])) is None:
        return item
    try:
        factor = scale(headed[2], item, "water")
    except InputError:
        return None  # no unit: another name, such as 铬(六价)
    if factor != 1:
        raise InputError(f"{column} is not in {canonical_unit(item, 'water')}", "convert its values, and its head")
    return item


def _body(text: str) -> WaterBody:
    found = BODIES.get(text.strip().casefold())
    if found is None:
        raise InputError(f"{BODY} is {text!r}, which is none", "write river, lake, reservoir or groundwater")
    return found


@cache
def read(column: str, text: str) -> Reading | None:
    """Return what a cell says; None for one that says nothing.

    Raises:
        InputError: it is no concentration; the cause names the column.
    """
    text = text.strip()
    if text in BLANK:
        return None
    if text.casefold() in _NOT_FOUND:
        return Reading(Decimal(0), None, below=True)
    if limit := _BELOW.fullmatch(text):
        return Reading(Decimal(0), Decimal(limit[1] or limit[2]), below=True)
    if least := _ABOVE.fullmatch(text):
        return Reading(Decimal(least[1]), None)
    if not _VALUE.fullmatch(text):
        mend = "write a decimal, <0.01 or 0.01L below a detection limit, or leave it blank"
        raise InputError(f"{column} is {text!r}, which is not a number", mend)
    value = Decimal(text)
    if value < 0 and _item(column) != TEMPERATURE:
        raise InputError(f"{column} is {text}, which is negative", "leave it blank if there is no value")
    return Reading(value, value)


def _values(law: Table, readings: Sequence[Reading | None]) -> Values:
    """Return one row of values as the kernel takes them."""
    share = Fraction(law.law.assessment.not_detected)
    shape = (1, len(readings))
    number = {name: np.zeros(shape, np.int64) for name in ("low", "value", "high")}
    known = np.asarray([[reading is not None for reading in readings]], bool)
    for i, reading in enumerate(readings):
        if reading is not None:
            low, high = (_integer(end, int(law.decimals[i])) for end in (reading.low, reading.high))
            low += reading.high is None and not reading.below  # more than 15 is not 15
            stands = high * share.numerator // share.denominator if reading.below else low
            for name, value in (("low", low), ("value", stands), ("high", high)):
                number[name][0, i] = value
    endless = number["high"] == ENDLESS
    below = np.asarray([[reading is not None and reading.below for reading in readings]], bool)
    return Values(
        n=known.astype(np.int64), observed=known.astype(np.int64), expected=np.zeros(shape, np.int64),
        needed=np.zeros(shape, np.int64), automatic=~known, enough=known, below=below, blind=below & endless,
        endless=endless, detected=~below & (number["low"] > 0), **number,
    )  # fmt: skip


def _integer(end: Decimal | None, decimals: int) -> int:
    return ENDLESS if end is None else integer(min(end, _BEYOND), decimals)

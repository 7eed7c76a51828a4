"""A selection of the records that count, and what it comes to: `records/R_ps/2015/stage=market,firm_size=L`.

A number of a paper that is counted from records names its selection, and `qualicity explain` finds the same records by
that name. What is left out is what the indicators leave out (`selection_rules.py`): complaints, retests, what had
expired. A form of which nothing is on file for a period gives no zero: it gives nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any
from urllib.parse import quote, unquote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from qualicity.errors import UsageError
from qualicity.network import Name
from reports.model import NO_DATA, Cell, Mark, Value
from reports.selection_rules import rule_of
from reports.sources import Sources
from targets.computation import Scope
from targets.parts import span
from targets.records.base import Records
from targets.records.known import CITY_CODE
from targets.records.schema import schema
from targets.tally import NEEDED, joined, looked_at, tallied

PREFIX = "records/"

Where = tuple[tuple[str, str], ...]

_KEY = re.compile(r"records/([A-Z]_[a-z]+)/([0-9HQ-]+)(?:/(.+))?", re.ASCII)
_RESERVED = re.compile(r"[%,/=#@\s]")


@dataclass(frozen=True)
class Selection:
    """Which records are meant.

    Attributes:
        schema: id, such as `R_ps`.
        period: `2015`, `2015H1`, `2015Q3` or `2015-11`; of what stands for a time, the state at its end.
        where: columns and the text that a record has in each; `""` = it says nothing there.
    """

    schema: str
    period: str
    where: Where = ()

    @property
    def key(self) -> str:
        """Return what `qualicity explain` takes."""
        told = ",".join(f"{column}={_escaped(value)}" for column, value in self.where)
        return f"{PREFIX}{self.schema}/{self.period}{f'/{told}' if told else ''}"

    def narrowed(self, column: str, value: str) -> Selection:
        """Return those of them that have a text in one more column."""
        return replace(self, where=(*self.where, (column, value)))


def parse_selection(text: str) -> Selection:
    """Read a key.

    Raises:
        UsageError: it is none, or names a form, a column or a period that does not exist.
    """
    match = _KEY.fullmatch(text)
    if match is None:
        raise UsageError(
            f"{text!r} is not a selection of records",
            "write records/SCHEMA/PERIOD[/COLUMN=VALUE[,COLUMN=VALUE]], such as records/R_ps/2015/stage=market",
        )
    name, period, told = match.groups()
    span(period)
    form = schema(name)
    where = []
    for one in told.split(",") if told else ():
        column, sign, value = one.partition("=")
        if not sign or column not in form.names:
            raise UsageError(f"{one!r}: {name} has no column {column!r}", f"its columns: {', '.join(form.names)}")
        where.append((column, unquote(value)))
    return Selection(name, period, tuple(where))


def _escaped(value: str) -> str:
    return _RESERVED.sub(lambda found: quote(found[0], safe=""), value)


@dataclass(frozen=True)
class Selected:
    """The records of a selection, and what they come to; each figure as a cell that bears the selection's key.

    Attributes:
        rows: of a tally, a row for each record that was looked at, with the columns that were asked for behind.
        on_file: something of the form is on file for the period, whatever the selection asks for.
        unfinished: the period goes on.
        made_up: some of the form's records of the period are: so is a zero among them.
    """

    selection: Selection
    rows: pa.Table
    on_file: bool = True
    unfinished: bool = False
    made_up: bool = False

    @cached_property
    def counted(self) -> pa.Table:
        """Return those that count."""
        return self.rows.filter(pc.is_null(self.rows["excluded"]))

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Return what must be said of every figure of it."""
        marks: list[Mark] = []
        if self.unfinished or pc.any(self.counted["provisional"]).as_py():
            marks.append("provisional")
        if pc.any(self.rows["synthetic"]).as_py() or (self.made_up and not self.rows.num_rows):
            marks.append("synthetic")
        return tuple(marks)

    @property
    def number(self) -> int:
        """Return how many count."""
        return int(self.counted.num_rows)

    def count(self) -> Cell:
        """Return how many records count; where nothing of the form is on file, that."""
        return self.cell(self.number)

    def distinct(self, column: str = "entity") -> Cell:
        """Return how many different things they name: of each record what it is about, or what stands in a column."""
        return self.cell(self.different(column))

    def different(self, column: str = "entity") -> int:
        """Return how many different things they name, as a number."""
        return int(pc.count_distinct(self.counted[column].cast(pa.string())).as_py())

    @cached_property
    def passed(self) -> int:
        """Return how many count and pass: batches, acceptances, products made to adopted standards."""
        return int(pc.sum(self.counted["part"]).as_py() or 0)

    @property
    def failed(self) -> int:
        """Return how many count and do not pass."""
        return self.number - self.passed

    def rate(self) -> Cell:
        """Return the share that passes, in percent; of none there is none."""
        return self.cell(self.share)

    @property
    def share(self) -> Fraction | None:
        """Return the share that passes, in percent, exact."""
        return Fraction(100 * self.passed, self.number) if self.number else None

    def total(self, column: str) -> Cell:
        """Return the sum of a column that was asked for; nothing where no record says it."""
        return self.cell(self.sum(column))

    def sum(self, column: str) -> Fraction | None:
        """Return the sum of a column, exact."""
        found = pc.sum(self.counted[column]).as_py()
        return None if found is None else Fraction(found)

    def cell(self, value: Value) -> Cell:
        """Return a figure of it as a cell."""
        if not self.on_file:
            return Cell(None, NO_DATA, self.selection.key)
        return Cell(value, key=self.selection.key, marks=self.marks)

    def by(self, column: str) -> dict[str, Selected]:
        """Return it in parts by what stands in a column that was asked for: `""` where nothing does, in order."""
        texts = _texts(self.rows[column]).combine_chunks().dictionary_encode()
        codes = np.asarray(texts.indices)
        order = np.argsort(codes, kind="stable")
        sizes = np.bincount(codes, minlength=len(texts.dictionary))
        ends = np.cumsum(sizes)
        sorted_rows = self.rows.take(pa.array(order)).combine_chunks()
        found = {
            text: replace(
                self,
                selection=self.selection.narrowed(column, text),
                rows=sorted_rows.slice(int(end - size), int(size)),
            )
            for text, end, size in zip(texts.dictionary.to_pylist(), ends, sizes, strict=True)
        }
        return {text: found[text] for text in sorted(found)}

    def part(self, column: str, value: str) -> Selected:
        """Return those of it that have a text in a column that was asked for; also where there are none."""
        return replace(
            self,
            selection=self.selection.narrowed(column, value),
            rows=self.rows.filter(pc.equal(_texts(self.rows[column]), value)),
        )

    @property
    def excluded(self) -> Mapping[str, int]:
        """Return why how many are left out, by codes of words.toml, in their order."""
        left = pc.value_counts(self.rows["excluded"].drop_null().cast(pa.string())).to_pylist()
        return {one["values"]: one["counts"] for one in sorted(left, key=lambda one: str(one["values"]))}


def selected(records: Records, selection: Selection, scope: Scope, *columns: str) -> Selected:
    """Return the records of a selection.

    Args:
        records: that count.
        selection: which of them.
        scope: its `today`: what is later has not happened; its `code`: of the whole city.
        columns: further ones, to break it down by or to add up.
    """
    rule = rule_of(selection.schema)
    asked = dict.fromkeys((*rule.columns, *rule.entity, *(column for column, _ in selection.where), *columns))
    table = looked_at(records, selection.schema, *(name for name in asked if name not in NEEDED))
    first, last = span(selection.period)
    day = min(last, scope.today)
    table = table.filter(pc.fill_null(rule.within(table, first, day), False)).combine_chunks()
    period = pa.array([selection.period]).dictionary_encode()
    rows = tallied(
        table,
        pa.DictionaryArray.from_arrays(pa.array(np.zeros(table.num_rows, np.int32)), period.dictionary),
        entity=_entity(table, rule.entity),
        excluded=rule.excluded(table, selection.period, replace(scope, today=day)),
        **rule.more(table),
    )
    for column in asked:
        if column not in rows.column_names:
            rows = rows.append_column(column, table[column])
    on_file, made_up = rows.num_rows > 0, bool(pc.any(rows["synthetic"]).as_py())
    for column, value in selection.where:
        rows = rows.filter(pc.equal(_texts(rows[column]), value))
    return Selected(selection, rows.combine_chunks(), on_file, last > scope.today, made_up)


def _entity(table: pa.Table, columns: Sequence[str]) -> Any:
    if not columns:
        return None
    return table[columns[0]] if len(columns) == 1 else joined(*(table[name] for name in columns))


def chosen(sources: Sources, selection: Selection, *columns: str) -> Selected:
    """Return the records of a selection of a paper's sources."""
    return selected(sources.records, selection, scope_of(sources, selection.period), *columns)


def scope_of(sources: Sources, period: str) -> Scope:
    """Return what is asked for when a paper counts records of a period itself."""
    year = span(period)[0].year
    return Scope(sources.city.id, CITY_CODE, year, year, sources.as_of)


def choice(name: str, column: str, code: str) -> Name:
    """Return what a code of a column of a form means; a text that is no choice is itself, and of none that is said."""
    if not code:
        return Name("未填", "not stated")
    form = next(one for one in schema(name).columns if one.name == column)
    return next((Name(one.zh, one.en) for one in form.choices if one.code == code), Name(code, code))


def _texts(column: Any) -> Any:
    """Return what stands in a column as texts, each as a key writes it."""
    if pa.types.is_dictionary(column.type) or pa.types.is_string(column.type):
        return pc.fill_null(column.cast(pa.string()), "")
    values = ["" if one is None else _text(one) for one in column.to_pylist()]
    return pa.chunked_array([pa.array(values, pa.string())])


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)

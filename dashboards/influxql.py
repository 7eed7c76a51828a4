"""The queries of panels as data: written as InfluxQL, and answered from points in memory to check the database.

Only what the panels use. Day windows are civil days: every window carries the zone, without which a day is one of UTC.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from dashboards.schema import Measurement
from qualicity.store.influx import identifier, text

Function = Literal["last", "mean", "max", "min", "sum", "count"]
Fill = Literal["null", "none", "previous", "0"]
"""`0` where that is no value of the field: a panel can then show it, as it cannot show null."""

ZONE = "tz('Asia/Shanghai')"
"""Equal to the law's +08:00 since 1992."""

INTERVAL = "$__interval"
"""The window that Grafana chooses by the width of the panel."""


@dataclass(frozen=True)
class Variable:
    """A value that the reader of a dashboard chooses."""

    name: str
    multi: bool = False


@dataclass(frozen=True)
class Condition:
    """A tag or field that must have a value: a text, one that the reader chose, or compare as a number."""

    name: str
    value: str | Variable | int
    operator: Literal["=", ">"] = "="

    def render(self) -> str:
        """Return the condition as InfluxQL, with Grafana's variables."""
        match self.value:
            case Variable(name, True):
                return f"{identifier(self.name)} =~ /^${{{name}:regex}}$/"
            case Variable(name, False):
                return f"{identifier(self.name)} = ${{{name}:singlequote}}"
            case str(literal):
                return f"{identifier(self.name)} {self.operator} {text(literal)}"
            case number:
                return f"{identifier(self.name)} {self.operator} {number}"


@dataclass(frozen=True)
class Field:
    """A field that is asked for, perhaps through a function, under a name."""

    name: str
    function: Function | None = None
    alias: str = ""

    @property
    def shown(self) -> str:
        """Return the name of the column in the answer."""
        return self.alias or self.function or self.name

    def render(self) -> str:
        """Return the field as InfluxQL."""
        named = identifier(self.name)
        asked = f"{self.function}({named})" if self.function else named
        return f"{asked} AS {identifier(self.alias)}" if self.alias else asked


@dataclass(frozen=True)
class Select:
    """One question to one measurement.

    Attributes:
        fields: what is asked; all through functions, or none.
        where: all must hold; the dashboard's time range always does.
        tags: one series a value of these.
        every: window, as `1d` or `INTERVAL`; empty = none.
        fill: what an empty window says.
        newest: the latest rows first, at most so many; 0 = all, oldest first.
        legend: of a series, as `$tag_station`.
        table: columns instead of series.
    """

    measurement: Measurement
    fields: Sequence[Field]
    where: Sequence[Condition] = ()
    tags: Sequence[str] = ()
    every: str = ""
    fill: Fill = "null"
    newest: int = 0
    legend: str = ""
    table: bool = False

    def __post_init__(self) -> None:
        """Refuse what the measurement does not have."""
        known = {*self.measurement.fields, *self.measurement.tags}
        for name in [field.name for field in self.fields] + [condition.name for condition in self.where]:
            if name not in known and "$" not in name:
                raise ValueError(f"{self.measurement.name} has no {name!r}")
        if unknown := set(self.tags) - set(self.measurement.tags):
            raise ValueError(f"{self.measurement.name} has no tags {sorted(unknown)}")
        if len({field.function is None for field in self.fields}) != 1:
            raise ValueError("fields either all with a function, or none")
        texts = [field.name for field in self.fields if self.measurement.fields.get(field.name) == "text"]
        if self.fill == "0" and texts:
            raise ValueError(f"0 is no text: {texts}")
        asked = {field.name for field in self.fields if field.name not in self.measurement.tags}
        if not asked or (self.aggregates and len(asked) != len({field.name for field in self.fields})):
            raise ValueError("a database answers nothing without a field, nor to a function of a tag")

    @property
    def aggregates(self) -> bool:
        """Return whether rows become fewer."""
        return self.fields[0].function is not None

    def is_text(self, field: Field) -> bool:
        """Return whether the answer to a field is a text."""
        return field.function in {None, "last"} and self.measurement.fields.get(field.name) == "text"

    def render(self) -> str:
        """Return the question as InfluxQL."""
        groups = [f"time({self.every})"] if self.every else []
        groups += [identifier(tag) for tag in self.tags]
        parts = [
            f"SELECT {', '.join(field.render() for field in self.fields)}",
            f"FROM {identifier(self.measurement.name)}",
            " AND ".join(["WHERE $timeFilter", *(condition.render() for condition in self.where)]),
            f"GROUP BY {', '.join(groups)}" if groups else "",
            f"fill({self.fill})" if self.every else "",
            f"ORDER BY time DESC LIMIT {self.newest}" if self.newest else "",
            ZONE,
        ]
        return " ".join(part for part in parts if part)


Values = Mapping[str, str | Sequence[str]]
"""What the reader chose, by variable."""

_VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}|\$(\w+)")
_REGEX_SIGNS = re.compile(r"[\\^$*+?.()|{}\[\]/]")


def interpolate(query: str, values: Values) -> str:
    """Return a query with its variables filled in as Grafana does: formats regex, singlequote, and plain.

    Grafana's `singlequote` leaves a backslash alone, so an id that holds one is asked for wrongly; `verify` tells it.
    """

    def one(match: re.Match[str]) -> str:
        name, form = match[1] or match[3], match[2]
        if name not in values:
            return match[0]
        chosen = values[name]
        many = [chosen] if isinstance(chosen, str) else list(chosen)
        match form:
            case "singlequote":
                return ",".join("'" + value.replace("'", "\\'") + "'" for value in many)
            case "regex":
                escaped = [_REGEX_SIGNS.sub(r"\\\g<0>", value) for value in many]
                return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"
            case _:
                return ",".join(many)

    return _VARIABLE.sub(one, query)


def runnable(query: str, values: Values, start: int, end: int, interval: str) -> str:
    """Return a query as a database takes it: variables, time range (ms UTC, both inclusive) and window filled in."""
    filled = query.replace("$timeFilter", f"time >= {start}ms AND time <= {end}ms").replace(INTERVAL, interval)
    return interpolate(filled, values)

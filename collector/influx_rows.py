"""Points of an InfluxDB measurement as rows of the importer: one row a value. Pure.

A measurement says the parameter by a tag, or has a field for each. A field without a value at a point is no reading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from collector.files.rows import Rows, as_texts
from qualicity import parameters
from qualicity.model import Column
from qualicity.settings import InfluxMeasurement

Points = Mapping[str, NDArray[Any]]
"""Columns of points, as `Influx.arrays` yields them."""

Names = Mapping[str, str]
"""Column of the answer -> what it is asked as in InfluxQL."""

_ASKED_AS = {"float": "float", "integer": "float", "unsigned": "float", "string": "string", "boolean": "boolean"}
_TAGS = ("station_tag", "parameter_tag", "unit_tag", "period_tag", "poc_tag", "statistic_tag", "flag_tag")


def tags_of(mapping: InfluxMeasurement) -> Mapping[str, str]:
    """Return the tags that a mapping reads: key of the mapping -> tag."""
    return {key: tag for key in _TAGS if (tag := getattr(mapping, key))}


def fields_of(mapping: InfluxMeasurement) -> tuple[str, ...]:
    """Return the fields whose values a mapping reads."""
    return tuple(mapping.fields) or (mapping.value_field,)


@dataclass(frozen=True)
class Asked:
    """What is asked of a measurement.

    A field that has held both numbers and texts is asked as each: asked once, InfluxDB answers null for the values
    of the other type.
    """

    fields: Mapping[str, Names]
    tags: Names
    flag: Names

    @classmethod
    def of(cls, mapping: InfluxMeasurement, kinds: Mapping[str, set[str]], quoted: Callable[[str], str]) -> Self:
        """Return what a mapping asks of a measurement.

        Args:
            mapping: from the settings.
            kinds: field -> the types that its values have.
            quoted: makes an identifier of a name.
        """
        flag = mapping.flag_field
        return cls(
            {name: _field(name, f"field{n}", kinds[name], quoted) for n, name in enumerate(fields_of(mapping))},
            {key: f"{quoted(tag)}::tag" for key, tag in tags_of(mapping).items()},
            _field(flag, "flag", kinds[flag], quoted) if flag else {},
        )

    def values(self) -> str:
        """Return the list of a SELECT that asks for the values alone."""
        return _listed(self.fields.values())

    def everything(self) -> str:
        """Return the list of a SELECT that asks for all that makes a row."""
        return _listed((*self.fields.values(), self.tags, self.flag))


def _field(field: str, name: str, kinds: set[str], quoted: Callable[[str], str]) -> Names:
    if len(kinds) == 1:
        return {name: f"{quoted(field)}::field"}
    return {f"{name}_{kind}": f"{quoted(field)}::{kind}" for kind in sorted({_ASKED_AS[kind] for kind in kinds})}


def _listed(parts: Iterable[Names]) -> str:
    return ", ".join(f"{expression} AS {name}" for part in parts for name, expression in part.items())


def rows(points: Points, mapping: InfluxMeasurement, asked: Asked) -> Rows:
    """Return the values of points as rows, in the points' order; a row's `line` is its point's time, ms UTC.

    Args:
        points: the answer.
        mapping: what its columns mean.
        asked: what was asked.
    """
    values = [_joined(points, names) for names in asked.fields.values()]
    present = [np.flatnonzero(value.is_valid().to_numpy(zero_copy_only=False)) for value in values]
    point = np.concatenate(present)
    order = np.argsort(point, kind="stable")
    point = point[order]
    field = np.repeat(np.arange(len(values), dtype=np.int32), [len(one) for one in present])[order]
    columns = _fixed(mapping, len(point))
    for key in asked.tags:
        columns[key.removesuffix("_tag")] = _texts(points, [key], point)
    if asked.flag:
        columns["flag"] = _texts(points, asked.flag, point)
    if mapping.fields:
        columns["parameter"] = pa.DictionaryArray.from_arrays(field, list(mapping.fields.values()))
    columns["parameter"] = _renamed(columns["parameter"], lambda text: mapping.parameters.get(text, text))
    columns["station"] = _renamed(columns["station"], lambda text: mapping.stations.get(text, text))
    if not mapping.unit_tag:
        units = {parameters.resolve(name): unit for name, unit in mapping.units.items()}
        columns["unit"] = _renamed(columns["parameter"], lambda text: units.get(parameters.resolve(text), mapping.unit))
    columns["time"] = pa.array(points["time"][point], pa.timestamp("ms", "UTC"))
    columns["value"] = _one_column([value.take(pa.array(at)) for value, at in zip(values, present, strict=True)], order)
    return Rows(columns, points["time"][point], _Written(points, mapping, asked, point, field), ())


def _fixed(mapping: InfluxMeasurement, length: int) -> dict[str, pa.Array]:
    """Return the columns that the mapping states for all points."""
    stated = {"station": mapping.station or None, "period": mapping.period, "poc": mapping.poc}
    return {
        name: pa.DictionaryArray.from_arrays(np.zeros(length, np.int32), [str(value)])
        for name, value in stated.items()
        if value is not None
    }


def _joined(points: Points, names: Iterable[str]) -> pa.Array:
    """Return what a field says at each point: numbers, or texts where one of them is a text or a truth value."""
    columns = [pa.array(points[name], from_pandas=True) for name in names]
    if not all(pa.types.is_floating(column.type) for column in columns):
        columns = [column.cast(pa.string()) for column in columns]
    return pc.coalesce(*columns)


def _one_column(values: list[pa.Array], order: Column) -> pa.Array:
    """Return the fields' values in one column."""
    if all(pa.types.is_floating(value.type) for value in values):
        return pa.concat_arrays(values).take(pa.array(order))
    return as_texts(pa.concat_arrays([value.cast(pa.string()) for value in values]).take(pa.array(order)))


def _texts(points: Points, names: Iterable[str], point: Column) -> pa.DictionaryArray:
    """Return what a tag or a flag says at the points of the rows."""
    return as_texts(_joined(points, names).cast(pa.string())).take(pa.array(point))


def _renamed(texts: pa.DictionaryArray, name: Callable[[str], str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(
        texts.indices, pa.array([name(text) for text in texts.dictionary.to_pylist()], pa.string())
    )


@dataclass(frozen=True)
class _Written:
    """Returns what the database says of a row, as JSON, for people who look at a dead letter."""

    points: Points
    mapping: InfluxMeasurement
    asked: Asked
    point: Column
    field: Column

    def __call__(self, row: int) -> bytes:
        at = int(self.point[row])
        field = fields_of(self.mapping)[self.field[row]]
        fields = {field: self.asked.fields[field]}
        if self.asked.flag:
            fields[self.mapping.flag_field] = self.asked.flag
        return msgspec.json.encode(
            {
                "measurement": self.mapping.measurement,
                "time": int(self.points["time"][at]),
                "tags": {tag: self._said([key], at) for key, tag in tags_of(self.mapping).items()},
                "fields": {name: self._said(names, at) for name, names in fields.items()},
            }
        )

    def _said(self, names: Iterable[str], at: int) -> object:
        """Return what a tag or field says at a point; None where it says nothing."""
        found = [pa.array(self.points[name][at : at + 1], from_pandas=True)[0].as_py() for name in names]
        return next((value for value in found if value is not None), None)

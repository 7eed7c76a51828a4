"""Strict reading of declared data: every wrong key and value is named at once, each with its path.

`msgspec.convert` stops at the first error; a person who mends a file wants the whole page. So structs are
converted field by field, and only the fields' own types are left to msgspec.
"""

from __future__ import annotations

import functools
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from qualicity.errors import InputError

T = typing.TypeVar("T", bound=msgspec.Struct)
Item_co = typing.TypeVar("Item_co", bound=msgspec.Struct, covariant=True)


class Declared(typing.NamedTuple, typing.Generic[Item_co]):
    """A table of a file, and the place where it stands."""

    place: str
    item: Item_co


@dataclass
class Problems:
    """What is wrong, in the order found; one line each, beginning with its place."""

    lines: list[str] = field(default_factory=list)

    def add(self, place: str, what: str) -> None:
        """Note one problem at a place such as `network.toml: station[2].city`."""
        self.lines.append(f"{place}: {what}")

    def refuse(self, where: str, mend: str) -> None:
        """Refuse what was read, when anything is wrong in it.

        Raises:
            InputError: all problems, a line each.
        """
        if self.lines:
            count = "1 problem" if len(self.lines) == 1 else f"{len(self.lines)} problems"
            raise InputError("\n  ".join([f"{count} in {where}:", *self.lines]), mend)


def convert_struct(data: object, kind: type[T], place: str, problems: Problems) -> T | None:
    """Read a table as a struct; return None when anything in it is wrong.

    Args:
        data: what the parser gave: dicts, lists, texts, numbers, dates.
        kind: the struct, which names keys, types and defaults.
        place: path of the table, for the problems' text.
        problems: where unknown keys, missing keys and wrong values are noted, all of them.
    """
    if not isinstance(data, dict):
        problems.add(place, f"expected a table, got {type(data).__name__}")
        return None
    before = len(problems.lines)
    fields = _fields(kind)
    for key in data.keys() - fields.keys():
        problems.add(f"{place}.{key}", f"unknown key; known are {', '.join(fields)}")
    values: dict[str, object] = {}
    for name, item in fields.items():
        if name in data:
            values[name] = _convert_field(data[name], item.type, f"{place}.{name}", problems)
        elif item.required:
            problems.add(place, f"{name} is missing")
    return kind(**values) if len(problems.lines) == before else None


def convert_tables(
    data: Mapping[str, object], key: str, kind: type[T], file: str, problems: Problems
) -> list[Declared[T]]:
    """Read all tables `[[key]]` of a file; what cannot be read is noted and left out.

    Args:
        data: the file's content.
        key: of the tables; a file may have none.
        kind: the struct of each.
        file: its name, for the problems' text.
        problems: where everything that is wrong is noted.
    """
    tables = data.get(key, [])
    if not isinstance(tables, list):
        problems.add(f"{file}: {key}", f"write it as [[{key}]], once for each")
        return []
    found: list[Declared[T]] = []
    for number, table in enumerate(tables):
        place = f"{file}: {key}[{number}]"
        if isinstance(table, dict) and isinstance(table.get("id"), str):
            place += f" {table['id']!r}"
        item = convert_struct(table, kind, place, problems)
        if item is not None:
            found.append(Declared(place, item))
    return found


@functools.cache
def _fields(kind: type[msgspec.Struct]) -> Mapping[str, msgspec.structs.FieldInfo]:
    """Return a struct's fields by name; msgspec evaluates annotations anew at each call, which is slow."""
    return {item.name: item for item in msgspec.structs.fields(kind)}


def _convert_field(data: object, kind: typing.Any, place: str, problems: Problems) -> object:
    """Read one value; structs and tuples of structs go on field by field."""
    arguments = typing.get_args(kind)
    if len(arguments) == 2 and arguments[1] is type(None) and _is_struct(arguments[0]):
        kind = arguments[0]
    if _is_struct(kind):
        return convert_struct(data, kind, place, problems)
    if typing.get_origin(kind) is tuple and _is_struct(arguments[0]) and isinstance(data, list):
        return tuple(convert_struct(row, arguments[0], f"{place}[{n}]", problems) for n, row in enumerate(data))
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        problems.add(place, str(error).replace(" - at `$", " at `"))
        return None


def _is_struct(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)

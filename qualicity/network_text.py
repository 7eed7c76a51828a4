"""A network as TOML text: the writing side of `network_file`, for exactly the structs of `network`."""

from __future__ import annotations

import datetime as dt
import functools
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

import msgspec

from qualicity.network import NetworkFile

_INDENT = "  "
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def write_network(network: NetworkFile, heading: str = "") -> str:
    """Return the TOML text that `load_network` reads back to the same network.

    Args:
        network: cities and stations; fields at their default are left out.
        heading: comment lines for the top, without their `#`.
    """
    lines = [f"# {line}".rstrip() for line in heading.splitlines()]
    for name in network.__struct_fields__:
        for item in getattr(network, name):
            lines += ["", *_table(item, name, "")]
    return "\n".join(lines).lstrip("\n") + "\n"


def _table(item: msgspec.Struct, path: str, indent: str, *, single: bool = False) -> Iterator[str]:
    """Yield the lines of a table, an array's or a single one; tables inside it follow as tables of their own."""
    yield f"{indent}[{path}]" if single else f"{indent}[[{path}]]"
    nested: list[tuple[str, msgspec.Struct, bool]] = []
    for name, value in _given(item):
        inside = f"{path}.{name}"
        if _holds_tables(value):
            nested += [(inside, row, False) for row in value]
        elif isinstance(value, msgspec.Struct) and any(_holds_tables(part) for _, part in _given(value)):
            nested.append((inside, value, True))
        else:
            yield f"{indent}{name} = {_value(value)}"
    for inside, row, alone in nested:
        yield ""
        yield from _table(row, inside, indent + _INDENT, single=alone)


def _given(item: msgspec.Struct) -> Iterator[tuple[str, Any]]:
    """Yield what is not as the struct has it by itself; TOML has no word for None."""
    for info in _fields(type(item)):
        value = getattr(item, info.name)
        if value is not None and (info.required or value != info.default) and value != {}:
            yield info.name, value


def _holds_tables(value: object) -> TypeGuard[tuple[msgspec.Struct, ...]]:
    return isinstance(value, tuple) and bool(value) and isinstance(value[0], msgspec.Struct)


@functools.cache
def _fields(kind: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    """Return a struct's fields; msgspec evaluates annotations anew at each call, which is slow."""
    return msgspec.structs.fields(kind)


def _value(value: object) -> str:
    """Return a value as TOML writes it on one line."""
    if isinstance(value, msgspec.Struct):
        return _value(dict(_given(value)))
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(str(key))} = {_value(part)}" for key, part in value.items())
        return f"{{ {inside} }}"
    if isinstance(value, tuple):
        return f"[{', '.join(_value(part) for part in value)}]"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, str | bool):
        return _text(value)
    if isinstance(value, int | float):
        return repr(value)
    raise TypeError(f"no TOML for {type(value).__name__}")


def _key(text: str) -> str:
    return text if _BARE.fullmatch(text) else _text(text)


def _text(text: str | bool) -> str:  # noqa: FBT001 - a value
    """Return a TOML basic string, or true and false; JSON escapes alike, but leaves DEL as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

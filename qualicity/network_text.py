"""A network as TOML text: the writing side of `network_file`, for exactly the structs of `network`."""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Iterator, Mapping

import msgspec

from qualicity.network import NetworkFile

_INDENT = "  "


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


def _table(item: msgspec.Struct, path: str, indent: str) -> Iterator[str]:
    """Yield the lines of an array's table; tuples of structs follow as tables of their own."""
    yield f"{indent}[[{path}]]"
    nested: list[tuple[str, msgspec.Struct]] = []
    for info in _fields(type(item)):
        value = getattr(item, info.name)
        if not info.required and value == info.default:
            continue
        if isinstance(value, tuple) and value and isinstance(value[0], msgspec.Struct):
            nested += [(f"{path}.{info.name}", row) for row in value]
        elif value is not None and value != {}:
            yield f"{indent}{info.name} = {_value(value)}"
    for name, row in nested:
        yield ""
        yield from _table(row, name, indent + _INDENT)


@functools.cache
def _fields(kind: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    """Return a struct's fields; msgspec evaluates annotations anew at each call, which is slow."""
    return msgspec.structs.fields(kind)


def _value(value: object) -> str:
    """Return a value as TOML writes it on one line."""
    if isinstance(value, msgspec.Struct):
        return _value({name: text for name in value.__struct_fields__ if (text := getattr(value, name))})
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_text(str(key))} = {_value(part)}" for key, part in value.items())
        return f"{{ {inside} }}"
    if isinstance(value, tuple):
        return f"[{', '.join(_value(part) for part in value)}]"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | float):
        return repr(value)
    raise TypeError(f"no TOML for {type(value).__name__}")


def _text(text: str) -> str:
    """Return a TOML basic string; JSON escapes alike, but leaves DEL as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

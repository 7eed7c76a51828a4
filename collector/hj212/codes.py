"""Factor codes and their units (annex B), as `codes.toml` lists them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

import msgspec

from qualicity.errors import InputError
from qualicity.network import Name
from qualicity.shipped import shipped_table


class Code(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One factor code."""

    code: str
    name: Name
    table: str  # where it stands
    certainty: Literal["read", "cross-checked", "recalled"]
    parameter: str = ""  # empty = none of ours
    old: str = ""  # code of the 2005 edition
    unit: str = ""  # of values; empty = the channel's own
    load: str = ""  # unit of -Cou; empty = no total is defined
    numbered: bool = False  # two digits follow it


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: tuple[Code, ...]


@cache
def codes() -> Mapping[str, Code]:
    """Return every factor by its code, and by its code of the 2005 edition.

    Raises:
        InputError: the table breaks its schema, or a code stands for two factors.
    """
    table = shipped_table("collector.hj212", "codes.toml", _File).code
    found: dict[str, Code] = {}
    for code in table:
        for name in filter(None, (code.code, code.old)):
            if found.setdefault(name, code) is not code:
                raise InputError(f"codes.toml: {name} stands for two factors", "give it to one of them")
    return found


def find_code(text: str) -> Code | None:
    """Return the factor behind a code as sent; None when the tables have none."""
    code = codes().get(text)
    if code is None and text[-2:].isascii() and text[-2:].isdigit():
        code = codes().get(text[:-2])
        return code if code is not None and code.numbered else None
    return None if code is not None and code.numbered else code

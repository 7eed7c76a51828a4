"""Tables of the targets as they stand in their files."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from importlib.resources import files
from typing import TypeVar

import msgspec

from qualicity.errors import InputError
from qualicity.strict import Problems, convert_tables

MEND = "mend the table at the places named"


class Identified(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row that others name by its id."""

    id: str


Row = TypeVar("Row", bound=Identified)


def toml_table(text: str, file: str) -> Mapping[str, object]:
    """Return the content of a TOML text; its numbers are the digits that it says, not floats.

    Args:
        text: of the file.
        file: its name, for the error's text.

    Raises:
        InputError: it is no TOML; the message names line and column.
    """
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{file}: {error}", MEND) from error


def rows_by_id(file: str, key: str, kind: type[Row]) -> Mapping[str, Row]:
    """Return the tables `[[key]]` of a file beside this module, by their ids.

    Raises:
        InputError: all that is wrong, each with its place.
    """
    problems = Problems()
    content = toml_table((files(__package__) / file).read_text("utf-8"), file)
    found: dict[str, Row] = {}
    for place, row in convert_tables(content, key, kind, file, problems):
        if row.id in found:
            problems.add(place, "stands twice")
        found[row.id] = row
    for other in sorted(content.keys() - {key}):
        problems.add(f"{file}: {other}", f"unknown key; known is {key}")
    problems.refuse(file, MEND)
    return found

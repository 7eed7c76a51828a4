"""What the header of a canonical file must be, and how to say what it is instead."""

from __future__ import annotations

from collections.abc import Sequence

from qualicity import csv_pieces
from qualicity.errors import InputError

REQUIRED = ("station", "parameter", "time", "value", "unit")
OPTIONAL = ("period", "flag", "poc", "statistic", "qualifier", "detection_limit")

_SHOWN = 8  # column names that an error lists
_WANTED = f"a canonical file has one reading a row, under {','.join(REQUIRED)} (and, if it likes, {','.join(OPTIONAL)})"


def check_columns(name: str, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the column names of a header, in the file's order, in their canonical spelling.

    Raises:
        InputError: a column is missing, unknown, or there twice.
    """
    found = tuple(column.strip().lower() for column in columns)
    missing = [column for column in REQUIRED if column not in found]
    unknown = [column for column in found if column not in REQUIRED + OPTIONAL]
    twice = sorted({column for column in found if found.count(column) > 1})
    wrong = "; ".join(
        f"{what} {_listed(which)}"
        for what, which in (("missing", missing), ("unknown", unknown), ("twice", twice))
        if which
    )
    if wrong:
        raise InputError(f"{name} line 1: {wrong}; columns found: {_listed(found)}", _mend(found))
    return found


def check_first_line(name: str, line: bytes) -> str:
    """Return the first line of a text file as text.

    Raises:
        InputError: it is no text in UTF-8, or it is HTML.
    """
    return csv_pieces.check_first_line(name, line, _WANTED)


def _mend(found: Sequence[str]) -> str:
    if len(found) == 1:
        for separator, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if separator in found[0]:
                return f"the columns are separated by {word}: use commas; {_WANTED}"
    if {"date", "hour", "type"} <= set(found):
        return f"this is the wide layout with a column a station: turn it into rows; {_WANTED}"
    return _WANTED


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) if name != name.strip() or not name else name for name in names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"

"""What the header of a canonical file must be, and how to say what it is instead."""

from __future__ import annotations

import codecs
from collections.abc import Sequence

from qualicity.errors import InputError

REQUIRED = ("station", "parameter", "time", "value", "unit")
OPTIONAL = ("period", "flag", "poc", "statistic", "qualifier", "detection_limit")

_SHOWN = 8  # column names that an error lists
_BYTE_ORDER_MARKS = {codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}
_FOREIGN = {
    b"PK\x03\x04": "an Excel workbook or a zip",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"SQLite format 3": "an SQLite database",
}
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
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if line.startswith(mark):
            raise InputError(f"{name} line 1: the file is in {encoding}", f"save it as UTF-8; {_WANTED}")
    for magic, kind in _FOREIGN.items():
        if line.startswith(magic):
            raise InputError(f"{name} line 1: the file is {kind}, not CSV", f"export it as CSV in UTF-8; {_WANTED}")
    if b"\x00" in line:
        raise InputError(f"{name} line 1: the file is binary, or in UTF-16", f"save it as CSV in UTF-8; {_WANTED}")
    try:
        text = line.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{name} line 1: not UTF-8{_gb18030(line)}", f"save it as UTF-8; {_WANTED}") from error
    if text.lstrip().startswith("<"):
        raise InputError(
            f"{name} line 1: the file is HTML, not CSV: {text.strip()[:60]}",
            "the download gave an error page: fetch the file again",
        )
    if "\r" in text.rstrip("\r\n"):
        raise InputError(f"{name} line 1: lines end in CR alone", "save it with line ends LF or CRLF")
    return text


def _gb18030(line: bytes) -> str:
    """Return what a line says if it is in GB 18030, which covers GBK and GB 2312."""
    try:
        return f" (in GBK it reads {line.decode('gb18030').strip()[:60]!r})"
    except UnicodeDecodeError:
        return ""


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

"""Rows that were read one by one, of JSON and of spreadsheets, as columns of text."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from qualicity.csv_pieces import OddLine, Piece

PIECE = 20_000
"""Rows that are made into columns at once."""
_LONGEST_NUMBER = 40  # digits


class NoCell(Exception):  # noqa: N818 - said of a value, caught where the row is known
    """A value that cannot stand in a cell."""


def as_text(value: Any) -> str | None:
    """Return what a cell says as text; None = nothing.

    Raises:
        NoCell: it is a list or an object.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        value = Decimal(f"{value:.15g}")  # what a spreadsheet shows: 0.3, where the machine has 0.30000000000000004
    if isinstance(value, int | Decimal):
        return f"{Decimal(value):f}" if abs(Decimal(value).adjusted()) <= _LONGEST_NUMBER else str(value)
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        value = value.date()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    raise NoCell(f"{type(value).__name__} where a text, a number, true, false or null belongs")


def piece(
    names: Sequence[str], rows: Sequence[Sequence[str | None]], lines: Sequence[int], odd: Sequence[OddLine]
) -> Piece:
    """Return rows as columns; an empty cell is the empty text.

    Args:
        names: of the columns.
        rows: cells, as many as there are names.
        lines: where each row stands.
        odd: what is no row.
    """
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return Piece(
        columns={
            name: pa.array(["" if cell is None else cell for cell in column], pa.string()).dictionary_encode()
            for name, column in zip(names, columns, strict=True)
        },
        line=np.array(lines, np.int64),
        payload=lambda row: json.dumps(dict(zip(names, rows[row], strict=True)), ensure_ascii=False).encode(),
        odd=odd,
    )

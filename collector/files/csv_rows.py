"""Rows of a canonical CSV file; what has not the shape of a row is a reject."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from collector.deadletter import Reason
from collector.files.rows import RejectedRow, Rows
from qualicity.csv_pieces import BLOCK, csv_pieces


def csv_rows(file: BinaryIO, columns: Sequence[str], *, block: int = BLOCK) -> Iterator[Rows]:
    """Yield the rows that follow the header.

    Args:
        file: open for reading, placed behind the header's line.
        columns: the header's names, in order.
        block: bytes to read at once.
    """
    for piece in csv_pieces(file, columns, block=block):
        rejects = [RejectedRow(line, Reason.UNDECODABLE, problem, text) for line, problem, text in piece.odd]
        yield Rows(piece.columns, piece.line, piece.payload, rejects)

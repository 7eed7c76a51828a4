"""Numbers of chapters' figures and tables: `6-1`, in the order in which they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from reports.model import Figure, Paper, Table, blocks_of


def numbers(paper: Paper) -> Mapping[str, str]:
    """Return the number of each figure and table by its id."""
    counts: Counter[tuple[str, str]] = Counter()
    found: dict[str, str] = {}
    for chapter, block in blocks_of(paper):
        if isinstance(block, Figure | Table):
            place = (chapter.id, type(block).__name__)
            counts[place] += 1
            found[block.id] = f"{chapter.number}-{counts[place]}" if chapter.number else str(counts[place])
    return found

"""Why a section's period was judged so: what exceeds by how much, what is missing, what a detection limit hides."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from aggregator.air import COMPLIES, UNKNOWN
from aggregator.water.block import Block
from aggregator.water.classes import ENDLESS, Table
from qualicity.reasons import NO_VALUE, WITHIN
from qualicity.units import behind


class Reasons:
    """The reasons of a block's cells."""

    def __init__(self, block: Block) -> None:
        self._block = block
        lacking = block.mine & block.say & (block.due | (block.values.n > 0)) & (block.items.verdict == UNKNOWN)
        self._open = {int(n): np.flatnonzero(lacking[n]).tolist() for n in np.flatnonzero(lacking.any(axis=1))}
        self._verdict = block.sections.verdict.tolist()

    def of(self, n: int, failing: Sequence[int]) -> str:
        """Return the reason of a cell: parts of a closed set of forms, as `qualicity.reasons` reads them.

        Args:
            n: the cell.
            failing: numbers of its items that miss the target.
        """
        if self._verdict[n] == COMPLIES:
            return WITHIN
        parts = [self._failing(n, i) for i in failing]
        parts += [self._lacking(n, i) for i in self._open.get(n, ())]
        if (counted := self._block.samples.get(n)) is not None and counted[1]:
            parts.append(f"{counted[1]} of {sum(counted)} samples exceed")
        return "; ".join(parts) or NO_VALUE

    def _failing(self, n: int, i: int) -> str:
        block, law = self._block, self._block.law
        item, value, target = law.items[i], int(block.values.value[n, i]), int(block.target[n])
        if law.absent[i, target]:
            return f"{item.parameter}: detected, must not be"
        low, high = int(law.low[i, target]), int(law.high[i, target])
        sign, bound = (">", high) if high != ENDLESS and value > high else ("<", low)
        return f"{item.parameter} {written(law, i, value)} {sign} {written(law, i, bound)}{behind(item.unit)}"

    def _lacking(self, n: int, i: int) -> str:
        block, law, found = self._block, self._block.law, self._block.values
        item, target = law.items[i], int(block.target[n])
        if not found.enough[n, i]:
            valid, due, needed = (int(part[n, i]) for part in (found.n, found.expected, found.needed))
            kind = "values" if found.automatic[n, i] else "samples"
            return f"{item.parameter}: {valid} of {due} {kind} valid, {max(1, needed)} needed"
        bound = int(law.low[i, target] if law.high[i, target] == ENDLESS else law.high[i, target])
        return (
            f"{item.parameter}: not measured well enough for the limit of {written(law, i, bound)}{behind(item.unit)}"
        )


def written(law: Table, i: int, value: int) -> str:
    """Return an item's integer as the decimal that it stands for."""
    text = format(Decimal(value).scaleb(-int(law.decimals[i])), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text

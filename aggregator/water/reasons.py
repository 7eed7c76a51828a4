"""Why a section's period was judged so: what exceeds by how much, what is missing, what a detection limit hides."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from aggregator.air import COMPLIES, UNKNOWN
from aggregator.water.classes import ENDLESS, Table
from qualicity.reasons import WITHIN

if TYPE_CHECKING:
    from aggregator.water.rows import Block

NOTHING = "no valid value"


class Reasons:
    """The reasons of a block's cells."""

    def __init__(self, block: Block) -> None:
        self._block = block
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
        parts += [self._lacking(n, i) for i in self._open(n)]
        if (counted := self._block.samples.get(n)) is not None and counted[1]:
            parts.append(f"{counted[1]} of {sum(counted)} samples exceed")
        return "; ".join(parts) or NOTHING

    def _open(self, n: int) -> list[int]:
        block = self._block
        wanted = block.say[n] & (block.due[n] | (block.values.n[n] > 0)) & (block.items.verdict[n] == UNKNOWN)
        return [i for i in block.own[block.cells[n][0]] if wanted[i]]

    def _failing(self, n: int, i: int) -> str:
        block, law = self._block, self._block.law
        item, value, target = law.items[i], int(block.values.value[n, i]), int(block.target[n])
        if law.absent[i, target]:
            return f"{item.parameter} {written(law, i, value)} {item.unit} found, none is allowed"
        low, high = int(law.low[i, target]), int(law.high[i, target])
        if low == -ENDLESS:
            return f"{item.parameter} {written(law, i, value)} > {written(law, i, high)} {item.unit}"
        if high == ENDLESS:
            return f"{item.parameter} {written(law, i, value)} < {written(law, i, low)} {item.unit}"
        return f"{item.parameter} {written(law, i, value)} outside {written(law, i, low)} to {written(law, i, high)}"

    def _lacking(self, n: int, i: int) -> str:
        block, law = self._block, self._block.law
        name, found, target = law.items[i].parameter, block.values, int(block.target[n])
        valid = int(found.n[n, i])
        if not found.enough[n, i]:
            kind = "values" if found.automatic[n, i] else "samples"
            return f"{name}: {valid} valid {kind}, {max(1, int(found.needed[n, i]))} needed"
        if found.blind[n, i]:
            return f"{name}: below a detection limit that is not stated"
        if found.endless[n, i]:
            return f"{name}: above the range of the instrument"
        limit = written(law, i, int(found.high[n, i]))
        asked = int(law.high[i, target]) if int(law.high[i, target]) != ENDLESS else int(law.low[i, target])
        return (
            f"{name}: a detection limit of {limit} does not tell it from {written(law, i, asked)} {law.items[i].unit}"
        )


def written(law: Table, i: int, value: int) -> str:
    """Return an item's integer as the decimal that it stands for."""
    text = format(Decimal(value).scaleb(-int(law.decimals[i])), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text

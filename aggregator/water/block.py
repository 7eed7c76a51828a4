"""What is known of many cells before it is written down: stations' periods under one law, and their items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from aggregator.water.classes import Table
from aggregator.water.means import Values
from aggregator.water.verdicts import Items, Sections
from qualicity.network import Station
from qualicity.periods import Period


@dataclass(frozen=True)
class Block:
    """Judged cells of stations under one law: N cells, each a station's period.

    Attributes:
        cells: the station's number and the period of each cell.
        mine: bool (N, I), the cell's station has the item.
        assessed: values are rounded as assessments are; else they are as they came.
        samples: how many complied, exceeded and are open, by cell of stations that are judged by each sample.
        volume: m3 abstracted, by cell where it is filed.
    """

    law: Table
    stations: Sequence[Station]
    cells: Sequence[tuple[int, Period]]
    mine: NDArray[np.bool_]
    values: Values
    target: NDArray[np.int8]
    say: NDArray[np.bool_]
    due: NDArray[np.bool_]
    items: Items
    sections: Sections
    assessed: bool = True
    samples: Mapping[int, tuple[int, int, int]] = field(default_factory=dict)
    volume: Mapping[int, float] = field(default_factory=dict)

    @property
    def has(self) -> NDArray[np.bool_]:
        """Return which items (N, I) have a value."""
        return self.values.enough & (self.values.n > 0)

"""What chapter 2 is written from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reports.model import Cell
from reports.period import PaperPeriod
from reports.sources import Sources
from targets.evaluation import Evaluated

ENERGY, WATER, SHARE = "env.energy_int", "env.water_int", "svc.modern_share"

INDICATORS = (ENERGY, WATER, SHARE)


@dataclass(frozen=True)
class Known:
    """What the chapter is written from.

    Attributes:
        year: the last one that is over by the end of the period.
        items: what is said of that year, by indicator.
        gdp: at constant prices, by year, in 100 m yuan.
        prices: year of those prices; None = none is on file.
    """

    sources: Sources
    period: PaperPeriod
    year: int
    items: Mapping[str, Evaluated]
    gdp: Mapping[str, Cell]
    prices: int | None

    @property
    def synthetic(self) -> bool:
        """Return whether some of it is made up."""
        made_up = any(self.items[name].judgement.synthetic for name in INDICATORS if name in self.items)
        return made_up or any("synthetic" in one.marks for one in self.gdp.values())

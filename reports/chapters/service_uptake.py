"""What chapter 4 tells of standards (R_si): how far organisations have come, and which share of the lists has."""

from __future__ import annotations

from qualicity.network import Name
from reports.chapters.service_survey import sector_name
from reports.chapters.years import key, point_marks
from reports.model import Cell, Column, Row, Table
from reports.period import PaperPeriod
from reports.selection import Selection, choice, chosen
from reports.sources import Sources
from reports.wording import wording
from targets.companions import companion
from targets.evaluation import Evaluated
from targets.implementation import STAGES

say = wording("service")

_STANDARDS = ("service_std", "GBT19004", "GBT19580", "benchmark")
_SHARES = {"svc.standards": "implemented", "svc.gbt19004": "share_of_list", "svc.excellence_public": "share_of_list"}
"""The companion of each indicator that tells a share."""

_SECTOR = "sector "


def stages(sources: Sources, period: PaperPeriod) -> Table:
    """Return T9: organisations by standard and the stage that they have reached."""
    whole = chosen(sources, Selection("R_si", period.text), "standard", "stage")
    rows = []
    for standard in _STANDARDS:
        own = whole.part("standard", standard)
        if own.number:
            cells = [own.part("stage", stage).count() for stage in STAGES]
            name = Cell(standard, choice("R_si", "standard", standard))
            rows.append(Row((name, *cells, own.count()), own.selection.key))
    columns = (
        Column("standard", say("standard")),
        *(Column(stage, choice("R_si", "stage", stage), "number", decimals=0) for stage in STAGES),
        Column("all", say("all"), "number", decimals=0),
    )
    caption = say("uptake_caption", period=period.spoken)
    return Table("service.stages", caption, columns, tuple(rows), say("no_uptake"), (say("uptake_note"),))


def shares(items: dict[str, Evaluated], year: int) -> Table:
    """Return the shares of lists and of applicable standards, those of standards of service by sector too."""
    leading = [(items[name], way) for name, way in _SHARES.items() if name in items]
    by_sector = [
        (item, way) for item, _ in leading for way in sorted(item.series.companions) if way.startswith(_SECTOR)
    ]
    rows = [row for item, way in (*leading, *by_sector) if (row := _share(item, way, str(year))) is not None]
    columns = (
        Column("measure", say("measure")),
        Column("reached", say("reached"), "number", decimals=0),
        Column("listed", say("listed"), "number", decimals=0),
        Column("share", say("share"), "number", "%", 1),
    )
    caption = say("shares_caption", year=year)
    return Table("service.shares", caption, columns, tuple(rows), say("no_shares"), (say("shares_note"),))


def _share(item: Evaluated, way: str, year: str) -> Row | None:
    point = next((one for one in item.series.companions.get(way, ()) if one.period == year), None)
    if point is None:
        return None
    marks = point_marks(point)
    cells = [Cell(value, marks=marks) for value in (point.numerator, point.denominator, point.value)]
    return Row((Cell(way, _named(item, way)), *cells), key(item))


def _named(item: Evaluated, way: str) -> Name:
    if way.startswith(_SECTOR):
        return say("of_sector", sector=sector_name(way.removeprefix(_SECTOR)))
    return say("shares_of", indicator=item.indicator.name, what=companion(way))

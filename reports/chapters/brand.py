"""Chapter 7, brands, intellectual property and standards: what stands, what has accumulated, who hosts whom."""

from __future__ import annotations

from reports.chapters.brand_tables import Brands, bodies, fields, firms, standards
from reports.chapters.status import (
    ending,
    key_figures,
    of_indicators,
    paragraph,
    part_figures,
    trend_figure,
)
from reports.model import Block, Chapter, Section
from reports.period import PaperPeriod
from reports.sources import Sources
from reports.wording import wording

say = wording("brand")

STANDARDS, CORE = "ips.std_docs", "ips.core_ip"

_BRANDS = ("brd.prov_brand", "brd.prov_rank", "brd.gi", "brd.rev1000", "brd.rev500", "brd.capital", "brd.export")
_STANDARDS = (STANDARDS, "ips.tc", "ips.voice", "ips.good_std_firms")

INDICATORS = (*_BRANDS, *_STANDARDS, CORE)
"""In the order of the chapter."""

_KEY = ("brd.prov_brand", "brd.gi", "brd.rev1000", STANDARDS, "ips.tc", CORE)


def brand(sources: Sources, period: PaperPeriod) -> Chapter:
    """Return the chapter."""
    items = {one.indicator.id: one for one in of_indicators(sources, period, INDICATORS)}
    owned = Brands(sources, period, items)

    def told(*names: str) -> list[Block]:
        return [paragraph(sources, period, items[name]) for name in names if name in items]

    cumulative: list[Block] = []
    if STANDARDS in items:
        cumulative = [trend_figure(sources, period, items[STANDARDS], "brand.standards_trend")]
    leading = [items[name] for name in _KEY if name in items]
    blocks: list[Block] = [
        key_figures("brand.key", leading, *part_figures(sources, period, leading)),
        Section(
            "brand.titles",
            say("brands_title"),
            (*told(*_BRANDS), owned.figure(), owned.table(), firms(sources, items)),
        ),
        Section(
            "brand.standardization",
            say("standards_title"),
            (*told(*_STANDARDS), *cumulative, standards(sources, period), bodies(sources, period)),
        ),
        Section("brand.ip", say("ip_title"), (*told(CORE), fields(sources, items.get(CORE)))),
        *ending(sources, period, "brand", INDICATORS, list(items.values())),
    ]
    return Chapter("brand", say("title"), tuple(blocks), "7")

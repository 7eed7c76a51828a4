"""Chapter 3, products: sampling, certification and adopted standards, inventions.

A rate stands with its batches and interval. What may be said of a change is said of the same products alone.
"""

from __future__ import annotations

from reports.chapters.judged import judged_year
from reports.chapters.product_other import adoption, certificates, patents
from reports.chapters.product_sampling import Changes, Sampled, panel_sentence
from reports.chapters.status import (
    ending,
    key_figures,
    of_indicators,
    paragraph,
    part_figures,
    trend_figure,
)
from reports.chapters.years import together
from reports.model import Block, Chapter, Prose, Section
from reports.period import PaperPeriod
from reports.sources import Sources
from reports.wording import wording

say = wording("product")

MARKET, TRACKING, GRANTS = "prd.market_pass", "prd.natl_track_pass", "prd.invention_grants"

INDICATORS = (
    MARKET,
    TRACKING,
    "prd.intl_std_rate",
    "prd.superior_rate",
    "prd.ms_cert_firms",
    "prd.cert_uptake",
    GRANTS,
    "prd.brands",
    "prd.monitor_system",
)
"""In the order of the chapter."""

_KEY = (MARKET, TRACKING, "prd.intl_std_rate", "prd.superior_rate", "prd.ms_cert_firms", GRANTS)
_FIRMS = ("prd.ms_cert_firms", "prd.cert_uptake", "prd.intl_std_rate", "prd.superior_rate")


def product(sources: Sources, period: PaperPeriod) -> Chapter:
    """Return the chapter."""
    items = {one.indicator.id: one for one in of_indicators(sources, period, INDICATORS)}
    sampled = Sampled(sources, period)
    market = items.get(MARKET)
    changes = Changes(sources, market)

    def told(*names: str) -> list[Block]:
        return [paragraph(sources, period, items[name]) for name in names if name in items]

    def courses(*names: str) -> list[Block]:
        return [
            trend_figure(sources, period, items[name], f"product.{name.split('.')[1]}_trend")
            for name in names
            if name in items
        ]

    sampled_rates = [
        paragraph(sources, period, items[name], *panel_sentence(items[name]))
        for name in (MARKET, TRACKING)
        if name in items
    ]
    leading = [items[name] for name in _KEY if name in items]
    blocks: list[Block] = [
        key_figures("product.key", leading, *part_figures(sources, period, leading)),
        Prose(together(sampled.sentences())),
        Section(
            "product.sampling",
            say("sampling_title"),
            (
                *sampled_rates,
                *courses(MARKET, TRACKING),
                sampled.by_stage(),
                sampled.by_size(),
                sampled.by_district(),
                sampled.classes(market),
                sampled.worst(),
            ),
        ),
        Section("product.mix", say("mix_title"), (changes.figure(), changes.table())),
        Section(
            "product.firms",
            say("firms_title"),
            (*told(*_FIRMS), certificates(sources, period), adoption(sources, judged_year(period))),
        ),
        Section(
            "product.inventions", say("patents_title"), (*told(GRANTS), *courses(GRANTS), patents(sources, period))
        ),
        *ending(sources, period, "product", INDICATORS, list(items.values())),
    ]
    return Chapter("product", say("title"), tuple(blocks), "3")

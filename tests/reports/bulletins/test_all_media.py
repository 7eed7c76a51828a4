"""A bulletin of several media is one paper."""

from __future__ import annotations

from qualicity.network import Station
from reports.numbering import numbers
from reports.papers import bulletin
from reports.period import paper_period
from reports.testing import MadeUpSources

STATIONS = (Station("a", "shenzhen"), Station("w", "shenzhen", medium="water", purpose="source"))


def test_figures_and_tables_of_several_media_have_numbers_of_their_own():
    """Chapters are numbered as soon as there are two, and with them all that stands in them."""
    period = paper_period("2016Q1")
    both, one = (
        bulletin(MadeUpSources(stations=STATIONS), period),
        bulletin(MadeUpSources(stations=STATIONS[:1]), period),
    )
    assert [chapter.number for chapter in both.chapters] == ["1", "2"]
    assert [chapter.number for chapter in one.chapters] == [""]
    assert {number.split("-")[0] for number in numbers(both).values()} == {"1", "2"}
    assert not any("-" in number for number in numbers(one).values())

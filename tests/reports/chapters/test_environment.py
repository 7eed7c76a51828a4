"""Chapter 6: air, water and outlets as they were measured, what departments filed beside it, indicators."""

from __future__ import annotations

import calendar
import datetime as dt
from decimal import Decimal
from fractions import Fraction

from reports.chapters.environment import environment
from reports.model import LANGUAGES, Figure, KeyFigures, Prose, Section, Table, Tone
from reports.period import paper_period
from reports.testing import MadeUpSources


def _blocks(chapter):
    found = list(chapter.blocks)
    for block in found:
        if isinstance(block, Section):
            found += block.blocks
    return found


def _tables(chapter) -> dict[str, Table]:
    return {block.id: block for block in _blocks(chapter) if isinstance(block, Table)}


def _said(chapter, tone: Tone = "text") -> str:
    return " ".join(block.text.en for block in _blocks(chapter) if isinstance(block, Prose) and block.tone == tone)


def month(number: int, verdict: str) -> dict:
    """Return a month of one source as filed."""
    first = dt.date(2015, number, 1)
    return {
        "record_id": f"s{number}",
        "source_id": "S1",
        "district": "440303",
        "month": f"2015-{number:02d}",
        "period_start": first,
        "period_end": first.replace(day=calendar.monthrange(2015, number)[1]),
        "event_date": first.replace(day=28),
        "reported_at": dt.date(2016, 1, 10),
        "abstraction_10km3": Decimal(100),
        "class": "II" if verdict == "pass" else "IV",
        "verdict": verdict,
    }


def wastewater(kind: str, **amounts: object) -> dict:
    """Return a year of one kind of wastewater as filed."""
    return {
        "record_id": kind,
        "type": kind,
        "district": "440300",
        "period_start": dt.date(2015, 1, 1),
        "period_end": dt.date(2015, 12, 31),
        "reported_at": dt.date(2016, 1, 20),
        **amounts,
    }


def test_a_city_of_which_nothing_is_known(nothing):
    """The chapter is made and true: each part says what is missing, in both languages, and nothing is counted."""
    for period in ("2015", "2015H1"):
        chapter = environment(nothing, paper_period(period))
        said = _said(chapter)
        for told in ("no drinking-water source", "no outlet of wastewater", "Nothing is on file for"):
            assert told in said, told
        (box,) = (block for block in chapter.blocks if isinstance(block, KeyFigures))
        days = paper_period(period).days
        assert {figure.cell.value for figure in box.figures} == {None, days}  # that many without a reading of air
        tables = _tables(chapter)
        assert not tables["environment.filed_sources"].rows
        assert not tables["environment.filed_wastewater"].rows
        assert {row.cells[-2].value for row in tables["environment.indicators"].rows} == {"not_assessable"}
        assert "Some indicators lack" in _said(chapter, "data_quality")
        for figure in (block for block in _blocks(chapter) if isinstance(block, Figure)):
            for language in LANGUAGES:
                assert figure.draw(language)
        ids = [block.id for block in _blocks(chapter) if isinstance(block, Figure | Table | KeyFigures | Section)]
        assert len(set(ids)) == len(ids)


def test_what_departments_filed_stands_beside(nothing):
    """Months of sources and amounts of wastewater with their n, marked where made up, in no rate of the stations."""
    sent = {"generated_10kt": Decimal(120), "discharged_10kt": Decimal(100), "compliant_10kt": Decimal(97)}
    filed = {
        "R_sw": [month(1, "pass"), month(2, "fail"), month(3, "pass")],
        "R_ww": [
            wastewater("industrial", **sent, synthetic=True),
            wastewater("domestic", generated_10kt=Decimal(200), treated_10kt=Decimal(150)),
        ],
    }
    chapter = environment(MadeUpSources(filed=filed), paper_period("2015"))
    tables = _tables(chapter)
    one, total = tables["environment.filed_sources"].rows
    assert [cell.value for cell in one.cells] == ["S1", 3, 2, 1, Fraction(200, 3), 300]
    assert (total.total, total.key) == (True, "records/R_sw/2015")
    industry, homes = tables["environment.filed_wastewater"].rows
    assert industry.cells[-1].value == 97
    assert "synthetic" in industry.cells[-1].marks
    assert [cell.value for cell in homes.cells[1:]] == [200, None, None, 150, None, 75]
    assert homes.key == "records/R_ww/2015/type=domestic"
    assert tables["water.rates"].rows == ()
    assert "never joined" in _said(chapter, "method")

"""Chapter 4: sectors with n and interval, few answers and other questionnaires never compared."""

from __future__ import annotations

import datetime as dt

import pytest

from reports.chapters.service import service
from reports.period import paper_period
from reports.selection import parse_selection
from reports.testing import MadeUpSources, numbers_of, prose_of, tables_of
from targets.keys import PREFIX, parse_target_key

YEAR = paper_period("2015")
AREAS = ("service",)


def asked(year, sector, answers, mean, instrument="v1", sd=10):
    return {
        "record_id": f"{year}{sector}{answers}", "survey_id": f"s{year}", "sector_code": sector, "n_valid": answers,
        "mean_0_100": mean, "sd": sd, "weight": 1, "instrument_version": instrument,
        "event_date": dt.date(year, 12, 1), "period_start": dt.date(year, 1, 1), "period_end": dt.date(year, 12, 31),
    }  # fmt: skip


SURVEY = [
    asked(2014, "bus", 400, 70), asked(2014, "banking", 400, 80), asked(2014, "port", 50, 60),
    asked(2015, "bus", 400, 75), asked(2015, "banking", 400, 80), asked(2015, "port", 50, 90),
    asked(2015, "gas", 20, 99), asked(2015, "quality_culture", 900, 50),
]  # fmt: skip


def made(survey=SURVEY, period=YEAR, **filed):
    return service(MadeUpSources(filed={"R_sv": survey, **filed}, areas=AREAS), period)


@pytest.fixture(scope="module")
def chapter():
    return made()


def sector(chapter, code):
    table = tables_of(chapter)["service.sectors"]
    names = [column.id for column in table.columns]
    found = next(one for one in table.rows if one.cells[0].value == code)
    return dict(zip(names, found.cells, strict=True))


def test_every_number_leads_back(chapter):
    found = list(numbers_of(chapter))
    assert len(found) > 30
    for *_, key in found:
        if key.startswith(PREFIX):
            parse_target_key(key)
        else:
            assert parse_selection(key).key == key


def test_sectors_stand_with_n_error_and_rank_the_highest_first(chapter):
    table = tables_of(chapter)["service.sectors"]
    assert [one.cells[0].value for one in table.rows] == ["port", "banking", "bus", "city"]
    bus = sector(chapter, "bus")
    assert (bus["n"].value, bus["mean"].value, bus["rank"].value) == (400, 75, 2)
    assert bus["se"].value == pytest.approx(0.5)
    assert bus["low"].value == pytest.approx(75 - 1.96 * 0.5, abs=0.001)


def test_few_answers_are_shown_and_neither_ranked_nor_compared(chapter):
    port = sector(chapter, "port")
    assert (port["rank"].value, port["rank"].shown.en, port["word"].shown.en) == (None, "too few", "too few answers")
    assert port["difference"].value is None
    assert "1 more have fewer than 100 valid answers; they are shown and not compared: ports." in prose_of(chapter)


def test_too_few_to_be_published_and_the_culture_of_quality_are_no_sectors(chapter):
    codes = {one.cells[0].value for one in tables_of(chapter)["service.sectors"].rows}
    assert not codes & {"gas", "quality_culture"}


def test_a_rise_is_told_only_beyond_the_error(chapter):
    assert (sector(chapter, "bus")["word"].value, sector(chapter, "bus")["difference"].value) == ("rose", 5)
    assert sector(chapter, "banking")["word"].value == "not_significant"
    assert "1 sectors rose, 0 fell, 1 did not change" in prose_of(chapter)


def test_the_city_is_the_plain_mean_of_its_sectors(chapter):
    city = sector(chapter, "city")
    assert float(city["mean"].value) == pytest.approx((90 + 80 + 75) / 3)
    assert "Of the 2 sectors with enough answers to be compared, 0 scored above the city's mean (81.67 points)" in (
        prose_of(chapter)
    )


def test_another_questionnaire_is_a_break_in_all(nothing):
    other = made([one | {"instrument_version": "v2"} if one["event_date"].year == 2015 else one for one in SURVEY])
    assert {sector(other, code)["word"].shown.en for code in ("bus", "banking")} == {"other questionnaire"}
    assert sector(other, "bus")["difference"].value is None
    said = prose_of(other)
    assert "Another questionnaire was used in 2014" in said
    assert "rose" not in said


def test_a_sector_without_a_former_score_is_new():
    one = made([*SURVEY, asked(2015, "tax", 300, 85)])
    assert sector(one, "tax")["word"].shown.en == "not asked before"
    assert sector(one, "tax")["former"].value is None


def test_half_a_year_without_a_survey_shows_the_last_year():
    half = made(period=paper_period("2015H1"))
    assert tables_of(half)["service.sectors"].caption.en == "Satisfaction by sector, 2014"


def test_organisations_stand_by_the_stage_that_they_have_reached():
    def stage(org, reached, on, **more):
        return {"org_id": org, "standard": "GBT19004", "sector": "bus", "stage": reached, "assessed_on": on,
                "listed_key_unit": True} | more  # fmt: skip

    chapter = made(
        [],
        R_si=[
            stage("a", "planned", dt.date(2014, 1, 1)),
            stage("a", "self_assessed", dt.date(2015, 1, 1)),
            stage("b", "planned", dt.date(2015, 1, 1)),
        ],
    )
    (row,) = tables_of(chapter)["service.stages"].rows
    assert [cell.value for cell in row.cells] == ["GBT19004", 1, 1, 0, 0, 2]
    share = tables_of(chapter)["service.shares"].rows[0]
    assert [cell.value for cell in share.cells[1:]] == [1, 2, 50]


def test_of_nothing_on_file_nothing_is_said_but_what_would_bring_it(nothing):
    empty = service(nothing, YEAR)
    assert {column for _, column, *_ in numbers_of(empty)} <= {"target", "asked", "path"}
    assert "once the form R_sv is filed" in prose_of(empty)
    assert "rose" not in prose_of(empty)
    for table in tables_of(empty).values():
        assert table.empty.en

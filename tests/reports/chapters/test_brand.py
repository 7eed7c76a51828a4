"""Chapter 7: what stands at a period's end, what has accumulated, and who hosts whom, each once."""

from __future__ import annotations

import datetime as dt

import pytest

from reports.chapters.brand import brand
from reports.period import paper_period
from reports.selection import parse_selection
from reports.testing import MadeUpSources, numbers_of, prose_of, tables_of
from targets.keys import PREFIX, parse_target_key

YEAR = paper_period("2015")
AREAS = ("brand", "standards")
DAY = dt.date(2015, 3, 1)


def title(number, kind="prov_brand", since=dt.date(2013, 9, 1), until=dt.date(2016, 9, 1)):
    return {"brand_type": kind, "name": f"n{number}", "owner_id": "o", "awarded_on": since, "valid_to": until,
            "event_date": since, "period_start": dt.date(since.year, 1, 1)}  # fmt: skip


def activity(ref, kind, role, level="intl", **more):
    began = {"published_on": DAY} if kind == "standard" else {"valid_from": DAY}
    return {"kind": kind, "ref_no": ref, "role": role, "level": level, "event_date": DAY, **began} | more


FILED = {
    "R_br": [
        title(1),
        title(2),
        title(3, until=dt.date(2015, 9, 1)),
        title(4, "gi", until=None),
    ],
    "R_sd": [
        activity("S1", "standard", "lead", org_id="a"),
        activity("S1", "standard", "participant", org_id="b"),
        activity("S2", "standard", "participant", "national"),
        activity("T1", "TC", "secretariat"),
        activity("T2", "TC", "secretariat", "national"),
        activity("T3", "TC", "secretariat", valid_to=dt.date(2015, 6, 1)),
        activity("T4", "TC", "participant"),
        activity("W1", "WG", "convenor"),
    ],
}


@pytest.fixture(scope="module")
def chapter():
    return brand(MadeUpSources(filed=FILED, areas=AREAS), YEAR)


def rows(chapter, name):
    return {one.cells[0].value: [cell.value for cell in one.cells[1:]] for one in tables_of(chapter)[name].rows}


def test_every_number_leads_back(chapter):
    found = list(numbers_of(chapter))
    assert len(found) > 20
    for *_, key in found:
        if key.startswith(PREFIX):
            parse_target_key(key)
        else:
            assert parse_selection(key).key == key


def test_brands_are_those_that_stand_at_the_end_of_each_year(chapter):
    table = tables_of(chapter)["brand.kinds"]
    assert [column.id for column in table.columns[1:]] == ["year_2013", "year_2014", "year_2015"]
    assert rows(chapter, "brand.kinds") == {"prov_brand": [3, 3, 2], "gi": [1, 1, 1]}


def test_half_a_year_stands_with_its_own_end():
    half = brand(MadeUpSources(filed=FILED, areas=AREAS), paper_period("2015H1"))
    assert rows(half, "brand.kinds")["prov_brand"] == [3, 3, 3]


def test_bodies_are_hosted_and_stand(chapter):
    """A participant hosts nothing, and what has ended stands no longer."""
    found = [[cell.value for cell in one.cells] for one in tables_of(chapter)["brand.bodies"].rows]
    assert found == [["TC", "intl", 1, 0], ["TC", "national", 1, 0], ["WG", "intl", 0, 1], ["WG", "national", 0, 0]]


def test_a_standard_counts_once_whoever_takes_part(chapter):
    assert rows(chapter, "brand.standards") == {"intl": [1, 1, 1], "national": [0, 1, 1], "all": [1, 2, 2]}


def test_places_are_told_by_both_ends():
    def listed(year, city, total):
        on = dt.date(year, 12, 1)
        return {"indicator_id": "brd.prov_brand", "peer": city, "year": year, "value": total, "as_of": on,
                "event_date": on}  # fmt: skip

    lists = [
        listed(2014, "440300", 9),
        listed(2014, "440100", 5),
        listed(2015, "440300", 9),
        listed(2015, "440100", 12),
    ]
    said = prose_of(brand(MadeUpSources(filed={"R_pe": lists}, areas=AREAS), YEAR))
    assert "It stood at place 1 in 2014, and stands at 2 now." in said
    assert "rose" not in said


def test_of_nothing_on_file_nothing_is_said_but_what_would_bring_it(nothing):
    empty = brand(nothing, YEAR)
    assert {column for _, column, *_ in numbers_of(empty)} <= {"target", "asked", "path"}
    said = prose_of(empty)
    for form in ("R_br", "R_sd", "R_pe", "R_ec", "R_pt"):
        assert f"({form})" in said
    for table in tables_of(empty).values():
        assert table.empty.en

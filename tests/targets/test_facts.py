"""What is shown as published was published: each number against a table written by itself, and nothing beside it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

import targets
from qualicity.errors import InputError, UsageError
from targets.facts import fact_series, facts, facts_about, parse

# Written out from the study of the sources, apart from the facts: series, period, figure; "-" = said without a number,
# a figure in brackets is a plan.
PUBLISHED = """
sz.good_air_days             2005 98.6 2006 98.4 2007 98.9 2011H1 98.3 2013 89.0 2014 95.6 2015Q1 94.0
sz.pm25                      2012 38.0 2013 39.6 2014 34 2015H1 30.6 2015 (33)
sz.drinking_sources          2005 98.1 2007 99.4 2011-08 100 2013 - 2014 -
sz.energy_intensity          2005 0.59 2009 0.529 2010 0.513 2011 0.47 2014 0.426 2015 (0.413)
sz.water_intensity           2009 23.7 2010 20.3 2011 18.7 2014 13.1 2019 7.67 2020 7.32
sz.sewage_central            2011-08 81
sz.production_pass           2013 95.7
sz.quality_competitiveness   2012 90.54 2013 91.75
sz.modern_service_share      2012Q1-Q3 65.6 2013Q1-Q3 65.9
sz.window_satisfaction       2013Q2 78.54 2013Q3 80.32
sz.mayor_award               2008 2
sz.mayor_award_total         2012 17 2021 98
sz.excellence_bases          2012 4
sz.famous_brands             2013 514
sz.intl_standards_year       2016 249
sz.standards_bodies          2021-10 84 2023-08 89
sz.intl_standards_total      2021-10 2363 2023-08 2915
sz.domestic_standards_total  2021-10 5235 2023-08 6123
sz.gdp                       2005 4926.9 2009 8201 2014 16000 2015 17503
sz.invention_patents_plan    2015 (12)
cn.supervision_pass          2008Q3 93.5 2011 87.5 2022 90.6 2023 87.7 2015 (90)
cn.supervision_pass_large    2008Q3 98
cn.supervision_pass_medium   2008Q3 93.1
cn.supervision_pass_small    2008Q3 81.8
cn.industrial_wastewater     1995 55.4 1999 72.1 2003 89.2
cn.quality_competitiveness   2008 81.18
gz.first_pass                2016 100
gz.supervision_coverage      2016 100
gz.luban                     2016 3
gz.national_quality_award    2016 3
hs.product_pass              2013 95.96
hs.buildings                 2013 100
sh.structure_sampling        2017 97.42
sh.satisfaction              2017 81.4
sh.good_air_days             2017 75.3
sh.works_test_pass           2020 99.97
sh.quality_accidents         2020 0
hb.product_pass              2011 91.21
"""

NOT_FOUND = (
    "prd.intl_std_rate", "prd.ms_cert_firms", "prd.natl_track_pass", "prd.invention_grants", "brd.prov_brand", "brd.gi",
    "eng.awards", "eng.first_pass", "env.indwater_ok",
)  # fmt: skip
"""Indicators of which no figure of the city was found."""

RECALLED = ("9615", "11826", "13068", "10987", "12040", "16957")
"""Figures of patents that somebody remembers and no source shows: they stand nowhere in what ships."""


def test_the_facts_are_those_that_were_found_and_no_others() -> None:
    """A number that is added without a source, or changed, is noticed."""
    found = {}
    for name, series in fact_series().items():
        words: list[str] = []
        for fact in series.facts:
            value = "-" if fact.value is None else str(fact.value)
            words += [fact.period, f"({value})" if fact.kind == "plan" else value]
        found[name] = " ".join(words)
    assert found == {row[0]: row[1] for row in (line.split(maxsplit=1) for line in PUBLISHED.split("\n") if line)}


def test_what_was_not_found_is_not_invented() -> None:
    """No figure of Shenzhen stands beside the indicators of which none was found."""
    for indicator in NOT_FOUND:
        for series in facts_about(indicator):
            assert series.place != "440300" or not series.pieces, (indicator, series.id)


def test_no_recalled_figure_ships() -> None:
    """Neither facts nor register, words or code hold the numbers that nobody could verify."""
    folder = Path(targets.__file__).parent
    for path in [*folder.rglob("*.toml"), *folder.rglob("*.py")]:
        text = path.read_text("utf-8")
        assert not [number for number in RECALLED if number in text], path


def test_api_and_aqi_are_two_pieces() -> None:
    """98.9 % of 2007 and 89.0 % of 2013 are figures of two methods: no series joins them."""
    pieces = facts("sz.good_air_days")
    assert {method: [fact.period for fact in own] for method, own in pieces.items()} == {
        "API": ["2005", "2006", "2007", "2011H1"],
        "AQI": ["2013", "2014", "2015Q1"],
    }


def test_energy_at_other_prices_is_a_piece_of_its_own() -> None:
    """0.47 of 2011 would be 8.4 % below 2010: it is not joined with it, and the plan is no measurement."""
    pieces = facts("sz.energy_intensity")
    assert [fact.value for fact in pieces["other"]] == [Decimal("0.47")]
    assert Decimal("0.413") not in [fact.value for own in pieces.values() for fact in own]


def test_national_samplings_of_other_products_are_never_joined() -> None:
    """118 and 143 kinds of products are two lists."""
    assert all(len(own) == 1 for own in facts("cn.supervision_pass").values())


def test_the_central_treatment_rate_says_that_it_is_another() -> None:
    (fact,) = facts("sz.sewage_central")[""]
    assert fact.caveat is not None
    assert "never stands in" in fact.caveat.en


def test_an_unknown_series_is_refused() -> None:
    with pytest.raises(UsageError, match=r"no series of facts 'sz.patents'"):
        facts("sz.patents")


SERIES = """
[[series]]
id = "x"
name = { zh = "甲", en = "A" }
place = "440300"
unit = "%"
indicator = "env.air_days"
methods = [{ id = "API", name = { zh = "甲", en = "a" } }]

[[series.facts]]
period = "2005"
method = "API"
value = 98.6
numerator = 360
denominator = 365
kind = "quoted"
sources = ["S"]
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("98.6", "98.7", "360 of 365 are 98.6 %, not 98.7"),
        ('["S"]', '["Z9"]', "'Z9' is not in sources.toml"),
        ('["S"]', "[]", "say where it stands"),
        ('"2005"', '"05"', "write 2015, 2011H1"),
        ('"quoted"', '"derived"', "what is derived, and that alone, says from what"),
        ('"quoted"', '"recalled"', "kind"),
        ('method = "API"', 'method = "AQI"', "'AQI' is none of the series' methods"),
        ("value = 98.6\n", "", "a fact without a number says what it is"),
        ("denominator = 365\n", "", "numerator and denominator are said together"),
        ("env.air_days", "env.air", "'env.air' is not in the register"),
        ('unit = "%"', 'unit = "%"\nunits = 1', "units: unknown key"),
        ("[[series]]", "[[serie]]", "serie: unknown key"),
        ('sources = ["S"]', 'sources = ["S"]\ncaveat = { zh = "甲" }', "say it in both languages"),
    ],
)
def test_a_mistake_in_facts_is_named_with_its_place(old: str, new: str, said: str) -> None:
    assert parse({"a.toml": SERIES})["x"].pieces["API"]
    assert old in SERIES
    with pytest.raises(InputError) as refused:
        parse({"a.toml": SERIES.replace(old, new, 1)})
    assert said in refused.value.cause
    assert "a.toml: " in refused.value.cause


def test_a_fact_stands_once() -> None:
    row = SERIES[SERIES.index("[[series.facts]]") :]
    with pytest.raises(InputError, match="facts 2005: stands twice"):
        parse({"a.toml": SERIES + row})
    with pytest.raises(InputError, match=r"series\[1\] 'x': stands twice"):
        parse({"a.toml": SERIES + SERIES})

"""The same year under six laws, and years under several laws: each on its own basis, none joined with another."""
# ruff: noqa: RUF001 - Chinese sentences

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from aggregator.keys import parse_key
from qualicity.network import City, Name, Station
from qualicity.standards.comparison import COMPARED
from qualicity.standards.load import air_law, comparison_tables
from qualicity.standards.states import eras
from reports import figures
from reports.chapters.status import indicator_trend
from reports.environment.air import figures as air_figures
from reports.environment.air import tables
from reports.environment.air.laws import LawYear, law_years
from reports.environment.air.laws_tables import section
from reports.environment.air.view import View
from reports.figures.canvas import Sheet
from reports.figures.data import Point, Trend
from reports.model import LANGUAGES, Chapter, Figure, Prose
from reports.period import paper_period
from reports.testing import MadeUpSources, prose_of, tables_of
from reports.testing_air import compared_year, day, days, year
from targets.model import Point as Counted
from targets.model import Series

CITY = City("shenzhen", Name("深圳", "Shenzhen"))
STATIONS = (Station("s1", "shenzhen", Name("荔园", "Liyuan")), Station("s2", "shenzhen", Name("华侨城", "OCT")))
LATER = dt.date(2017, 2, 1)
DECISION = (Path(__file__).parents[3] / "docs" / "decisions" / "0014-laws-to-compare-with.md").read_text("utf-8")
FOUND = {
    "GB3095-1996": {},
    "WHO-2021": {("pm25", "annual", "mean"): 73, ("so2", "24h", "percentile"): 40.5},
    "EU-2008-50": {("pm10", "24h", "exceedances"): 36, ("no2", "annual", "mean"): 40},
    "EU-2024-2881": {("pm10", "24h", "exceedances"): 18},
    "US-NAAQS": {
        ("pm25", "annual", "mean"): 9.1,
        ("co", "8h-max", "exceedances"): 2,
        ("o3", "8h-max", "highest"): 0.071,
    },
}  # fmt: skip


def whole(number: int, **about) -> list:
    """Clean days of a year, three of them beyond a limit."""
    first, last = dt.date(number, 1, 1), dt.date(number, 12, 31)
    bad = {dt.date(number, 3, n): day(dt.date(number, 3, n), {"pm25": 120}, **about) for n in (3, 4, 5)}
    return days(first, last, bad, **about)


@cache
def rows_2016() -> list:
    return whole(2016)


def sources(years_valid: int = 3, laws=COMPARED, **more) -> MadeUpSources:
    """A city whose 2016 is judged by the law in force and by others."""
    compared = [
        compared_year(law, CITY, counts=(300, 60), found=FOUND[law], years_valid=years_valid, station="s2")
        for law in reversed(laws)
    ]
    given = {"days": rows_2016(), "years": [year(rows_2016(), CITY)], "as_of": LATER, **more}
    return MadeUpSources(city=CITY, stations=STATIONS, compared=compared, **given)


def view(found: MadeUpSources, text: str = "2016") -> View:
    return View(found, paper_period(text))


def chapter(found: MadeUpSources) -> Chapter:
    return Chapter("environment", Name("环境", "Environment"), (section(view(found)),))


def cells(found: MadeUpSources, name: str, law: str) -> list[dict]:
    """The rows of a law in one of the tables, by column."""
    table = tables_of(chapter(found))[name]
    return [
        {column.id: cell for column, cell in zip(table.columns, row.cells, strict=True)}
        for row in table.rows
        if row.cells[0].value == law
    ]


def test_all_laws_to_compare_with_have_a_place_and_a_name():
    """A new one must be named, and stand somewhere."""
    assert set(COMPARED) == set(comparison_tables())
    named = [LawYear({"standard": law}, view(sources()).law, in_force=False).name for law in COMPARED]
    assert all(name.zh and name.en for name in named)


def test_a_line_a_law_each_leads_back():
    """The law in force first, then the others in their order; each number by the key of its own year."""
    table = tables_of(chapter(sources()))["air.laws"]
    assert [row.cells[0].value for row in table.rows] == ["GB3095-2012", *COMPARED]
    assert [row.key for row in table.rows] == ["air/shenzhen/2016", *(f"air/shenzhen/2016@{law}" for law in COMPARED)]
    for one in tables_of(chapter(sources())).values():
        for row in one.rows:
            assert parse_key(row.key).standard in {None, *COMPARED}


def test_days_are_of_the_days_valid_under_each_law():
    """Share of its own valid days, bounds of the calendar."""
    own, other = law_years(view(sources()))[0], law_years(view(sources()))[2]
    assert (own.within, own.valid) == (363, 366)
    assert own.rate == own.lower == own.upper == Fraction(363, 366)
    assert (other.within, other.valid, other.rate) == (300, 360, Fraction(300, 360))
    assert (other.lower, other.upper) == (Fraction(300, 366), Fraction(306, 366))
    (row,) = cells(sources(), "air.laws", "WHO-2021")
    assert (row["within"].value, row["valid_days"].value, row["rate"].shown.zh) == (300, 360, "83.3")


def test_what_is_exceeded_and_by_how_much():
    """At its limit it complies, above it is listed with the ratio; of counts with what is allowed; with its station."""
    (row,) = cells(sources(), "air.laws", "EU-2008-50")
    assert (row["attainment"].value, row["exceeded"].value) == ("EXCEEDS", "pm10")
    assert row["exceeded"].shown.en == "PM₁₀ (1 of 8)"
    (found,) = cells(sources(), "air.laws_exceeded", "EU-2008-50")
    assert (found["objective"].shown.zh, found["value"].value) == ("PM₁₀ 日平均超过 50 µg/m³", 36)
    assert (found["bound"].value, found["bound"].shown.en, found["ratio"].value) == (35, "35 days", None)
    assert found["station"].shown.zh == "华侨城"
    assert not cells(sources(), "air.laws_exceeded", "EU-2024-2881")
    assert cells(sources(), "air.laws", "EU-2024-2881")[0]["exceeded"].shown.zh == "无（共 12 项）"
    so2, pm25 = cells(sources(), "air.laws_exceeded", "WHO-2021")
    assert (so2["objective"].shown.en, so2["value"].value) == ("SO₂ daily mean, percentile 99", Decimal("40.5"))
    assert (pm25["bound"].shown.zh, pm25["ratio"].value) == ("5 µg/m³", Decimal("14.6"))
    assert pm25["verdict"].shown.en == "exceeds; IT-1 met"
    assert pm25["verdict"].marks == ("recalled",)


def test_the_law_in_force_is_told_like_the_others():
    """Means and percentiles of its six items; what is not judged is not exceeded."""
    bad = [day(dt.date.fromisoformat(row["date"]), {"pm25": 36}) for row in rows_2016()]
    found = sources(days=bad, years=[year(bad, CITY)])
    (row,) = cells(found, "air.laws_exceeded", "GB3095-2012")
    assert (row["objective"].value, row["value"].value, row["bound"].value) == ("pm25:annual:mean", 36, 35)
    few = [one for one in bad if one["date"] > "2016-03"]
    found = sources(days=few, years=[year(few, CITY)])
    assert not cells(found, "air.laws_exceeded", "GB3095-2012")
    assert cells(found, "air.laws", "GB3095-2012")[0]["exceeded"].shown.en == "0 comply, 10 not assessable"


def test_forms_of_three_years_need_three_years():
    """With all of them a verdict; with one what that year came to, and no verdict."""
    three = cells(sources(), "air.laws_exceeded", "US-NAAQS")
    assert [one["verdict"].value for one in three] == ["EXCEEDS"] * 3
    assert three[0]["objective"].shown.zh == "PM₂.₅ 年平均，3 年平均"
    one = cells(sources(years_valid=1), "air.laws_exceeded", "US-NAAQS")
    assert [found["verdict"].value for found in one] == ["NOT_ASSESSABLE", "EXCEEDS", "NOT_ASSESSABLE"]
    assert one[0]["verdict"].shown.en == "this year beyond; 3 years needed"
    assert (one[2]["value"].value, one[2]["objective"].shown.en) == (
        Decimal("0.071"),
        "O₃ 8-hour maximum, 4th highest; mean of 3 years",
    )
    (row,) = cells(sources(years_valid=1), "air.laws", "US-NAAQS")
    assert row["exceeded"].shown.zh == "CO（9 项中 1 项；6 项无法评价）"


def test_an_objective_that_exceeds_whatever_the_missing_years_were_says_so():
    """Its value is the least that it can be."""
    row = compared_year("US-NAAQS", CITY, found=FOUND["US-NAAQS"], years_valid=1)
    objectives = [
        {**one, "verdict": "EXCEEDS", "value": 99} if one["parameter"] == "pm25" and one["period"] == "24h" else one
        for one in row["objectives"]
    ]
    found = replace(sources(laws=()), compared=[{**row, "objectives": objectives}])
    said = {one["objective"].value: one for one in cells(found, "air.laws_exceeded", "US-NAAQS")}
    assert said["pm25:24h:percentile"]["verdict"].shown.en == "exceeds; 1 of 3 years, at least this value"
    assert said["pm25:24h:percentile"]["value"].value == 99


def test_objectives_that_bind_nobody_are_left_out():
    """Of 2008/50: the target of ozone."""
    (found,) = (one for one in law_years(view(sources())) if one.law.standard == "EU-2008-50")
    assert "o3" not in {one.parameter for one in found.objectives}
    assert len(found.objectives) == 8


def test_what_a_law_cannot_say_is_a_dash():
    """No index, no station; nothing is invented."""
    rules = {law: cells(sources(), "air.laws_rules", law)[0] for law in ("GB3095-2012", *COMPARED)}
    assert [rules[law]["index"].value for law in rules] == ["HJ633-2012", "API", None, None, None, "US-AQI-2024"]
    assert [rules[law]["day"].value for law in ("GB3095-2012", "GB3095-1996", "EU-2008-50")] == [
        "natural",
        "noon",
        "windows",
    ]
    assert rules["US-NAAQS"]["city"].shown.zh == "最高点位"
    assert rules["WHO-2021"]["city"].shown.en == "mean of stations"
    assert rules["GB3095-1996"]["items"].shown.en == "SO₂\u00a024\u00a0h, NO₂\u00a024\u00a0h, PM₁₀\u00a024\u00a0h"
    assert cells(sources(), "air.laws_exceeded", "WHO-2021")[0]["station"].value is None


def test_the_notes_say_what_must_be_said():
    """Not in force, another method, states of gases, years, certainty; in both languages, nothing of rise or fall."""
    for language, words in {
        "zh": ("不作为评价依据", "6.8%", "1.8%", "298.15/273", "实测"),
        "en": ("not applied here as law", "6.8 %", "1.8 %", "298.15/273", "as they were measured"),
    }.items():
        assert all(word in prose_of(chapter(sources()), language) for word in words)
    notes = tables_of(chapter(sources()))["air.laws"].notes
    assert any("三年" in note.zh and "three-year" in note.en for note in notes)
    assert any("另一口径" in note.zh and "another method" in note.en for note in notes)
    for table in tables_of(chapter(sources())).values():
        for row in table.rows:
            assert all(cell.shown is None or (cell.shown.zh and cell.shown.en) for cell in row.cells)


def test_the_states_and_shares_that_are_named_are_those_of_the_tables():
    """Temperatures, and what conversion would take off or add, in the papers and in the decision."""
    old, new = (era.state.kelvin for era in eras())
    ours, abroad = (air_law(name).gas_state[0] for name in ("GB3095-1996", "EU-2024-2881"))
    shares = [f"{100 * abs(measured / abroad - 1):.1f} %" for measured in (old, new)]
    said = prose_of(chapter(sources()), "en")

    assert all(part in said for part in (f"{new}/{ours}", f"{ours} K", f"{abroad} K", *shares))
    assert air_law("EU-2008-50").gas_state[0] == abroad
    assert all(part in DECISION for part in (f"{old} K", f"{new} K", f"{abroad} K", *shares))


def test_the_target_of_good_days_is_judged_on_each_basis_of_its_country():
    """Under the law in force and the one at whose time it was set; abroad there is none."""
    said = "本市优良天数比例目标 >98%，各按自身口径：GB3095-2012（施行）达到目标、GB 3095-1996（API）未达到目标"
    assert said in prose_of(chapter(sources()), "zh")
    assert "GB 3095-1996 (API): target not met; the others know no such target" in prose_of(chapter(sources()), "en")


def test_the_old_method_stands_apart_in_the_figure(monkeypatch):
    """Hatched, below a line with words; no line goes from one bar to another."""
    drawn = []
    monkeypatch.setattr(Sheet, "svg", lambda self: drawn.append(self) or b"")
    (figure,) = (one for one in section(view(sources())).blocks if isinstance(one, Figure))
    for language in LANGUAGES:
        figure.draw(language)
    zh, en = ([text for text, _ in sheet.texts] for sheet in drawn)
    assert next(n for n, text in enumerate(zh) if text.startswith("口径不同")) < zh.index("GB 3095-1996（API）")
    assert any(text.startswith("Another method") for text in en)
    assert [row.cells[-1].value for row in figure.data.rows] == ["own", "api", "own", "own", "own", "own"]
    assert "GB 3095-1996 (API): 83.3 % (n = 360)" in figure.alt.en
    assert figures.ratings.__name__ == "ratings"


def test_the_figure_is_drawn_alike_twice():
    (figure,) = (one for one in section(view(sources())).blocks if isinstance(one, Figure))
    assert figure.draw("zh") == figure.draw("zh")
    assert b"<svg" in figure.draw("en")


@pytest.mark.parametrize(("found", "text", "said_zh"), [
    (sources(as_of=dt.date(2016, 7, 1)), "2016", "本年尚未结束"),
    (MadeUpSources(city=CITY, stations=STATIONS, as_of=LATER), "2016", "没有可评价"),
])  # fmt: skip
def test_a_year_that_cannot_be_judged_says_why(found, text, said_zh):
    """One table, empty, and why."""
    (block,) = section(view(found, text)).blocks
    assert (block.id, block.rows) == ("air.laws", ())
    assert said_zh in block.empty.zh


def test_laws_without_data_break_nothing():
    """No valid day and no objective judged: a line without a share; without any law to compare with it is said."""
    nothing = {one: None for law in COMPARED for one in FOUND[law]}
    empty = [compared_year(law, CITY, counts=(0, 0), found=nothing) for law in COMPARED]
    found = replace(sources(), compared=empty)
    (row,) = cells(found, "air.laws", "WHO-2021")
    assert [row[name].value for name in ("within", "rate", "lower", "upper")] == [None] * 4
    assert row["valid_days"].value == 0
    (figure,) = (one for one in section(view(found)).blocks if isinstance(one, Figure))
    assert "WHO 2021: no valid day" in figure.alt.en
    assert b"<svg" in figure.draw("zh")
    alone = section(view(replace(sources(), compared=())))
    assert any(isinstance(one, Prose) and one.tone == "caution" for one in alone.blocks)


def test_made_up_readings_are_marked():
    for name in ("air.laws", "air.laws_exceeded"):
        for row in tables_of(chapter(sources(synthetic_readings=True)))[name].rows:
            assert any("synthetic" in cell.marks for cell in row.cells)


# years under several laws


def joined(trend: Trend) -> list[tuple[str, str]]:
    """The points of a course between which a line is drawn."""
    found = []
    for before, after in itertools.pairwise(sorted(trend.points, key=lambda point: point.at)):
        broken = any(before.at <= time <= after.at for time, _ in trend.breaks)
        if before.value is not None and after.value is not None and before.method == after.method and not broken:
            found.append((before.label, after.label))
    return found


def drawn_trend(monkeypatch, found: MadeUpSources, text: str) -> Trend:
    seen = []
    monkeypatch.setattr(air_figures, "drawn", lambda _function, data, _synthetic: seen.append(data))
    air_figures.rates(view(found, text))
    return seen[0]


def test_a_year_without_a_valid_day_does_not_hide_a_change_of_law(monkeypatch):
    """2014 and 2016 stand under two laws: a mark between them, and no line."""
    rows = [*whole(2014), *whole(2016, standard="GB3095-2012-XG1")]
    trend = drawn_trend(monkeypatch, sources(days=rows, years=[]), "2016")
    assert [time for time, _ in trend.breaks] == [2015]
    assert joined(trend) == []
    trend = drawn_trend(monkeypatch, sources(days=[*whole(2015), *rows_2016()], years=[]), "2016")
    assert joined(trend) == [("2015", "2016")]
    assert not trend.breaks


def test_years_of_the_old_index_are_left_out_and_it_is_said():
    """Before the law in force no share is given; the table says that there was another method."""
    rows = [*whole(2015, standard=None), *rows_2016()]
    assert "另一口径" in tables.years(view(sources(days=rows))).notes[0].zh
    assert not tables.years(view(sources())).notes


def test_bars_of_years_under_several_laws_name_them(monkeypatch):
    seen = []
    monkeypatch.setattr(air_figures, "drawn", lambda _function, data, _synthetic: seen.append(data))
    air_figures.classes_by_year(view(sources(days=[*whole(2015), *whole(2016, standard="GB3095-2012-XG1")]), "2016"))
    air_figures.classes_by_year(view(sources(days=[*whole(2015), *rows_2016()]), "2016"))
    assert [bar.name.en for bar in seen[0].bars] == ["2015 (GB3095-2012)", "2016 (GB3095-2012-XG1)"]
    assert [bar.name.en for bar in seen[1].bars] == ["2015", "2016"]


def test_the_index_and_the_old_index_are_never_joined():
    """The course of the target: API up to 2012, AQI from 2013 on; a mark where the method changes, and its name."""
    found = sources(areas=("environment",))
    by_year = {2012: "API", 2013: "AQI", 2015: "AQI", 2016: "AQI"}
    (own,) = (one for one in found.evaluated(2016) if one.indicator.id == "env.air_days")
    points = tuple(Counted(str(one), Fraction(98), method=way) for one, way in by_year.items())
    series = Series("env.air_days", points)
    items = [
        replace(own, series=series, judgement=replace(own.judgement, year=one, point=series.at(str(one))))
        for one in range(2012, 2017)
    ]
    for item in items:
        found._judged[item.judgement.year] = [item]
    trend, table = indicator_trend(found, paper_period("2016"), items[-1], "x.trend")
    assert [(point.label, point.method) for point in trend.points if point.value is not None] == [
        (str(one), way) for one, way in by_year.items()
    ]
    assert isinstance(trend.points[0], Point)
    ((time, reason),) = trend.breaks
    assert time == 2012.5
    assert "AQI" in reason.zh
    assert ("2012", "2013") not in joined(trend)
    assert joined(trend) == [("2015", "2016")]
    methods = {row.cells[0].value: row.cells[5].value for row in table.rows if row.cells[1].value is not None}
    assert methods == {str(one): way for one, way in by_year.items()}

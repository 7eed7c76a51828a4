"""What papers say of air is true and complete, whatever is missing; each number leads back."""
# ruff: noqa: RUF001 - Chinese sentences

from __future__ import annotations

import datetime as dt
import os
import re
from dataclasses import replace
from functools import cache

import msgspec
import pytest

from aggregator.keys import parse_key
from qualicity.network import City, Name, Station
from reports.bulletins.air import air_bulletin
from reports.environment import air
from reports.model import (
    LANGUAGES,
    NO_TEXT,
    Basis,
    Cell,
    Chapter,
    Column,
    Figure,
    KeyFigures,
    Paper,
    Prose,
    Section,
    Table,
    blocks_of,
)
from reports.period import paper_period
from reports.printing import printed, said
from reports.testing import MadeUpSources
from reports.testing_air import day, days, silent, year

CITY = City("shenzhen", Name("深圳", "Shenzhen"))
STATIONS = (
    Station("s1", "shenzhen", Name("荔园", "Liyuan"), "福田", position=(114.09, 22.55)),
    Station("s2", "shenzhen", Name("华侨城", "OCT"), "南山", position=(113.98, 22.54), not_monitored=("co",)),
    Station("s3", "shenzhen", Name("葵涌", "Kuiyong"), "大鹏"),
)
LAW_KEY = re.compile(r"law:GB3095-20[\w-]+:(so2|no2|pm10|pm25|co|o3):(annual|24h|8h-max):II")
RISE = re.compile(r"上升|下降|\brose\b|\bfell\b")


def whole(year_: int) -> tuple[dt.date, dt.date]:
    return dt.date(year_, 1, 1), dt.date(year_, 12, 31)


def full(number: int, bad: dict[dt.date, dict[str, float | None]] | None = None, **about) -> list:
    """Rows of a whole year of the city."""
    return days(*whole(number), {date: day(date, values, **about) for date, values in (bad or {}).items()}, **about)


def sources(rows, *, stations=STATIONS, city=CITY, as_of=dt.date(2017, 2, 1), **more) -> MadeUpSources:
    """A city with these days, the years that they make, and stations with the same days as the city."""
    numbers = sorted({row["date"][:4] for row in rows if row["standard"] is not None})
    own = [year([row for row in rows if row["date"][:4] == number], city) for number in numbers]
    station_rows = [
        {**row, "station": one.id, "key": row["key"].replace(city.id, f"{city.id}/{one.id}")}
        for one in stations
        for row in rows
        if row["date"] >= "2016"
    ]
    station_years = [
        {**row, "station": one.id, "key": f"air/{city.id}/{one.id}/{row['year']}"} for one in stations for row in own
    ]
    return MadeUpSources(
        city=city, stations=stations, as_of=as_of, days=rows, years=own, station_days=station_rows,
        station_years=station_years, **more,
    )  # fmt: skip


BAD = {dt.date(2016, 1, n): {"pm25": 120} for n in range(3, 9)} | {dt.date(2016, 2, 29): {"o3": 170, "co": None}}
BEFORE = {dt.date(2015, m, n): {"pm25": 90} for m in range(1, 13) for n in range(1, 16)}


SCENARIOS = {
    "two years": lambda: sources(full(2015, BEFORE) + full(2016, BAD)),
    "one station": lambda: sources(full(2016, BAD), stations=STATIONS[:1]),
    "empty quarters": lambda: sources([row for row in full(2016, BAD) if "2016-04" <= row["date"] < "2016-07"]),
    "silent rows": lambda: sources([silent(dt.date(2016, 2, n)) for n in range(1, 30)]),
    "no readings": lambda: sources([]),
    "nothing at all": lambda: sources([], stations=()),
    "not over": lambda: sources(
        [row for row in full(2016, BAD) if row["date"] < "2016-02-20"], as_of=dt.date(2016, 2, 20)
    ),
    "lawless": lambda: sources(full(2015, standard=None) + full(2016, standard=None)),
    "law came": lambda: sources(full(2015, standard=None) + full(2016, BAD)),
    "two laws": lambda: sources(
        full(2015, BEFORE)
        + [row for row in full(2016, BAD) if row["date"] < "2016-02-15"]
        + days(dt.date(2016, 2, 15), dt.date(2016, 12, 31), standard="GB3095-2012-XG1")
    ),
    "made up": lambda: sources(full(2016, BAD), synthetic_readings=True),
}
"""A city in its states."""


@cache
def scenario(name: str) -> MadeUpSources:
    return SCENARIOS[name]()


@cache
def made(name: str, text: str) -> Paper:
    """The bulletin of a scenario, as a paper."""
    found, period = scenario(name), paper_period(text)
    chapters = air_bulletin(found, period)
    return Paper("p", "bulletin", Name("公报", "Bulletin"), period.name, CITY, period, found.as_of, chapters, Basis())


def blocks(name: str, text: str) -> list:
    return [block for _, block in blocks_of(made(name, text))]


def prose(name: str, text: str, language: str) -> str:
    """All paragraphs of a bulletin."""
    return "\n".join(said(one.text, language) for one in blocks(name, text) if isinstance(one, Prose))


def tables(name: str, text: str) -> dict[str, Table]:
    """All tables of a bulletin, and the data of its figures."""
    found = blocks(name, text)
    return {one.id: one for one in found if isinstance(one, Table)} | {
        one.data.id: one.data for one in found if isinstance(one, Figure)
    }


def key_figures(name: str, text: str) -> dict[str, Cell]:
    found = next(one for one in blocks(name, text) if isinstance(one, KeyFigures))
    return {one.name.en: one.cell for one in found.figures}


def cells(table: Table):
    """Each cell with its column and the key that explains it."""
    return [
        (cell, column, cell.key or row.key)
        for row in table.rows
        for cell, column in zip(row.cells, table.columns, strict=True)
    ]


def names(value: object):
    """Every text in something."""
    if isinstance(value, Name):
        yield value
    elif isinstance(value, list | tuple):
        for one in value:
            yield from names(one)
    elif hasattr(value, "__dataclass_fields__"):
        for field in value.__dataclass_fields__:
            yield from names(getattr(value, field))


MATRIX = [
    *((name, text) for name in SCENARIOS for text in ("2016Q1", "2016-02-29")),
    *((name, "2016") for name in ("two years", "no readings", "lawless", "law came", "not over")),
    ("two years", "2016H1"),
    ("two laws", "2016-02"),
]


@pytest.mark.parametrize(("name", "text"), MATRIX)
def test_every_number_leads_back_and_every_text_stands_in_both_languages(name, text):
    """In each state of the data and for each kind of period; ids are unique; a missing value says so."""
    paper = made(name, text)
    found = tables(name, text)
    ids = [one.id for one in blocks(name, text) if isinstance(one, Table | Figure | KeyFigures)]
    assert len(ids) == len(set(ids))
    assert all(one.startswith("air.") for one in (*ids, *found))
    for table in found.values():
        assert table.rows or said(table.empty, "zh")
        for cell, column, key in cells(table):
            if cell.value is not None:
                assert LAW_KEY.fullmatch(key) or parse_key(key).medium == "air", (table.id, key)
            assert all("None" not in printed(cell, column, language) for language in LANGUAGES)
    for cell in key_figures(name, text).values():
        assert parse_key(cell.key)
        assert cell.value is not None or cell.shown
    for one in names(paper.chapters):
        assert one == NO_TEXT or (one.zh and one.en) or not (one.zh or one.en), one
        assert not re.search(r"[{}]|None|nan", one.zh + one.en), one


@pytest.mark.parametrize(("name", "text"), [
    ("not over", "2016"), ("not over", "2016-02"), ("made up", "2016Q1"), ("made up", "2016-02-29"),
])  # fmt: skip
def test_no_value_stands_without_its_mark(name, text):
    """Provisional of a period that is not over, synthetic of readings that are made up; limits of law are neither."""
    mark = {"not over": "provisional", "made up": "synthetic"}[name]
    marked = 0
    for table in tables(name, text).values():
        for cell, column, key in cells(table):
            over = (
                name == "not over" and parse_key(key).period.last < scenario(name).as_of if "law:" not in key else True
            )
            number = column.kind == "number" and cell.value is not None and column.id not in UNMARKED
            if number and not over:
                assert mark in cell.marks, (table.id, column.id, key)
                marked += 1
    assert marked or name == "not over"
    assert all(mark in one.marks for one in key_figures(name, text).values() if one.value is not None)


UNMARKED = {"rank", "calendar_days", "longitude", "latitude"}


def test_the_sentence_of_good_days():
    """Good of valid days with the share, the bounds, what is missing and why, and primary pollutants by days."""
    zh, en = prose("two years", "2016", "zh"), prose("two years", "2016", "en")
    assert "2016年，深圳环境空气有效监测 365 天（日历 366 天）" in zh
    assert (
        "优良天数 359 天，占有效天数的 98.4%；若其余 1 天全部超标或全部优良，优良天数将占日历天数的 98.1% 或 98.4%"
        in zh
    )
    assert "Primary pollutants, 7 days with an AQI above 50: PM₂.₅ 6, O₃ 1" in en
    assert "已有项目超标但另有项目缺测 1 天" in zh
    assert "达到目标，结论不受缺测日影响" in zh


@pytest.mark.parametrize(("name", "text", "said_zh"), [
    ("no readings", "2016", "网络登记的空气点位 3 个；其小时数据报送后"),
    ("nothing at all", "2016Q1", "也没有登记空气点位"),
    ("silent rows", "2016-02", "2016年2月没有深圳的环境空气监测数据"),
    ("one station", "2016", "本期仅有 1 个空气点位（荔园）"),
    ("lawless", "2016", "366 天早于标准库所收标准可以施行的日期"),
    ("two laws", "2016-02", "本期适用的标准不止一项：《环境空气质量标准》（GB3095-2012）适用于2016年2月1日至2016年2月14日"),  # noqa: E501 - a sentence
    ("not over", "2016Q1", "截至2016年2月20日，本期尚有 41 天未结束"),
    ("empty quarters", "2016", "无监测数据 275 天"),
    ("empty quarters", "2016Q1", "网络登记的空气点位 3 个"),
    ("no readings", "2016-02-29", "2016年2月29日没有深圳的环境空气监测数据"),
    ("lawless", "2016-02-29", "没有适用的标准"),
    ("not over", "2016-02-29", "尚未到来：深圳的数据截至2016年2月20日"),
    ("made up", "2016", "全部为模拟数据"),
])  # fmt: skip
def test_what_is_missing_is_said(name, text, said_zh):
    """And what would bring it."""
    assert said_zh in prose(name, text, "zh")


@pytest.mark.parametrize(("now", "then", "word"), [
    ({}, BEFORE, "rose"),
    ({date.replace(year=2016): values for date, values in BEFORE.items()}, {}, "fell"),
    ({dt.date(2016, 5, n): {"pm25": None} for n in range(1, 4)}, {dt.date(2015, 5, 1): {"pm25": 90}}, None),
    ({dt.date(2016, 5, 1): {"pm25": None}}, {dt.date(2015, 5, 1): {"pm25": None}}, None),
])  # fmt: skip
def test_rose_and_fell_are_said_only_where_the_bounds_do_not_meet(now, then, word):
    """What the missing days could make is no change."""
    found = sources(full(2015, then) + full(2016, now))
    for text in ("2016", "2016-05"):
        first = air.sections(found, paper_period(text))[0].blocks[0]
        assert isinstance(first, Prose)
        assert set(RISE.findall(first.text.en)) == (set() if word is None else {word}), first.text.en
        assert bool(RISE.search(first.text.zh)) is (word is not None)


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name != "two years"])
def test_without_a_comparable_year_before_nothing_rose_or_fell(name):
    """Nor with a period that is not over, another law, or no figures before."""
    for text in ("2016Q1", "2016-02"):
        own = "\n".join(line for line in prose(name, text, "zh").splitlines() if "升降判断" not in line)
        assert not RISE.search(own), own


def test_other_laws_are_not_compared_and_their_courses_not_joined():
    """The share is printed with both laws; lines break where the law changes; means a year before are left out."""
    assert "口径不同，不可比" in prose("two laws", "2016", "zh")
    found = tables("two laws", "2016")
    assert {column.id for column in found["air.items"].columns}.isdisjoint({"former_mean", "change"})
    assert [cell.value for cell in (row.cells[1] for row in found["air.years"].rows)] == [
        "GB3095-2012",
        "GB3095-2012+GB3095-2012-XG1",
    ]


def test_a_change_of_means_is_tested_by_months_of_a_year_only():
    """Twelve pairs with words, three pairs without."""
    year_columns = [column.id for column in tables("two years", "2016")["air.items"].columns]
    quarter = [column.id for column in tables("two years", "2016Q1")["air.items"].columns]
    assert year_columns[-2:] == ["former_mean", "change"]
    assert quarter[-1] == "former_mean"
    words = {row.cells[0].value: row.cells[-1].value for row in tables("two years", "2016")["air.items"].rows}
    assert words["pm25"] == "fell"
    assert words["so2"] == "unchanged"


def test_years_before_the_law_stand_as_a_gap():
    """A year without law is named, and has no share."""
    rows = tables("law came", "2016")["air.years"].rows
    assert [row.cells[0].value for row in rows] == ["2015", "2016"]
    assert rows[0].cells[1].shown.zh == "无适用标准"
    assert rows[0].cells[5].value is None


def test_where_no_day_has_a_class_no_class_has_none():
    """A month that no law covers has no "0 excellent days", but its days without an index."""
    rows = tables("lawless", "2016")["air.classes"].rows
    assert all(cell.value is None for row in rows for cell in (*row.cells[1:7], row.cells[8]))
    assert rows[-1].cells[7].value == 366


def test_the_year_says_what_the_ledger_says():
    """Verdicts, limits and percentiles of the items are the judged year's."""
    judged = scenario("two years").years[-1]
    for row in tables("two years", "2016")["air.items"].rows:
        own = judged["parameters"][row.cells[0].value]
        values = [None if cell.value is None else float(cell.value) for cell in row.cells[2:8]]
        names_ = ("annual_mean", "limit_mean", "percentile_rank", "percentile", "limit_percentile", "valid_days")
        assert values == [None if own[one] is None else float(own[one]) for one in names_]
        assert row.cells[8].value == own["verdict"]
        assert "recalled" in row.cells[8].marks


def test_counts_of_months_make_the_total():
    """Classes, days without index, good and valid days."""
    rows = tables("two years", "2016")["air.classes"].rows
    for at in range(1, len(rows[0].cells) - 1):
        assert sum(row.cells[at].value for row in rows[:-1]) == rows[-1].cells[at].value
    assert sum(cell.value for cell in rows[-1].cells[1:8]) == 366
    assert "GB 3095-1996" in tables("two years", "2016")["air.classes"].notes[1].zh


def test_hours_of_stations_and_what_is_not_monitored():
    """A dash for what the plan leaves out; the station without coordinates is named, not drawn."""
    found = tables("two years", "2016")
    row = next(row for row in found["air.stations"].rows if row.cells[0].value == "s2")
    columns = [column.id for column in found["air.stations"].columns]
    assert row.cells[columns.index("co")].value is None
    assert row.cells[columns.index("pm25")].value == 100
    assert [row.cells[0].value for row in found["air.map_data"].rows] == ["s1", "s2"]
    assert "没有登记坐标，未绘入图中：葵涌" in prose("two years", "2016", "zh")


def test_a_station_that_came_late_is_asked_for_its_own_days():
    """Hours before it stood were not due."""
    late = msgspec.structs.replace(STATIONS[0], valid_from=dt.date(2016, 2, 1))
    found = sources([row for row in full(2016) if "2016-02" <= row["date"] < "2016-03"], stations=(late,))
    table = next(
        block
        for section in air.sections(found, paper_period("2016Q1"))
        for block in section.blocks
        if isinstance(block, Table) and block.id == "air.stations"
    )
    columns = [column.id for column in table.columns]
    # 29 of the 60 days from February on
    assert float(table.rows[0].cells[columns.index("pm25")].value) == pytest.approx(100 * 29 / 60)


def test_runs_that_exceed_lead_to_each_of_their_days():
    """First, last and worst day by their own keys."""
    table = tables("two years", "2016")["air.episodes"]
    first = table.rows[0]
    assert [cell.value for cell in first.cells[:3]] == [dt.date(2016, 1, 3), dt.date(2016, 1, 8), 6]
    assert first.cells[0].key == "air/shenzhen/2016-01-03"
    assert first.cells[1].key == "air/shenzhen/2016-01-08"
    assert first.cells[2].key == "air/shenzhen/2016-01"
    assert [row.key for row in table.rows] == ["air/shenzhen/2016-01-03", "air/shenzhen/2016-02-29"]


def test_the_law_and_how_it_is_known_are_named():
    """Id, hash of the rows applied, and that some are recalled."""
    zh = prose("two years", "2016", "zh")
    for part in ("GB3095-2012", "HJ633-2012", "HJ663-2013", "凭记忆录入", "324 个有效日值", "至少 20 个有效小时"):
        assert part in zh
    assert re.search(r"摘要 [0-9a-f]{12}", zh)


def test_a_chapter_has_them_under_one_heading():
    """For chapter 6: all sections under one, and key figures by themselves."""
    found = scenario("two years")
    section = air.section(found, paper_period("2016"))
    assert section.title.zh == "环境空气"
    assert all(isinstance(block, Section) for block in section.blocks)
    assert [one.name.en for one in air.key_figures(found, paper_period("2016"))][:2] == [
        "good days",
        "share of good days",
    ]


def test_figures_are_drawn_alike_twice_and_without_data():
    """The same bytes; an empty one says so."""
    drawn = {
        name: [one for one in blocks(name, "2016Q1") if isinstance(one, Figure)]
        for name in ("two years", "no readings")
    }
    for one in (*drawn["two years"], *drawn["no readings"]):
        assert b"<svg" in one.draw("zh")
        assert all(said(one.alt, language) for language in LANGUAGES)
    assert drawn["two years"][0].draw("en") == drawn["two years"][0].draw("en")


@pytest.mark.skipif("QUALICITY_EXAMPLES" not in os.environ, reason="many figures: scripts/test --all")
def test_all_figures_of_all_states_are_drawn():
    """In both languages."""
    for name, text in MATRIX:
        for one in blocks(name, text):
            if isinstance(one, Figure):
                assert all(b"<svg" in one.draw(language) for language in LANGUAGES)


# of a day


def test_a_day_stands_above_its_limits_and_beside_other_days():
    """Values as they are; 29 February has the 28th of the year before beside it, and says so."""
    table = tables("two years", "2016-02-29")["air.day_compared"]
    by_row = {row.cells[0].value: row for row in table.rows}
    assert list(by_row) == ["day", "limit", "iaqi", "day_before", "year_before"]
    columns = [column.id for column in table.columns]
    o3, co = columns.index("o3"), columns.index("co")
    assert [by_row[one].cells[o3].value for one in ("day", "limit", "iaqi")] == [170, 160, 110]
    assert by_row["limit"].cells[o3].key == "law:GB3095-2012:o3:8h-max:II"
    assert by_row["day"].cells[co].value is None
    assert by_row["year_before"].key == "air/shenzhen/2015-02-28"
    assert "上年没有 2 月 29 日，以2015年2月28日为上年同日" in table.notes[0].zh
    assert not RISE.search(table.notes[0].zh.replace("不表示升降", ""))
    assert "O₃ 170 > 160 µg/m³；CO：0 个有效小时" in prose("two years", "2016-02-29", "zh")


def test_a_day_in_progress_is_provisional():
    """Its values are told, and that they may change."""
    found = replace(scenario("not over"), as_of=dt.date(2016, 2, 19))
    chapter = air_bulletin(found, paper_period("2016-02-19"))[0]
    assert isinstance(chapter, Chapter)
    box, text = chapter.blocks[0], chapter.blocks[1]
    assert isinstance(box, KeyFigures)
    assert isinstance(text, Prose)
    assert all("provisional" in one.cell.marks for one in box.figures)
    assert "尚未结束，结果为初步结果" in text.text.zh


def test_a_value_at_its_limit_is_not_beyond_it():
    """Of the items that exceed, and of none other, the box says the names."""
    found = sources(full(2016, {dt.date(2016, 3, 5): {"pm25": 76, "pm10": 150, "co": 4.0}}))
    box = air_bulletin(found, paper_period("2016-03-05"))[0].blocks[0]
    assert isinstance(box, KeyFigures)
    assert box.figures[-1].beside.en == "PM₂.₅"


def test_a_good_day_has_no_primary_pollutant():
    """And says that all is within the limits."""
    found = sources(full(2016))
    text = air_bulletin(found, paper_period("2016-03-05"))[0].blocks[1]
    assert "级别为优，无首要污染物。六项污染物均未超过日限值。" in text.text.zh


def test_columns_print_what_the_annex_holds():
    """Numbers of a column print to its decimals, shares never as all when they are not."""
    nearly = sources(full(2016, {dt.date(2016, 1, 1): {"pm25": 76}}))
    figures = {one.name.en: one for one in air.key_figures(nearly, paper_period("2016"))}
    cell = figures["share of good days"].cell
    assert printed(cell, Column("x", Name("x", "x"), "number", "%", 1), "zh") == "99.7"
    assert "97.5" not in printed(cell, Column("x", Name("x", "x")), "en")

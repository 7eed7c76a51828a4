"""The national platform's tables: JSON as it answers, CSV as it is passed on."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from pathlib import Path

import pytest

from collector.files.channels import Declaration
from collector.files.national import FLAGS, NationalFile, open_national
from collector.files.national_table import day_in, sections, with_year
from collector.importer import Counts, Importer
from qualicity.errors import InputError
from qualicity.model import Statistic
from qualicity.network import ChannelSettings, City, Name, Network, Station
from qualicity.testing import FakeClock, MemoryStore

NOW = 1_600_000_000_000  # 2020-09-13
ITEMS = ("水温(℃)", "pH(无量纲)", "溶解氧(mg/L)", "高锰酸盐指数(mg/L)", "电导率(μS/cm)", "藻密度(cells/L)")
COLON = "\N{FULLWIDTH COLON}"
PAGE = Path(__file__).parents[3] / "docs" / "import.md"


def raw(value: str, shown: str) -> str:
    return f"<span data-toggle='tooltip' data-placement='right' title='原始值{COLON}{value}'>{shown}</span>"


def section(name: str, town: str = "深圳市", river: str = "深圳河") -> str:
    return f"<span data-toggle='tooltip' title='所在地市:{town}&#10;所属河流:{river}'>{name}</span>"


FILTERED = "<span data-toggle='tooltip' title='极值过滤'>--</span>"
NORMAL = ["广东省", "珠江流域", section("河口"), "05-08 15:00", "Ⅱ"]
NORMAL += [
    raw("28.34", "28.3"),
    raw("7.5685", "7.57"),
    raw("6.386", "6.39"),
    raw("2.845", "2.84"),
    "5796.5",
    "*",
    "正常",
]
MAINTAINED = ["广东省", "珠江流域", section("桥下", "惠州市", "东江"), "05-08 14:00", "",
              raw("28", "28.0"), FILTERED, "--", raw("-0.5", "-0.50"), "*", "*", "维护"]  # fmt: skip
STOPPED = ["北京市", "海河流域", section("城边", "门头沟区", "永定河"), None, "", *["--"] * 6, "停站"]


def answer(*rows: list) -> bytes:
    head = ["省份", "流域", "断面名称", "监测时间", "水质类别"]
    head += [item.replace("(", "<br/><span class='unit'>(").replace(")", ")</span>") for item in ITEMS]
    content = {"result": 1, "total": 1, "records": len(rows), "thead": [*head, "站点情况"], "tbody": rows}
    return json.dumps(content).encode()


NETWORK = Network(
    (City("c"),),
    (
        Station(
            "mouth", "c", Name(zh="河口"), medium="water", channels=tuple(
                ChannelSettings(name, unit, expected_interval=14_400)
                for name, unit in (("wt", "C"), ("ph", "1"), ("do", "mg/L"), ("codmn", "mg/L"), ("ec", "uS/cm"))
            ),
        ),
    ),
)  # fmt: skip


def take(folder: Path, content: bytes, name: str = "2020-05-08.json", **options) -> tuple[NationalFile, list[tuple]]:
    (folder / name).write_bytes(content)
    file = open_national(folder / name, NETWORK, **{"year": None, "area": "", "make": False, **options})
    store = MemoryStore()
    Importer(store, NETWORK, Declaration(medium="water"), FakeClock(NOW)).take(file, Counts())
    kept = ("station", "parameter", "value", "unit", "device_flag", "start", "period", "statistic")
    return file, [tuple(row[key] for key in kept) for rows in store.tail(0) for row in rows.rows()]


def test_raw_values_count_and_a_section_is_a_station_of_the_network(tmp_path):
    """Shown values only where there is no raw one; what is `*` or `--` is no reading."""
    file, rows = take(tmp_path, answer(NORMAL, MAINTAINED, STOPPED))
    at = int(dt.datetime(2020, 5, 8, 7, tzinfo=dt.UTC).timestamp()) * 1000
    assert rows == [
        ("mouth", parameter, value, unit, "N", at, 0, Statistic.VALUE)
        for parameter, value, unit in (
            ("wt", 28.34, "C"), ("ph", 7.5685, "1"), ("do", 6.386, "mg/L"), ("codmn", 2.845, "mg/L"),
            ("ec", 5796.5, "uS/cm"),
        )
    ]  # fmt: skip
    assert file.left_out == 2


def test_a_state_becomes_a_device_flag(tmp_path):
    _, rows = take(tmp_path, answer([*NORMAL[:-1], "维护"]))
    assert {row[4] for row in rows} == {"M"}
    _, rows = take(tmp_path, answer([*NORMAL[:-1], "试运行"]))
    assert {row[4] for row in rows} == {"试运行"}


def test_unknown_sections_are_made_under_province_and_name(tmp_path):
    file, _ = take(tmp_path, answer(NORMAL, MAINTAINED, STOPPED), make=True)
    assert [station for station, _ in file.taken] == ["mouth", "广东省-桥下", "北京市-城边"]
    assert file.names["广东省-桥下"] == Name(zh="桥下")
    assert file.taken[1][1].values == [("wt", "28", "C"), ("codmn", "-0.5", "mg/L")]


@pytest.mark.parametrize(("area", "count"), [("广东省", 2), ("惠州市", 1), ("永定河", 1), ("海河流域", 1), ("广东", 0)])
def test_only_the_area_asked_for_is_taken(tmp_path, area, count):
    file, _ = take(tmp_path, answer(NORMAL, MAINTAINED, STOPPED), area=area, make=True)
    assert (len(file.taken), file.left_out) == (count, 0)


def test_one_name_in_two_provinces_is_no_stations_name(tmp_path):
    other = ["湖南省", *NORMAL[1:]]
    file, rows = take(tmp_path, answer(NORMAL, other))
    assert (file.left_out, rows) == (2, [])


@pytest.mark.parametrize(
    ("time", "last", "full"),
    [
        ("05-08 15:00", dt.date(2020, 5, 9), "2020-05-08 15:00"),
        ("05-10 15:00", dt.date(2020, 5, 9), "2019-05-10 15:00"),
        ("12-31 20:00", dt.date(2021, 1, 2), "2020-12-31 20:00"),
        ("01-01 00:00", dt.date(2021, 1, 1), "2021-01-01 00:00"),
        ("01-01 00:00", dt.date(2020, 12, 31), "2020-01-01 00:00"),
        ("02-29 04:00", dt.date(2021, 3, 1), "2020-02-29 04:00"),
        ("2020-05-08 15:00", dt.date(2021, 1, 1), "2020-05-08 15:00"),
        ("13-01 15:00", dt.date(2021, 1, 1), "13-01 15:00"),
        ("05-08 15:00", None, "05-08 15:00"),
    ],
)
def test_a_time_without_a_year_is_the_last_one_of_its_name(time, last, full):
    assert with_year(time, last) == full


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("2020-05-08.json", dt.date(2020, 5, 8)),
        ("water_20200508_1500.csv", dt.date(2020, 5, 8)),
        ("surface_water_2020-05-08_open.csv.gz", dt.date(2020, 5, 8)),
        ("2020-13-08.json", None),
        ("realtime.json", None),
    ],
)
def test_a_files_name_tells_its_day(name, day):
    assert day_in(name) == day


def test_without_a_year_from_anywhere_nothing_is_taken(tmp_path):
    with pytest.raises(InputError, match="its times have no year"):
        take(tmp_path, answer(NORMAL), "now.json")
    _, rows = take(tmp_path, answer(NORMAL), "now.json", year=2019)
    assert dt.datetime.fromtimestamp(rows[0][5] / 1000, dt.UTC).year == 2019


def test_csv_says_raw_values_in_columns_of_their_own(tmp_path):
    content = (
        "file,prov,basin,st,time,cls,status,do,do_r,ph,抓取时间\n"
        "2020-05-08,广东省,珠江流域,河口,12-16 08:00,Ⅳ,维护,8.15,8.1536,7.57,2020-05-08 09:00\n"
    )
    _, rows = take(tmp_path, gzip.compress(content.encode()), "table.csv.gz")
    assert [(row[1], row[2], row[4]) for row in rows] == [("do", 8.1536, "M"), ("ph", 7.57, "M")]
    assert dt.datetime.fromtimestamp(rows[0][5] / 1000, dt.UTC) == dt.datetime(2019, 12, 16, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html>error</html>", "is HTML, no table"),
        (b"", "is empty, no table"),
        (b'{"result": 0}', "is not an answer of the national platform"),
        (b'{"thead": ["a"], "tbody": []', "is not an answer of the national platform"),
        ("断面名称,监测时间,水质类别\n".encode(), "no every item that is known among"),
        ("省份,监测时间,pH\n".encode(), "no 断面名称 among"),
        ("断面名称,监测时间,pH\n河口,05-08 15:00\n".encode(), "row 2 has 2 cells where the header has 3"),
        ("断面名称,监测时间,pH\n".encode("gbk"), "not UTF-8"),
    ],
)
def test_what_is_no_table_is_refused_as_a_whole(content, said):
    with pytest.raises(InputError) as error:
        sections("file", content, dt.date(2020, 1, 1))
    assert said in error.value.cause
    assert error.value.mend


def test_the_page_names_the_states_and_the_flags():
    """docs/import.md says what becomes of each state that is known."""
    section = PAGE.read_text("utf-8").partition("## Tables of the national platform")[2].partition("\n## ")[0]
    for state in ("正常", "维护", "停站", "故障", "校准"):
        assert f"`{FLAGS[state]}`" in section.partition(state)[2]
    assert set(FLAGS) == {"正常", "维护", "停站", "故障", "校准"}
    for option in ("--format cnemc", "--register", "--area", "--year"):
        assert f"`{option}" in section or f"qualicity import {option}" in section

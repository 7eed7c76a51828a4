"""Outlets and sewage in papers: days, runs beyond the limits, loads, rates, cases; what is missing is said."""
# ruff: noqa: RUF001 - Chinese sentences

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest

from qualicity.network import City, Name, Outlet, Station
from reports.bulletins.discharge import discharge_bulletin
from reports.period import paper_period
from reports.testing import MadeUpSources

CITY = City("shenzhen", Name("深圳", "Shenzhen"))
MILL = Station("mill", "shenzhen", Name("厂", "Mill"), medium="wastewater", purpose="outlet")
PLANT = Station(
    "plant", "shenzhen", Name("污水厂", "Plant"), medium="wastewater", purpose="outlet", outlet=Outlet(kind="municipal")
)
BASIN = Station("basin", "shenzhen", medium="wastewater", purpose="catchment")
MOVED = re.compile(r"上升|下降|\brose\b|\bfell\b")


def day(outlet: str, date: dt.date, cod: float | None = 50.0, ph: float | None = None) -> dict:
    """Return a day of an outlet whose limit of COD is 100 mg/L, of pH 6 to 9."""
    over = [name for name, bad in (("cod", cod is not None and cod > 100), ("ph", ph is not None)) if bad]
    verdict = "NOT_ASSESSABLE" if cod is None else "EXCEEDS" if over else "COMPLIES"
    return {
        "key": f"discharge/shenzhen/{outlet}/{date}",
        "period": f"{date}",
        "outlet": outlet,
        "items": {
            "cod": {"value": cod, "limit": 100, "unit": "mg/L", "verdict": _verdict(cod, "cod" in over)},
            "ph": {"value": ph or 7.0, "limit": [6, 9], "unit": "1", "verdict": _verdict(7.0, "ph" in over)},
            "flow": {"value": 9.0, "limit": None, "unit": "L/s", "verdict": None},
        },
        "verdict": verdict,
        "certainty": "recalled",
    }


def _verdict(value: float | None, over: bool) -> str:  # noqa: FBT001 - a row's own
    return "NOT_ASSESSABLE" if value is None else "EXCEEDS" if over else "COMPLIES"


def whole_of(outlet: str, period: str, exceeded: int = 0, unknown: int = 0) -> dict:
    """Return what an outlet came to in a period."""
    return {
        "key": f"discharge/shenzhen/{outlet}/{period}",
        "period": period,
        "outlet": outlet,
        "standard": "GB8978-1996",
        "grade": "1",
        "items": {},
        "flow_m3": 90_000.0,
        "load": {"cod": 4500.5, "nh3n": None},
        "days": {"complied": 31 - exceeded - unknown, "exceeded": exceeded, "unknown": unknown, "no_discharge": 0},
        "substituted": {"cod": ["2015-03-09"]} if unknown else {},
        "verdict": "EXCEEDS" if exceeded else "COMPLIES",
        "certainty": "recalled",
    }


def rate(key: str, period: str, part: float, whole: float) -> dict:
    """Return a rate of a period, in m3."""
    return {
        "key": key,
        "period": period,
        "numerator": part,
        "denominator": whole,
        "unknown": 0.0,
        "rate_lower": part / whole,
        "rate_upper": part / whole,
        "target": ">=80",
        "verdict": "COMPLIES",
        "certain": True,
        "count": {"complied": 30, "exceeded": 1, "unknown": 0},
        "reason": "97 %, target >=95",
        "certainty": "verified",
    }


def case(number: int, action: str | None) -> dict:
    """Return a case that was detected in March 2015."""
    return {
        "record_id": f"x{number}",
        "case_id": f"c{number}",
        "outlet_id": "o",
        "event_date": dt.date(2015, 3, 2),
        "detected_on": dt.date(2015, 3, 2),
        "reported_at": dt.date(2015, 3, 9),
        "action": action,
        "handled_on": None if action is None else dt.date(2015, 3, 8),
        "synthetic": True,
    }


def march(**more) -> MadeUpSources:
    """Return March 2015 of two outlets: COD beyond its limit on three days in two runs, pH on one, a day unknown."""
    values: dict[int, tuple] = {2: (110,), 3: (130,), 20: (101,), 25: (50.0, 9.5), 9: (None,)}
    dates = [dt.date(2015, 3, number) for number in range(1, 32)]
    days = [day("mill", date, *values.get(date.day, ())) for date in dates] + [day("plant", date) for date in dates]
    rated = {
        ("discharge", "month"): [
            rate("discharge/shenzhen/2014-03", "2014-03", 99, 100),
            rate("discharge/shenzhen/2015-03", "2015-03", 97, 100),
        ],
        ("sewage", "month"): [rate("discharge/shenzhen/2015-03@RATE-SEWAGE", "2015-03", 85, 100)],
    }
    return MadeUpSources(
        city=CITY,
        stations=(BASIN, MILL, PLANT),
        outlets={"day": days, "month": [whole_of("mill", "2015-03", 4, 1), whole_of("plant", "2015-03")]},
        rated=rated,
        **more,
    )


def test_a_month_of_two_outlets(whole):
    """Rates with targets, days by outlet, runs of days with the worst of them, loads with what was substituted."""
    filed = {"R_xc": [case(1, "fine"), case(2, None), case(3, "fine")]}
    texts, tables, keys = whole(discharge_bulletin(march(filed=filed), paper_period("2015-03")))
    assert [one.cell.value for one in keys] == [97, 85]
    assert "下降2.00个百分点" in texts["zh"]
    assert "There is no figure of a year before" in texts["en"]  # of sewage
    assert "Of 2 outlets 1 exceeded: Mill on 4 days (COD, pH)" in texts["en"]
    assert "无法评价的日子：厂 1 天" in texts["zh"]
    assert "3 cases of exceedance were filed; 2 were handled, 1 not yet" in texts["en"]
    beyond = tables["discharge.beyond"].rows
    assert [(row.cells[4].value, row.key.rpartition("/")[2]) for row in beyond] == [
        (2, "2015-03-03"),
        (1, "2015-03-20"),
        (1, "2015-03-25"),
    ]
    assert [row.cells[8].value for row in beyond][2] is None  # of a range there is no multiple
    assert "6 – 9" in beyond[2].cells[7].value
    mill = tables["discharge.outlets"].rows[0]
    assert [cell.value for cell in mill.cells[2:9]] == [26, 4, 1, 0, "EXCEEDS", "cod", Decimal("1.3")]
    assert mill.cells[7].key == "discharge/shenzhen/mill/2015-03-03"
    assert tables["discharge.unknown"].rows[0].cells[2].value == "2015-03-09"
    loads = tables["discharge.loads"].rows
    assert [cell.value for cell in loads[0].cells[1:]] == ["cod", Decimal("4.5005"), 1]
    assert loads[1].cells[2].value is None
    assert [(row.cells[1].value, row.key) for row in tables["discharge.cases"].rows] == [
        (1, "records/R_xc/2015-03/action="),
        (2, "records/R_xc/2015-03/action=fine"),
        (3, "records/R_xc/2015-03"),
    ]
    assert all(row.cells[1].marks == ("synthetic",) for row in tables["discharge.cases"].rows)


@pytest.mark.parametrize("period", ["2015", "2015H1", "2015Q3", "2015-03"])
@pytest.mark.parametrize(
    ("stations", "told"),
    [
        ((), "没有登记废水排放口和排水分区"),
        ((MILL,), "登记的 1 个排放口均没有日评价结果"),
        ((BASIN,), "城镇生活污水处理率无法评价"),
        ((PLANT,), "没有登记工业废水排放口"),
    ],
    ids=["none", "mill", "basin", "plant"],
)
def test_nothing_is_known(whole, stations, told, period):
    """Said everywhere, no number made up; no case on file is not no case."""
    sources = MadeUpSources(city=CITY, stations=stations)
    texts, tables, keys = whole(discharge_bulletin(sources, paper_period(period)))
    assert told in texts["zh"]
    assert all(figure.cell.value is None for figure in keys)
    assert "No record is not no case" in texts["en"]
    assert not any(table.rows for name, table in tables.items() if name != "discharge.outlets")
    assert not MOVED.search(texts["zh"].split("排放口按")[0])


def test_an_outlet_alone_does_not_stand_for_the_city(whole):
    """And nothing that it did not send is counted."""
    sources = march()
    sources.stations = (MILL,)
    texts, tables, _ = whole(discharge_bulletin(sources, paper_period("2015-03")))
    assert "Only one outlet is watched (Mill)" in texts["en"]
    assert "污水处理率无从计算" in texts["zh"]
    assert {row.cells[0].value for row in tables["discharge.loads"].rows} == {"mill"}


def test_a_month_that_goes_on(whole):
    """Only days that are over are looked at; figures are provisional."""
    sources = march(as_of=dt.date(2015, 3, 10), synthetic_readings=True)
    texts, tables, keys = whole(discharge_bulletin(sources, paper_period("2015-03")))
    assert [row.cells[4].value for row in tables["discharge.beyond"].rows] == [2]
    assert all({"provisional", "synthetic"} <= set(one.cell.marks) for one in keys)
    assert "本期尚未结束，不与上年同期比较" in texts["zh"]

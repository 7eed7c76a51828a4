"""National automatic stations, 2020-05-08: official classes from raw values, displayed values from raw ones.

The feed does not say which stations lie in lakes and reservoirs; of the items that decide only total phosphorus asks.
The name tells most of them: 湖 or 库, unless it names where water flows in or out, which is a section of the river.
Where the class that follows is not the official one, the other column's is. That is an inference about the station, not
a proof of it: each one is listed here with what its name says.
"""

from __future__ import annotations

import csv
import gzip
import re
from decimal import Decimal

import numpy as np
import pytest

from aggregator.calc_water import Calculator
from aggregator.water.classes import classify, integer, table, worst
from aggregator.water.means import rounded
from qualicity.standards.load_water import water_law

ITEMS = ("ph", "do", "codmn", "nh3n", "tp")
DISPLAYED = ("wt", "ph", "do", "codmn", "nh3n", "tp", "tn")
CLASSES = {"Ⅰ": "I", "Ⅱ": "II", "Ⅲ": "III", "Ⅳ": "IV", "Ⅴ": "V", "劣Ⅴ": "worse"}  # noqa: RUF001 - the feed's own signs
STILL, FLOWING = re.compile("湖|库"), re.compile("出口|入口|入湖|入库|库口|闸|桥")

BY_THE_RIVERS = (
    "辽宁省|大伙房水库", "安徽省|湖沟", "安徽省|杨湖", "山东省|芦家河子水库", "河南省|尖岗水库", "河南省|彰武水库",
    "河南省|南谷洞水库", "河南省|新乡贾太湖", "河南省|白沙水库", "湖北省|两河口(草埠湖水厂)", "湖北省|淤泥湖",
    "湖北省|运粮湖同心队", "湖南省|马坡湖", "湖南省|凤滩水库", "广东省|东湖", "重庆市|湖海场",
)  # fmt: skip
"""A lake or reservoir in the name, and the official class is that of the river's column."""

BY_THE_LAKES = (
    "内蒙古自治区|拴马桩(甘珠花)", "吉林省|大丰满", "吉林省|桦树林", "上海市|急水港桥", "江苏省|拖山", "江苏省|西山",
    "江苏省|老山乡", "江苏省|蒋坝镇", "江苏省|高良涧镇", "江苏省|三场", "安徽省|忠庙", "安徽省|兆河入湖区",
    "江西省|南矶山", "江西省|都昌", "江西省|坝上", "江西省|康山", "河南省|饮用水源地取水口", "湖南省|鹿角",
    "湖南省|蒋家嘴", "湖南省|南嘴", "湖南省|小河嘴", "四川省|鲁班岛", "云南省|观音山西",
)  # fmt: skip
"""No lake in the name, or where water flows into one, and the official class is that of the lake's column."""


@pytest.fixture(scope="module")
def rows(oracles):
    """Return the stations of the day."""
    with gzip.open(oracles / "water" / "surface_water_2020-05-08_open.csv.gz", "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def calculate():
    """Return what classes a row's raw values in a body of water."""
    calculator = Calculator(["water_body", *ITEMS], lambda _: "GB3838-2002")

    def judged(row, body):
        return calculator({"water_body": body, **{item: row[f"{item}_r"] for item in ITEMS}}).name

    return judged


def _body(row):
    """Return what the station's name says."""
    return "lake" if STILL.search(row["st"]) and not FLOWING.search(row["st"]) else "river"


def test_every_official_class_follows_from_raw_values(rows, calculate):
    """1,438 of 1,438: 1,399 by what the name says; the disagreements are the 39 stations listed, each once."""
    by_name, disagree = 0, {}
    for row in rows:
        official, named = CLASSES[row["cls"]], _body(row)
        other = "river" if named == "lake" else "lake"
        if calculate(row, named) == official:
            by_name += 1
        else:
            name = f"{row['prov']}|{row['st']}"
            disagree[name] = other if calculate(row, other) == official else "neither"
            print(
                f"{name}: {row['cls']}; by its name a {named}: {calculate(row, named)}; by the {other}'s column it is"
            )
    agree = by_name + sum(body != "neither" for body in disagree.values())
    print(f"{by_name} of {len(rows)} by name, {agree} by either column")

    assert disagree == dict.fromkeys(BY_THE_RIVERS, "river") | dict.fromkeys(BY_THE_LAKES, "lake")
    assert agree / len(rows) >= 0.999
    assert by_name / len(rows) >= 0.97


def test_values_rounded_before_they_are_compared_give_other_classes(rows):
    """What makes raw values the rule for snapshots: rounded to the digits of assessments 1,404 agree."""
    agree = np.zeros(len(rows), bool)
    official = np.asarray([list(CLASSES.values()).index(CLASSES[row["cls"]]) for row in rows])
    for body in ("river", "lake"):
        law = table(water_law("GB3838-2002", body), ITEMS)
        values = [[row[f"{item.parameter}_r"] for item in law.items] for row in rows]
        known = np.asarray([[text not in {"", "--", "*"} for text in texts] for texts in values])
        exact = np.asarray([[_integer(text, law.decimals[i]) for i, text in enumerate(texts)] for texts in values])
        assessed = np.stack([rounded(exact[:, i], np.ones(len(rows), int), law.step[i]) for i in range(5)], axis=1)
        agree |= worst(law, classify(law, assessed), known) == official

    assert int(agree.sum()) == 1404


@pytest.mark.parametrize("item", DISPLAYED)
def test_displayed_values_are_raw_ones_rounded_half_to_even(rows, item):
    """Every value, every tie among them: 545 of them in all."""
    law = table(water_law("GB3838-2002", "lake"), [item])
    pairs = [(row[f"{item}_r"], row[item]) for row in rows if row[f"{item}_r"] not in {"", "--", "*"}]
    raw = np.asarray([_integer(text, law.decimals[0]) for text, _ in pairs])
    step = int(law.hour_step[0])
    shown = rounded(raw, np.ones(len(raw), int), step)
    ties = raw % step * 2 == step
    print(f"{item}: {len(raw)} values, {ties.sum()} ties")

    assert ties.sum() >= 40
    assert shown.tolist() == [_integer(text, law.decimals[0]) for _, text in pairs]


def _integer(text, decimals):
    return integer(Decimal(text), int(decimals)) if text not in {"", "--", "*"} else 0

"""The law tables of water: what the texts say, dispatched by date, compiled for a body."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec
import pytest

from qualicity.errors import UsageError
from qualicity.parameters import resolve
from qualicity.standards.dispatch import dispatch_water
from qualicity.standards.load import standard, standards
from qualicity.standards.load_water import rate_table, water_law
from qualicity.standards.schema import LimitTable
from qualicity.standards.schema_water import ClassTable

TABLE_1 = """
codmn 2 4 6 10 15
cod 15 15 20 30 40
bod5 3 3 4 6 10
nh3n 0.15 0.5 1.0 1.5 2.0
cu 0.01 1.0 1.0 1.0 1.0
zn 0.05 1.0 1.0 2.0 2.0
f 1.0 1.0 1.0 1.5 1.5
se 0.01 0.01 0.01 0.02 0.02
as 0.05 0.05 0.05 0.1 0.1
hg 0.00005 0.00005 0.0001 0.001 0.001
cd 0.001 0.005 0.005 0.005 0.01
cr6 0.01 0.05 0.05 0.05 0.1
pb 0.01 0.01 0.05 0.05 0.1
cn 0.005 0.05 0.2 0.2 0.2
phenol 0.002 0.002 0.005 0.01 0.1
oil 0.05 0.05 0.05 0.5 1.0
las 0.2 0.2 0.2 0.3 0.3
s 0.05 0.1 0.2 0.5 1.0
fc 200 2000 10000 20000 40000
"""
TP = {"river": "0.02 0.1 0.2 0.3 0.4", "lake": "0.01 0.025 0.05 0.1 0.2"}
TN = "0.2 0.5 1.0 1.5 2.0"
DIGITS = {  # of a displayed reading, of an assessed value
    (2, 0): "ph", (2, 1): "do codmn cod", (None, 1): "bod5", (3, 2): "nh3n oil las", (3, 3): "tp", (2, 2): "tn",
    (4, 3): "cu zn f cr6 pb cn s", (5, 4): "se as phenol", (6, 5): "hg cd", (0, 0): "fc", (1, 1): "wt",
}  # fmt: skip
COUNTING = "ph do codmn nh3n tp bod5 cod oil phenol hg cu zn pb cd cr6 as se f cn s las"
"""The 21 items of circular 22 of 2011."""

GROUND = """
color 5 5 15 25
turb 3 3 3 10
hardness 150 300 450 650
tds 300 500 1000 2000
so4 50 150 250 350
cl 50 150 250 350
fe 0.1 0.2 0.3 2.0
mn 0.05 0.05 0.10 1.50
cu 0.01 0.05 1.00 1.50
zn 0.05 0.5 1.00 5.00
al 0.01 0.05 0.20 0.50
phenol 0.001 0.001 0.002 0.01
las nd 0.1 0.3 0.3
codmn 1.0 2.0 3.0 10.0
nh3n 0.02 0.10 0.50 1.50
s 0.005 0.01 0.02 0.10
na 100 150 200 400
coliform 3.0 3.0 3.0 100
bacteria 100 100 100 1000
no2n 0.01 0.10 1.00 4.80
no3n 2.0 5.0 20.0 30.0
cn 0.001 0.01 0.05 0.1
f 1.0 1.0 1.0 2.0
iodide 0.04 0.04 0.08 0.50
hg 0.0001 0.0001 0.001 0.002
as 0.001 0.001 0.01 0.05
se 0.01 0.01 0.01 0.1
cd 0.0001 0.001 0.005 0.01
cr6 0.005 0.01 0.05 0.10
pb 0.005 0.005 0.01 0.10
chloroform 0.0005 0.006 0.06 0.3
ccl4 0.0005 0.0005 0.002 0.05
benzene 0.0005 0.001 0.01 0.12
toluene 0.0005 0.14 0.7 1.4
alpha 0.1 0.1 0.5 any
beta 0.1 1.0 1.0 any
"""
"""GB/T 14848 table 1, organics in mg/L here: the items that are no more than something."""


def _matrix(text):
    return {name: bounds for name, *bounds in (line.split() for line in text.strip().splitlines())}


def _ends(item):
    """Return an item's upper ends as texts that compare as numbers."""
    return ["nd" if bound.absent else "any" if bound.high is None else bound.high for bound in item.bounds]


def _numbers(bounds):
    return [text if text in {"nd", "any"} else Decimal(text) for text in bounds]


def _items(name, body):
    return {item.parameter: item for item in water_law(name, body).items}


@pytest.mark.parametrize("body", ["river", "lake", "reservoir"])
def test_table_1_of_gb_3838(body):
    """All classes of every item, as the text prints them."""
    items = _items("GB3838-2002", body)
    texts = _matrix(TABLE_1) | {"tp": TP["river" if body == "river" else "lake"].split()}
    if body != "river":
        texts |= {"tn": TN.split()}

    assert {name: _ends(items[name]) for name in texts} == {name: _numbers(text) for name, text in texts.items()}
    assert [bound.low for bound in items["do"].bounds] == _numbers(["7.5", "6", "5", "3", "2"])
    assert {bound.high for bound in items["do"].bounds} == {None}
    assert {(bound.low, bound.high) for bound in items["ph"].bounds} == {(6, 9)}
    assert (items["wt"].bounds, items["wt"].limit) == ((), None)
    basic = {name for name, item in items.items() if item.group == "basic"}
    assert basic == {*texts, "do", "ph", "wt"}
    assert water_law("GB3838-2002", body).classes == ("I", "II", "III", "IV", "V")
    assert water_law("GB3838-2002", body).beyond == "worse"


def test_total_phosphorus_knows_lakes_and_total_nitrogen_only_them():
    """The lake's limits are the stricter ones, and stand for reservoirs too; rivers have none for total nitrogen."""
    river, lake, reservoir = (_items("GB3838-2002", body) for body in ("river", "lake", "reservoir"))

    assert [item["tp"].bounds[2].high for item in (river, lake, reservoir)] == _numbers(["0.2", "0.05", "0.05"])
    assert ("tn" in river, "tn" in lake, "tn" in reservoir) == (False, True, True)
    assert not lake["tn"].counts


def test_items_that_decide_the_class():
    """All basic items but water temperature, total nitrogen and faecal coliforms."""
    for body in ("river", "lake", "reservoir"):
        basic = [item for item in water_law("GB3838-2002", body).items if item.group == "basic"]
        assert {item.parameter for item in basic if item.counts} == set(COUNTING.split())
    assert len(COUNTING.split()) == 21


def test_how_items_of_gb_3838_are_averaged_rounded_and_exceeded():
    """PH by its ions; decimals of displayed and of assessed values; no multiples of temperature, pH and oxygen."""
    items = _items("GB3838-2002", "lake")

    assert {name for name, item in items.items() if item.hydrogen} == {"ph"}
    assert {name for name, item in items.items() if not item.multiple} == {"wt", "ph", "do"}
    digits = {name: pair for pair, names in DIGITS.items() for name in names.split()}
    assert {name: (item.hour_digits, item.digits) for name, item in items.items() if item.group == "basic"} == digits
    assert {item.digits for item in items.values() if item.group != "basic"} == {None}


def test_tables_2_and_3_of_gb_3838():
    """Five supplementary and 80 specific limits; the 33 of the monthly routine by their numbers."""
    items = _items("GB3838-2002", "river")
    two = {name: item.limit.high for name, item in items.items() if item.group == "supplementary"}
    three = [item for item in items.values() if item.group == "specific"]

    assert two == {"so4": 250, "cl": 250, "no3n": 10, "fe": Decimal("0.3"), "mn": Decimal("0.1")}
    assert [float(item.limit.high) for item in three] == [
        0.06, 0.002, 0.1, 0.02, 0.03, 0.02, 0.005, 0.03, 0.05, 0.07, 0.04, 0.002, 0.0006, 0.02, 0.9, 0.05, 0.1, 0.01,
        0.01, 0.7, 0.3, 0.5, 0.25, 0.3, 1.0, 0.3, 0.02, 0.02, 0.05, 0.017, 0.5, 0.0003, 0.5, 0.05, 0.5, 0.093, 0.2,
        0.009, 0.1, 0.0002, 0.0005, 0.1, 0.003, 0.008, 0.01, 0.0001, 0.2, 0.2, 0.5, 0.005, 0.01, 0.001, 0.002, 0.0002,
        0.003, 0.002, 0.05, 0.08, 0.05, 0.05, 0.03, 0.01, 0.05, 0.02, 0.003, 2.8e-6, 1e-6, 2e-5, 0.001, 0.003, 0.07,
        1.0, 0.002, 0.5, 0.005, 0.02, 0.7, 0.05, 0.1, 0.0001,
    ]  # fmt: skip
    routine = [number for number, item in enumerate(three, 1) if item.preferred]
    assert routine == [
        1, 2, 10, 11, 14, 15, *range(19, 28), 30, 31, 34, 43, 44, 52, 53, 65, 66, *range(71, 79), 80,
    ]  # fmt: skip
    named = {item.parameter: number for number, item in enumerate(three, 1)}
    assert (named["benzene"], named["nitrobenzene"], named["bap"], named["mo"], named["tl"]) == (19, 30, 66, 71, 80)


def test_groundwater():
    """Table 1 of GB/T 14848; worse than class IV is V, and it has no class worse than that."""
    law = water_law("GBT14848-2017", "groundwater")
    items = {item.parameter: item for item in law.items}
    texts = _matrix(GROUND)

    assert {name: _ends(items[name]) for name in texts} == {name: _numbers(text) for name, text in texts.items()}
    assert (law.classes, law.beyond, law.target) == (("I", "II", "III", "IV"), "V", "III")
    ranges = [(bound.low, bound.high) for bound in items["ph"].bounds]
    assert ranges == [(Decimal("6.5"), Decimal("8.5"))] * 3 + [(Decimal("5.5"), Decimal("9.0"))]
    for name in ("odour", "visible"):
        assert all(bound.absent for bound in items[name].bounds)
    basic = [item for item in law.items if item.group == "basic"]
    assert {item.parameter for item in basic} == {*texts, "ph", "odour", "visible"}
    assert (len(basic), all(item.counts for item in basic)) == (39, True)
    limits = {item.parameter: item.limit.high for item in law.items if item.group == "specific"}
    assert (limits["cobalt"], limits["bap"], limits["trichloroethene"]) == _triple("0.05", "0.00001", "0.07")


def _triple(*texts):
    return tuple(Decimal(text) for text in texts)


@pytest.mark.parametrize(("name", "body", "parameter", "limit"), [
    ("GB3838-2002", "river", "no3n", "10"), ("GBT14848-2017", "groundwater", "no3n", "20"),
    ("WHO-GDWQ-2022", "river", "no3n", "11.3"), ("WHO-GDWQ-2022", "river", "no2n", "0.91"),
    ("GBT14848-2017", "groundwater", "f", "1"), ("GB3838-2002", "river", "f", "1"),
    ("GB3838-2002", "river", "cobalt", "1"), ("GBT14848-2017", "groundwater", "cobalt", "0.05"),
    ("GB3838-2002", "river", "codmn", "6"), ("GBT14848-2017", "groundwater", "codmn", "3"),
    ("GB3838-2002", "river", "cod", "20"),
])  # fmt: skip
def test_limits_that_are_taken_for_one_another(name, body, parameter, limit):
    """Nitrate is as nitrogen everywhere; cobalt, fluoride and oxygen consumption are those of the text at hand."""
    law = water_law(name, body)
    item = next(item for item in law.items if item.parameter == parameter)

    assert item.bound(law.classes, law.target).high == Decimal(limit)


def test_bacteria_are_counted_in_a_litre_or_in_100_ml():
    """Faecal coliforms of surface water in a litre, all coliforms of groundwater in a tenth of it."""
    surface, ground = _items("GB3838-2002", "river")["fc"], _items("GBT14848-2017", "groundwater")["coliform"]

    assert (surface.unit, surface.bounds[2].high) == ("count/L", 10_000)
    assert (ground.unit, ground.bounds[2].high) == ("MPN/100mL", 3)


def test_micrograms_of_the_text_are_milligrams_of_the_law():
    """Organics of groundwater; lead of water is never micrograms a cubic metre, as in air."""
    ground, surface = _items("GBT14848-2017", "groundwater"), _items("GB3838-2002", "river")

    assert (ground["chloroform"].unit, ground["chloroform"].bounds[2].high) == ("mg/L", Decimal("0.06"))
    assert surface["chloroform"].limit.high == ground["chloroform"].bounds[2].high
    assert (surface["pb"].unit, surface["pb"].bounds[2].high) == ("mg/L", Decimal("0.05"))
    assert surface["bap"].limit.high == Decimal("0.0000028")


@pytest.mark.parametrize(("wrong", "meant"), [("a21003", "co"), ("a05001", "pm25")])
def test_codes_that_public_code_gets_wrong(wrong, meant):
    """Carbon monoxide is a21005 and fine particles are a34004; these two codes are something else."""
    assert resolve(wrong) != meant
    assert (resolve("a21005"), resolve("a34004")) == ("co", "pm25")


@pytest.mark.parametrize(("body", "day", "expected"), [
    ("river", "2002-05-31", None), ("river", "2002-06-01", "GB3838-2002"), ("lake", "2026-01-01", "GB3838-2002"),
    ("reservoir", "2099-01-01", "GB3838-2002"), ("groundwater", "2018-04-30", None),
    ("groundwater", "2018-05-01", "GBT14848-2017"),
])  # fmt: skip
def test_the_table_in_force(body, day, expected):
    """By the kind of body and the day; guidelines from abroad never."""
    assert dispatch_water(dt.date.fromisoformat(day), body) == expected


def test_packs_from_abroad_are_only_compared_with():
    """They are asked for by name, and say so."""
    packs = {
        table.id
        for table in standards().values()
        if getattr(table, "comparison", False) and not isinstance(table, LimitTable)
    }
    assert packs == {"WHO-GDWQ-2022", "EU-91-271", "EU-2024-3019", "US-40CFR133"}
    law = water_law("WHO-GDWQ-2022", "groundwater")
    assert (law.classes, law.target) == (("guideline",), "guideline")
    assert next(item for item in law.items if item.parameter == "e_coli").bounds[0].absent


def test_a_body_that_a_table_does_not_know():
    """And what is no table of classes at all."""
    with pytest.raises(UsageError, match="does not apply to a groundwater"):
        water_law("GB3838-2002", "groundwater")
    with pytest.raises(UsageError, match="no classes of water"):
        water_law("GB8978-1996", "river")
    with pytest.raises(UsageError, match="no standard"):
        water_law("GB1", "river")


def test_the_certainty_is_that_of_the_weakest_row():
    """Two transcriptions agree on table 1; what was read once, or is remembered, says so."""
    rows = standard("GB3838-2002").limit
    checked = {row.parameter for row in rows if row.certainty == "cross-checked"}
    assert {"ph", "do", "tp", "tn", "fc", "fe", "mn", "mo", "tl"} <= checked
    assert not {"wt", "so4", "cl", "no3n", "chloroform", "bap"} & checked
    assert {row.certainty for row in standard("GBT14848-2017").limit} == {"recalled"}
    assert water_law("GB3838-2002", "river").certainty == "recalled"


def test_the_hash_follows_every_row_and_rule(monkeypatch):
    """Other bodies, another limit, another rule of rounding: another hash."""
    river = water_law("GB3838-2002", "river").table_hash
    assert river != water_law("GB3838-2002", "lake").table_hash != water_law("GB3838-2002", "reservoir").table_hash
    table, rules = standard("GB3838-2002"), standard("HB2011-22")
    stricter = msgspec.structs.replace(table.limit[3], bounds=("1", *table.limit[3].bounds[1:]))
    for spoilt in (
        msgspec.structs.replace(table, limit=(*table.limit[:3], stricter, *table.limit[4:])),
        msgspec.structs.replace(rules, not_detected="1"),
    ):
        found = {**standards(), spoilt.id: spoilt}
        monkeypatch.setattr("qualicity.standards.load_water.table_of", found.get)
        assert water_law.__wrapped__("GB3838-2002", "river").table_hash != river


def test_the_assessment_of_circular_22():
    """Half a detection limit, five sections, automatic stations first, words of classes and shares, critical ranks."""
    rules = water_law("GB3838-2002", "river").assessment

    assert (rules.not_detected, rules.share_method_from, rules.trend_periods_at_least) == ("0.5", 5, 5)
    assert rules.automatic_first == ("ph", "do", "codmn", "nh3n", "tp", "tn")
    words = {name: word.name.zh for word in rules.section_word for name in word.classes}
    assert words == {
        "I": "优", "II": "优", "III": "良好", "IV": "轻度污染", "V": "中度污染", "worse": "重度污染",
    }  # fmt: skip
    assert [word.id for word in rules.basin_word] == ["excellent", "good", "light", "moderate", "heavy"]
    assert (rules.trend_critical["5"], rules.trend_critical["10"]) == ("0.900", "0.564")


def test_rates():
    """One table each, by volume."""
    for of in ("sources", "outlets", "sewage"):
        table = rate_table(of)
        assert (table.id, table.of, table.weight) == (f"RATE-{of.upper()}", of, "volume")


def test_each_class_table_names_an_assessment():
    """Which exists, for every body."""
    tables = [table for table in standards().values() if isinstance(table, ClassTable)]
    assert len(tables) == 3
    for table in tables:
        for body in table.bodies:
            assert water_law(table.id, body).assessment.id == "HB2011-22"

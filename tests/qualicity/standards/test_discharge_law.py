"""The law tables of wastewater: which limits an outlet has, by its grade, industry, date and permit."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from qualicity.errors import InputError, UsageError
from qualicity.network import Outlet, PermitLimit
from qualicity.standards.load import standard
from qualicity.standards.load_water import discharge_law
from qualicity.standards.waterlaw import Bound

DAY = dt.date(2024, 6, 1)
OLD, NEW = dt.date(1997, 12, 31), dt.date(1998, 1, 1)

TABLE_1 = "hg 0.05, cd 0.1, cr 1.5, cr6 0.5, as 0.5, pb 1.0, ni 1.0, bap 0.00003, be 0.005, ag 0.5, alpha 1, beta 10"
TABLE_4 = """
color_dilution other 50 80 -
ss other 70 150 400
ss municipal 20 30 -
ss mining 70 300 -
ss vein_gold 70 400 -
ss placer_gold 70 800 -
bod5 other 20 30 300
bod5 municipal 20 30 -
bod5 dye 20 60 600
bod5 pulp 20 100 600
cod other 100 150 500
cod municipal 60 120 -
cod petrochemical 60 120 500
cod beet_sugar 100 200 1000
cod op_pesticide 100 200 1000
cod msg 100 300 1000
cod leather 100 300 1000
oil other 5 10 20
oil_av other 10 15 100
phenol other 0.5 0.5 2.0
cn other 0.5 0.5 1.0
s other 1.0 1.0 1.0
nh3n other 15 25 -
nh3n dye 15 50 -
f other 10 10 20
f yellow_phosphorus 10 15 20
f low_fluoride 10 20 30
phosphate other 0.5 1.0 -
formaldehyde other 1.0 2.0 5.0
anilines other 1.0 2.0 5.0
nitrobenzenes other 2.0 3.0 5.0
las other 5.0 10 20
cu other 0.5 1.0 2.0
zn other 2.0 5.0 5.0
mn other 2.0 2.0 5.0
se other 0.1 0.2 0.5
aox other 1.0 5.0 8.0
toc other 20 30 -
fc hospital 500 1000 5000
fc infectious_hospital 100 500 1000
"""
TABLE_2 = """
color_dilution dye 50 180 -
ss other 70 200 400
ss municipal 20 30 -
ss mining 100 300 -
ss vein_gold 100 500 -
ss placer_gold 100 800 -
bod5 other 30 60 300
bod5 cane_sugar 30 100 600
bod5 beet_sugar 30 150 600
cod petrochemical 100 150 500
oil other 10 10 30
oil_av other 20 20 100
s other 1.0 1.0 2.0
cn film 0.5 5.0 5.0
f yellow_phosphorus 10 20 20
nh3n other 15 25 -
"""
MUNICIPAL = """
cod 50 60 100 120
bod5 10 20 30 60
ss 10 20 30 50
oil_av 1 3 5 20
oil 1 3 5 15
las 0.5 1 2 5
tn 15 20 - -
tp 0.5 1 3 5
color_dilution 30 30 40 50
fc 1000 10000 10000 -
hg 0.001 0.001 0.001 0.001
cd 0.01 0.01 0.01 0.01
cr 0.1 0.1 0.1 0.1
cr6 0.05 0.05 0.05 0.05
as 0.1 0.1 0.1 0.1
pb 0.1 0.1 0.1 0.1
"""


def _cases(text, built):
    for line in text.strip().splitlines():
        parameter, scope, *bounds = line.split()
        for grade, bound in enumerate(bounds, 1):
            yield parameter, scope, str(grade), built, bound


@pytest.mark.parametrize(("parameter", "scope", "grade", "built", "bound"), [
    *_cases(TABLE_4, NEW), *_cases(TABLE_4, None), *_cases(TABLE_2, OLD),
])  # fmt: skip
def test_gb_8978(parameter, scope, grade, built, bound):
    """Tables 2 and 4, on both sides of 1997: every industry and grade; an unknown date is after every split."""
    limits = discharge_law(Outlet(grade=grade, scope=scope, built=built), DAY).of(parameter)

    assert [limit.bound for limit in limits] == ([] if bound == "-" else [Bound(high=Decimal(bound))])


@pytest.mark.parametrize("built", [OLD, NEW])
@pytest.mark.parametrize("grade", ["1", "2", "3"])
def test_first_class_pollutants(grade, built):
    """Table 1: at any grade and date."""
    law = discharge_law(Outlet(grade=grade, built=built), DAY)

    for row in TABLE_1.split(", "):
        parameter, bound = row.split()
        assert [limit.bound for limit in law.of(parameter)] == [Bound(high=Decimal(bound))]
    assert [limit.bound.absent for limit in law.of("alkyl_hg")] == [True]
    assert [(limit.bound.low, limit.bound.high) for limit in law.of("ph")] == [(6, 9)]
    assert not law.of("tp")
    assert not law.of("tn")


@pytest.mark.parametrize("line", MUNICIPAL.strip().splitlines())
def test_gb_18918(line):
    """Tables 1 and 2, all grades."""
    parameter, *bounds = line.split()
    for grade, bound in zip(("1A", "1B", "2", "3"), bounds, strict=True):
        limits = discharge_law(Outlet(standard="GB18918-2002", grade=grade), DAY).of(parameter)
        assert [limit.bound for limit in limits] == ([] if bound == "-" else [Bound(high=Decimal(bound))])


@pytest.mark.parametrize(("grade", "warm", "cold"), [("1A", 5, 8), ("1B", 8, 15), ("2", 25, 30), ("3", None, None)])
def test_ammonia_by_the_temperature_of_the_water(grade, warm, cold):
    """Up to 12 C the greater number, above it the lesser; grade 3 has neither."""
    law = discharge_law(Outlet(standard="GB18918-2002", grade=grade), DAY)

    found = {limit.cold: limit.bound.high for limit in law.of("nh3n")}
    assert found == ({} if warm is None else {False: warm, True: cold})
    assert law.cold_at_most == (None if warm is None else 12)


@pytest.mark.parametrize(("built", "limits"), [
    (dt.date(2005, 12, 31), ["1", "1.5", "3", "5"]), (dt.date(2006, 1, 1), ["0.5", "1", "3", "5"]),
    (None, ["0.5", "1", "3", "5"]),
])  # fmt: skip
def test_phosphorus_by_the_date_of_the_plant(built, limits):
    """Both sides of the turn of 2005."""
    found = [
        discharge_law(Outlet(standard="GB18918-2002", grade=grade, built=built), DAY).of("tp")[0].bound.high
        for grade in ("1A", "1B", "2", "3")
    ]
    assert found == [Decimal(text) for text in limits]


def test_removal_stands_in_the_place_of_a_limit_of_grade_3_only():
    """COD 60 % of more than 350 mg/L, BOD5 50 % of more than 160."""
    removals = {
        (grade, name): (limit.removal_at_least, limit.removal_above)
        for grade in ("1A", "2", "3")
        for name in ("cod", "bod5")
        for limit in discharge_law(Outlet(standard="GB18918-2002", grade=grade), DAY).of(name)
    }
    none = (None, None)
    assert removals == {
        ("1A", "cod"): none, ("1A", "bod5"): none, ("2", "cod"): none, ("2", "bod5"): none,
        ("3", "cod"): (Decimal("0.6"), 350), ("3", "bod5"): (Decimal("0.5"), 160),
    }  # fmt: skip


def test_limits_are_chosen_by_the_outlet_and_not_by_what_is_measured():
    """The same parameters, other standards: total phosphorus is only judged where the outlet's own law names it."""
    plant = discharge_law(Outlet(kind="municipal", standard="GB18918-2002", grade="1A"), DAY)
    factory = discharge_law(Outlet(), DAY)

    assert (plant.of("cod")[0].bound.high, factory.of("cod")[0].bound.high) == (50, 100)
    assert (bool(plant.of("tp")), bool(factory.of("tp"))) == (True, False)
    assert (plant.standard, factory.standard) == ("GB18918-2002", "GB8978-1996")
    asked = Outlet(standard="GB18918-2002", grade="2", kind="municipal")
    assert discharge_law(asked, DAY, "GB8978-1996").of("cod")[0].bound.high == 150


def test_another_standard_that_is_asked_for_counts_without_the_permit():
    """What would be of it by that table; its own by name is still the permit's."""
    outlet = Outlet(limits=(PermitLimit("cod", "mg/L", most="80"),))
    asked = {name: discharge_law(outlet, DAY, name) for name in (None, outlet.standard)}
    assert {law.of("cod")[0].bound.high for law in asked.values()} == {80}

    other = discharge_law(Outlet(grade="1A", limits=outlet.limits), DAY, "GB18918-2002")
    assert [limit.bound.high for limit in other.of("cod")] == [50]


def test_a_permit_stands_in_the_place_of_the_standards_rows():
    """Of its parameters only; in its own unit; by the hour, if it says so."""
    permit = (
        PermitLimit("cod", "mg/L", most="80", document="permit 7, table 2"),
        PermitLimit("cod", "mg/L", most="120", period="1h"),
        PermitLimit("hg", "ug/L", most="20"),
        PermitLimit("ph", "1", least="6.5", most="8.5"),
        PermitLimit("tp", "mg/L", most="0.3"),
    )
    plain, law = (discharge_law(Outlet(limits=limits), DAY) for limits in ((), permit))

    assert [(limit.bound.high, limit.period, limit.origin) for limit in law.of("cod")] == [
        (80, "24h", "permit 7, table 2"), (120, "1h", "permit"),
    ]  # fmt: skip
    assert (law.of("hg")[0].unit, law.of("hg")[0].bound.high) == ("mg/L", Decimal("0.02"))
    assert law.of("ph")[0].bound == Bound(Decimal("6.5"), Decimal("8.5"))
    assert law.of("tp")[0].certainty == "read"
    assert law.of("bod5") == plain.of("bod5")
    assert law.table_hash != plain.table_hash


@pytest.mark.parametrize(("outlet", "error", "cause", "mend"), [
    ({"grade": "4"}, InputError, "no grade '4'", "one of: 1, 2, 3"),
    ({"scope": "sugar"}, InputError, "no scope 'sugar'", "other, municipal, mining"),
    ({"standard": "GB3838-2002"}, UsageError, "no limits of discharge", "GB18918-2002, GB8978-1996"),
    ({"standard": "GB1"}, UsageError, "no standard 'GB1'", "one of"),
    ({"limits": (PermitLimit("cod", "mg/L"),)}, InputError, "limits nothing", "give most, least or both"),
    ({"limits": (PermitLimit("cod", "mg/L", most="-5"),)}, InputError, "'-5' is not a decimal", "write it as"),
    ({"limits": (PermitLimit("cod", "ppm", most="5"),)}, InputError, "not a unit of cod", "mg/L"),
])  # fmt: skip
def test_what_an_outlet_cannot_be(outlet, error, cause, mend):
    """Each with its cause and its mend."""
    with pytest.raises(error) as found:
        discharge_law(Outlet(**outlet), DAY)

    assert cause in found.value.cause
    assert mend in found.value.mend


@pytest.mark.parametrize(("name", "grade", "first"), [
    ("GB8978-1996", "1", "1998-01-01"), ("GB18918-2002", "2", "2003-07-01"), ("EU-2024-3019", ">=150k", "2025-01-01"),
])  # fmt: skip
def test_no_law_before_it_is_in_force(name, grade, first):
    """The day before has none."""
    day = dt.date.fromisoformat(first)

    assert discharge_law(Outlet(standard=name, grade=grade), day).standard == name
    assert discharge_law(Outlet(standard=name, grade=grade), day - dt.timedelta(days=1)) is None


def test_no_law_after_its_last_day():
    """The directive of 1991 ends where the recast is to be transposed."""
    outlet = Outlet(standard="EU-91-271", grade=">100k")
    assert discharge_law(outlet, dt.date(2027, 7, 31)) is not None
    assert discharge_law(outlet, dt.date(2027, 8, 1)) is None


@pytest.mark.parametrize(("name", "grade", "scope", "expected"), [
    ("EU-91-271", "10k-100k", "other", {"bod5": ("25", "0.7"), "cod": ("125", "0.75"), "ss": ("35", "0.9")}),
    ("EU-91-271", "10k-100k", "sensitive", {"tn": ("15", "0.7"), "tp": ("2", "0.8")}),
    ("EU-91-271", ">100k", "sensitive", {"tn": ("10", "0.7"), "tp": ("1", "0.8")}),
    ("EU-2024-3019", ">=150k", "other", {"tn": ("8", "0.8"), "tp": ("0.5", "0.9")}),
    ("EU-2024-3019", ">=150k", "sensitive", {"tn": ("8", "0.8"), "tp": ("0.5", "0.9")}),
    ("EU-2024-3019", "10k-150k", "sensitive", {"tn": ("10", "0.8"), "tp": ("0.7", "0.875")}),
    ("EU-2024-3019", "10k-150k", "other", {"tn": None, "tp": None, "bod5": ("25", "0.7")}),
])  # fmt: skip
def test_european_limits_or_removal(name, grade, scope, expected):
    """A concentration or a share removed; nutrients by the size of the place and where it discharges."""
    law = discharge_law(Outlet(standard=name, grade=grade, scope=scope), dt.date(2026, 1, 1))

    for parameter, pair in expected.items():
        found = [(limit.bound.high, limit.removal_at_least) for limit in law.of(parameter)]
        assert found == ([] if pair is None else [tuple(Decimal(text) for text in pair)])


def test_american_secondary_treatment():
    """Means of 30 and of 7 days; the removal that is asked for beside them is no alternative."""
    for grade, month, week in (("secondary", 30, 45), ("equivalent", 45, 65)):
        law = discharge_law(Outlet(standard="US-40CFR133", grade=grade), DAY)
        for name in ("bod5", "ss"):
            assert {limit.period: limit.bound.high for limit in law.of(name)} == {"30d": month, "7d": week}
            assert {limit.removal_at_least for limit in law.of(name)} == {None}
        assert law.of("ph")[0].bound == Bound(6, 9)


def test_the_rules_of_hj_356():
    """Three quarters, four samples, thirty days; what stands for values at or below zero."""
    rules = discharge_law(Outlet(), DAY).validity

    assert (rules.id, rules.share_at_least, rules.manual_at_least, rules.load_days) == ("HJ356-2019", "0.75", 4, 30)
    assert rules.zero_flow_invalid
    assert {row.parameter: (row.value, row.unit) for row in rules.substitute} == {
        "cod": ("2", "mg/L"), "nh3n": ("0.01", "mg/L"), "tp": ("0.005", "mg/L"), "tn": ("0.025", "mg/L"),
    }  # fmt: skip


def test_the_certainty_is_that_of_the_weakest_row():
    """Tables 1 and 4 were cross-checked, table 2 was not; all rests on rules of validity that are remembered."""
    rows = standard("GB8978-1996").limit
    assert {row.certainty for row in rows if row.clause == "table 1"} == {"cross-checked"}
    assert {row.certainty for row in rows if row.clause == "table 2"} == {"recalled"}
    assert discharge_law(Outlet(), DAY).certainty == "recalled"


def test_the_hash_follows_what_is_used():
    """Another grade, date, industry or permit: another hash; an industry without rows of its own has the same."""
    permit = (PermitLimit("cod", "mg/L", most="80"),)
    others = [{"grade": "2"}, {"built": OLD}, {"scope": "mining"}, {"limits": permit}]
    laws = [discharge_law(Outlet(**one), DAY) for one in ({}, *others)]

    assert len({law.table_hash for law in laws}) == 5
    assert discharge_law(Outlet(scope="film", kind="municipal"), DAY).table_hash == laws[0].table_hash

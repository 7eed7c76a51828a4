"""Classes of water as a pocket calculator: as given, never zero for what was not found, with clear refusals."""

from __future__ import annotations

import pytest

from aggregator.calc_water import BODIES, Calculator, Reading, read
from qualicity.errors import InputError

STANDARDS = {"groundwater": "GBT14848-2017"}


def _calculator(*columns):
    return Calculator(["water_body", *columns], lambda body: STANDARDS.get(body, "GB3838-2002"))


def _row(body="river", **values):
    return _calculator(*values)({"water_body": body, **values})


@pytest.mark.parametrize(("body", "name"), [
    ("river", "II"), ("lake", "IV"), ("reservoir", "IV"), ("河流", "II"), ("湖库", "IV"), (" Lake ", "IV"),
    ("水库", "IV"),
])  # fmt: skip
def test_phosphorus_needs_the_body(body, name):
    """Trap 13: 0.1 mg/L."""
    assert _row(body, tp="0.1").name == name


def test_every_body_has_a_law():
    """Chinese and English words."""
    for body in BODIES:
        assert _row(body, nh3n="0.01").name == "I"


@pytest.mark.parametrize(("values", "name", "deciding"), [
    ({"ph": "7", "do": "6", "codmn": "4"}, "II", ("do", "codmn")),
    ({"ph": "5.99", "do": "8"}, "worse", ("ph",)),
    ({"do": "0", "codmn": "1"}, "worse", ("do",)),
    ({"codmn": "2", "nh3n": "0.15"}, "I", ()),
    ({"codmn": "6.000000000000000000001"}, "IV", ("codmn",)),
    ({"codmn": "6.04"}, "IV", ("codmn",)),
    ({"codmn": "1e30"}, "worse", ("codmn",)),
    ({"tn": "90", "fc": "1e6", "codmn": "1"}, "I", ()),
    ({"fe": "9", "codmn": "1"}, "I", ()),
    ({"tn": "90"}, "", ()),
])  # fmt: skip
def test_values_are_judged_as_they_are_given(values, name, deciding):
    """Without rounding; the worst of the items that count."""
    result = _row(**values)

    assert (result.name, result.deciding) == (name, deciding)


@pytest.mark.parametrize("blank", ["", " ", "--", "*", "-", "—"])
def test_what_was_not_measured_is_left_out(blank):
    """As national tables write it."""
    assert _row(codmn=blank, nh3n="0.4").name == "II"
    assert _row(codmn=blank).name == ""


@pytest.mark.parametrize(("text", "low", "high"), [
    ("<0.01", "0", "0.01"), ("< 0.01", "0", "0.01"), ("0.01L", "0", "0.01"), ("0.01l", "0", "0.01"),
    ("ND", "0", None), ("未检出", "0", None), (">15", "15", None),
])  # fmt: skip
def test_detection_limits_in_every_spelling(text, low, high):
    """Trap 8."""
    found = read("hg", text)

    assert (str(found.low), found.high and str(found.high)) == (low, high)
    assert isinstance(found, Reading)


@pytest.mark.parametrize(("values", "name"), [
    ({"hg": "<0.00005"}, "I"), ({"hg": "0.0001L"}, "I"), ({"hg": "<0.001"}, ""), ({"hg": "ND"}, ""),
    ({"hg": "ND", "cod": "19"}, ""), ({"hg": "ND", "cod": "35"}, "V"), ({"hg": "<0.002", "cod": "41"}, "worse"),
    ({"zn": "<0.2"}, "II"), ({"zn": "<0.1"}, "I"), ({"cod": "<15", "nh3n": "0.5"}, "II"), ({"codmn": ">15"}, "worse"),
    ({"codmn": ">7"}, ""), ({"do": "<1"}, "worse"), ({"do": ">7.5"}, "I"),
])  # fmt: skip
def test_what_was_not_found_is_never_zero(values, name):
    """Open where the limit lies beyond the target, unless another item misses it; else half the limit is classed."""
    assert _row(**values).name == name


def test_items_by_name_code_and_alias():
    """The deciding items are given by id."""
    row = {"water_body": "河流", "高锰酸盐指数": "5", "w21003": "0.2", "DO": "9", "备注": "x"}

    assert Calculator(list(row), lambda _: "GB3838-2002")(row).deciding == ("codmn",)


def test_groundwater_has_its_own_table():
    """Trap 12: 3.1 mg/L of permanganate index."""
    assert _row("groundwater", codmn="3.1").name == "IV"
    assert _row("groundwater", ph="6.4").deciding == ("ph",)


@pytest.mark.parametrize(("values", "cause"), [
    ({"codmn": "x"}, "codmn is 'x', which is not a number"), ({"codmn": "-1"}, "codmn is -1, which is negative"),
    ({"codmn": "nan"}, "not a number"), ({"codmn": "1,5"}, "not a number"), ({"codmn": "<"}, "not a number"),
    ({"codmn": "<-1"}, "not a number"), ({"body": "sea", "codmn": "1"}, "water_body is 'sea', which is none"),
    ({"body": "", "codmn": "1"}, "water_body is ''"),
])  # fmt: skip
def test_wrong_cells_are_refused_with_their_column(values, cause):
    """And with a mend."""
    with pytest.raises(InputError) as error:
        _row(**values)
    assert cause in error.value.cause
    assert error.value.mend


@pytest.mark.parametrize(("columns", "cause"), [
    (["tp"], "no column water_body"), (["water_body", "note"], "no column of an item"),
    (["water_body", "tp", "总磷"], "are both tp"),
])  # fmt: skip
def test_wrong_files_are_refused(columns, cause):
    """Before any row."""
    with pytest.raises(InputError, match=cause):
        Calculator(columns, lambda _: "GB3838-2002")


@pytest.mark.parametrize(("body", "columns"), [
    ("Water_Body", {"溶解氧(mg/L)": "5", "水温\uff08℃\uff09": "-1"}),
    ("水体类型", {"DO (mg/l)": "5", "铬(六价)": "0.05", "DO (%)": "1"}),
])  # fmt: skip
def test_heads_may_say_units_in_brackets(body, columns):
    """As tables in Chinese do; brackets that hold no unit of the item are another name."""
    row = {body: "河流", **columns}
    assert Calculator(list(row), lambda _: "GB3838-2002")(row).name == "III"


def test_a_head_with_another_unit_is_refused():
    """A thousandth is not judged for the whole."""
    with pytest.raises(InputError, match="is not in mg/L"):
        Calculator(["water_body", "汞(ug/L)"], lambda _: "GB3838-2002")


def test_a_table_that_does_not_know_the_body_is_refused():
    """It says which it knows."""
    with pytest.raises(InputError, match="does not apply to a river"):
        Calculator(["water_body", "tp"], lambda _: "GBT14848-2017")({"water_body": "river", "tp": "1"})


def test_temperature_may_be_below_zero():
    """The only item that may."""
    assert _row(wt="-0.2", codmn="1").name == "I"

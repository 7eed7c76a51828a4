"""Wrong tables of water are refused with their place; the gazette tells what a new one changes."""

from __future__ import annotations

import datetime as dt
import tomllib
from importlib.resources import files

import msgspec
import pytest

from qualicity.errors import UsageError
from qualicity.standards.check import check
from qualicity.standards.diff import diff
from qualicity.standards.load import parse, standard, standards

FOLDER = files("qualicity") / "standards"


def _with_row(name, field, at, **changes):
    """Return all tables, with a row of one of them changed."""
    table = standard(name)
    rows = list(getattr(table, field))
    rows[at] = msgspec.structs.replace(rows[at], **changes)
    return {**standards(), name: msgspec.structs.replace(table, **{field: tuple(rows)})}


def _at(name, parameter, **which):
    rows = standard(name).limit
    return next(
        n
        for n, row in enumerate(rows)
        if row.parameter == parameter and all(getattr(row, key) == value for key, value in which.items())
    )


@pytest.mark.parametrize(("change", "found"), [
    ({"parameter": "pm99"}, "unknown parameter 'pm99'"), ({"unit": "ppm"}, "'ppm' is not a unit of codmn"),
    ({"bounds": ("2", "4", "6", "10")}, "has 4 bounds for 5 classes"),
    ({"bounds": ("2", "4", "3", "10", "15")}, "a better class is laxer than the next"),
    ({"bounds": ("2", "4", "6,0", "10", "15")}, "'6,0' is not a decimal number"),
    ({"bounds": ("2", "4", "6", "10", "1e2")}, "'1e2' is not a decimal number"),
    ({"bounds": ("2", "4", "6.05", "10", "15")}, "6.05 has more than 1 decimals"),
    ({"bounds": ("any", "4", "6", "10", "15")}, "laxer than the next"),
    ({"limit": "6"}, "both bounds and a limit"), ({"bounds": None}, "neither bounds nor a limit"),
    ({"direction": "at_least"}, "laxer than the next"), ({"direction": "range"}, "write it as 6-9"),
    ({"direction": "absent"}, "write 'nd'"), ({"bodies": ("river", "groundwater")}, "does not apply to a groundwater"),
    ({"parameter": "do"}, "stands twice"), ({"direction": "at_least", "bounds": ("7", "6", "5", "3", "2")}, "multiple"),
])  # fmt: skip
def test_rows_of_classes_that_cannot_be_right(change, found):
    """Each is found, at its place."""
    at = _at("GB3838-2002", "codmn")
    findings = check(_with_row("GB3838-2002", "limit", at, **change))

    assert any(
        found in one.what and one.where.startswith("limit[") for one in findings if one.standard == "GB3838-2002"
    )


@pytest.mark.parametrize(("change", "where", "found"), [
    ({"assessment": "HJ663-2013"}, "assessment", "no assessment of water"), ({"target": "VI"}, "target", "no class"),
    ({"beyond": "V"}, "classes", "stands twice"), ({"digits_certainty": None}, "digits_certainty", "is missing"),
    ({"until": dt.date(2001, 1, 1)}, "until", "before"), ({"issued": dt.date(2003, 1, 1)}, "issued", "after"),
    ({"bodies": ("river", "lake", "reservoir", "groundwater")}, "in_force", "at the same time"),
])  # fmt: skip
def test_tables_of_classes_that_cannot_be_right(change, where, found):
    """What a whole table says."""
    spoilt = msgspec.structs.replace(standard("GB3838-2002"), **change)

    findings = check({**standards(), spoilt.id: spoilt})

    assert any(where == finding.where and found in finding.what for finding in findings)


@pytest.mark.parametrize(("change", "found"), [
    ({"parameter": "pm99"}, "unknown parameter"), ({"unit": "count/L"}, "not a unit of cod"),
    ({"bounds": ("50", "60", "100")}, "has 3 bounds for 4 grades"), ({"scope": ("moon",)}, "unknown scope moon"),
    ({"bounds": ("50", "60", "40", "120")}, "neither laxer nor stricter"), ({"bounds": ("x", "1", "2", "3")}, "'x'"),
    ({"built_from": dt.date(2006, 1, 1), "built_until": dt.date(2005, 1, 1)}, "applies to no date"),
    ({"parameter": "bod5"}, "stands twice"), ({"cold": True}, "for cold water and one for warm"),
])  # fmt: skip
def test_rows_of_discharge_that_cannot_be_right(change, found):
    """Each is found, at its place."""
    at = _at("GB18918-2002", "cod")
    findings = check(_with_row("GB18918-2002", "limit", at, **change))

    assert any(found in finding.what and finding.where.startswith("limit[") for finding in findings)


@pytest.mark.parametrize(("change", "found"), [
    ({"at_least": "1.5"}, "no share"), ({"at_least": "much"}, "no share"), ({"grades": ("9",)}, "grades of the table"),
    ({"influent_above": "-1"}, "above 0"),
])  # fmt: skip
def test_removals_that_cannot_be_right(change, found):
    """Shares, grades and concentrations."""
    at = _at("GB18918-2002", "cod")
    removal = msgspec.structs.replace(standard("GB18918-2002").limit[at].removal[0], **change)
    findings = check(_with_row("GB18918-2002", "limit", at, removal=(removal,)))

    assert any(found in finding.what for finding in findings)


@pytest.mark.parametrize(("name", "change", "where", "found"), [
    ("GB18918-2002", {"validity": "HB2011-22"}, "validity", "no rules of validity"),
    ("GB18918-2002", {"grades": ("1A", "1A", "2", "3")}, "grades", "stands twice"),
    ("GB18918-2002", {"cold_at_most": None}, "cold_at_most", "certainty"),
    ("EU-91-271", {"limit": ()}, "scopes", "no row is of sensitive"),
    ("HJ356-2019", {"share_at_least": "75"}, "share_at_least", "no share"),
    ("HJ356-2019", {"load_days": 0}, "load_days", "below 1"),
    ("RATE-SEWAGE", {"of": "outlets"}, "of", "another rate"),
    ("RATE-SEWAGE", {"known_at_least": "0"}, "known_at_least", "no share"),
    ("HB2011-22", {"automatic_first": ("ph", "pm99")}, "automatic_first", "pm99"),
    ("HB2011-22", {"trend_critical": {"6": "0.8"}}, "trend_critical", "does not rise from 5"),
    ("HB2011-22", {"trend_critical": {"5": "0.8", "6": "0.9"}}, "trend_critical", "do not fall"),
])  # fmt: skip
def test_other_rules_that_cannot_be_right(name, change, where, found):
    """Of discharge, validity, rates and assessment."""
    spoilt = msgspec.structs.replace(standard(name), **change)

    findings = check({**standards(), name: spoilt})

    assert any((finding.standard, finding.where) == (name, where) and found in finding.what for finding in findings)


@pytest.mark.parametrize(("field", "at", "change", "found"), [
    ("section_word", 1, {"classes": ()}, "class III of GB3838-2002 has 0 words"),
    ("section_word", 1, {"classes": ("III", "IV")}, "class IV of GBT14848-2017 has 2 words"),
    ("basin_word", 0, {"share_at_least": "0.95"}, "90% and 0% have 0 words"),
    ("basin_word", 3, {"worst_share_at_least": "0.1"}, "70% and 15% have 2 words"),
])  # fmt: skip
def test_words_that_leave_gaps_or_overlap(field, at, change, found):
    """Every class and every share of sections has one word."""
    assert any(found in finding.what for finding in check(_with_row("HB2011-22", field, at, **change)))


@pytest.mark.parametrize(("file", "old", "new", "message"), [
    ("water/gb3838_2002.toml", 'direction = "at_least"', 'direction = "=>"', r"Invalid enum value '=>' - at `\$.limit"),
    ("water/gb3838_2002.toml", "digits = 1", "digit = 1", r"unknown field `digit` - at `\$.limit\[0\]`"),
    ("water/gb3838_2002.toml", 'target = "III"', "", "missing required field `target`"),
    ("water/gb3838_2002.toml", '"reservoir"]', '"pond"]', "Invalid enum value 'pond'"),
    ("water/hb2011_22.toml", '"half-even-significant"', '"half-up"', "Invalid enum value 'half-up'"),
    ("discharge/gb18918_2002.toml", "cold = false", "colder = false", r"unknown field `colder` - at `\$.limit\[7\]`"),
    ("discharge/gb8978_1996.toml", 'period = "each"', 'period = "1 h"', "Invalid enum value '1 h'"),
    ("discharge/hj356_2019.toml", "load_days = 30", 'load_days = "30"', "Expected `int`, got `str`"),
    ("water/rate_sources.toml", 'weight = "volume"', 'weight = "mass"', "Invalid enum value 'mass'"),
])  # fmt: skip
def test_a_broken_table_names_the_place(file, old, new, message):
    """Unknown keys, words and types fail the start."""
    text = (FOLDER / file).read_text("utf-8")
    assert old in text

    with pytest.raises(msgspec.ValidationError, match=message):
        parse(tomllib.loads(text.replace(old, new, 1)))


def test_a_table_differs_from_itself_in_nothing():
    """And no two rows of one table have the same name in the gazette: none is lost."""
    for table in standards().values():
        assert diff(table, table) == []
        for name in ("limit", "validity", "column", "day"):
            rows = getattr(table, name, ())
            if isinstance(rows, tuple) and rows:
                assert len(diff(msgspec.structs.replace(table, **{name: ()}), table)) == len(rows)


def test_the_gazette_of_a_directive():
    """What the recast changes, and nothing that only says where it stands."""
    changes = diff(standard("EU-91-271"), standard("EU-2024-3019"))

    assert {(change.kind, change.row, change.field) for change in changes} == {
        ("changed", "", "grades"), ("added", "tp annual", ""), ("added", "tn annual", ""),
        ("changed", "tp annual sensitive", "bounds"), ("changed", "tp annual sensitive", "removal"),
        ("changed", "tn annual sensitive", "bounds"), ("changed", "tn annual sensitive", "removal"),
    }  # fmt: skip
    bounds = next(change for change in changes if (change.row, change.field) == ("tp annual sensitive", "bounds"))
    assert (bounds.old, bounds.new) == (("-", "2", "1"), ("-", "0.7", "0.5"))


def test_rows_of_one_parameter_have_names_of_their_own():
    """By body, industry, date and temperature."""
    name = "GB18918-2002"
    stricter = _with_row(name, "limit", _at(name, "nh3n", cold=True), bounds=("6", "12", "28", "-"))[name]
    assert [(c.row, c.field) for c in diff(standard(name), stricter)] == [("nh3n cold", "bounds")]
    name = "GB3838-2002"
    lake = _with_row(name, "limit", _at(name, "tp", bodies=("lake", "reservoir")), digits=4)[name]
    assert [(c.row, c.field, c.old, c.new) for c in diff(standard(name), lake)] == [
        ("tp lake, reservoir", "digits", 3, 4)
    ]  # fmt: skip


def test_only_standards_of_one_kind_are_compared():
    """Classes with classes."""
    with pytest.raises(UsageError, match="different kinds"):
        diff(standard("GB3838-2002"), standard("GB8978-1996"))

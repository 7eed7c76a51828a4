"""A selection of records: its key, what counts as for the indicators, what is missing, and why it is what it is."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualicity.errors import UsageError
from reports.model import NO_DATA
from reports.selection import Selection, choice, chosen, parse_selection, scope_of, selected
from reports.selection_explained import FIRST, explained
from reports.selection_rules import RULES
from reports.testing import MadeUpSources
from targets.inspection import market_pass
from targets.records.schema import schema, schemas
from targets.testing import MemoryVerdicts, records, scope

DAY = dt.date(2015, 6, 15)


def batch(number, **more):
    own = {
        "record_id": f"b{number:04d}", "event_date": DAY, "sampled_on": DAY, "scheme": "city_routine",
        "stage": "market", "key_product": True, "verdict": "pass", "producer_id": f"f{number % 3}",
        "product_code": "P1", "firm_size": "L", "items_failed": 0, "sample_n": 2,
    }  # fmt: skip
    return own | more


BATCHES = [
    *(batch(number) for number in range(8)),
    batch(10, verdict="fail", items_failed=1),
    batch(11, firm_size="S"),
    batch(12, firm_size=None),
    batch(13, scheme="complaint", verdict="fail"),
    batch(14, scheme="retest"),
    batch(15, verdict="pending"),
    batch(16, verdict="fail", objection="upheld"),
    batch(17, stage="production", verdict="fail"),
    batch(18, key_product=False, verdict="fail"),
    batch(19, sampled_on=dt.date(2014, 12, 31), event_date=dt.date(2014, 12, 31)),
]
MARKET = "records/R_ps/2015/stage=market,key_product=true"


def of(text, tables, *columns, as_of=dt.date(2016, 4, 1)):
    return chosen(MadeUpSources(filed=tables, as_of=as_of), parse_selection(text), *columns)


# keys


@given(st.text(max_size=20), st.sampled_from(["2015", "2015H2", "2015Q4", "2015-11"]))
def test_a_key_leads_back_to_its_selection_whatever_the_values_hold(value, period):
    asked = Selection("R_ps", period, (("product_code", value), ("stage", "market")))
    assert parse_selection(asked.key) == asked


@pytest.mark.parametrize(
    "text", ["records/R_ps", "records/R_ps/15", "records/R_ps/2015/x=1", "records/R_zz/2015", "records/R_ps/2015/stage"]
)
def test_what_is_no_selection_is_refused_with_what_mends_it(text):
    with pytest.raises(UsageError) as error:
        parse_selection(text)
    assert error.value.mend


# what counts


def test_batches_are_those_of_the_indicator():
    """Complaints, retests, what is not judged and an upheld objection count in neither."""
    found = of(MARKET, {"R_ps": BATCHES})
    point = market_pass(records({"R_ps": BATCHES}), MemoryVerdicts(), scope()).series.at("2015")
    assert (found.passed, found.number) == (point.numerator, point.denominator) == (10, 11)
    assert found.rate().value == point.value
    assert found.excluded == {"complaint": 1, "objection_upheld": 1, "pending": 1, "retest": 1}
    assert found.different() == 3


def test_parts_add_up_and_each_leads_back_to_itself():
    found = of(MARKET, {"R_ps": BATCHES}, "firm_size")
    parts = found.by("firm_size")
    assert {size: (part.number, part.failed) for size, part in parts.items()} == {"": (1, 0), "L": (9, 1), "S": (1, 0)}
    for part in parts.values():
        again = of(part.selection.key, {"R_ps": BATCHES})
        assert (again.number, again.passed, again.excluded) == (part.number, part.passed, part.excluded)


def test_nothing_of_a_kind_is_zero_only_where_something_is_on_file():
    assert of("records/R_ps/2015/stage=online", {"R_ps": BATCHES}).count().value == 0
    for tables in ({}, {"R_ps": [batch(1, sampled_on=dt.date(2014, 5, 1), event_date=dt.date(2014, 5, 1))]}):
        cell = of("records/R_ps/2015/stage=online", tables).count()
        assert (cell.value, cell.shown, cell.marks) == (None, NO_DATA, ())
    assert of("records/R_ps/2015/stage=online", {"R_ps": BATCHES}).rate().value is None


def test_what_is_later_than_the_paper_has_not_happened_and_its_period_is_provisional():
    rows = [batch(1), batch(2, sampled_on=dt.date(2015, 9, 1), event_date=dt.date(2015, 9, 1))]
    found = of("records/R_ps/2015", {"R_ps": rows}, as_of=dt.date(2015, 7, 1))
    assert (found.number, found.marks) == (1, ("provisional",))
    assert of("records/R_ps/2015", {"R_ps": rows}).marks == ()


@pytest.mark.parametrize(
    ("more", "marks"),
    [
        ({"status": "provisional"}, ("provisional",)),
        ({"objection": "filed"}, ("provisional",)),
        ({"synthetic": True}, ("synthetic",)),
        ({"scheme": "complaint", "status": "provisional"}, ()),
    ],
)
def test_marks_are_those_of_the_records_that_count(more, marks):
    assert of("records/R_ps/2015", {"R_ps": [batch(1), batch(2, **more)]}).count().marks == marks


def test_a_zero_among_made_up_records_is_made_up():
    found = of("records/R_ps/2015/stage=online", {"R_ps": [batch(1, synthetic=True)]})
    assert (found.count().value, found.count().marks) == (0, ("synthetic",))


def brand(name, since, until, **more):
    return {"brand_type": "prov_brand", "name": name, "owner_id": "o", "awarded_on": since, "valid_to": until} | more


def test_a_stock_is_what_stands_at_the_end_of_the_period_each_once():
    tables = {
        "R_br": [
            brand("a", dt.date(2012, 9, 1), dt.date(2015, 12, 31)),  # ends on the last day: stands no longer
            brand("b", dt.date(2012, 9, 1), dt.date(2016, 1, 1)),
            brand("c", dt.date(2014, 1, 1), None),
            brand("c", dt.date(2014, 1, 1), None, revenue_year=2015),
            brand("d", dt.date(2016, 1, 1), None),
        ]
    }
    found = of("records/R_br/2015", tables)
    assert (found.distinct().value, found.count().value, found.excluded) == (2, 3, {"expired": 1})
    assert of("records/R_br/2015H1", tables).distinct().value == 3


def test_of_an_organisation_the_highest_stage_counts_and_of_standards_of_service_each():
    def stage(reached, on, standard="GBT19004", **more):
        return {"org_id": "o", "standard": standard, "stage": reached, "assessed_on": on, "sector": "bus"} | more

    tables = {
        "R_si": [
            stage("planned", dt.date(2013, 1, 1)),
            stage("self_assessed", dt.date(2014, 1, 1)),
            stage("implemented", dt.date(2016, 1, 1)),
            stage("implemented", dt.date(2014, 1, 1), "service_std", standard_no="A"),
            stage("implemented", dt.date(2014, 1, 1), "service_std", standard_no="B"),
        ]
    }
    parts = of("records/R_si/2015", tables, "standard", "stage").by("standard")
    assert {name: list(part.by("stage")) for name, part in parts.items() if part.number} == {
        "GBT19004": ["planned", "self_assessed"],
        "service_std": ["implemented"],
    }
    assert parts["GBT19004"].part("stage", "planned").number == 0
    assert parts["GBT19004"].part("stage", "self_assessed").number == 1
    assert parts["service_std"].number == 2


def test_amounts_filed_for_the_city_and_its_districts_count_once():
    def water(district, amount):
        return {"type": "domestic", "district": district, "generated_10kt": amount}

    tables = {"R_ww": [water("440300", 100), water("440303", 40), water("440304", 50)]}
    found = of("records/R_ww/2015/type=domestic", tables)
    assert (found.sum("generated_10kt"), found.excluded) == (Fraction(100), {"other_level_of_place": 2})


@pytest.mark.parametrize("name", sorted(schemas()))
def test_every_form_can_be_selected_and_explained_with_nothing_on_file(name):
    """Also: the columns of its rule exist."""
    assert not RULES.keys() - schemas()
    node = explained(records({}), NOWHERE, Selection(name, "2015"), scope())
    assert (node["counted"], node["on_file"], node["records"]) == (0, False, [])


def test_choices_speak_and_what_is_no_choice_is_itself():
    assert choice("R_ps", "stage", "market").zh == "流通领域"
    assert choice("R_ps", "product_code", "P1").en == "P1"
    assert choice("R_ps", "firm_size", "").en == "not stated"


# why


NOWHERE = SimpleNamespace(
    columns=lambda name: schema(name).names,
    rows=lambda _name, columns: pa.table({column: pa.array([], pa.string()) for column in columns}),
    standing=lambda _name: SimpleNamespace(counts=np.zeros(0, bool)),
    filings=dict,
)
"""All that is on file, of which nobody knows any more where it came from."""


def why(text, rows, *, every=False):
    form = parse_selection(text).schema
    sources = MadeUpSources(filed={form: rows})
    return explained(sources.records, NOWHERE, parse_selection(text), scope_of(sources, "2015"), every=every)


def test_an_explanation_has_what_is_printed_and_lists_what_fails_first():
    rows = [*BATCHES, *(batch(number) for number in range(100, 130))]
    node = why(MARKET, rows)
    assert (node["counted"], node["passed"], node["failed"]) == (41, 40, 1)
    assert node["rate"] == pytest.approx(100 * 40 / 41)
    assert node["interval"][0] < node["rate"] < node["interval"][1] < 100
    assert node["sums"]["sample_n"] == 82
    assert {one["code"]: one["count"] for one in node["excluded"]} == dict.fromkeys(
        ("complaint", "retest", "pending", "objection_upheld"), 1
    )
    assert all(one["zh"] and one["en"] for one in node["excluded"])
    assert [one["record_id"] for one in node["records"]][:2] == ["b0010", "b0000"]
    assert len(node["records"]) == FIRST
    every = why(MARKET, rows, every=True)
    assert {one["record_id"] for one in every["records"]} >= {"b0013", "b0014", "b0015", "b0016"}
    assert len(every["records"]) == every["looked_at"] == 45


def test_a_sector_is_explained_by_its_mean_and_error():
    def round_(answers, mean, sd):
        return {
            "sector_code": "bus", "n_valid": answers, "mean_0_100": mean, "sd": sd, "instrument_version": "v1",
            "survey_id": f"s{answers}",
        }  # fmt: skip

    node = why("records/R_sv/2015/sector_code=bus", [round_(100, 80, 10), round_(300, 84, 10)])
    (sector,) = node["sectors"]
    assert (sector["sector"], sector["answers"], sector["mean"]) == ("bus", 400, 83)
    assert sector["standard_error"] == pytest.approx(10 / 20)
    assert sector["interval"] == pytest.approx([83 - 0.98, 83 + 0.98], abs=0.001)
    assert "rate" not in node
    assert why("records/R_sv/2015/sector_code=bus", [round_(29, 80, 10)])["excluded"][0]["code"] == "small_sample"


def test_what_is_selected_by_a_column_that_says_nothing_is_found():
    found = selected(records({"R_ps": BATCHES}), parse_selection(f"{MARKET},firm_size="), scope())
    assert found.number == 1

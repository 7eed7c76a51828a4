"""Chapter 3: rates with their n, stages apart, few batches told as few, and only the same products compared."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest

from reports.chapters.product import product
from reports.period import paper_period
from reports.selection import parse_selection
from reports.testing import MadeUpSources, numbers_of, prose_of, tables_of
from targets.keys import PREFIX, parse_target_key

AREAS = ("product",)
YEAR, HALF = paper_period("2015"), paper_period("2015H1")


def batches(year, product_code, passed, failed, **more):
    """Return batches of a class, sampled in March; their producers are as many as they."""
    day = dt.date(year, 3, 10)
    return [
        {
            "record_id": f"{year}{product_code}{more.get('stage', 'market')}{more.get('scheme', '')}{number:04d}",
            "event_date": day, "sampled_on": day, "period_start": dt.date(year, 3, 1),
            "period_end": dt.date(year, 3, 31), "reported_at": dt.date(year, 4, 10), "scheme": "city_routine",
            "stage": "market", "key_product": True, "verdict": "pass" if number < passed else "fail",
            "producer_id": f"{product_code}{number}", "product_code": product_code, "firm_size": "S",
            "district": "440303",
        }
        | more
        for number in range(passed + failed)
    ]  # fmt: skip


SAMPLES = [
    *batches(2014, "A", 450, 50),
    *batches(2014, "B", 480, 20),
    *batches(2015, "A", 490, 10),
    *batches(2015, "B", 480, 20),
    *batches(2015, "C", 3, 3, district="440304", firm_size="L"),
    *batches(2015, "A", 20, 5, stage="production"),
    *batches(2015, "B", 0, 9, scheme="complaint"),
]


@pytest.fixture(scope="module")
def chapter():
    return product(MadeUpSources(filed={"R_ps": SAMPLES}, areas=AREAS), YEAR)


@pytest.fixture(scope="module")
def empty(nothing):
    return product(nothing, YEAR)


def row(table, first):
    return next(row for row in table.rows if row.cells[0].value == first)


def values(found):
    return [cell.value for cell in found.cells]


def test_every_number_leads_back_to_records_or_to_a_judgement(chapter):
    found = list(numbers_of(chapter))
    assert len(found) > 100
    for *_, key in found:
        if key.startswith(PREFIX):
            parse_target_key(key)
        else:
            assert parse_selection(key).key == key


def test_stages_stand_apart_and_no_rate_mixes_them(chapter):
    """All that counts adds up; complaints are in neither."""
    table = tables_of(chapter)["product.batches_by_stage"]
    assert values(row(table, "market"))[1:3] == [1006, 33]
    assert values(row(table, "production"))[1:3] == [25, 5]
    total = table.rows[-1]
    assert (values(total)[:3], total.cells[3].value, total.total) == (["all", 1031, 38], None, True)
    assert row(table, "market").cells[3].value == Fraction(100 * 973, 1006)


@pytest.mark.parametrize("what", ["size", "district"])
def test_parts_of_the_market_add_up_to_the_indicator(chapter, what):
    tables = tables_of(chapter)
    *parts, total = tables[f"product.batches_by_{what}"].rows
    assert len(parts) == 2
    for place in (1, 2):
        assert sum(part.cells[place].value for part in parts) == total.cells[place].value
    judged = row(tables["product.market_pass_trend_data"], "2015")
    assert (total.cells[3].value, total.cells[1].value) == (judged.cells[1].value, judged.cells[4].value)


def test_a_class_of_few_batches_is_not_told_as_a_rate_among_the_worst(chapter):
    tables = tables_of(chapter)
    worst = tables["product.worst_classes"]
    assert [one.cells[0].value for one in worst.rows] == ["B", "A"]
    assert "1 more classes have fewer than 30 batches, 6 in all" in worst.notes[0].en
    assert row(tables["product.classes_data"], "C").cells[1].value == 6


def test_the_sentence_names_units_batches_failures_and_stages(chapter):
    said = prose_of(chapter)
    assert "In 2015 1,031 batches of 1,006 producers were inspected; 38 failed, a share of 3.7 % (38 of 1,031)" in said
    assert "33 of 1,006 in circulation (3.3 %)" in said
    assert "9 (inspected after a complaint, not drawn at random)" in said
    assert "共抽查 1,006 家生产单位的 1,031 批次产品" in prose_of(chapter, "zh")


def test_another_mix_is_not_compared_and_the_same_products_are(chapter):
    """What happened within the classes and by the mix is the whole change; only the panel's may be called a rise."""
    table = tables_of(chapter)["product.change_parts"]
    whole, panel = table.rows
    assert (whole.cells[7].value, panel.cells[7].value) == ("not_comparable", "rose")
    assert whole.cells[5].value + whole.cells[6].value == whole.cells[2].value
    assert panel.cells[3].value > 0
    said = prose_of(chapter)
    assert "Against 2014: not comparable." in said
    assert "Of the same products at fixed weights it rose by 4.00 percentage points on 2014." in said


def test_a_change_within_the_error_is_no_rise():
    few = [*batches(2014, "A", 45, 5), *batches(2015, "A", 46, 4)]
    said = prose_of(product(MadeUpSources(filed={"R_ps": few}, areas=AREAS), YEAR))
    assert "no change beyond the error of the sample" in said
    assert "rose" not in said


def test_half_a_year_is_provisional_and_not_judged():
    filed = MadeUpSources(filed={"R_ps": SAMPLES}, areas=AREAS)
    half = product(filed, HALF)
    trend = tables_of(half)["product.market_pass_trend_data"].rows[-1]
    assert (trend.cells[0].value, trend.key) == ("2015H1", "target/prd.market_pass/2015")
    assert "provisional" in trend.cells[1].marks
    assert trend.cells[2].value < trend.cells[1].value < trend.cells[3].value
    assert "in the first half of 2015: 96.7 % (973 of 1,006) (provisional); it is not judged by itself" in prose_of(
        half
    )
    assert tables_of(half)["product.status"].caption.en == "Indicators in 2014: Products"


def test_patents_of_a_field_without_any_are_zero_only_in_years_on_file():
    grants = [
        {"type": "invention", "applicant_city": "440300", "appl_no": f"a{number}", "field_code": "F1",
         "grant_date": dt.date(2015, 2, 3), "event_date": dt.date(2015, 2, 3)}
        for number in range(3)
    ]  # fmt: skip
    grants += [
        grants[0] | {"appl_no": "x", "applicant_city": "440100"},
        grants[0] | {"appl_no": "u", "type": "utility"},
    ]
    table = tables_of(product(MadeUpSources(filed={"R_pt": grants}, areas=AREAS), YEAR))["product.patents"]
    assert [column.id for column in table.columns] == ["field", "year_2015"]
    assert values(row(table, "F1")) == ["F1", 3]
    assert values(row(table, "F2")) == ["F2", 0]
    assert values(row(table, "all")) == ["all", 3]


def test_adopted_standards_are_told_by_degree_with_those_that_adopt_none():
    made = [
        {"product_code": f"P{number}", "degree": degree, "year": 2015, "output_value_10k": 10}
        for number, degree in enumerate(["IDT", "IDT", "NEQ", None])
    ]
    table = tables_of(product(MadeUpSources(filed={"R_sa": made}, areas=AREAS), YEAR))["product.adoption"]
    assert {one.cells[0].value: one.cells[1].value for one in table.rows} == {"IDT": 2, "NEQ": 1, "none": 1, "all": 4}
    assert row(table, "IDT").cells[2].value == 50


def test_of_nothing_on_file_nothing_is_said_but_what_would_bring_it(empty):
    assert {column for _, column, *_ in numbers_of(empty)} <= {"target", "asked", "path"}
    for table in tables_of(empty).values():
        assert table.empty.zh
        assert table.empty.en
    said = prose_of(empty)
    assert "once the form R_ps is filed" in said
    for form in ("R_ps", "R_sa", "R_gr", "R_ct", "R_pt"):
        assert f"({form})" in said
    for word in ("rose", "fell", "achieved"):
        assert word not in said

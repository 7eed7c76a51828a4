"""Every schema refuses each of its broken rules, with the field and the rule named: generated from the tables."""

import datetime as dt
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

import pyarrow as pa
import pytest

from targets.records.checking import Checked, check
from targets.records.rules import LATE, flags
from targets.records.schema import (
    AsPrinted,
    Calendar,
    Column,
    Condition,
    Differ,
    Grade,
    Iff,
    Implies,
    Order,
    Product,
    Rule,
    Same,
    Schema,
    Sum,
    Type,
    Within,
    schema,
    schemas,
)

Row = dict[str, str]


class Case(typing.NamedTuple):
    """A record; `field` and `rule` that must be named, or, of `accepted`, must not be."""

    row: Row
    field: str
    rule: str
    accepted: bool = False


# What is wrong for each type: the text, and the rule that is named.

_HASH = "0f" * 32
_WIDE_2014 = "\uff12\uff10\uff11\uff14"  # as an input method writes digits
_NO_DATES = (
    "2014-6-30",
    "2014-02-30",
    "30.06.2014",
    "2014/06/30",
    "20140630",
    f"{_WIDE_2014}-06-30",
    "2014-06-30T00:00:00",
)
_NO_NUMBERS = ("1,000", "1e3", "+1", "01", " 1", "1 ", "NaN", "inf", "-", "一", "\uff11", "1'000", "0x1")

WRONG: Mapping[str, Sequence[tuple[str, str]]] = {
    "text": [
        (" x", "spaces"), ("x ", "spaces"), ("a\tb", "characters"), ("a\u200bb", "characters"), ("长" * 1001, "length"),
    ],
    "code": [
        ("a b", "code"), ("编号", "code"), ("-a", "code"), ("a,b", "code"), ("a\n", "code"), ("a" * 201, "length"),
    ],
    "choice": [("nothing of the kind", "choice"), (" ", "choice"), ("FINAL", "choice")],
    "bool": [("1", "bool"), ("yes", "bool"), ("是", "bool"), ("True", "bool")],
    "whole": [*((text, "whole") for text in (*_NO_NUMBERS, "1.0", "1.5", "9" * 19))],
    "decimal": [
        *((text, "decimal") for text in (*_NO_NUMBERS, ".5", "5.", "1.2.3", "9" * 19)), ("0.1234567", "places"),
    ],
    "date": [*((text, "date") for text in _NO_DATES), ("0014-06-30", "year"), ("2201-01-01", "year")],
    "month": [
        ("2014", "month"), ("2014-13", "month"), ("2014-6", "month"), ("2014-06-01", "month"), ("1066-06", "year"),
    ],
    "year": [("14", "year"), ("1066", "year"), ("2101", "year"), ("2014.0", "year"), (_WIDE_2014, "year")],
    "organisation": [
        ("123456789", "organisation"), ("12345678X", "organisation"), ("914403001922038217", "organisation"),
        ("914403001922038261", "organisation"), ("91440300192203821", "organisation"), ("某某公司", "organisation"),
    ],
    "person": [
        ("张三", "person"), ("11010519491231002X", "person"), ("13800138000", "person"),
        ("someone@example.org", "person"),
        (_HASH.upper(), "person"), (_HASH[:-1], "person"), (_HASH + "0", "person"), ("0" * 40, "person"),
    ],
    "digest": [("abc", "digest"), (_HASH[:-1], "digest"), (_HASH.upper(), "digest")],
    "district": [("440399", "district"), ("南山区", "district"), ("440100", "district")],
    "city": [("4403", "city"), ("440305", "city"), ("深圳", "city"), ("040300", "city")],
    "department": [("XYZ", "department"), ("msa", "department")],
    "indicator": [("prd.nothing", "indicator"), ("PRD.MARKET_PASS", "indicator")],
    "patent": [
        ("201110123456.4", "patent"), ("2011101234563X", "patent"), ("20111012345", "patent"), ("一种方法", "patent"),
    ],
}  # fmt: skip

OTHER: Mapping[str, tuple[str, str]] = {
    "text": ("甲", "乙"),
    "code": ("A1", "A2"),
    "bool": ("true", "false"),
    "whole": ("3", "4"),
    "decimal": ("3", "4"),
    "date": ("2014-06-30", "2014-07-01"),
    "month": ("2014-06", "2014-07"),
    "year": ("2014", "2015"),
    "organisation": ("123456788", "914403001922038216"),
    "person": (_HASH, "f0" * 32),
    "digest": (_HASH, "f0" * 32),
    "district": ("440305", "440304"),
    "city": ("440300", "440100"),
    "department": ("MSA", "UHC"),
    "indicator": ("gen.regime", "gen.culture"),
    "patent": ("201110123456.3", "201010000001.8"),
}
"""Two texts of each type that are accepted (of a choice: its own codes)."""


def valid(one: Schema) -> Row:
    return {column.name: column.example for column in one.columns}


def judged(one: Schema, rows: Sequence[Row], extra: Sequence[str] = ()) -> Checked:
    names = [*one.names, *extra]
    table = pa.table({name: pa.array([row.get(name) or None for row in rows], pa.string()) for name in names})
    return check(table, one)


def filled(column: Column) -> str:
    return column.example or (column.codes or OTHER[column.type])[0]


# Columns


def column_cases(one: Schema) -> Iterator[Case]:
    row = valid(one)
    for column in one.columns:
        if column.required:
            yield Case({**row, column.name: ""}, column.name, "required")
        for text, rule in WRONG[column.type]:
            if rule != "length" or len(text) > column.longest:
                yield Case({**row, column.name: text}, column.name, rule)
        yield from bound_cases(row, column)


def bound_cases(row: Row, column: Column) -> Iterator[Case]:
    step = Decimal(1) if column.type == "whole" else Decimal(1).scaleb(-column.places)
    for rule, bound, sign in (("least", column.least, -1), ("above", column.above, -1), ("most", column.most, 1)):
        if bound is not None:
            beyond, within = f"{bound + sign * step:f}", f"{bound - sign * step:f}"
            at = Case({**row, column.name: f"{bound:f}"}, column.name, rule, accepted=rule != "above")
            yield from (Case({**row, column.name: beyond}, column.name, rule), at)
            yield Case({**row, column.name: within}, column.name, rule, accepted=True)


# Rules


def fulfilled(one: Schema, row: Row, conditions: Sequence[Condition]) -> Row:
    return row | {condition.column: _fulfils(one.column(condition.column), condition) for condition in conditions}


def _fulfils(column: Column, condition: Condition) -> str:
    if condition.one_of:
        return condition.one_of[0]
    if condition.filled is not None:
        return filled(column) if condition.filled else ""
    return str(condition.least if condition.least is not None else condition.most)


def violated(one: Schema, row: Row, condition: Condition) -> Iterator[Row]:
    """Yield rows of which a condition does not hold."""
    column = one.column(condition.column)
    if condition.one_of:
        for code in column.codes or ("true", "false"):
            if code not in condition.one_of:
                yield {**row, column.name: code}
    elif condition.filled is not None:
        yield {**row, column.name: "" if condition.filled else filled(column)}
    else:
        step = Decimal(1) if column.type == "whole" else Decimal("0.000001")
        wrong = condition.least - step if condition.least is not None else condition.most + step
        if column.least is None or wrong >= column.least:
            yield {**row, column.name: str(wrong)}
        if not column.required:
            yield {**row, column.name: ""}


def implies(rule: Implies, one: Schema, row: Row) -> Iterator[Case]:
    holding = fulfilled(one, fulfilled(one, row, rule.then), rule.when)
    yield Case(holding, rule.field, rule.id, accepted=True)
    for condition in rule.then:
        yield from (Case(broken, rule.field, rule.id) for broken in violated(one, holding, condition))


def iff(rule: Iff, one: Schema, row: Row) -> Iterator[Case]:
    both = fulfilled(one, fulfilled(one, row, rule.then), rule.when)
    yield Case(both, rule.field, rule.id, accepted=True)
    for condition in (*rule.when, *rule.then):
        yield from (Case(broken, rule.field, rule.id) for broken in violated(one, both, condition))


def order(rule: Order, one: Schema, row: Row) -> Iterator[Case]:
    row = fulfilled(one, row, rule.when)
    right = row[rule.right] or filled(one.column(rule.right))
    for step, breaks in ((-1, False), (0, rule.strict), (1, True)):
        left = _moved(right, step, one.column(rule.left))
        if left is not None:
            yield Case({**row, rule.left: left, rule.right: right}, rule.field, rule.id, accepted=not breaks)
    if not one.column(rule.left).required:
        yield Case({**row, rule.left: "", rule.right: right}, rule.field, rule.id, accepted=True)


def _moved(text: str, step: int, column: Column) -> str | None:
    if column.type == "date":
        return (dt.date.fromisoformat(text) + dt.timedelta(step)).isoformat()
    value = Decimal(text) + step
    return str(value) if column.least is None or value >= column.least else None


def same(rule: Same, one: Schema, row: Row) -> Iterator[Case]:
    here = filled(one.column(rule.left))
    yield Case({**row, rule.left: here, rule.right: here}, rule.field, rule.id, accepted=True)
    for step in (-1, 1):
        yield Case({**row, rule.left: _moved(here, step, one.column(rule.left)), rule.right: here}, rule.field, rule.id)


def differ(rule: Differ, one: Schema, row: Row) -> Iterator[Case]:
    first, second = OTHER[one.column(rule.left).type]
    yield Case({**row, rule.left: first, rule.right: first}, rule.field, rule.id)
    yield Case({**row, rule.left: first, rule.right: second}, rule.field, rule.id, accepted=True)


def calendar(rule: Calendar, one: Schema, row: Row) -> Iterator[Case]:
    first, last, others = {
        "year": ("2014-01-01", "2014-12-31", ("2013", "2015")),
        "month": ("2014-06-01", "2014-06-30", ("2014-05", "2014-07", "2013-06")),
    }[one.column(rule.period).type]
    for date in (first, last):
        named = date[: len(others[0])]
        yield Case({**row, rule.date: date, rule.period: named}, rule.field, rule.id, accepted=True)
        for other in others:
            yield Case({**row, rule.date: date, rule.period: other}, rule.field, rule.id)


def within(rule: Within, one: Schema, row: Row) -> Iterator[Case]:
    row = fulfilled(one, row, rule.when)
    since = row[rule.since]
    for days, breaks in ((0, False), (rule.days, False), (rule.days + 1, True)):
        until = _moved(since, days, one.column(rule.until))
        yield Case({**row, rule.until: until}, rule.field, rule.id, accepted=not breaks)


def sum_(rule: Sum, one: Schema, row: Row) -> Iterator[Case]:
    none = row | dict.fromkeys(rule.columns, "0")
    yield Case(none, rule.field, rule.id)
    for name in rule.columns:
        yield Case({**none, name: "0.000001"}, rule.field, rule.id, accepted=True)


def product(rule: Product, one: Schema, row: Row) -> Iterator[Case]:
    first, second = rule.factors
    row = {**row, first: "2000", second: "0.1229"}
    made = Decimal("245.8")
    for sign in (1, -1):
        edge = made * (1 + sign * rule.tolerance)
        yield Case({**row, rule.product: str(edge)}, rule.field, rule.id, accepted=True)
        yield Case({**row, rule.product: str(edge + sign * Decimal("0.000001"))}, rule.field, rule.id)
    yield Case({**row, first: "0", rule.product: "0.000001"}, rule.field, rule.id)


def grade(rule: Grade, one: Schema, row: Row) -> Iterator[Case]:
    calm = row | {criterion.column: "0" for criterion in rule.criteria}
    for criterion in rule.criteria:
        step = Decimal(1) if one.column(criterion.column).type == "whole" else Decimal("0.000001")
        for place, least in enumerate(criterion.least):
            milder, graver = rule.grades[place : place + 2]
            for amount, right, wrong in ((least, graver, milder), (least - step, milder, graver)):
                met = {**calm, criterion.column: str(amount)}
                yield Case({**met, rule.field: right}, rule.field, rule.id, accepted=True)
                yield Case({**met, rule.field: wrong}, rule.field, rule.id)


def as_printed(rule: AsPrinted, one: Schema, row: Row) -> Iterator[Case]:
    """Yield the example, whose factor is that of its text, and rows with another one; all else agrees with it."""
    yield Case(row, rule.field, rule.id, accepted=True)
    for step in (Decimal("-0.001"), Decimal("0.001")):
        value = Decimal(row[rule.field]) + step
        yield Case({**row, rule.field: str(value)}, rule.field, rule.id)


BREAKERS: Mapping[type, Callable[..., Iterator[Case]]] = {
    Implies: implies,
    Iff: iff,
    Order: order,
    Same: same,
    Differ: differ,
    Calendar: calendar,
    Within: within,
    Sum: sum_,
    Product: product,
    Grade: grade,
    AsPrinted: as_printed,
}


def test_every_type_and_every_kind_of_rule_has_its_breaker():
    assert set(WRONG) == set(typing.get_args(Type))
    assert set(OTHER) | {"choice"} == set(typing.get_args(Type))
    assert set(BREAKERS) == set(typing.get_args(Rule))


def test_every_type_and_every_kind_of_rule_is_used():
    """What no form uses is dead."""
    assert {column.type for one in schemas().values() for column in one.columns} == set(typing.get_args(Type))
    assert {type(rule) for one in schemas().values() for rule in one.rules} == set(typing.get_args(Rule))


@pytest.mark.parametrize("name", schemas())
def test_examples_are_accepted(name):
    checked = judged(schema(name), [valid(schema(name))])
    assert checked.refused.num_rows == 0
    assert checked.good.num_rows == 1


@pytest.mark.parametrize("name", schemas())
def test_each_broken_column_and_rule_is_refused_by_name(name):
    """Every column missing, of a wrong type, beyond its bounds; every rule broken, and kept at its very edge."""
    one = schema(name)
    cases = [*column_cases(one)]
    for rule in one.rules:
        own = list(BREAKERS[type(rule)](rule, one, valid(one)))
        assert {case.accepted for case in own} == {True, False}, f"{rule.id} is never kept, or never broken"
        cases += own if rule.effect == "refuse" else []
    checked = judged(one, [case.row for case in cases])
    found = {(row["row"], row["field"], row["rule"]) for row in checked.refused.to_pylist()}
    wrong = [case for at, case in enumerate(cases) if ((at, case.field, case.rule) in found) == case.accepted]
    assert wrong == []
    assert set(checked.rows.tolist()) == set(range(len(cases))) - {row for row, _, _ in found}


@pytest.mark.parametrize(
    "name", [one.id for one in schemas().values() if any(rule.effect == "flag" for rule in one.rules)]
)
def test_what_only_flags_is_accepted_and_flagged(name):
    one = schema(name)
    for rule in [rule for rule in one.rules if rule.effect == "flag"]:
        cases = list(BREAKERS[type(rule)](rule, one, valid(one)))
        checked = judged(one, [case.row for case in cases])
        flagged = flags(checked.good, one)[rule.id].to_pylist()
        raised = dict(zip(checked.rows.tolist(), flagged, strict=True))
        assert {at: not cases[at].accepted for at in raised} == raised
        assert set(raised.values()) == {True, False}


def test_a_late_filing_is_kept_and_flagged():
    one = schema("R_ps")
    rows = [valid(one) | {"reported_at": day} for day in ("2015-01-30", "2015-01-31")]
    checked = judged(one, rows)
    assert flags(checked.good, one)[LATE].to_pylist() == [False, True]


@pytest.mark.parametrize("name", schemas())
def test_an_unknown_column_is_refused(name):
    one = schema(name)
    checked = judged(one, [valid(one) | {"temperature": "3"}, valid(one)], extra=["temperature"])
    assert checked.good.num_rows == 0
    assert [(row["row"], row["field"], row["rule"]) for row in checked.refused.to_pylist()] == [
        (0, "temperature", "unknown_column"),
        (1, "temperature", "unknown_column"),
    ]


def test_a_column_that_is_not_there_is_empty_in_every_row():
    checked = check(pa.table({"record_id": ["A", "B"]}), schema("R_wu"))
    named = {(row["row"], row["field"]) for row in checked.refused.to_pylist() if row["rule"] == "required"}
    assert named == {
        (row, column.name)
        for row in (0, 1)
        for column in schema("R_wu").columns
        if column.required and column.name != "record_id"
    }


def test_no_rule_is_judged_of_what_could_not_be_read():
    """A slip of the pen is one refusal, not one for each rule that looks at the cell."""
    one = schema("R_ps")
    rows = [valid(one) | {"event_date": "30.6.2014"}, valid(one) | {"event_date": ""}]
    refused = judged(one, rows).refused.to_pylist()
    assert [(row["row"], row["field"], row["rule"]) for row in refused] == [
        (0, "event_date", "date"),
        (1, "event_date", "required"),
    ]


def test_a_text_may_be_as_long_as_its_column_and_no_longer():
    one = schema("R_ps")
    rows = [valid(one) | {"lot_no": character * count} for character in "a长" for count in (200, 201)]
    refused = judged(one, rows).refused.to_pylist()
    assert [(row["row"], row["rule"]) for row in refused] == [(1, "length"), (3, "length")]


def test_nothing_is_reported_before_its_day():
    one = schema("R_ps")
    table = pa.table({name: [text] for name, text in valid(one).items()})
    assert check(table, one, today=dt.date(2015, 1, 20)).good.num_rows == 1
    refused = check(table, one, today=dt.date(2015, 1, 19)).refused.to_pylist()
    assert [(row["field"], row["rule"]) for row in refused] == [("reported_at", "reported_in_future")]


@pytest.mark.parametrize(
    "name", [one.id for one in schemas().values() if any(column.personal for column in one.columns)]
)
def test_what_may_be_a_person_is_refused_and_not_repeated(name):
    one = schema(name)
    (column,) = (column for column in one.columns if column.personal)
    for text, _ in WRONG["person"]:
        (refusal,) = judged(one, [valid(one) | {column.name: text}]).refused.to_pylist()
        assert text not in refusal["zh"] + refusal["en"]


@pytest.mark.parametrize(
    ("name", "column"), [("R_ps", "note"), ("R_ps", "lot_no"), ("R_ac", "liability"), ("R_ac", "project_id")]
)
def test_no_text_holds_the_number_of_an_identity_card(name, column):
    """A number of as many digits that is none is taken."""
    one = schema(name)
    texts = (
        "11010519491231002X",
        "A-11010519491231002x",
        "110105194912310021",
        "1101051949123100218",
        "914403001922038216",
    )
    refused = judged(one, [valid(one) | {column: text} for text in texts]).refused.to_pylist()
    assert [(row["row"], row["field"], row["rule"]) for row in refused] == [
        (0, column, "person"),
        (1, column, "person"),
    ]
    assert [row for row in refused if "1949" in row["zh"] + row["en"]] == []


@pytest.mark.parametrize("text", ["姓名 11010519491231002X", " 11010519491231002X ", "11010519491231002X\t"])
@pytest.mark.parametrize("column", ["note", "lab_id", "sampled_on", "scheme", "items_failed", "producer_id"])
def test_no_refusal_repeats_the_number_of_an_identity_card(text, column):
    refused = judged(schema("R_ps"), [valid(schema("R_ps")) | {column: text}]).refused.to_pylist()
    assert column in {row["field"] for row in refused}
    assert [row for row in refused if "19491231" in row["zh"] + row["en"]] == []


def test_no_column_asks_for_the_name_of_a_person():
    """A column with an `id` or a name of people in it takes a hash, an organisation, or a code of ours."""
    about_people = ("person", "respondent", "approver", "chaired", "owner")
    typed = {
        column.type for one in schemas().values() for column in one.columns if column.name.startswith(about_people)
    }
    assert typed <= {"person", "department", "organisation"}


def test_each_row_is_judged_by_itself():
    """The same rows in another order, or one by one, are refused for the same."""
    one = schema("R_pa")
    rows = [case.row for rule in one.rules for case in BREAKERS[type(rule)](rule, one, valid(one))]

    def said(checked: Checked, at: int) -> list[tuple[str, str]]:
        return [(row["field"], row["rule"]) for row in checked.refused.to_pylist() if row["row"] == at]

    whole, turned = judged(one, rows), judged(one, rows[::-1])
    for at in range(0, len(rows), 7):
        alone = said(judged(one, [rows[at]]), 0)
        assert said(whole, at) == said(turned, len(rows) - 1 - at) == alone


def test_dictionaries_and_strings_are_read_alike():
    """Also dictionaries that hold what no row says, or the same text twice."""
    one = schema("R_wu")
    rows = [valid(one) | {"m3_10k": text} for text in ("1", "x", "2", "")]
    table = pa.table({name: pa.array([row[name] or None for row in rows], pa.string()) for name in one.names})
    odd = pa.DictionaryArray.from_arrays(pa.array([0, 1, 3, None]), pa.array(["1", "x", "nobody says this", "2", "1"]))
    encoded = table.set_column(table.column_names.index("m3_10k"), "m3_10k", odd)
    for other in (encoded, pa.concat_tables([table.slice(0, 2), table.slice(2)])):
        assert check(other, one).refused.to_pylist() == check(table, one).refused.to_pylist()
        assert check(other, one).good.to_pylist() == check(table, one).good.to_pylist()


def test_values_are_typed():
    one = schema("R_ps")
    row = valid(one) | {"producer_id": "914403001922038216", "synthetic": "", "key_product": "TRUE", "seller_id": ""}
    (record,) = judged(one, [row]).good.to_pylist()
    assert record["producer_id"] == "192203821"
    assert record["sampled_on"] == dt.date(2014, 6, 30)
    assert (record["synthetic"], record["key_product"], record["seller_id"]) == (False, True, None)
    (amount,) = judged(schema("R_ww"), [valid(schema("R_ww"))]).good["generated_10kt"].to_pylist()
    assert amount == Decimal("1500.5")


@pytest.mark.parametrize("rows", [0, 1])
def test_a_table_may_be_empty(rows):
    for one in schemas().values():
        checked = judged(one, [valid(one)] * rows)
        assert (checked.good.num_rows, checked.refused.num_rows) == (rows, 0)
        assert flags(checked.good, one).num_rows == rows

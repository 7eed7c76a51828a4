"""What counts is a function of the whole set: no order and no split matters, and what is taken back leaves no trace."""

from __future__ import annotations

import datetime as dt
import os
import random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from targets.records.digests import digests
from targets.records.schema import schema
from targets.records.standing import NOBODY, Lacks, Standing, columns_needed, standings
from targets.records.types import arrow_type

EXAMPLES = int(os.environ.get("QUALICITY_EXAMPLES", "20"))
FORM = schema("R_ps")
DAY = dt.date(2015, 1, 1)

property_test = settings(max_examples=EXAMPLES, deadline=None, derandomize=True)


def record(number, revises=None, status=None, lot=0, day=0, verdict="pass"):
    """Return a record as its columns."""
    status = status or ("final" if revises is None else "corrected")
    return {
        "record_id": f"r{number}", "revises": None if revises is None else f"r{revises}", "status": status,
        "reported_at": DAY + dt.timedelta(days=day), "campaign_id": "c", "lot_no": f"lot{lot}", "producer_id": "p",
        "product_code": "q", "verdict": verdict,
    }  # fmt: skip


def table(rows, form=FORM):
    """Return records as the store gives them."""
    names = [*columns_needed(form), *(["verdict"] if form is FORM else [])]
    made = pa.table({name: pa.array([row[name] for row in rows], _plain(form, name)) for name in names})
    for place, name in enumerate(names):
        if pa.types.is_dictionary(arrow_type(form.column(name))):
            made = made.set_column(place, name, made[name].dictionary_encode())
    return made.append_column("digest", digests(made, names))


def _plain(form, name):
    kind = arrow_type(form.column(name))
    return pa.string() if pa.types.is_dictionary(kind) else kind


def judged(rows, form=FORM):
    """Return what each record counts for, why, and by whose doing: as a multiset, so that order shows nowhere."""
    if not rows:
        return []
    whole = table(rows, form)
    found = standings(form, whole)
    return sorted(
        (
            row["record_id"], digest, Standing(int(code)).word, found.reasons[reason],
            "" if by == NOBODY else rows[by]["record_id"],
        )
        for row, digest, code, reason, by in zip(
            rows, whole["digest"].to_pylist(), found.code, found.reason, found.by, strict=True
        )
    )  # fmt: skip


def counting(rows):
    """Return the contents that count."""
    if not rows:
        return []
    counts = standings(FORM, table(rows)).counts
    return sorted(
        (row["record_id"], row["lot_no"], row["verdict"]) for row, one in zip(rows, counts, strict=True) if one
    )


def words(rows, form=FORM):
    """Return the standing of each record by its id."""
    return {name: (standing, reason) for name, _, standing, reason, _ in judged(rows, form)}


@st.composite
def sets(draw):
    """Draw records that revise, withdraw, repeat and contradict each other, and some that hang in the air."""
    count = draw(st.integers(1, 9))
    rows = []
    for _ in range(count):
        number = draw(st.integers(0, 7))
        revises = draw(st.none() | st.integers(0, 9).filter(lambda other, own=number: other != own))
        rows.append(
            record(
                number,
                revises,
                None if revises is None else draw(st.sampled_from(["corrected", "withdrawn"])),
                lot=draw(st.integers(0, 2)),
                day=draw(st.integers(0, 2)),
                verdict=draw(st.sampled_from(["pass", "fail"])),
            )
        )
    return rows


@property_test
@given(rows=sets(), seed=st.integers(0, 10**6))
def test_no_order_matters(rows, seed):
    shuffled = random.Random(seed).sample(rows, len(rows))
    assert judged(shuffled) == judged(rows)


@property_test
@given(rows=sets())
def test_a_record_that_is_filed_twice_changes_nothing(rows):
    assert counting([*rows, *rows]) == counting(rows)


@property_test
@given(rows=sets())
def test_it_is_what_the_rules_say_word_for_word(rows):
    """Beside it stands the plainest form of the rules, record by record."""
    assert counting(rows) == plainly_counting(rows)


def plainly_counting(rows):
    """Return the contents that count, by the rules as they are written."""
    by_id = {}
    ranked = zip(table(rows)["digest"].to_pylist(), rows, strict=True)
    for _, row in sorted(ranked, key=lambda one: (one[1]["reported_at"], one[0])):
        by_id.setdefault(row["record_id"], row)

    def rank(row):
        return row["reported_at"], row["record_id"]

    def stands(row):  # what stands in the place of a record; None = it is withdrawn
        alive = [one for one in by_id.values() if one["revises"] == row["record_id"] and stands(one)]
        if not alive:
            return row
        instead = stands(max(alive, key=rank))
        return None if instead["status"] == "withdrawn" else instead

    originals = [row for row in by_id.values() if row["revises"] is None]
    standing = [(rank(row), stands(row)) for row in originals if stands(row)]
    chosen = {}
    for _, row in sorted(standing, key=lambda one: one[0]):
        chosen.setdefault(row["lot_no"], row)
    return sorted((row["record_id"], row["lot_no"], row["verdict"]) for row in chosen.values())


@property_test
@given(rows=sets(), lot=st.integers(0, 2), day=st.integers(0, 4))
def test_a_correction_and_its_withdrawal_restore_what_was(rows, lot, day):
    """Whatever is corrected and how; and a withdrawal that is withdrawn puts the correction back."""
    before = counting(rows)
    corrected = [*rows, record(20, rows[0]["record_id"][1:], lot=lot, day=day, verdict="fail")]
    after = counting(corrected)
    withdrawn = [*corrected, record(21, 20, "withdrawn", day=day)]
    assert counting(withdrawn) == before
    assert counting([*withdrawn, record(22, 21, "withdrawn", day=day)]) == after


def test_revisions_take_the_place_of_what_they_revise():
    """The latest stands; a withdrawal leaves nothing; each says who decided."""
    rows = [
        record(1), record(2, 1, day=1), record(3, 1, day=2), record(4, 3, day=1),
        record(5, lot=1), record(6, 5, "withdrawn", lot=1, day=3),
    ]  # fmt: skip
    assert [one[:1] + one[2:] for one in judged(rows)] == [
        ("r1", "superseded", "", "r4"), ("r2", "superseded", "", "r4"), ("r3", "superseded", "", "r4"),
        ("r4", "counts", "", ""), ("r5", "withdrawn", "", "r6"), ("r6", "withdrawal", "", ""),
    ]  # fmt: skip


def test_who_revises_nothing_on_file_waits():
    """Until it is filed; a circle waits for ever, and so does what hangs on it."""
    rows = [record(2, 1), record(3, 2), record(4, 5), record(5, 4), record(6, 5)]
    unknown, circle = ("waiting", Lacks.REVISED), ("waiting", Lacks.BEGINNING)
    assert words(rows) == {"r2": unknown, "r3": unknown, "r4": circle, "r5": circle, "r6": circle}
    assert words([*rows, record(1)])["r3"] == ("counts", "")


def test_a_long_chain_is_no_deep_water():
    rows = [record(0), *(record(number, number - 1, lot=number) for number in range(1, 3000))]
    assert counting(rows) == [("r2999", "lot2999", "pass")]


def test_the_matter_belongs_to_who_reported_it_first():
    """A correction of the first keeps the place of its original; once that is withdrawn the second counts."""
    rows = [record(1, day=5), record(2, day=6), record(3, 1, day=9, verdict="fail")]
    assert words(rows) == {"r1": ("superseded", ""), "r2": ("duplicate", ""), "r3": ("counts", "")}
    assert words([*rows, record(4, 1, "withdrawn", day=10)])["r2"] == ("counts", "")


def test_an_id_with_two_contents_is_a_conflict():
    """The least report counts, whichever was filed first; the other is named, not lost."""
    rows = [record(1, day=2, verdict="fail"), record(1, day=1)]
    assert [one[2] for one in judged(rows)] in (["conflict", "counts"], ["counts", "conflict"])
    assert counting(rows) == counting(rows[::-1]) == [("r1", "lot0", "pass")]


# rules between records


def attempt(number, attempt_no, project="p", revises=None, status="final"):
    """Return an attempt at the acceptance of a project's works."""
    return {
        "record_id": f"a{number}", "revises": revises, "status": status, "reported_at": DAY, "project_id": project,
        "stage": "completion", "attempt_no": attempt_no, "held_on": DAY,
    }  # fmt: skip


def test_attempts_count_up_to_the_first_that_is_missing():
    form = schema("R_pa")
    rows = [attempt(1, 1), attempt(2, 2), attempt(4, 4), attempt(5, 5), attempt(9, 2, "other"), attempt(8, 1, "third")]
    gap = ("waiting", "attempts_consecutive")
    found = words(rows, form)
    assert {name for name, standing in found.items() if standing == gap} == {"a4", "a5", "a9"}
    assert {standing for name, standing in found.items() if name in {"a1", "a2", "a8"}} == {("counts", "")}
    assert words([*rows, attempt(3, 3)], form)["a5"] == ("counts", "")
    gone = attempt(6, 1, revises="a1", status="withdrawn")
    assert words([*rows, attempt(3, 3), gone], form)["a5"] == gap


def stage(number, name, day, org="o", revises=None, status="final"):
    """Return an organisation's stage with a standard."""
    return {
        "record_id": f"s{number}", "revises": revises, "status": status, "reported_at": DAY, "org_id": org,
        "standard": "GBT19580", "standard_no": None, "stage": name, "assessed_on": DAY + dt.timedelta(days=day),
    }  # fmt: skip


def test_a_stage_never_falls_but_by_withdrawal():
    form = schema("R_si")
    rows = [stage(1, "planned", 0), stage(2, "implemented", 1), stage(3, "self_assessed", 2), stage(4, "evaluated", 3)]
    assert words(rows, form)["s3"] == ("refused", "stage_never_falls")
    assert words(rows, form)["s4"] == words(rows, form)["s2"] == ("counts", "")
    withdrawn = [*rows, stage(5, "implemented", 1, revises="s2", status="withdrawn")]
    assert words(withdrawn, form)["s3"] == ("counts", "")
    assert words([stage(1, "evaluated", 9, "a"), stage(2, "planned", 1, "b")], form)["s2"] == ("counts", "")


def level(number, reached, day, approver=None):
    """Return evidence of a level of the ladder."""
    return {
        "record_id": f"m{number}", "revises": None, "status": "final", "reported_at": DAY, "indicator_id": "gen.regime",
        "level": reached, "document_no": f"d{number}", "event_date": DAY + dt.timedelta(days=day), "approver": approver,
    }  # fmt: skip


def test_a_jump_of_the_ladder_needs_an_approver():
    form = schema("R_ms")
    rows = [level(1, 1, 0), level(2, 3, 1), level(3, 2, 2), level(4, 3, 3), level(5, 5, 4, "mayor")]
    found = words(rows, form)
    assert found.pop("m2") == ("refused", "jump_is_approved")
    assert set(found.values()) == {("counts", "")}
    assert words([*rows, level(6, 2, 0)], form)["m2"] == ("counts", "")


@pytest.mark.parametrize("name", ["R_ps", "R_pa", "R_si", "R_ms"])
def test_nothing_on_file_is_nothing_that_counts(name):
    form = schema(name)
    names = columns_needed(form)
    empty = pa.table({one: pa.nulls(0, arrow_type(form.column(one))) for one in names})
    found = standings(form, empty.append_column("digest", pa.nulls(0, pa.binary(16))))
    assert not len(found.code)

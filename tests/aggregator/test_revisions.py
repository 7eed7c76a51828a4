"""One revision a cell, in any order of arrival."""

from __future__ import annotations

import itertools
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.revisions import current, rivals
from qualicity.flags import Flag
from qualicity.model import Grade, Observations, Registry

EXAMPLES = int(os.environ.get("QUALICITY_EXAMPLES", "60"))


def _rows(*cells):
    """Return rows of one cell from (grade, revision, value); seq by position."""
    grade, revision, value = zip(*cells, strict=True)
    return Observations.build(
        Registry(), len(cells), station="a", parameter="so2", grade=np.asarray(grade), revision=np.asarray(revision),
        value=np.asarray(value, float), seq=np.arange(1, len(cells) + 1), period=3600,
    )  # fmt: skip


@pytest.mark.parametrize(("cells", "value", "duplicates", "conflicts"), [
    ([(0, 0, 5.0)], 5.0, 0, 0),
    ([(0, 0, 5.0), (0, 0, 5.0)], 5.0, 1, 0),
    ([(0, 0, 5.0), (0, 1, 4.0), (0, 0, 9.0)], 4.0, 0, 0),
    ([(Grade.RAW, 9, 5.0), (Grade.AUDITED, 0, 4.0), (Grade.RECORRECTED, 5, 6.0)], 4.0, 0, 0),
    ([(0, 1, 5.0), (0, 1, 7.0), (0, 0, 9.0)], 7.0, 0, 1),
    ([(0, 1, 5.0), (0, 1, 7.0), (0, 1, 7.0), (0, 1, 5.0)], 7.0, 2, 1),
    ([(0, 0, 1.0), (0, 0, 2.0), (1, 0, 3.0)], 3.0, 0, 0),
    ([(0, 0, 0.0), (0, 0, -0.0)], 0.0, 1, 0),
])  # fmt: skip
def test_what_counts_whatever_came_first(cells, value, duplicates, conflicts):
    """Grade, then revision, then (in conflict) the greater value."""
    for order in itertools.permutations(cells):
        found = current(_rows(*order))
        assert found.rows["value"].tolist() == [value]
        assert (found.duplicates, found.conflicts) == (duplicates, conflicts)
        assert bool(found.rows["flags"][0] & Flag.CONFLICT) == bool(conflicts)


def test_values_are_compared_in_canonical_units():
    """1 mg/m3 and 1000 ug/m3 are one value."""
    rows = _rows((0, 0, 1.0), (0, 0, 1000.0))

    found = current(rows, np.asarray([1000.0, 1000.0]))

    assert (found.duplicates, found.conflicts) == (1, 0)


def test_many_cells_against_a_dictionary():
    """Random cells, grades, revisions and values."""
    dice = np.random.default_rng(2)
    size = 5000
    columns = {
        "station": dice.integers(1, 4, size),
        "parameter": dice.integers(4, 6, size),
        "poc": dice.integers(1, 3, size),
        "statistic": dice.integers(0, 2, size),
        "start": dice.integers(0, 40, size) * 3_600_000,
        "period": dice.choice([0, 60, 3600], size),
        "grade": dice.integers(0, 2, size),
        "revision": dice.integers(0, 2, size),
        "value": dice.integers(0, 3, size).astype(float),
        "seq": np.arange(size),
    }
    rows = Observations.build(Registry(["", "a", "b", "c", "x", "y"]), size, **columns)
    best = {}
    for row in rows.rows():
        cell = tuple(row[name] for name in ("station", "parameter", "poc", "statistic", "start", "period"))
        rank = (row["grade"], row["revision"], row["value"])
        best[cell] = max(best.get(cell, rank), rank)

    found = {
        tuple(row[n] for n in ("station", "parameter", "poc", "statistic", "start", "period")): (
            row["grade"], row["revision"], row["value"],
        )
        for row in current(rows).rows.rows()
    }  # fmt: skip

    assert found == best


ROW = st.tuples(
    st.integers(0, 3), st.integers(0, 1), st.integers(0, 1), st.sampled_from([-0.0, 0.0, 5.0, 7.0]),
    st.sampled_from([Flag(0), Flag.OLD, Flag.SENTINEL, Flag.DEVICE_REMARK, Flag.OUT_OF_RANGE | Flag.OLD]),
)  # fmt: skip


def _table(rows, registry):
    """Return rows of (hour, grade, revision, value, flags); seq by position."""
    hour, grade, revision, value, flags = (np.asarray(column) for column in zip(*rows, strict=True))
    return Observations.build(
        registry, len(rows), station="a", parameter="so2", start=hour * 3_600_000, grade=grade, revision=revision,
        value=value, flags=flags, seq=np.arange(1, len(rows) + 1), period=3600,
    )  # fmt: skip


def _result(table):
    found = current(table)
    rows = sorted(
        (row["start"], row["grade"], row["revision"], row["value"], row["flags"]) for row in found.rows.rows()
    )
    return rows, found.duplicates, found.conflicts


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=14), st.randoms(use_true_random=False))
def test_no_order_of_arrival_changes_anything(rows, dice):
    """Values and flags, counts too; a second delivery of everything is as many duplicates more."""
    expected, duplicates, conflicts = _result(_table(rows, Registry()))
    shuffled = list(rows)
    dice.shuffle(shuffled)
    assert _result(_table(shuffled, Registry())) == (expected, duplicates, conflicts)

    again = rows + shuffled
    dice.shuffle(again)
    assert _result(_table(again, Registry())) == (expected, duplicates + len(rows), conflicts)


def test_a_valid_row_counts_before_one_that_is_not():
    """A stand-in for "no value" says nothing against a value, however great it is."""
    rows = [(0, 0, 0, 9999.0, Flag.SENTINEL), (0, 0, 0, 5.0, Flag(0))]

    for order in (rows, rows[::-1]):
        found = current(_table(order, Registry()))
        assert found.rows["value"].tolist() == [5.0]
        assert found.rows["flags"].tolist() == [Flag.CONFLICT]
        assert found.conflicts == 1


def test_equal_rows_say_together_what_is_known():
    """Remarks of both; OLD only when none of them came in time."""
    rows = [(0, 0, 0, 5.0, Flag.OLD | Flag.OUT_OF_RANGE), (0, 0, 0, 5.0, Flag.DEVICE_REMARK)]

    found = current(_table(rows, Registry()))

    assert found.rows["flags"].tolist() == [Flag.OUT_OF_RANGE | Flag.DEVICE_REMARK]
    assert found.rows["seq"].tolist() == [1]
    assert (found.duplicates, found.conflicts) == (1, 0)


def test_cells_far_apart_keep_apart():
    """Times from the year 1 to 9999, periods of seconds and months: nothing wraps round."""
    dice = np.random.default_rng(5)
    size = 200
    columns = {
        "station": dice.integers(1, 2**31 - 1, size), "parameter": dice.integers(1, 2**31 - 1, size),
        "start": dice.integers(-62_135_596_800_000, 253_402_300_799_000, size),
        "period": dice.integers(0, 2**31 - 1, size),
    }  # fmt: skip
    rows = Observations.build(Registry(), size, **columns)

    found = current(Observations.concatenate([rows, rows], rows.registry))

    assert len(found.rows) == size
    assert found.duplicates == size


def test_what_contends_against_a_dictionary():
    """Rows of the greatest grade and revision of each cell in conflict, the one that counts first."""
    dice = np.random.default_rng(5)
    size = 3000
    rows = Observations.build(
        Registry(), size, station="a", parameter="so2", period=3600, start=dice.integers(0, 700, size) * 3_600_000,
        grade=dice.integers(0, 2, size), revision=dice.integers(0, 2, size), value=dice.integers(0, 3, size) * 1.0,
        flags=dice.choice([0, 0, 0, int(Flag.SENTINEL), int(Flag.CONFLICT)], size), seq=dice.permutation(size) + 1,
    )  # fmt: skip
    found = current(rows)
    cells = {}
    for at, row in enumerate(rows.rows()):
        valid = not row["flags"] & Flag.SENTINEL
        cells.setdefault(row["start"], []).append((row["grade"], row["revision"], valid, row["value"], -row["seq"], at))
    expected = {}
    for start, own in cells.items():
        own.sort(reverse=True)
        best = [one for one in own if one[:2] == own[0][:2]]
        if len({one[2:4] for one in best}) > 1:
            expected[start] = [one[-1] for one in best]

    contend = rivals(rows, found, rows["value"])

    assert {int(rows["start"][group[0]]): group.tolist() for group in contend} == expected
    assert {int(group[0]) for group in contend} <= set(found.position.tolist())
    assert len(contend) == found.conflicts > 50


def test_where_nothing_contends():
    """Duplicates, and no rows at all."""
    for rows in (_rows((0, 0, 5.0), (0, 0, 5.0), (0, 1, 4.0)), _rows((0, 0, 5.0)).take(slice(0, 0))):
        assert rivals(rows, current(rows), rows["value"]) == []

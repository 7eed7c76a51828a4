"""One revision a cell, in any order of arrival."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from aggregator.revisions import current
from qualicity.flags import Flag
from qualicity.model import Grade, Observations, Registry


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

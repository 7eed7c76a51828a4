from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.files.grouping import group
from collector.files.overlap import Overlap
from collector.files.repeats import Fate, sort_out
from qualicity.model import Batch, Observations, Registry
from qualicity.testing import MemoryStore, hourly

ROW = st.tuples(st.sampled_from("ab"), st.integers(0, 3), st.sampled_from([0.0, 1.0, 2.0]), st.integers(0, 1))


def table(rows, registry: Registry) -> Observations:
    stations, hours, values, revisions = ([row[n] for row in rows] for n in range(4))
    return Observations.build(
        registry,
        len(rows),
        station=[registry.code(name) for name in stations],
        parameter="pm25",
        unit="ug/m3",
        start=np.array(hours, np.int64) * 3_600_000,
        period=3600,
        value=values,
        revision=revisions,
    )


@given(stored=st.lists(ROW, max_size=10), rows=st.lists(ROW, max_size=20))
@settings(max_examples=200, deadline=None)
def test_fates_are_those_of_a_walk_through_the_rows(stored, rows):
    """The columns' way gives each row the fate that a loop with a dictionary gives it."""
    registry = Registry()
    known: dict[tuple, set] = {}
    for station, hour, value, revision in stored:
        known.setdefault((station, hour, revision), set()).add(value)
    expected = []
    for station, hour, value, revision in rows:
        values = known.setdefault((station, hour, revision), set())
        expected.append(Fate.DUPLICATE if value in values else Fate.CONFLICT if values else Fate.NEW)
        values.add(value)
    before = [table(stored, registry)] if stored else []
    assert sort_out(table(rows, registry), before).tolist() == expected


def test_starts_too_far_apart_for_one_number_are_still_told_apart():
    registry = Registry()
    rows = table([("a", 0, 1.0, 0), ("a", 0, 1.0, 0), ("b", 0, 1.0, 0)], registry)
    rows = rows.replace(start=np.array([-(2**61), -(2**61), 2**61]))
    assert sort_out(rows).tolist() == [Fate.NEW, Fate.DUPLICATE, Fate.NEW]


@given(columns=st.lists(st.lists(st.integers(-(2**40), 2**40), min_size=5, max_size=5), min_size=1, max_size=4))
@settings(deadline=None)
def test_groups_are_the_rows_that_agree(columns):
    groups = group([np.array(column) for column in columns])
    rows = list(zip(*columns, strict=True))
    for one, row in zip(groups.of_row, rows, strict=True):
        assert rows[groups.first[one]] == row
    assert len(groups.first) == len(set(rows))


class _CountingStore(MemoryStore):
    scans = 0

    def scan(self, **window):
        self.scans += 1
        return super().scan(**window)


def test_a_store_is_asked_only_where_windows_meet():
    """A fresh store costs nothing: only channels written before, in the same hours, are looked up."""
    store = _CountingStore()
    overlap = Overlap(store)
    first = hourly(store.registry, "a", "pm25", 0, [1, 2, 3])
    assert overlap.stored(first) == []
    store.append(Batch(first))
    overlap.note(first)
    later = hourly(store.registry, "a", "pm25", 3 * 3_600_000, [4, 5])
    other = hourly(store.registry, "a", "o3", 0, [4, 5])
    assert overlap.stored(later) == overlap.stored(other) == []
    assert store.scans == 0
    meeting = hourly(store.registry, "a", "pm25", 2 * 3_600_000, [3, 4])
    (found,) = overlap.stored(meeting)
    assert found["value"].tolist() == [3.0]
    (found,) = Overlap(store).stored(first)
    assert len(found) == 3

"""Dead letters: kept with their batch, within a quota that no flood takes from the others."""

from __future__ import annotations

import pytest

from qualicity.model import Batch, DeadLetter, Observations, Registry
from qualicity.store import dead_letters
from qualicity.store.embedded import EmbeddedStore
from qualicity.testing import FakeClock, hourly

NOTHING = Observations.build(Registry(), 0)


def _letters(count, reason="undecodable", station="s", payload=b"{"):
    return [DeadLetter("mqtt", f"t{n}", reason, "no JSON", payload, n, station) for n in range(count)]


@pytest.fixture
def store(tmp_path):
    """Yield an open store."""
    with EmbeddedStore(tmp_path, writer=True, clock=FakeClock()) as opened:
        yield opened


def _counts(store):
    return {(c.station, c.reason): (c.count, c.mended, c.beyond_quota) for c in store.dead_letter_counts()}


def test_letters_are_kept_in_the_commit_of_their_batch(store):
    """Listed by station and reason; counted; no rows of the log."""
    store.append(Batch(hourly(Registry(), "s", "o3", 0, [1.0]), _letters(3)))
    store.append(Batch(NOTHING, _letters(1, "no time", "")))

    assert [letter for _, letter in store.dead_letters(reason="undecodable")] == _letters(3)
    assert [letter.reason for _, letter in store.dead_letters(station="")] == ["no time"]
    assert [letter.reason for _, letter in store.dead_letters()] == ["undecodable"] * 3 + ["no time"]
    assert _counts(store) == {("", "no time"): (1, 0, 0), ("s", "undecodable"): (3, 0, 0)}
    assert store.head().seq == 1


def test_a_flood_leaves_room_for_what_else_goes_wrong(store, monkeypatch):
    """One station and reason gets half of what the others leave; beyond, counts and the last one as a sample."""
    monkeypatch.setattr(dead_letters, "QUOTA", 100)
    store.append(Batch(NOTHING, _letters(90)))
    store.append(Batch(NOTHING, _letters(90, payload=b"the last")))
    store.append(Batch(NOTHING, _letters(20, "no time")))
    store.append(Batch(NOTHING, _letters(90, "wrong unit")))

    assert _counts(store) == {
        ("s", "undecodable"): (180, 0, 130),
        ("s", "no time"): (20, 0, 0),
        ("s", "wrong unit"): (90, 0, 75),
    }
    assert len(list(store.dead_letters())) == 50 + 20 + 15
    assert next(c.sample for c in store.dead_letter_counts() if c.reason == "undecodable") == b"the last"


def test_large_payloads_count_as_many(store, monkeypatch):
    """The quota is one of bytes too; samples are cut."""
    monkeypatch.setattr(dead_letters, "QUOTA", 100)
    store.append(Batch(NOTHING, _letters(90, payload=bytes(10 * dead_letters.UNIT))))

    assert len(list(store.dead_letters())) == 5
    assert [len(count.sample) for count in store.dead_letter_counts()] == [dead_letters.UNIT]


def test_mended_letters_go_with_the_commit_that_makes_them_good(store, monkeypatch):
    """Their readings are there, they are not; their room is free again."""
    monkeypatch.setattr(dead_letters, "QUOTA", 10)
    store.append(Batch(NOTHING, _letters(5)))
    ids = [number for number, _ in store.dead_letters()]

    store.mend(Batch(hourly(Registry(), "s", "o3", 0, [1.0, 2.0])), ids[:4])

    assert store.head().seq == 2
    assert [number for number, _ in store.dead_letters()] == ids[4:]
    store.append(Batch(NOTHING, _letters(9)))
    assert _counts(store) == {("s", "undecodable"): (14, 4, 5)}
    assert len({*ids, *(number for number, _ in store.dead_letters())}) == 5 + 4


def test_a_slow_reader_of_letters_sees_them_all(store, monkeypatch):
    """Page by page; appending goes on meanwhile."""
    monkeypatch.setattr(dead_letters, "_PAGE", 3)
    store.append(Batch(NOTHING, _letters(10)))
    seen = []
    for _, letter in store.dead_letters():
        seen.append(letter.place)
        if len(seen) == 2:
            store.append(Batch(NOTHING, [DeadLetter("mqtt", "late", "no time", "", b"", 8)]))

    assert seen == [*(f"t{n}" for n in range(10)), "late"]

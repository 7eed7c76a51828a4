"""What every observation store promises, on every kind of store and in every state of it."""

from __future__ import annotations

import os
import random

import numpy as np
import pytest

from qualicity.model import COLUMNS, Batch, Channel, DeadLetter, Observations, Position, Registry
from qualicity.store.embedded import EmbeddedStore
from qualicity.testing import FakeClock, MemoryStore, hourly

START = 1_451_577_600_000  # 2016-01-01 00:00 +08:00
HOUR = 3_600_000
STATES = ("journal", "sealed", "half", "compacted", "compacted+journal")


def _batches(seed=1, count=6):
    """Return batches of odd values in odd registries: NaN limits, minus zero, one of a kind texts."""
    rng = np.random.default_rng(seed)
    batches = []
    for number in range(count):
        registry = Registry()
        parts = [
            hourly(
                registry,
                f"s{rng.integers(4)}",
                ("pm25", "o3")[rng.integers(2)],
                START + int(rng.integers(-900, 900)) * HOUR,
                rng.choice([0.1, -0.0, 1e300, 35.0], 7),
                poc=int(rng.integers(1, 3)),
                device_flag=f"f{number}",
                detection_limit=float("nan") if number % 2 else 0.5,
                received=1000 + number,
            )
            for _ in range(3)
        ]
        batches.append(Batch(Observations.concatenate(parts, registry)))
    return batches


def _fill(kind, folder, batches):
    """Return a store in a state, holding the batches."""
    if kind == "memory":
        store = MemoryStore()
        for batch in batches:
            store.append(batch)
        return store
    store = EmbeddedStore(folder, writer=True, clock=FakeClock(5))
    for number, batch in enumerate(batches):
        store.append(batch)
        last = number == len(batches) - 1
        if kind in {"sealed", "compacted"} and last:
            store.seal()
        if kind in {"half", "compacted+journal"} and number % 2 == 0 and not last:
            store.seal()
            if kind == "compacted+journal":
                store.compact()
    if kind == "compacted":
        store.compact()
    return store


def _expected(batches):
    """Return all rows spelled out, with the seq that a log gives them."""
    rows = [row for batch in batches for row in batch.observations.rows()]
    return [{**row, "seq": seq} for seq, row in enumerate(rows, 1)]


def _bits(rows):
    """Return rows with floats as bits, so that NaN equals NaN and 0.0 is not -0.0."""
    return [{k: np.float64(v).tobytes() if isinstance(v, float) else v for k, v in row.items()} for row in rows]


def _read(tables):
    return _bits([row for table in tables for row in table.rows()])


@pytest.fixture(params=["memory", *STATES])
def filled(request, tmp_path):
    """Yield (store, expected rows) for each kind and state."""
    batches = _batches()
    store = _fill(request.param, tmp_path, batches)
    yield store, _expected(batches)
    if isinstance(store, EmbeddedStore):
        store.close()


def test_rows_come_back_exactly_in_ascending_seq(filled):
    """Every column of every row, value bits included, seq filled in."""
    store, expected = filled

    assert _read(store.scan()) == _bits(expected)
    assert store.head().seq == len(expected)


def test_scan_takes_half_open_windows(filled):
    """A row that starts at the start is in; one that starts at the end is not."""
    store, expected = filled
    for start in sorted({row["start"] for row in expected})[::5]:
        end = start + 300 * HOUR

        got = _read(store.scan(start=start, end=end))

        assert got == _bits([row for row in expected if start <= row["start"] < end])


def test_scan_by_station_and_channel(filled):
    """Names that were never seen select nothing."""
    store, expected = filled

    assert _read(store.scan(stations={"s1", "nowhere"})) == _bits([r for r in expected if r["station"] == "s1"])
    channel = Channel("s2", "o3", 2)
    wanted = [r for r in expected if (r["station"], r["parameter"], r["poc"]) == channel]
    assert _read(store.scan(channels={channel, Channel("s2", "nothing")})) == _bits(wanted)


def test_as_of_hides_every_later_row(filled):
    """What was read as of a position is read the same for ever."""
    store, expected = filled
    for seq in (0, 1, 20, 21, 22, 100, len(expected)):
        assert _read(store.scan(as_of=Position(store.head().epoch, seq))) == _bits(expected[:seq])


def test_tail_goes_on_from_anywhere(filled):
    """A consumer that follows in small steps sees every row once, from journal or archive."""
    store, expected = filled
    for limit in (1, 7, 50, 1000):
        seen, after = [], 0
        while rows := [row for table in store.tail(after, limit=limit) for row in table.rows()]:
            assert len(rows) <= limit
            seen += rows
            after = rows[-1]["seq"]
        assert _bits(seen) == _bits(expected)


def test_a_reader_sees_what_the_writer_adds(tmp_path):
    """A second open store (another process would be the same) follows appends, sealing and compaction."""
    batches = _batches(seed=2)
    clock = FakeClock(5)
    with EmbeddedStore(tmp_path, writer=True, clock=clock) as writer:
        writer.append(batches[0])
        with EmbeddedStore(tmp_path, writer=False, clock=clock) as reader:
            for number, batch in enumerate(batches[1:], 1):
                writer.append(batch)
                if number == 2:
                    writer.seal()
                if number == 4:
                    writer.seal()
                    writer.compact()
                assert _read(reader.scan()) == _bits(_expected(batches[: number + 1]))


def test_random_histories_equal_a_list(tmp_path):
    """Any sequence of appends, seals, compactions and reopenings reads as the plain list of rows."""
    for history in range(int(os.environ.get("QUALICITY_EXAMPLES", "60")) // 20):
        seed = 1000 + history
        print(f"seed {seed}")
        dice, folder, clock = random.Random(seed), tmp_path / str(seed), FakeClock(1)
        folder.mkdir()
        given, expected = _batches(seed, 12), []
        store = EmbeddedStore(folder, writer=True, clock=clock)
        for number, batch in enumerate(given, 1):
            store.append(batch)
            expected = _expected(given[:number])
            for _ in range(dice.randrange(3)):
                clock.advance(dice.randrange(100_000))
                match dice.choice(["seal", "compact", "reopen"]):
                    case "seal":
                        store.seal()
                    case "compact":
                        store.compact()
                    case "reopen":
                        store.close()
                        store = EmbeddedStore(folder, writer=True, clock=clock)
            assert _read(store.scan()) == _bits(expected)
        assert store.verify() == []
        store.close()


def test_dead_letters_are_kept_with_their_batch(tmp_path):
    """In the same commit as the readings; listed by station and reason; counted."""
    registry = Registry()
    good = hourly(registry, "s", "o3", START, [1.0])
    letters = [DeadLetter("mqtt", f"t{n}", "undecodable", "no JSON", b"{", 7, "s") for n in range(3)]
    with EmbeddedStore(tmp_path, writer=True, clock=FakeClock()) as store:
        store.append(Batch(good, letters))
        store.append(Batch(Observations.build(registry, 0), [DeadLetter("mqtt", "x", "no time", "", b"", 8)]))

        assert [letter for _, letter in store.dead_letters(reason="undecodable")] == letters
        assert [letter.place for _, letter in store.dead_letters(station="")] == ["x"]
        assert [(c.station, c.reason, c.count) for c in store.dead_letter_counts()] == [
            ("", "no time", 1),
            ("s", "undecodable", 3),
        ]
        assert store.head().seq == 1


def test_any_tool_reads_the_archive(tmp_path):
    """DuckDB, which has no part in the product, sees texts and numbers as they were given."""
    import duckdb

    batches = _batches()
    _fill("compacted", tmp_path, batches).close()
    files = str(tmp_path / "archive" / "*.parquet")
    with duckdb.connect() as connection:
        rows = connection.execute("SELECT DISTINCT station, parameter, value FROM read_parquet(?)", [files]).fetchall()

    assert set(rows) == {(row["station"], row["parameter"], row["value"]) for row in _expected(batches)}


def test_columns_are_those_of_the_design():
    """The archive's columns are a contract with every tool that reads the files."""
    assert list(COLUMNS)[:9] == [
        "seq",
        "station",
        "parameter",
        "poc",
        "statistic",
        "start",
        "period",
        "value",
        "unit",
    ]

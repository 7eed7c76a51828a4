"""What every observation store promises, on every kind of store and in every state of it."""

from __future__ import annotations

import numpy as np
import pytest

from qualicity.errors import IntegrityError
from qualicity.model import COLUMNS, Batch, Channel, Observations, Position, Registry
from qualicity.store import archive, compaction
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
    """Names that were never seen select nothing; no names select nothing."""
    store, expected = filled

    assert _read(store.scan(stations=set())) == _read(store.scan(channels=set())) == []

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


def test_large_scans_come_in_bounded_pieces(tmp_path, monkeypatch):
    """Whatever the order of rows in the files: ascending seq, nothing twice, no piece much larger than asked for."""
    monkeypatch.setattr(archive, "_PIECE_ROWS", 20)
    monkeypatch.setattr(archive, "_BUCKET", 4)
    monkeypatch.setattr(compaction, "_GROUP_ROWS", 15)
    batches = _batches(seed=3, count=12)
    expected = _expected(batches)
    for state in STATES:
        folder = tmp_path / state
        folder.mkdir()
        with _fill(state, folder, batches) as store:
            assert _read(store.scan()) == _bits(expected)
            if state in {"sealed", "compacted"}:
                assert max(len(table) for table in store.scan()) <= 20 + 4
            for bounds in (
                {"stations": {"s1"}},
                {"start": START},
                {"end": START + 200 * HOUR, "stations": {"s1", "s2"}},
            ):
                low, high = bounds.get("start", -1 << 62), bounds.get("end", 1 << 62)
                names = bounds.get("stations", {row["station"] for row in expected})
                wanted = [r for r in expected if low <= r["start"] < high and r["station"] in names]
                assert _read(store.scan(**bounds)) == _bits(wanted)
            for seq in range(0, len(expected), 7):
                assert _read(store.scan(as_of=Position(store.head().epoch, seq))) == _bits(expected[:seq])
            assert store.verify() == []


def test_as_of_another_log_is_refused(filled):
    """A position of rows that this store never had is no filter; before the first row all logs are equal."""
    store, _ = filled

    with pytest.raises(IntegrityError, match="not in this store"):
        list(store.scan(as_of=Position("another", 3)))
    assert list(store.scan(as_of=Position("another", 0))) == []


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

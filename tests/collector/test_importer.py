from __future__ import annotations

import datetime as dt
import gzip
import json
import re
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.files.channels import Declaration
from collector.files.csv_rows import csv_rows
from collector.importer import Counts, Importer, open_files
from qualicity.errors import InputError
from qualicity.flags import Flag
from qualicity.model import Grade, Statistic
from qualicity.network import ChannelSettings, City, Network, Station
from qualicity.store.embedded import EmbeddedStore
from qualicity.testing import FakeClock, MemoryStore

NOW = 1_467_331_200_000  # 2016-07-01T00:00:00Z
CASES = Path(__file__).parents[1] / "cases" / "import"
HEADER = "station,parameter,time,value,unit\n"
HOUR = 3_600_000


def network(**channel) -> Network:
    pm25 = ChannelSettings(**{"parameter": "pm25", "unit": "ug/m3", "label": "end", **channel})
    return Network((City("example"),), (Station("park", "example", channels=(pm25,)),))


def take(path: Path, store=None, *, net=None, now=NOW, **declaration) -> tuple[Counts, MemoryStore]:
    """Import one file into a store; the error of a bad header is raised."""
    store = MemoryStore() if store is None else store
    opened = open_files([path])
    if opened.errors:
        raise opened.errors[0]
    counts = Counts()
    Importer(store, net or network(), Declaration(**declaration), FakeClock(now)).take(opened.files[0], counts)
    return counts, store


def write(folder: Path, text: str, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def stored(store, *columns: str) -> list[tuple]:
    return [tuple(row[name] for name in columns) for rows in store.tail(0) for row in rows.rows()]


def lines(*rows: str) -> str:
    return HEADER + "".join(f"{row}\n" for row in rows)


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: case.name)
def test_case(case):
    """A file is refused with an error that names the place, or every row of it is accounted for."""
    expected = json.loads((case / "expected.json").read_text("utf-8"))
    if "error" in expected:
        with pytest.raises(InputError) as error:
            take(case / "input.csv")
        assert all(part in str(error.value) for part in expected["error"]), str(error.value)
        assert error.value.mend
        return
    counts, store = take(case / "input.csv")
    assert vars(counts) == expected["counts"]
    assert counts.read == counts.accepted + counts.duplicates + counts.conflicts + counts.rejected
    assert [[int(letter.place.rpartition(":")[2]), letter.reason] for letter in store.letters] == expected["rejects"]
    assert len(stored(store, "seq")) == counts.accepted + counts.conflicts


def test_dead_letters_carry_the_line_as_it_stood(tmp_path):
    bad = "park,pm25,2016-01-01T01:00:00+08:00, n/a ,ug/m3"
    path = write(tmp_path, lines("park,pm25,2016-01-01T02:00:00+08:00,1,ug/m3", bad))
    _, store = take(path)
    (letter,) = store.letters
    assert letter.payload == bad.encode()
    assert (letter.source, letter.place) == ("import:file.csv", f"{path}:3")
    assert (letter.reason, letter.station, letter.received) == ("no value", "park", NOW)
    assert "' n/a '" in letter.detail


@pytest.mark.parametrize(
    ("label", "time", "start"),
    [
        ("end", "2016-01-01T05:00:00+08:00", "2015-12-31T20:00"),
        ("begin", "2016-01-01T05:00:00+08:00", "2015-12-31T21:00"),
        ("end", "2016-01-01T24:00+08:00", "2016-01-01T15:00"),
        ("end", "2016-01-02T00:00+08:00", "2016-01-01T15:00"),
        ("begin", "1451595600000", "2015-12-31T21:00"),
        ("begin", "2016-01-01 05:00:00.250", "2015-12-31T21:00:00.250"),
        ("begin", "2016-01-01t05:00:00-0330", "2016-01-01T08:30"),
        ("begin", "2016-01-01T05:00:00Z", "2016-01-01T05:00"),
    ],
)
def test_a_time_becomes_the_start_of_its_period(tmp_path, label, time, start):
    """Inside, time is labelled by its start in UTC; label and offset are those of the file or the channel."""
    _, store = take(write(tmp_path, lines(f"park,pm25,{time},1,ug/m3")), label=label)
    expected = int(np.datetime64(start, "ms").astype(np.int64))
    assert stored(store, "start", "period", "statistic") == [(expected, 3600, Statistic.MEAN)]


def test_label_and_zone_of_the_command_stand_above_the_channels(tmp_path):
    path = write(tmp_path, lines("park,pm25,2016-01-01 05:00,1,ug/m3"))
    own = network(label="end", zone="+09:00")
    assert stored(take(path, net=own)[1], "start") == [(1_451_588_400_000,)]  # 04:00+09:00
    told = {"label": "begin", "zone": dt.timezone(dt.timedelta(hours=1))}
    assert stored(take(path, net=own, **told)[1], "start") == [(1_451_620_800_000,)]  # 05:00+01:00


def test_midnight_as_24_cannot_begin_a_period(tmp_path):
    counts, store = take(write(tmp_path, lines("park,pm25,2016-01-01 24:00,1,ug/m3")), label="begin")
    assert counts.rejected == 1
    assert "24:00" in store.letters[0].detail


def test_sentinels_and_values_out_of_range_are_kept_and_flagged(tmp_path):
    path = write(
        tmp_path,
        lines(*(f"park,pm25,2016-01-01T0{n}:00:00+08:00,{v},ug/m3" for n, v in enumerate([-999, 0, 1000, 1000.5]))),
    )
    _, store = take(path, net=network(sentinels=(-999.0,), range=(0.0, 1000.0)))
    both = Flag.SENTINEL | Flag.OUT_OF_RANGE
    assert stored(store, "value", "flags") == [(-999, both), (0, 0), (1000, 0), (1000.5, Flag.OUT_OF_RANGE)]


def test_a_range_is_meant_in_the_channels_unit(tmp_path):
    path = write(tmp_path, lines("park,pm25,2016-01-01T01:00:00+08:00,1,mg/m3", "park,pm25,1451602800000,1.1,mg/m3"))
    _, store = take(path, net=network(range=(0.0, 1000.0)))
    assert stored(store, "unit", "flags") == [("mg/m3", 0), ("mg/m3", Flag.OUT_OF_RANGE)]


@pytest.mark.parametrize(("day", "inside", "outside"), [("2018-08-31", 93.3, 93.4), ("2018-09-01", 101.9, 102.0)])
def test_a_range_of_masses_holds_for_ppb_in_the_state_of_the_day(tmp_path, day, inside, outside):
    """200 ug/m3 of ozone are 93.344 ppb at 273 K and 101.943 ppb at 298.15 K; value and unit are kept as sent."""
    path = write(tmp_path, lines(*(f"park,o3,{day} {n}:00,{v},ppb" for n, v in ((23, inside), (24, outside)))))
    _, store = take(path, net=network(parameter="o3", range=(0.0, 200.0)), now=1_600_000_000_000)
    assert stored(store, "value", "unit", "flags") == [(inside, "ppb", 0), (outside, "ppb", Flag.OUT_OF_RANGE)]


def test_two_spellings_of_ppb_are_one_unit(tmp_path):
    """One number in two spellings of a unit is one; another unit is a conflict, as of masses."""
    path = write(tmp_path, lines(*(f"park,o3,1451595600000,50,{unit}" for unit in ("ppb", "nmol/mol", "ug/m3"))))
    counts, store = take(path, net=network(parameter="o3"))
    assert (counts.accepted, counts.duplicates, counts.conflicts) == (1, 1, 1)
    assert stored(store, "unit") == [("ppb",), ("ug/m3",)]


def test_particles_have_no_ppb(tmp_path):
    counts, store = take(write(tmp_path, lines("park,pm25,1451595600000,50,ppb")))
    assert counts.rejected == 1
    assert (store.letters[0].reason, store.letters[0].detail) == ("wrong unit", "'ppb' is not a unit of pm25")


def test_grade_and_revision_are_of_all_rows(tmp_path):
    path = write(tmp_path, lines("park,pm25,2016-01-01T01:00:00+08:00,1,ug/m3"))
    _, store = take(path, grade=Grade.AUDITED, revision=3)
    assert stored(store, "grade", "revision", "source") == [(2, 3, "import:file.csv")]


def test_an_import_can_be_repeated(tmp_path):
    """What is known is recognised: nothing is stored twice, and nothing is wrong."""
    rows = [f"park,pm25,{1_451_595_600_000 + n * HOUR},{n},ug/m3" for n in range(50)]
    path = write(tmp_path, lines(*rows))
    first, store = take(path)
    second, _ = take(path, store)
    assert vars(first) == {"read": 50, "accepted": 50, "duplicates": 0, "conflicts": 0, "rejected": 0}
    assert vars(second) == {"read": 50, "accepted": 0, "duplicates": 50, "conflicts": 0, "rejected": 0}
    assert store.head().seq == 50


def test_another_value_is_a_conflict_unless_grade_or_revision_differ(tmp_path):
    one = write(tmp_path, lines("park,pm25,1451595600000,1,ug/m3"), "one.csv")
    other = write(tmp_path, lines("park,pm25,1451595600000,2,ug/m3"), "other.csv")
    _, store = take(one)
    assert take(other, store, revision=1)[0].accepted == 1
    assert take(other, store, grade=Grade.AUDITED)[0].accepted == 1
    assert take(other, store)[0].conflicts == 1
    assert take(other, store)[0].duplicates == 1
    assert stored(store, "value", "flags") == [(1, 0), (2, 0), (2, 0), (2, Flag.CONFLICT)]


def test_the_same_amount_in_another_unit_is_no_duplicate(tmp_path):
    path = write(tmp_path, lines("park,pm25,1451595600000,1,ug/m3", "park,pm25,1451595600000,1,mg/m3"))
    assert take(path)[0].conflicts == 1


def test_one_unit_spelled_two_ways_is_one_unit(tmp_path):
    path = write(tmp_path, lines("park,pm25,1451595600000,1,ug/m3", "park,pm25,1451595600000,1,µg/m³"))
    assert take(path)[0].duplicates == 1


@given(
    cells=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2)), min_size=1, max_size=30),
    pieces=st.integers(1, 4),
    seed=st.randoms(use_true_random=False),
)
@settings(max_examples=60, deadline=None)
def test_counts_and_rows_do_not_depend_on_order_or_files(tmp_path_factory, cells, pieces, seed):
    """The same rows in any order, in one file or in several, are counted alike and stored alike."""

    def run(rows: list[str], count: int) -> tuple[Counts, set]:
        store, counts = MemoryStore(), Counts()
        folder = tmp_path_factory.mktemp("order")
        for number in range(count):
            part, _ = take(write(folder, lines(*rows[number::count]), f"{number}.csv"), store)
            counts.add(part)
        kept = stored(store, "start", "value")
        assert len(kept) == len(set(kept))
        return counts, set(kept)

    rows = [f"park,pm25,{1_451_595_600_000 + hour * HOUR},{value},ug/m3" for hour, value in cells]
    shuffled = seed.sample(rows, len(rows))
    assert run(rows, 1) == run(shuffled, pieces)


def test_small_pieces_make_the_same_import(tmp_path, monkeypatch):
    """A file larger than a block is read in pieces: line numbers, repeats and counts are as in one piece."""
    rows = [f"park,pm25,{1_451_595_600_000 + n % 40 * HOUR},{n % 7},ug/m3" for n in range(200)]
    rows[17], rows[120], rows[121] = "park,pm25", '"park",pm25,x,1,ug/m3', '"par\nk",pm25,x,1,ug/m3'
    path = write(tmp_path, lines(*rows))
    whole, one = take(path)
    monkeypatch.setitem(csv_rows.__kwdefaults__, "block", 256)
    parts, other = take(path)
    assert parts == whole
    assert [(x.place, x.reason, x.payload) for x in one.letters] == [
        (x.place, x.reason, x.payload) for x in other.letters
    ]
    assert sorted(stored(one, "start", "value")) == sorted(stored(other, "start", "value"))


def co(unit: str, values) -> str:
    return lines(*(f"park,co,{1_451_595_600_000 + n * HOUR},{value},{unit}" for n, value in enumerate(values)))


def test_numbers_that_cannot_be_in_their_unit_refuse_the_file(tmp_path):
    """CO of some hundreds is ug/m3, whatever the column says: nothing is stored, nothing is converted."""
    net = network(parameter="co", unit="mg/m3")
    with pytest.raises(InputError, match=r"co is probably in ug/m3.*median would be 800") as error:
        take(write(tmp_path, co("mg/m3", [800] * 24)), store := MemoryStore(), net=net)
    assert "nothing is converted" in error.value.mend
    assert store.head().seq == 0
    assert take(write(tmp_path, co("ug/m3", [800] * 24)), net=net)[0].accepted == 24
    assert take(write(tmp_path, co("mg/m3", [800] * 23)), net=net)[0].accepted == 23


def test_zeros_and_stand_ins_raise_no_suspicion_of_the_unit(tmp_path):
    net = network(parameter="so2", unit="ug/m3")
    text = co("ug/m3", [0, -999] * 40).replace(",co,", ",so2,")
    assert take(write(tmp_path, text), net=net)[0].accepted == 80


def test_a_suspicion_further_down_says_what_was_taken(tmp_path, monkeypatch):
    monkeypatch.setitem(csv_rows.__kwdefaults__, "block", 2000)
    pm25, second = network().stations[0].channels[0], ChannelSettings("co", "mg/m3")
    net = Network((City("example"),), (Station("park", "example", channels=(pm25, second)),))
    sound = lines(*(f"park,pm25,{1_451_595_600_000 + n * HOUR},{n},ug/m3" for n in range(100)))
    store = MemoryStore()
    with pytest.raises(InputError, match=r"the rows before line (\d+) have been taken") as error:
        take(write(tmp_path, sound + co("mg/m3", [800] * 100).removeprefix(HEADER)), store, net=net)
    assert store.head().seq == int(re.search(r"before line (\d+)", error.value.cause)[1]) - 2


def test_gzip_is_told_by_content(tmp_path):
    path = tmp_path / "file.csv"
    path.write_bytes(gzip.compress(lines("park,pm25,1451595600000,1,ug/m3").encode()))
    assert take(path)[0].accepted == 1


def test_a_gzip_file_that_is_cut_off_is_refused_before_a_row_is_read(tmp_path):
    path = tmp_path / "file.csv.gz"
    rows = [f"park,pm25,{1_451_595_600_000 + n * HOUR},{n * 7919 % 1000},ug/m3" for n in range(5000)]
    path.write_bytes(gzip.compress(lines(*rows).encode())[:-2000])
    with pytest.raises(InputError, match="cut off"):
        take(path)


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(InputError, match="cannot be read: No such file"):
        take(tmp_path / "absent.csv")


INSTANT = dt.datetime(2016, 1, 1, 5, tzinfo=dt.timezone(dt.timedelta(hours=8)))


@pytest.mark.parametrize(
    ("time", "value"),
    [
        (pa.array([INSTANT], pa.timestamp("us", "UTC")), pa.array([1.5])),
        (pa.array([INSTANT], pa.timestamp("ns", "Asia/Shanghai")), pa.array([1.5], pa.float32())),
        (pa.array([INSTANT.replace(tzinfo=None)], pa.timestamp("ms")), pa.array([Decimal("1.50")])),
        (pa.array([1_451_595_600_000]), pa.array(["1.5"])),
        (pa.array(["2016-01-01T05:00:00+08:00"]), pa.array(["1.5"]).dictionary_encode()),
        (pa.array(["2016-01-01 05:00"]).dictionary_encode(), pa.array([1.5])),
    ],
)
@pytest.mark.parametrize("gzipped", [False, True])
def test_parquet_times_and_values_of_any_fitting_type(tmp_path, time, value, gzipped):
    table = pa.table(
        {
            "station": pa.array(["park"]).dictionary_encode(),
            "parameter": pa.array(["PM2.5"], pa.large_string()),
            "time": time,
            "value": value,
            "unit": ["ug/m3"],
            "period": pa.array([3600], pa.int16()),
            "flag": pa.array([None], pa.string()),
        }
    )
    path = tmp_path / "file"
    pq.write_table(table, path)
    if gzipped:
        path.write_bytes(gzip.compress(path.read_bytes()))
    _, store = take(path)
    assert stored(store, "start", "value", "parameter", "device_flag") == [(1_451_592_000_000, 1.5, "pm25", "")]


def test_parquet_rejects_carry_their_row(tmp_path):
    table = pa.table(
        {
            "station": ["park", "park", None, "park"],
            "parameter": ["pm25"] * 4,
            "time": pa.array([1_451_595_600_000, None, 1_451_595_600_000, 1_451_595_600_000]),
            "value": pa.array([None, 1.0, 1.0, float("nan")]),
            "unit": ["ug/m3"] * 4,
        }
    )
    path = tmp_path / "file.parquet"
    pq.write_table(table, path)
    counts, store = take(path)
    assert counts.rejected == 4
    assert [(x.place.rpartition(":")[2], x.reason) for x in store.letters] == [
        ("1", "no value"),
        ("2", "no time"),
        ("3", "unknown channel"),
        ("4", "no value"),
    ]
    assert json.loads(store.letters[1].payload) == {
        "station": "park",
        "parameter": "pm25",
        "time": None,
        "value": 1.0,
        "unit": "ug/m3",
    }


@pytest.mark.parametrize(
    ("column", "array", "text"),
    [
        ("time", pa.array([1.5]), "column time has the type double"),
        ("value", pa.array([True]), "column value has the type bool"),
        ("station", pa.array([["a"]]), "column station has the type list"),
    ],
)
def test_parquet_columns_of_types_that_cannot_be_are_refused(tmp_path, column, array, text):
    columns = {"station": ["park"], "parameter": ["pm25"], "time": [1], "value": [1.0], "unit": ["ug/m3"]}
    path = tmp_path / "file.parquet"
    pq.write_table(pa.table({**columns, column: array}), path)
    with pytest.raises(InputError, match=text):
        take(path)


def test_a_damaged_parquet_file_is_refused(tmp_path):
    path = tmp_path / "file.parquet"
    path.write_bytes(b"PAR1 and then nothing of the kind")
    with pytest.raises(InputError, match="not a whole Parquet file"):
        take(path)


def test_an_import_that_was_cut_off_is_repeated(tmp_path, monkeypatch):
    """What was committed before a crash is recognised; the rest is taken; nothing is lost or twice."""
    monkeypatch.setitem(csv_rows.__kwdefaults__, "block", 400)
    rows = [f"park,pm25,{1_451_595_600_000 + n * HOUR},{n},ug/m3" for n in range(100)]
    path = write(tmp_path, lines(*rows))
    store, counts = MemoryStore(), Counts()

    def crash() -> None:
        if store.head().seq > 30:
            raise KeyboardInterrupt

    importer = Importer(store, network(), Declaration(), FakeClock(NOW), committed=crash)
    with pytest.raises(KeyboardInterrupt):
        importer.take(open_files([path]).files[0], counts)
    before = store.head().seq
    assert 30 < before < 100
    again, _ = take(path, store)
    assert (again.duplicates, again.accepted) == (before, 100 - before)
    assert sorted(value for (value,) in stored(store, "value")) == list(range(100))


def test_the_real_store_keeps_what_memory_keeps(tmp_path):
    rows = [f"park,pm25,{1_451_595_600_000 + n * HOUR},{n},ug/m3" for n in range(20)]
    path = write(tmp_path, lines(*rows, "park,pm25,x,1,ug/m3", rows[3], rows[4].replace(",4,", ",5,")))
    counts, memory = take(path)
    with EmbeddedStore(tmp_path, writer=True, clock=FakeClock(NOW)) as store:
        assert take(path, store)[0] == counts
        assert stored(store, "start", "value", "flags", "source") == stored(memory, "start", "value", "flags", "source")
        assert [letter for _, letter in store.dead_letters()] == memory.letters
        store.seal()
        again, _ = take(path, store)
        assert (again.duplicates, again.rejected, again.accepted) == (22, 1, 0)

"""Canonical files of water and wastewater: what laboratories and water works send."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from collector.files.channels import Declaration
from collector.importer import Counts, Importer, open_files
from collector.registration import Registrar
from qualicity.model import Qualifier, Statistic
from qualicity.network import ChannelSettings, City, Network, Station, Water
from qualicity.network_file import site_network
from qualicity.periods import LAW_ZONE
from qualicity.settings import Settings
from qualicity.testing import FakeClock, MemoryStore

NOW = 1_467_331_200_000  # 2016-07-01T00:00:00Z
HEADER = "station,parameter,time,value,unit"
DAY = 86_400
BELOW, ABOVE = Qualifier.BELOW, Qualifier.ABOVE

NETWORK = Network(
    (City("c"),),
    (
        Station(
            "lake", "c", medium="water", purpose="source", water=Water(body="reservoir"), channels=(
                ChannelSettings("nh3n", "mg/L", expected_interval=14_400),
                ChannelSettings("nh3n", "mg/L", poc=2, sampling="manual", expected_interval=31 * DAY),
                ChannelSettings("hg", "mg/L", sampling="manual", expected_interval=31 * DAY),
                ChannelSettings("pb", "mg/L", sampling="manual", expected_interval=31 * DAY, range=(0, 0.5)),
                ChannelSettings("fc", "count/L", sampling="manual", expected_interval=31 * DAY),
                ChannelSettings("abstraction_volume", "m3", sampling="manual", expected_interval=31 * DAY),
            ),
        ),
        Station(
            "works", "c", medium="wastewater", purpose="outlet", channels=(
                ChannelSettings("sewage_volume", "m3", expected_interval=DAY),
                ChannelSettings("cod", "mg/L", label="end"),
            ),
        ),
        Station("park", "c", channels=(ChannelSettings("so2", "ug/m3"),)),
    ),
)  # fmt: skip


def take(folder: Path, *rows: str, header: str = HEADER, **declaration) -> tuple[Counts, MemoryStore]:
    path = folder / "file.csv"
    path.write_text("".join(f"{row}\n" for row in (header, *rows)), encoding="utf-8")
    store, counts = MemoryStore(), Counts()
    Importer(store, NETWORK, Declaration(**declaration), FakeClock(NOW)).take(open_files([path]).files[0], counts)
    return counts, store


def stored(store: MemoryStore, *columns: str) -> list[tuple]:
    return [tuple(row[name] for name in columns) for rows in store.tail(0) for row in rows.rows()]


def local(text: str) -> int:
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=LAW_ZONE).timestamp()) * 1000


@pytest.mark.parametrize(
    ("written", "value", "qualifier", "limit"),
    [
        ("0.00004", 0.00004, 0, None),
        ("<0.00004", 0.00004, BELOW, 0.00004),
        ("< 0.00004", 0.00004, BELOW, 0.00004),
        ("\N{FULLWIDTH LESS-THAN SIGN}0.00004", 0.00004, BELOW, 0.00004),
        ("0.00004L", 0.00004, BELOW, 0.00004),
        ("4e-5L", 0.00004, BELOW, 0.00004),
        (">24000", 24000.0, ABOVE, None),
        ("0", 0.0, 0, None),
    ],
)
def test_below_the_detection_limit_is_a_reading_with_a_qualifier(tmp_path, written, value, qualifier, limit):
    """Neither 0 nor dropped: trap 8 of the domain's list."""
    counts, store = take(tmp_path, f"lake,hg,2016-01-05T10:00:00+08:00,{written},mg/L")
    assert counts.accepted == 1
    (row,) = stored(store, "value", "qualifier", "detection_limit", "unit")
    assert row[:2] == (value, qualifier)
    assert math.isnan(row[2]) if limit is None else row[2] == limit


@pytest.mark.parametrize(
    ("cells", "value", "qualifier", "limit"),
    [
        ("ND,,0.01", 0.01, BELOW, 0.01),
        ("n.d.,,0.01", 0.01, BELOW, 0.01),
        ("未检出,<,0.01", 0.01, BELOW, 0.01),
        (",<,0.01", 0.01, BELOW, 0.01),
        ("0.02,<,", 0.02, BELOW, 0.02),
        ("<0.02,<,0.01", 0.02, BELOW, 0.01),
        ("0.5,,0.01", 0.5, 0, 0.01),
        ("5,>,", 5.0, ABOVE, None),
    ],
)
def test_qualifier_and_detection_limit_may_have_columns_of_their_own(tmp_path, cells, value, qualifier, limit):
    header = f"{HEADER},qualifier,detection_limit"
    amount, *others = cells.split(",")
    _, store = take(tmp_path, f"lake,hg,2016-01-05,{amount},mg/L,{','.join(others)}", header=header)
    (row,) = stored(store, "value", "qualifier", "detection_limit")
    assert row[:2] == (value, qualifier)
    assert math.isnan(row[2]) if limit is None else row[2] == limit


@pytest.mark.parametrize(
    ("row", "reason", "said"),
    [
        ("lake,hg,2016-01-05,ND,mg/L,,", "no value", "'ND': nothing was detected, but no detection_limit says"),
        ("lake,hg,2016-01-05,,mg/L,<,", "no value", "no detection_limit says below what"),
        ("lake,hg,2016-01-05,,mg/L,,", "no value", "the value is blank"),
        ("lake,hg,2016-01-05,,mg/L,,0.01", "no value", "the value is blank"),
        ("lake,hg,2016-01-05,<-1,mg/L,,", "no value", "'<-1' is not a decimal number"),
        ("lake,hg,2016-01-05,<0,mg/L,,", "no value", "'<0' is not a decimal number"),
        ("lake,hg,2016-01-05,0.01 l,mg/L,,", "no value", "is not a decimal number"),
        ("lake,hg,2016-01-05,1,mg/L,~,", "bad field", "qualifier '~' cannot be one"),
        ("lake,hg,2016-01-05,<1,mg/L,>,", "bad field", "value '<1' and qualifier '>' disagree"),
        ("lake,hg,2016-01-05,ND,mg/L,,0", "bad field", "detection_limit '0' cannot be one"),
        ("lake,hg,2016-01-05,ND,mg/L,,<1", "bad field", "detection_limit '<1' cannot be one"),
        ("lake,hg,2016-02-30,1,mg/L,,", "no time", "'2016-02-30' is none"),
        ("works,cod,2016-01-05,1,mg/L,,", "no time", "'2016-01-05' is none"),
        ("park,so2,2016-01-05 01:00,<4,ug/m3,,", "no value", "'<4' is not a decimal number"),
        ("park,so2,2016-01-05 01:00,4,ug/m3,<,", "no value", "'4' is not a decimal number"),
        ("park,so2,2016-01-05 01:00,ND,ug/m3,,", "no value", "'ND' is not a decimal number"),
        ("lake,abstraction_volume,2016-01-15,1,m3,,", "bad field", "not where a month begins or ends"),
        ("lake,abstraction_volume,2016-01-01,1,mg/L,,", "wrong unit", "is not a unit of abstraction_volume"),
    ],
)
def test_rows_that_are_no_readings_say_why(tmp_path, row, reason, said):
    counts, store = take(tmp_path, row, header=f"{HEADER},qualifier,detection_limit")
    assert (counts.read, counts.rejected) == (1, 1)
    assert (store.letters[0].reason, store.letters[0].payload) == (reason, row.encode())
    assert said in store.letters[0].detail


def test_below_a_limit_contradicts_the_number_itself(tmp_path):
    """`<0.01` and 0.01 are two statements: a conflict; `0.01L` says again what `<0.01` says."""
    counts, _ = take(tmp_path, *(f"lake,hg,2016-01-05,{cell},mg/L" for cell in ("<0.01", "0.01L", "0.01")))
    assert (counts.accepted, counts.duplicates, counts.conflicts) == (1, 1, 1)


def test_periods_are_those_of_the_channel(tmp_path):
    """4 h of an automatic station, an instant of a sample, a day of a day's volume."""
    _, store = take(
        tmp_path,
        "lake,nh3n,2016-01-05 04:00,0.1,mg/L,,",
        "lake,nh3n,2016-01-05 04:00,0.1,mg/L,2,",
        "lake,nh3n,2016-01-05,0.2,mg/L,2,",
        "works,sewage_volume,2016-01-05,900,m3,,",
        "works,cod,2016-01-05 04:00,30,mg/L,,",
        "lake,nh3n,2016-01-06 04:00,0.1,mg/L,,0",
        header=f"{HEADER},poc,period",
    )
    found = stored(store, "parameter", "poc", "start", "period", "statistic")
    mean, value, total = Statistic.MEAN, Statistic.VALUE, Statistic.TOTAL
    assert found == [
        ("nh3n", 1, local("2016-01-05T04:00"), 14_400, mean),
        ("nh3n", 2, local("2016-01-05T04:00"), 0, value),
        ("nh3n", 2, local("2016-01-05T00:00"), 0, value),
        ("sewage_volume", 1, local("2016-01-05T00:00"), DAY, total),
        ("cod", 1, local("2016-01-05T03:00"), 3600, mean),
        ("nh3n", 1, local("2016-01-06T04:00"), 0, value),
    ]


@pytest.mark.parametrize(
    ("label", "time", "month", "days"),
    [
        ("begin", "2016-02-01", "2016-02-01", 29),
        ("begin", "2015-02-01 00:00", "2015-02-01", 28),
        ("begin", "2015-12-31T16:00:00Z", "2016-01-01", 31),
        ("end", "2016-03-01", "2016-02-01", 29),
        ("end", "2016-02-29 24:00", "2016-02-01", 29),
        ("end", "2016-01-01", "2015-12-01", 31),
    ],
)
def test_a_months_volume_is_the_total_of_its_month(tmp_path, label, time, month, days):
    counts, store = take(tmp_path, f"lake,abstraction_volume,{time},1234567.5,m3", label=label)
    assert counts.accepted == 1
    assert stored(store, "start", "period", "statistic", "value") == [
        (local(month), days * DAY, Statistic.TOTAL, 1234567.5)
    ]


def test_a_stated_period_and_statistic_stand(tmp_path):
    row = f"lake,abstraction_volume,2016-01-15,50,m3,{10 * DAY},total"
    _, store = take(tmp_path, row, header=f"{HEADER},period,statistic")
    assert stored(store, "start", "period", "statistic") == [(local("2016-01-15"), 10 * DAY, Statistic.TOTAL)]


def test_a_range_is_meant_in_the_channels_unit_in_water(tmp_path):
    """Lead has another canonical unit in air."""
    _, store = take(tmp_path, "lake,pb,2016-01-05,499,ug/L", "lake,pb,2016-01-06,501,ug/L")
    assert [bool(flags) for (flags,) in stored(store, "flags")] == [False, True]


def test_parquet_brings_limits_as_numbers_and_values_as_texts(tmp_path):
    path = tmp_path / "file.parquet"
    table = pa.table({
        "station": ["lake", "lake"], "parameter": ["hg", "hg"], "unit": ["mg/L", "mg/L"], "value": ["ND", "0.02"],
        "time": pa.array([local("2016-01-05"), local("2016-01-06")], pa.timestamp("ms", "UTC")),
        "detection_limit": pa.array([0.01, None], pa.float64()),
    })  # fmt: skip
    pq.write_table(table, path)
    store, counts = MemoryStore(), Counts()
    Importer(store, NETWORK, Declaration(), FakeClock(NOW)).take(open_files([path]).files[0], counts)
    assert stored(store, "value", "qualifier") == [(0.01, BELOW), (0.02, 0)]


def registered(folder: Path, *rows: str, header: str = HEADER, **declaration) -> tuple[Counts, Network]:
    path = folder / "file.csv"
    path.write_text("".join(f"{row}\n" for row in (header, *rows)), encoding="utf-8")
    declared = Declaration(**{"label": "begin", **declaration})

    def reload() -> Network:
        return site_network(folder, Settings())

    counts = Counts()
    registrar = Registrar(folder, reload(), declared, reload, lambda _: None)
    importer = Importer(MemoryStore(), reload(), declared, FakeClock(NOW), registrar=registrar)
    importer.take(open_files([path]).files[0], counts)
    return counts, reload()


def test_sources_are_made_on_rivers_with_channels_of_samples(tmp_path):
    counts, network = registered(
        tmp_path, "east,nh3n,2016-01-05,<0.02,mg/L,", "east,ph,2016-01-05 08:00,7.2,pH,14400",
        "east,abstraction_volume,2016-01-01,5.5,万m3,", header=f"{HEADER},period", medium="water",
    )  # fmt: skip
    assert counts.accepted == 3
    (station,) = network.stations
    assert (station.medium, station.purpose, station.water) == ("water", "source", Water())
    assert [(one.parameter, one.sampling, one.expected_interval) for one in station.channels] == [
        ("nh3n", "manual", 31 * DAY),
        ("ph", "automatic", 14_400),
        ("abstraction_volume", "manual", 31 * DAY),
    ]


def test_the_same_file_again_is_known(tmp_path):
    """What was made takes the rows as they were taken when it was made."""
    rows = ["east,nh3n,2016-01-05,<0.02,mg/L", "east,abstraction_volume,2016-01-01,5,m3"]
    (tmp_path / "file.csv").write_text("".join(f"{row}\n" for row in (HEADER, *rows)), encoding="utf-8")
    store, counts = MemoryStore(), Counts()
    declared = Declaration(label="begin", medium="water")
    for _ in range(2):
        network = site_network(tmp_path, Settings())
        registrar = Registrar(tmp_path, network, declared, lambda: site_network(tmp_path, Settings()), lambda _: None)
        importer = Importer(store, network, declared, FakeClock(NOW), registrar=registrar)
        importer.take(open_files([tmp_path / "file.csv"]).files[0], counts)
    assert (counts.accepted, counts.duplicates) == (2, 2)


def test_rows_for_another_medium_register_nothing(tmp_path):
    """Nothing is written to the network that the network would refuse."""
    counts, network = registered(tmp_path, "east,pm25,2016-01-05 01:00,3,ug/m3", medium="water")
    assert (counts.rejected, network) == (1, Network())
    counts, network = registered(tmp_path, "park,so2,2016-01-05 01:00,<3,ug/m3", "park,so2,2016-01-05,3,ug/m3")
    assert (counts.rejected, network) == (2, Network())


def test_a_registered_station_gains_no_channel_of_another_medium(tmp_path):
    registered(tmp_path, "east,nh3n,2016-01-05,1,mg/L", medium="water")
    counts, network = registered(tmp_path, "east,cod,2016-01-05 01:00,1,mg/L", medium="wastewater")
    assert counts.rejected == 1
    assert [one.parameter for one in network.station_by_id["east"].channels] == ["nh3n"]

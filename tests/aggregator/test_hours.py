"""From rows to hours: what arrived, however it arrived, is one grid with flags."""

from __future__ import annotations

import datetime as dt
import os
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.grid import encode
from aggregator.hours import build_hours
from aggregator.offline_verify import hours_of
from qualicity.checks import default_rules
from qualicity.flags import Flag
from qualicity.model import Mark, Observations, Qualifier, Registry, Statistic
from qualicity.network import ChannelSettings, Station
from qualicity.periods import DAY_MS, HOUR_MS, day_start

FIRST = dt.date(2016, 3, 1)
START = day_start(FIRST)
ITEMS = ("so2", "no2", "pm10", "pm25", "co", "o3")
MINUTES = (45, 45, None, None, 45, 45)
STATIONS = (Station("a", "c"), Station("b", "c"))
EXAMPLES = int(os.environ.get("QUALICITY_EXAMPLES", "60"))


def _rows(item, start, values, *, station="a", unit="ug/m3", **columns):
    """Return rows of one channel, an hour each unless a period is given."""
    step = columns.pop("step", 3600) * 1000
    registry = Registry()
    return Observations.build(
        registry, len(values), station=station, parameter=item, unit=unit, value=np.asarray(values, float),
        start=start + step * np.arange(len(values)),
        **{"period": 3600, "statistic": Statistic.MEAN, **columns},
    )  # fmt: skip


def _join(*tables):
    registry = Registry()
    from qualicity.store.codec import recode

    return Observations.concatenate([recode(table, registry) for table in tables], registry)


def _hours(*tables, stations=STATIONS, days=1, first=FIRST, marks=()):
    parts = [_join(*tables)] if tables else []
    return build_hours(parts, stations, ITEMS, first, days, min_minutes=MINUTES, rules=default_rules(), marks=marks)


def _value(hours, item, hour=0, station=0):
    return hours.value[station, ITEMS.index(item), 0, hour]


def _flags(hours, item, hour=0, station=0):
    return Flag(int(hours.flags[station, ITEMS.index(item), 0, hour]))


def test_hours_of_the_civil_day():
    """Hour 0 is 00:00 to 01:00 at +08:00, label 01; the hour before and the one after are other days'."""
    hours = _hours(_rows("so2", START - HOUR_MS, np.arange(26.0) + 10))

    assert hours.value[0, 0, 0].tolist() == [float(n) for n in range(11, 35)]
    assert not hours.observed[1].any()


@pytest.mark.parametrize(
    ("unit", "value", "canonical"),
    [
        ("mg/m3", 0.0352, 35.2),
        ("ug/m3", 35.2, 35.2),
        ("ng/m3", 35200, 35.2),
        ("ug/m3", 0.12345, 0.1234),
        ("ug/m3", 0.12355, 0.1236),
    ],
)
def test_units_are_converted_to_decimals(unit, value, canonical):
    """To four decimals, half to even."""
    hours = _hours(_rows("pm25", START, [value], unit=unit))

    assert _value(hours, "pm25") == canonical


def test_carbon_monoxide_in_micrograms():
    """As the UCI data have it."""
    hours = _hours(_rows("co", START, [1300.0], unit="ug/m3"))
    assert _value(hours, "co") == 1.3
    assert hours.decimals[ITEMS.index("co")] == 1


@pytest.mark.parametrize(("count", "present"), [(44, False), (45, True), (46, True), (60, True)])
@pytest.mark.parametrize("item", ["so2", "pm25"])
def test_an_hour_of_minutes_needs_45_of_them(item, count, present):
    """The law for gases; the project's default for particles."""
    hours = _hours(_rows(item, START, np.arange(float(count)), period=60, step=60))

    assert (not np.isnan(_value(hours, item))) is present
    assert hours.observed[0, ITEMS.index(item), 0, 0]
    if present:
        assert _value(hours, item) == round((count - 1) / 2, 4)


def test_finer_readings_weigh_by_the_time_they_stand_for():
    """Thirty minutes of 10 and three times ten minutes of 40 are 25."""
    hours = _hours(
        _rows("so2", START, [10.0], period=1800), _rows("so2", START + 1_800_000, [40.0] * 3, period=600, step=600)
    )
    assert _value(hours, "so2") == 25.0


def test_instantaneous_readings_stand_for_their_channels_interval():
    """Nine of twelve five-minute readings are 45 minutes."""
    station = (Station("a", "c", channels=(ChannelSettings("so2", "ug/m3", expected_interval=300),)),)
    for count, present in ((8, False), (9, True)):
        rows = _rows("so2", START, [7.0] * count, period=0, step=300, statistic=Statistic.VALUE)
        assert (not np.isnan(_hours(rows, stations=station).value[0, 0, 0, 0])) is present


def test_an_hours_own_row_beats_finer_readings():
    """Whichever came first."""
    own, finer = _rows("so2", START, [50.0]), _rows("so2", START, [10.0] * 60, period=60, step=60)

    assert _value(_hours(own, finer), "so2") == _value(_hours(finer, own), "so2") == 50.0


def test_rows_that_are_no_part_of_an_hour_are_counted():
    """Days, hours off the hour, extremes: never silently."""
    hours = _hours(
        _rows("so2", START, [1.0], period=86_400),
        _rows("so2", START + 1_800_000, [1.0]),
        _rows("so2", START, [1.0], statistic=Statistic.MAX),
        _rows("so2", START, [1.0], unit="degC"),
    )
    assert dict(hours.skipped) == {
        "a unit that cannot be converted": 1, "an hour that does not begin on the hour": 1, "longer than an hour": 1,
        "not a mean": 1,
    }  # fmt: skip
    assert not hours.observed.any()


@pytest.mark.parametrize(
    ("text", "valid", "flag"),
    [
        ("", True, Flag(0)),
        ("N", True, Flag(0)),
        ("D", False, Flag.DEVICE),
        ("C", False, Flag.DEVICE),
        ("M", False, Flag.DEVICE),
        ("F", False, Flag.DEVICE),
        ("B", False, Flag.DEVICE),
        ("T", True, Flag.DEVICE_REMARK),
        ("S", True, Flag.DEVICE_REMARK),
        ("?", True, Flag.DEVICE_REMARK),
    ],
)
def test_flags_of_devices(text, valid, flag):
    """HJ 212-2017 table 8; an unknown text is neither dropped nor passed over."""
    hours = _hours(_rows("so2", START, [5.0], device_flag=text))

    assert (not np.isnan(_value(hours, "so2"))) is valid
    assert _flags(hours, "so2") == flag


def test_sentinels_and_impossible_values_take_no_part():
    """What the collector flagged, and what lies below zero by more than noise."""
    hours = _hours(
        _rows("so2", START, [-999.0], flags=int(Flag.SENTINEL)), _rows("no2", START, [-5.0]), _rows("o3", START, [-5.1])
    )
    assert np.isnan(_value(hours, "so2"))
    assert _value(hours, "no2") == -5.0
    assert np.isnan(_value(hours, "o3"))
    assert Flag.IMPOSSIBLE in _flags(hours, "o3")


@pytest.mark.parametrize(
    ("parameter", "status", "covered"),
    [
        ("so2", "open", True),
        ("*", "approved", True),
        ("so2", "revoked", False),
        ("so2", "lapsed", False),
        ("no2", "open", False),
    ],
)
def test_marks_cover_readings_that_start_within(parameter, status, covered):
    """From inclusive, to exclusive; only while they count."""
    mark = Mark("m", "a", parameter, START + HOUR_MS, START + 3 * HOUR_MS, "fault", "w", "y", "", 0, status, 0)

    hours = _hours(_rows("so2", START, [5.0] * 4), marks=[mark])

    expected = [False, covered, covered, False]
    assert [bool(np.isnan(_value(hours, "so2", hour))) for hour in range(4)] == expected
    assert [Flag.MARKED in _flags(hours, "so2", hour) for hour in range(4)] == expected


def test_a_mark_over_one_reading():
    """The last one, from its start on."""
    mark = Mark("m", "a", "so2", START + HOUR_MS, START + HOUR_MS + 1, "fault", "w", "y", "", 0, "open", 0)

    hours = _hours(_rows("so2", START, [5.0] * 2), marks=[mark])

    assert [Flag.MARKED in _flags(hours, "so2", hour) for hour in range(2)] == [False, True]


def test_rows_beyond_the_margin_are_left_alone():
    """Callers may give more: it changes nothing, of this item or of the next one in the grid."""
    far = [
        _rows(item, START + hours * HOUR_MS, [9.0], station=station)
        for station in ("a", "b")
        for item in ITEMS
        for hours in (-25, 48, 49)
    ]

    hours = _hours(*far)

    assert not hours.observed.any()
    assert not hours.flags.any()


def test_the_seq_of_an_hour_is_the_greatest_behind_it():
    """Of finer readings; of the hour's own row where there is one; 0 where nothing came."""
    minutes = _rows("so2", START, [10.0] * 60, period=60, step=60, seq=np.arange(100, 160))
    own = _rows("so2", START, [10.0], seq=7)

    assert _hours(minutes).seq[0, 0, 0, :2].tolist() == [159, 0]
    assert _hours(minutes, own).seq[0, 0, 0, 0] == 7


def test_of_two_instruments_the_lowest_code_is_assessed():
    """As the network declares them."""
    channels = (ChannelSettings("so2", "ug/m3", poc=3), ChannelSettings("so2", "ug/m3", poc=2))
    hours = _hours(
        _rows("so2", START, [1.0], poc=1), _rows("so2", START, [2.0], poc=2), _rows("so2", START, [3.0], poc=3),
        stations=(Station("a", "c", channels=channels),),
    )  # fmt: skip
    assert hours.value[0, 0, 0, 0] == 2.0


def _weeks(seed=3):
    dice = np.random.default_rng(seed)
    tables = []
    for station in [f"s{n}" for n in range(6)]:
        for item in ITEMS:
            values = dice.integers(0, 200, 24 * 9).astype(float)
            values[dice.integers(0, len(values), 6)] += 700
            values[50:62] = 33
            tables.append(_rows(item, START - DAY_MS, values, station=station))
    return _join(*tables), tuple(Station(f"s{n}", "c") for n in range(6))


def test_a_day_is_the_same_alone_and_within_a_longer_run():
    """Flags that look around included, because callers read a day more on both sides."""
    rows, stations = _weeks()
    whole = _hours(rows, stations=stations, days=7)
    for day in range(7):
        inside = (rows["start"] >= START + (day - 1) * DAY_MS) & (rows["start"] < START + (day + 2) * DAY_MS)
        one = _hours(rows.take(inside), stations=stations, first=FIRST + dt.timedelta(day))
        assert np.array_equal(one.value[:, :, 0], whole.value[:, :, day], equal_nan=True)
        assert np.array_equal(one.flags[:, :, 0], whole.flags[:, :, day])


def test_order_and_chunks_change_nothing():
    """Any order, any cut, any duplicates."""
    rows, stations = _weeks()
    expected = _hours(rows, stations=stations, days=7)
    dice = np.random.default_rng(8)
    order = np.concatenate([dice.permutation(len(rows)), dice.integers(0, len(rows), 300)])
    parts = [rows.take(part) for part in np.array_split(order, 7)]

    again = build_hours(parts, stations, ITEMS, FIRST, 7, min_minutes=MINUTES, rules=default_rules())

    assert np.array_equal(again.value, expected.value, equal_nan=True)
    assert np.array_equal(again.flags, expected.flags)
    assert (again.duplicates, again.conflicts) == (300, 0)


@pytest.mark.parametrize("value", [1e12, 1e300, -1e300, 1_000_000.1])
@pytest.mark.parametrize("period", [3600, 60])
def test_an_absurd_number_is_flagged_and_stops_nothing(value, period):
    """What no air can hold never reaches the sums of the law, which have their bounds."""
    hours = _hours(_rows("so2", START, [value] * 60, period=period, step=period), _rows("no2", START, [1e6]))

    assert Flag.IMPOSSIBLE in _flags(hours, "so2")
    assert np.isnan(_value(hours, "so2"))
    assert hours.observed[0, 0, 0, 0]
    assert _value(hours, "no2") == 1e6
    encode(hours.value, (4,) * len(ITEMS))


def test_an_undeclared_stand_in_among_minutes_does_not_vanish_in_the_mean():
    """Fifty minutes of 20 and ten of -999 are an hour of 20."""
    values = [20.0] * 50 + [-999.0] * 10

    hours = _hours(_rows("so2", START, values, period=60, step=60))

    assert _value(hours, "so2") == 20.0
    assert _flags(hours, "so2") == Flag(0)


def test_the_same_half_hour_twice_is_half_an_hour():
    """Minutes and five minutes beside each other: the law asks for time, not for readings."""
    minutes, fives = (
        _rows("so2", START, [10.0] * 30, period=60, step=60),
        _rows("so2", START, [10.0] * 6, period=300, step=300),
    )

    assert np.isnan(_value(_hours(minutes, fives), "so2"))
    assert (
        _value(_hours(minutes, fives, _rows("so2", START + 1_800_000, [10.0] * 15, period=60, step=60)), "so2") == 10.0
    )


def test_a_mean_over_the_hours_end_counts_for_the_hour_in_which_it_begins():
    """Twenty minutes from 00:50 are ten minutes of that hour, and nothing of the next, nor of the next day."""
    hours = _hours(_rows("so2", START + 600_000, [10.0, 20.0, 40.0], period=1200, step=1200))

    assert _value(hours, "so2") == 20.0  # (20 * 10 + 20 * 20 + 10 * 40) / 50
    assert not hours.observed[0, 0, 0, 1]


@pytest.mark.parametrize("interval", [3600, 7200])
def test_an_instantaneous_reading_an_hour_is_an_hour(interval):
    """At half past, for a channel that is read hourly or less often; it says nothing of other hours."""
    station = (Station("a", "c", channels=(ChannelSettings("so2", "ug/m3", expected_interval=interval),)),)

    rows = _rows("so2", START + 1_800_000, [7.0, 8.0], period=0, statistic=Statistic.VALUE)

    hours = _hours(rows, stations=station)

    assert hours.value[0, 0, 0, :2].tolist() == [7.0, 8.0]
    assert hours.observed.sum() == 2


def test_the_interval_is_that_of_the_assessed_instrument():
    """Of two instruments, whatever the order in which the network names them."""
    channels = [ChannelSettings("so2", "ug/m3", poc=poc, expected_interval=n) for poc, n in ((1, 300), (2, 3600))]
    rows = _rows("so2", START, [7.0] * 8, period=0, step=300, statistic=Statistic.VALUE)
    for order in (channels, channels[::-1]):
        assert np.isnan(_value(_hours(rows, stations=(Station("a", "c", channels=tuple(order)),)), "so2"))


@pytest.mark.parametrize("qualifier", list(Qualifier))
def test_a_value_below_the_detection_limit_counts_as_given(qualifier):
    """Codes 2 and 3 of EIONET are valid: without them the low hours would be missing."""
    hours = _hours(_rows("so2", START, [1.0], qualifier=int(qualifier), detection_limit=2.0))

    assert _value(hours, "so2") == 1.0


def test_of_several_statistics_the_mean_counts():
    """Whichever came first."""
    mean, value = _rows("so2", START, [5.0]), _rows("so2", START, [9.0], statistic=Statistic.VALUE)

    assert _value(_hours(mean, value), "so2") == _value(_hours(value, mean), "so2") == 5.0


@pytest.mark.parametrize(("flag", "again", "valid", "flags"), [
    ("N", "D", True, Flag.CONFLICT), ("N", "T", True, Flag.DEVICE_REMARK), ("D", "C", False, Flag.DEVICE),
    ("N", "", True, Flag(0)),
])  # fmt: skip
def test_equal_values_with_another_flag_of_the_device(flag, again, valid, flags):
    """Decided by what is said, not by what came first."""
    tables = [_rows("so2", START, [5.0], device_flag=text) for text in (flag, again)]

    for order in (tables, tables[::-1]):
        hours = _hours(*order)
        assert _value(hours, "so2") == 5.0 or not valid
        assert (not np.isnan(_value(hours, "so2"))) is valid
        assert _flags(hours, "so2") == flags


@pytest.mark.parametrize("day", [dt.date(1986, 5, 4), dt.date(1991, 9, 15), dt.date(1970, 1, 1), dt.date(1960, 2, 29)])
def test_the_law_knows_no_summer_time(day):
    """Days are +08:00 also where Chinese clocks were advanced, and before 1970."""
    start = int(dt.datetime(day.year, day.month, day.day, tzinfo=dt.timezone(dt.timedelta(hours=8))).timestamp()) * 1000

    hours = _hours(_rows("so2", start - HOUR_MS, np.arange(26.0)), first=day)

    assert hours.value[0, 0, 0].tolist() == [float(n) for n in range(1, 25)]


def test_nothing_gives_an_empty_grid():
    """No rows, no stations."""
    assert not _hours().observed.any()
    assert _hours(_rows("so2", START, [1.0]), stations=()).value.shape == (0, 6, 1, 24)


READING = st.fixed_dictionaries({
    "station": st.sampled_from(["a", "b"]), "parameter": st.sampled_from(["so2", "pm25"]), "hour": st.integers(0, 2),
    "begin": st.sampled_from([0, 0, 0, 600, 900, 1800, 2700, 3540]),
    "period": st.sampled_from([0, 600, 1800, 2699, 3600, 3600, 7200]),
    "statistic": st.sampled_from([Statistic.MEAN, Statistic.MEAN, Statistic.VALUE]),
    "value": st.sampled_from([-6.0, -5.0, -0.0, 0.0, 7.5, 0.00005, 20.0, 35.25, 999.0, 9999.0, 2e6]),
    "unit": st.sampled_from(["ug/m3", "mg/m3"]), "device_flag": st.sampled_from(["", "", "N", "D", "T"]),
    "grade": st.integers(0, 1), "revision": st.integers(0, 1),
})  # fmt: skip
RULES = {
    "possible": {name: ["-5", "1000000"] for name in ITEMS}, "interval": {"a/so2": 900, "b/pm25": 1800},
    "min_minutes": dict.fromkeys(ITEMS, 45),
}  # fmt: skip
NETWORK = (
    Station("a", "c", channels=(ChannelSettings("so2", "ug/m3", expected_interval=900),)),
    Station("b", "c", channels=(ChannelSettings("pm25", "ug/m3", expected_interval=1800),)),
)


def _table(readings, registry):
    """Return readings as rows whose texts are coded in the order in which they come."""
    columns = {name: [reading[name] for reading in readings] for name in readings[0]}
    for name in ("station", "parameter", "unit", "device_flag"):
        columns[name] = np.asarray([registry.code(text) for text in columns[name]])
    start = START + HOUR_MS * np.asarray(columns.pop("hour")) + 1000 * np.asarray(columns.pop("begin"))
    return Observations.build(registry, len(readings), start=start, seq=np.arange(1, len(readings) + 1), **columns)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(READING, min_size=1, max_size=25), st.randoms(use_true_random=False))
def test_the_auditors_script_finds_the_same_hours_in_any_order_and_cut(readings, dice):
    """Which shares no code with the grid; readings come twice, in any order, in any chunks, with other codes."""
    rows = [
        {name: str(value) for name, value in reading.items()} | {
            "start": str(START + HOUR_MS * reading["hour"] + 1000 * reading["begin"]),
            "statistic": reading["statistic"].name, "grade": str(int(reading["grade"])),
            "canonical": str(round(Decimal(str(reading["value"])) * (1000 if reading["unit"] == "mg/m3" else 1), 4)),
            "invalid": "1" if reading["device_flag"] == "D" else "0",
        }
        for reading in readings
    ]  # fmt: skip
    slow = hours_of(rows, RULES)
    expected = np.full((2, 6, 1, 24), np.nan)
    for (station, parameter), found in slow.items():
        for hour, value in found.items():
            expected["ab".index(station), ITEMS.index(parameter), 0, hour - START // HOUR_MS] = (
                np.nan if value is None else value
            )

    shuffled = readings * 2
    dice.shuffle(shuffled)
    cut = dice.randrange(len(shuffled))
    registry = Registry(["", *dice.sample(["a", "b", "so2", "pm25", "D", "T", "x"], 7)])
    parts = [_table(part, registry) for part in (shuffled[:cut], shuffled[cut:]) if part]
    once, twice = (
        build_hours(tables, NETWORK, ITEMS, FIRST, 1, min_minutes=MINUTES, rules=default_rules())
        for tables in ([_table(readings, Registry())], parts)
    )
    assert np.array_equal(once.value, expected, equal_nan=True)
    assert once.value.tobytes() == twice.value.tobytes()
    assert once.flags.tobytes() == twice.flags.tobytes()
    assert once.conflicts == twice.conflicts
    assert once.skipped == twice.skipped

"""Packets against the network: period, time, unit, flag and grade of each row, and the reasons of dead letters."""

from __future__ import annotations

import datetime as dt
import math

import pytest

from collector.deadletter import Reason
from collector.hj212.build import stamp, stamp_ms
from collector.hj212.decode import Decoder, label_of, produced_at
from collector.hj212.earlier import Earlier
from collector.hj212.segment import parse
from collector.writer import table
from qualicity.flags import Flag
from qualicity.model import Grade, Observations, Qualifier, Registry, Statistic
from qualicity.network import ChannelSettings, City, Logger, Network, Station
from qualicity.periods import HOUR_MS, LAW_ZONE

MN = "010000A8900016F000169DC0"
CHANNELS = {"flow": "L/s", "ph": "1", "cod": "mg/L", "cd": "mg/L", "tp": "mg/L", "nh3n": "mg/L"}


def at(*parts):
    return int(dt.datetime(*parts, tzinfo=LAW_ZONE).timestamp()) * 1000


DAY = "20160801080000"
T = at(2016, 8, 1, 8)
NOW = T + 2 * HOUR_MS


class Gateway:
    """A decoder with one logger, fed with segments."""

    def __init__(self, channel=None, **logger):
        declared = (
            *(ChannelSettings(name, unit, **(channel or {})) for name, unit in CHANNELS.items()),
            ChannelSettings("cod", "mg/L", poc=2),
        )
        station = Station("s1", "c", medium="wastewater", channels=declared)
        self.registry = Registry()
        network = Network((City("c"),), (station,), (Logger(MN, "s1", **logger),))
        self.decoder = Decoder(network, self.registry)

    def accept(self, cp, cn="2061", st="32", flag="5", qn="20160801090000001", mn=MN, received=NOW):
        """Return rows and dead letters of a CP."""
        head = f"QN={qn};ST={st};CN={cn};PW=123456;MN={mn};Flag={flag}".replace(";Flag=None", "")
        return self.decoder.accept(parse(f"{head};CP=&&{cp}&&".encode()), b"raw", received)

    def row(self, cp, **head):
        """Return the one row of a CP."""
        rows, letters = self.accept(cp, **head)
        assert letters == []
        [one] = rows
        return one

    def reasons(self, cp, **head):
        """Return why a CP has no row."""
        rows, letters = self.accept(cp, **head)
        assert rows == []
        return [letter.reason for letter in letters]


def row(cp, *, logger=None, channel=None, **head):
    return Gateway(channel, **(logger or {})).row(f"DataTime={DAY};{cp}", **head)


def reasons(cp, *, logger=None, **head):
    return Gateway(**(logger or {})).reasons(cp, **head)


@pytest.mark.parametrize(("cn", "period"), [("2051", 600), ("2061", 3600), ("2031", 86_400)])
def test_data_time_is_the_start_of_the_period(cn, period):
    """HJ 212-2017 6.6.5; the zone is +08:00, the wire states none."""
    one = row("w01018-Avg=40.1", cn=cn)
    assert (one.start, one.period, one.statistic) == (T, period, Statistic.MEAN)


@pytest.mark.parametrize(("cn", "period"), [("2051", 600), ("2061", 3600), ("2031", 86_400)])
def test_a_logger_that_names_the_end_is_declared_so(cn, period):
    """Trap 20."""
    assert row("w01018-Avg=40.1", cn=cn, logger={"label": "end"}).start == T - period * 1000
    assert row("w01018-Rtd=40.1", cn="2011", logger={"label": "end"}).start == T


def test_minutes_are_as_long_as_declared():
    """By the logger, else by the channel when its interval is one of the standard, else ten minutes."""
    assert row("w01018-Avg=1", cn="2051", logger={"minute_interval": 5}).period == 300
    assert row("w01018-Avg=1", cn="2051", channel={"expected_interval": 60}).period == 60
    assert row("w01018-Avg=1", cn="2051", channel={"expected_interval": 3600}).period == 600
    assert row("w01018-Avg=1", cn="2051", channel={"expected_interval": 90}).period == 600
    assert (
        row("w01018-Avg=1", cn="2061", channel={"expected_interval": 60}, logger={"minute_interval": 5}).period == 3600
    )
    ends = row("w01018-Avg=1", cn="2051", channel={"expected_interval": 60}, logger={"label": "end"})
    assert ends.start == T - 60_000


@pytest.mark.parametrize("cn", ["2011", "2013"])
def test_real_time_data_are_instants(cn):
    one = row("w01018-Rtd=2.2", cn=cn)
    assert (one.start, one.period, one.statistic) == (T, 0, Statistic.VALUE)


def test_a_sample_is_of_the_time_when_it_was_taken():
    """Many sites measure COD every two hours and repeat it in between: the repetitions are one reading."""
    one = row("w01018-SampleTime=20160801070000,w01018-Rtd=2.2", cn="2011")
    assert one.start == T - HOUR_MS
    later = Gateway().row("DataTime=20160801083000;w01018-SampleTime=20160801070000,w01018-Rtd=2.2", cn="2011")
    assert later.start == one.start
    assert row("w01018-SampleTime=20160801070000,w01018-Avg=2.2").start == T


def test_statistics_are_rows_of_their_own():
    gateway = Gateway()
    rows, letters = gateway.accept(f"DataTime={DAY};w00000-Cou=63.0,w00000-Min=16.4,w00000-Avg=17.5,w00000-Max=20.1")
    assert letters == []
    assert [(Statistic(one.statistic).name, one.value, gateway.registry.text(one.unit)) for one in rows] == [
        ("TOTAL", 63.0, "m3"), ("MIN", 16.4, "L/s"), ("MEAN", 17.5, "L/s"), ("MAX", 20.1, "L/s"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "unit", "load"),
    [("w01018", "mg/L", "kg"), ("w20115", "ug/L", "g"), ("022", "ug/L", "g"), ("B01", "L/s", "m3")],
)
def test_units_are_those_of_annex_b(code, unit, load):
    gateway = Gateway()
    rows, _ = gateway.accept(f"DataTime={DAY};{code}-Avg=1,{code}-Cou=2")
    assert [gateway.registry.text(one.unit) for one in rows] == [unit, load]


def test_a_logger_may_have_units_and_codes_of_its_own():
    gateway = Gateway(units={"w20115": "mg/L", "x1": "mg/L"}, codes={"x1": "tp", "w21003": "cod"})
    rows, letters = gateway.accept(f"DataTime={DAY};w20115-Avg=1;x1-Avg=2;w21003-Avg=3")
    assert letters == []
    assert [(gateway.registry.text(one.parameter), gateway.registry.text(one.unit)) for one in rows] == [
        ("cd", "mg/L"), ("tp", "mg/L"), ("cod", "mg/L"),
    ]  # fmt: skip


def test_air_comes_in_the_unit_of_its_channel():
    station = Station("a1", "c", channels=(ChannelSettings("co", "mg/m3"), ChannelSettings("pm25", "ug/m3")))
    registry = Registry()
    decoder = Decoder(Network((City("c"),), (station,), (Logger("1", "a1"),)), registry)
    packet = parse(f"ST=22;CN=2061;MN=1;Flag=4;CP=&&DataTime={DAY};a21005-Avg=0.4;a34004-Avg=14&&".encode())
    rows, letters = decoder.accept(packet, b"", NOW)
    assert letters == []
    assert [registry.text(one.unit) for one in rows] == ["mg/m3", "ug/m3"]


def test_a_logger_of_an_air_station_may_give_ppb():
    """What its network file says of a code; HJ 212 names no unit in a packet."""
    station = Station("a1", "c", channels=(ChannelSettings("o3", "ug/m3"), ChannelSettings("co", "ppm")))
    registry = Registry()
    logger = Logger("1", "a1", units={"a05024": "ppb"})
    decoder = Decoder(Network((City("c"),), (station,), (logger,)), registry)
    packet = parse(f"ST=22;CN=2061;MN=1;Flag=4;CP=&&DataTime={DAY};a05024-Avg=54;a21005-Avg=0.4&&".encode())
    rows, letters = decoder.accept(packet, b"", NOW)
    assert letters == []
    assert [(one.value, registry.text(one.unit)) for one in rows] == [(54.0, "ppb"), (0.4, "ppm")]


def test_a_process_code_is_what_the_logger_declares():
    gateway = Gateway(codes={"e20201": "cod"})
    rows, [letter] = gateway.accept(f"DataTime={DAY};e20201-Avg=40,e20201-Cou=2;e10201-Avg=300")
    assert [gateway.registry.text(one.unit) for one in rows] == ["mg/L", "kg"]
    assert "e10201 (Inlet chemical oxygen demand)" in letter.detail


def test_the_poc_is_the_loggers_or_the_lowest():
    assert row("w01018-Avg=1").poc == 1
    assert row("w01018-Avg=1", logger={"poc": 2}).poc == 2
    assert reasons(f"DataTime={DAY};w21011-Avg=1", logger={"poc": 2}) == [Reason.UNKNOWN_CHANNEL]


@pytest.mark.parametrize(
    ("cp", "flag"),
    [
        ("w01018-Avg=1,w01018-Flag=N", "N"),
        ("w01018-Flag=D,w01018-Avg=1", "D"),
        ("w01018-Avg=1;w01018-Flag=T", "T"),
        ("w01018-Avg=1,w01018-Flag=N,w01018-EFlag=A01", "N/A01"),
        ("w01018-Avg=1,w01018-EFlag=A01", "/A01"),
        ("w01018-Avg=1,w01018-Flag=", ""),
        ("w01018-Avg=1", ""),
        ("w01018-Avg=1,w01018-Flag=N;w01018-Flag=N", "N"),
    ],
)
def test_the_flag_of_the_device_is_kept_as_sent(cp, flag):
    gateway = Gateway()
    assert gateway.registry.text(gateway.row(f"DataTime={DAY};{cp}").device_flag) == flag


@pytest.mark.parametrize(
    ("grade", "cn", "expected"),
    [("raw", "2061", Grade.RAW), ("recorrected", "2061", Grade.RECORRECTED), ("recorrected", "2013", Grade.RAW)],
)
def test_the_grade_is_the_loggers_and_raw_data_are_raw(grade, cn, expected):
    assert row("w01018-Rtd=1" if cn == "2013" else "w01018-Avg=1", cn=cn, logger={"grade": grade}).grade == expected


@pytest.mark.parametrize(
    ("flag", "st", "protocol", "source"),
    [
        (5, "32", "HJ212-2017", "hj212/2017/32"),
        (9, "21", "HJ212-2017", "hj212/2025/21"),
        (1, "32", "HJ212-2017", "hj212/2005/32"),
        (None, "32", "HJ212-2017", "hj212/2017/32"),
        (None, "101", "HJ212-2005", "hj212/2005/101"),
    ],
)
def test_the_source_says_edition_and_system(flag, st, protocol, source):
    """By them a flag of the device is read. Where the packet says no edition the network file does."""
    gateway = Gateway(protocol=protocol)
    assert gateway.registry.text(gateway.row(f"DataTime={DAY};w01018-Avg=1", flag=str(flag), st=st).source) == source


def test_a_row_says_when_it_was_produced():
    assert row("w01018-Avg=1").result_time == at(2016, 8, 1, 9) + 1
    assert row("w01018-Avg=1", qn="").result_time == 0
    assert row("w01018-Avg=1", qn="77").result_time == 0
    assert produced_at(parse(b"QN=20160801090000;CP=&&&&")) == at(2016, 8, 1, 9)


@pytest.mark.parametrize(
    ("text", "value", "qualifier"),
    [
        ("40.1", 40.1, Qualifier.NONE), ("0", 0.0, Qualifier.NONE), ("-1.5", -1.5, Qualifier.NONE),
        (".5", 0.5, Qualifier.NONE), ("5.", 5.0, Qualifier.NONE), ("1.2e-3", 0.0012, Qualifier.NONE),
        ("<0.05", 0.05, Qualifier.BELOW), ("0.05L", 0.05, Qualifier.BELOW), (">100", 100.0, Qualifier.ABOVE),
    ],
)  # fmt: skip
def test_numbers_and_what_is_below_a_detection_limit(text, value, qualifier):
    """Trap 8: never zero, never dropped."""
    one = row(f"w01018-Avg={text}")
    assert (one.value, one.qualifier) == (value, qualifier)
    assert (one.detection_limit == value) if qualifier is Qualifier.BELOW else math.isnan(one.detection_limit)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.NO_VALUE), ("abc", Reason.BAD_FIELD), ("ND", Reason.BAD_FIELD), ("nan", Reason.BAD_FIELD),
        ("inf", Reason.BAD_FIELD), ("1_0", Reason.BAD_FIELD), ("1 0", Reason.BAD_FIELD), ("1,0", Reason.BAD_FIELD),
        ("0x10", Reason.BAD_FIELD), ("--", Reason.BAD_FIELD), ("\uff11", Reason.BAD_FIELD),
        ("1e999", Reason.NON_FINITE), ("7,5", Reason.BAD_FIELD), ("<1L", Reason.BAD_FIELD),
        ("1" * 400, Reason.BAD_FIELD),
    ],
)  # fmt: skip
def test_what_is_no_number_is_a_dead_letter(text, reason):
    assert reason in reasons(f"DataTime={DAY};w01018-Avg={text}")


@pytest.mark.parametrize(
    ("cp", "cn", "reason", "detail"),
    [
        ("w01018-Avg=1", "2061", Reason.NO_TIME, "DataTime is missing"),
        ("DataTime=;w01018-Avg=1", "2061", Reason.NO_TIME, "DataTime is missing"),
        ("DataTime=2016080108;w01018-Avg=1", "2061", Reason.NO_TIME, "no time"),
        ("DataTime=20160832080000;w01018-Avg=1", "2061", Reason.NO_TIME, "DataTime=20160832080000 is no time"),
        ("DataTime=19700101080000;w01018-Avg=1", "2061", Reason.NO_TIME, "clock is not set"),
        ("DataTime=20160801101001;w01018-Avg=1", "2061", Reason.FUTURE, "received 20160801100000"),
        ("DataTime=99991231235959;w01018-Avg=1", "2061", Reason.FUTURE, "received"),
        (f"DataTime={DAY};w01018-SampleTime=20160801101001,w01018-Rtd=1", "2011", Reason.FUTURE, "SampleTime"),
        (f"DataTime={DAY};w01018-SampleTime=x,w01018-Rtd=1", "2011", Reason.NO_TIME, "SampleTime=x"),
        (f"DataTime={DAY}", "2061", Reason.NO_VALUE, "no value"),
        (f"DataTime={DAY};w01018-Flag=N", "2061", Reason.NO_VALUE, "w01018 has no value"),
        (f"DataTime={DAY};w99999-Avg=1", "2061", Reason.UNKNOWN_CHANNEL, "'w99999' is no parameter"),
        (f"DataTime={DAY};a01001-Avg=1", "2061", Reason.UNKNOWN_CHANNEL, "Air temperature"),
        (f"DataTime={DAY};w21001-Avg=1", "2061", Reason.UNKNOWN_CHANNEL, "s1 has no 'tn'"),
        (f"DataTime={DAY};w01018-ZsAvg=1", "2061", Reason.BAD_FIELD, "converted"),
        (f"DataTime={DAY};w01018-Rtd=1", "2061", Reason.BAD_FIELD, "known are Avg"),
        (f"DataTime={DAY};w01018-Avg=1", "2011", Reason.BAD_FIELD, "known are Rtd"),
        (f"DataTime={DAY};w00000-Cou=1", "2011", Reason.BAD_FIELD, "known are Rtd"),
        (f"DataTime={DAY};w01001-Cou=1", "2061", Reason.BAD_FIELD, "no total"),
        (f"DataTime={DAY};w01018-Avg=1;w01018-Avg=2", "2061", Reason.BAD_FIELD, "stated twice"),
        (f"DataTime={DAY};w01018-Avg=1,w01018-Flag=N;w01018-Flag=D", "2061", Reason.BAD_FIELD, "stated twice"),
        (f"DataTime={DAY};w01018-Avg=1,w01018-Flag=12345678901234567", "2061", Reason.BAD_FIELD, "no short text"),
        (f"DataTime={DAY};w01018=1", "2061", Reason.BAD_FIELD, "no field"),
        (f"DataTime={DAY}", "2099", Reason.BAD_FIELD, "no command"),
    ],
)
def test_what_cannot_be_a_reading_is_a_dead_letter_with_its_reason(cp, cn, reason, detail):
    rows, [letter] = Gateway().accept(cp, cn=cn)
    assert rows == []
    assert letter.reason == reason
    assert detail in letter.detail
    assert (letter.source, letter.payload, letter.station) == ("hj212", b"raw", "s1")
    assert letter.place == f"hj212 MN={MN} CN={cn}"


def test_a_logger_that_is_not_declared_speaks_for_nobody():
    rows, [letter] = Gateway().accept(f"DataTime={DAY};w01018-Avg=1", mn="x" * 500)
    assert rows == []
    assert (letter.reason, letter.station) == (Reason.UNKNOWN_LOGGER, "")
    assert len(letter.place) < 100


@pytest.mark.parametrize("st", ["31", "", "32x", "\uff13\uff12"])
def test_a_system_that_the_logger_may_not_send_is_refused(st):
    """Traps 5 and 6.4: 32 is wastewater, 21 surface water."""
    gateway = Gateway(systems=("32", "52"))
    assert gateway.reasons(f"DataTime={DAY};w01018-Avg=1", st=st) == [Reason.BAD_FIELD]
    assert gateway.accept(f"DataTime={DAY};w01018-Avg=1", st="52").rows


def test_good_readings_of_a_packet_are_kept():
    gateway = Gateway()
    rows, letters = gateway.accept(f"DataTime={DAY};w01018-Avg=1;w99999-Avg=2;w21011-Avg=x;w00000-Avg=3;w99998-Avg=4")
    assert [one.value for one in rows] == [1.0, 3.0]
    assert {letter.reason: letter.detail.split(":")[0] for letter in letters} == {
        Reason.UNKNOWN_CHANNEL: "entry 1",
        Reason.BAD_FIELD: "entry 2",
    }
    assert "so are entries 4" in letters[0].detail


def test_a_factor_that_is_not_wanted_is_neither_row_nor_letter():
    """`codes` of the logger names it without a parameter: weather that nobody declared fills no dead letters."""
    gateway = Gateway(codes={"a01001": ""})
    assert gateway.accept(f"DataTime={DAY};a01001-Avg=1;a01001-Max=2") == ([], [])
    assert gateway.decoder.ignored["Factors that are not wanted"] == 1


@pytest.mark.parametrize(
    ("cp", "cn", "what"),
    [
        (f"DataTime={DAY};SB1-RS=1", "2021", "Facilities that are not declared"),
        (f"DataTime={DAY};SB1-RT=1.1", "2041", "Facilities that are not declared"),
        (f"DataTime={DAY};RestartTime={DAY}", "2081", "Time at which the logger started"),
        ("QnRtn=1", "9011", "Answer to a request"),
        (f"DataTime={DAY};SB1-RS=1", "2011", "Facilities that are not declared"),
    ],
)
def test_what_is_understood_and_is_no_reading_is_counted(cp, cn, what):
    gateway = Gateway()
    assert gateway.accept(cp, cn=cn) == ([], [])
    assert gateway.decoder.ignored[what] == 1


def test_facilities_that_are_declared_have_their_states_and_run_times():
    """By number, as channels: a state is of an instant, a run time the total of a day."""
    gateway = Gateway()
    facilities = (("facility_state", "1"), ("facility_hours", "h"))
    channels = tuple(ChannelSettings(name, unit, poc=2) for name, unit in facilities)
    station = Station("s1", "c", medium="wastewater", channels=channels)
    gateway.decoder = Decoder(Network((City("c"),), (station,), (Logger(MN, "s1"),)), gateway.registry)

    state = gateway.row(f"DataTime={DAY};SB1-RS=1;SB2-RS=4", cn="2021")
    assert (state.poc, state.statistic, state.start, state.period, state.value) == (2, Statistic.VALUE, T, 0, 4.0)
    hours = gateway.row("DataTime=20160731000000;SB2-RT=21.5", cn="2041")
    total = (Statistic.TOTAL, at(2016, 7, 31), 86_400, 21.5)
    assert (hours.statistic, hours.start, hours.period, hours.value) == total
    assert gateway.registry.text(hours.unit) == "h"
    assert gateway.reasons(f"DataTime={DAY};SB2-RS=x", cn="2021") == [Reason.BAD_FIELD]
    assert gateway.reasons(f"DataTime={DAY};SB2-RS=1", cn="2021", received=NOW - 4 * HOUR_MS) == [Reason.FUTURE]


def test_several_data_times_in_one_packet_each_have_their_readings():
    rows, letters = Gateway().accept("DataTime=20160801080000;w01018-Avg=1;DataTime=20160801090000;w01018-Avg=2")
    assert letters == []
    assert [(one.start - T, one.value) for one in rows] == [(0, 1.0), (HOUR_MS, 2.0)]
    rows, _ = Gateway().accept("w01018-Avg=1;DataTime=20160801080000")
    assert [one.start for one in rows] == [T]


def test_old_readings_are_kept_with_a_remark():
    assert row("w01018-Avg=1").flags == 0
    assert row("w01018-Avg=1", received=T + 26 * HOUR_MS).flags == Flag.OLD
    assert row("w01018-Avg=1", received=T + 25 * HOUR_MS).flags == 0


def test_range_and_sentinels_of_the_channel_are_judged():
    limits = {"range": (0, 100), "sentinels": (-999.0,)}
    assert row("w01018-Avg=101", channel=limits).flags == Flag.OUT_OF_RANGE
    assert row("w01018-Avg=-999", channel=limits).flags == Flag.SENTINEL
    assert row("w20115-Avg=99999", channel=limits).flags == 0  # ug/L: 99.999 mg/L
    assert row("w01018-Cou=5000", channel=limits).flags == 0  # a total is not of the range of values
    assert row("w01018-Cou=-999", channel=limits).flags == Flag.SENTINEL


def test_values_of_a_period_that_come_again_changed_take_the_place_of_the_first():
    gateway = Gateway()
    sent = [gateway.row(f"DataTime={DAY};w01018-Avg={value}") for value in (1, 1, 2, 2)]
    assert [one.revision for one in sent] == [0, 0, 1, 1]
    instant = [gateway.row(f"DataTime={DAY};w01018-Rtd={value}", cn="2011") for value in (1, 2)]
    assert [one.revision for one in instant] == [0, 0]


def test_rows_fit_the_journal():
    gateway = Gateway()
    rows, _ = gateway.accept(f"DataTime={DAY};w01018-Avg=1,w01018-Flag=N")
    [one] = table(gateway.registry, rows).rows()
    assert {key: one[key] for key in ("station", "parameter", "source", "device_flag", "result_time", "grade")} == {
        "station": "s1", "parameter": "cod", "source": "hj212/2017/32", "device_flag": "N",
        "result_time": at(2016, 8, 1, 9) + 1, "grade": 0,
    }  # fmt: skip


def test_texts_of_a_logger_do_not_fill_the_registry():
    gateway = Gateway()
    for n in range(3000):
        gateway.accept(f"DataTime={DAY};w01018-Avg=1,w01018-Flag=F{n};x{n}-Avg=1", st=f"{n % 1000:03d}")
    assert len(gateway.registry) < 1100


@pytest.mark.parametrize(
    ("data_time", "qn", "label"),
    [
        ("20160801080000", "20160801090005000", "begin"),
        ("20160801090000", "20160801090005000", "end"),
        ("20160801060000", "20160801090005000", None),  # history, or late: it tells nothing
        ("20160801083000", "20160801091500000", None),
        ("20160801090000", "20160801085959000", None),
        ("x", "20160801090005000", None),
        ("20160801080000", "", None),
    ],
)
def test_which_end_of_its_hour_a_logger_names_can_be_told(data_time, qn, label):
    """Trap 20: DataTime of hours against the QN."""
    packet = parse(f"QN={qn};CN=2061;Flag=5;CP=&&DataTime={data_time};w01018-Avg=1&&".encode())
    assert label_of(packet) == label
    assert label_of(parse(f"QN={qn};CN=2051;Flag=5;CP=&&DataTime={data_time}&&".encode())) is None


def test_a_logger_whose_hours_name_the_other_end_is_doubted():
    """Six hours in a row; one that fits takes the doubt away."""
    gateway = Gateway()

    def send(hour, label):
        data_time = f"2016080{1 + hour // 24}{hour % 24:02d}0000"
        sent = hour + (label == "begin")
        qn = f"2016080{1 + sent // 24}{sent % 24:02d}0005000"
        gateway.accept(f"DataTime={data_time};w01018-Avg=1", qn=qn, received=T + 40 * HOUR_MS)

    for hour in range(5):
        send(hour, "end")
    send(5, "begin")
    for hour in range(6, 11):
        send(hour, "end")
    assert gateway.decoder.doubtful == {}
    send(11, "end")
    assert gateway.decoder.doubtful == {MN: "end"}


def test_a_split_packet_that_stays_incomplete_is_counted_and_its_readings_kept():
    gateway = Gateway()
    head = f"QN=1;ST=32;CN=2061;MN={MN};Flag=7;PNUM=2;PNO=1"
    packet = parse(f"{head};CP=&&DataTime={DAY};w01018-Avg=1&&".encode())
    rows, letters = gateway.decoder.accept(packet, b"", NOW)
    assert (len(rows), letters) == (1, [])
    gateway.row(f"DataTime={DAY};w01001-Avg=7", received=NOW + HOUR_MS)
    assert gateway.decoder.incomplete == 1
    counted = {"hj212_without_readings": 0, "hj212_split_incomplete": 1, "hj212_labels_doubtful": 0}
    assert gateway.decoder.counters() == counted


@pytest.mark.parametrize(
    ("segment", "reason", "detail"),
    [
        (f"QN=1;ST=32;CN=2011;MN={MN};Flag=5;CP=&&DataTime={DAY};01018-Rtd=2.2&&", Reason.UNKNOWN_CHANNEL, "'01018'"),
        (f"QN=1,ST=32;CN=2011;MN={MN};Flag=5;CP=&&DataTime={DAY};w01018-Rtd=2.2&&", Reason.BAD_FIELD, "ST="),
    ],
)
def test_misprints_of_the_standard_are_dead_letters_not_readings(segment, reason, detail):
    """Trap 19: its samples have `01018-Rtd`, and a comma behind the QN."""
    rows, [letter] = Gateway().decoder.accept(parse(segment.encode()), b"raw", NOW)
    assert rows == []
    assert letter.reason == reason
    assert detail in letter.detail


def test_a_correction_after_a_restart_takes_the_place_of_what_is_in_the_store():
    """By its QN: what was made before, and comes late, takes the place of nothing."""
    registry = Registry()
    code = registry.code
    stored = Observations.build(
        registry, 6, station=[code("s1")] * 4 + [code("s2"), code("s1")], parameter="cod",
        start=[T, T, T + HOUR_MS, T, T, T], period=[3600, 3600, 3600, 600, 3600, 3600], value=1.0, unit="mg/L",
        statistic=Statistic.MEAN, revision=[0, 1, 4, 7, 9, 8], result_time=[NOW - 1, NOW, 0, NOW, NOW, NOW],
        source=[code("hj212/2017/32")] * 5 + [code("mqtt")],
    )  # fmt: skip
    gateway = Gateway()
    gateway.decoder.remember(Earlier([stored, stored]))
    hour = f"DataTime={DAY};w01018-Avg="

    def revision(value, qn="", time=hour):
        return gateway.row(f"{time}{value}", qn=qn).revision

    assert revision("1", stamp_ms(NOW)) == 1  # the packet that is stored, again
    assert Gateway().row(f"{hour}1", qn=stamp_ms(NOW)).revision == 0
    assert revision("2", stamp_ms(NOW + 1)) == 3
    assert revision("1", stamp_ms(NOW - 1)) == 0
    assert revision("1", stamp_ms(NOW), f"DataTime={stamp(T + HOUR_MS)};w01018-Avg=") == 5
    assert revision("1", stamp_ms(NOW), f"DataTime={stamp(T + 2 * HOUR_MS)};w01018-Avg=") == 0

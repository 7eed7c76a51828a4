from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pytest

from collector.files.readings import parse
from collector.influx_rows import Asked, rows
from collector.influx_source import WINDOW, InfluxSource, Span, import_address, open_influx
from qualicity.errors import InputError, Retryable, UsageError
from qualicity.periods import DAY_MS, day_start
from qualicity.settings import InfluxMeasurement, Settings
from qualicity.store.influx import Address, Series, identifier

HOUR = 3_600_000
START = day_start(dt.date(2016, 3, 1))

TAGGED = {
    "measurement": "air",
    "station_tag": "site",
    "parameter_tag": "item",
    "value_field": "value",
    "unit": "ug/m3",
    "units": {"CO": "mg/m3"},
}
WIDE = {
    "measurement": "air",
    "station": "park",
    "fields": {"p": "pm25", "c": "co"},
    "unit": "ug/m3",
    "flag_field": "status",
    "period": 600,
    "poc": 2,
}


def texts(*values):
    column = np.empty(len(values), object)
    column[:] = values
    return column


def times(*hours):
    return np.array(hours, np.int64) * HOUR + START


def columns(found):
    """Return rows as lists of plain values, by column."""
    return {name: [value.as_py() for value in column] for name, column in found.columns.items()}


def asked(mapping, **kinds):
    return Asked.of(mapping, {name: set(kind.split()) for name, kind in kinds.items()}, identifier)


def test_rows_of_tags():
    """One row a point; units by parameter whatever its name; a tag that no point has is blank."""
    mapping = InfluxMeasurement(**TAGGED, stations={"1": "park"}, parameters={"fine": "pm25"}, poc_tag="n")
    plan = asked(mapping, value="float")
    points = {
        "time": times(0, 1, 2),
        "field0": np.array([1.5, np.nan, 3.0]),
        "station_tag": texts("1", "1", "2"),
        "parameter_tag": texts("fine", "fine", "a21005"),
        "poc_tag": np.full(3, np.nan),
    }
    found = rows(points, mapping, plan)
    said = columns(found)
    assert [time.timestamp() * 1000 for time in said.pop("time")] == times(0, 2).tolist()
    assert said == {
        "station": ["park", "2"],
        "parameter": ["pm25", "a21005"],
        "unit": ["ug/m3", "mg/m3"],
        "value": [1.5, 3.0],
        "poc": ["", ""],
    }
    assert found.line.tolist() == times(0, 2).tolist()
    assert parse(found).readable().tolist() == [True, True]


def test_rows_of_fields_stand_in_the_order_of_the_points():
    mapping = InfluxMeasurement(**WIDE)
    plan = asked(mapping, p="float", c="float", status="integer")
    points = {
        "time": times(0, 1, 2),
        "field0": np.array([1.0, np.nan, 3.0]),
        "field1": np.array([10.0, 20.0, np.nan]),
        "flag": np.array([7.0, np.nan, 8.0]),
    }
    said = columns(rows(points, mapping, plan))
    assert said["parameter"] == ["pm25", "co", "co", "pm25"]
    assert said["value"] == [1.0, 10.0, 20.0, 3.0]
    assert said["flag"] == ["7", "7", "", "8"]
    assert (said["station"], said["period"], said["poc"]) == (["park"] * 4, ["600"] * 4, ["2"] * 4)


def test_a_field_of_several_types_is_asked_as_each_and_none_is_lost():
    """Numbers keep every bit on their way through texts."""
    mapping = InfluxMeasurement(**TAGGED)
    plan = asked(mapping, value="float integer string boolean")
    assert (
        plan.values() == '"value"::boolean AS field0_boolean, "value"::float AS field0_float, '
        '"value"::string AS field0_string'
    )
    points = {
        "time": times(0, 1, 2, 3),
        "field0_float": np.array([0.1 + 0.2, np.nan, np.nan, np.nan]),
        "field0_string": texts(None, "7.5", "n/a", None),
        "field0_boolean": texts(None, None, None, True),
        "station_tag": texts("a", "a", "a", "a"),
        "parameter_tag": texts("co", "co", "co", "co"),
    }
    found = rows(points, mapping, plan)
    read = parse(found)
    assert columns(found)["value"] == ["0.30000000000000004", "7.5", "n/a", "true"]
    assert read.numbers.value[read.number_of].tolist()[:2] == [0.1 + 0.2, 7.5]
    assert read.readable().tolist() == [True, True, False, False]
    assert json.loads(found.payload(3)) == {
        "measurement": "air",
        "time": int(times(3)[0]),
        "tags": {"site": "a", "item": "co"},
        "fields": {"value": True},
    }


def test_a_piece_without_values_has_no_rows():
    mapping = InfluxMeasurement(**WIDE)
    empty = np.full(2, np.nan)
    points = {"time": times(0, 1), "field0": empty, "field1": empty, "flag": np.array([1.0, 2.0])}
    assert len(rows(points, mapping, asked(mapping, p="float", c="float", status="integer"))) == 0


class FakeInflux:
    """A database that notes what it is asked: points at given hours, as far as the conditions on time go."""

    address = Address("http://db", "b")

    def __init__(self, *hours):
        self.times = times(*hours)
        self.asked = []

    def _within(self, query):
        """Return the times that fulfil the conditions of a query."""
        found = self.times
        for sign, keep in ((">=", np.greater_equal), ("<", np.less)):
            if f"time {sign} '" in query:
                text = query.partition(f"time {sign} '")[2].partition("'")[0]
                found = found[keep(found, int(dt.datetime.fromisoformat(text).timestamp() * 1000))]
        return found

    def query(self, query):
        """Answer SHOW, and SELECT with LIMIT 1."""
        self.asked.append(query)
        if query == "SHOW MEASUREMENTS":
            return [Series("measurements", {}, ["name"], [["air"], ["rain"]])]
        if query.startswith("SHOW FIELD KEYS"):
            return [Series("air", {}, ["fieldKey", "fieldType"], [["value", "float"]])]
        if query.startswith("SHOW TAG KEYS"):
            return [Series("air", {}, ["tagKey"], [["item"], ["site"]])]
        found = self._within(query)
        return [Series("air", {}, ["time"], [[found[-1 if "DESC" in query else 0]]])] if len(found) else []

    def arrays(self, query, *, rows):
        """Yield the points."""
        self.asked.append(query)
        found = self._within(query)
        count = len(found)
        tags = {"station_tag": texts(*["a"] * count), "parameter_tag": texts(*["co"] * count)}
        yield {"time": found, "field0": np.ones(count), **tags}


def test_windows_are_whole_days_and_empty_ones_are_skipped():
    hours = [5, 24 * WINDOW - 1, 24 * WINDOW, 24 * 3000]
    influx = FakeInflux(*hours)
    source = open_influx(influx, InfluxMeasurement(**TAGGED), Span())
    pieces = [(found.line.tolist(), position) for found, position in source.pieces()]
    assert [line for line, _ in pieces] == [
        times(5, 24 * WINDOW - 1).tolist(),
        times(24 * WINDOW).tolist(),
        times(24 * 3000).tolist(),
    ]
    assert pieces[-1][1] == source.size - 1
    read = [query for query in influx.asked if "station_tag" in query]
    assert len(read) == 3
    assert "time < '2016-03-31T16:00:00.000Z'" in read[0]


def test_no_point_is_no_piece():
    assert list(open_influx(FakeInflux(), InfluxMeasurement(**TAGGED), Span()).pieces()) == []


@pytest.mark.parametrize(("label", "first", "last"), [("begin", 0, DAY_MS - 1), ("end", 1, DAY_MS)])
def test_a_day_has_the_midnight_that_its_readings_name(label, first, last):
    day = dt.date(2016, 3, 1)
    span = Span(day, day, label)
    assert (span.start, span.end - 1) == (START + first, START + last)
    assert span.window(START + last) == span.start + WINDOW * DAY_MS
    assert span.window(START + first) == span.start + WINDOW * DAY_MS


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"measurement": "snow"}, "no measurement 'snow' in b at http://db; there is 'air', 'rain'"),
        ({"value_field": "v"}, "no field 'v' in air; there is 'value'"),
        ({"flag_field": "f"}, "no field 'f' in air"),
        ({"station_tag": "s"}, "no tag 's' in air; there is 'item', 'site'"),
        ({"where": {"w": "1"}}, "no tag 'w' in air"),
    ],
)
def test_names_that_do_not_exist_are_told_with_those_that_do(change, said):
    influx = FakeInflux(0)
    with pytest.raises(InputError, match=said) as error:
        open_influx(influx, InfluxMeasurement(**TAGGED | change), Span())
    assert "influx_import.measurements" in error.value.mend
    assert not [query for query in influx.asked if query.startswith("SELECT")]


def test_an_answer_that_is_cut_off_may_be_asked_again():
    class Cut(FakeInflux):
        def arrays(self, query, *, rows):
            yield from super().arrays(query, rows=rows)
            raise ValueError("Input data was truncated")

    source = open_influx(Cut(0), InfluxMeasurement(**TAGGED), Span())
    with pytest.raises(Retryable, match="cut off"):
        list(source.pieces())


def test_names_and_texts_are_quoted():
    influx = FakeInflux(0)
    mapping = InfluxMeasurement(**TAGGED, retention_policy='a"b')
    source = open_influx(influx, mapping, Span())
    strange = mapping.model_copy(update={"where": {'t"': "x' OR '1'='1"}})
    list(InfluxSource(influx, strange, source.asked, Span(), source.first, source.end).pieces())
    assert 'FROM "a\\"b"."air" WHERE "t\\""::tag = \'x\\\' OR \\\'1\\\'=\\\'1\' AND time >=' in influx.asked[-2]


@pytest.mark.parametrize(
    ("own", "url", "bucket", "token", "username", "password"),
    [
        ({}, "http://a", "s", "T", "u", "p"),
        ({"bucket": "old"}, "http://a", "old", "T", "u", "p"),
        ({"token": "own"}, "http://a", "s", "own", "u", "p"),
        ({"username": "v"}, "http://a", "s", "T", "v", ""),
        ({"url": "http://other"}, "http://other", "s", "", "", ""),
    ],
)
def test_what_is_left_open_is_that_of_our_own_database_but_its_secrets_go_nowhere_else(
    own, url, bucket, token, username, password
):
    shared = {"url": "http://a", "bucket": "s", "read_token": "T", "read_username": "u", "read_password": "p"}
    found = import_address(Settings(influx=shared, influx_import=own))
    assert (found.url, found.bucket, found.token, found.username, found.password) == (
        url, bucket, token, username, password,
    )  # fmt: skip


def test_no_url_anywhere_is_wrong_use():
    with pytest.raises(UsageError, match="no InfluxDB is configured"):
        import_address(Settings())


def test_a_secret_comes_from_its_file(tmp_path):
    (tmp_path / "token").write_text("hidden\n", "utf-8")
    settings = Settings(influx_import={"url": "http://a", "token_file": tmp_path / "token"})
    assert (import_address(settings).token, import_address(settings).username) == ("hidden", "")
    settings = Settings(influx_import={"url": "http://a", "token_file": tmp_path / "nix"})
    with pytest.raises(InputError, match=r"influx_import\.token_file"):
        import_address(settings)

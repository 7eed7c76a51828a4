"""`verify` tells a wrong value, a missing and an added one, and no value from zero."""

from __future__ import annotations

import datetime as dt

import pytest

from dashboards.answer import Row, Span, answer
from dashboards.boards import boards
from dashboards.influxql import INTERVAL, Condition, Field, Select
from dashboards.schema import DAY_VERDICT, LIMIT
from dashboards.verify import Ends, answer_of, certain, choices, difference, span_of, verify
from qualicity.errors import Permanent
from qualicity.network import City, Network, Station
from qualicity.periods import DAY_MS, HOUR_MS, day_start
from qualicity.store.influx import Series
from qualicity.store.line_protocol import Point

T = day_start(dt.date(2016, 3, 1))
NETWORK = Network((City("c"), City("d")), (Station("z", "c"), Station("a", "c"), Station("x", "d")))
LAST = Select(DAY_VERDICT, (Field("aqi", "last"), Field("days_left", "last", "left")), (), ("city",), every="1d")


def _answer(*rows):
    return {("c",): [Row(T + day * DAY_MS, values) for day, values in rows]}


SAME = _answer((0, {"aqi": 80, "left": 0}), (1, {"aqi": 81.5}))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (SAME, ""),
        (_answer((0, {"aqi": 80.0, "left": 0.0}), (1, {"aqi": 81.5 + 1e-12})), ""),
        (_answer((0, {"aqi": 81, "left": 0}), (1, {"aqi": 81.5})), "1 rows differ: c 2016-02-29T16:00"),
        (_answer((0, {"aqi": 80}), (1, {"aqi": 81.5})), "instead of"),  # null for 0
        (_answer((0, {"aqi": 80, "left": 0}), (1, {"aqi": 81.5, "left": 0})), "instead of"),  # 0 for null
        (_answer((0, {"aqi": "80", "left": 0}), (1, {"aqi": 81.5})), "instead of"),  # a text for a number
        (_answer((0, {"aqi": 80, "left": 0})), "nothing instead of {'aqi': 81.5}"),
        (_answer((0, {"aqi": 80, "left": 0}), (1, {"aqi": 81.5}), (2, {"aqi": 1})), "not known"),
        (_answer((0, {"aqi": 80, "left": 0}), (1, {"aqi": 81.5}), (1, {"aqi": 81.5})), "not known"),  # doubled
        (_answer((1, {"aqi": 80, "left": 0}), (1, {"aqi": 81.5})), "differ"),  # another day
        ({}, "missing: ('c',)"),
        (SAME | {("d",): [Row(T, {"aqi": 1})]}, "more than the ledger knows: ('d',)"),
    ],
)
def test_what_differs_is_told(found, words):
    problem = difference(SAME, found)
    assert words in problem
    assert bool(problem) == bool(words)


def test_a_long_list_is_cut_short():
    many = {(f"s{n}",): [Row(T, {"aqi": n})] for n in range(9)}
    assert difference(many, {}).endswith("and 6 more")


def test_nulls_and_counts_of_nothing_are_no_rows():
    columns = ["time", "last", "left"]
    series = [
        Series("day_verdict", {"city": "c"}, columns, [[T, 80, 0], [T + DAY_MS, None, None]]),
        Series("day_verdict", {"city": "d"}, columns, [[T, None, None]]),
    ]
    assert answer_of(LAST, series) == {("c",): [Row(T, {"last": 80, "left": 0})]}
    counted = Select(DAY_VERDICT, (Field("aqi", "count", "n"),), every="1d")
    found = answer_of(counted, [Series("day_verdict", {}, ["time", "n"], [[T, 0], [T + DAY_MS, 2]])])
    assert found == {(): [Row(T + DAY_MS, {"n": 2})]}
    whole = Select(DAY_VERDICT, (Field("aqi", "last", "aqi"),))
    assert answer_of(whole, [Series("day_verdict", {}, ["time", "aqi"], [[0, 7]])]) == {(): [Row(None, {"aqi": 7})]}


@pytest.mark.parametrize(
    ("start", "begin", "interval"),
    [
        ("now-6h", "2016-03-20 09:00", "1h"),
        ("now-7d", "2016-03-13 15:00", "1h"),
        ("now-30d/d", "2016-02-19 00:00", "1h"),
        ("now-90d", "2015-12-21 15:00", "6h"),
        ("now-1y", "2015-03-20 15:00", "6h"),
        ("now-1y/d", "2015-03-20 00:00", "6h"),
        ("now-1y/y", "2015-01-01 00:00", "6h"),
    ],
)
def test_ranges_begin_in_civil_time(start, begin, interval):
    zone = dt.timezone(dt.timedelta(hours=8))
    now = int(dt.datetime(2016, 3, 20, 15, tzinfo=zone).timestamp() * 1000)
    wanted = int(dt.datetime.fromisoformat(begin).replace(tzinfo=zone).timestamp() * 1000)
    assert span_of(start, now) == Span(wanted, now, interval)


def test_a_range_that_no_board_uses_is_refused():
    with pytest.raises(ValueError, match="now-1w"):
        span_of("now-1w", T)


def test_every_board_has_a_range_that_verify_knows():
    assert all(span_of(board.start, T).end == T for board in boards())


def test_every_city_and_item_is_chosen_with_all_stations_of_the_city():
    city = next(board for board in boards() if board.id == "city")
    found = list(choices(city, NETWORK))
    assert len(found) == 2 * 6
    assert {(one["city"], tuple(one["station"])) for one in found} == {("c", ("a", "z")), ("d", ("x",))}
    service = next(board for board in boards() if board.id == "service")
    assert len(list(choices(service, NETWORK))) == 2


def _point(day, fields, **tags):
    return Point(DAY_VERDICT.name, {"city": "c", "standard": "auto"} | tags, fields, T + day * DAY_MS)


def test_an_answer_is_that_of_the_points_as_a_database_keeps_them():
    """A later point of one series and time replaces its fields and adds others; the last of equal times is greatest."""
    points = [
        _point(0, {"aqi": 5, "level": 1}),
        _point(0, {"aqi": 9, "days_left": None}),
        _point(0, {"aqi": 7}, standard="other"),
    ]
    asked = Select(DAY_VERDICT, (Field("aqi", "last"), Field("level", "sum"), Field("aqi", "count")), every="1d")
    assert answer(asked, points, {}, Span(T, T, "1h")) == {(): [Row(T, {"last": 9, "sum": 1, "count": 2})]}


def test_previous_values_fill_the_windows_behind_them():
    points = [Point(LIMIT.name, {"city": "c", "period": "24h"}, {"value": float(n)}, T + n * DAY_MS) for n in (1, 3)]
    asked = Select(LIMIT, (Field("value", "last"),), tags=("period",), every="1d", fill="previous")
    [rows] = answer(asked, points, {}, Span(T, T + 4 * DAY_MS, "1h")).values()
    assert rows == [Row(T + n * DAY_MS, {"last": value}) for n, value in ((1, 1.0), (2, 1.0), (3, 3.0), (4, 3.0))]


def test_windows_are_civil_days():
    points = [_point(0, {"aqi": 1}), Point(DAY_VERDICT.name, {"city": "c"}, {"aqi": 2}, T + 23 * HOUR_MS)]
    asked = Select(DAY_VERDICT, (Field("aqi", "sum"),), every="1d")
    assert answer(asked, points, {}, Span(T, T + DAY_MS, "1h")) == {(): [Row(T, {"sum": 3})]}
    by_grafana = Select(DAY_VERDICT, (Field("aqi", "sum"),), every=INTERVAL)
    assert len(answer(by_grafana, points, {}, Span(T, T + DAY_MS, "6h"))[()]) == 2


def test_the_newest_rows_come_first_and_no_more():
    asked = Select(DAY_VERDICT, (Field("aqi"), Field("city")), (Condition("aqi", 1, ">"),), newest=2)
    found = answer(asked, [_point(n, {"aqi": n}) for n in range(5)], {}, Span(T, T + 9 * DAY_MS, "1h"))
    assert found == {(): [Row(T + n * DAY_MS, {"aqi": n, "city": "c"}) for n in (4, 3)]}


class _Expected:
    """Knows no point of any measurement."""

    def points(self, *asked):
        del asked
        return []

    values = points


def test_no_data_here_nor_there_is_a_problem_and_a_refusal_another():
    """A panel without data is told even when the ledger has none, except where nothing is no fault."""
    shown = [board for board in boards() if board.id in {"city", "service"}]

    def run(query):
        if "days_left" in query:
            raise Permanent("no such database")
        return []

    found = list(verify(shown, _Expected(), NETWORK, run, Ends(T, T)))
    problems = {(one.board, one.panel): one.problem for one in found}
    assert problems["city", "AQI calendar"] == "no data, neither here nor in the ledger"
    assert problems["city", "Days that may still exceed"] == "no such database"
    assert problems["city", "Days of each class in the time range"] == ""
    assert problems["service", "Are the parts well"] == "no data"
    assert problems["service", "What the parts say"] == ""
    assert len({one.query for one in found}) == len(found)
    assert {tuple(one.chosen.items()) for one in found if one.panel == "AQI calendar"} == {
        (("city", "c"),),
        (("city", "d"),),
    }


def test_which_rows_of_the_oldest_time_are_cut_is_chance():
    """Two rows of one time, a LIMIT of three: either of them may be left. Without a cut each row counts."""
    query = Select(DAY_VERDICT, (Field("aqi"),), newest=3)
    new, one, other = Row(3, {"aqi": 1}), Row(2, {"aqi": 1}), Row(2, {"aqi": 2})
    assert difference(certain(query, {(): [new, new, one]}), certain(query, {(): [new, new, other]})) == ""
    assert difference(certain(query, {(): [new, one]}), certain(query, {(): [new, other]})) != ""
    assert certain(query, {(): [one, one, other]}) == {}

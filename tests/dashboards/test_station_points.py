"""Verdicts about water as points: which fields are there, and which are left out."""

from __future__ import annotations

import pytest

from dashboards.boards import boards
from dashboards.projection.station_points import (
    discharge_points,
    has_lost,
    limit_points,
    rate_points,
    water_points,
)
from dashboards.schema import MEASUREMENTS
from dashboards.testing_water import (
    OUTLET,
    SOURCE,
    catchment_row,
    failing_row,
    outlet_row,
    rate_row,
    still_row,
    unknown_row,
    water_item,
    water_row,
    water_stations,
)
from dashboards.verify import choices
from qualicity.model import Position
from qualicity.network import City, Network
from qualicity.periods import DAY_MS, HOUR_MS, parse_period
from qualicity.standards.load_water import water_law
from qualicity.store.ledger import Version

LAW = water_law("GB3838-2002", "reservoir")


def _version(row, change=None, standard="GB3838-2002"):
    return Version(f"water/c/x/{row['period']}", standard, 2, row, change or {}, "", Position("e", 1), "", "", 0)


def _by_item(points):
    return {point.tags.get("parameter", ""): point for point in points}


def _known(point):
    return {name: value for name, value in point.fields.items() if value is not None}


@pytest.mark.parametrize(
    "points",
    [
        water_points(_version(failing_row("2016-03")), LAW),
        discharge_points(_version(outlet_row("2016-03-05", days={"complied": 1}, substituted={"cod": ["2016-03-01"]}))),
        discharge_points(_version(catchment_row("2016-03"))),
        rate_points(_version(rate_row("2016-03"), standard="RATE-SOURCES")),
        limit_points("c", "2016-03", LAW),
    ],
    ids=["source", "outlet", "catchment", "rate", "limits"],
)
def test_only_what_the_schema_has(points):
    """Every field and tag, with its kind."""
    found = list(points)
    assert found
    kinds = {"float": float, "int": int, "text": str}
    for point in found:
        measurement = MEASUREMENTS[point.measurement]
        assert set(point.tags) <= set(measurement.tags)
        assert point.line
        for name, value in _known(point).items():
            assert type(value) is kinds[measurement.fields[name]], (point.measurement, name)


def test_a_month_of_a_source_stands_at_its_start_with_its_class_as_a_number():
    found = _by_item(water_points(_version(failing_row("2016-03")), LAW))
    month, phosphorus = found[""], found["tp"]

    assert month.time == parse_period("2016-03").start == parse_period("2016-03-01").start
    assert month.tags == {"city": "c", "span": "month", "station": SOURCE}
    assert _known(month).items() >= {"level": 4, "failing": "tp", "deciding": "tp", "multiple": 0.6, "good": 0}.items()
    assert _known(phosphorus).items() >= {"value": 0.08, "limit": 0.05, "level": 4, "source": "manual"}.items()
    assert "least" not in _known(phosphorus)


def test_limits_have_the_ends_that_the_law_gives_them():
    found = _by_item(water_points(_version(water_row("2016-03")), LAW))

    assert (found["ph"].fields["least"], found["ph"].fields["limit"]) == (6.0, 9.0)
    assert (found["do"].fields["least"], found["do"].fields["limit"]) == (5.0, None)


def test_what_is_not_known_is_left_out_and_never_zero():
    found = _by_item(water_points(_version(unknown_row("2016-03")), LAW))

    assert {"level", "class", "good", "multiple", "abstraction_m3"} & set(_known(found[""])) == set()
    assert {"value", "level", "good"} & set(_known(found["ph"])) == set()
    assert _known(found["ph"])["capture"] == 3 / 24


def test_a_period_that_no_law_covers_is_a_point_too():
    row = unknown_row("2001-03", standard=None, certainty=None, items={}, coverage={})
    [point] = water_points(_version(row), None)
    assert (point.fields["verdict"], point.fields["law"]) == ("NOT_ASSESSABLE", "")


def test_supplementary_items_have_their_one_limit():
    items = {"so4": water_item(31.0, **{"class": None})}
    found = _by_item(water_points(_version(water_row("2016-03", items=items)), LAW))
    assert found["so4"].fields["limit"] == 250.0
    assert found["so4"].fields["level"] is None


@pytest.mark.parametrize(
    ("row", "level"),
    [
        (outlet_row("2016-03-05"), 1),
        (outlet_row("2016-03-05", 61.0), 2),
        (outlet_row("2016-03-05", None), 3),
        (still_row("2016-03-05"), 4),
        (catchment_row("2016-03"), None),
    ],
    ids=["complies", "exceeds", "unknown", "no discharge", "catchment"],
)
def test_what_a_day_of_an_outlet_is(row, level):
    assert _by_item(discharge_points(_version(row)))[""].fields["level"] == level


def test_an_outlet_s_items_have_limits_loads_and_the_spread_of_ph():
    found = _by_item(discharge_points(_version(outlet_row("2016-03-05", 32.0))))

    assert _known(found["cod"]).items() >= {"value": 32.0, "limit": 50.0, "load": 384.0, "substituted": 0}.items()
    spread = {"least": 6.0, "limit": 9.0, "smallest": 6.8, "greatest": 7.4}
    assert _known(found["ph"]).items() >= spread.items()
    assert found[""].tags == {"city": "c", "span": "day", "station": OUTLET}


def test_classes_without_a_source_are_none_of_it_and_not_unknown():
    [rate] = rate_points(_version(rate_row("2016Q1"), standard="RATE-SOURCES"))
    assert [rate.fields[f"class_{level}"] for level in range(1, 7)] == [0, 1, 0, 1, 0, 0]
    assert rate.tags == {"city": "c", "span": "quarter", "standard": "RATE-SOURCES"}


@pytest.mark.parametrize(
    ("changed", "lost"),
    [
        ({}, False),
        ({"verdict": ["EXCEEDS", "COMPLIES"]}, False),
        ({"class": ["IV", None]}, True),
        ({"class": [None, "IV"]}, False),
        ({"items": [{"tp": {"value": 0.1}}, {"tp": {"value": None}}]}, True),
        ({"items": [{"tp": {"value": 0.1}}, {}]}, True),
        ({"items": [{}, {"tp": {"value": 0.1}}]}, False),
        ({"samples": [{"complied": 1}, None]}, True),
        ({"deciding": [["tp"], []]}, False),
    ],
)
def test_what_a_version_no_longer_says_is_noticed(changed, lost):
    """Else its field would shine through behind the new point."""
    assert has_lost(_version(water_row("2016-03"), {"causes": [], "changed": changed})) is lost


def test_boards_of_water_are_for_cities_that_have_some():
    """Of a city without sources there is nothing to choose, and nothing to miss."""
    network = Network((City("c"), City("dry")), water_stations())
    chosen = {board.id: list(choices(board, network)) for board in boards()}

    assert {values["city"] for values in chosen["water"]} == {"c"}
    assert {values["parameter"] for values in chosen["outlets"]} == {"cod", "flow", "sewage_volume"}
    assert chosen["city"] == []
    assert {values["city"] for values in chosen["alarms"]} == {"c"}


def test_a_day_s_point_lies_at_its_own_midnight():
    """Not at that of UTC."""
    [point, *_] = water_points(_version(water_row("2016-03-05")), LAW)
    assert (point.time + 8 * HOUR_MS) % DAY_MS == 0

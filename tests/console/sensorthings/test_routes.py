"""SensorThings: every reading once, by pages, filters and links, as the API of readings tells it; nothing of others."""

from __future__ import annotations

from urllib.parse import quote

import numpy as np
import pytest
from fastapi import FastAPI

from console.access.testing import SignedIn
from console.alarms.testing import Browser
from console.api import application
from console.rest.models import sensorthings as models
from console.sensorthings.entities import PROPERTIES, SETS, WAYS
from console.sensorthings.routes import ROOT
from console.site import open_site
from qualicity.model import Batch, Statistic
from qualicity.periods import DAY_MS, HOUR_MS, day_start, parse_period
from qualicity.testing import FakeClock, hourly

START = day_start(parse_period("2016-03-05").first)
BASE = "http://127.0.0.1:8414"
HOURS = 60
NETWORK = """
[[city]]
id = "beijing"

[[city]]
id = "shenzhen"

[[station]]
id = "Dongsi"
city = "beijing"
name = { zh = "东四", en = "Dongsi" }
position = [116.41, 39.93]
channels = [
    { parameter = "so2", unit = "ug/m3", sensors = [{ serial = "S-1", method = "fluorescence" }] },
    { parameter = "co", unit = "mg/m3" },
    { parameter = "no2", unit = "ug/m3" },
]

[[station]]
id = "w 1"
city = "beijing"
medium = "water"
channels = [{ parameter = "tp", unit = "mg/L", expected_interval = 14400 }]

[[station]]
id = "z"
city = "shenzhen"
channels = [{ parameter = "so2", unit = "ug/m3" }]
"""


def _fill(path):
    (path / "network.toml").write_text(NETWORK, encoding="utf-8")
    with open_site(path, writer=True, clock=FakeClock(START + 9 * DAY_MS)) as site:
        registry = site.store.registry

        def say(station, parameter, values, start=START, unit="ug/m3", **columns):
            rows = hourly(registry, station, parameter, start, values, unit=unit, received=start + DAY_MS)
            site.store.append(Batch(rows.replace(**{key: np.full(len(rows), one) for key, one in columns.items()})))

        say("Dongsi", "so2", np.arange(HOURS) * 1.0)
        say("Dongsi", "so2", [500.0], START + HOUR_MS, revision=1, result_time=START + 5 * HOUR_MS)
        say("Dongsi", "so2", np.arange(3) * 2.0, statistic=int(Statistic.MAX))
        say("Dongsi", "co", [0.5, 900.0], unit="ug/m3")
        say("w 1", "tp", [0.02, 0.03], unit="mg/L")
        say("z", "so2", [7.0])
        say("Dongsi", "so2", [5.0], START + 900 * DAY_MS)  # long after
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a data folder."""
    return _fill(tmp_path_factory.mktemp("site"))


def _app(folder, *cities) -> FastAPI:
    return application(folder, FakeClock(START), access=SignedIn("officer-1", "officer", cities=frozenset(cities)))


@pytest.fixture(scope="module")
def browser(folder):
    """Return what asks, with the right to see all cities."""
    return Browser(_app(folder))


def _get(browser, path, status=200):
    answer = browser.get(path if path.startswith(ROOT) else ROOT + path)
    assert answer.status_code == status, answer.text
    return answer.json()


def _followed(browser, path):
    """Return the entities of all pages."""
    found, pages = [], 0
    while path:
        page = _get(browser, path)
        models.Entities.model_validate(page)
        found += page["value"]
        link = page.get("@iot.nextLink", "")
        assert not link or link.startswith(BASE + ROOT)
        path, pages = link.removeprefix(BASE), pages + 1
        assert pages < 100
    return found, pages


SO2 = "/Datastreams('Dongsi:so2:1:MEAN')/Observations"


def test_the_root_names_the_sets_and_each_leads_to_its_own(browser):
    """By every way that an entity names; ids of every set lead back to what they name."""
    sets = {one["name"]: one["url"].removeprefix(BASE) for one in _get(browser, "")["value"]}
    assert tuple(sets) == SETS
    for name, path in sets.items():
        for entity in _followed(browser, path)[0][:8]:
            link = entity["@iot.selfLink"].removeprefix(BASE)
            assert _get(browser, link) == entity
            assert {key for key in entity if "@" not in key} <= set(PROPERTIES[name])
            for way in WAYS[name]:
                led = entity[f"{way}@iot.navigationLink"].removeprefix(BASE)
                placeless = way in {"FeatureOfInterest", "Locations"}  # two stations have no position
                answer = browser.get(led)
                assert answer.status_code == 200 or placeless, led
                if way in SETS and way != "Observations" and not placeless:
                    assert answer.json()["value"], led


def test_a_station_is_a_thing_at_a_place_with_its_datastreams(browser):
    """A GeoJSON point in WGS-84; of each channel what the log holds, and the silent one, too."""
    thing = _get(browser, "/Things('Dongsi')?$expand=Locations,Datastreams")
    assert (thing["@iot.id"], thing["name"], thing["properties"]["name_zh"]) == ("Dongsi", "Dongsi", "东四")
    (place,) = thing["Locations"]
    assert (place["encodingType"], place["location"]) == (
        "application/geo+json", {"type": "Point", "coordinates": [116.41, 39.93]},
    )  # fmt: skip
    ids = [one["@iot.id"] for one in thing["Datastreams"]]
    assert ids == ["Dongsi:so2:1:MAX", "Dongsi:so2:1:MEAN", "Dongsi:co:1:MEAN", "Dongsi:no2:1:VALUE"]
    stream = _get(browser, "/Datastreams('Dongsi:co:1:MEAN')")
    assert stream["unitOfMeasurement"]["symbol"] == "mg/m3"
    assert stream["observationType"].endswith("OM_Measurement")
    assert stream["phenomenonTime"] == "2016-03-04T16:00:00Z/2016-03-04T18:00:00Z"
    assert stream["observedArea"] == place["location"]
    assert "phenomenonTime" not in thing["Datastreams"][-1]
    assert _get(browser, "/Datastreams('Dongsi:so2:1:MEAN')/Sensor")["metadata"][0]["serial"] == "S-1"
    assert _get(browser, "/Datastreams('Dongsi:so2:1:MEAN')/ObservedProperty")["@iot.id"] == "so2"
    assert _get(browser, "/Things('w%201')")["@iot.id"] == "w 1"
    assert _get(browser, "/Things('w%201')/Locations")["value"] == []


def test_observations_are_the_readings(browser):
    """Every stored row, with the same value, flags and standing; a superseded one says so."""
    asked = "/api/v1/readings?station=Dongsi&parameter=so2&from=2016-03-01&to=2016-12-31&limit=1000"
    rows = {row["seq"]: row for row in browser.get(asked).json()["rows"] if row["statistic"] == "MEAN"}
    found = _followed(browser, f"{SO2}?$filter={quote('phenomenonTime lt 2017-01-01T00:00:00Z')}")[0]

    assert [one["@iot.id"] for one in found] == list(rows)
    for one in found:
        row = rows[one["@iot.id"]]
        quality = one["resultQuality"]
        assert (one["result"], quality["counts"], quality["valid"]) == (row["canonical"], row["counts"], row["valid"])
        assert (quality["flags"], quality["grade"], quality["revision"]) == (
            row["flags"],
            row["grade"],
            row["revision"],
        )
        assert (one["parameters"]["value"], one["parameters"]["unit"]) == (row["value"], row["unit"])
    first, second, corrected = found[:3]
    assert first["phenomenonTime"] == "2016-03-04T16:00:00Z/2016-03-04T17:00:00Z"
    assert (first["resultTime"], corrected["resultTime"]) == (None, "2016-03-04T21:00:00Z")
    assert (second["resultQuality"]["counts"], corrected["resultQuality"]["counts"]) == (False, True)
    (carbon, _) = _get(browser, "/Datastreams('Dongsi:co:1:MEAN')/Observations")["value"]
    assert (carbon["result"], carbon["parameters"]["value"]) == (0.0005, 0.5)
    assert _get(browser, f"/Observations({carbon['@iot.id']})/Datastream")["@iot.id"] == "Dongsi:co:1:MEAN"


@pytest.mark.parametrize("path", [SO2, "/Observations", "/FeaturesOfInterest('Dongsi')/Observations"])
@pytest.mark.parametrize("options", ["$top=7", "$top=7&$orderby=phenomenonTime desc"])
def test_pages_hold_each_observation_once(browser, monkeypatch, path, options):
    """In order, to the end, over a gap of years; with a limit for all pages no more than that."""
    whole = _followed(browser, f"{path}?{options.replace('7', '1000')}")[0]
    monkeypatch.setattr("console.sensorthings.asked.MOST", 7)
    monkeypatch.setattr("console.sensorthings.asked.USUAL", 7)
    found, pages = _followed(browser, f"{path}?{options.replace('$top=7', '$count=true')}")
    ids = [one["@iot.id"] for one in found]
    times = [one["phenomenonTime"] for one in found]

    assert found == whole
    assert len(set(ids)) == len(ids) == _get(browser, f"{path}?$count=true&$top=0")["@iot.count"]
    assert times == sorted(times, reverse="desc" in options)
    assert pages == -(-len(ids) // 7) > 8
    limited, pages = _followed(browser, f"{path}?{options.replace('$top=7', '$top=20')}")
    assert ([one["@iot.id"] for one in limited], pages) == (ids[:20], 3)
    skipped = _followed(browser, f"{path}?{options.replace('$top=7', '$skip=5')}")[0]
    assert [one["@iot.id"] for one in skipped] == ids[5:]


@pytest.mark.parametrize(("condition", "count"), [
    ("phenomenonTime ge 2016-03-05T00:00:00Z and phenomenonTime lt 2016-03-05T06:00:00Z", 6),
    ("phenomenonTime gt 2016-03-05T00:00:00Z and phenomenonTime le 2016-03-05T06:00:00Z", 6),
    ("phenomenonTime eq 2016-03-05T08:00:00+08:00", 1),
    ("result gt 57", 3),
    ("result ge 57 and result ne 58 and phenomenonTime lt 2017-01-01T00:00:00Z", 3),
    ("resultTime ge 2016-01-01T00:00:00Z", 1),
    ("resultQuality/counts eq false", 1),
    ("phenomenonTime gt 2030-01-01T00:00:00Z", 0),
])  # fmt: skip
def test_filters_choose(browser, condition, count):
    """Half-open spans join without doubling; the count is that of what fulfils the filter."""
    bounded = f"{condition} and phenomenonTime lt 2016-12-31T00:00:00Z"
    page = _get(browser, f"{SO2}?$count=true&$filter={quote(bounded)}")
    assert (len(page["value"]), page["@iot.count"]) == (count, count)
    assert len(_get(browser, f"{SO2}?$filter={quote(condition)}")["value"]) == count


def test_order_and_selection(browser):
    """By what was observed within a bounded time; only the properties that are named."""
    span = quote("phenomenonTime lt 2016-12-31T00:00:00Z")
    found = _followed(browser, f"{SO2}?$orderby=result desc&$top=3&$select=result,resultTime&$filter={span}")[0]
    assert found == [
        {"result": 500.0, "resultTime": "2016-03-04T21:00:00Z"},
        {"result": 59.0, "resultTime": None},
        {"result": 58.0, "resultTime": None},
    ]
    (one,) = _get(browser, f"{SO2}?$top=1&$select=id,Datastream&$expand=Datastream,FeatureOfInterest")["value"]
    assert one.keys() == {"@iot.id", "Datastream@iot.navigationLink", "Datastream", "FeatureOfInterest"}
    assert one["Datastream"]["@iot.id"] == "Dongsi:so2:1:MEAN"
    assert one["FeatureOfInterest"]["feature"]["type"] == "Point"


@pytest.mark.parametrize(("path", "status"), [
    ("/Things('none')", 404), ("/Things(Dongsi)", 404), ("/Things('Dongsi')/Sensors", 404), ("/Nothing", 422),
    ("/Things('Dongsi')/name", 404), ("/Observations(0)", 404), ("/Observations(99999999999999999999)", 404),
    ("/Observations(5)/Datastream/Thing", 404), ("/Observations('x')", 404), ("/Things('%00')", 404),
    ("/Datastreams('Dongsi:co:1:MEAN')/Observations?$orderby=result", 200),
    (f"{SO2}?$orderby=result", 400), ("/Observations?$count=true&$filter=result gt 5", 400),
    ("/Datastreams?$filter=name eq 'x'", 400), ("/Datastreams?$expand=Observations", 400), ("/Things?$top=-1", 422),
    ("/Observations?$filter=result gt 5 or result lt 1", 400), ("/Observations?$skiptoken=a.b", 400),
    ("/Observations?$skiptoken=999999999999999.999999999999999999", 200), ("/Observations?$skip=999999999", 200),
    ("/Observations?$filter=phenomenonTime ge 9999-12-31T23:59:59Z", 200),
    ("/Observations?$filter=phenomenonTime ge 0001-01-01T00:00:00Z", 200),
])  # fmt: skip
def test_what_cannot_be_had_is_said(browser, path, status):
    """In the API's form of refusals."""
    body = _get(browser, path, status)
    assert status == 200 or body.keys() == {"cause", "mend", "kind", "status"}


def test_foreign_cities_are_not_there(folder):
    """Neither their things, nor their observations, by any way."""
    browser = Browser(_app(folder, "shenzhen"))
    assert [one["@iot.id"] for one in _get(browser, "/Things")["value"]] == ["z"]
    assert [one["@iot.id"] for one in _get(browser, "/Datastreams")["value"]] == ["z:so2:1:MEAN"]
    (own,) = _get(browser, "/Observations?$count=true")["value"]
    assert own["result"] == 7.0
    for path in ("/Things('Dongsi')", SO2, "/Observations(1)", "/Sensors('Dongsi:co:1')", "/ObservedProperties('co')"):
        _get(browser, path, 404)


def test_what_arrives_later_is_seen_and_a_site_may_be_empty(tmp_path):
    """The log is followed; without one there are things and no observations."""
    (tmp_path / "network.toml").write_text(NETWORK, encoding="utf-8")
    browser = Browser(_app(tmp_path))
    assert _get(browser, "/Observations?$count=true") == {"@iot.count": 0, "value": []}
    assert len(_get(browser, "/Datastreams")["value"]) == 5
    _get(browser, "/Observations(1)", 404)
    _fill(tmp_path)
    before = _get(browser, "/Observations?$count=true&$top=0")["@iot.count"]
    with open_site(tmp_path, writer=True, clock=FakeClock(START)) as site:
        site.store.append(Batch(hourly(site.store.registry, "Dongsi", "no2", START + 2000 * DAY_MS, [1.0, 2.0])))
    assert _get(browser, "/Observations?$count=true&$top=0")["@iot.count"] == before + 2
    assert len(_get(browser, "/Datastreams('Dongsi:no2:1:MEAN')/Observations")["value"]) == 2


@pytest.mark.parametrize("path", ["", "/Things"])
def test_a_slash_at_the_end_changes_nothing(browser, path):
    assert browser.get(f"{ROOT}{path}/").json() == browser.get(f"{ROOT}{path}").json()

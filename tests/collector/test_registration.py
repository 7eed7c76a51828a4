from __future__ import annotations

import datetime as dt

import pytest

from collector.files.channels import Declaration
from collector.importer import Counts, Importer, open_files
from collector.registration import Registrar
from qualicity.errors import UsageError
from qualicity.network import Network
from qualicity.network_file import site_network
from qualicity.settings import Settings
from qualicity.testing import FakeClock, MemoryStore

NOW = 1_467_331_200_000
HEADER = "station,parameter,time,value,unit,period\n"

OWN = """
[[city]]
id = "town"

[[station]]
id = "park"
city = "town"
channels = [{ parameter = "pm25", unit = "ug/m3" }]
"""


def take(folder, rows, **declaration) -> tuple[Counts, MemoryStore, Network, list[str]]:
    path = folder / "file.csv"
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    told: list[str] = []
    declared = Declaration(**{"label": "end", **declaration})

    def reload() -> Network:
        return site_network(folder, Settings())

    store, counts = MemoryStore(), Counts()
    registrar = Registrar(folder, reload(), declared, reload, told.append)
    importer = Importer(store, reload(), declared, FakeClock(NOW), registrar=registrar)
    importer.take(open_files([path]).files[0], counts)
    return counts, store, reload(), told


def test_unknown_stations_are_made_as_the_file_speaks_of_them(tmp_path):
    rows = ["s1,PM2.5,1451595600000,1,ug/m3,", "s1,co,1451595600000,1,mg/m3,300", "s2,o3,1451595600000,1,ug/m3,"]
    counts, _, network, told = take(tmp_path, rows)
    assert counts.accepted == 3
    assert [city.id for city in network.cities] == ["default"]
    made = {
        (station.id, channel.parameter, channel.unit, channel.expected_interval, channel.label, channel.zone)
        for station in network.stations
        for channel in station.channels
    }
    assert made == {
        ("s1", "pm25", "ug/m3", 3600, "end", "+08:00"),
        ("s1", "co", "mg/m3", 300, "end", "+08:00"),
        ("s2", "o3", "ug/m3", 3600, "end", "+08:00"),
    }
    assert told[0] == "made city 'default'"
    assert len(told) == 3
    assert take(tmp_path, rows)[3] == []


def test_rows_that_cannot_be_taken_register_nothing(tmp_path):
    rows = [
        "a,pm25,never,1,ug/m3,",
        "b,pm25,1451595600000,x,ug/m3,",
        "c,smell,1451595600000,1,ug/m3,",
        "d,pm25,1451595600000,1,ppb,",
        "e/f,pm25,1451595600000,1,ug/m3,",
        ",pm25,1451595600000,1,ug/m3,",
    ]
    counts, store, network, told = take(tmp_path, rows)
    assert counts.rejected == 6
    assert (network, told) == (Network(), [])
    assert "a control character" in store.letters[4].detail


def test_stations_that_people_declared_are_left_alone(tmp_path):
    """A channel that network.toml does not give its station is a reject: the file is theirs to mend."""
    (tmp_path / "network.toml").write_text(OWN, encoding="utf-8")
    rows = ["park,so2,1451595600000,1,ug/m3,", "lake,so2,1451595600000,1,ug/m3,"]
    counts, store, network, _ = take(tmp_path, rows)
    assert (counts.accepted, counts.rejected) == (1, 1)
    assert "declare it where the station is" in store.letters[0].detail
    assert network.station_by_id["lake"].city == "town"


def test_a_registered_station_gains_channels(tmp_path):
    take(tmp_path, ["lake,so2,1451595600000,1,ug/m3,"])
    counts, _, network, told = take(tmp_path, ["lake,o3,1451595600000,1,ug/m3,", "lake,so2,1451599200000,1,ug/m3,"])
    assert counts.accepted == 2
    assert [channel.parameter for channel in network.station_by_id["lake"].channels] == ["so2", "o3"]
    assert told == ["registered 'lake' in 'default': o3"]


def test_what_becomes_of_rows_without_a_period_is_told(tmp_path):
    """Hourly values of an outlet would silently be samples of a laboratory."""
    rows = ["o1,cod,1451595600000,40,mg/L,", "o1,flow,1451595600000,10,m3/h,3600"]
    _, _, network, told = take(tmp_path, rows, medium="wastewater")
    assert {one.parameter: one.sampling for one in network.station_by_id["o1"].channels} == {
        "cod": "manual", "flow": "automatic",
    }  # fmt: skip
    assert told[-1] == "registered 'o1' in 'default': cod, flow; no row states a period, so these are samples: cod"


def test_what_has_no_value_is_refused_for_that(tmp_path):
    """No channel is made for it; that there is none is not what has to be mended."""
    rows = ["o1,cod,1451595600000,40,mg/L,", "o1,nh3n,1451595600000,--,mg/L,", "o1,tp,1451595600000,,mg/L,"]
    _, store, _, _ = take(tmp_path, rows, medium="wastewater")
    assert [letter.detail for letter in store.letters] == [
        "value '--' is not a decimal number", "the value is blank",
    ]  # fmt: skip


def test_a_declared_zone_is_that_of_the_channels(tmp_path):
    zone = dt.timezone(-dt.timedelta(hours=3, minutes=30))
    _, _, network, _ = take(tmp_path, ["lake,so2,2016-01-01 01:00,1,ug/m3,"], zone=zone)
    assert network.station_by_id["lake"].channels[0].zone == "-03:30"


def test_a_label_is_not_guessed(tmp_path):
    with pytest.raises(UsageError, match="--label"):
        take(tmp_path, [], label=None)


def test_a_city_is_not_guessed_among_several(tmp_path):
    (tmp_path / "network.toml").write_text('[[city]]\nid = "a"\n[[city]]\nid = "b"\n', encoding="utf-8")
    with pytest.raises(UsageError, match="a, b"):
        take(tmp_path, [])
    _, _, network, _ = take(tmp_path, ["lake,so2,1451595600000,1,ug/m3,"], city="b")
    assert network.station_by_id["lake"].city == "b"


def test_a_named_city_is_held_against_the_stations(tmp_path):
    (tmp_path / "network.toml").write_text(OWN, encoding="utf-8")
    counts, store, _, _ = take(tmp_path, ["park,pm25,1451595600000,1,ug/m3,"], city="elsewhere")
    assert counts.rejected == 1
    assert store.letters[0].reason == "name disagrees with topic"

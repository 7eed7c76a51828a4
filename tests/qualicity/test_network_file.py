from __future__ import annotations

import datetime as dt
import re
import tomllib
from importlib.resources import files
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualicity.errors import InputError
from qualicity.network import (
    ChannelSettings,
    City,
    Logger,
    Name,
    Network,
    NetworkFile,
    Outlet,
    PermitLimit,
    Sensor,
    Station,
    Water,
)
from qualicity.network_file import REGISTERED_FILE, load_network, register, site_network
from qualicity.network_text import write_network
from qualicity.settings import Settings

EXAMPLES = Path(__file__).parents[2] / "examples"

SOUND = """
[[city]]
id = "c"

[[station]]
id = "s"
city = "c"
channels = [{ parameter = "pm25", unit = "ug/m3" }]
"""


def load(folder: Path, text: str) -> Network:
    path = folder / "network.toml"
    path.write_text(text, encoding="utf-8")
    return load_network([path])


def problems(folder: Path, text: str) -> str:
    with pytest.raises(InputError) as error:
        load(folder, text)
    return error.value.cause


def test_defaults_are_those_of_the_structs(tmp_path):
    network = load(tmp_path, SOUND)
    (station,) = network.stations
    assert station == Station("s", "c", channels=(ChannelSettings("pm25", "ug/m3"),))


def test_all_problems_of_all_files_are_said_at_once(tmp_path):
    """One page of errors, each with file and path."""
    (tmp_path / "other.toml").write_text("[[city]]\nid = 3\n", encoding="utf-8")
    (tmp_path / "broken.toml").write_text("[[city]\n", encoding="utf-8")
    path = tmp_path / "network.toml"
    path.write_text(
        """
colour = 1
[[city]]
id = "c"
air_targt = ">98"
[[station]]
id = "s"
city = "c"
district = 5
medium = "soil"
channels = [{ parameter = "pm25" }, { unit = "ug/m3", parameter = "pm25", poc = "1" }]
""",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as error:
        load_network([path, tmp_path / "other.toml", tmp_path / "broken.toml"])
    said = error.value.cause
    for part in (
        "network.toml: colour: unknown key",
        "city[0] 'c'.air_targt: unknown key",
        "station[0] 's'.district: Expected `str`, got `int`",
        "station[0] 's'.medium: Invalid enum value 'soil'",
        "station[0] 's'.channels[0]: unit is missing",
        "station[0] 's'.channels[1].poc: Expected `int`, got `str`",
        "other.toml: city[0].id: Expected `str`, got `int`",
        "broken.toml: cannot be read",
    ):
        assert part in said
    assert said.startswith("8 problems")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('id = "s"', 'id = "a/b"'), "station[0] 'a/b'.id: 'a/b' holds one of /"),
        (('id = "s"', 'id = "s "'), "a blank at an end"),
        (('id = "s"', 'id = ""'), "an id is not empty"),
        (('id = "c"', 'id = "c#1"'), "city[0] 'c#1'.id"),
        (('city = "c"', 'city = "d"'), "station[0] 's'.city: no city 'd' is declared"),
        (("pm25", "smell"), "channels[0].parameter: no parameter 'smell'"),
        (("pm25", "PM2.5"), "channels[0].parameter: write 'PM2.5' as 'pm25'"),
        (("ug/m3", "ppb"), "channels[0].unit"),
        (('"ug/m3"', '"ug/m3", zone = "Asia/Shanghai"'), "channels[0].zone: 'Asia/Shanghai' is not a UTC offset"),
        (('"ug/m3"', '"ug/m3", label = "middle"'), "channels[0].label: Invalid enum value 'middle'"),
        (('"ug/m3"', '"ug/m3", poc = 0'), "channels[0].poc: 0 is below 1"),
        (('"ug/m3"', '"ug/m3", expected_interval = 0'), "channels[0].expected_interval"),
        (('"ug/m3"', '"ug/m3", decimals = -1'), "channels[0].decimals"),
        (('"ug/m3"', '"ug/m3", range = [5, 1]'), "channels[0].range: 5.0 is above 1.0"),
        (('city = "c"', 'city = "c"\nposition = [200, 0]'), "position: [200.0, 0.0] is not"),
        (
            ('city = "c"', 'city = "c"\nvalid_from = 2016-01-02\nvalid_to = 2016-01-01'),
            "valid_to: 2016-01-01 is before",
        ),
        (('city = "c"', 'city = "c"\nnot_monitored = ["PM2.5"]'), "not_monitored: write 'PM2.5' as 'pm25'"),
        (('id = "c"', 'id = "c"\nair_target = "98%"'), "air_target: '98%' is not"),
        (('id = "c"', 'id = "c"\nlaw_adoption = { GB1 = 2013-01-01 }'), "law_adoption.GB1: no such standard"),
        (("channels = [", 'channels = [{ parameter = "pm25", unit = "ug/m3" }, '), "pm25 with poc 1 is declared twice"),
    ],
)
def test_what_cannot_be_is_said_with_its_place(tmp_path, change, said):
    assert said in problems(tmp_path, SOUND.replace(*change))


def test_a_channel_of_a_gas_may_be_in_ppb(tmp_path):
    """Many analysers give mixing ratios."""
    text = SOUND.replace("pm25", "o3").replace("ug/m3", "ppb")
    assert load(tmp_path, text).stations[0].channels[0].unit == "ppb"


def test_an_id_twice_is_said_with_both_places(tmp_path):
    said = problems(tmp_path, SOUND + SOUND)
    assert "network.toml: city[1] 'c'.id: 'c' is declared already at" in said
    assert "network.toml: station[1] 's'.id: 's' is declared already at" in said


def test_a_last_day_may_be_the_first(tmp_path):
    load(tmp_path, SOUND.replace('city = "c"', 'city = "c"\nvalid_from = 2016-01-01\nvalid_to = 2016-01-01'))


def test_a_site_has_its_own_file_and_registered_stations(tmp_path):
    (tmp_path / "network.toml").write_text(SOUND, encoding="utf-8")
    register(tmp_path, [], [Station("t", "c", channels=(ChannelSettings("so2", "ug/m3"),))])
    network = site_network(tmp_path, Settings())
    assert [station.id for station in network.stations] == ["s", "t"]


def test_a_site_may_have_no_network_but_not_a_missing_one(tmp_path):
    assert site_network(tmp_path, Settings()) == Network()
    with pytest.raises(InputError, match="does not exist"):
        site_network(tmp_path, Settings(network=tmp_path / "absent.toml"))


def test_registering_adds_channels_and_keeps_what_is_there(tmp_path):
    so2, pm25 = (ChannelSettings(name, "ug/m3", label="end") for name in ("so2", "pm25"))
    register(tmp_path, [City("c")], [Station("s", "c", channels=(so2,))])
    register(tmp_path, [City("c")], [Station("s", "elsewhere", channels=(pm25, ChannelSettings("so2", "mg/m3")))])
    network = load_network([tmp_path / REGISTERED_FILE])
    assert network.stations == (Station("s", "c", channels=(so2, pm25)),)
    assert network.cities == (City("c"),)
    assert [path.name for path in tmp_path.iterdir()] == [REGISTERED_FILE]


def test_a_registered_file_that_cannot_be_read_is_not_overwritten(tmp_path):
    path = tmp_path / REGISTERED_FILE
    path.write_text("[[station]]\nid = 3\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"station\[0\]"):
        register(tmp_path, [City("c")], [])
    assert path.read_text("utf-8") == "[[station]]\nid = 3\n"


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBER = st.floats(allow_nan=False, width=64)
DAY = st.none() | st.dates(dt.date(1900, 1, 1))
NAME = st.builds(Name, zh=TEXT, en=TEXT)
SENSOR = st.builds(Sensor, serial=TEXT, method=TEXT, calibrated=st.lists(st.dates(), max_size=2).map(tuple))
CHANNEL = st.builds(
    ChannelSettings,
    parameter=TEXT,
    unit=TEXT,
    poc=st.integers(-5, 5),
    label=st.sampled_from(["begin", "end"]),
    decimals=st.none() | st.integers(0, 3),
    range=st.none() | st.tuples(NUMBER, NUMBER),
    sentinels=st.lists(NUMBER, max_size=2).map(tuple),
    sensors=st.lists(SENSOR, max_size=2).map(tuple),
)
LIMIT = st.builds(
    PermitLimit, parameter=TEXT, unit=TEXT, most=st.none() | TEXT, period=st.sampled_from(["1h", "24h"]), document=TEXT
)
OUTLET = st.builds(
    Outlet,
    kind=st.sampled_from(["industrial", "municipal"]),
    grade=TEXT,
    built=DAY,
    intermittent=st.booleans(),
    limits=st.lists(LIMIT, max_size=2).map(tuple),
    design_capacity=st.none() | NUMBER,
)
WATER = st.builds(Water, body=st.sampled_from(["river", "groundwater"]), target=TEXT, excluded=TEXT)
LOGGER = st.builds(
    Logger, mn=TEXT, station=TEXT, systems=st.lists(TEXT, max_size=2).map(tuple),
    units=st.dictionaries(TEXT, TEXT, max_size=2), poc=st.none() | st.integers(0, 3), history=st.booleans(),
)  # fmt: skip
STATION = st.builds(
    Station,
    id=TEXT,
    city=TEXT,
    name=NAME,
    position=st.none() | st.tuples(NUMBER, NUMBER),
    valid_from=DAY,
    not_monitored=st.lists(TEXT, max_size=2).map(tuple),
    water=WATER,
    outlet=OUTLET,
    channels=st.lists(CHANNEL, max_size=3).map(tuple),
)
CITY = st.builds(City, id=TEXT, name=NAME, law_adoption=st.dictionaries(TEXT, st.dates(), max_size=2))


@given(cities=st.lists(CITY, max_size=2), stations=st.lists(STATION, max_size=2), loggers=st.lists(LOGGER, max_size=2))
@settings(max_examples=80, deadline=None)
def test_what_is_written_is_read_back(cities, stations, loggers):
    """Any network, however odd its texts and numbers, survives its own TOML."""
    network = NetworkFile(tuple(cities), tuple(stations), tuple(loggers))
    read = msgspec.convert(tomllib.loads(write_network(network, "Heading\nof two lines")), NetworkFile)
    assert read == network


def test_the_sample_is_a_network_and_says_the_defaults(tmp_path):
    """The sample names every key; what stands behind a "#" is the default, or an example where there is none."""
    sample = Path(str(files("console") / "samples" / "network.toml"))
    assert len(load_network([sample]).stations) == 1
    text = re.sub(r"^( *)# (?=\[|\w+ = )", r"\1", sample.read_text("utf-8"), flags=re.MULTILINE)
    read = load(tmp_path, text)
    air, source, outlet = read.stations
    (limit,) = outlet.outlet.limits
    for item in (read.cities[0], air, air.channels[0], source.water, outlet.outlet, limit, read.loggers[0]):
        for field in msgspec.structs.fields(item):
            assert re.search(rf"^ *{field.encode_name} = |\.{field.encode_name}\]", text, re.MULTILINE), field.name
            default = None if field.default is msgspec.NODEFAULT else field.default
            if not field.required and default and not isinstance(default, msgspec.Struct):
                assert getattr(item, field.name) == default, field.name


def test_the_shenzhen_example_is_a_network():
    network = load_network([EXAMPLES / "shenzhen" / "network.toml"])
    assert [city.id for city in network.cities] == ["shenzhen"]
    assert len(network.stations_of("shenzhen")) == 13
    for station in network.stations_of("shenzhen"):
        assert {channel.parameter for channel in station.channels} == {"so2", "no2", "pm10", "pm25", "co", "o3"}
        assert all(channel.label == "end" for channel in station.channels)


def test_the_shenzhen_example_has_sources_and_outlets():
    """Sources measure what decides a class, by instruments and by samples; what is invented says so in its name."""
    network = load_network([EXAMPLES / "shenzhen" / "network.toml"])
    sources, outlets = (network.stations_of("shenzhen", medium) for medium in ("water", "wastewater"))
    assert len(sources) == 6
    for station in sources:
        assert (station.purpose, station.water.body) == ("source", "reservoir")
        assert len({channel.parameter for channel in station.channels}) == 9 + 22 + 1
    assert {station.outlet.kind for station in outlets} == {"industrial", "municipal"}
    assert all("虚构" in station.name.zh and "invented" in station.name.en for station in outlets)
    assert {logger.station for logger in network.loggers} == {s.id for s in outlets if s.purpose == "outlet"}


def test_the_shenzhen_example_names_the_stations_of_the_data(oracles):
    import csv
    import gzip

    with gzip.open(oracles / "air" / "national_station_hourly_2020-04_open.csv.gz", "rt", encoding="utf-8") as file:
        named = {row["WatchPoint"] for row in csv.DictReader(file) if row["City"] == "深圳"}
    network = load_network([EXAMPLES / "shenzhen" / "network.toml"])
    assert {station.name.zh for station in network.stations_of("shenzhen")} == named

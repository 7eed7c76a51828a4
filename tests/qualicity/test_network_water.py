"""Sources, outlets and loggers of a network: what cannot be is said with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from qualicity.errors import InputError
from qualicity.network import Logger, Network, NetworkFile, Outlet, PermitLimit, Water
from qualicity.network_file import load_network, register
from qualicity.network_text import write_network

SOUND = """
[[city]]
id = "c"
water_target = ">98"

[[station]]
id = "lake"
city = "c"
medium = "water"
purpose = "source"
water = { body = "lake", target = "II" }

  [[station.channels]]
  parameter = "pb"
  unit = "ug/L"
  poc = 2
  sampling = "manual"
  expected_interval = 2678400

  [[station.channels]]
  parameter = "abstraction_volume"
  unit = "m3"

[[station]]
id = "works"
city = "c"
medium = "wastewater"
purpose = "outlet"

  [station.outlet]
  kind = "industrial"
  grade = "2"
  scope = "other"
  built = 2005-01-01

    [[station.outlet.limits]]
    parameter = "cod"
    unit = "mg/L"
    most = "80.5"
    document = "permit 7"

    [[station.outlet.limits]]
    parameter = "ph"
    unit = "pH"
    least = "6.5"
    most = "8.5"

  [[station.channels]]
  parameter = "cod"
  unit = "mg/L"

[[station]]
id = "district"
city = "c"
medium = "wastewater"
purpose = "catchment"

  [[station.channels]]
  parameter = "sewage_volume"
  unit = "m3"

[[logger]]
mn = "010000A8900016F000169DC0"
station = "works"
systems = ["32"]
addresses = ["10.1.0.0/16", "192.168.1.7"]
units = { w01018 = "ug/L", p01 = "mg/L" }
codes = { p01 = "cod" }
poc = 1
"""


def load(folder: Path, text: str) -> Network:
    path = folder / "network.toml"
    path.write_text(text, encoding="utf-8")
    return load_network([path])


def test_sources_outlets_and_loggers_are_read(tmp_path):
    network = load(tmp_path, SOUND)
    lake, works, district = network.stations
    assert lake.water == Water(body="lake", target="II")
    assert [one.sampling for one in lake.channels] == ["manual", "automatic"]
    assert works.outlet.limits == (
        PermitLimit("cod", "mg/L", most="80.5", document="permit 7"),
        PermitLimit("ph", "pH", most="8.5", least="6.5"),
    )
    assert district.outlet == Outlet()
    assert network.logger_by_mn["010000A8900016F000169DC0"].station == "works"
    assert network.cities[0].water_target == ">98"


CHANGES = [
    ('">98"', '"<98"', "city[0] 'c'.water_target: '<98' is not a target"),
    ('">98"', '">=98"\nsewage_target = "80"', "sewage_target: '80' is not a target"),
    ('">98"', '">=98"\ndischarge_target = ">101"', "discharge_target: '>101' is not a target"),
    ('purpose = "source"', 'purpose = "outlet"', "'lake'.purpose: 'outlet' is none of water: source or assessment"),
    ('purpose = "source"', 'purpose = "traffic"', "purpose: 'traffic' is none of water"),
    ('medium = "water"', 'medium = "air"', "purpose: 'source' is none of air: assessment or background or traffic"),
    ('medium = "water"\npurpose = "source"', 'medium = "air"', "'lake'.water: the station is of air"),
    ('body = "lake"', 'body = "sea"', "water.body: Invalid enum value 'sea'"),
    ('target = "II"', 'target = "VI"', "water.target: 'VI' is no class of GB3838-2002: I, II, III, IV, V"),
    ('target = "II"', 'standard = "GB1"', "water.standard: no table of classes of water 'GB1'; known are"),
    ('target = "II"', 'standard = "GB8978-1996"', "water.standard: no table of classes of water 'GB8978-1996'"),
    ('target = "II"', 'standard = "GBT14848-2017"', "GBT14848-2017 is about groundwater, not about a lake"),
    ('target = "II"', "design_capacity = 0", "water.design_capacity: 0.0 is no volume above 0"),
    ('unit = "ug/L"', 'unit = "m3"', "'lake'.channels[0].unit: 'm3' is not a unit of pb"),
    ('parameter = "pb"', 'parameter = "pm25"', "channels[0].parameter: pm25 is not measured in water"),
    ('sampling = "manual"', 'sampling = "by hand"', "channels[0].sampling: Invalid enum value 'by hand'"),
    (
        'grade = "2"',
        'standard = "GB3838-2002"',
        "outlet.standard: no table of discharge limits 'GB3838-2002'; known are",
    ),
    ('grade = "2"', 'grade = "1A"', "outlet.grade: '1A' is no grade of GB8978-1996: 1, 2, 3"),
    ('scope = "other"', 'scope = "bakery"', "outlet.scope: 'bakery' is no industry of GB8978-1996: other, "),
    (
        'parameter = "cod"\n    unit',
        'parameter = "smell"\n    unit',
        "outlet.limits[0].parameter: no parameter 'smell'",
    ),
    ('parameter = "cod"\n    unit', 'parameter = "COD"\n    unit', "limits[0].parameter: write 'COD' as 'cod'"),
    ('unit = "mg/L"\n    most', 'unit = "L/s"\n    most', "outlet.limits[0].unit: 'L/s' is not a unit of cod"),
    ('most = "80.5"', 'most = "80,5"', "outlet.limits[0].most: '80,5' is no decimal number"),
    ('most = "80.5"', 'most = "NaN"', "outlet.limits[0].most: 'NaN' is no decimal number"),
    ('most = "80.5"', "most = 80.5", "outlet.limits[0].most: Expected `str | null`, got `float`"),
    ('most = "80.5"\n', "", "outlet.limits[0].most: neither most nor least is given"),
    ('least = "6.5"', 'least = "8.6"', "outlet.limits[1].least: 8.6 is above 8.5"),
    (
        'parameter = "ph"\n    unit = "pH"',
        'parameter = "cod"\n    unit = "mg/L"',
        "limits[1]: cod in 24h is limited twice",
    ),
    ('purpose = "catchment"', 'purpose = "catchment"\noutlet = { grade = "2" }', "the station's purpose is catchment"),
    ('station = "works"', 'station = "work"', "logger[0].station: no station 'work' is declared"),
    ('mn = "010000A8900016F000169DC0"', 'mn = "0100 A8"', "logger[0].mn: '0100 A8' is not 1 to 24 letters"),
    ('systems = ["32"]', 'systems = ["3"]', "logger[0].systems: '3' is no system code such as '32'"),
    ('systems = ["32"]', 'protocol = "HJ212-2016"', "logger[0].protocol: Invalid enum value 'HJ212-2016'"),
    ('"10.1.0.0/16"', '"10.1.0.7/16"', "logger[0].addresses: 10.1.0.7/16 has host bits set"),
    ('"10.1.0.0/16"', '"plant.example"', "logger[0].addresses: 'plant.example' does not appear to be"),
    ('p01 = "cod"', 'p01 = "smell"', "logger[0].codes.p01: no parameter 'smell'"),
    ('w01018 = "ug/L"', 'w01018 = "C"', "logger[0].units.w01018: 'C' is not a unit of cod"),
    ('w01018 = "ug/L"', 'w99999 = "ug/L"', "logger[0].units.w99999: no parameter has the factor code 'w99999'"),
    ("poc = 1\n", "poc = 3\n", "logger[0].poc: station 'works' has no channel with poc 3"),
    ("poc = 1\n", "real_time_interval = 29\n", "logger[0].real_time_interval: 29 is not between 30 and 3600 s"),
    ("poc = 1\n", "minute_interval = 7\n", "logger[0].minute_interval: 7 is none of 1, 2, 3"),
]


@pytest.mark.parametrize(("old", "new", "said"), CHANGES)
def test_what_cannot_be_is_said_with_its_place(tmp_path, old, new, said):
    assert SOUND.count(old) == 1
    with pytest.raises(InputError) as error:
        load(tmp_path, SOUND.replace(old, new))
    assert said in error.value.cause


def test_an_mn_belongs_to_one_logger(tmp_path):
    again = '\n[[logger]]\nmn = "010000A8900016F000169DC0"\nstation = "works"\n'
    with pytest.raises(InputError) as error:
        load(tmp_path, SOUND + again)
    assert "logger[1].mn: '010000A8900016F000169DC0' is declared already at" in error.value.cause


def test_loggers_of_registered_stations_stay(tmp_path):
    """What people add to the file of registered stations is not lost when an import adds to it."""
    path = tmp_path / "registered.toml"
    path.write_text(SOUND, encoding="utf-8")
    before = load_network([path])
    register(tmp_path, [], [])
    assert load_network([path]) == before


def test_an_outlets_limits_are_tables_of_their_own(tmp_path):
    """So that people can read what `import --register` or they themselves wrote."""
    network = load(tmp_path, SOUND)
    text = write_network(NetworkFile(network.cities, network.stations, network.loggers))
    for line in ("  [station.outlet]", "    [[station.outlet.limits]]", 'water = { body = "lake", target = "II" }'):
        assert line in text.splitlines()


@pytest.mark.parametrize("history", [True, False])
def test_a_switch_is_written_as_toml_does(tmp_path, history):
    loggers = (Logger("1", "works", history=history),)
    network = load(tmp_path, SOUND)
    text = write_network(NetworkFile(network.cities, network.stations, loggers))
    assert load(tmp_path, text).loggers == loggers


def test_a_factor_code_may_be_not_wanted(tmp_path):
    """So that weather that an outlet's logger sends too fills no dead letters."""
    network = load(tmp_path, SOUND.replace('p01 = "cod"', 'p01 = "cod", a01001 = ""'))
    assert network.loggers[0].codes == {"p01": "cod", "a01001": ""}

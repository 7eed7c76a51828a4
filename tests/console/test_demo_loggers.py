"""The live demo's loggers: what they measure arrives through the service's gateway."""

from __future__ import annotations

import os
import time

import pytest

from collector.embedded_broker import free_port
from console import demo_water
from console.demo import part_process
from console.demo_loggers import STATIONS, Loggers, without_loggers
from console.site import open_site
from console.supervisor import SUPERVISED
from qualicity.periods import HOUR_MS, parse_period

START = parse_period("2016-03-05").start


@pytest.fixture
def loggers():
    return Loggers(demo_water.water_network(), 7, ("127.0.0.1", free_port()), 300)


def test_other_stations_are_simulated_over_the_broker():
    whole = demo_water.water_network()
    rest = without_loggers(whole)
    assert {station.id for station in whole.stations} - {station.id for station in rest.stations} == set(STATIONS)


def test_an_hour_is_told_once_and_when_it_is_over(loggers):
    """However the time is cut; real-time data come with each piece."""
    for minutes in ((0, 3), (3, 58), (58, 62), (62, 130)):
        loggers.measure(*(START + minute * 60_000 for minute in minutes))
    for device in loggers.devices:
        told = [(item.cn, (item.time - START) // 60_000) for item in device._queue]
        assert [minute for cn, minute in told if cn == "2061"] == [0, 60]
        assert [minute for cn, minute in told if cn == "2011"] == [3, 58, 62, 130]


def test_what_loggers_measure_is_committed(loggers, tmp_path):
    """Through the gateway of the service's own collector, without a broker: two outlets, an hour and an instant."""
    (tmp_path / "network.toml").write_text(demo_water.network_text(), "utf-8")
    environment = {
        **os.environ,
        "QUALICITY_MQTT__URL": "",
        "QUALICITY_HJ212__PORT": str(loggers.address[1]),
        SUPERVISED: "1",
    }
    loggers.measure(START, START + HOUR_MS)
    with part_process("collector", tmp_path, environment), loggers.running():
        end = time.monotonic() + 30
        while any(device.waiting for device in loggers.devices) and time.monotonic() < end:
            time.sleep(0.05)
    assert [device.waiting for device in loggers.devices] == [0, 0]
    with open_site(tmp_path) as site:
        rows = [row for part in site.store.tail(0) for row in part.rows()]
        assert site.store.dead_letter_counts() == []
    assert {row["station"] for row in rows} == set(STATIONS)
    assert {row["source"] for row in rows} == {"hj212/2017/32"}
    hours = {(row["station"], row["parameter"]): row for row in rows if row["period"] == 3600}
    for station in STATIONS:
        declared = {channel.parameter for channel in site.network.station_by_id[station].channels}
        assert {parameter for name, parameter in hours if name == station} == declared
    assert all(row["start"] == START for row in hours.values())

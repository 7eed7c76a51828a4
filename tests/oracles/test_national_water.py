"""National automatic stations, 2020-05-08: the file as readings, value by value."""

from __future__ import annotations

import csv
import datetime as dt
import gzip

import pytest

from collector.files.channels import Declaration
from collector.files.national import INTERVAL, open_national
from collector.importer import Counts, Importer
from collector.registration import Registrar
from qualicity.flags import Flag
from qualicity.network import Network
from qualicity.network_file import site_network
from qualicity.periods import LAW_ZONE
from qualicity.reading_flags import device_flags
from qualicity.settings import Settings
from qualicity.testing import FakeClock, MemoryStore

ITEMS = ("wt", "ph", "do", "ec", "turb", "codmn", "nh3n", "tp", "tn")
NOW = 1_600_000_000_000


@pytest.fixture(scope="module")
def path(oracles):
    return oracles / "water" / "surface_water_2020-05-08_open.csv.gz"


def test_every_value_of_every_section_becomes_a_reading(path, tmp_path):
    """The raw value, at the section's own time, with the station's state as its flag."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        official = list(csv.DictReader(file))
    declared = Declaration(medium="water", label="begin", interval=INTERVAL, purpose="assessment")
    source = open_national(path, Network(), year=None, area="", make=True)
    registrar = Registrar(
        tmp_path, Network(), declared, lambda: site_network(tmp_path, Settings()), lambda _: None, names=source.names
    )
    store, counts = MemoryStore(), Counts()
    Importer(store, Network(), declared, FakeClock(NOW), registrar=registrar).take(source, counts)
    expected = {
        (f"{row['prov']}-{row['st']}".replace("#", "_"), item): (
            float(row[f"{item}_r"] or row[item]),
            row["time"],
            row["status"] == "维护",
        )
        for row in official
        for item in ITEMS
        if row[item]
    }
    found = {}
    for rows in store.tail(0):
        for row, flag in zip(rows.rows(), device_flags(rows).tolist(), strict=True):
            at = dt.datetime.fromtimestamp(row["start"] / 1000, LAW_ZONE)
            found[row["station"], row["parameter"]] = (row["value"], f"{at:%m-%d %H:%M}", flag == Flag.DEVICE)
            assert at.date() <= dt.date(2020, 5, 9)
            assert at.date() > dt.date(2019, 5, 9)
    assert found == expected
    assert (counts.accepted, counts.rejected) == (len(expected), 0)
    network = site_network(tmp_path, Settings())
    assert len(network.stations) == len(official)
    assert {station.purpose for station in network.stations} == {"assessment"}

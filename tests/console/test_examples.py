"""What ships beside the code: found, attributed, and exactly what its source says."""

from __future__ import annotations

import importlib.util

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from console.examples import example
from qualicity.errors import UsageError
from qualicity.network_file import load_network

BEIJING = example("beijing-2016")


@pytest.mark.parametrize("name", ["beijing-2016", "shenzhen"])
def test_an_example_has_a_network_and_its_sources(name):
    """A network that loads, and a page that says whence."""
    assert load_network([example(name) / "network.toml"]).stations
    assert (example(name) / "README.md").read_text(encoding="utf-8")


def test_an_unknown_example_is_said_to_be_unknown():
    with pytest.raises(UsageError, match="no example 'atlantis'"):
        example("atlantis")


def test_the_year_is_attributed():
    """CC BY 4.0 asks for the name, the licence and what was changed."""
    page = (BEIJING / "README.md").read_text(encoding="utf-8")

    assert all(text in page for text in ("Beijing Multi-Site Air-Quality Data", "501", "CC BY 4.0", "Zhang", "Changed"))


def test_the_year_is_whole_and_small():
    """Twelve declared stations, six items, the labels of the civil year, in less than 2 MB."""
    path = BEIJING / "readings.parquet"
    table = pq.read_table(path)
    network = load_network([BEIJING / "network.toml"])

    assert path.stat().st_size < 2_000_000
    assert table.column_names == ["station", "parameter", "time", "value", "unit"]
    assert {station.id for station in network.stations} == set(pc.unique(table["station"]).to_pylist())
    assert len(network.stations) == 12
    assert set(pc.unique(table["unit"]).to_pylist()) == {"ug/m3"}
    times = sorted(pc.unique(table["time"]).to_pylist())
    assert (times[0], times[-1]) == ("2016-01-01T01:00:00+08:00", "2017-01-01T00:00:00+08:00")


def test_a_new_conversion_gives_the_same_table(oracles, tmp_path):
    """The source's files, converted again, byte for byte of content."""
    spec = importlib.util.spec_from_file_location("convert", BEIJING / "convert.py")
    convert = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(convert)
    convert.write(oracles / "air" / "beijing_prsa", tmp_path / "again.parquet")

    assert pq.read_table(tmp_path / "again.parquet").equals(pq.read_table(BEIJING / "readings.parquet"))

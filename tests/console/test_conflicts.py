"""Conflicts: what is listed is what the verdicts flag, with everything that was said, in any order of arrival."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from console.conflicts import conflicts
from console.site import open_site
from qualicity.model import Batch
from qualicity.periods import DAY_MS, HOUR_MS
from qualicity.testing import FakeClock, hourly

START = 1_456_704_000_000  # 2016-02-29 00:00 UTC
NETWORK = """
[[city]]
id = "beijing"

[[station]]
id = "a"
city = "beijing"
channels = [{ parameter = "so2", unit = "ug/m3" }, { parameter = "co", unit = "mg/m3" }]

[[station]]
id = "w"
city = "beijing"
medium = "water"
channels = [{ parameter = "tp", unit = "mg/L", expected_interval = 14400 }]
"""


@pytest.fixture
def site(tmp_path):
    """Return a site without readings, to be written."""
    (tmp_path / "network.toml").write_text(NETWORK, encoding="utf-8")
    with open_site(tmp_path, writer=True, clock=FakeClock(START + DAY_MS)) as opened:
        yield opened


def _say(site, *said, station="a", parameter="so2", unit="ug/m3", hour=0):
    """Append readings of one hour from (value, source, other columns), each a batch."""
    for value, source, more in said:
        rows = hourly(
            site.store.registry, station, parameter, START + hour * HOUR_MS, [value], unit=unit, source=source
        )
        site.store.append(Batch(rows.replace(**{name: np.asarray([one], np.int32) for name, one in more.items()})))


def _found(site):
    return conflicts(site, site.network.stations, START, START + DAY_MS)


def test_all_that_was_said_and_which_counts(site):
    """The greater value, whatever came first; duplicates stand beside it, older revisions do not."""
    said = [(5.0, "mqtt", {}), (7.0, "import:x.csv", {}), (7.0, "mqtt", {})]
    for hour, order in enumerate(itertools.permutations(said)):
        _say(site, *order, hour=hour)
    _say(site, (9.0, "mqtt", {}), (9.0, "mqtt", {}), hour=10)  # duplicates
    _say(site, (9.0, "mqtt", {}), (8.0, "mqtt", {"revision": 1}), hour=11)  # a correction
    _say(site, (9.0, "mqtt", {}), (8.0, "mqtt", {}), (7.0, "mqtt", {"grade": 2}), hour=12)  # settled

    found = _found(site)

    assert [one.key for one in found] == [f"a/so2/1/MEAN/3600/2016-02-29T0{hour}:00:00Z" for hour in range(5, -1, -1)]
    for one in found:
        assert (one.decided, one.city, one.period) == ("value", "beijing", 3600)
        assert [row["canonical"] for row in one.readings] == [7.0, 7.0, 5.0]
        assert [row["counts"] for row in one.readings] == [True, False, False]
        assert one.readings[0]["seq"] < one.readings[1]["seq"]
        assert one.readings[0]["flags"] == ["CONFLICT"]
        assert {row["source"] for row in one.readings} == {"mqtt", "import:x.csv"}


def test_a_valid_reading_counts_before_one_that_is_not(site):
    """An impossible value is the greater one and does not count."""
    _say(site, (9e9, "mqtt", {}), (5.0, "mqtt", {}))

    (one,) = _found(site)

    assert one.decided == "validity"
    assert [(row["canonical"], row["valid"]) for row in one.readings] == [(5.0, True), (9e9, False)]


def test_one_value_in_two_units_is_no_conflict_and_another_is(site):
    """Of carbon monoxide, and of phosphorus in water to nine decimals."""
    _say(site, (1.0, "mqtt", {}), parameter="co", unit="mg/m3")
    _say(site, (1000.0, "mqtt", {}), parameter="co", unit="ug/m3")
    assert _found(site) == []
    _say(site, (0.02, "mqtt", {}), (0.020000001, "mqtt", {}), station="w", parameter="tp", unit="mg/L")
    (one,) = _found(site)
    assert (one.station, one.readings[0]["canonical"]) == ("w", 0.020000001)
    _say(site, (float("nan"), "mqtt", {}), (3.0, "mqtt", {}))
    assert len(_found(site)) == 1  # no number contends with nothing


def test_a_folder_without_readings_has_none(tmp_path):
    """Nor one with nothing of the asked stations or time."""
    (tmp_path / "network.toml").write_text(NETWORK, encoding="utf-8")
    with open_site(tmp_path).reader() as site:
        assert _found(site) == []
        assert conflicts(site, (), START, START + DAY_MS) == []

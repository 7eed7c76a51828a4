"""Why: down to the reading, as of the version, and provable away from here."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from aggregator.evidence import export
from aggregator.explain import Explainer
from aggregator.keys import parse_key
from aggregator.pipeline import Pipeline
from qualicity.errors import UsageError
from qualicity.model import Batch, Registry
from qualicity.network import ChannelSettings, City, Network, Station
from qualicity.periods import DAY_MS, HOUR_MS, day_start
from qualicity.store.ledger import Ledger
from qualicity.testing import FakeClock, MemoryStore, hourly

FIRST = dt.date(2016, 3, 1)
LATER = day_start(FIRST) + 400 * DAY_MS
ITEMS = ("so2", "no2", "pm10", "pm25", "co", "o3")
MINUTES = (
    *(ChannelSettings(i, "ug/m3") for i in ITEMS if i != "pm25"),
    ChannelSettings("pm25", "ug/m3", expected_interval=600),
)
NETWORK = Network(
    (City("c"),),
    (Station("a", "c", channels=MINUTES), Station("b", "c", zone_class="I"), Station("d", "c", purpose="background")),
)


@pytest.fixture
def pipeline(tmp_path):
    """Yield a pipeline over three days: hours, ten minutes, units, flags, conflicts, impossible and marked values."""
    store, clock, registry = MemoryStore(), FakeClock(LATER), Registry()
    dice = np.random.default_rng(4)

    def give(*arguments, **columns):
        store.append(Batch(hourly(registry, *arguments, received=LATER, **columns)))

    for station in ("a", "b", "d"):
        for item in ITEMS:
            values = dice.integers(0, 160, 72) / (50 if item == "co" else 1)
            if item == "o3":
                values[30:36] = 900.0
            unit = "mg/m3" if item == "co" else "ug/m3"
            if (station, item) != ("a", "pm25"):
                give(station, item, day_start(FIRST), values, unit=unit)
    for minute in range(6):
        start = day_start(FIRST) + minute * 600_000
        give("a", "pm25", start, dice.integers(0, 1600, 72) / 10, period=600 if minute else 0, statistic=0)
    give("a", "so2", day_start(FIRST), [7.0, 8.0], revision=1)
    give("a", "no2", day_start(FIRST), [33.0])
    give("b", "so2", day_start(FIRST) + 3 * HOUR_MS, [-400.0, 5.0], revision=1, device_flag="D")
    give("b", "no2", day_start(FIRST) + 5 * HOUR_MS, [-400.0], revision=1)
    with Ledger(tmp_path / "ledger.db", clock) as ledger:
        ledger.marks.add("b", "o3", day_start(FIRST), day_start(FIRST) + 9 * HOUR_MS, kind="fault", who="w", why="y",
                         proof="p", deadline=LATER + DAY_MS)  # fmt: skip
        made = Pipeline(store, ledger, NETWORK, clock)
        made.follow()
        made.judge_due()
        yield made


def test_a_day_leads_to_its_readings(pipeline):
    """Verdict, law with clause and hash, version, stations, hours with flags, readings with seq."""
    tree = Explainer(pipeline).explain(parse_key("air/c/2016-03-01"))

    assert tree["law"]["table_hash"]
    assert tree["law"]["limits"][3] == {
        "parameter": "pm25", "statistic": "mean", "limit": 75, "unit": "ug/m3", "decimals": 0, "min_hours": 20,
        "clause": "table 1",
    }  # fmt: skip
    assert [version["version"] for version in tree["history"]] == [1]
    assert tree["history"][0]["code"]
    a, b, d = tree["stations"]
    assert [a["assessed"], b["assessed"], d["assessed"]] == [True, True, False]
    so2 = a["items"][0]["hours"]
    assert so2[0]["value"] == 7.0
    assert [(r["value"], r["revision"]) for r in so2[0]["readings"]][-1] == (7.0, 1)
    assert len(a["items"][3]["hours"][0]["readings"]) == 6
    assert so2[2]["readings"][0]["seq"] > 0
    assert "CONFLICT" in a["items"][1]["hours"][0]["flags"]
    assert b["items"][0]["hours"][3] == {**b["items"][0]["hours"][3], "value": None, "flags": ["DEVICE", "IMPOSSIBLE"]}
    assert b["items"][1]["hours"][5]["flags"][0] == "IMPOSSIBLE"
    assert "MARKED" in b["items"][5]["hours"][0]["flags"]
    assert tree["marks"][0]["proof"] == "p"


def test_a_version_is_explained_as_of_its_place_in_the_log(pipeline):
    """What came later is not in the tree of an earlier version."""
    before = pipeline.store.head().seq
    pipeline.store.append(
        Batch(hourly(Registry(), "a", "so2", day_start(FIRST), [900.0] * 24, revision=9, received=LATER))
    )
    pipeline.follow()
    pipeline.judge_due()
    first, second = (Explainer(pipeline).explain(parse_key(f"air/c/a/2016-03-01#{n}")) for n in (1, 2))

    assert first["values"]["so2"] != second["values"]["so2"] == 900
    assert first["as_of"]["seq"] == before
    seqs = [r["seq"] for h in first["stations"][0]["items"][0]["hours"] for r in h["readings"]]
    assert max(seqs) <= before
    assert second["history"][1]["change"]["causes"][0]["kind"] == "readings"


def test_a_year_and_a_month(pipeline):
    """Months with their days; the laws that were applied."""
    year = Explainer(pipeline).explain(parse_key("air/c/2016"))
    month = Explainer(pipeline).explain(parse_key("air/c/a/2016-03"))

    assert year["rate_verdict"] == "NOT_ASSESSABLE"
    assert len(year["months"]) == 12
    assert year["laws"][0]["standard"] == "GB3095-2012"
    assert month["months"][0]["key"] == "air/c/a/2016-03"
    assert len(month["months"][0]["days"]) == 31


@pytest.mark.parametrize(
    ("text", "months"), [("2016Q1", ["01", "02", "03"]), ("2016H2", ["07", "08", "09", "10", "11", "12"])]
)
def test_a_quarter_and_a_half_are_their_months(pipeline, text, months):
    """Papers print figures of both."""
    tree = Explainer(pipeline).explain(parse_key(f"air/c/{text}"))
    assert [node["key"] for node in tree["months"]] == [f"air/c/2016-{month}" for month in months]
    assert (tree["key"], tree["kind"]) == (f"air/c/{text}", "quarter" if "Q" in text else "half")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "air/c",
        "soil/c/2016",
        "air/c/2016H3",
        "water/c/2016H1",
        "air/c/2016-03-05T08",
        "water/c/2016-03-05",
        "air/c/2016-13",
        "air/c/2016-1-1",
        "air/c/2016#x",
        "air//2016",
    ],
)
def test_what_is_no_key_is_refused(text):
    """With the form of one."""
    with pytest.raises(UsageError):
        parse_key(text)


@pytest.mark.parametrize("text", ["air/x/2016-03-01", "air/c/x/2016-03-01", "air/c/2016-03-01#7", "air/c/2016-03-01@X"])
def test_what_does_not_exist_is_refused(pipeline, text):
    """City, station, version, standard."""
    with pytest.raises(UsageError):
        Explainer(pipeline).explain(parse_key(text))


def _verify(path):
    script = path.with_suffix(".py")
    with zipfile.ZipFile(path) as archive:
        script.write_bytes(archive.read("verify.py"))
    return subprocess.run([sys.executable, "-I", script, path], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "key", ["air/c/2016-03-01", "air/c/a/2016-03-02", "air/c/b/2016-03-01@GB3095-2026", "air/c/2016"]
)
def test_the_evidence_verifies_offline(pipeline, tmp_path, key):
    """In a bare interpreter; hours of ten minutes, grade I, device flags, marks and ozone beyond 800 included."""
    path = tmp_path / "evidence.zip"
    export(pipeline, parse_key(key), path)

    result = _verify(path)

    assert result.returncode == 0, result.stdout
    assert "all agree" in result.stdout


def test_the_same_evidence_is_the_same_bytes(pipeline, tmp_path):
    """So that two exports can be compared."""
    for name in ("one.zip", "two.zip"):
        export(pipeline, parse_key("air/c/2016-03-01"), tmp_path / name)

    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


@pytest.mark.parametrize("rehash", [False, True])
def test_a_tampered_reading_is_found(pipeline, tmp_path, rehash):
    """By its digest; and by the verdict, when the digests were made anew."""
    import hashlib

    path, forged = tmp_path / "evidence.zip", tmp_path / "forged.zip"
    export(pipeline, parse_key("air/c/2016-03-01"), path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    lines = members["readings.csv"].decode().split("\n")
    at = [n for n, line in enumerate(lines) if ",b,pm10," in line]
    for number in at:
        cells = lines[number].split(",")
        cells[9] = "1.0000"
        lines[number] = ",".join(cells)
    members["readings.csv"] = "\n".join(lines).encode()
    if rehash:
        digests = {
            name: hashlib.sha256(content).hexdigest() for name, content in members.items() if name != "sha256.json"
        }
        members["sha256.json"] = json.dumps(digests).encode()
    with zipfile.ZipFile(forged, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)

    result = _verify(forged)

    assert result.returncode == 1
    assert ("readings give" if rehash else "its bytes are not") in result.stdout

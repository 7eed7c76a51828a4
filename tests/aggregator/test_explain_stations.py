"""Why a source or an outlet was judged so: down to the reading, as of the version, and provable away from here."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import subprocess
import sys
import zipfile

import pytest

from aggregator.due import Aggregator, station_pipeline
from aggregator.evidence_stations import export_stations
from aggregator.explain_stations import StationExplainer
from aggregator.keys import parse_key
from aggregator.pipeline import Pipeline
from aggregator.testing_stations import DAYS, FIRST, NETWORK, tables
from qualicity.errors import UsageError
from qualicity.model import Batch, Observations, Registry, Statistic
from qualicity.network_file import site_network
from qualicity.periods import DAY_MS, HOUR_MS, day_start
from qualicity.settings import Settings
from qualicity.store.ledger import Ledger
from qualicity.testing import FakeClock, MemoryStore

NOW = day_start(FIRST) + DAYS * DAY_MS + 3 * HOUR_MS


@pytest.fixture(scope="module")
def aggregator(tmp_path_factory):
    """Yield a judged site: marks on an instrument of an outlet and of a source, a later value of a laboratory."""
    folder, registry, clock = tmp_path_factory.mktemp("site"), Registry(), FakeClock(NOW)
    (folder / "network.toml").write_text(NETWORK, encoding="utf-8")
    store = MemoryStore()
    for table in tables(registry):
        store.append(Batch(table))
    with Ledger(folder / "ledger.db", clock) as ledger:
        for name, parameter in (("mill", "cod"), ("lake", "tp")):
            begin = day_start(FIRST) + 20 * DAY_MS
            ledger.marks.add(name, parameter, begin, begin + DAY_MS, kind="calibration", who="w", why="yearly",
                             proof="p", deadline=NOW + DAY_MS)  # fmt: skip
        made = Aggregator(Pipeline(store, ledger, site_network(folder, Settings()), clock))
        made.follow()
        made.judge_due()
        at = day_start(dt.date(2024, 2, 5)) + 10 * HOUR_MS
        later = {"station": "intake", "parameter": "nh3n", "unit": "mg/L", "poc": 2, "period": 0,
                 "statistic": Statistic.VALUE, "received": NOW, "source": "test", "revision": 1}  # fmt: skip
        store.append(Batch(Observations.build(registry, 1, start=[at], value=[0.9], **later)))
        made.follow()
        made.judge_due()
        yield made


@pytest.fixture(scope="module")
def explain(aggregator):
    """Return the function from a key to its tree."""

    def found(text):
        key = parse_key(text)
        return StationExplainer(station_pipeline(aggregator.pipeline, key.medium)).explain(key)

    return found


def test_a_day_of_a_source_leads_to_its_readings(explain):
    """Law with clause and certainty, samples in their slots, readings with seq and what is known of them."""
    tree = explain("water/c/lake/2024-01-12")

    tp = next(row for row in tree["law"]["limits"] if row["parameter"] == "tp")
    assert (tp["target"]["high"], tp["clause"], tp["certainty"]) == (0.05, "table 1, no. 8", "cross-checked")
    assert tree["law"]["assessment"]["not_detected"] == 0.5
    one = next(item for item in tree["evidence"] if item["parameter"] == "tp")
    assert [sample["time"][11:16] for sample in one["samples"]] == [f"{hour:02d}:00" for hour in range(0, 24, 4)]
    readings = [reading for sample in one["samples"] for reading in sample["readings"]]
    assert len(readings) == 6
    assert all(reading["seq"] > 0 and reading["counts"] and reading["valid"] for reading in readings)
    assert sum(sample["value"] for sample in one["samples"]) / 6 == pytest.approx(
        tree["items"]["tp"]["value"], abs=1e-3
    )


def test_what_was_not_detected_and_what_was_marked_say_so(explain):
    """Half the limit stands for it; the limit is shown."""
    month, day = explain("water/c/intake/2024-01"), explain("water/c/lake/2024-01-21")

    [sample] = next(item for item in month["evidence"] if item["parameter"] == "cr6")["samples"]
    assert (sample["qualifier"], sample["limit"], sample["value"]) == ("<", 0.004, 0.002)
    assert sample["between"] == [0.0, 0.004]
    marked = next(item for item in day["evidence"] if item["parameter"] == "tp")["samples"]
    assert {flag for sample in marked for flag in sample["flags"]} == {"MARKED"}
    assert not any(sample["valid"] for sample in marked)
    assert [mark["why"] for mark in day["marks"]] == ["yearly"]


def test_a_month_leads_to_its_days_and_filed_volumes(explain):
    """A laboratory's samples stand with the month, an instrument's behind its days."""
    tree = explain("water/c/lake/2024-01")

    assert [part["key"] for part in tree["parts"]][:2] == ["water/c/lake/2024-01-01", "water/c/lake/2024-01-02"]
    assert {item["source"] for item in tree["evidence"]} == {"manual"}
    [filed] = tree["filed"]
    assert filed["value"] == tree["abstraction_m3"] == 1_200_000
    assert [part["key"] for part in explain("water/c/lake/2024")["parts"]][1] == "water/c/lake/2024-02"


def test_a_day_of_an_outlet_leads_to_its_hours(explain):
    """Mean by flow, what flowed, flags; permit beside standard."""
    tree = explain("discharge/c/mill/2024-01-21")

    permit = next(row for row in tree["law"]["limits"] if row["parameter"] == "nh3n")
    assert (permit["high"], permit["origin"], permit["certainty"]) == (8, "91440300-1, table 5", "read")
    cod, nh3n = (next(item for item in tree["evidence"] if item["parameter"] == name) for name in ("cod", "nh3n"))
    assert len(cod["hours"]) == 24
    assert {hour["value"] for hour in cod["hours"]} == {None}
    assert all("MARKED" in reading["flags"] for hour in cod["hours"] for reading in hour["readings"])
    weighted = sum(hour["value"] * hour["volume_m3"] for hour in nh3n["hours"]) / tree["flow_m3"]
    assert weighted == pytest.approx(tree["items"]["nh3n"]["value"])
    assert tree["items"]["cod"]["verdict"] == "NOT_ASSESSABLE"


def test_an_hour_is_one_of_its_day(explain):
    """The same readings, of that hour only."""
    tree = explain("discharge/c/works/2024-01-12T05")
    [hour] = next(item for item in tree["evidence"] if item["parameter"] == "cod")["hours"]
    assert hour["label"] == "05"
    assert hour["value"] == tree["items"]["cod"]["value"]
    with pytest.raises(UsageError, match="has no readings"):
        explain("discharge/c/dye/2024-01-12T05")


def test_a_version_is_explained_as_of_its_place_in_the_log(explain):
    """The laboratory's correction made the second; the first shows what was known before."""
    first, second = (explain(f"water/c/intake/2024-02#{n}") for n in (1, 2))

    assert [tree["verdict"] for tree in (first, second)] == ["EXCEEDS", "COMPLIES"]
    assert len(second["history"]) == 2
    own = [[reading for item in tree["evidence"] if item["parameter"] == "nh3n" for sample in item["samples"]
            for reading in sample["readings"]] for tree in (first, second)]  # fmt: skip
    assert [[reading["counts"] for reading in readings] for readings in own] == [[True], [False, True]]
    [cause] = second["history"][1]["change"]["causes"]
    assert (cause["kind"], cause["detail"]) == ("readings", "intake")
    assert second["history"][1]["change"]["changed"]["verdict"] == ["EXCEEDS", "COMPLIES"]
    with pytest.raises(UsageError, match="has no version 3"):
        explain("water/c/intake/2024-02#3")


def test_a_rate_leads_to_the_months_of_its_stations(explain):
    """Of sources all, of outlets those that belong to it; the other rate stands beside it."""
    water, outlets, sewage = (
        explain(key) for key in ("water/c/2024-01", "discharge/c/2024-01", "discharge/c/2024-01@RATE-SEWAGE")
    )

    assert [station["station"] for station in water["stations"]] == ["lake", "intake", "well", "bridge"]
    assert [station["station"] for station in outlets["stations"]] == ["mill", "dye"]
    assert [station["station"] for station in sewage["stations"]] == ["works", "west"]
    assert outlets["beside"] == ["discharge/c/2024-01@RATE-SEWAGE"]
    assert sewage["beside"] == ["discharge/c/2024-01"]
    assert sewage["rate"]["standard"] == sewage["standard"] == "RATE-SEWAGE"
    good = sum(month["abstraction_m3"] for station in water["stations"] if station["purpose"] == "source"
               for month in station["months"] if month["verdict"] == "COMPLIES")  # fmt: skip
    assert good == water["numerator"]


@pytest.mark.parametrize(
    "text", ["water/x/2024", "water/c/mill/2024", "discharge/c/lake/2024-01-05", "water/c/lake/2024@GB18918-2002"]
)
def test_what_is_not_there_is_refused(explain, text):
    """A city, a station of the other medium, a standard of another kind."""
    with pytest.raises(UsageError):
        explain(text)


# the evidence, away from here


def _verify(path, folder):
    with zipfile.ZipFile(path) as archive:
        archive.extract("verify.py", folder)
    command = [sys.executable, "-I", str(folder / "verify.py"), str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("text", "least"), [
    ("water/c/lake/2024-01", 200), ("water/c/intake/2024-02", 12), ("water/c/intake/2024-01@WHO-GDWQ-2022", 3),
    ("water/c/well/2024Q1", 12), ("water/c/bridge/2024-01-12", 6), ("discharge/c/mill/2024-01", 80),
    ("discharge/c/works/2024-01-12", 5), ("discharge/c/dye/2024-02", 80), ("water/c/2024-01", 1),
    ("discharge/c/2024Q1", 1),
])  # fmt: skip
def test_the_evidence_verifies_with_the_standard_library_alone(aggregator, tmp_path, text, least):
    """Everything that rows.json says is recomputed; the same evidence is the same bytes."""
    key = parse_key(text)
    own = station_pipeline(aggregator.pipeline, key.medium)
    tree = export_stations(own, key, tmp_path / "e.zip")
    export_stations(own, key, tmp_path / "again.zip")

    found = _verify(tmp_path / "e.zip", tmp_path)

    assert found.returncode == 0, found.stdout
    assert tree["key"].startswith(text.partition("@")[0])
    assert "all agree" in found.stdout
    assert int(found.stdout.split(";")[1].split()[0]) >= least
    assert (tmp_path / "e.zip").read_bytes() == (tmp_path / "again.zip").read_bytes()


def _tampered(path, target, member, change):
    """Copy an archive with one member changed, and its digest with it."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    content[member] = change(content[member])
    digests = json.loads(content["sha256.json"])
    digests[member] = hashlib.sha256(content[member]).hexdigest()
    content["sha256.json"] = json.dumps(digests).encode()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)


def _first_value(column, factor):
    """Return a change of the first reading of a parameter in readings.csv."""

    def change(data):
        lines = data.decode().splitlines()
        at = next(n for n, line in enumerate(lines) if f",{column}," in line)
        cells = lines[at].split(",")
        place = lines[0].split(",").index("canonical")
        cells[place] = str(float(cells[place]) * factor)
        lines[at] = ",".join(cells)
        return "\n".join(lines).encode()

    return change


@pytest.mark.parametrize(("text", "member", "change"), [
    ("water/c/bridge/2024-01-12", "readings.csv", _first_value("nh3n", 40)),
    ("discharge/c/works/2024-01-13", "readings.csv", _first_value("cod", 2)),
    ("water/c/lake/2024-01-12", "rows.json", lambda data: data.replace(b'"class": "worse"', b'"class": "V"')),
    ("water/c/lake/2024-01", "law.json", lambda data: data.replace(b'"0.05"', b'"0.005"')),
    ("discharge/c/mill/2024-01", "rows.json", lambda data: data.replace(b'"complied": 2', b'"complied": 3')),
    ("water/c/2024-02", "rows.json", lambda data: data.replace(b'"numerator": ', b'"numerator": 1')),
])  # fmt: skip
def test_what_was_changed_does_not_verify(aggregator, tmp_path, text, member, change):
    """A reading, a class, a limit, a count, a sum: also where the digests were made anew."""
    key = parse_key(text)
    export_stations(station_pipeline(aggregator.pipeline, key.medium), key, tmp_path / "e.zip")
    _tampered(tmp_path / "e.zip", tmp_path / "bad.zip", member, change)

    found = _verify(tmp_path / "bad.zip", tmp_path)

    assert found.returncode == 1, found.stdout
    assert "DIFFERENT" in found.stdout

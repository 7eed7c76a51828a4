"""The example that papers are written from: made up, marked so, and the same for the same seed."""

from __future__ import annotations

import datetime as dt
from itertools import islice

import pytest
from typer.testing import CliRunner

from console import made_up
from console.cli import application
from console.papers.example import CITY, Made, make_example, network, outages, readings
from console.site import open_site
from qualicity.errors import UsageError
from qualicity.periods import day_start
from targets.synthetic.example import SEED, records, write

FEW = ("yantian", "shiyan-reservoir", "dyeworks", "urban-catchment")
FORMS = ("R_ms", "R_ww")
KEPT = ("station", "parameter", "start", "value", "qualifier")


@pytest.fixture
def few_records(monkeypatch):
    """Make a few records up instead of all."""

    def write_example(folder, *, seed, last, scale):
        counts = {}
        for name in FORMS:
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                counts[name] = write(file, name, islice(records(name, seed, scale=scale, last=last), 100))
        return counts

    monkeypatch.setattr(made_up, "write_example", write_example)


def test_a_site_ready_for_papers(tmp_path, few_records):
    """Readings, records, verdicts and indicators of a year, all on one day."""
    steps = []
    made = make_example(
        tmp_path, SEED, 2013, 2013, stations=FEW, progress=lambda what, done, of: steps.append((what, done, of))
    )
    assert [step[1:] for step in steps] == [(n, 4) for n in range(5)]
    assert made.records == 161
    with open_site(tmp_path) as site:
        assert site.network.city_by_id[CITY].synthetic
        assert site.store.head().seq == made.readings
        assert site.store.waiting() == 0
        received = {int(day) for rows in site.store.tail(0) for day in rows["received"].tolist()}
        august = site.ledger.current(f"water/{CITY}/shiyan-reservoir", "2013-08", "2013-08")
        year = site.ledger.current(f"air/{CITY}", "2013", "2013")
        assert len(site.indicators.judged()) == made.indicators
    assert received == {day_start(dt.date(2016, 5, 1))}
    assert [row.result["verdict"] for row in august] == ["EXCEEDS"]
    assert year[0].result["days"] == 365


def test_the_same_seed_the_same_readings():
    """Whatever the days asked for; and another seed, others."""
    of, days = network(FEW), [dt.date(2014, 9, day) for day in (1, 10, 11, 20)]

    def found(seed, first, last):
        return sorted(tuple(row[name] for name in KEPT) for row in readings(of, seed, first, last).rows())

    whole = found(SEED, days[0], days[3])
    assert whole == sorted(found(SEED, days[0], days[1]) + found(SEED, days[2], days[3]))
    assert whole != found(SEED + 1, days[0], days[3])


def test_what_happens_to_readings():
    """A day on which nothing came of the air, a station that is out; laboratories and monthly books go on."""
    of, day = network(FEW), dt.date(2014, 9, 16)
    rows = readings(of, SEED, day, day)
    assert rows.registry.text(int(rows["station"][0])) != "yantian"
    assert not (rows["station"] == rows.registry.find("yantian")).any()
    year = dt.date(2013, 1, 1), dt.date(2013, 12, 31)
    out = {name: (begun, over) for name, begun, over in outages(of, SEED, *year)}
    assert set(out) == set(FEW)
    rows = readings(of, SEED, *year)
    begun, over = out["dyeworks"]
    gone = (rows["station"] == rows.registry.find("dyeworks")) & (rows["start"] >= begun) & (rows["start"] < over)
    assert not gone.any()
    assert (rows["parameter"] == rows.registry.find("sewage_volume")).sum() == 12
    assert (rows["parameter"] == rows.registry.find("cod")).sum() > 8000


def test_what_cannot_be_made(tmp_path):
    """A folder with something in it, years without an example, a station that it has not."""
    (tmp_path / "kept.txt").touch()
    with pytest.raises(UsageError, match="not empty"):
        make_example(tmp_path)
    with pytest.raises(UsageError, match="2015 to 2014"):
        make_example(tmp_path / "new", first=2015, last=2014)
    with pytest.raises(UsageError, match="no station 'nowhere'"):
        make_example(tmp_path / "new", stations=("nowhere",))
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_the_command(tmp_path, monkeypatch):
    """It says that nothing of it is a fact, and how to go on."""
    asked = {}

    def make(folder, seed, first, last, **more):
        more["progress"]("records", 1, 2)
        asked.update(folder=folder, years=(first, last), seed=seed, stations=more["stations"])
        return Made(5, 4, 3, 2)

    monkeypatch.setattr("console.papers.example.make_example", make)
    line = ["report", "example", "--data", str(tmp_path), "--from", "2014", "--station", "yantian"]
    done = CliRunner().invoke(application(), line)
    assert done.exit_code == 0, done.output
    assert asked == {"folder": tmp_path, "years": (2014, 2015), "seed": SEED, "stations": ["yantian"]}
    assert "nothing of it is a fact: 5 readings, 4 records" in done.output
    assert f"report white-paper --data {tmp_path} --city shenzhen --period 2015" in done.output
    done = CliRunner().invoke(application(), [*line, "--json"])
    assert '"synthetic":true,"readings":5' in done.output.replace(" ", "")

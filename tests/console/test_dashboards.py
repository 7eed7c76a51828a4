"""`qualicity dashboards build` and `verify`: what is written, what is told, exit codes 0 to 3."""

from __future__ import annotations

import json
import re
import socket

import pytest
from typer.testing import CliRunner

from console.cli import application
from dashboards.boards import boards
from dashboards.files import FOLDER
from dashboards.testing_site import judged_site, right_answers
from qualicity.clock import SystemClock
from qualicity.errors import Permanent, QualicityError, UsageError
from qualicity.store.embedded import EmbeddedStore
from qualicity.store.influx import Series

COMPARE = ("GB3095-2026",)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A judged site and what a right database answers."""
    folder = tmp_path_factory.mktemp("verified") / "site"
    judged_site(folder, SystemClock())
    return folder, right_answers(folder, SystemClock(), COMPARE)


@pytest.fixture
def database(monkeypatch):
    """Lets `verify` ask a function in place of InfluxDB."""
    monkeypatch.setenv("QUALICITY_INFLUX__URL", "http://influx.test:8086")
    monkeypatch.setenv("QUALICITY_INFLUX__READ_TOKEN", "only-read")
    monkeypatch.setenv("QUALICITY_INFLUX__COMPARE", json.dumps(COMPARE))

    def answers(run):
        class Asked:
            def __init__(self, address):
                assert (address.url, address.token) == ("http://influx.test:8086", "only-read")
                self.query = run

            def __enter__(self):
                return self

            def __exit__(self, *told):
                return None

        monkeypatch.setattr("console.commands.dashboards.Influx", Asked)

    return answers


def _run(*arguments, code=0):
    """Run the command line; return what it printed, or raise its error when that has the exit code."""
    result = CliRunner().invoke(application(), ["dashboards", *map(str, arguments)], env={"COLUMNS": "250"})
    if isinstance(result.exception, QualicityError):
        assert result.exception.exit_code == code
        raise result.exception
    assert result.exit_code == code, result.output
    return result.stdout


def test_build_writes_what_ships(tmp_path):
    assert _run("build", tmp_path / "new" / "out", "--data", tmp_path / "site").startswith("18 dashboards in")
    written = {path.name: path.read_bytes() for path in (tmp_path / "new" / "out").iterdir()}
    assert written == {path.name: path.read_bytes() for path in FOLDER.iterdir()}


def test_build_puts_the_site_s_address_behind_the_links(tmp_path, monkeypatch):
    monkeypatch.setenv("QUALICITY_GRAFANA__EVIDENCE_URL", "https://air.example.test/q")
    _run("build", tmp_path / "out", "--data", tmp_path / "site")
    for path in (tmp_path / "out").iterdir():
        text = path.read_text("utf-8")
        assert text.count("https://air.example.test/q") == 1, path.name
        assert text.replace("https://air.example.test/q", "http://127.0.0.1:8414") == (FOLDER / path.name).read_text(
            "utf-8"
        )


def test_verify_of_what_is_right(site, database):
    database(site[1])
    assert re.fullmatch(r"\d+ queries, [\d,]+ rows: 0 with a problem\n", _run("verify", "--data", site[0]))
    lines = [json.loads(line) for line in _run("verify", "--data", site[0], "--json").splitlines()]
    assert {line["board"] for line in lines} == {board.id for board in boards() if not board.cityless}, (
        "no indicators here"
    )
    assert all(line.keys() == {"board", "panel", "query", "chosen", "rows", "problem"} for line in lines)
    assert sum(line["rows"] for line in lines) > 500
    assert [line["problem"] for line in lines if line["problem"]] == []


def test_verify_of_what_is_wrong(site, database):
    """One value of one panel: exit code 1, and which panel, whose choice, what instead of what."""

    def wrong(query):
        found = site[1](query)
        if 'last("aqi") AS "aqi"' in query and "station_day" not in query:
            return [Series(*one[:3], [[time, value + 100] for time, value in one.rows]) for one in found]
        return found

    database(wrong)
    told = _run("verify", "--data", site[0], code=1)
    assert re.search(r"city +Latest daily AQI +c +.*instead of \{'aqi': \d+\}", told)
    assert told.endswith(": 1 with a problem\n")
    lines = [json.loads(line) for line in _run("verify", "--data", site[0], "--json", code=1).splitlines()]
    [problem] = [line for line in lines if line["problem"]]
    assert (problem["board"], problem["panel"], problem["chosen"]) == ("city", "Latest daily AQI", {"city": "c"})


def test_verify_of_an_empty_database(site, database):
    database(lambda _: [])
    told = _run("verify", "--data", site[0], code=1)
    assert "missing" in told


def test_a_refused_query_is_a_problem_of_its_panel(site, database):
    def refuse(query):
        raise Permanent("no such database: qualicity", "make it")

    database(refuse)
    lines = [json.loads(line) for line in _run("verify", "--data", site[0], "--json", code=1).splitlines()]
    assert {line["problem"] for line in lines} == {"no such database: qualicity"}


def test_verify_without_a_database_is_wrong_use(site, monkeypatch):
    monkeypatch.delenv("QUALICITY_INFLUX__URL", raising=False)
    with pytest.raises(UsageError, match=r"no InfluxDB is configured\nset influx\.url"):
        _run("verify", "--data", site[0], code=2)


def test_verify_before_any_day_is_judged_is_wrong_use(tmp_path, database):
    database(lambda _: [])
    (tmp_path / "site").mkdir()
    EmbeddedStore(tmp_path / "site", writer=True, clock=SystemClock()).close()
    with pytest.raises(UsageError, match="no day is judged yet"):
        _run("verify", "--data", tmp_path / "site", code=2)


def test_verify_of_a_database_that_is_away(site, database, monkeypatch):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("QUALICITY_INFLUX__URL", f"http://127.0.0.1:{probe.getsockname()[1]}")
        with pytest.raises(QualicityError, match=r"127\.0\.0\.1"):
            _run("verify", "--data", site[0], code=3)

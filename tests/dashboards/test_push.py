"""`dashboards push` and `verify --grafana` against a Grafana on loopback, in grafana-client's environment."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys

import pytest

from dashboards.boards import boards
from dashboards.files import dashboards
from dashboards.push import FOLDER_TITLE, Database, _source
from dashboards.testing import PASSWORD, READ_TOKEN, TOKEN, FakeGrafana, Kept
from dashboards.testing_site import judged_site, right_answers
from qualicity.clock import SystemClock
from qualicity.store.influx import Series

COMPARE = ("GB3095-2026",)


@pytest.fixture(scope="module")
def python():
    """The interpreter of an environment with grafana-client, which the core environment must not have."""
    found = os.environ.get("QUALICITY_GRAFANA_PYTHON")
    if not found:
        if os.environ.get("QUALICITY_REQUIRE_SERVICES") == "1":
            pytest.fail("QUALICITY_GRAFANA_PYTHON names no environment, and skipping is forbidden")
        pytest.skip("QUALICITY_GRAFANA_PYTHON names no environment with grafana-client")
    return found


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A judged site and what a right database answers."""
    folder = tmp_path_factory.mktemp("grafana") / "site"
    judged_site(folder, SystemClock())
    return folder, right_answers(folder, SystemClock(), COMPARE)


@pytest.fixture
def grafana(site):
    with FakeGrafana(site[1]) as fake:
        yield fake


@pytest.fixture
def run(python, site, grafana):
    """Runs `qualicity dashboards ...` on the site; returns what it printed."""

    def run(*arguments, code=0, token=TOKEN, url=grafana.url, interpreter=python):
        settings = {
            "QUALICITY_GRAFANA__URL": url,
            "QUALICITY_GRAFANA__TOKEN": token,
            "QUALICITY_GRAFANA__EVIDENCE_URL": "http://evidence.test:8414",
            "QUALICITY_INFLUX__URL": "http://influx.test:8086",
            "QUALICITY_INFLUX__READ_TOKEN": "only-read",
            "QUALICITY_INFLUX__TOKEN": "may-write",
            "QUALICITY_INFLUX__COMPARE": json.dumps(COMPARE),
            "COLUMNS": "250",
        }
        result = subprocess.run(
            [interpreter, "-m", "console", "dashboards", *arguments, "--data", str(site[0])],
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == code, result.stdout + result.stderr
        assert "Traceback" not in result.stderr
        return result.stdout if code in {0, 1} else result.stderr

    return run


def test_push_makes_folder_source_and_boards_and_keeps_their_uids(run, grafana):
    first = run("push")
    assert first.splitlines()[0] == "data source qualicity: made"
    assert grafana.folders == {"qualicity": FOLDER_TITLE}
    assert set(grafana.boards) == set(dashboards())
    assert len(grafana.boards) == 2 * len(boards())
    assert {kept.folder for kept in grafana.boards.values()} == {"qualicity"}
    source = grafana.sources["qualicity"]
    assert (source["uid"], source["url"], source["database"]) == ("qualicity", "http://influx.test:8086", "qualicity")
    assert source["secureJsonData"] == {"httpHeaderValue1": "Token only-read"}
    assert "may-write" not in json.dumps(source)
    for uid, kept in grafana.boards.items():
        [evidence] = [one for one in kept.model["templating"]["list"] if one["name"] == "evidence"]
        assert evidence["query"] == "http://evidence.test:8414", uid
        assert kept.model["panels"] == dashboards()[uid]["panels"]

    second = run("push", "--influx-url", "http://influxdb:8086", token=PASSWORD)
    assert second.splitlines()[0] == "data source qualicity: updated"
    assert grafana.sources["qualicity"]["url"] == "http://influxdb:8086"
    assert {kept.version for kept in grafana.boards.values()} == {2}
    assert set(grafana.boards) == set(dashboards())
    assert "qualicity-city-zh: version 2" in second
    assert not any(request.startswith("DELETE") for request in grafana.asked)


def _provision(grafana):
    """Put everything there as provisioning does."""
    grafana.folders["qualicity"] = FOLDER_TITLE
    grafana.sources["qualicity"] = {"uid": "qualicity", "readOnly": True, "url": "as it was"}
    for uid, model in dashboards().items():
        grafana.boards[uid] = Kept(model, "qualicity", provisioned=True)


def test_a_dashboard_of_that_slug_is_not_overwritten_in_silence(run, grafana):
    """Grafana says success and writes over the other one: the uid that comes back tells."""
    grafana.folders["qualicity"] = FOLDER_TITLE
    other = {"uid": "somebodys", "title": "别的看板 (city zh)", "panels": []}
    grafana.boards["somebodys"] = Kept(other, "qualicity")
    told = run("push", code=3)
    assert "Grafana wrote qualicity-city-zh over somebodys" in told
    assert "mend:  give the other dashboard a title of its own" in told


def test_what_is_provisioned_is_told_and_left_alone(run, grafana):
    _provision(grafana)
    told = run("push", code=3)
    assert grafana.sources["qualicity"]["url"] == "as it was"
    assert "Cannot save provisioned dashboard" in told
    assert "mend:  it is provisioned from files" in told


@pytest.mark.parametrize(("token", "status"), [("wrong", 401), (READ_TOKEN, 403)])
def test_a_token_without_the_right_is_told(run, grafana, token, status):
    told = run("push", code=3, token=token)
    assert f"answers {status}" in told
    assert "mend:  see grafana.token_file" in told
    assert token not in told
    assert grafana.boards == {}


def test_a_title_that_is_the_folder_s_is_told_with_its_own_mend(run, grafana):
    grafana.folders["qualicity"] = "City: zh"
    told = run("push", code=3)
    assert "same as folder" in told
    assert "mend:  rename the folder" in told


def test_a_grafana_in_trouble_may_be_tried_again(run, grafana):
    grafana.failing = 502
    told = run("push", code=3)
    assert "answers 502" in told
    assert "mend:  try again" in told


def test_no_grafana_at_all(run):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        told = run("push", code=3, url=f"http://127.0.0.1:{probe.getsockname()[1]}")
    assert "does not answer" in told
    assert "mend:  start it, or see grafana.url" in told


def test_verify_finds_nothing_wrong_where_all_is_right(run, grafana):
    _provision(grafana)
    assert run("verify", "--grafana").endswith(" rows: 0 with a problem\n")


def test_verify_finds_changed_and_missing_dashboards_and_wrong_data(run, grafana, site):
    _provision(grafana)
    [target] = grafana.boards["qualicity-city-zh"].model["panels"][0]["targets"]
    target["query"] = target["query"].replace("auto", "other")
    del grafana.boards["qualicity-station-en"]

    def wrong(query):
        found = site[1](query)
        if 'last("days_left") AS "days_left" FROM' in query:
            return [Series(*one[:3], [[time, value + 1] for time, value in one.rows]) for one in found]
        return [] if '"composite_index"' in query else found

    grafana.run = wrong
    told = [json.loads(line) for line in run("verify", "--grafana", "--json", code=1).splitlines()]
    problems = {(one["board"], one["panel"]): one["problem"] for one in told if one["problem"]}
    assert problems.pop(("qualicity-city-zh", "")).startswith("its queries are not those that ship")
    assert problems.pop(("qualicity-station-en", "")).startswith("not in Grafana")
    assert problems.pop(("compliance", "The same year under each law")).startswith("missing")
    assert set(problems) == {(board, "Days that may still exceed") for board in ("city", "compliance")}
    assert "instead of" in problems["city", "Days that may still exceed"]


def test_verify_tells_that_the_data_source_is_missing(run, grafana):
    _provision(grafana)
    grafana.sources.clear()
    told = [json.loads(line) for line in run("verify", "--grafana", "--json", code=1).splitlines()]
    assert all("Data source not found" in one["problem"] for one in told)


def test_the_source_reads_as_each_version_lets_it():
    """2.x and 3.x by a token in a header, 1.x by a user, an open 1.x as anybody."""
    token = _source(Database("http://i", "b", "t"))
    assert token["jsonData"]["httpHeaderName1"] == "Authorization"
    assert token["secureJsonData"] == {"httpHeaderValue1": "Token t"}
    user = _source(Database("http://i", "b", username="u", password="p"))
    assert (user["user"], user["secureJsonData"]) == ("u", {"password": "p"})
    anybody = _source(Database("http://i", "b"))
    assert "secureJsonData" not in anybody
    for source in (token, user, anybody):
        assert source["jsonData"]["dbName"] == source["database"] == "b"
        assert source["jsonData"]["httpMode"] == "GET"


def test_without_grafana_client_the_mend_is_its_own_environment(run):
    told = run("push", code=2, interpreter=sys.executable)
    assert "grafana-client is not installed here" in told
    assert "an environment of its own" in told

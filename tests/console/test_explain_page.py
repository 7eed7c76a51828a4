"""The evidence of a verdict over HTTP: the command's tree, in both languages, and nothing judged on the way."""

from __future__ import annotations

import datetime as dt
import json
import re
import socket
import sqlite3
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from typing import NamedTuple
from urllib.parse import quote, urljoin

import numpy as np
import pytest

from aggregator.pipeline import Pipeline
from console.api import run_api
from console.evidence.asking import key_of
from console.evidence.links import Links
from console.evidence.words import texts
from console.page.texts import LANGUAGES
from console.site import open_site
from console.web.known import known
from qualicity.clock import SystemClock
from qualicity.errors import UsageError
from qualicity.flags import Flag
from qualicity.model import Batch
from qualicity.periods import DAY_MS, HOUR_MS, day_start
from qualicity.settings import ApiSettings
from qualicity.store.ledger import Cause, Dirty, Ledger
from qualicity.testing import hourly

ITEMS = ("so2", "no2", "pm10", "pm25", "co", "o3")
HOSTILE = '<script>alert("x")</script>'
MARCH = day_start(dt.date(2016, 3, 1))

NETWORK = f"""
[[city]]
id = "c"
name = {{ zh = '{HOSTILE}', en = "Town" }}

""" + "\n".join(
    f"""
[[station]]
id = "{station}"
city = "c"
name = {{ zh = "点{number}", en = "Station {number}" }}
zone_class = "{"I" if number == 2 else "II"}"
valid_to = 2016-03-31
channels = [{", ".join(f'{{ parameter = "{item}", unit = "ug/m3" }}' for item in ITEMS)}]
"""
    for number, station in enumerate(("s0", "北站", "s2"))
)


class Answer(NamedTuple):
    """What the API answered."""

    status: int
    text: str
    headers: dict


def _append(folder, station, item, start, values, **columns):
    with open_site(folder, writer=True) as site:
        now = site.clock.now()
        rows = hourly(site.store.registry, station, item, start, values, received=now, **columns)
        site.store.append(Batch(rows))


def _fill(folder):
    """Write a network and ten days of three stations; the second day's PM10 exceeds, the third lacks hours."""
    (folder / "network.toml").write_text(NETWORK, encoding="utf-8")
    dice = np.random.default_rng(3)
    for station in ("s0", "北站", "s2"):
        for item in ITEMS:
            values = dice.integers(5, 40, 240) * (10.0 if item == "co" else 1.0)
            if item == "pm10":
                values[24:48] += 200
            if item == "o3":
                values[48:72] = np.nan
            _append(folder, station, item, MARCH, values)


def _judge(folder):
    with open_site(folder) as site:
        pipeline = Pipeline(site.store, site.ledger, site.network, site.clock)
        pipeline.follow()
        pipeline.judge_due()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return a data folder with ten judged days."""
    folder = tmp_path_factory.mktemp("site")
    _fill(folder)
    _judge(folder)
    return folder


@pytest.fixture(scope="module")
def serve():
    """Return a function from a data folder to a function that gets an address of its API."""
    stop, threads = threading.Event(), []

    def start(folder):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        arguments = (folder, ApiSettings(port=port), SystemClock(), stop)
        threads.append(threading.Thread(target=run_api, args=arguments))
        threads[-1].start()
        return lambda path, accept="text/html": _get(f"http://127.0.0.1:{port}{path}", accept)

    yield start
    stop.set()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def _get(address, accept):
    request = urllib.request.Request(address, headers={"Accept": accept})  # noqa: S310 - loopback
    for _ in range(200):
        try:
            with urllib.request.urlopen(request) as answer:  # noqa: S310 - loopback
                return Answer(answer.status, answer.read().decode(), dict(answer.headers))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read().decode(), dict(error.headers))
        except OSError:
            threading.Event().wait(0.05)
    raise AssertionError("no answer")


@pytest.fixture(scope="module")
def get(site, serve):
    """Return the function that gets an address of the judged site's API."""
    return serve(site)


def _command(folder, key):
    command = [sys.executable, "-m", "console", "explain", key, "--data", str(folder), "--json"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    "key",
    ["air/c/2016-03-02", "air/c/北站/2016-03-03", "air/c/2016", "air/c/2016-03", "air/c/2016-03-02@GB3095-2026",
     "air/c/2016@GB3095-2026", "air/c/2016-03-02#1"],
)  # fmt: skip
def test_json_is_that_of_the_command(site, get, key):
    """Byte for byte, by either way of asking."""
    expected = _command(site, key)

    by_header, by_query = get(f"/explain/{quote(key)}", "application/json"), get(f"/explain/{quote(key)}?format=json")

    assert by_header.text == by_query.text == expected
    assert by_header.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ("未达标", "PM₁₀", "GB3095-2012", "凭记忆", "第 1 版", "3 个点位的数据", "表 1", "全年 2016", "点1")),
        ("en", ("exceeds", "PM₁₀", "GB3095-2012", "recalled", "#1, made", "readings of 3 stations", "table 1",
                "the year 2016", "Station 1", "Town 2016-03-02")),
    ],
)  # fmt: skip
def test_a_day_says_all_that_it_rests_on(get, language, words):
    """Verdict, law with clause and certainty, version and why, down to the readings; each in one language."""
    page = get(f"/explain/air/c/2016-03-02?lang={language}").text

    assert [word for word in words if word not in page] == []
    assert page.count("<tr><td>24</td>") == 3 * len(ITEMS)
    assert re.search(r"#\d+ · 2\d\d µg/m³", page)
    assert ("未达标" in page) == (language == "zh")


def test_the_page_is_well_formed_and_asks_nobody(get, parsed):
    """No script but the frame's, no picture, nothing from elsewhere; and a browser is told so."""
    for key in ("air/c/2016-03-02", "air/c/s0/2016-03-03", "air/c/2016", "air/c/2016-03", "air/x/2016"):
        for language in LANGUAGES:
            answer = get(f"/explain/{key}?lang={language}")
            tags = set(parsed(answer.text).tags)
            assert not tags & {"img", "iframe", "form"}
            assert answer.text.count("<script") == answer.text.count("src=") == 1
            assert re.findall(r"(?:https?:)?//\w", answer.text) == []
            assert answer.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    ("at", "to"),
    [
        ("air/c/2016-03-02", ["air/c/2016", "air/c/2016-03", "air/c/s0/2016-03-02", "air/c/北站/2016-03-02"]),
        ("air/c/北站/2016-03-02", ["air/c/北站/2016", "air/c/2016-03-02"]),
        ("air/c/2016", ["air/c/2016-03-01", "air/c/2016-03-10", "air/c/2016-03", "air/c/s2/2016"]),
        ("air/c/2016-03-02@GB3095-2026",
         ["air/c/2016@GB3095-2026", "air/c/2016-03-02", "air/c/2016-03-02@GB3095-2012#1"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", LANGUAGES)
def test_links_lead_up_and_down_and_to_the_other_language(get, at, to, language, parsed):
    """Every link answers 200 and keeps language and standard."""
    path = f"/explain/{quote(at)}?lang={language}"
    addresses = parsed(get(path).text).addresses
    found = {address for one in addresses if (address := urljoin(path, one)).startswith("/explain/")}

    suffix = "" if language == "zh" else "?lang=en"
    assert {f"/explain/{quote(key, safe='/@')}{suffix}" for key in to} <= found
    assert {"zh": "?lang=en", "en": "?"}[language] in addresses
    assert {get(address).status for address in found if address.count("-") < 3 or address.endswith("-02")} == {200}


def test_links_pass_any_prefix():
    """They are relative; a slash that was sent encoded is no level of the address."""
    assert urljoin("/proxy/explain/air/c/2016", Links("../../../explain/", "zh").to("air/c/s0/2016")) == (
        "/proxy/explain/air/c/s0/2016"
    )
    assert urljoin("/explain/air%2Fc%2F2016", Links("../explain/", "en").to("air/c/2016-03", 2)) == (
        "/explain/air/c/2016-03%232?lang=en"
    )


@pytest.mark.parametrize(
    ("instant", "day"),
    [(MARCH, "2016-03-01"), (MARCH - 1, "2016-02-29"), (MARCH + DAY_MS - 1, "2016-03-01"),
     (MARCH + DAY_MS, "2016-03-02")],
)  # fmt: skip
def test_an_instant_means_its_civil_day(instant, day):
    """At +08:00, with standard and version as any key."""
    assert key_of(f"air/c/{instant}") == key_of(f"air/c/{day}")
    assert key_of(f"air/c/s0/{instant}@GB3095-2026#2") == key_of(f"air/c/s0/{day}@GB3095-2026#2")
    with pytest.raises(UsageError, match="is not a key"):
        key_of(f"air/c/{instant}0")


def test_a_time_is_answered_as_its_day(get):
    """The same page, in a frame that knows its own address."""
    addresses = (f"/explain/air/c/{MARCH + DAY_MS + 5 * HOUR_MS}?lang=en", "/explain/air/c/2016-03-02?lang=en")
    first, second = (get(address).text.partition("<main")[2] for address in addresses)
    assert first == second != ""


@pytest.mark.parametrize(("path", "status", "cause"), [
    ("", 400, "is not a key"),
    ("x", 400, "is not a key"),
    ("air/c/2016-13-01", 400, "is not a period"),
    ("air/c/2016-02-30", 400, "is not a period"),
    ("air/c/2016?lang=fr", 400, "no lang 'fr'"),
    ("air/c/2016?format=pdf", 400, "no format 'pdf'"),
    ("air/nowhere/2016-03-02", 404, "no city 'nowhere'"),
    ("air/c/nowhere/2016-03-02", 404, "no station 'nowhere'"),
    ("air/c/2016-03-02@GB1", 404, "no standard 'GB1'"),
    ("air/c/2016-03-02@HJ663-2013", 404, "has no limits"),
    ("air/c/2016-03-02%237", 404, "has no version 7"),
    ("air/c/2017-03-02", 404, "has not been judged yet"),
    ("air/c/2017", 404, "has not been judged yet"),
    ("air/c/s0/2016-04-02", 404, "did not stand on that day"),
    ("air/c/1970", 404, "no law table covers 1970"),
])  # fmt: skip
def test_errors_say_cause_and_mend(get, path, status, cause):
    """In the form and the language that was asked for; every one of them is known in Chinese."""
    address = f"/explain/{path}"
    english = get(f"{address}{'&' if '?' in path else '?'}lang=en" if "lang" not in path else address)
    chinese, as_json = get(address), get(address, "application/json")

    assert (english.status, chinese.status, as_json.status) == (status, status, status)
    if "format" not in path:
        content = json.loads(as_json.text)
        assert cause in content["cause"]
        assert content["mend"]
    if "lang" not in path:
        assert cause.replace("'", "&#39;") in english.text
        assert '<dd lang="en">' in english.text
    assert chinese.text.count('<dd lang="zh">') == 2


def test_a_key_is_never_markup(get):
    """What is asked for is text, on pages of errors and of evidence, and so are names."""
    wrong = get(f"/explain/{quote(HOSTILE)}")
    right = get("/explain/air/c/2016-03-02")
    city = get(f"/explain/air/{quote('<img src=x onerror=y>')}/2016")

    assert (wrong.status, right.status, city.status) == (400, 200, 404)
    for answer in (wrong, right):
        assert HOSTILE not in answer.text
        assert "&lt;script&gt;" in answer.text
    assert "<img" not in city.text
    assert "&lt;img src=x" in city.text


def test_without_readings_or_verdicts_the_api_answers(tmp_path, serve):
    """404 with the mend, and nothing is made; then the evidence as soon as there is some."""
    get = serve(tmp_path)

    empty = get("/explain/air/c/2016-03-02", "application/json")
    assert (empty.status, "no readings yet" in empty.text or "nothing has been judged" in empty.text) == (404, True)
    assert list(tmp_path.iterdir()) == []
    assert get("/health/live").status == 200

    _fill(tmp_path)
    unjudged = get("/explain/air/c/2016-03-02", "application/json")
    assert (unjudged.status, "nothing has been judged" in unjudged.text) == (404, True)
    assert not (tmp_path / "ledger.db").exists()

    _judge(tmp_path)
    assert get("/explain/air/c/2016-03-02").status == 200


def _ledger_rows(folder):
    with sqlite3.connect(folder / "ledger.db") as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {name: db.execute(f"SELECT * FROM {name}").fetchall() for name in tables}
    db.close()
    return found


def test_a_request_judges_nothing(tmp_path, serve):
    """New readings and dirty days: the current version with a word that it is being judged, and no row changes."""
    _fill(tmp_path)
    _judge(tmp_path)
    get = serve(tmp_path)
    assert "Qualicity-Dirty" not in {name.title() for name in get("/explain/air/c/2016-03-02").headers}
    _append(tmp_path, "s0", "pm10", MARCH + DAY_MS, [1.0] * 24, revision=1)
    before = _ledger_rows(tmp_path)

    lagging = get("/explain/air/c/2016-03-02?lang=en")
    assert "24 rows of the log are not taken into account yet" in lagging.text
    assert lagging.headers["qualicity-dirty"] == "1"
    assert _ledger_rows(tmp_path) == before

    with open_site(tmp_path) as site:
        Pipeline(site.store, site.ledger, site.network, site.clock).follow()
    before = _ledger_rows(tmp_path)
    dirty = get("/explain/air/c/2016-03-02", "application/json")
    assert "正在重新判定" in get("/explain/air/c/2016-03-02").text
    assert "正在重新判定" in get("/explain/air/c/2016").text
    assert "正在重新判定" not in get("/explain/air/c/2016-03-04").text
    assert (json.loads(dirty.text)["version"], dirty.headers["qualicity-dirty"]) == (1, "1")
    assert _ledger_rows(tmp_path) == before

    _judge(tmp_path)
    after = get("/explain/air/c/2016-03-02?lang=en")
    assert "#2, made" in after.text
    assert re.search(r"<code>values pm10</code> \d+ → \d+", after.text)
    assert "the current one is 2" in get("/explain/air/c/2016-03-02%231?lang=en").text


def test_a_reader_waits_for_no_judgement(site, get):
    """While another process writes to the ledger, requests are answered."""
    with Ledger(site / "ledger.db", SystemClock()) as ledger, ledger.transaction():
        ledger.mark_dirty([Dirty("air/elsewhere", "2016-03-02", Cause("readings", "s"))])
        assert get("/explain/air/c/2016-03-02").status == 200
        ledger.clean(ledger.dirty("air/elsewhere"))


def test_a_readers_ledger_cannot_be_written(site):
    """Whatever the code does."""
    with open_site(site).reader() as reading, pytest.raises(sqlite3.OperationalError, match="readonly"):
        reading.ledger.set_note("a", "b")


def test_a_station_shows_the_limits_of_its_zone(get):
    """Grade I for a zone of class I; the city grade II."""
    law = {
        key: json.loads(get(f"/explain/air/c/{key}2016-03-02?format=json").text)["law"] for key in ("", "s0/", "s2/")
    }
    assert {key: one["grade"] for key, one in law.items()} == {"": "II", "s0/": "II", "s2/": "I"}


def test_every_text_is_there_in_both_languages():
    """The catalogues are complete, and every flag has a word."""
    assert all(set(both) == set(LANGUAGES) and all(both.values()) for both in texts().values())
    assert {f"flag_{flag.name}" for flag in Flag} <= set(texts())
    assert all(one.zh and one.mend for one in known())
